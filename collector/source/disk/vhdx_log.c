/* [MS-VHDX] 2.3. The log is a ring of entries of whole sectors of 4 KiB. What counts is the run of entries with the highest sequence number
   at its head that reaches back to the entry its head calls its tail. */
#include "source/disk/vhdx_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "source/disk/blocks.h"
#include "source/disk/crc32c.h"

enum {
  SECTOR = 4096,
  ENTRY_HEADER_BYTES = 64,
  DESCRIPTOR_BYTES = 32,
  LEADING_BYTES = 8,
  TRAILING_BYTES = 4,
  SUM_AT = 4,
  CHANGES_MOST = 65536,
  SUMS_MOST = 16, /* times the log: what is summed while the run is looked for */
};

#define LOG_BYTES_MOST (UINT32_C(64) << 20)

/* Later ones lie over earlier ones. */
struct change {
  uint64_t at, n;
  const uint8_t *sector; /* in the log; NULL: zeroes */
  uint8_t leading[LEADING_BYTES], trailing[TRAILING_BYTES];
};

struct hk_vhdx_logged {
  struct hk_bytes bytes;
  struct hk_bytes *file;
  uint8_t *log; /* twice, one behind the other, so that an entry across the ring's end is in one piece */
  uint64_t log_at;
  uint32_t size_bytes;
  uint8_t id[16];
  uint64_t sum_budget;
  struct change *v;
  size_t n, capacity;
};

struct entry {
  uint32_t at, size_bytes, tail, n_descriptors;
  uint64_t sequence, file_bytes;
};

struct run {
  uint32_t from;
  uint32_t n_entries;
  uint64_t sequence; /* of its head */
  uint32_t tail;
  uint64_t file_bytes;
  bool whole; /* the tail is one of its entries */
};

/* ---- entries ------------------------------------------------------------------------------------------------------------------ */

static hk_err fail(const struct hk_vhdx_logged *l, enum hk_code code, const char *step, uint32_t in_log)
{
  return hk_fail(code, step, (int64_t)(l->log_at + in_log));
}

/* *good is false when there is no entry of this log. */
static hk_err read_entry(struct hk_vhdx_logged *l, uint32_t at, struct entry *e, bool *good)
{
  struct hk_cur c = hk_cur_over(l->log + at, ENTRY_HEADER_BYTES);
  uint8_t id[16];
  *good = false;
  *e = (struct entry){.at = at};
  if (memcmp(l->log + at, "loge", 4) != 0) return hk_ok();
  hk_skip(&c, 4);
  const uint32_t sum = hk_u32le(&c);
  e->size_bytes = hk_u32le(&c);
  e->tail = hk_u32le(&c);
  e->sequence = hk_u64le(&c);
  e->n_descriptors = hk_u32le(&c);
  hk_skip(&c, 4);
  hk_copy(&c, id, sizeof id);
  e->file_bytes = hk_u64le(&c); /* how long the file was at least */
  if (e->size_bytes == 0 || e->size_bytes % SECTOR != 0 || e->size_bytes > l->size_bytes) return hk_ok();
  if (e->tail % SECTOR != 0 || e->tail >= l->size_bytes || e->sequence == 0 || memcmp(id, l->id, sizeof id) != 0) return hk_ok();
  if (e->size_bytes > l->sum_budget) return fail(l, HK_LIMIT, "find what counts in the log of the VHDX", at);
  l->sum_budget -= e->size_bytes;
  *good = hk_crc32c_of_sealed(l->log + at, e->size_bytes, SUM_AT) == sum;
  return hk_ok();
}

static uint32_t after(const struct hk_vhdx_logged *l, const struct entry *e)
{
  return (uint32_t)(((uint64_t)e->at + e->size_bytes) % l->size_bytes);
}

/* Whether its tail is one of the run's entries, which were all good. */
static bool reaches_tail(const struct hk_vhdx_logged *l, const struct run *r)
{
  struct entry e = {.at = r->from};
  for (uint32_t i = 0; i < r->n_entries; i++) {
    if (e.at == r->tail) return true;
    struct hk_cur c = hk_cur_over(l->log + e.at, ENTRY_HEADER_BYTES);
    hk_skip(&c, 8);
    e.size_bytes = hk_u32le(&c);
    e.at = after(l, &e);
  }
  return false;
}

