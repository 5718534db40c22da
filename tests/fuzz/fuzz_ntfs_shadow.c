/* Catalog, store headers, block lists, bitmaps; then bytes of every store. The input is folded: 512 bytes of it begin each block of
   16 KiB of the volume, the rest of the block is zero; in block 0 they are the header of VSS behind a good boot sector.
   The seed is the volume of tests/ntfs/test_ntfs_shadow.c with a descriptor of each kind. */
#include <stdlib.h>
#include <string.h>

#include "ntfs/shadow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 16384, PIECE = 512, HEADER_AT = 0x1E00 };

struct folded {
  struct hk_bytes bytes;
  const uint8_t *p;
  size_t n;
};

/* Part of a boot sector: 512-byte sectors, clusters of 8, and the size. */
static uint8_t boot_byte(uint64_t at, uint64_t n_sectors)
{
  static const uint8_t head[14] = {0, 0, 0, 'N', 'T', 'F', 'S', ' ', ' ', ' ', ' ', 0, 2, 8};
  if (at < sizeof head) return head[at];
  if (at >= 40 && at < 48) return (uint8_t)(n_sectors >> (8 * (at - 40)));
  return at == 64 ? 0xF6 : 0;
}

static uint8_t byte_at(const struct folded *f, uint64_t at)
{
  const uint64_t block = at / BLOCK, in = at % BLOCK;
  if (block == 0 && in < HEADER_AT) return boot_byte(in, f->bytes.size_bytes / 512 - 1);
  const uint64_t piece = block == 0 ? in - HEADER_AT : in;
  return piece < PIECE && block * PIECE + piece < f->n ? f->p[block * PIECE + piece] : 0;
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct folded *const f = (const struct folded *)(const void *)self;
  uint8_t *const to = out;
  if (offset % 512 != 0 || n % 512 != 0) abort();
  for (*got = 0; *got < n && offset + *got < self->size_bytes; ++*got) to[*got] = byte_at(f, offset + *got);
  return hk_ok();
}

static void read_store(struct hk_bytes *b)
{
  static uint8_t out[3 * BLOCK];
  size_t got = 0;
  const uint64_t places[] = {0, 9 * BLOCK + 700, 12 * BLOCK, b->size_bytes / 2, b->size_bytes - 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    (void)b->read_at(b, places[i], out, sizeof out, &got);
    if (got > sizeof out || (places[i] < b->size_bytes && got > b->size_bytes - places[i])) abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct folded f = {.bytes = {.size_bytes = (uint64_t)(size / PIECE + 1) * BLOCK, .read_at = read_at}, .p = data, .n = size};
  struct hk_ntfs_device d = {.bytes = &f.bytes, .sector_bytes = 512};
  struct hk_ntfs_volume v;
  struct hk_ntfs_shadows *all = NULL;
  if (size > (size_t)1 << 20 || hk_ntfs_volume_open(&d, 0, &v).code != HK_OK) return 0;
  if (hk_ntfs_shadows_open(&v, NULL, &all).code != HK_OK) return 0;
  for (size_t i = 0; i < hk_ntfs_shadows_count(all) && i < 4; i++) {
    struct hk_bytes *b = NULL;
    if (hk_ntfs_shadow_open(all, i, &b).code != HK_OK) continue;
    read_store(b);
    hk_ntfs_shadow_close(b);
  }
  hk_ntfs_shadows_close(all);
  return 0;
}
