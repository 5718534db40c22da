/* VHDX, after [MS-VHDX]: two headers of which the newer good one counts, a region table and its copy, a table of metadata, and a block
   allocation table in which every chunk of blocks is followed by the entry of a sector bitmap, which only differencing disks use. */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "source/disk/blocks.h"
#include "source/disk/crc32c.h"
#include "source/disk/formats.h"
#include "source/disk/vhdx_log.h"

enum {
  KIB64 = 65536,
  MIB = 1 << 20,
  HEADER_BYTES = 4096,
  SUM_AT = 4,
  REGIONS_MOST = 2047,
  METADATA_TABLE_BYTES = KIB64,
  METADATA_ENTRY_BYTES = 32,
  METADATA_REQUIRED = 4,
  HAS_PARENT = 2,
  STATE_NOT_PRESENT = 0,
  STATE_UNDEFINED = 1,
  STATE_ZERO = 2,
  STATE_UNMAPPED = 3,
  STATE_PRESENT = 6,
  STATE_PARTLY_PRESENT = 7,
};

#define BLOCK_BYTES_MOST (256u * MIB)
#define DISK_BYTES_MOST (UINT64_C(64) << 40)

typedef uint8_t guid[16];
static const guid region_bat = {0x66, 0x77, 0xC2, 0x2D, 0x23, 0xF6, 0x00, 0x42, 0x9D, 0x64, 0x11, 0x5E, 0x9B, 0xFD, 0x4A, 0x08};
static const guid region_metadata = {0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E};
static const guid item_parameters = {0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B};
static const guid item_disk_size = {0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8};
static const guid item_sector = {0x1D, 0xBF, 0x41, 0x81, 0x6F, 0xA9, 0x09, 0x47, 0xBA, 0x47, 0xF2, 0x33, 0xA8, 0xFA, 0xAB, 0x5F};
static const guid item_physical = {0xC7, 0x48, 0xA3, 0xCD, 0x5D, 0x44, 0x71, 0x44, 0x9C, 0xC9, 0xE9, 0x88, 0x52, 0x51, 0xC5, 0x56};
static const guid item_disk_id = {0xAB, 0x12, 0xCA, 0xBE, 0xE6, 0xB2, 0x23, 0x45, 0x93, 0xEF, 0xC3, 0x09, 0xE0, 0x00, 0xC7, 0x46};
static const guid item_parent = {0x2D, 0x5F, 0xD3, 0xA8, 0x0B, 0xB3, 0x4D, 0x45, 0xAB, 0xF7, 0xD3, 0xD8, 0x48, 0x34, 0xAB, 0x0C};

struct region {
  uint64_t at;
  uint32_t size;
};

struct vhdx {
  struct hk_blocks blocks;
  struct hk_bytes *file; /* with the log applied */
  struct hk_vhdx_logged *logged; /* owned; NULL: the log is empty */
  struct region bat, metadata;
  uint64_t size_bytes;
  uint32_t block_bytes, sector_bytes, flags;
  uint64_t chunk_blocks;
};

/* ---- headers ------------------------------------------------------------------------------------------------------------------ */

static bool header_parse(const uint8_t *p, uint64_t *sequence, uint16_t *version, struct hk_vhdx_log *log)
{
  struct hk_cur c = hk_cur_over(p, HEADER_BYTES);
  if (memcmp(p, "head", 4) != 0) return false;
  hk_skip(&c, 4);
  if (hk_u32le(&c) != hk_crc32c_of_sealed(p, HEADER_BYTES, SUM_AT)) return false;
  *sequence = hk_u64le(&c);
  hk_skip(&c, 32);
  hk_copy(&c, log->id, sizeof log->id);
  hk_skip(&c, 2);
  *version = hk_u16le(&c);
  log->size_bytes = hk_u32le(&c);
  log->at = hk_u64le(&c);
  return !c.bad;
}

static hk_err read_headers(struct hk_bytes *file, struct hk_vhdx_log *log)
{
  uint8_t bytes[HEADER_BYTES];
  uint64_t newest = 0;
  uint16_t version = 0;
  bool found = false;
  for (uint64_t at = KIB64; at <= 2 * KIB64; at += KIB64) {
    struct hk_vhdx_log of_this = {0};
    uint64_t sequence = 0;
    uint16_t v = 0;
    size_t got = 0;
    HK_TRY(file->read_at(file, at, bytes, sizeof bytes, &got));
    if (got < sizeof bytes || !header_parse(bytes, &sequence, &v, &of_this) || (found && sequence <= newest)) continue;
    found = true;
    newest = sequence;
    version = v;
    *log = of_this;
  }
  if (!found) return hk_fail(HK_DAMAGED, "read the VHDX header: neither copy is good", KIB64);
  return version == 1 ? hk_ok() : hk_fail(HK_UNSUPPORTED, "open the image: a version of VHDX that is not known", KIB64);
}

