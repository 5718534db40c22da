/* VMDK: one sparse file with its descriptor inside, or a descriptor and extents in files beside it. */
#include <stdlib.h>
#include <string.h>

#include "source/disk/beside.h"
#include "source/disk/formats.h"
#include "source/disk/vmdk_sparse.h"
#include "source/disk/vmdk_text.h"

enum {
  SECTOR = 512,
  TEXT_BYTES_MOST = 1 << 20,
  EXTENTS_MOST = 8192,
};

#define SECTORS_MOST (UINT64_C(1) << 53)

struct extent {
  enum hk_vmdk_kind kind;
  uint64_t at, n_bytes;   /* on the disk */
  uint64_t from;          /* flat: in its file */
  struct hk_bytes *file;
  bool owned;
  struct hk_vmdk_sparse sparse;
};

struct vmdk {
  struct hk_blocks blocks;
  struct extent *v;
  size_t n, capacity;
  uint64_t size_bytes;
  size_t grain_bytes; /* the largest packed one; 0 = nothing is packed */
};

/* ---- where bytes lie ---------------------------------------------------------------------------------------------------------- */

static const struct extent *extent_at(const struct vmdk *v, uint64_t offset)
{
  size_t low = 0, high = v->n;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (v->v[middle].at <= offset)
      low = middle;
    else
      high = middle;
  }
  return &v->v[low];
}

static hk_err locate(struct hk_blocks *self, uint64_t offset, struct hk_piece *out)
{
  const struct vmdk *const v = (const struct vmdk *)(const void *)self;
  const struct extent *const x = extent_at(v, offset);
  const uint64_t in = offset - x->at, left = x->n_bytes - in;
  if (x->kind == HK_VMDK_SPARSE) {
    HK_TRY(hk_vmdk_sparse_locate(self, &x->sparse, in, out));
    if (out->n > left) out->n = left;
    return hk_ok();
  }
  *out = (struct hk_piece){.kind = HK_PIECE_ZEROES, .n = left};
  if (x->kind == HK_VMDK_ZERO) return hk_ok();
  out->kind = HK_PIECE_PLAIN;
  out->place = (struct hk_place){.file = x->file, .at = x->from + in};
  return hk_ok();
}

static hk_err unpack(void *ctx, const struct hk_place *place, uint8_t *out, size_t *n)
{
  return hk_vmdk_unpack(place, out, ((const struct vmdk *)ctx)->grain_bytes, n);
}

/* ---- extents ------------------------------------------------------------------------------------------------------------------ */

