/* A directory tree as a source: volumes, globs, case, streams, and what must not be entered. */
#include "check.h"

#include "os/os.h"
#include "os/reparse.h"
#include "source/tree.h"

struct found {
  char paths[64][256];
  size_t n;
  size_t n_errors;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  (void)hits;
  struct found *const f = ctx;
  if (f->n < 64) (void)snprintf(f->paths[f->n++], sizeof f->paths[0], "%.*s", (int)e->path.n, e->path.p);
  return true;
}

static void on_error(void *ctx, hk_str path, hk_err e)
{
  (void)path;
  (void)e;
  ((struct found *)ctx)->n_errors++;
}

static bool has(const struct found *f, const char *path)
{
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->paths[i], path) == 0) return true;
  return false;
}

static hk_str make_root(struct hk_arena *a)
{
  unsigned char r[4];
  os_random(r, sizeof r);
  const hk_str root = hk_str_printf(a, "/tmp/hk-source-%02x%02x%02x%02x", r[0], r[1], r[2], r[3]);
  CHECK_EQ_INT(os_make_dir(root).code, HK_OK);
  return root;
}

static void put(struct hk_arena *a, hk_str root, const char *path, const char *text)
{
  hk_str at = root;
  hk_str rest = hk_str_of(path);
  struct os_file *f = NULL;
  for (;;) {
    const size_t end = hk_str_find(rest, '/');
    at = os_join(a, at, hk_str_sub(rest, 0, end));
    if (end == rest.n) break;
    CHECK_EQ_INT(os_make_dir(at).code, HK_OK);
    rest = hk_str_sub(rest, end + 1, rest.n);
  }
  CHECK_EQ_INT(os_open(at, OS_CREATE, &f).code, HK_OK);
  CHECK_EQ_INT(os_write(f, text, strlen(text)).code, HK_OK);
  os_close(f);
}

static void find(struct hk_source *s, struct found *f, const char *const *globs, size_t n)
{
  hk_str v[16];
  const struct hk_finder finder = {.ctx = f, .on_entry = on_entry, .on_error = on_error};
  *f = (struct found){.n = 0};
  for (size_t i = 0; i < n; i++)
    v[i] = hk_str_of(globs[i]);
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = v, .n = n}, &finder).code, HK_OK);
}

TEST(test_source__finds_by_glob_with_case_folded)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct found f;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "C/Windows/Prefetch/CMD.EXE-1.pf", "x");
  put(&a, root, "C/Windows/Prefetch/layout.ini", "x");
  put(&a, root, "C/Users/利用者/Documents/HELP_DECRYPT.TXT", "x");
  put(&a, root, "C/HELP_DECRYPT.TXT", "x");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  const char *const globs[] = {"C:\\windows\\prefetch\\*.PF", "?:\\**\\help_decrypt.*"};
  find(s, &f, globs, 2);
  CHECK_EQ_INT(f.n, 3);
  CHECK(has(&f, "C:\\Windows\\Prefetch\\CMD.EXE-1.pf"));
  CHECK(has(&f, "C:\\Users\\利用者\\Documents\\HELP_DECRYPT.TXT"));
  CHECK(has(&f, "C:\\HELP_DECRYPT.TXT"));
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__takes_a_file_with_a_colon_for_a_stream)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct found f;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "C/Users/u/Downloads/a.zip", "x");
  put(&a, root, "C/Users/u/Downloads/a.zip:Zone.Identifier", "[ZoneTransfer]");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  const char *const stream[] = {"C:\\Users\\*\\Downloads\\*:Zone.Identifier"};
  find(s, &f, stream, 1);
  CHECK_EQ_INT(f.n, 1);
  CHECK(has(&f, "C:\\Users\\u\\Downloads\\a.zip:Zone.Identifier"));
  const char *const files[] = {"C:\\Users\\*\\Downloads\\*"};
  find(s, &f, files, 1);
  CHECK_EQ_INT(f.n, 1);
  CHECK(has(&f, "C:\\Users\\u\\Downloads\\a.zip"));
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__opens_what_it_found_whatever_the_case)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  char text[16] = "";
  size_t got = 0;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "C/Windows/System32/config/SYSTEM", "hive");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  CHECK_EQ_INT(s->ops->open(s, HK_S("c:\\windows\\system32\\CONFIG\\system"), &in).code, HK_OK);
  CHECK_EQ_INT(in->bytes.size_bytes, 4);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_OK);
  CHECK_EQ_STR(text, "hive");
  in->close(in);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Windows\\none"), &in).code, HK_ABSENT);
  CHECK_EQ_INT(s->ops->open(s, HK_S("D:\\x"), &in).code, HK_ABSENT);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__reads_a_velociraptor_tree_with_escaped_names)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  struct found f;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "uploads/auto/C%3A/Users/u/a%25b.txt", "x");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  const char *const globs[] = {"C:\\Users\\**\\*.txt"};
  find(s, &f, globs, 1);
  CHECK_EQ_INT(f.n, 1);
  CHECK(has(&f, "C:\\Users\\u\\a%b.txt"));
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Users\\u\\a%b.txt"), &in).code, HK_OK);
  in->close(in);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__refuses_a_folder_without_a_volume)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "notes/x.txt", "x");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_USAGE);
  CHECK_EQ_INT(hk_source_open_dir(HK_S("/nowhere/at/all"), &s).code, HK_ABSENT);
  hk_arena_done(&a);
}

