/* An entry as random access: a window on the file, unpacked into memory, or unpacked again and again. */
#include <stdlib.h>
#include <string.h>

#include "store/archive_internal.h"

struct entry_bytes {
  struct hk_bytes bytes;
  struct hk_bytes *file; /* stored: read through */
  uint64_t data_at;
  uint8_t *p; /* deflated: unpacked, all of it or the block at hand */

  /* too large to be held */
  struct hk_archive *zip;
  const struct hk_archive_entry *entry;
  struct hk_archive_reader *reader;
  uint64_t block_at; /* of the block at hand; the reader stands behind it */
  size_t n_block;
  uint64_t unpacked_bytes; /* in all, with every beginning anew */
};

#define BLOCK_BYTES ((size_t)4 << 20)
/* Reading backwards begins anew; what reads so all the time is stopped. */
#define MOST_UNPACKED(size) ((size) * 32 + (UINT64_C(4) << 30))

static hk_err read_window(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct entry_bytes *const b = (struct entry_bytes *)(void *)self;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  const uint64_t left = self->size_bytes - offset;
  return b->file->read_at(b->file, b->data_at + offset, out, left < n ? (size_t)left : n, got);
}

static hk_err read_unpacked(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct entry_bytes *const b = (const struct entry_bytes *)(const void *)self;
  const uint64_t left = offset >= self->size_bytes ? 0 : self->size_bytes - offset;
  *got = left < n ? (size_t)left : n;
  if (*got > 0) memcpy(out, b->p + offset, *got);
  return hk_ok();
}

/* All of it and then the end, where size and CRC are checked. */
static hk_err unpack_all(struct hk_archive_reader *r, uint8_t *p, size_t n)
{
  size_t at = 0;
  for (;;) {
    size_t got = 0;
    uint8_t one;
    HK_TRY(hk_archive_read(r, at < n ? p + at : &one, at < n ? n - at : 1, &got));
    if (got == 0) return hk_ok();
    at += got;
  }
}

static hk_err begin_again(struct entry_bytes *b)
{
  hk_archive_read_close(b->reader);
  b->reader = NULL;
  b->block_at = 0;
  b->n_block = 0;
  return hk_archive_read_open(b->zip, b->entry, &b->reader);
}

static hk_err next_block(struct entry_bytes *b)
{
  if (b->unpacked_bytes > MOST_UNPACKED(b->bytes.size_bytes)) return hk_fail(HK_LIMIT, "unpack entry again and again", (int64_t)b->entry->at);
  b->block_at += b->n_block;
  b->n_block = 0;
  for (size_t got = 1; got > 0 && b->n_block < BLOCK_BYTES; b->n_block += got) {
    got = 0;
    HK_TRY(hk_archive_read(b->reader, b->p + b->n_block, BLOCK_BYTES - b->n_block, &got));
  }
  b->unpacked_bytes += b->n_block;
  return b->n_block > 0 ? hk_ok() : hk_fail(HK_TRUNCATED, "unpack entry", (int64_t)b->entry->at);
}

static hk_err read_streamed(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct entry_bytes *const b = (struct entry_bytes *)(void *)self;
  const uint64_t left = offset >= self->size_bytes ? 0 : self->size_bytes - offset;
  *got = 0;
  if (n > left) n = (size_t)left;
  while (*got < n) {
    const uint64_t at = offset + *got;
    if (at < b->block_at || b->reader == NULL) HK_TRY(begin_again(b));
    while (at >= b->block_at + b->n_block) HK_TRY(next_block(b));
    const size_t into = (size_t)(at - b->block_at);
    const size_t step = b->n_block - into < n - *got ? b->n_block - into : n - *got;
    memcpy((uint8_t *)out + *got, b->p + into, step);
    *got += step;
  }
  return hk_ok();
}

static hk_err fill(struct hk_archive *z, const struct hk_archive_entry *e, struct entry_bytes *b)
{
  struct hk_archive_reader *r = NULL;
  struct zip_head local;
  HK_TRY(hk_archive_read_open(z, e, &r));
  if (e->method == ZIP_STORED) {
    hk_archive_read_close(r);
    b->file = archive_bytes(z);
    b->bytes.read_at = read_window;
    return archive_local(z, e, &local, &b->data_at);
  }
  const bool held = e->size_bytes <= HK_ARCHIVE_BYTES_LIMIT;
  b->p = malloc(held ? (size_t)e->size_bytes + 1 : BLOCK_BYTES);
  b->bytes.read_at = held ? read_unpacked : read_streamed;
  b->zip = z;
  b->entry = e;
  hk_err result = b->p == NULL ? hk_fail(HK_MEMORY, "unpack entry into memory", HK_NO_OFFSET) : hk_ok();
  if (result.code == HK_OK && held) result = unpack_all(r, b->p, (size_t)e->size_bytes);
  hk_archive_read_close(r);
  return result;
}

hk_err hk_archive_bytes_open(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_bytes **out)
{
  struct entry_bytes *const b = calloc(1, sizeof *b);
  if (b == NULL) return hk_fail(HK_MEMORY, "open archive entry", HK_NO_OFFSET);
  b->bytes.size_bytes = e->size_bytes;
  const hk_err result = fill(z, e, b);
  if (result.code != HK_OK) {
    hk_archive_bytes_close(&b->bytes);
    return result;
  }
  *out = &b->bytes;
  return hk_ok();
}

void hk_archive_bytes_close(struct hk_bytes *bytes)
{
  if (bytes == NULL) return;
  struct entry_bytes *const b = (struct entry_bytes *)(void *)bytes;
  hk_archive_read_close(b->reader);
  free(b->p);
  free(b);
}