static hk_err add(struct vmdk *v, const struct extent *x, uint64_t n_sectors)
{
  if (n_sectors > SECTORS_MOST || v->size_bytes > SECTORS_MOST * SECTOR)
    return hk_fail(HK_DAMAGED, "open the image: the size of its disk", HK_NO_OFFSET);
  if (v->n == EXTENTS_MOST) return hk_fail(HK_LIMIT, "open the image: too many extents", HK_NO_OFFSET);
  if (v->n == v->capacity) {
    const size_t capacity = v->capacity == 0 ? 4 : v->capacity * 2;
    struct extent *const more = realloc(v->v, capacity * sizeof *more);
    if (more == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
    v->v = more;
    v->capacity = capacity;
  }
  struct extent *const to = &v->v[v->n++];
  *to = *x;
  to->at = v->size_bytes;
  to->n_bytes = n_sectors * SECTOR;
  v->size_bytes += to->n_bytes;
  if (x->kind == HK_VMDK_SPARSE && x->sparse.packed && x->sparse.grain_bytes > v->grain_bytes) v->grain_bytes = (size_t)x->sparse.grain_bytes;
  return hk_ok();
}

static hk_err open_extent_file(const struct hk_vmdk_extent *said, struct extent *x)
{
  if (said->kind == HK_VMDK_FLAT) {
    if (said->from_sector > SECTORS_MOST) return hk_fail(HK_DAMAGED, "open the image: place of an extent", HK_NO_OFFSET);
    x->from = said->from_sector * SECTOR;
    return hk_ok();
  }
  const hk_err e = hk_vmdk_sparse_open(x->file, &x->sparse);
  if (e.code == HK_ABSENT) return hk_fail(HK_DAMAGED, "open the image: an extent that should be a sparse VMDK is none", 0);
  if (e.code == HK_OK && x->sparse.n_sectors < said->n_sectors)
    return hk_fail(HK_DAMAGED, "open the image: an extent is shorter than its descriptor says", 12);
  return e;
}

/* A descriptor is in the code page of the PC that wrote it, Shift_JIS on many a Japanese one. An extent is called as its descriptor is, with
   an ending: "disk-flat.vmdk", "disk-s001.vmdk" beside "disk.vmdk". So where a name cannot be read, its ending says which file it is:
   '-' is never a part of another character of such a code page. */
static hk_err open_said(hk_str path, hk_str name, struct hk_bytes **out)
{
  const hk_str ending = hk_str_sub(name, hk_str_rfind(name, '-'), name.n);
  return hk_str_valid(name) || ending.n == 0 ? hk_disk_open_beside(path, name, out) : hk_disk_open_called_after(path, ending, out);
}

static hk_err add_said(struct vmdk *v, hk_str path, const struct hk_vmdk_extent *said)
{
  struct extent x = {.kind = said->kind};
  if (said->n_sectors == 0) return hk_ok();
  if (said->kind == HK_VMDK_ZERO) return add(v, &x, said->n_sectors);
  HK_TRY(open_said(path, said->name, &x.file));
  x.owned = true;
  hk_err e = open_extent_file(said, &x);
  if (e.code == HK_OK) e = add(v, &x, said->n_sectors);
  if (e.code != HK_OK) hk_disk_file_close(x.file);
  return e;
}

static hk_err add_all_said(struct vmdk *v, hk_str path, hk_str text)
{
  size_t pos = 0;
  HK_TRY(hk_vmdk_text_parent(text));
  for (;;) {
    struct hk_vmdk_extent said;
    bool more = false;
    HK_TRY(hk_vmdk_text_extent(text, &pos, &said, &more));
    if (!more) return hk_ok();
    HK_TRY(add_said(v, path, &said));
  }
}

/* ---- the two forms ------------------------------------------------------------------------------------------------------------ */

/* Up to `most` bytes as text, to be freed; what does not fit is not looked at. */
static hk_err read_text(struct hk_bytes *file, uint64_t at, size_t most, char **out, hk_str *text)
{
  size_t got = 0;
  char *const p = malloc(most == 0 ? 1 : most);
  if (p == NULL) return hk_fail(HK_MEMORY, "read the descriptor of the VMDK", (int64_t)at);
  const hk_err e = file->read_at(file, at, p, most, &got);
  if (e.code != HK_OK) {
    free(p);
    return e;
  }
  *out = p;
  *text = (hk_str){.p = p, .n = got};
  return hk_ok();
}

static hk_err open_sparse(struct vmdk *v, struct hk_bytes *file)
{
  struct extent x = {.kind = HK_VMDK_SPARSE, .file = file};
  char *p = NULL;
  hk_str text;
  HK_TRY(hk_vmdk_sparse_open(file, &x.sparse));
  if (x.sparse.descriptor_bytes > TEXT_BYTES_MOST)
    return hk_fail(HK_LIMIT, "read the descriptor of the VMDK: it is too long", (int64_t)x.sparse.descriptor_at);
  HK_TRY(read_text(file, x.sparse.descriptor_at, (size_t)x.sparse.descriptor_bytes, &p, &text));
  hk_err e = hk_fail(HK_DAMAGED, "read the descriptor of the VMDK", (int64_t)x.sparse.descriptor_at);
  /* Room for one is kept in every extent. */
  if (text.n == 0 || text.p[0] == 0)
    e = hk_fail(HK_UNSUPPORTED, "open the image: one of several files of a VMDK, give the one that names them all", (int64_t)x.sparse.descriptor_at);
  else if (hk_vmdk_text_is(text))
    e = hk_vmdk_text_parent(text);
  free(p);
  return e.code == HK_OK ? add(v, &x, x.sparse.n_sectors) : e;
}

static hk_err open_text(struct vmdk *v, struct hk_bytes *file, hk_str path)
{
  char *p = NULL;
  hk_str text;
  HK_TRY(read_text(file, 0, file->size_bytes < TEXT_BYTES_MOST ? (size_t)file->size_bytes : TEXT_BYTES_MOST, &p, &text));
  hk_err e = hk_fail(HK_ABSENT, "find a VMDK descriptor", 0);
  if (hk_vmdk_text_is(text)) {
    e = file->size_bytes <= TEXT_BYTES_MOST ? add_all_said(v, path, text)
                                            : hk_fail(HK_LIMIT, "read the descriptor of the VMDK: it is too long", TEXT_BYTES_MOST);
    if (e.code == HK_OK && v->n == 0) e = hk_fail(HK_DAMAGED, "read the descriptor of the VMDK: it names no extent", 0);
  }
  free(p);
  return e;
}

static void close_vmdk(struct hk_disk *d)
{
  struct vmdk *const v = (struct vmdk *)(void *)d;
  hk_blocks_done(&v->blocks);
  for (size_t i = 0; i < v->n; i++)
    if (v->v[i].owned) hk_disk_file_close(v->v[i].file);
  free(v->v);
  free(v);
}

/* Sparse files of ESX, given without their descriptor. */
static hk_err refuse_esx(const uint8_t head[12])
{
  static const uint8_t sesparse[12] = {0xBE, 0xBA, 0xFE, 0xCA, 0, 0, 0, 0, 1, 0, 0, 0};
  static const uint8_t cowd[8] = {'C', 'O', 'W', 'D', 1, 0, 0, 0};
  if (memcmp(head, sesparse, sizeof sesparse) == 0)
    return hk_fail(HK_UNSUPPORTED, "open the image: sparse VMDK of ESX (SESPARSE), convert it with qemu-img first", 0);
  if (memcmp(head, cowd, sizeof cowd) == 0)
    return hk_fail(HK_UNSUPPORTED, "open the image: sparse VMDK of ESX (COWD), convert it with qemu-img first", 0);
  return hk_fail(HK_ABSENT, "find a VMDK", 0);
}

hk_err hk_vmdk_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  uint8_t head[12] = {0};
  size_t got = 0;
  HK_TRY(file->read_at(file, 0, head, sizeof head, &got));
  if (memcmp(head, "KDMV", 4) != 0 && memcmp(head, "# Disk", 6) != 0 && memcmp(head, "# disk", 6) != 0) return refuse_esx(head);
  struct vmdk *const v = calloc(1, sizeof *v);
  if (v == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  v->blocks.locate = locate;
  v->blocks.disk.close = close_vmdk;
  hk_err e = memcmp(head, "KDMV", 4) == 0 ? open_sparse(v, file) : open_text(v, file, path);
  if (e.code == HK_OK) e = hk_blocks_init(&v->blocks, v->size_bytes);
  if (e.code == HK_OK && v->grain_bytes > 0) e = hk_blocks_packed(&v->blocks, v->grain_bytes, unpack);
  if (e.code != HK_OK) {
    close_vmdk(&v->blocks.disk);
    return e;
  }
  *out = &v->blocks.disk;
  return e;
}