TEST(test_source__escaped_tree_tells_names_that_differ_in_case)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  char text[16] = "";
  size_t got = 0;
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "uploads/auto/C%3A/Users/U/b.txt", "upper");
  put(&a, root, "uploads/auto/C%3A/Users/u/a%3Ab.txt", "escaped");
  put(&a, root, "uploads/auto/C%3A/Users/u/b.txt", "lower");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Users\\u\\b.txt"), &in).code, HK_OK);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_OK);
  CHECK_EQ_STR(text, "lower");
  in->close(in);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Users\\u\\A:B.TXT"), &in).code, HK_OK);
  CHECK_EQ_INT(in->bytes.size_bytes, 7);
  in->close(in);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__enters_a_synchronised_folder_but_no_link_and_no_cloud)
{
  CHECK(hk_tree_enters(&(struct os_info){.kind = OS_DIRECTORY}));
  CHECK(hk_tree_enters(&(struct os_info){.reparse_tag = 0x9000601A, .attributes = 0x410})); /* OneDrive, on this disk */
  CHECK(!hk_tree_enters(&(struct os_info){.reparse_tag = 0x9000601A, .attributes = 0x40410})); /* RECALL_ON_OPEN */
  CHECK(!hk_tree_enters(&(struct os_info){.reparse_tag = OS_TAG_MOUNT_POINT, .attributes = 0x410}));
  CHECK(!hk_tree_enters(&(struct os_info){.reparse_tag = OS_TAG_SYMLINK, .attributes = 0x410}));
}

static bool stop_at_once(void)
{
  return true;
}

TEST(test_source__stops_looking_when_told)
{
  struct hk_arena a;
  struct hk_source *s = NULL;
  struct found f = {.n = 0};
  hk_arena_init(&a, 0);
  const hk_str root = make_root(&a);
  put(&a, root, "C/Windows/a.txt", "x");
  CHECK_EQ_INT(hk_source_open_dir(root, &s).code, HK_OK);
  const hk_str glob = HK_S("?:\\**\\*.txt");
  const struct hk_finder finder = {.ctx = &f, .on_entry = on_entry, .stop = stop_at_once};
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = &glob, .n = 1}, &finder).code, HK_CANCELLED);
  CHECK_EQ_INT(f.n, 0);
  s->ops->close(s);
  hk_arena_done(&a);
}

TEST(test_source__keeps_a_percent_that_escapes_nothing)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  CHECK(hk_str_eq(hk_unescape(&a, HK_S("100%")), HK_S("100%")));
  CHECK(hk_str_eq(hk_unescape(&a, HK_S("%4")), HK_S("%4")));
  CHECK(hk_str_eq(hk_unescape(&a, HK_S("%41")), HK_S("A")));
  CHECK(hk_str_eq(hk_unescape(&a, HK_S("%zz")), HK_S("%zz")));
  hk_arena_done(&a);
}
