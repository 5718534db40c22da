/* Asking Windows: the topics in their order, a thread and a deadline for each, libraries from System32. */
#include "os/state_win32.h"

#include <process.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define POLL_MS 50u
#define SLOW_SHARE 4u /* slow work stops by itself when a fourth of its time is left */

struct topic {
  const char *name;
  void (*ask)(struct state_ask *q);
  unsigned seconds;
};

/* RFC 3227 2.1: what vanishes first comes first. Programs are hashed and their signatures checked last, because that takes
   seconds; the list they come from was taken before everything else. */
static const struct topic topics[] = {
    {"clock", state_ask_clock, 10},
    {"connections", state_ask_connections, 20},
    {"dns_cache", state_ask_dns, 20},
    {"neighbours", state_ask_neighbours, 20},
    {"smb_sessions", state_ask_smb_sessions, 20},
    {"smb_files", state_ask_smb_files, 30},
    {"smb_connections", state_ask_smb_connections, 20},
    {"logons", state_ask_logons, 20},
    {"terminals", state_ask_terminals, 20},
    {"routes", state_ask_routes, 20},
    {"interfaces", state_ask_interfaces, 20},
    {"shares", state_ask_shares, 20},
    {"drives", state_ask_drives, 20},
    {"drivers", state_ask_drivers, 20},
    {"services", state_ask_services, 40},
    {"shadows", state_ask_shadows, 20},
    {"protection", state_ask_protection, 20},
    {"users", state_ask_users, 30},
    {"groups", state_ask_groups, 30},
    {"autostart", state_ask_autostart, 20},
    {"updates", state_ask_updates, 30},
    {"processes", state_ask_processes, 60},
    {"modules", state_ask_modules, 60},
};
#define N_TOPICS (sizeof topics / sizeof topics[0])

/* One question under way. Whoever lets go of it second frees it. */
struct job {
  struct state_ask ask;
  const struct topic *topic;
  volatile LONG holders;
};

struct os_state {
  struct state_seen *seen;
  bool has_debug;
  bool given_up; /* a thread still runs: what it reads is never freed */
};

/* ---- libraries ------------------------------------------------------------------------------------------------------------- */

/* By full path, and what it needs from the same folder: LOAD_LIBRARY_SEARCH_SYSTEM32 is newer than Windows 7 SP1. It is never
   let go of: a thread that was given up may still be in it. */
os_any_function state_function(const WCHAR *dll, const char *name)
{
  WCHAR path[MAX_PATH + 32];
  HMODULE m = GetModuleHandleW(dll);
  if (m == NULL) {
    const UINT n = GetSystemDirectoryW(path, MAX_PATH);
    const size_t n_dll = wcslen(dll);
    if (n == 0 || n >= MAX_PATH || n_dll > 30) return NULL;
    path[n] = L'\\';
    wmemcpy(path + n + 1, dll, n_dll + 1);
    m = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
  }
  return m == NULL ? NULL : (os_any_function)GetProcAddress(m, name);
}

hk_err state_no_function(void)
{
  return hk_fail(HK_ABSENT, "find the function: this Windows does not have it", HK_NO_OFFSET);
}

hk_err state_fail(const char *step, DWORD e)
{
  switch (e) {
  case ERROR_SERVICE_NOT_ACTIVE:
  case ERROR_SERVICE_DOES_NOT_EXIST:
  case ERROR_SERVICE_DISABLED:
  case RPC_S_SERVER_UNAVAILABLE:
  case RPC_S_UNKNOWN_IF:
  case 2114: /* NERR_ServerNotStarted */
  case 2138: /* NERR_WkstaNotStarted */
    return hk_fail_os(HK_ABSENT, step, (int)e);
  case ERROR_NOT_SUPPORTED:
  case ERROR_CALL_NOT_IMPLEMENTED:
  case ERROR_INVALID_LEVEL:
  case ERROR_INVALID_FUNCTION:
    return hk_fail_os(HK_UNSUPPORTED, step, (int)e);
  default:
    return os_fail_win32(step, e);
  }
}

