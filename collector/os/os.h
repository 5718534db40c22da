/* What the program asks of the operating system. One declaration, two sets of files: os_*_win32.c, os_*_posix.c. Paths are
   UTF-8 with the platform's own form ("C:\x", "\\?\C:\x", "/x"); the Windows file adds "\\?\" itself. Evidence paths ("C:\Users\…"
   inside a source) are not these; source/ maps them. All functions are safe to call from any thread. */
#ifndef HK_OS_OS_H
#define HK_OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hktime.h"
#include "base/str.h"

/* ---- files --------------------------------------------------------------------------------------------------------- */

struct os_file; /* one open file; owned by the caller until os_close */

enum os_open_mode {
  OS_READ,          /* existing; shared with writers and deleters; backup semantics and OPEN_NO_RECALL on Windows */
  OS_CREATE,        /* new or truncated, for writing */
  OS_CREATE_NEW,    /* HK_USAGE when it exists */
  OS_CREATE_SECRET, /* the same, and only its owner may read it, where the file system knows owners */
  OS_READ_WRITE,    /* existing */
};

/* HK_ABSENT, HK_DENIED (sharing violations too), HK_IO. */
hk_err os_open(hk_str path, enum os_open_mode mode, struct os_file **out);
void os_close(struct os_file *f); /* NULL is fine */
/* Reads at the file's position; *got 0 at the end. Pipes and devices too. */
hk_err os_read(struct os_file *f, void *out, size_t n, size_t *got);
/* Reads at offset, position unspecified afterwards; *got < n only at the end. */
hk_err os_read_at(struct os_file *f, uint64_t offset, void *out, size_t n, size_t *got);
/* Writes all n bytes or fails; a full disk is HK_LIMIT with step "write: disk full". */
hk_err os_write(struct os_file *f, const void *p, size_t n);
/* Writes all n bytes at offset, position unspecified afterwards. What lies before it and was never written reads as zeroes. */
hk_err os_write_at(struct os_file *f, uint64_t offset, const void *p, size_t n);
/* What is never written takes no room from now on. HK_UNSUPPORTED, HK_USAGE, …: this file system keeps no holes. On POSIX always
   HK_OK: files have holes where the file system has. */
hk_err os_make_sparse(struct os_file *f);
/* Where the next os_write goes. */
hk_err os_seek(struct os_file *f, uint64_t offset);
hk_err os_size(struct os_file *f, uint64_t *size_bytes);
hk_err os_truncate(struct os_file *f, uint64_t size_bytes);
hk_err os_flush(struct os_file *f);
/* Standard streams, binary; never closed. 0 in, 1 out, 2 error. */
struct os_file *os_std(int which);

enum os_kind { OS_FILE, OS_DIRECTORY, OS_OTHER };

/* What the file system says of one name, without opening its content and without following it. */
struct os_info {
  enum os_kind kind;
  uint64_t size_bytes;
  hk_time born_at, modified_at, accessed_at, changed_at; /* 0 where the system does not know */
  uint32_t attributes;  /* FILE_ATTRIBUTE_*; on POSIX only DIRECTORY 0x10 and READONLY 0x1 */
  uint32_t reparse_tag; /* os/reparse.h; 0 = none. A symbolic link on POSIX is OS_TAG_SYMLINK */
  uint64_t file_id;     /* MFT reference or inode */
  uint32_t n_links;
};
hk_err os_stat(hk_str path, struct os_info *out);

/* FILE_ATTRIBUTE_OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS: the content is in the cloud, and opening would fetch it. */
#define OS_CLOUD_ATTRIBUTES 0x00441000u

/* Calls `on` for each name in the directory except "." and "..", in byte order of the names. On Windows n_links is 0 here,
   and on file systems that do not tell them file_id and changed_at too. Stops when `on` returns
   false. Names that are not valid UTF-8 (POSIX) or UTF-16 (Windows) are passed cleaned and cannot be opened by it. */
hk_err os_list(hk_str path, bool (*on)(void *ctx, hk_str name, const struct os_info *info), void *ctx);
/* Names and sizes of the alternate streams of a file, without ":$DATA"; nothing on POSIX. */
hk_err os_list_streams(hk_str path, bool (*on)(void *ctx, hk_str name, uint64_t size_bytes), void *ctx);
/* Owner of a file as SID text in the arena; on POSIX "" (an evidence tree's uid says nothing of the PC). */
hk_err os_owner(hk_str path, struct hk_arena *a, hk_str *sid);