/* ---- regions ------------------------------------------------------------------------------------------------------------------ */

static hk_err region_table_parse(struct vhdx *v, const uint8_t *p, uint64_t table_at)
{
  struct hk_cur c = hk_cur_over(p, KIB64);
  hk_seek(&c, 8);
  const uint32_t n = hk_u32le(&c);
  if (n > REGIONS_MOST) return hk_fail(HK_DAMAGED, "read the region table of the VHDX", (int64_t)table_at);
  hk_seek(&c, 16);
  for (uint32_t i = 0; i < n; i++) {
    guid id = {0};
    hk_copy(&c, id, sizeof id);
    const struct region r = {.at = hk_u64le(&c), .size = hk_u32le(&c)};
    const bool required = (hk_u32le(&c) & 1) != 0;
    if (memcmp(id, region_bat, sizeof id) == 0)
      v->bat = r;
    else if (memcmp(id, region_metadata, sizeof id) == 0)
      v->metadata = r;
    else if (required)
      return hk_fail(HK_UNSUPPORTED, "open the image: VHDX with a required region that is not known", (int64_t)table_at);
  }
  if (c.bad || v->bat.size == 0 || v->metadata.size < METADATA_TABLE_BYTES)
    return hk_fail(HK_DAMAGED, "read the region table of the VHDX: a region is missing", (int64_t)table_at);
  HK_TRY(hk_blocks_fits(v->file, v->metadata.at, v->metadata.size, 1, "open the image: a region outside of the file"));
  return hk_blocks_fits(v->file, v->bat.at, v->bat.size, 1, "open the image: a table outside of the file");
}

static hk_err read_regions(struct vhdx *v, uint8_t *p)
{
  for (uint64_t at = 3 * KIB64; at <= 4 * KIB64; at += KIB64) {
    size_t got = 0;
    HK_TRY(v->file->read_at(v->file, at, p, KIB64, &got));
    struct hk_cur c = hk_cur_over(p, got);
    hk_skip(&c, 4);
    const uint32_t sum = hk_u32le(&c);
    if (got == KIB64 && memcmp(p, "regi", 4) == 0 && sum == hk_crc32c_of_sealed(p, KIB64, SUM_AT)) return region_table_parse(v, p, at);
  }
  return hk_fail(HK_DAMAGED, "read the region table of the VHDX: neither copy is good", 3 * KIB64);
}

/* ---- metadata ----------------------------------------------------------------------------------------------------------------- */

struct item {
  guid id;
  uint32_t offset, size, flags;
};

static hk_err take_item(struct vhdx *v, const struct item *i)
{
  uint8_t bytes[8] = {0};
  const size_t n = i->size < sizeof bytes ? i->size : sizeof bytes;
  const uint64_t at = v->metadata.at + i->offset;
  if (i->offset > v->metadata.size || n > v->metadata.size - i->offset) return hk_fail(HK_DAMAGED, "read the metadata of the VHDX", (int64_t)at);
  HK_TRY(hk_disk_read(v->file, at, bytes, n, "read the metadata of the VHDX"));
  struct hk_cur c = hk_cur_over(bytes, n);
  if (memcmp(i->id, item_parameters, sizeof i->id) == 0) {
    v->block_bytes = hk_u32le(&c);
    v->flags |= hk_u32le(&c);
  } else if (memcmp(i->id, item_disk_size, sizeof i->id) == 0) {
    v->size_bytes = hk_u64le(&c);
  } else if (memcmp(i->id, item_sector, sizeof i->id) == 0) {
    v->sector_bytes = hk_u32le(&c);
  } else if (memcmp(i->id, item_parent, sizeof i->id) == 0) {
    v->flags |= HAS_PARENT;
  } else if (memcmp(i->id, item_physical, sizeof i->id) != 0 && memcmp(i->id, item_disk_id, sizeof i->id) != 0 && (i->flags & METADATA_REQUIRED) != 0) {
    return hk_fail(HK_UNSUPPORTED, "open the image: VHDX with required metadata that is not known", (int64_t)at);
  }
  return c.bad ? hk_fail(HK_DAMAGED, "read the metadata of the VHDX", (int64_t)at) : hk_ok();
}

static hk_err check_metadata(const struct vhdx *v)
{
  const int64_t at = (int64_t)v->metadata.at;
  if ((v->flags & HAS_PARENT) != 0)
    return hk_fail(HK_UNSUPPORTED, "open the image: VHDX that holds only what differs from its parent, merge the two first", at);
  if (v->block_bytes < MIB || v->block_bytes > BLOCK_BYTES_MOST || (v->block_bytes & (v->block_bytes - 1)) != 0)
    return hk_fail(HK_DAMAGED, "read the metadata of the VHDX: size of a block", at);
  if (v->sector_bytes != 512 && v->sector_bytes != 4096) return hk_fail(HK_DAMAGED, "read the metadata of the VHDX: size of a sector", at);
  if (v->size_bytes > DISK_BYTES_MOST) return hk_fail(HK_DAMAGED, "read the metadata of the VHDX: size of the disk", at);
  return hk_ok();
}