/* The entries that follow each other from there on. *next: behind them. */
static hk_err follow(struct hk_vhdx_logged *l, uint32_t from, struct run *r, uint32_t *next)
{
  uint64_t bytes = 0;
  *r = (struct run){.from = from};
  *next = from;
  for (;;) {
    struct entry e;
    bool good = false;
    HK_TRY(read_entry(l, *next, &e, &good));
    if (!good || (r->n_entries > 0 && e.sequence != r->sequence + 1) || bytes + e.size_bytes > l->size_bytes) break;
    bytes += e.size_bytes;
    r->n_entries++;
    r->sequence = e.sequence;
    r->tail = e.tail;
    r->file_bytes = e.file_bytes;
    *next = after(l, &e);
  }
  r->whole = reaches_tail(l, r);
  return hk_ok();
}

static hk_err find_run(struct hk_vhdx_logged *l, struct run *best)
{
  *best = (struct run){.from = 0};
  for (uint32_t at = 0; at < l->size_bytes;) {
    struct run r;
    uint32_t next = 0;
    HK_TRY(follow(l, at, &r, &next));
    if (r.whole && r.sequence > best->sequence) *best = r;
    if (!r.whole)
      at += SECTOR;
    else if (next > at)
      at = next;
    else
      break; /* around the ring */
  }
  if (best->whole) return hk_ok();
  return fail(l, HK_DAMAGED, "open the image: VHDX that was not shut down, and nothing in its log is whole; attach it once, or convert it", 0);
}

/* ---- changes ------------------------------------------------------------------------------------------------------------------ */

static hk_err add_change(struct hk_vhdx_logged *l, const struct change *c, uint32_t in_log)
{
  if (c->at % SECTOR != 0 || c->n % SECTOR != 0 || c->n > INT64_MAX || c->at > INT64_MAX - c->n)
    return fail(l, HK_DAMAGED, "read the log of the VHDX: place of a change", in_log);
  if (l->n == CHANGES_MOST) return fail(l, HK_LIMIT, "read the log of the VHDX: too many changes", in_log);
  if (l->n == l->capacity) {
    const size_t capacity = l->capacity == 0 ? 64 : l->capacity * 2;
    struct change *const v = realloc(l->v, capacity * sizeof *v);
    if (v == NULL) return fail(l, HK_MEMORY, "read the log of the VHDX", in_log);
    l->v = v;
    l->capacity = capacity;
  }
  l->v[l->n++] = *c;
  if (c->at + c->n > l->bytes.size_bytes) l->bytes.size_bytes = c->at + c->n;
  return hk_ok();
}

/* Begins and ends with its entry's sequence number; the bytes that stood there are in the descriptor. */
static bool is_data(const uint8_t *sector, uint64_t sequence)
{
  struct hk_cur c = hk_cur_over(sector, SECTOR);
  if (memcmp(sector, "data", 4) != 0) return false;
  hk_skip(&c, 4);
  const uint64_t high = hk_u32le(&c);
  hk_seek(&c, SECTOR - TRAILING_BYTES);
  return (high << 32 | hk_u32le(&c)) == sequence;
}

static hk_err apply_entry(struct hk_vhdx_logged *l, const struct entry *e)
{
  const uint64_t heads = ENTRY_HEADER_BYTES + (uint64_t)e->n_descriptors * DESCRIPTOR_BYTES;
  uint64_t data_at = (heads + SECTOR - 1) / SECTOR * SECTOR;
  if (data_at > e->size_bytes) return fail(l, HK_DAMAGED, "read the log of the VHDX: number of changes", e->at);
  struct hk_cur c = hk_cur_over(l->log + e->at, (size_t)heads);
  hk_seek(&c, ENTRY_HEADER_BYTES);
  for (uint32_t i = 0; i < e->n_descriptors; i++) {
    struct change change = {.n = SECTOR};
    const uint8_t *const kind = hk_take(&c, 4);
    const bool zeroes = kind != NULL && memcmp(kind, "zero", 4) == 0;
    if (kind == NULL || (!zeroes && memcmp(kind, "desc", 4) != 0)) return fail(l, HK_DAMAGED, "read the log of the VHDX: kind of a change", e->at);
    hk_copy(&c, change.trailing, sizeof change.trailing);
    hk_copy(&c, change.leading, sizeof change.leading);
    change.at = hk_u64le(&c);
    const uint64_t sequence = hk_u64le(&c);
    if (zeroes) {
      struct hk_cur length = hk_cur_over(change.leading, sizeof change.leading);
      change.n = hk_u64le(&length);
    } else {
      if (e->size_bytes - data_at < SECTOR) return fail(l, HK_DAMAGED, "read the log of the VHDX: data of a change", e->at);
      change.sector = l->log + e->at + data_at;
      data_at += SECTOR;
    }
    if (sequence != e->sequence || (!zeroes && !is_data(change.sector, sequence)))
      return fail(l, HK_DAMAGED, "read the log of the VHDX: data of a change", e->at);
    HK_TRY(add_change(l, &change, e->at));
  }
  return hk_ok();
}

