/* What the records say of a directory's index; the tree in memory says which record it is, so nothing else is read. */
#include "source/ntfs/folder_index.h"

hk_err hk_index_stream(struct hk_ntfs_file *f, enum hk_index_part part, struct hk_ntfs_stream *out)
{
  const hk_str name = HK_S("$I30");
  if (part == HK_INDEX_BITMAP) return hk_ntfs_file_stream(f, HK_NTFS_BITMAP, name, out);
  if (part != HK_INDEX_ROOT) {
    const hk_err e = hk_ntfs_file_stream(f, HK_NTFS_INDEX_ALLOCATION, name, out);
    if (e.code != HK_ABSENT || part == HK_INDEX_BLOCKS) return e;
  }
  return hk_ntfs_file_stream(f, HK_NTFS_INDEX_ROOT, name, out);
}

static hk_err describe(struct hk_ntfs_file *f, enum hk_index_part part, struct hk_entry *e)
{
  struct hk_ntfs_stream s;
  struct hk_ntfs_standard standard = {.attributes = 0};
  const struct hk_ntfs_record *const r = &f->records[0];
  if (!r->in_use || !r->is_directory) return hk_fail(HK_ABSENT, "find the directory", HK_NO_OFFSET);
  HK_TRY(hk_index_stream(f, part, &s));
  e->size_bytes = s.bytes.size_bytes;
  hk_ntfs_stream_done(&s);
  (void)hk_ntfs_file_standard(f, &standard);
  e->file_id = f->number | (uint64_t)r->sequence << 48;
  e->n_links = r->n_links;
  e->attributes = standard.attributes;
  e->born_at = standard.times.born_at;
  e->modified_at = standard.times.modified_at;
  e->changed_at = standard.times.changed_at;
  e->accessed_at = standard.times.accessed_at;
  return hk_ok();
}

hk_err hk_index_entry(struct hk_ntfs_mounted *m, uint64_t record, hk_str path, enum hk_index_part part, struct hk_entry *out)
{
  struct hk_ntfs_file f;
  struct hk_entry e = {.path = path};
  HK_TRY(hk_ntfs_file_open(&m->mft, record, &f));
  const hk_err err = describe(&f, part, &e);
  hk_ntfs_file_close(&f);
  if (err.code == HK_OK) *out = e;
  return err;
}

hk_str hk_index_owner(struct hk_ntfs_mounted *m, uint64_t record, char sid[HK_SID_SIZE])
{
  struct hk_ntfs_file f;
  struct hk_ntfs_item i = {.record = record};
  if (hk_ntfs_file_open(&m->mft, record, &f).code != HK_OK) return hk_str_of("");
  i.has_standard = hk_ntfs_file_standard(&f, &i.standard);
  hk_ntfs_file_close(&f);
  return hk_ntfs_item_owner(m, &i, sid);
}