static hk_err read_metadata(struct vhdx *v, uint8_t *p)
{
  HK_TRY(hk_disk_read(v->file, v->metadata.at, p, METADATA_TABLE_BYTES, "read the metadata of the VHDX"));
  struct hk_cur c = hk_cur_over(p, METADATA_TABLE_BYTES);
  if (memcmp(p, "metadata", 8) != 0) return hk_fail(HK_DAMAGED, "read the metadata of the VHDX", (int64_t)v->metadata.at);
  hk_seek(&c, 10);
  const uint16_t n = hk_u16le(&c);
  hk_seek(&c, METADATA_ENTRY_BYTES);
  for (uint16_t i = 0; i < n; i++) {
    struct item item = {.size = 0};
    hk_copy(&c, item.id, sizeof item.id);
    item.offset = hk_u32le(&c);
    item.size = hk_u32le(&c);
    item.flags = hk_u32le(&c);
    hk_skip(&c, 4);
    if (c.bad) return hk_fail(HK_DAMAGED, "read the metadata of the VHDX: too many entries", (int64_t)v->metadata.at);
    HK_TRY(take_item(v, &item));
  }
  return check_metadata(v);
}

/* ---- where bytes lie ---------------------------------------------------------------------------------------------------------- */

static hk_err locate(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  struct vhdx *const v = (struct vhdx *)(void *)self;
  const uint64_t block = offset / v->block_bytes, in = offset % v->block_bytes;
  const uint64_t at = v->bat.at + (block + block / v->chunk_blocks) * 8;
  uint8_t bytes[8];
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = v->block_bytes - in};
  HK_TRY(hk_blocks_table(self, v->file, at, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint64_t entry = hk_u64le(&c);
  switch (entry & 7) {
  case STATE_NOT_PRESENT:
  case STATE_UNDEFINED:
  case STATE_ZERO:
  case STATE_UNMAPPED:
    return hk_ok();
  case STATE_PRESENT:
    out->kind = HK_PIECE_PLAIN;
    out->place = (struct hk_place){.file = v->file, .at = (entry >> 20) * MIB + in};
    return hk_ok();
  case STATE_PARTLY_PRESENT:
    return hk_fail(HK_UNSUPPORTED, "read a block of the image: half of it lies in a parent", (int64_t)at);
  default:
    return hk_fail(HK_DAMAGED, "read a table of the image: state of a block", (int64_t)at);
  }
}

static void close_vhdx(struct hk_disk *d)
{
  struct vhdx *const v = (struct vhdx *)(void *)d;
  hk_blocks_done(&v->blocks);
  hk_vhdx_log_close(v->logged);
  free(v);
}

static hk_err open_disk(struct vhdx *v, uint8_t *scratch)
{
  struct hk_vhdx_log log = {0};
  HK_TRY(read_headers(v->file, &log));
  HK_TRY(hk_vhdx_log_open(v->file, &log, &v->logged));
  if (v->logged != NULL) v->file = hk_vhdx_log_bytes(v->logged);
  HK_TRY(read_regions(v, scratch));
  HK_TRY(read_metadata(v, scratch));
  v->chunk_blocks = (UINT64_C(1) << 23) * v->sector_bytes / v->block_bytes;
  const uint64_t n_blocks = v->size_bytes / v->block_bytes + (v->size_bytes % v->block_bytes != 0);
  if (n_blocks > 0 && n_blocks + (n_blocks - 1) / v->chunk_blocks > v->bat.size / 8)
    return hk_fail(HK_DAMAGED, "open the image: its table is shorter than its disk", (int64_t)v->bat.at);
  return hk_blocks_init(&v->blocks, v->size_bytes);
}

hk_err hk_vhdx_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  uint8_t head[8];
  size_t got = 0;
  (void)path;
  HK_TRY(file->read_at(file, 0, head, sizeof head, &got));
  if (got < sizeof head || memcmp(head, "vhdxfile", sizeof head) != 0) return hk_fail(HK_ABSENT, "find a VHDX header", 0);
  struct vhdx *const v = calloc(1, sizeof *v);
  uint8_t *const scratch = malloc(KIB64);
  hk_err e = v == NULL || scratch == NULL ? hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) {
    v->file = file;
    v->blocks.locate = locate;
    v->blocks.disk.close = close_vhdx;
    e = open_disk(v, scratch);
  }
  free(scratch);
  if (e.code != HK_OK) {
    if (v != NULL) close_vhdx(&v->blocks.disk);
    return e;
  }
  *out = &v->blocks.disk;
  return e;
}
