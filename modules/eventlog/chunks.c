/* The structure of an .evtx file (libyal, "Windows XML Event Log (EVTX)", file header, chunk, event record): a header
   block, then chunks of 64 KiB, each with a header of 512 bytes and records one after the other. */
#include "chunks.h"

#include <string.h>

enum {
  FILE_HEADER_SIZE = 128,
  CHUNK_HEADER_SIZE = 512,
  RECORD_MIN = RECORD_HEADER_SIZE + 4, /* and the size again at its end */
  RECORDS_MAX = 4 * 1024 * 1024,       /* about 3 GiB of log; the list takes 320 MiB at most */
};

/* CRC-32 as in IEEE 802.3, which EVTX uses for its headers. Bitwise: 248 bytes a chunk. */
static uint32_t crc32_of(uint32_t crc, const uint8_t *p, size_t n)
{
  crc = ~crc;
  for (size_t i = 0; i < n; i++) {
    crc ^= p[i];
    for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

static hk_err read_exact(struct hk_bytes *b, uint64_t at, uint8_t *out, size_t n, size_t *got)
{
  *got = 0;
  return b->read_at(b, at, out, n, got);
}

static hk_err read_header(struct hk_item *item, struct chunks *c)
{
  struct hk_bytes *b = hk_item_bytes(item);
  uint8_t raw[FILE_HEADER_SIZE];
  size_t got;
  HK_TRY(read_exact(b, 0, raw, sizeof raw, &got));
  if (got < 8 || memcmp(raw, "ElfFile\0", 8) != 0) return hk_fail(HK_UNSUPPORTED, "recognise event log", 0);
  if (got < sizeof raw) return hk_fail(HK_TRUNCATED, "read event log header", (int64_t)got);
  struct hk_cur h = hk_cur_over(raw, sizeof raw);
  hk_skip(&h, 24); /* signature, first and last chunk number */
  c->next_record = hk_u64le(&h);
  hk_skip(&h, 4); /* size of this header */
  c->minor = hk_u16le(&h);
  c->major = hk_u16le(&h);
  const uint16_t block_size = hk_u16le(&h);
  c->declared = hk_u16le(&h);
  hk_seek(&h, 120);
  const uint32_t flags = hk_u32le(&h);
  const uint32_t checksum = hk_u32le(&h);
  if (c->major != 3) return hk_fail(HK_UNSUPPORTED, "read event log version", 36);
  c->dirty = (flags & 1) != 0;
  c->full = (flags & 2) != 0;
  c->header_damaged = crc32_of(0, raw, 120) != checksum;
  c->first_chunk_at = block_size == 0 ? 4096 : block_size;
  return hk_ok();
}

static bool add_record(struct hk_arena *a, struct chunks *c, struct chunks_record r)
{
  if (c->n_records == c->capacity) {
    const size_t capacity = c->capacity == 0 ? 256 : c->capacity * 2;
    struct chunks_record *p = hk_new(a, struct chunks_record, capacity);
    if (p == NULL) return false;
    for (size_t i = 0; i < c->n_records; i++) p[i] = c->records[i];
    c->records = p;
    c->capacity = capacity;
  }
  c->records[c->n_records++] = r;
  return true;
}

/* The record at `at` of a chunk; false when none lies there whole. */
static bool record_at(const struct hk_cur *chunk, uint64_t at, uint64_t end, struct chunks_record *out)
{
  if (at + RECORD_MIN > end) return false;
  struct hk_cur r = hk_cur_at(chunk, at, RECORD_HEADER_SIZE);
  const uint32_t magic = hk_u32le(&r);
  const uint32_t size = hk_u32le(&r);
  const uint64_t number = hk_u64le(&r);
  const uint64_t time = hk_u64le(&r);
  if (r.bad || magic != 0x00002A2A || size < RECORD_MIN || size > end - at) return false;
  *out = (struct chunks_record){.number = number, .written_at = hk_time_from_filetime(time), .offset = at, .size = size};
  return true;
}

/* Does the size at a record's end agree? What was written last in a log that was open then may be half there. */
static bool ends_well(const struct hk_cur *chunk, const struct chunks_record *r)
{
  struct hk_cur c = hk_cur_at(chunk, r->offset + r->size - 4, 4);
  return hk_u32le(&c) == r->size;
}

/* The records of one chunk, up to where its header says it is used; in a dirty log on, as long as the numbers go on:
   the header is written later than the records. */
static hk_err walk_records(struct hk_item *item, struct chunks *c, const struct hk_cur *chunk, uint64_t chunk_at, uint32_t end)
{
  uint64_t at = CHUNK_HEADER_SIZE, last = 0;
  struct chunks_record r;
  if (end > chunk->size) end = (uint32_t)chunk->size;
  while (at + RECORD_MIN <= chunk->size) {
    const bool used = at < end;
    if (!used && !c->dirty) break;
    if (!record_at(chunk, at, used ? end : chunk->size, &r)) {
      if (used) hk_note(item, hk_fail(HK_DAMAGED, "walk event records", (int64_t)(chunk_at + at)));
      break;
    }
    if (!used && (last == 0 || r.number != last + 1 || !ends_well(chunk, &r))) break;
    last = r.number;
    at += r.size;
    if (c->n_records == RECORDS_MAX) break;
    r.offset += chunk_at;
    r.chunk_at = chunk_at;
    if (!add_record(hk_item_arena(item), c, r)) return hk_fail(HK_MEMORY, "list event records", HK_NO_OFFSET);
  }
  return hk_ok();
}

static hk_err read_chunk(struct hk_item *item, struct chunks *c, const struct hk_cur *chunk, uint64_t chunk_at, bool declared)
{
  struct hk_cur h = *chunk;
  const uint8_t *magic = hk_take(&h, 8);
  if (magic == NULL || memcmp(magic, "ElfChnk\0", 8) != 0) {
    bool zero = true;
    for (size_t i = 0; i < chunk->size && i < CHUNK_HEADER_SIZE; i++) zero = zero && chunk->base[i] == 0;
    /* Space that was never used is all zeros; a log is grown sixteen chunks at a time. */
    if (declared && !zero) hk_note(item, hk_fail(HK_DAMAGED, "read event log chunk header", (int64_t)chunk_at));
    return hk_ok();
  }
  if (chunk->size < CHUNK_HEADER_SIZE) return hk_ok();
  hk_seek(&h, 48);
  const uint32_t end = hk_u32le(&h);
  const uint32_t data_checksum = hk_u32le(&h);
  hk_seek(&h, 124);
  const uint32_t header_checksum = hk_u32le(&h);
  /* Behind the declared chunks lies what an earlier, longer log left: libevtx gives it as recovered. In a dirty log the
     number in the header is simply old. */
  if (!declared && !c->dirty) return hk_ok();
  const uint32_t crc = crc32_of(crc32_of(0, chunk->base, 120), chunk->base + 128, 384);
  if (crc != header_checksum) hk_note(item, hk_fail(HK_DAMAGED, "check event log chunk header", (int64_t)chunk_at));
  else if (end >= CHUNK_HEADER_SIZE && end <= chunk->size &&
           crc32_of(0, chunk->base + CHUNK_HEADER_SIZE, end - CHUNK_HEADER_SIZE) != data_checksum)
    hk_note(item, hk_fail(HK_DAMAGED, "check event log chunk data", (int64_t)chunk_at));
  return walk_records(item, c, chunk, chunk_at, end);
}

hk_err chunks_load(struct hk_item *item, struct chunks *c, uint64_t chunk_at)
{
  struct chunk *k = &c->chunk;
  if (k->buffer == NULL) k->buffer = hk_alloc(hk_item_arena(item), CHUNK_SIZE);
  if (k->buffer == NULL) return hk_fail(HK_MEMORY, "read event log chunk", HK_NO_OFFSET);
  if (k->bytes.size > 0 && k->at == chunk_at) return hk_ok();
  size_t got = 0;
  k->bytes = hk_cur_over(NULL, 0);
  HK_TRY(read_exact(hk_item_bytes(item), chunk_at, k->buffer, CHUNK_SIZE, &got));
  k->bytes = hk_cur_over(k->buffer, got);
  k->at = chunk_at;
  return hk_ok();
}

bool chunks_find(struct hk_item *item, struct chunks *c, uint64_t offset, struct chunks_record *out)
{
  if (offset < c->first_chunk_at || offset >= hk_item_bytes(item)->size_bytes) return false;
  const uint64_t chunk_at = offset - (offset - c->first_chunk_at) % CHUNK_SIZE;
  if (chunks_load(item, c, chunk_at).code != HK_OK) return false;
  struct chunks_record r;
  if (!record_at(&c->chunk.bytes, offset - chunk_at, c->chunk.bytes.size, &r)) return false;
  r.offset = offset;
  r.chunk_at = chunk_at;
  *out = r;
  return true;
}

hk_err chunks_read(struct hk_item *item, struct chunks *out)
{
  const uint64_t size = hk_item_bytes(item)->size_bytes;
  *out = (struct chunks){0};
  HK_TRY(read_header(item, out));
  uint64_t at = out->first_chunk_at;
  for (uint64_t index = 0; at < size && out->n_records < RECORDS_MAX; index++, at += CHUNK_SIZE) {
    if (hk_item_stop(item)) return hk_fail(HK_CANCELLED, "read event log chunk", (int64_t)at);
    HK_TRY(chunks_load(item, out, at));
    const struct hk_cur chunk = out->chunk.bytes;
    HK_TRY(read_chunk(item, out, &chunk, at, index < out->declared));
    if (chunk.size < CHUNK_SIZE) {
      hk_note(item, hk_fail(HK_TRUNCATED, "read event log chunk", (int64_t)(at + chunk.size)));
      out->padded_size_bytes = at + CHUNK_SIZE;
      break;
    }
  }
  if (out->n_records == RECORDS_MAX) hk_note(item, hk_fail(HK_LIMIT, "list event records", (int64_t)at));
  return hk_ok();
}
