/* VHD, after Microsoft's "Virtual Hard Disk Image Format Specification", version 1.0. A disk of fixed size is followed by a footer of one
   sector; one that grows has a copy of the footer in front, and a table of blocks, each with a bitmap of the sectors that were ever
   written. */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "source/disk/blocks.h"
#include "source/disk/formats.h"

enum {
  SECTOR = 512,
  HEADER_BYTES = 1024,
  TYPE_FIXED = 2,
  TYPE_DYNAMIC = 3,
  TYPE_DIFFERENCING = 4,
  BITMAP_PART = 64, /* bytes of a bitmap that are looked at together */
};

#define NO_BLOCK UINT32_MAX
#define BLOCK_BYTES_MOST (UINT32_C(1) << 30)

struct footer {
  uint64_t header_at, size_bytes;
  uint32_t type;
};

struct vhd {
  struct hk_blocks blocks;
  struct hk_bytes *file;
  uint64_t table_at;
  uint32_t block_bytes, bitmap_bytes; /* 0: fixed */
};

/* ---- footer and header -------------------------------------------------------------------------------------------------------- */

/* The complement of the sum of all bytes but the sum's own. */
static bool sum_is_right(const uint8_t *p, size_t n, size_t sum_at)
{
  uint32_t sum = 0;
  struct hk_cur c = hk_cur_over(p, n);
  hk_seek(&c, sum_at);
  const uint32_t written = hk_u32be(&c);
  for (size_t i = 0; i < n; i++)
    if (i < sum_at || i >= sum_at + 4) sum += p[i];
  return !c.bad && written == ~sum;
}

static bool footer_parse(const uint8_t p[SECTOR], struct footer *out)
{
  struct hk_cur c = hk_cur_over(p, SECTOR);
  if (memcmp(p, "conectix", 8) != 0 || !sum_is_right(p, SECTOR, 64)) return false;
  hk_seek(&c, 16);
  out->header_at = hk_u64be(&c);
  hk_seek(&c, 48);
  out->size_bytes = hk_u64be(&c);
  hk_seek(&c, 60);
  out->type = hk_u32be(&c);
  return !c.bad;
}

/* The copy in front says that the disk grows. It serves where the footer was lost, and the footer where the copy was. */
static hk_err find_footer(struct hk_bytes *file, struct footer *out)
{
  uint8_t first[SECTOR], last[SECTOR];
  size_t got = 0;
  HK_TRY(file->read_at(file, 0, first, sizeof first, &got));
  const bool grows = got == sizeof first && memcmp(first, "conectix", 8) == 0;
  const bool known_size = file->size_bytes > SECTOR && file->size_bytes <= INT64_MAX;
  if (known_size) {
    /* Of a raw image whose end cannot be read the rest can. */
    const bool read = hk_disk_read(file, file->size_bytes - SECTOR, last, sizeof last, "read the footer of the VHD").code == HK_OK;
    if (read && footer_parse(last, out) && grows == (out->type != TYPE_FIXED)) return hk_ok();
  }
  if (!grows) return hk_fail(HK_ABSENT, "find the footer of a VHD", HK_NO_OFFSET);
  return footer_parse(first, out) ? hk_ok() : hk_fail(HK_DAMAGED, "read the footer of the VHD", 0);
}

static hk_err read_header(struct vhd *v, const struct footer *f)
{
  uint8_t bytes[HEADER_BYTES];
  HK_TRY(hk_disk_read(v->file, f->header_at, bytes, sizeof bytes, "read the header of the VHD"));
  const int64_t at = (int64_t)f->header_at;
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  if (memcmp(bytes, "cxsparse", 8) != 0 || !sum_is_right(bytes, sizeof bytes, 36)) return hk_fail(HK_DAMAGED, "read the header of the VHD", at);
  hk_seek(&c, 16);
  v->table_at = hk_u64be(&c);
  if (hk_u32be(&c) >> 16 != 1) return hk_fail(HK_UNSUPPORTED, "open the image: a version of VHD that is not known", at);
  const uint32_t n_blocks = hk_u32be(&c);
  v->block_bytes = hk_u32be(&c);
  if (v->block_bytes < SECTOR || v->block_bytes > BLOCK_BYTES_MOST || (v->block_bytes & (v->block_bytes - 1)) != 0)
    return hk_fail(HK_DAMAGED, "read the header of the VHD: size of a block", at);
  const uint32_t bits = v->block_bytes / SECTOR;
  v->bitmap_bytes = ((bits + 7) / 8 + SECTOR - 1) / SECTOR * SECTOR;
  const uint64_t needed = f->size_bytes / v->block_bytes + (f->size_bytes % v->block_bytes != 0);
  if (needed > n_blocks) return hk_fail(HK_DAMAGED, "read the header of the VHD: its table is shorter than its disk", at);
  return hk_blocks_fits(v->file, v->table_at, n_blocks, 4, "open the image: a table outside of the file");
}