hk_err state_fail_nt(const char *step, LONG status)
{
  STATE_FUNCTION("ntdll.dll", RtlNtStatusToDosError);
  return RtlNtStatusToDosError_ == NULL ? hk_fail_os(HK_IO, step, status) : state_fail(step, RtlNtStatusToDosError_(status));
}

/* ---- members ----------------------------------------------------------------------------------------------------------------- */

void state_wide_n(struct state_ask *q, const char *key, const WCHAR *w, size_t units)
{
  if (w == NULL || units == 0 || w[0] == 0) return;
  state_str(&q->out, key, os_narrow(&q->arena, w, units));
}

void state_wide(struct state_ask *q, const char *key, const WCHAR *w)
{
  state_wide_n(q, key, w, SIZE_MAX);
}

void state_filetime(struct state_ask *q, const char *key, const FILETIME *t)
{
  state_time(&q->out, key, hk_time_from_filetime((uint64_t)t->dwHighDateTime << 32 | t->dwLowDateTime));
}

hk_str state_sid_text(struct hk_arena *a, PSID sid)
{
  WCHAR *text = NULL;
  if (sid == NULL || !IsValidSid(sid) || !ConvertSidToStringSidW(sid, &text)) return (hk_str){.p = NULL, .n = 0};
  const hk_str s = os_narrow(a, text, SIZE_MAX);
  LocalFree(text);
  return s;
}

void state_sid(struct state_ask *q, const char *key, PSID sid)
{
  state_str(&q->out, key, state_sid_text(&q->arena, sid));
}

void state_pid(struct state_ask *q, uint32_t pid)
{
  state_uint(&q->out, "pid", pid);
  for (size_t i = 0; i < q->seen->n; i++) {
    if (q->seen->v[i].pid != pid) continue;
    state_str(&q->out, "path", q->seen->v[i].path);
    state_str(&q->out, "name", q->seen->v[i].name);
    return;
  }
}

bool state_late(const struct state_ask *q)
{
  return os_monotonic_ms() >= q->until_ms;
}

/* ---- asking -------------------------------------------------------------------------------------------------------------------- */

size_t os_state_count(void)
{
  return N_TOPICS;
}

const char *os_state_name(size_t topic)
{
  return topic < N_TOPICS ? topics[topic].name : "";
}

static void let_go(struct job *j)
{
  if (InterlockedDecrement(&j->holders) != 0) return;
  hk_arena_done(&j->ask.arena);
  hk_buf_done(&j->ask.out.text);
  free(j);
}

static unsigned __stdcall run_job(void *p)
{
  struct job *const j = p;
  j->topic->ask(&j->ask);
  state_end(&j->ask.out);
  let_go(j);
  return 0;
}

/* True: it has answered. */
static bool wait_for(struct job *j, bool (*stop)(void), hk_err *why)
{
  const uint64_t until = os_monotonic_ms() + j->topic->seconds * 1000u;
  while (InterlockedCompareExchange(&j->holders, 0, 0) > 1) {
    os_sleep_ms(os_monotonic_ms() + 1000 < until ? 2 : POLL_MS);
    if (stop != NULL && stop()) *why = hk_fail(HK_CANCELLED, "ask Windows: the run was interrupted", HK_NO_OFFSET);
    if (os_monotonic_ms() > until) *why = hk_fail(HK_TIMEOUT, "ask Windows: no answer in time", HK_NO_OFFSET);
    if (why->code != HK_OK) return false;
  }
  return true;
}

