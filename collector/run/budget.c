/* Limits and space. */
#include "run/budget.h"

#include <stdlib.h>

#include "os/os.h"

#define MIB (UINT64_C(1) << 20)
#define ASK_MS 2000u       /* others fill disks, too */
#define BYTES_A_FILE 700u  /* manifest, uploads.json, journal and directory of the archive: about 500 where names are long */

struct hk_budget {
  struct os_mutex *mutex;
  struct hk_budget_limits limits;
  struct hk_arena arena;
  uint64_t until_ms; /* 0 = no limit */
  uint64_t largest_file;
  uint64_t margin;     /* part of the reserve that does not grow with the case */
  uint64_t read_bytes; /* of evidence */
  uint64_t archive, work, work_on_disk;
  uint64_t free_bytes; /* when the system was asked last */
  uint64_t used_then;  /* archive and work files on the disk at that moment */
  uint64_t asked_ms;
  bool knows;          /* free_bytes is more than a guess */
  bool full, spent;
};

static uint64_t less(uint64_t a, uint64_t b)
{
  return a > b ? a - b : 0;
}

static void ask(struct hk_budget *b)
{
  uint64_t bytes = 0;
  b->asked_ms = os_monotonic_ms();
  if (b->limits.folder.n == 0 || os_free_space(b->limits.folder, &bytes).code != HK_OK) return;
  b->free_bytes = bytes;
  b->used_then = b->archive + b->work_on_disk;
  b->knows = true;
}

hk_err hk_budget_open(const struct hk_budget_limits *limits, struct hk_budget **out)
{
  struct hk_budget *const b = calloc(1, sizeof *b);
  if (b == NULL) return hk_fail(HK_MEMORY, "open budget", HK_NO_OFFSET);
  b->limits = *limits;
  hk_arena_init(&b->arena, 0);
  b->limits.folder = hk_str_copy(&b->arena, limits->folder);
  b->mutex = os_mutex_new();
  b->largest_file = UINT64_MAX;
  if (b->mutex == NULL || b->limits.folder.p == NULL) {
    hk_budget_close(b);
    return hk_fail(HK_MEMORY, "open budget", HK_NO_OFFSET);
  }
  if (limits->time_limit_minutes != 0) b->until_ms = os_monotonic_ms() + limits->time_limit_minutes * 60000;
  ask(b);
  if (b->knows) (void)os_largest_file(b->limits.folder, &b->largest_file);
  const uint64_t sixteenth = b->free_bytes / 16;
  b->margin = 2 * MIB + (sixteenth < 8 * MIB ? sixteenth : 8 * MIB);
  *out = b;
  return hk_ok();
}

void hk_budget_close(struct hk_budget *b)
{
  if (b == NULL) return;
  os_mutex_free(b->mutex);
  hk_arena_done(&b->arena);
  free(b);
}

/* ---- space ------------------------------------------------------------------------------------------------------------------- */

/* What the work files become in the archive: text and a database, deflated to a seventh or better. */
static uint64_t products(const struct hk_budget *b)
{
  return b->work / 3 + (uint64_t)b->limits.n_files * BYTES_A_FILE;
}

/* On the disk, after all that is still to come. The database grows by its indexes until it is packed. */
static uint64_t left_on_disk(struct hk_budget *b)
{
  const uint64_t used = less(b->archive + b->work_on_disk, b->used_then);
  const uint64_t now = less(less(b->free_bytes, used), less(b->work, b->work_on_disk));
  return less(now, b->margin + products(b) + b->work / 3);
}

static uint64_t left(struct hk_budget *b)
{
  const uint64_t used = less(b->archive + b->work_on_disk, b->used_then);
  if (os_monotonic_ms() - b->asked_ms > ASK_MS || used > MIB + less(b->free_bytes, used) / 8) ask(b);
  const uint64_t in_file = less(b->largest_file, b->archive + b->margin + products(b));
  if (!b->knows) return b->largest_file == UINT64_MAX ? UINT64_MAX : in_file;
  const uint64_t on_disk = left_on_disk(b);
  return on_disk < in_file ? on_disk : in_file;
}

