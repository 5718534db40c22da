/* VMware, "Virtual Disk Format 5.0" (hosted sparse extents; stream-optimized compressed sparse extents). */
#include "source/disk/vmdk_sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/cur.h"

enum {
  SECTOR = 512,
  FLAG_ZEROED_GRAINS = 1 << 2,
  FLAG_PACKED = 1 << 16,
  FLAG_MARKERS = 1 << 17,
  MARKER_BYTES = 12,
  FOOTER_FROM_END = 1024,
  GRAINS_A_TABLE_MOST = 8192,
  GRAIN_ZEROED = 1,
  DEFLATE = 1,
};

#define AT_END UINT64_MAX /* of the directory: the footer says where it is */
#define SECTORS_MOST (UINT64_C(1) << 53)
#define GRAIN_SECTORS_MOST 8192u

static hk_err damaged(const char *step, uint64_t at)
{
  return hk_fail(HK_DAMAGED, step, at > INT64_MAX ? INT64_MAX : (int64_t)at);
}

struct header {
  uint32_t version, flags, grains_a_table;
  uint64_t n_sectors, grain_sectors, descriptor, descriptor_sectors, directory;
  uint16_t packing;
};

static hk_err read_header(struct hk_bytes *file, uint64_t at, struct header *h)
{
  uint8_t bytes[SECTOR];
  size_t got = 0;
  HK_TRY(file->read_at(file, at, bytes, sizeof bytes, &got));
  if (got < 4 || memcmp(bytes, "KDMV", 4) != 0) return hk_fail(HK_ABSENT, "find a VMDK header", (int64_t)at);
  struct hk_cur c = hk_cur_over(bytes, got);
  hk_skip(&c, 4);
  h->version = hk_u32le(&c);
  h->flags = hk_u32le(&c);
  h->n_sectors = hk_u64le(&c);
  h->grain_sectors = hk_u64le(&c);
  h->descriptor = hk_u64le(&c);
  h->descriptor_sectors = hk_u64le(&c);
  h->grains_a_table = hk_u32le(&c);
  hk_skip(&c, 8); /* the directory's copy */
  h->directory = hk_u64le(&c);
  hk_seek(&c, 77);
  h->packing = hk_u16le(&c);
  return c.bad ? hk_fail(HK_TRUNCATED, "read the VMDK header", (int64_t)at) : hk_ok();
}

static hk_err check(const struct header *h)
{
  if (h->version < 1 || h->version > 3) return hk_fail(HK_UNSUPPORTED, "open the image: a version of VMDK that is not known", 4);
  if ((h->flags & FLAG_PACKED) != 0 && (h->packing != DEFLATE || (h->flags & FLAG_MARKERS) == 0))
    return hk_fail(HK_UNSUPPORTED, "open the image: VMDK that is packed in a way that is not known", 77);
  if (h->n_sectors > SECTORS_MOST) return damaged("read the VMDK header: size of the disk", 12);
  if (h->grain_sectors == 0 || h->grain_sectors > GRAIN_SECTORS_MOST || (h->grain_sectors & (h->grain_sectors - 1)) != 0)
    return damaged("read the VMDK header: size of a grain", 20);
  if (h->grains_a_table == 0 || h->grains_a_table > GRAINS_A_TABLE_MOST) return damaged("read the VMDK header: size of a table", 44);
  return hk_ok();
}