static hk_err start_job(const struct os_state *s, size_t topic, hk_time asked_at, struct job **out)
{
  struct job *const j = calloc(1, sizeof *j);
  if (j == NULL) return hk_fail(HK_MEMORY, "ask Windows", HK_NO_OFFSET);
  j->topic = &topics[topic];
  j->holders = 2;
  j->ask.seen = s->seen;
  j->ask.until_ms = os_monotonic_ms() + (uint64_t)j->topic->seconds * 1000u * (SLOW_SHARE - 1) / SLOW_SHARE;
  hk_arena_init(&j->ask.arena, (size_t)256 << 20);
  state_begin(&j->ask.out, j->topic->name, asked_at);
  const uintptr_t thread = _beginthreadex(NULL, 0, run_job, j, 0, NULL);
  if (thread == 0) {
    j->holders = 1;
    let_go(j);
    return hk_fail(HK_LIMIT, "ask Windows: no thread", HK_NO_OFFSET);
  }
  CloseHandle((HANDLE)thread); /* nobody joins it: it may never end */
  *out = j;
  return hk_ok();
}

/* The answer of a question that was never answered. */
static void say_why(const char *topic, hk_time asked_at, hk_err why, struct hk_buf *out)
{
  struct state_out o;
  state_begin(&o, topic, asked_at);
  state_problem(&o, why);
  state_end(&o);
  hk_buf_str(out, hk_buf_view(&o.text));
  hk_buf_done(&o.text);
}

hk_err os_state_ask(struct os_state *s, size_t topic, bool (*stop)(void), struct hk_buf *out, hk_time *asked_at)
{
  struct job *j = NULL;
  hk_err why = hk_ok();
  if (topic >= N_TOPICS) return hk_fail(HK_USAGE, "ask Windows", HK_NO_OFFSET);
  const bool of_list = topics[topic].ask == state_ask_processes;
  *asked_at = of_list ? s->seen->taken_at : os_now();
  const hk_err e = start_job(s, topic, *asked_at, &j);
  if (e.code == HK_MEMORY) return e;
  if (e.code != HK_OK) {
    why = e;
  } else if (wait_for(j, stop, &why)) {
    hk_buf_str(out, hk_buf_view(&j->ask.out.text));
    let_go(j);
  } else {
    s->given_up = true;
    let_go(j);
  }
  if (why.code != HK_OK) say_why(topics[topic].name, *asked_at, why, out);
  return out->failed ? hk_fail(HK_MEMORY, "ask Windows", HK_NO_OFFSET) : hk_ok();
}

/* AdjustTokenPrivileges succeeds also when it enabled nothing; the last error tells. */
static bool set_debug(DWORD attributes)
{
  TOKEN_PRIVILEGES p = {.PrivilegeCount = 1};
  HANDLE token = NULL;
  p.Privileges[0].Attributes = attributes;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)) return false;
  const bool done = LookupPrivilegeValueW(NULL, L"SeDebugPrivilege", &p.Privileges[0].Luid) &&
                    (SetLastError(ERROR_SUCCESS), AdjustTokenPrivileges(token, FALSE, &p, 0, NULL, NULL)) &&
                    GetLastError() == ERROR_SUCCESS;
  CloseHandle(token);
  return done;
}

hk_err os_state_open(struct os_state **out)
{
  struct os_state *const s = calloc(1, sizeof *s);
  struct state_seen *const seen = calloc(1, sizeof *seen);
  if (s == NULL || seen == NULL) {
    free(s);
    free(seen);
    return hk_fail(HK_MEMORY, "ask Windows", HK_NO_OFFSET);
  }
  s->has_debug = set_debug(SE_PRIVILEGE_ENABLED);
  hk_arena_init(&seen->arena, (size_t)256 << 20);
  seen->problem = hk_ok();
  s->seen = seen;
  state_see_processes(seen);
  *out = s;
  return hk_ok();
}

void os_state_close(struct os_state *s)
{
  if (s == NULL) return;
  if (s->has_debug) (void)set_debug(0);
  if (!s->given_up) {
    hk_arena_done(&s->seen->arena);
    free(s->seen);
  }
  free(s);
}
