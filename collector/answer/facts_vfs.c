/* The few calls SQLite makes of a file that one connection has for itself, with no journal. */
#include "answer/facts_vfs.h"

#include <string.h>

struct file {
  sqlite3_file base;
  struct hk_scratch *scratch;
};

static struct hk_scratch *of(sqlite3_file *f)
{
  return ((struct file *)(void *)f)->scratch;
}

static int code_of(hk_err e, int otherwise)
{
  if (e.code == HK_OK) return SQLITE_OK;
  if (e.code == HK_LIMIT) return SQLITE_FULL;
  return e.code == HK_MEMORY ? SQLITE_IOERR_NOMEM : otherwise;
}

static int vfs_close(sqlite3_file *f)
{
  hk_scratch_close(of(f));
  return SQLITE_OK;
}

static int vfs_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
  size_t got = 0;
  const hk_err e = hk_scratch_read_at(of(f), (uint64_t)at, out, (size_t)n, &got);
  if (e.code != HK_OK) return code_of(e, SQLITE_IOERR_READ);
  if (got == (size_t)n) return SQLITE_OK;
  memset((char *)out + got, 0, (size_t)n - got); /* as SQLite asks */
  return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
  return code_of(hk_scratch_write_at(of(f), (uint64_t)at, p, (size_t)n), SQLITE_IOERR_WRITE);
}

static int vfs_truncate(sqlite3_file *f, sqlite3_int64 size)
{
  if ((uint64_t)size >= hk_scratch_size(of(f))) return SQLITE_OK;
  return code_of(hk_scratch_truncate(of(f), (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int vfs_sync(sqlite3_file *f, int flags)
{
  (void)f;
  (void)flags;
  return SQLITE_OK;
}

static int vfs_size(sqlite3_file *f, sqlite3_int64 *size)
{
  *size = (sqlite3_int64)hk_scratch_size(of(f));
  return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *f, int level)
{
  (void)f;
  (void)level;
  return SQLITE_OK;
}

static int vfs_reserved(sqlite3_file *f, int *yes)
{
  (void)f;
  *yes = 0;
  return SQLITE_OK;
}

static int vfs_control(sqlite3_file *f, int what, void *argument)
{
  (void)f;
  (void)what;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int vfs_sector(sqlite3_file *f)
{
  (void)f;
  return 8192;
}

static int vfs_properties(sqlite3_file *f)
{
  (void)f;
  return 0;
}

static const sqlite3_io_methods methods = {.iVersion = 1,
                                           .xClose = vfs_close,
                                           .xRead = vfs_read,
                                           .xWrite = vfs_write,
                                           .xTruncate = vfs_truncate,
                                           .xSync = vfs_sync,
                                           .xFileSize = vfs_size,
                                           .xLock = vfs_lock,
                                           .xUnlock = vfs_lock,
                                           .xCheckReservedLock = vfs_reserved,
                                           .xFileControl = vfs_control,
                                           .xSectorSize = vfs_sector,
                                           .xDeviceCharacteristics = vfs_properties};

/* Journals and temporary files would be plain: there are none (journal_mode=OFF, temp_store=MEMORY), and here is none. */
static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
  struct file *const to = (struct file *)(void *)f;
  (void)v;
  *to = (struct file){.base = {.pMethods = NULL}};
  if (name == NULL || (flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
  const hk_err e = hk_scratch_open(hk_str_of(name), &to->scratch);
  if (e.code != HK_OK) return code_of(e, SQLITE_CANTOPEN);
  to->base.pMethods = &methods;
  if (out_flags != NULL) *out_flags = flags;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
  (void)v;
  (void)name;
  (void)sync;
  return SQLITE_OK;
}

/* No journal is ever there. */
static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *yes)
{
  (void)v;
  (void)name;
  (void)flags;
  *yes = 0;
  return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *v, const char *name, int room, char *out)
{
  const size_t n = strlen(name) + 1;
  (void)v;
  if (n > (size_t)room) return SQLITE_CANTOPEN;
  memcpy(out, name, n);
  return SQLITE_OK;
}

int facts_vfs_register(void)
{
  static sqlite3_vfs vfs;
  const sqlite3_vfs *const system = sqlite3_vfs_find(NULL);
  if (system == NULL) return SQLITE_ERROR;
  if (vfs.zName != NULL) return SQLITE_OK;
  vfs = (sqlite3_vfs){.iVersion = 1,
                      .szOsFile = (int)sizeof(struct file),
                      .mxPathname = 4096,
                      .zName = FACTS_VFS,
                      .xOpen = vfs_open,
                      .xDelete = vfs_delete,
                      .xAccess = vfs_access,
                      .xFullPathname = vfs_full_name,
                      .xRandomness = system->xRandomness,
                      .xSleep = system->xSleep,
                      .xCurrentTime = system->xCurrentTime,
                      .xGetLastError = system->xGetLastError};
  return sqlite3_vfs_register(&vfs, 0);
}

struct hk_scratch *facts_vfs_file(sqlite3 *db)
{
  sqlite3_file *f = NULL;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK || f == NULL || f->pMethods != &methods) return NULL;
  return of(f);
}
