/* Shared by the files that ask the running Windows. One function a topic; each writes rows into q->out and says with
   state_problem what kept rows away. It runs on a thread of its own that may be given up: it touches nothing but `q` and what
   the process list `seen` holds, which nobody changes any more. */
#ifndef HK_OS_STATE_WIN32_H
#define HK_OS_STATE_WIN32_H

#include "os/os_win32.h"
#include "os/state_out.h"

/* A process as it was when the list was taken. Strings live as long as the state. */
struct state_process {
  uint32_t pid, parent, session;
  hk_time started_at;
  hk_str name, path, command_line; /* {NULL,0}: not told */
  hk_str user;                     /* SID */
  int64_t wow64;                   /* 1, 0, -1 unknown */
  hk_str missing;                  /* what was not told and why; "" */
};

struct state_seen {
  struct hk_arena arena;
  struct state_process *v;
  size_t n;
  hk_err problem; /* of the list as a whole */
  hk_time taken_at;
};

struct state_ask {
  struct state_out out;
  struct hk_arena arena;         /* of the whole answer */
  const struct state_seen *seen;
  uint64_t until_ms;             /* os_monotonic_ms() when slow work stops by itself, before the thread is given up */
};

/* A function of a DLL of System32, loaded by its full path when it is not yet; NULL where this Windows has none of it. The
   result is used with the type of the function's own declaration. */
os_any_function state_function(const WCHAR *dll, const char *name);
#define STATE_FUNCTION(dll, name) __typeof__(name) *const name##_ = (__typeof__(name) *)state_function(L"" dll, #name)
hk_err state_no_function(void); /* HK_ABSENT */

/* Windows' answers to HK_*: as os_fail_win32, and a service that does not run or a thing that is not installed is absent. */
hk_err state_fail(const char *step, DWORD e);
hk_err state_fail_nt(const char *step, LONG status);

/* Members from Windows' own forms; NULL and "" are left out. */
void state_wide(struct state_ask *q, const char *key, const WCHAR *w);
void state_wide_n(struct state_ask *q, const char *key, const WCHAR *w, size_t units);
void state_filetime(struct state_ask *q, const char *key, const FILETIME *t);
void state_sid(struct state_ask *q, const char *key, PSID sid);
hk_str state_sid_text(struct hk_arena *a, PSID sid);
/* pid, and the program's path where the list of processes has that process. */
void state_pid(struct state_ask *q, uint32_t pid);
bool state_late(const struct state_ask *q);

/* The list of processes: taken once, before the first topic. */
void state_see_processes(struct state_seen *s);

/* SHA-256 and signature of a program file as members of the row at hand; each path is looked at once. */
struct state_images;
struct state_images *state_images_open(struct state_ask *q);
void state_image(struct state_images *i, hk_str path);

/* Lists of netapi32.dll, page by page: `get` fills one page, `on` writes its rows; pages are freed by NetApiBufferFree, their
   number is bounded, and a list that ends early is said to be partial. */
struct state_pages {
  DWORD (*get)(void *ctx, BYTE **page, DWORD *n, DWORD_PTR *resume);
  void (*on)(struct state_ask *q, void *ctx, const BYTE *page, DWORD n);
  void *ctx;
  const char *step;
};
void state_net_list(struct state_ask *q, const struct state_pages *p);

/* The live registry. Text and lists of text; {NULL,0} when there is no such value. Names below a key, at most 65536. */
hk_str state_reg_text(struct hk_arena *a, HKEY key, const WCHAR *value);
bool state_reg_number(HKEY key, const WCHAR *value, uint64_t *out); /* DWORD or QWORD */
HKEY state_reg_open(HKEY root, const WCHAR *path);                  /* the 64-bit view; NULL; GetLastError says why */
typedef bool (*state_reg_on_key)(void *ctx, HKEY parent, const WCHAR *name);
void state_reg_keys(HKEY key, state_reg_on_key on, void *ctx);
/* A value as text whatever its type: text, numbers in decimal, else hex of at most 64 bytes. */
typedef bool (*state_reg_on_value)(void *ctx, const WCHAR *name, hk_str value, DWORD type);
void state_reg_values(struct hk_arena *a, HKEY key, state_reg_on_value on, void *ctx);

/* topics */
void state_ask_clock(struct state_ask *q);
void state_ask_connections(struct state_ask *q);
void state_ask_dns(struct state_ask *q);
void state_ask_neighbours(struct state_ask *q);
void state_ask_routes(struct state_ask *q);
void state_ask_interfaces(struct state_ask *q);
void state_ask_smb_sessions(struct state_ask *q);
void state_ask_smb_files(struct state_ask *q);
void state_ask_smb_connections(struct state_ask *q);
void state_ask_logons(struct state_ask *q);
void state_ask_terminals(struct state_ask *q);
void state_ask_shares(struct state_ask *q);
void state_ask_drives(struct state_ask *q);
void state_ask_users(struct state_ask *q);
void state_ask_groups(struct state_ask *q);
void state_ask_services(struct state_ask *q);
void state_ask_drivers(struct state_ask *q);
void state_ask_autostart(struct state_ask *q);
void state_ask_updates(struct state_ask *q);
void state_ask_shadows(struct state_ask *q);
void state_ask_protection(struct state_ask *q);
void state_ask_modules(struct state_ask *q);
void state_ask_processes(struct state_ask *q);

#endif
