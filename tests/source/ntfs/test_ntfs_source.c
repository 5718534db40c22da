/* A small volume as a source. tests/fuzz/corpus/ntfs_volume/v512 is the beginning of a volume that mkntfs and ntfs-3g made: a file
   with a stream, twelve more names of one file, a junction to the root, compressed and deleted files. */
#include "check.h"

#include "os/os.h"
#include "source/ntfs/open.h"

struct found {
  char paths[64][256];
  size_t n;
  bool stop;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  struct found *const f = ctx;
  CHECK(hits->n > 0 && hits->v[hits->n - 1] < 2);
  if (f->n < 64) (void)snprintf(f->paths[f->n++], sizeof f->paths[0], "%.*s", (int)e->path.n, e->path.p);
  return !f->stop;
}

static bool has(const struct found *f, const char *path)
{
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->paths[i], path) == 0) return true;
  return false;
}

static struct hk_source *open_volume(void)
{
  struct hk_source *s = NULL;
  CHECK_EQ_INT(hk_source_open_image(HK_S("tests/fuzz/corpus/ntfs_volume/v512"), &s).code, HK_OK);
  return s;
}

static void find(struct hk_source *s, struct found *f, const char *first, const char *second)
{
  const hk_str v[2] = {hk_str_of(first), hk_str_of(second)};
  const struct hk_finder finder = {.ctx = f, .on_entry = on_entry};
  f->n = 0;
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = v, .n = 2}, &finder).code, HK_OK);
}

TEST(test_ntfs_source__finds_files_and_streams_by_glob)
{
  struct hk_source *const s = open_volume();
  struct found f = {.stop = false};
  find(s, &f, "C:\\A\\b\\*.TXT", "?:\\**\\*:*");
  CHECK_EQ_INT(f.n, 9); /* with $Secure:$SDS, $BadClus:$Bad, $UpCase:$Info and four WofCompressedData; no index is a stream */
  CHECK(!has(&f, "C:\\$Secure:$SII"));
  CHECK(has(&f, "C:\\a\\b\\small.txt"));
  CHECK(has(&f, "C:\\a\\b\\small.txt:s"));
  s->ops->close(s);
}

TEST(test_ntfs_source__finds_every_name_of_a_file_and_no_deleted_one)
{
  struct hk_source *const s = open_volume();
  struct found f = {.stop = false};
  find(s, &f, "?:\\**\\hardlink_*", "C:\\a\\gone*");
  CHECK_EQ_INT(f.n, 12);
  f.stop = true;
  find(s, &f, "?:\\**\\hardlink_*", "");
  CHECK_EQ_INT(f.n, 1);
  s->ops->close(s);
}

TEST(test_ntfs_source__a_link_is_reported_where_it_was_expected_and_not_opened)
{
  struct hk_source *const s = open_volume();
  struct hk_stream *in = NULL;
  struct found f = {.stop = false};
  find(s, &f, "C:\\loop", "C:\\**\\loop");
  CHECK_EQ_INT(f.n, 1);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\loop"), &in).code, HK_SKIPPED);
  find(s, &f, "C:\\**\\loop", "?:\\loop\\**\\*");
  CHECK_EQ_INT(f.n, 0);
  s->ops->close(s);
}

TEST(test_ntfs_source__opens_and_describes_what_nobody_looked_for)
{
  struct hk_source *const s = open_volume();
  struct hk_stream *in = NULL;
  struct hk_entry e;
  struct hk_arena a;
  hk_str owner;
  char text[16] = "";
  size_t got = 0;
  hk_arena_init(&a, 0);
  CHECK_EQ_STR(s->ops->method, "raw");
  CHECK_EQ_INT(s->ops->open(s, HK_S("c:\\A\\B\\SMALL.TXT:S"), &in).code, HK_OK);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_OK);
  CHECK_EQ_STR(text, "stream");
  in->close(in);
  CHECK_EQ_INT(s->ops->stat(s, HK_S("C:\\h0"), &a, &e).code, HK_OK);
  CHECK_EQ_INT(e.n_links, 13);
  CHECK_EQ_INT(e.size_bytes, 1);
  CHECK(e.born_at != HK_TIME_UNKNOWN);
  CHECK_EQ_INT(s->ops->owner(s, HK_S("C:\\h0"), &a, &owner).code, HK_OK);
  CHECK_EQ_INT(owner.n, 0); /* $SDS lies behind the end of the file */
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\a\\none"), &in).code, HK_ABSENT);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\none\\x"), &in).code, HK_ABSENT);
  CHECK_EQ_INT(s->ops->open(s, HK_S("D:\\h0"), &in).code, HK_ABSENT);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\a\\gone1.txt"), &in).code, HK_ABSENT);
  hk_arena_done(&a);
  s->ops->close(s);
}

TEST(test_ntfs_source__says_where_the_image_ends_too_early)
{
  struct hk_source *const s = open_volume();
  struct hk_stream *in = NULL;
  char text[16];
  size_t got = 0;
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\wof1"), &in).code, HK_OK);
  CHECK_EQ_INT(in->bytes.size_bytes, 8890);
  const hk_err e = in->read(in, text, sizeof text, &got);
  CHECK_EQ_INT(e.code, HK_TRUNCATED);
  CHECK_EQ_INT(got, 0);
  in->close(in);
  s->ops->close(s);
}

struct bad_end {
  struct hk_bytes bytes;
  struct os_file *file;
};

static hk_err read_but_the_end(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct bad_end *const b = (struct bad_end *)(void *)self;
  *got = 0;
  if (offset + n > self->size_bytes - 512) return hk_fail(HK_IO, "read", (int64_t)offset);
  return os_read_at(b->file, offset, out, n, got);
}

TEST(test_ntfs_source__a_bad_last_sector_does_not_cost_a_raw_image)
{
  struct bad_end b = {.bytes = {.read_at = read_but_the_end}};
  struct hk_source *s = NULL;
  struct found f = {.stop = false};
  CHECK_EQ_INT(os_open(HK_S("tests/fuzz/corpus/ntfs_volume/v512"), OS_READ, &b.file).code, HK_OK);
  CHECK_EQ_INT(os_size(b.file, &b.bytes.size_bytes).code, HK_OK);
  CHECK_EQ_INT(hk_source_open_image_bytes(&b.bytes, &s).code, HK_OK);
  find(s, &f, "C:\\h0", "");
  CHECK(has(&f, "C:\\h0"));
  s->ops->close(s);
  os_close(b.file);
}
