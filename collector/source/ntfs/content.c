/* From a record to the bytes of its file: run lists, holes, WOF; or the reason why they are not on the volume. */
#include "source/ntfs/content.h"

#include <stdlib.h>

#include "ntfs/wof.h"
#include "os/os.h"
#include "os/reparse.h"
#include "source/ntfs/folder_index.h"

struct content {
  struct hk_stream stream;
  struct os_mutex *mutex;
  struct hk_ntfs_stream data;
  struct hk_wof wof;
  struct hk_bytes *from; /* data or wof */
  uint64_t position;
};

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct content *const t = (struct content *)(void *)self;
  os_lock(t->mutex);
  const hk_err e = t->from->read_at(t->from, offset, out, n, got);
  os_unlock(t->mutex);
  return e;
}

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct content *const t = (struct content *)(void *)s;
  const hk_err e = stream_read_at(&s->bytes, t->position, out, n, got);
  t->position += *got;
  return e;
}

static bool stream_next_data(struct hk_stream *s, uint64_t from, uint64_t *start, uint64_t *end)
{
  return hk_ntfs_stream_next_data(&((struct content *)(void *)s)->data, from, start, end);
}

static void stream_close(struct hk_stream *s)
{
  struct content *const t = (struct content *)(void *)s;
  hk_wof_done(&t->wof);
  hk_ntfs_stream_done(&t->data);
  free(t);
}

static hk_err read_reparse(struct hk_ntfs_file *f, uint8_t *out, size_t size, size_t *n)
{
  struct hk_ntfs_stream s;
  HK_TRY(hk_ntfs_file_stream(f, HK_NTFS_REPARSE_POINT, hk_str_of(""), &s));
  const hk_err e = s.bytes.read_at(&s.bytes, 0, out, size, n);
  hk_ntfs_stream_done(&s);
  return e;
}

static hk_err open_wof(struct hk_ntfs_file *f, uint64_t size_bytes, struct content *t)
{
  uint8_t reparse[64];
  size_t n = 0;
  enum hk_wof_method method;
  HK_TRY(read_reparse(f, reparse, sizeof reparse, &n));
  HK_TRY(hk_wof_method_parse(hk_cur_over(reparse, n), &method));
  HK_TRY(hk_ntfs_file_stream(f, HK_NTFS_DATA, HK_S("WofCompressedData"), &t->data));
  const hk_err e = hk_wof_init(&t->wof, &t->data.bytes, size_bytes, method);
  if (e.code != HK_OK) hk_ntfs_stream_done(&t->data);
  return e;
}

static hk_err in_the_cloud(void)
{
  return hk_fail(HK_SKIPPED, "open: the content is in the cloud, not on this PC", HK_NO_OFFSET);
}

/* `name` is the stream's, "" for the file's own data, which some reparse points replace. */
static hk_err open_data(struct hk_ntfs_file *f, const struct hk_ntfs_known *k, hk_str name, struct content *t)
{
  const uint32_t tag = hk_ntfs_file_reparse_tag(f);
  const bool own = name.n == 0;
  if (own && ((k->entry.attributes & OS_CLOUD_ATTRIBUTES) != 0)) return in_the_cloud();
  if (own && os_tag_is_link(tag)) return hk_fail(HK_SKIPPED, "open: a link is not followed", HK_NO_OFFSET);
  if (own && tag == OS_TAG_DEDUP) return hk_fail(HK_UNSUPPORTED, "open: the content is in the deduplication store", HK_NO_OFFSET);
  if (own && tag == HK_NTFS_TAG_WOF) {
    HK_TRY(open_wof(f, k->entry.size_bytes, t));
    t->from = &t->wof.bytes;
    return hk_ok();
  }
  HK_TRY(hk_ntfs_file_stream(f, HK_NTFS_DATA, name, &t->data));
  t->from = &t->data.bytes;
  hk_err e = hk_ok();
  /* A file of a cloud service keeps its tag when all of it is here; then it has no holes. */
  if (own && os_tag_is_cloud(tag) && (t->data.flags & HK_NTFS_SPARSE) != 0) e = in_the_cloud();
  if ((t->data.flags & HK_NTFS_ENCRYPTED) != 0) e = hk_fail(HK_UNSUPPORTED, "open: the content is encrypted (EFS)", HK_NO_OFFSET);
  if (e.code != HK_OK) hk_ntfs_stream_done(&t->data);
  return e;
}

static hk_err open_record(struct hk_ntfs_image *image, const struct hk_ntfs_known *k, struct content *t)
{
  struct hk_ntfs_file f;
  /* The colon behind the drive's is the stream's. */
  const size_t colon = 2 + hk_str_find(hk_str_sub(k->entry.path, 2, k->entry.path.n), ':');
  HK_TRY(hk_ntfs_file_open(&image->v[k->volume].mft, k->record, &f));
  /* On a running PC the record may mean another file by now. */
  hk_err e = hk_ok();
  if (f.records[0].sequence != k->entry.file_id >> 48 || !f.records[0].in_use)
    e = hk_fail(HK_SKIPPED, "open: it is gone since it was listed", HK_NO_OFFSET);
  hk_str folder;
  const enum hk_index_part part = f.records[0].is_directory ? hk_index_part_of(k->entry.path, &folder) : HK_INDEX_NONE;
  if (e.code == HK_OK && part != HK_INDEX_NONE) {
    e = hk_index_stream(&f, part, &t->data);
    t->from = &t->data.bytes;
  } else if (e.code == HK_OK) {
    e = open_data(&f, k, hk_str_sub(k->entry.path, colon + 1, k->entry.path.n), t);
  }
  hk_ntfs_file_close(&f);
  return e;
}

hk_err hk_ntfs_content_open(struct hk_ntfs_image *image, const struct hk_ntfs_known *k, struct os_mutex *mutex, struct hk_stream **out)
{
  struct content *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  t->mutex = mutex;
  const hk_err e = open_record(image, k, t);
  if (e.code != HK_OK) {
    free(t);
    return e;
  }
  t->stream.bytes.size_bytes = t->from->size_bytes;
  t->stream.bytes.read_at = stream_read_at;
  t->stream.read = stream_read;
  if (t->from == &t->data.bytes && (t->data.flags & HK_NTFS_SPARSE) != 0) t->stream.next_data = stream_next_data;
  t->stream.close = stream_close;
  *out = &t->stream;
  return hk_ok();
}
