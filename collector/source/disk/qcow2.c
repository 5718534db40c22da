/* qcow2, versions 2 and 3, after QEMU's "docs/interop/qcow2.txt". Two levels of tables lead from a cluster of the disk to one of the
   file; both are read by pages. Snapshots inside the file are other first-level tables and are not looked at. Reference counts matter to
   writers only, and so does the dirty bit; a file that calls itself corrupt is read as far as its tables lead somewhere, and that is told. */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "source/disk/blocks.h"
#include "source/disk/formats.h"

enum {
  HEADER_BYTES = 112,
  HEADER_V2_BYTES = 72,
  COMPRESSION_TYPE_AT = 104,
  L2_SUBCLUSTERS = 32,
  CLUSTER_BITS_LEAST = 9,
  CLUSTER_BITS_MOST = 21,
  CLUSTER_BITS_EXTENDED = 14,
};

#define MAGIC 0x514649FBu
#define OFFSET_MASK UINT64_C(0x00FFFFFFFFFFFE00)
#define ENTRY_COMPRESSED (UINT64_C(1) << 62)
#define ENTRY_ZERO UINT64_C(1)

enum {
  INCOMPATIBLE_DIRTY = 1 << 0,
  INCOMPATIBLE_CORRUPT = 1 << 1,
  INCOMPATIBLE_DATA_FILE = 1 << 2,
  INCOMPATIBLE_COMPRESSION = 1 << 3,
  INCOMPATIBLE_EXTENDED_L2 = 1 << 4,
};

struct header {
  uint32_t version, cluster_bits, crypt, l1_entries;
  uint64_t backing_at, size_bytes, l1_at, incompatible;
  uint8_t compression;
};

struct qcow2 {
  struct hk_blocks blocks;
  struct hk_bytes *file;
  struct header h;
  bool extended;
  size_t entry_bytes;        /* of the second level */
  uint64_t entries_a_table;
};

/* ---- where a cluster lies --------------------------------------------------------------------------------------------------- */

static hk_err damaged(const char *step, uint64_t at)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)at);
}

static hk_err locate_packed(const struct qcow2 *q, uint64_t entry, uint64_t in, struct hk_piece *out)
{
  const unsigned offset_bits = 62 - (q->h.cluster_bits - 8);
  const uint64_t at = entry & ((UINT64_C(1) << offset_bits) - 1);
  const uint64_t more_sectors = (entry & (ENTRY_COMPRESSED - 1)) >> offset_bits;
  out->kind = HK_PIECE_PACKED;
  out->place = (struct hk_place){.file = q->file, .at = at, .packed_bytes = (size_t)((more_sectors + 1) * 512 - at % 512)};
  out->skip = (size_t)in;
  return hk_ok();
}

/* Two bits a subcluster: the lower word says which are here, the upper one which are zeroes. */
static hk_err locate_part(const struct qcow2 *q, uint64_t bits, uint64_t entry_at, uint64_t in, bool *zeroes, uint64_t *n)
{
  const uint64_t part_bytes = (UINT64_C(1) << q->h.cluster_bits) / L2_SUBCLUSTERS;
  const unsigned part = (unsigned)(in / part_bytes);
  const bool here = (bits >> part & 1) != 0, zero = (bits >> (part + L2_SUBCLUSTERS) & 1) != 0;
  if (here && zero) return damaged("read a table of the image: a part of a cluster that is both there and zero", entry_at);
  *zeroes = !here;
  *n = part_bytes - in % part_bytes;
  return hk_ok();
}

static hk_err locate_plain(const struct qcow2 *q, uint64_t entry, uint64_t bits, uint64_t entry_at, uint64_t in, struct hk_piece *out)
{
  const uint64_t at = entry & OFFSET_MASK;
  bool zeroes = at == 0;
  if (q->extended)
    HK_TRY(locate_part(q, bits, entry_at, in, &zeroes, &out->n));
  else if ((entry & ENTRY_ZERO) != 0 && q->h.version >= 3)
    zeroes = true;
  if (zeroes) return hk_ok();
  if (at == 0 || (at & ((UINT64_C(1) << q->h.cluster_bits) - 1)) != 0 || ((entry & ENTRY_ZERO) != 0 && !q->extended))
    return damaged("read a table of the image: no place of a cluster", entry_at);
  out->kind = HK_PIECE_PLAIN;
  out->place = (struct hk_place){.file = q->file, .at = at + in};
  return hk_ok();
}

static hk_err locate(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  struct qcow2 *const q = (struct qcow2 *)(void *)self;
  const uint64_t cluster_bytes = UINT64_C(1) << q->h.cluster_bits;
  const uint64_t cluster = offset >> q->h.cluster_bits, in = offset & (cluster_bytes - 1);
  uint8_t bytes[16];
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = cluster_bytes - in};

  const uint64_t l1_at = q->h.l1_at + cluster / q->entries_a_table * 8;
  HK_TRY(hk_blocks_table(self, q->file, l1_at, bytes, 8));
  struct hk_cur c = hk_cur_over(bytes, 8);
  const uint64_t l2_at = hk_u64be(&c) & OFFSET_MASK;
  if (l2_at == 0) return hk_ok();
  if ((l2_at & (cluster_bytes - 1)) != 0) return damaged("read a table of the image: no place of a table", l1_at);

  const uint64_t entry_at = l2_at + cluster % q->entries_a_table * q->entry_bytes;
  HK_TRY(hk_blocks_table(self, q->file, entry_at, bytes, q->entry_bytes));
  c = hk_cur_over(bytes, q->entry_bytes);
  const uint64_t entry = hk_u64be(&c);
  if ((entry & ENTRY_COMPRESSED) != 0) return locate_packed(q, entry, in, out);
  return locate_plain(q, entry, q->extended ? hk_u64be(&c) : 0, entry_at, in, out);
}