/* From the tail of the run to its head. */
static hk_err apply(struct hk_vhdx_logged *l, const struct run *r)
{
  uint32_t at = r->tail;
  if (r->file_bytes > l->file->size_bytes)
    return hk_fail(HK_TRUNCATED, "open the image: it ends before its log says so", (int64_t)l->file->size_bytes);
  l->sum_budget = (uint64_t)SUMS_MOST * l->size_bytes;
  for (uint32_t i = 0; i < r->n_entries; i++) {
    struct entry e;
    bool good = false;
    HK_TRY(read_entry(l, at, &e, &good));
    if (!good) return fail(l, HK_DAMAGED, "read the log of the VHDX", at);
    HK_TRY(apply_entry(l, &e));
    if (e.sequence == r->sequence) return hk_ok();
    at = after(l, &e);
  }
  return hk_ok();
}

/* ---- the file as it should be ----------------------------------------------------------------------------------------------- */

static void lay_over(const struct change *c, uint64_t offset, uint8_t *out, size_t n)
{
  if (c->at >= offset + n || offset >= c->at + c->n) return;
  const uint64_t from = c->at > offset ? c->at : offset;
  const uint64_t to = c->at + c->n < offset + n ? c->at + c->n : offset + n;
  if (c->sector == NULL) {
    memset(out + (from - offset), 0, (size_t)(to - from));
    return;
  }
  uint8_t sector[SECTOR];
  memcpy(sector, c->leading, LEADING_BYTES);
  memcpy(sector + LEADING_BYTES, c->sector + LEADING_BYTES, SECTOR - LEADING_BYTES - TRAILING_BYTES);
  memcpy(sector + SECTOR - TRAILING_BYTES, c->trailing, TRAILING_BYTES);
  memcpy(out + (from - offset), sector + (from - c->at), (size_t)(to - from));
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_vhdx_logged *const l = (struct hk_vhdx_logged *)(void *)self;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  if (n > self->size_bytes - offset) n = (size_t)(self->size_bytes - offset);
  HK_TRY(l->file->read_at(l->file, offset, out, n, got));
  if (*got < n) memset((uint8_t *)out + *got, 0, n - *got); /* where only the log has written yet */
  *got = n;
  for (size_t i = 0; i < l->n; i++) lay_over(&l->v[i], offset, out, n);
  return hk_ok();
}

struct hk_bytes *hk_vhdx_log_bytes(struct hk_vhdx_logged *l)
{
  return &l->bytes;
}

void hk_vhdx_log_close(struct hk_vhdx_logged *l)
{
  if (l == NULL) return;
  free(l->log);
  free(l->v);
  free(l);
}

static hk_err load(struct hk_vhdx_logged *l)
{
  struct run r;
  l->log = malloc((size_t)l->size_bytes * 2);
  if (l->log == NULL) return hk_fail(HK_MEMORY, "read the log of the VHDX", HK_NO_OFFSET);
  HK_TRY(hk_disk_read(l->file, l->log_at, l->log, l->size_bytes, "read the log of the VHDX"));
  memcpy(l->log + l->size_bytes, l->log, l->size_bytes);
  HK_TRY(find_run(l, &r));
  return apply(l, &r);
}

hk_err hk_vhdx_log_open(struct hk_bytes *file, const struct hk_vhdx_log *log, struct hk_vhdx_logged **out)
{
  static const uint8_t empty[16];
  if (memcmp(log->id, empty, sizeof empty) == 0) return hk_ok();
  if (log->size_bytes == 0 || log->size_bytes % SECTOR != 0 || log->at % SECTOR != 0 || log->at > INT64_MAX)
    return hk_fail(HK_DAMAGED, "read the VHDX header: place of the log", HK_NO_OFFSET);
  if (log->size_bytes > LOG_BYTES_MOST) return hk_fail(HK_LIMIT, "read the log of the VHDX: it is too large", (int64_t)log->at);
  HK_TRY(hk_blocks_fits(file, log->at, log->size_bytes, 1, "open the image: a log outside of the file"));
  struct hk_vhdx_logged *const l = calloc(1, sizeof *l);
  if (l == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  *l = (struct hk_vhdx_logged){.bytes = {.size_bytes = file->size_bytes, .read_at = read_at}, .file = file, .log_at = log->at};
  l->size_bytes = log->size_bytes;
  memcpy(l->id, log->id, sizeof l->id);
  l->sum_budget = (uint64_t)SUMS_MOST * l->size_bytes;
  const hk_err e = load(l);
  if (e.code != HK_OK) {
    hk_vhdx_log_close(l);
    return e;
  }
  *out = l;
  return e;
}
