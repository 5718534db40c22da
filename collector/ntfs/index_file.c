/* Opening a directory's index: the root is small and held, so is the bitmap; the blocks are a stream. */
#include "ntfs/index_file.h"

#define ROOT_BYTES_MAX ((uint64_t)64 << 10) /* it is resident */
#define BITMAP_BYTES_MAX (HK_NTFS_INDEX_BYTES_MAX / 512 / 8)

/* The whole of a small attribute in the file's arena. */
static hk_err load(struct hk_ntfs_index_file *f, uint32_t type, uint64_t most, struct hk_cur *out)
{
  struct hk_ntfs_stream s;
  HK_TRY(hk_ntfs_file_stream(&f->file, type, HK_S("$I30"), &s));
  return hk_ntfs_stream_whole(&s, &f->file.arena, most, "read a directory's index", out);
}

/* A directory that became small keeps its clusters and gives its blocks up, down to size 0: with the bitmap to say that they are not in use,
   all clusters are looked at. */
static void take_all_clusters(struct hk_ntfs_index_file *f)
{
  const struct hk_ntfs_runs *const r = &f->blocks.runs;
  if (f->index.bitmap.base == NULL || r->n == 0 || f->blocks.unit_bytes != 0) return;
  const uint64_t bytes = (r->v[r->n - 1].vcn + r->v[r->n - 1].n) * f->file.mft->volume->cluster_bytes;
  if (bytes > f->blocks.bytes.size_bytes) f->blocks.bytes.size_bytes = bytes;
  f->blocks.initialised_bytes = f->blocks.bytes.size_bytes;
}

static hk_err load_all(struct hk_ntfs_index_file *f)
{
  const struct hk_ntfs_record *const base = &f->file.records[0];
  /* The record's buffer is as long as records are; the part in use is a part of it. */
  const struct hk_cur whole = hk_cur_over(base->bytes.base, f->file.mft->volume->record_bytes);
  const size_t used = (base->bytes.size + 7) & ~(size_t)7;
  f->index.directory = (struct hk_ntfs_ref){.record = f->file.number, .sequence = base->sequence};
  /* Deleting counts the sequence up; the entries keep the old one. */
  if (!base->in_use) f->index.directory.sequence--;
  if (used < whole.size) f->index.record_slack = hk_cur_at(&whole, used, whole.size - used);
  const hk_err e = load(f, HK_NTFS_INDEX_ROOT, ROOT_BYTES_MAX, &f->index.root);
  const hk_err blocks = hk_ntfs_file_stream(&f->file, HK_NTFS_INDEX_ALLOCATION, HK_S("$I30"), &f->blocks);
  if (blocks.code == HK_OK) {
    f->index.blocks = &f->blocks.bytes;
    (void)load(f, HK_NTFS_BITMAP, BITMAP_BYTES_MAX, &f->index.bitmap);
    take_all_clusters(f);
    return hk_ok();
  }
  return e.code == HK_OK && blocks.code != HK_ABSENT ? blocks : e;
}

hk_err hk_ntfs_index_file_open(struct hk_ntfs_mft *m, uint64_t number, struct hk_ntfs_index_file *out)
{
  *out = (struct hk_ntfs_index_file){.index = {.blocks = NULL}};
  HK_TRY(hk_ntfs_file_open(m, number, &out->file));
  const bool directory = out->file.records[0].is_directory;
  const hk_err e = directory ? load_all(out) : hk_fail(HK_ABSENT, "read a directory's index: it is a file", HK_NO_OFFSET);
  if (e.code != HK_OK) hk_ntfs_index_file_close(out);
  return e;
}

void hk_ntfs_index_file_close(struct hk_ntfs_index_file *f)
{
  hk_ntfs_stream_done(&f->blocks);
  hk_ntfs_file_close(&f->file);
}