/* The length in the table is in sectors and may reach beyond the end of the file. */
static hk_err unpack(void *ctx, const struct hk_place *place, uint8_t *out, size_t *n)
{
  const struct qcow2 *const q = ctx;
  uint8_t *const packed = malloc(place->packed_bytes);
  size_t got = 0;
  if (packed == NULL) return hk_fail(HK_MEMORY, "unpack a block of the image", (int64_t)place->at);
  hk_err e = place->file->read_at(place->file, place->at, packed, place->packed_bytes, &got);
  if (e.code == HK_OK && got == 0) e = hk_fail(HK_TRUNCATED, "read a block of the image", (int64_t)place->at);
  if (e.code == HK_OK) e = hk_disk_inflate(packed, got, false, out, (size_t)1 << q->h.cluster_bits, n, place->at);
  free(packed);
  return e;
}

/* ---- the header --------------------------------------------------------------------------------------------------------------- */

static hk_err read_header(struct hk_bytes *file, struct header *h)
{
  uint8_t bytes[HEADER_BYTES] = {0};
  size_t got = 0;
  HK_TRY(file->read_at(file, 0, bytes, sizeof bytes, &got));
  struct hk_cur c = hk_cur_over(bytes, got);
  if (hk_u32be(&c) != MAGIC) return hk_fail(HK_ABSENT, "find a qcow2 header", 0);
  h->version = hk_u32be(&c);
  h->backing_at = hk_u64be(&c);
  hk_skip(&c, 4);
  h->cluster_bits = hk_u32be(&c);
  h->size_bytes = hk_u64be(&c);
  h->crypt = hk_u32be(&c);
  h->l1_entries = hk_u32be(&c);
  h->l1_at = hk_u64be(&c);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read the qcow2 header", 0);
  if (h->version < 3) return hk_ok();
  hk_seek(&c, HEADER_V2_BYTES);
  h->incompatible = hk_u64be(&c);
  hk_skip(&c, 20);
  const uint32_t header_bytes = hk_u32be(&c);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read the qcow2 header", HEADER_V2_BYTES);
  h->compression = header_bytes > COMPRESSION_TYPE_AT ? hk_u8(&c) : 0;
  return hk_ok();
}

static hk_err refuse(const char *step)
{
  return hk_fail(HK_UNSUPPORTED, step, 0);
}

static hk_err check(const struct header *h, const struct hk_bytes *file)
{
  const uint64_t known = INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT | INCOMPATIBLE_COMPRESSION | INCOMPATIBLE_EXTENDED_L2;
  if (h->version != 2 && h->version != 3) return refuse("open the image: a version of qcow that is not read, convert it with qemu-img");
  if (h->backing_at != 0) return refuse("open the image: qcow2 with a backing file, merge the two with qemu-img convert first");
  if (h->crypt != 0) return refuse("open the image: encrypted qcow2, decrypt it with qemu-img convert first");
  if ((h->incompatible & INCOMPATIBLE_DATA_FILE) != 0) return refuse("open the image: qcow2 with its data in another file, which is a raw image");
  if ((h->incompatible & INCOMPATIBLE_COMPRESSION) != 0 && h->compression != 0)
    return refuse("open the image: qcow2 compressed with zstd, convert it with qemu-img first");
  if ((h->incompatible & ~known) != 0) return refuse("open the image: qcow2 with features that are not known");
  const bool extended = (h->incompatible & INCOMPATIBLE_EXTENDED_L2) != 0;
  if (h->cluster_bits < CLUSTER_BITS_LEAST || h->cluster_bits > CLUSTER_BITS_MOST || (extended && h->cluster_bits < CLUSTER_BITS_EXTENDED))
    return damaged("read the qcow2 header: size of a cluster", 20);
  const unsigned l2_bits = 2 * h->cluster_bits - (extended ? 4 : 3);
  const uint64_t tables = (h->size_bytes >> l2_bits) + ((h->size_bytes & ((UINT64_C(1) << l2_bits) - 1)) != 0);
  if (tables > h->l1_entries || h->l1_at > INT64_MAX) return damaged("read the qcow2 header: its table is shorter than its disk", 36);
  return hk_blocks_fits(file, h->l1_at, h->l1_entries, 8, "open the image: a table outside of the file");
}

static void close_qcow2(struct hk_disk *d)
{
  hk_blocks_done((struct hk_blocks *)(void *)d);
  free(d);
}

hk_err hk_qcow2_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  struct header h = {0};
  (void)path;
  HK_TRY(read_header(file, &h));
  HK_TRY(check(&h, file));
  struct qcow2 *const q = calloc(1, sizeof *q);
  if (q == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  q->file = file;
  q->h = h;
  q->extended = (h.incompatible & INCOMPATIBLE_EXTENDED_L2) != 0;
  q->entry_bytes = q->extended ? 16 : 8;
  q->entries_a_table = (UINT64_C(1) << h.cluster_bits) / q->entry_bytes;
  q->blocks.locate = locate;
  q->blocks.disk.close = close_qcow2;
  hk_err e = hk_blocks_init(&q->blocks, h.size_bytes);
  if (e.code == HK_OK) e = hk_blocks_packed(&q->blocks, (size_t)1 << h.cluster_bits, unpack);
  if (e.code != HK_OK) {
    close_qcow2(&q->blocks.disk);
    return e;
  }
  if ((h.incompatible & INCOMPATIBLE_CORRUPT) != 0)
    q->blocks.disk.lost = hk_fail(HK_DAMAGED, "the image: the qcow2 says of itself that it is corrupt, and parts may be wrong or missing", 72);
  *out = &q->blocks.disk;
  return e;
}
