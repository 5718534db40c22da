/* The structure of an .evtx file (libyal, "Windows XML Event Log (EVTX)", file header, chunk, event record): a header
   block, then chunks of 64 KiB, each with a header of 512 bytes and records one after the other. */
#include "chunks.h"

#include <string.h>

enum {
  FILE_HEADER_SIZE = 128,
  CHUNK_SIZE = 65536,
  CHUNK_HEADER_SIZE = 512,
  RECORD_HEADER_SIZE = 24,
  RECORD_MIN = RECORD_HEADER_SIZE + 4, /* and the size again at its end */
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

static hk_err read_header(struct hk_item *item, struct chunks *c, uint64_t *first_chunk_at)
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
  *first_chunk_at = block_size == 0 ? 4096 : block_size;
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

/* The records of one chunk, up to where its header says it is used. */
static hk_err walk_records(struct hk_item *item, struct chunks *c, const struct hk_cur *chunk, uint64_t chunk_at, uint32_t end)
{
  uint64_t at = CHUNK_HEADER_SIZE;
  if (end > chunk->size) end = (uint32_t)chunk->size;
  while (at + RECORD_MIN <= end) {
    struct hk_cur r = hk_cur_at(chunk, at, RECORD_HEADER_SIZE);
    const uint32_t magic = hk_u32le(&r);
    const uint32_t size = hk_u32le(&r);
    const uint64_t number = hk_u64le(&r);
    const uint64_t time = hk_u64le(&r);
    if (magic != 0x00002A2A || size < RECORD_MIN || size > end - at) {
      hk_note(item, hk_fail(HK_DAMAGED, "walk event records", (int64_t)(chunk_at + at)));
      return hk_ok();
    }
    const struct chunks_record one = {.number = number, .written_at = hk_time_from_filetime(time), .offset = chunk_at + at};
    if (!add_record(hk_item_arena(item), c, one)) return hk_fail(HK_MEMORY, "list event records", HK_NO_OFFSET);
    at += size;
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

hk_err chunks_read(struct hk_item *item, struct chunks *out)
{
  struct hk_bytes *b = hk_item_bytes(item);
  uint64_t at = 0;
  *out = (struct chunks){0};
  HK_TRY(read_header(item, out, &at));
  uint8_t *buffer = hk_alloc(hk_item_arena(item), CHUNK_SIZE);
  if (buffer == NULL) return hk_fail(HK_MEMORY, "read event log chunk", HK_NO_OFFSET);
  for (uint64_t index = 0; at < b->size_bytes; index++, at += CHUNK_SIZE) {
    size_t got;
    if (hk_item_stop(item)) return hk_fail(HK_CANCELLED, "read event log chunk", (int64_t)at);
    HK_TRY(read_exact(b, at, buffer, CHUNK_SIZE, &got));
    const struct hk_cur chunk = hk_cur_over(buffer, got);
    HK_TRY(read_chunk(item, out, &chunk, at, index < out->declared));
    if (got < CHUNK_SIZE) {
      hk_note(item, hk_fail(HK_TRUNCATED, "read event log chunk", (int64_t)(at + got)));
      out->padded_size_bytes = at + CHUNK_SIZE;
      break;
    }
  }
  return hk_ok();
}
