/* $SDS: blocks of 256 KiB, each followed by its copy. */
#include "ntfs/secure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((uint64_t)0x40000)
#define MOST_SDS_BYTES ((uint64_t)64 << 20)
#define SECURE_ARENA_BYTES ((size_t)64 << 20)

enum { ENTRY_HEADER = 20, SUB_AUTHORITIES_MAX = 15 };

void hk_ntfs_secure_init(struct hk_ntfs_secure *s)
{
  *s = (struct hk_ntfs_secure){.n = 0};
  hk_arena_init(&s->arena, SECURE_ARENA_BYTES);
}

void hk_ntfs_secure_done(struct hk_ntfs_secure *s)
{
  free(s->v);
  free(s->sids);
  hk_arena_done(&s->arena);
  *s = (struct hk_ntfs_secure){.n = 0};
}

bool hk_ntfs_descriptor_owner(struct hk_cur descriptor, char out[HK_SID_SIZE])
{
  struct hk_cur c = hk_cur_at(&descriptor, 4, 4);
  const uint32_t offset = hk_u32le(&c);
  if (c.bad || offset < 20 || offset > descriptor.size) return false;
  struct hk_cur sid = hk_cur_at(&descriptor, offset, descriptor.size - offset);
  const uint8_t revision = hk_u8(&sid);
  const uint8_t n = hk_u8(&sid);
  uint64_t authority = 0;
  for (int i = 0; i < 6; i++) authority = authority << 8 | hk_u8(&sid);
  if (sid.bad || revision != 1 || n > SUB_AUTHORITIES_MAX || hk_cur_left(&sid) < (size_t)n * 4) return false;
  /* The longest: 20 characters, then 15 times 11. */
  size_t at = (size_t)snprintf(out, HK_SID_SIZE, "S-1-");
  if (authority >> 32 != 0)
    at += (size_t)snprintf(out + at, HK_SID_SIZE - at, "0x%llX", (unsigned long long)authority);
  else
    at += hk_decimal(authority, out + at);
  for (unsigned i = 0; i < n; i++) {
    out[at++] = '-';
    at += hk_decimal(hk_u32le(&sid), out + at);
  }
  out[at] = 0;
  return true;
}

/* Index of that SID; a volume has few different ones, and neighbours in $SDS often share theirs. */
static bool intern(struct hk_ntfs_secure *s, const char *sid, uint32_t *out)
{
  const hk_str text = hk_str_of(sid);
  for (size_t i = s->n_sids; i > 0 && s->n_sids - i < 4096; i--) {
    if (!hk_str_eq(s->sids[i - 1], text)) continue;
    *out = (uint32_t)(i - 1);
    return true;
  }
  if (s->n_sids == s->sid_capacity) {
    const size_t capacity = s->sid_capacity == 0 ? 64 : s->sid_capacity * 2;
    hk_str *const v = realloc(s->sids, capacity * sizeof *v);
    if (v == NULL) return false;
    s->sids = v;
    s->sid_capacity = capacity;
  }
  const hk_str copy = hk_str_copy(&s->arena, text);
  if (copy.p == NULL) return false;
  *out = (uint32_t)s->n_sids;
  s->sids[s->n_sids++] = copy;
  return true;
}

static hk_err add(struct hk_ntfs_secure *s, uint32_t id, struct hk_cur descriptor)
{
  char sid[HK_SID_SIZE];
  struct hk_ntfs_owner o = {.id = id};
  if (!hk_ntfs_descriptor_owner(descriptor, sid)) return hk_ok();
  if (!intern(s, sid, &o.sid)) return hk_fail(HK_MEMORY, "read owners", HK_NO_OFFSET);
  if (s->n == s->capacity) {
    const size_t capacity = s->capacity == 0 ? 1024 : s->capacity * 2;
    struct hk_ntfs_owner *const v = realloc(s->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "read owners", HK_NO_OFFSET);
    s->v = v;
    s->capacity = capacity;
  }
  s->v[s->n++] = o;
  return hk_ok();
}

struct entry {
  uint32_t id;
  uint64_t offset;
  uint32_t size;
  struct hk_cur descriptor;
};

/* An entry says where it is, which is how a stale one is told. */
static bool read_entry(const struct hk_cur *sds, uint64_t where, uint64_t expected, struct entry *out)
{
  struct hk_cur c = hk_cur_at(sds, where, ENTRY_HEADER);
  hk_skip(&c, 4);
  out->id = hk_u32le(&c);
  out->offset = hk_u64le(&c);
  out->size = hk_u32le(&c);
  if (c.bad || out->offset != expected || out->size < ENTRY_HEADER || out->size > BLOCK) return false;
  out->descriptor = hk_cur_at(sds, where + ENTRY_HEADER, out->size - ENTRY_HEADER);
  return !out->descriptor.bad;
}

static int by_id(const void *x, const void *y)
{
  const struct hk_ntfs_owner *const a = x, *const b = y;
  return (a->id > b->id) - (a->id < b->id);
}

hk_err hk_ntfs_secure_read(struct hk_ntfs_secure *s, struct hk_cur sds)
{
  for (uint64_t block = 0; block < sds.size; block += 2 * BLOCK) {
    for (uint64_t at = block; at < block + BLOCK && at + ENTRY_HEADER <= sds.size;) {
      struct entry e;
      if (!read_entry(&sds, at, at, &e) && !read_entry(&sds, at + BLOCK, at, &e)) {
        /* The rest of a block is zero; anything else there is damage. */
        struct hk_cur c = hk_cur_at(&sds, at, ENTRY_HEADER);
        if ((hk_u64le(&c) | hk_u64le(&c)) != 0) s->n_damaged++;
        break;
      }
      HK_TRY(add(s, e.id, e.descriptor));
      at += (e.size + UINT64_C(15)) & ~UINT64_C(15);
    }
  }
  if (s->n > 1) qsort(s->v, s->n, sizeof *s->v, by_id);
  return hk_ok();
}

hk_err hk_ntfs_secure_load(struct hk_ntfs_secure *s, struct hk_ntfs_mft *m)
{
  struct hk_ntfs_file f;
  struct hk_ntfs_stream stream;
  HK_TRY(hk_ntfs_file_open(m, 9, &f));
  hk_err e = hk_ntfs_file_stream(&f, HK_NTFS_DATA, HK_S("$SDS"), &stream);
  hk_ntfs_file_close(&f);
  HK_TRY(e);
  const uint64_t size = stream.bytes.size_bytes < MOST_SDS_BYTES ? stream.bytes.size_bytes : MOST_SDS_BYTES;
  uint8_t *const p = malloc((size_t)size + 1);
  size_t got = 0;
  e = p == NULL ? hk_fail(HK_MEMORY, "read owners", HK_NO_OFFSET) : stream.bytes.read_at(&stream.bytes, 0, p, (size_t)size, &got);
  hk_ntfs_stream_done(&stream);
  /* What was read before an error is as good as ever. */
  if (p != NULL && got > 0) {
    const hk_err read = hk_ntfs_secure_read(s, hk_cur_over(p, got));
    if (e.code == HK_OK) e = read;
  }
  free(p);
  return e;
}

hk_str hk_ntfs_secure_owner(const struct hk_ntfs_secure *s, uint32_t id)
{
  size_t low = 0, high = s->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (s->v[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < s->n && s->v[low].id == id && id != 0 ? s->sids[s->v[low].sid] : hk_str_of("");
}
