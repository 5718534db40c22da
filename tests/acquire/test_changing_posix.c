/* Files that change while they are read: the entry holds what was read, its line says how it ended, the archive is good. */
#include "../store/helpers.h"

#include "acquire/acquire.h"

/* Announces `announced` bytes and gives `given`; then the end, or an error. */
struct changing {
  struct hk_source source;
  struct hk_stream stream;
  uint64_t announced, given, at;
  bool fails;
};

static struct changing *of(struct hk_stream *s)
{
  return (struct changing *)(void *)((char *)(void *)s - offsetof(struct changing, stream));
}

static hk_err give(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct changing *const c = of(s);
  const uint64_t left = c->given - c->at;
  if (left == 0 && c->fails) return hk_fail_os(HK_IO, "read sectors", 5);
  *got = left < n ? (size_t)left : n;
  for (size_t i = 0; i < *got; i++) ((uint8_t *)out)[i] = (uint8_t)((c->at + i) * 31 >> 3);
  c->at += *got;
  return hk_ok();
}

static void close_stream(struct hk_stream *s)
{
  (void)s;
}

static hk_err open_stream(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct changing *const c = (struct changing *)(void *)s;
  (void)path;
  c->stream = (struct hk_stream){.bytes = {.size_bytes = c->announced}, .read = give, .close = close_stream};
  *out = &c->stream;
  return hk_ok();
}

static hk_err no_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  (void)s;
  (void)path;
  (void)a;
  *sid = hk_str_of("");
  return hk_ok();
}

static const struct hk_source_ops ops = {.method = "api", .open = open_stream, .owner = no_owner};
static const struct hk_artefact any = {.name = "any"};

static const struct {
  const char *path;
  uint64_t announced, given;
  bool fails;
  int outcome;
} files[] = {
    {"C:\\whole", 3000000, 3000000, false, HK_OK},
    {"C:\\grew", 10, 3000000, false, HK_OK},
    {"C:\\grew from nothing", 0, 70000, false, HK_OK},
    {"C:\\shrank", 3000000, 1234567, false, HK_TRUNCATED},
    {"C:\\shrank to nothing", 3000000, 0, false, HK_TRUNCATED},
    {"C:\\bad sector", 3000000, 2000000, true, HK_IO},
    {"C:\\bad at once", 3000000, 0, true, HK_IO},
};
#define N_FILES (sizeof files / sizeof files[0])

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  size_t *const n_right = ctx;
  if (!hk_str_eq(line->role, HK_S("evidence"))) return true;
  for (size_t i = 0; i < N_FILES; i++) {
    if (!hk_str_eq(line->path, hk_str_of(files[i].path))) continue;
    CHECK_EQ_INT(line->outcome, files[i].outcome);
    CHECK_EQ_INT(line->size_bytes, files[i].given);
    CHECK(files[i].outcome == HK_OK || line->offset == (int64_t)files[i].given);
    ++*n_right;
  }
  return true;
}

TEST(test_changing__every_entry_says_how_it_ended_and_the_archive_is_good)
{
  char folder[256], path[300], seal[65];
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  struct hk_archive *z = NULL;
  struct hk_verdict v;
  size_t n_right = 0;
  make_folder(folder);
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  (void)snprintf(path, sizeof path, "%s", hk_store_path(s).p);
  for (size_t i = 0; i < N_FILES; i++) {
    struct hk_acquired got;
    struct changing x = {.source = {.ops = &ops}, .announced = files[i].announced, .given = files[i].given, .fails = files[i].fails};
    const struct hk_planned file = {.entry = {.path = hk_str_of(files[i].path), .size_bytes = files[i].announced}, .artefact = &any};
    CHECK_EQ_INT(hk_acquire_file(&x.source, s, &file, NULL, &got).code, HK_OK);
    CHECK_EQ_INT(got.read_result.code, files[i].outcome);
    CHECK_EQ_INT(got.digests.size_bytes, files[i].given);
  }
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path), &z).code, HK_OK);
  CHECK_EQ_INT(hk_archive_manifest(z, on_line, &n_right).code, HK_OK);
  CHECK_EQ_INT(n_right, N_FILES);
  hk_archive_close(z);
  remove_folder(folder);
}