hk_err hk_vmdk_sparse_open(struct hk_bytes *file, struct hk_vmdk_sparse *out)
{
  struct header h = {0};
  HK_TRY(read_header(file, 0, &h));
  HK_TRY(check(&h));
  if (h.directory == AT_END) {
    struct header footer = {0};
    const bool ends = file->size_bytes >= FOOTER_FROM_END && file->size_bytes <= INT64_MAX;
    if (!ends || read_header(file, file->size_bytes - FOOTER_FROM_END, &footer).code != HK_OK)
      return hk_fail(HK_TRUNCATED, "read the footer of the VMDK: its tables lie at the end, which is missing", HK_NO_OFFSET);
    h.directory = footer.directory;
  }
  if (h.directory > SECTORS_MOST || h.descriptor > SECTORS_MOST || h.descriptor_sectors > SECTORS_MOST)
    return damaged("read the VMDK header: place of a table", 56);
  const uint64_t table_sectors = h.grain_sectors * h.grains_a_table;
  const uint64_t n_tables = h.n_sectors / table_sectors + (h.n_sectors % table_sectors != 0);
  HK_TRY(hk_blocks_fits(file, h.directory * SECTOR, n_tables, 4, "open the image: a table outside of the file"));
  *out = (struct hk_vmdk_sparse){
      .file = file,
      .n_sectors = h.n_sectors,
      .grain_bytes = h.grain_sectors * SECTOR,
      .directory_at = h.directory * SECTOR,
      .descriptor_at = h.descriptor * SECTOR,
      .descriptor_bytes = h.descriptor == 0 ? 0 : h.descriptor_sectors * SECTOR,
      .grains_a_table = h.grains_a_table,
      .zeroed_grains = (h.flags & FLAG_ZEROED_GRAINS) != 0,
      .packed = (h.flags & FLAG_PACKED) != 0,
  };
  return hk_ok();
}

static hk_err read_entry(struct hk_blocks *b, struct hk_bytes *file, uint64_t at, uint32_t *out)
{
  uint8_t bytes[4];
  HK_TRY(hk_blocks_table(b, file, at, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  *out = hk_u32le(&c);
  return hk_ok();
}

hk_err hk_vmdk_sparse_locate(struct hk_blocks *b, const struct hk_vmdk_sparse *s, uint64_t offset, struct hk_piece *out)
{
  const uint64_t grain = offset / s->grain_bytes, in = offset % s->grain_bytes;
  uint32_t table = 0, entry = 0;
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = s->grain_bytes - in};
  HK_TRY(read_entry(b, s->file, s->directory_at + grain / s->grains_a_table * 4, &table));
  if (table == 0) return hk_ok();
  HK_TRY(read_entry(b, s->file, (uint64_t)table * SECTOR + grain % s->grains_a_table * 4, &entry));
  if (entry == 0 || (entry == GRAIN_ZEROED && s->zeroed_grains)) return hk_ok();
  out->place = (struct hk_place){.file = s->file, .at = (uint64_t)entry * SECTOR};
  if (s->packed) {
    out->kind = HK_PIECE_PACKED;
    out->skip = (size_t)in;
    out->place.number = grain * s->grain_bytes / SECTOR;
  } else {
    out->kind = HK_PIECE_PLAIN;
    out->place.at += in;
  }
  return hk_ok();
}

/* Sector of the disk, length, and a zlib stream. */
hk_err hk_vmdk_unpack(const struct hk_place *place, uint8_t *out, size_t room, size_t *n)
{
  uint8_t marker[MARKER_BYTES];
  HK_TRY(hk_disk_read(place->file, place->at, marker, sizeof marker, "read a grain of the VMDK"));
  struct hk_cur c = hk_cur_over(marker, sizeof marker);
  const uint64_t sector = hk_u64le(&c);
  const uint32_t packed_bytes = hk_u32le(&c);
  if (sector != place->number || packed_bytes == 0 || packed_bytes > 2 * room)
    return damaged("read a grain of the VMDK: it is another one", place->at);
  uint8_t *const packed = malloc(packed_bytes);
  if (packed == NULL) return hk_fail(HK_MEMORY, "read a grain of the VMDK", (int64_t)place->at);
  hk_err e = hk_disk_read(place->file, place->at + sizeof marker, packed, packed_bytes, "read a grain of the VMDK");
  if (e.code == HK_OK) e = hk_disk_inflate(packed, packed_bytes, true, out, room, n, place->at);
  free(packed);
  return e;
}