/* ---- where bytes lie ---------------------------------------------------------------------------------------------------------- */

static hk_err locate_fixed(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  const struct vhd *const v = (const struct vhd *)(const void *)self;
  *out = (struct hk_piece){.kind = HK_PIECE_PLAIN, .place = {.file = v->file, .at = offset}, .n = self->disk.bytes.size_bytes - offset};
  return hk_ok();
}

/* How many sectors from that one on are like it, at most to the end of the part that is looked at; the highest bit is the first. */
static uint32_t same_sectors(const uint8_t *bits, size_t n_bytes, uint32_t first, bool *written)
{
  uint32_t n = 1;
  *written = (bits[0] << (first % 8) & 0x80) != 0;
  for (uint32_t i = first % 8 + 1; i < n_bytes * 8 && ((bits[i / 8] << (i % 8) & 0x80) != 0) == *written; i++) n++;
  return n;
}

static hk_err locate_dynamic(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  struct vhd *const v = (struct vhd *)(void *)self;
  const uint32_t in = (uint32_t)(offset % v->block_bytes);
  uint8_t bytes[4], bits[BITMAP_PART];
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = v->block_bytes - in};
  HK_TRY(hk_blocks_table(self, v->file, v->table_at + offset / v->block_bytes * 4, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint32_t block_sector = hk_u32be(&c);
  if (block_sector == NO_BLOCK) return hk_ok();
  const uint64_t at = (uint64_t)block_sector * SECTOR;
  const uint32_t sector = in / SECTOR;
  const size_t left = v->bitmap_bytes - sector / 8;
  const size_t part = left < sizeof bits ? left : sizeof bits;
  HK_TRY(hk_blocks_table(self, v->file, at + sector / 8, bits, part));
  bool written = false;
  const uint64_t n = (uint64_t)same_sectors(bits, part, sector, &written) * SECTOR - in % SECTOR;
  if (n < out->n) out->n = n;
  if (!written) return hk_ok();
  out->kind = HK_PIECE_PLAIN;
  out->place = (struct hk_place){.file = v->file, .at = at + v->bitmap_bytes + in};
  return hk_ok();
}

static void close_vhd(struct hk_disk *d)
{
  hk_blocks_done((struct hk_blocks *)(void *)d);
  free(d);
}

static hk_err open_kind(struct vhd *v, const struct footer *f)
{
  uint64_t size_bytes = f->size_bytes;
  switch (f->type) {
  case TYPE_FIXED:
    v->blocks.locate = locate_fixed;
    if (size_bytes > v->file->size_bytes - SECTOR) size_bytes = v->file->size_bytes - SECTOR;
    break;
  case TYPE_DYNAMIC:
    v->blocks.locate = locate_dynamic;
    HK_TRY(read_header(v, f));
    break;
  case TYPE_DIFFERENCING:
    return hk_fail(HK_UNSUPPORTED, "open the image: VHD that holds only what differs from its parent, merge the two first", HK_NO_OFFSET);
  default:
    return hk_fail(HK_UNSUPPORTED, "open the image: a type of VHD that is not known", HK_NO_OFFSET);
  }
  return hk_blocks_init(&v->blocks, size_bytes);
}

hk_err hk_vhd_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  struct footer f = {0};
  (void)path;
  HK_TRY(find_footer(file, &f));
  struct vhd *const v = calloc(1, sizeof *v);
  if (v == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  v->file = file;
  v->blocks.disk.close = close_vhd;
  const hk_err e = open_kind(v, &f);
  if (e.code != HK_OK) {
    close_vhd(&v->blocks.disk);
    return e;
  }
  *out = &v->blocks.disk;
  return e;
}
