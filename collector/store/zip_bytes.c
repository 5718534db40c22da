/* An entry as random access: a window on the file, or unpacked into memory. */
#include <stdlib.h>
#include <string.h>

#include "store/archive_internal.h"

struct entry_bytes {
  struct hk_bytes bytes;
  struct hk_bytes *file; /* stored: read through */
  uint64_t data_at;
  uint8_t *p; /* deflated: unpacked */
};

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
  hk_err result = hk_fail(HK_LIMIT, "unpack entry into memory", (int64_t)e->at);
  if (e->size_bytes <= HK_ARCHIVE_BYTES_LIMIT) {
    b->p = malloc((size_t)e->size_bytes + 1);
    b->bytes.read_at = read_unpacked;
    result = b->p == NULL ? hk_fail(HK_MEMORY, "unpack entry into memory", HK_NO_OFFSET)
                          : unpack_all(r, b->p, (size_t)e->size_bytes);
  }
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
  free(b->p);
  free(b);
}
