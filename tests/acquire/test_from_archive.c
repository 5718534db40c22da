/* Our own archive as a source again: what its manifest says of denied, cut and renamed files is said again. */
#include "check.h"

#include "acquire/acquire.h"
#include "os/os.h"

static void add(struct hk_store *s, const char *path, const char *text, hk_err read_result)
{
  struct hk_digests d;
  const struct hk_stored row = {.path = hk_str_of(path),
                                .method = "api",
                                .modified_at = HK_UNIX_EPOCH + HK_DAY + 1234567,
                                .changed_at = HK_UNIX_EPOCH + 2 * HK_DAY,
                                .attributes = 0x22,
                                .owner_sid = HK_S("S-1-5-18"),
                                .artefact = HK_S("test")};
  CHECK_EQ_INT(hk_store_begin(s, &row).code, HK_OK);
  CHECK_EQ_INT(hk_store_write(s, text, strlen(text)).code, HK_OK);
  CHECK_EQ_INT(hk_store_end(s, read_result, &d).code, HK_OK);
}

static struct hk_source *make(struct hk_arena *a)
{
  const hk_str none = hk_str_of("");
  const struct hk_case c = {.host = HK_S("PC"),
                            .host_id = none,
                            .case_id = none,
                            .operator_name = none,
                            .reason = none,
                            .command_line = none,
                            .tool_version = none,
                            .tool_sha256 = none,
                            .started_at = os_now()};
  char seal[2 * HK_SHA256_SIZE + 1];
  unsigned char r[4];
  struct hk_store *s = NULL;
  struct hk_source *source = NULL;
  os_random(r, sizeof r);
  const hk_str dir = hk_str_printf(a, "/tmp/hk-again-%02x%02x%02x%02x", r[0], r[1], r[2], r[3]);
  CHECK_EQ_INT(os_make_dir(dir).code, HK_OK);
  CHECK_EQ_INT(hk_store_create(&(struct hk_store_options){.dir = dir}, &c, &s).code, HK_OK);
  add(s, "C:\\Users\\u\\note.txt", "lower", hk_ok());
  add(s, "C:\\Users\\u\\NOTE.TXT", "upper case", hk_ok());
  add(s, "C:\\Windows\\cut.log", "begin", hk_fail(HK_IO, "read sectors", 5));
  const struct hk_stored denied = {
      .path = HK_S("C:\\Windows\\SAM"), .method = "api", .owner_sid = none, .artefact = HK_S("hive")};
  CHECK_EQ_INT(hk_store_miss(s, &denied, hk_fail(HK_DENIED, "open file", HK_NO_OFFSET)).code, HK_OK);
  const hk_str path = hk_str_copy(a, hk_store_path(s));
  CHECK_EQ_INT(hk_store_seal(s, none, os_now(), seal).code, HK_OK);
  CHECK_EQ_INT(hk_source_open_archive(path, &source).code, HK_OK);
  return source;
}

static void read_text(struct hk_source *s, const char *path, char text[32])
{
  struct hk_stream *in = NULL;
  size_t got = 0;
  memset(text, 0, 32);
  CHECK_EQ_INT(s->ops->open(s, hk_str_of(path), &in).code, HK_OK);
  CHECK_EQ_INT(in->read(in, text, 31, &got).code, HK_OK);
  in->close(in);
}

TEST(test_again__files_that_differ_in_case_keep_their_names_and_bytes)
{
  struct hk_arena a;
  char text[32];
  hk_arena_init(&a, 0);
  struct hk_source *const s = make(&a);
  read_text(s, "C:\\Users\\u\\note.txt", text);
  CHECK_EQ_STR(text, "lower");
  read_text(s, "C:\\Users\\u\\NOTE.TXT", text);
  CHECK_EQ_STR(text, "upper case");
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_again__look_ups_fold_case)
{
  struct hk_arena a;
  char text[32];
  hk_arena_init(&a, 0);
  struct hk_source *const s = make(&a);
  read_text(s, "c:\\WINDOWS\\Cut.LOG", text);
  CHECK_EQ_STR(text, "begin");
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_again__a_denied_file_is_found_and_still_denied)
{
  struct hk_arena a;
  struct hk_stream *in = NULL;
  struct hk_entry e;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make(&a);
  CHECK_EQ_INT(s->ops->stat(s, HK_S("C:\\Windows\\SAM"), &a, &e).code, HK_OK);
  const hk_err denied = s->ops->open(s, HK_S("C:\\Windows\\SAM"), &in);
  CHECK_EQ_INT(denied.code, HK_DENIED);
  CHECK_EQ_STR(denied.step, "open file");
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Windows\\none"), &in).code, HK_ABSENT);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_again__a_file_cut_short_is_cut_short_again)
{
  struct hk_arena a;
  struct hk_stream *in = NULL;
  char text[32];
  size_t got = 0;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make(&a);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Windows\\cut.log"), &in).code, HK_OK);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_OK);
  CHECK_EQ_INT(got, 5);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_IO);
  in->close(in);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_again__times_attributes_and_owner_are_those_of_the_evidence)
{
  struct hk_arena a;
  struct hk_entry e;
  hk_str sid;
  hk_arena_init(&a, 0);
  struct hk_source *const s = make(&a);
  CHECK_EQ_INT(s->ops->stat(s, HK_S("C:\\Users\\u\\note.txt"), &a, &e).code, HK_OK);
  CHECK_EQ_INT(e.modified_at, HK_UNIX_EPOCH + HK_DAY + 1234567);
  CHECK_EQ_INT(e.changed_at, HK_UNIX_EPOCH + 2 * HK_DAY);
  CHECK_EQ_INT(e.attributes, 0x22);
  CHECK_EQ_INT(s->ops->owner(s, HK_S("C:\\Users\\u\\note.txt"), &a, &sid).code, HK_OK);
  CHECK(hk_str_eq(sid, HK_S("S-1-5-18")));
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_again__what_is_no_zip_is_damaged_not_absent)
{
  struct hk_source *s = NULL;
  struct os_file *f = NULL;
  const hk_str path = HK_S("/tmp/hk-no-zip");
  CHECK_EQ_INT(os_open(path, OS_CREATE, &f).code, HK_OK);
  CHECK_EQ_INT(os_write(f, "PK\3\4 and so on", 14).code, HK_OK);
  os_close(f);
  CHECK_EQ_INT(hk_source_open_archive(path, &s).code, HK_DAMAGED);
  CHECK_EQ_INT(hk_source_open_archive(HK_S("/nowhere/x.zip"), &s).code, HK_ABSENT);
}