/* Bytes in the archive for so many of evidence, after what the run has seen so far, and a quarter more. */
static uint64_t packed_size(const struct hk_budget *b, uint64_t size_bytes)
{
  if (b->read_bytes < MIB || b->archive >= b->read_bytes) return size_bytes;
  const uint64_t per_1024 = b->archive * 1024 / b->read_bytes;
  return size_bytes / 1024 * (per_1024 + per_1024 / 4) + 65536;
}

/* ---- questions -------------------------------------------------------------------------------------------------------------- */

static hk_err skip(bool *flag, const char *step)
{
  *flag = true;
  return hk_fail(HK_SKIPPED, step, HK_NO_OFFSET);
}

bool hk_budget_time_is_up(const struct hk_budget *b)
{
  return b->until_ms != 0 && os_monotonic_ms() >= b->until_ms;
}

hk_err hk_budget_take(struct hk_budget *b, uint64_t size_bytes)
{
  hk_err e = hk_ok();
  os_lock(b->mutex);
  const uint64_t space = left(b);
  if (hk_budget_time_is_up(b))
    e = skip(&b->spent, HK_BUDGET_TIME);
  else if (b->limits.max_total_bytes != 0 && size_bytes > less(b->limits.max_total_bytes, b->read_bytes))
    e = skip(&b->spent, HK_BUDGET_TOTAL);
  else if (space == 0 || (size_bytes > space && packed_size(b, size_bytes) > space))
    e = skip(&b->full, HK_BUDGET_FULL);
  os_unlock(b->mutex);
  return e;
}

hk_err hk_budget_read(struct hk_budget *b, uint64_t n)
{
  hk_err e = hk_ok();
  os_lock(b->mutex);
  b->read_bytes += n;
  if (hk_budget_time_is_up(b))
    e = skip(&b->spent, HK_BUDGET_TIME);
  else if (b->limits.max_total_bytes != 0 && b->read_bytes > b->limits.max_total_bytes)
    e = skip(&b->spent, HK_BUDGET_TOTAL);
  else if (left(b) == 0)
    e = skip(&b->full, HK_BUDGET_FULL);
  os_unlock(b->mutex);
  return e;
}

hk_err hk_budget_work(struct hk_budget *b)
{
  hk_err e = hk_ok();
  os_lock(b->mutex);
  const bool too_large = b->work > b->largest_file - b->largest_file / 4; /* most of it is the database, which will still grow */
  if (too_large || left(b) == 0) e = skip(&b->full, "examine: disk full");
  os_unlock(b->mutex);
  return e;
}

bool hk_budget_fits(struct hk_budget *b, uint64_t bytes)
{
  os_lock(b->mutex);
  ask(b);
  const uint64_t for_the_end = MIB / 4 + (uint64_t)b->limits.n_files * BYTES_A_FILE;
  const uint64_t in_file = less(b->largest_file, b->archive + for_the_end);
  const uint64_t on_disk = b->knows ? less(less(b->free_bytes, less(b->work, b->work_on_disk)), for_the_end) : UINT64_MAX;
  const bool fits = bytes / 3 <= (in_file < on_disk ? in_file : on_disk);
  if (!fits) b->full = true;
  os_unlock(b->mutex);
  return fits;
}

uint64_t hk_budget_space(struct hk_budget *b)
{
  os_lock(b->mutex);
  const uint64_t space = left(b);
  os_unlock(b->mutex);
  return space;
}

/* ---- news -------------------------------------------------------------------------------------------------------------------- */

void hk_budget_archive_is(struct hk_budget *b, uint64_t bytes)
{
  os_lock(b->mutex);
  b->archive = bytes;
  os_unlock(b->mutex);
}

void hk_budget_work_is(struct hk_budget *b, uint64_t bytes, uint64_t on_disk)
{
  os_lock(b->mutex);
  b->work = bytes;
  b->work_on_disk = on_disk < bytes ? on_disk : bytes;
  os_unlock(b->mutex);
}

bool hk_budget_is_full(const struct hk_budget *b)
{
  os_lock(b->mutex);
  const bool full = b->full;
  os_unlock(b->mutex);
  return full;
}

bool hk_budget_is_spent(const struct hk_budget *b)
{
  os_lock(b->mutex);
  const bool spent = b->spent;
  os_unlock(b->mutex);
  return spent;
}