hk_err os_make_dir(hk_str path); /* an existing directory is no error; parents must exist */
hk_err os_remove(hk_str path);   /* file or empty directory */
hk_err os_make_executable(hk_str path); /* where that is a property of files; else nothing */
hk_err os_rename(hk_str from, hk_str to); /* replaces nothing: HK_USAGE when `to` exists */
hk_err os_set_times(hk_str path, hk_time born, hk_time modified, hk_time accessed);
hk_err os_free_space(hk_str path, uint64_t *bytes);
/* The largest file that the file system of an existing folder can hold: 4 GiB less one byte on FAT, as every stick leaves the
   factory; UINT64_MAX when there is no such limit. */
#define OS_FAT_LARGEST_FILE UINT64_C(0xFFFFFFFF)
hk_err os_largest_file(hk_str path, uint64_t *bytes);
/* Joins with the platform's separator. */
hk_str os_join(struct hk_arena *a, hk_str dir, hk_str name);
extern const char os_separator; /* '\\' or '/' */

/* ---- this process and this machine ------------------------------------------------------------------------------------ */

/* Command line as UTF-8 (GetCommandLineW on Windows); argv of main on POSIX. */
hk_err os_arguments(struct hk_arena *a, int argc, char **argv, hk_str **args, size_t *n_args);
hk_str os_self_path(struct hk_arena *a);
hk_str os_host_name(struct hk_arena *a);
hk_str os_user_name(struct hk_arena *a); /* DOMAIN\user, or user */
bool os_is_admin(void);
hk_str os_version(struct hk_arena *a);   /* "Windows 10.0.19045", "Linux 6.1" */
hk_time os_now(void);
uint64_t os_monotonic_ms(void);
hk_time os_boot_time(void);
int os_utc_offset_minutes(void);         /* of now: local minus UTC */
hk_str os_time_zone(struct hk_arena *a);
bool os_language_is_japanese(void);      /* of the user interface */
void os_random(void *out, size_t n);     /* for names and ids */
unsigned os_cpu_count(void);
void os_sleep_ms(unsigned ms);
unsigned os_process_id(void);
/* Enables SeBackupPrivilege and friends where held; says in `out` which are on, e.g. "SeBackupPrivilege SeSecurityPrivilege". */
hk_str os_take_privileges(struct hk_arena *a);
/* Letters of local fixed volumes, "CDE"; "" on POSIX. */
hk_str os_fixed_volumes(struct hk_arena *a);
/* Removable or fixed medium the path lies on, network: "removable" "fixed" "network" "unknown". */
const char *os_medium(hk_str path);

/* ---- console ---------------------------------------------------------------------------------------------------------- */

bool os_is_terminal(int which);
/* Makes the console take UTF-8 and ANSI where it can. */
void os_console_prepare(void);
/* After os_console_prepare: standard output is a console that understands escape sequences (not so before Windows 10). */
bool os_console_has_ansi(void);
/* True when this process made its own console window: it was double-clicked. */
bool os_console_is_own(void);
/* Waits for one key; not where nobody can press one (no terminal, a hidden window, the session of services). */
void os_wait_key(void);
/* Asks on the console itself, whatever the standard streams are, and shows nothing of the answer. HK_ABSENT: no console.
   What stands in `out` is the caller's to wipe. */
hk_err os_ask_secret(hk_str prompt, char *out, size_t room, size_t *n);
/* Value of an environment variable; false when it is not set, empty or longer. */
bool os_environment_secret(const char *name, char *out, size_t room, size_t *n);
/* Calls are made from a signal handler or console thread: set a flag only. */
void os_on_interrupt(void (*handler)(void));

/* ---- threads ------------------------------------------------------------------------------------------------------------ */

struct os_thread;
struct os_mutex;
struct os_cond;
hk_err os_thread_start(void (*body)(void *ctx), void *ctx, struct os_thread **out);
void os_thread_join(struct os_thread *t); /* frees it */
struct os_mutex *os_mutex_new(void);
void os_mutex_free(struct os_mutex *m);
void os_lock(struct os_mutex *m);
void os_unlock(struct os_mutex *m);
struct os_cond *os_cond_new(void);
void os_cond_free(struct os_cond *c);
void os_wait(struct os_cond *c, struct os_mutex *m);
void os_wake_all(struct os_cond *c);

#endif
