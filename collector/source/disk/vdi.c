/* VDI of VirtualBox, version 1.1: a header, a table with an entry a block, blocks. After the header's declaration in VirtualBox's own
   source (VDICore.h). */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "source/disk/blocks.h"
#include "source/disk/formats.h"

enum {
  HEADER_BYTES = 512,
  SIGNATURE_AT = 64,
  TYPE_GROWING = 1,
  TYPE_FIXED = 2,
  LINK_AT = 424, /* the id of what lies below this one */
  ID_BYTES = 16,
};

#define SIGNATURE 0xBEDA107Fu
#define BLOCK_NONE UINT32_MAX
#define BLOCK_ZEROES (UINT32_MAX - 1)
#define BLOCK_BYTES_MOST (UINT32_C(1) << 30)

struct vdi {
  struct hk_blocks blocks;
  struct hk_bytes *file;
  uint32_t table_at, data_at;
  uint32_t block_bytes, extra_bytes; /* what lies before the data of each block */
  uint32_t n_blocks;
};

static hk_err locate(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  struct vdi *const v = (struct vdi *)(void *)self;
  const uint64_t in = offset % v->block_bytes;
  const uint64_t at = v->table_at + offset / v->block_bytes * 4;
  uint8_t bytes[4];
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = v->block_bytes - in};
  HK_TRY(hk_blocks_table(self, v->file, at, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint32_t block = hk_u32le(&c);
  if (block == BLOCK_NONE || block == BLOCK_ZEROES) return hk_ok();
  if (block >= v->n_blocks) return hk_fail(HK_DAMAGED, "read a table of the image: no place of a block", (int64_t)at);
  out->kind = HK_PIECE_PLAIN;
  out->place = (struct hk_place){.file = v->file, .at = v->data_at + (uint64_t)block * ((uint64_t)v->block_bytes + v->extra_bytes) + v->extra_bytes + in};
  return hk_ok();
}

static hk_err read_header(struct vdi *v, const uint8_t *p, size_t n, uint64_t *size_bytes)
{
  static const uint8_t nobody[ID_BYTES];
  uint8_t parent[ID_BYTES] = {0};
  struct hk_cur c = hk_cur_over(p, n);
  hk_seek(&c, SIGNATURE_AT + 4);
  const uint32_t version = hk_u32le(&c);
  hk_skip(&c, 4);
  const uint32_t type = hk_u32le(&c);
  hk_seek(&c, 340);
  v->table_at = hk_u32le(&c);
  v->data_at = hk_u32le(&c);
  hk_seek(&c, 368);
  *size_bytes = hk_u64le(&c);
  v->block_bytes = hk_u32le(&c);
  v->extra_bytes = hk_u32le(&c);
  v->n_blocks = hk_u32le(&c);
  hk_seek(&c, LINK_AT);
  hk_copy(&c, parent, sizeof parent);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read the VDI header", 0);
  if (version >> 16 != 1) return hk_fail(HK_UNSUPPORTED, "open the image: a version of VDI that is not known", SIGNATURE_AT + 4);
  if ((type != TYPE_GROWING && type != TYPE_FIXED) || memcmp(parent, nobody, sizeof parent) != 0)
    return hk_fail(HK_UNSUPPORTED, "open the image: VDI that holds only what differs from its parent, clone it with VBoxManage first", SIGNATURE_AT + 12);
  if (v->block_bytes < 512 || v->block_bytes > BLOCK_BYTES_MOST || (v->block_bytes & (v->block_bytes - 1)) != 0)
    return hk_fail(HK_DAMAGED, "read the VDI header: size of a block", 376);
  if (v->extra_bytes > v->block_bytes) return hk_fail(HK_DAMAGED, "read the VDI header: what lies before a block", 380);
  if (*size_bytes / v->block_bytes + (*size_bytes % v->block_bytes != 0) > v->n_blocks)
    return hk_fail(HK_DAMAGED, "read the VDI header: its table is shorter than its disk", 384);
  return hk_blocks_fits(v->file, v->table_at, v->n_blocks, 4, "open the image: a table outside of the file");
}

static void close_vdi(struct hk_disk *d)
{
  hk_blocks_done((struct hk_blocks *)(void *)d);
  free(d);
}

hk_err hk_vdi_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  uint8_t bytes[HEADER_BYTES];
  uint64_t size_bytes = 0;
  size_t got = 0;
  (void)path;
  HK_TRY(file->read_at(file, 0, bytes, sizeof bytes, &got));
  struct hk_cur c = hk_cur_over(bytes, got);
  hk_seek(&c, SIGNATURE_AT);
  /* The text before it says which program wrote it. */
  if (hk_u32le(&c) != SIGNATURE) return hk_fail(HK_ABSENT, "find a VDI header", 0);
  struct vdi *const v = calloc(1, sizeof *v);
  if (v == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  v->file = file;
  v->blocks.locate = locate;
  v->blocks.disk.close = close_vdi;
  hk_err e = read_header(v, bytes, got, &size_bytes);
  if (e.code == HK_OK) e = hk_blocks_init(&v->blocks, size_bytes);
  if (e.code != HK_OK) {
    close_vdi(&v->blocks.disk);
    return e;
  }
  *out = &v->blocks.disk;
  return e;
}
