/* What only a POSIX tree can hold: links that loop or lead out, names that are no UTF-8, names that differ in case only. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "os/os.h"
#include "source/source.h"

static bool count_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  (void)e;
  (void)hits;
  (*(size_t *)ctx)++;
  return true;
}

TEST(test_source__does_not_follow_a_link_that_loops)
{
  char root[] = "/tmp/hk-source-XXXXXX";
  char path[256];
  struct hk_source *s = NULL;
  struct os_file *f = NULL;
  size_t n = 0;
  CHECK(mkdtemp(root) != NULL);
  (void)snprintf(path, sizeof path, "%s/C", root);
  CHECK_EQ_INT(os_make_dir(hk_str_of(path)).code, HK_OK);
  (void)snprintf(path, sizeof path, "%s/C/loop", root);
  CHECK_EQ_INT(symlink("..", path), 0);
  (void)snprintf(path, sizeof path, "%s/C/x.txt", root);
  CHECK_EQ_INT(os_open(hk_str_of(path), OS_CREATE, &f).code, HK_OK);
  os_close(f);
  CHECK_EQ_INT(hk_source_open_dir(hk_str_of(root), &s).code, HK_OK);
  const hk_str glob = HK_S("?:\\**\\*.txt");
  const struct hk_finder finder = {.ctx = &n, .on_entry = count_entry};
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = &glob, .n = 1}, &finder).code, HK_OK);
  CHECK_EQ_INT(n, 1);
  s->ops->close(s);
}

struct seen {
  char paths[8][256];
  size_t n;
  int last_error;
  size_t n_errors;
};

static bool see_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *hits)
{
  (void)hits;
  struct seen *const f = ctx;
  if (f->n < 8) (void)snprintf(f->paths[f->n++], sizeof f->paths[0], "%.*s", (int)e->path.n, e->path.p);
  return true;
}

static void see_error(void *ctx, hk_str path, hk_err e)
{
  (void)path;
  struct seen *const f = ctx;
  f->n_errors++;
  f->last_error = e.code;
}

static void put_text(const char *root, const char *path, const char *text)
{
  char at[256];
  struct os_file *f = NULL;
  (void)snprintf(at, sizeof at, "%s/%s", root, path);
  CHECK_EQ_INT(os_open(hk_str_of(at), OS_CREATE, &f).code, HK_OK);
  CHECK_EQ_INT(os_write(f, text, strlen(text)).code, HK_OK);
  os_close(f);
}

static void put_folder(const char *root, const char *path)
{
  char at[256];
  (void)snprintf(at, sizeof at, "%s/%s", root, path);
  CHECK_EQ_INT(mkdir(at, 0755), 0);
}

static void look(struct hk_source *s, const char *glob, struct seen *f)
{
  const hk_str v = hk_str_of(glob);
  const struct hk_finder finder = {.ctx = f, .on_entry = see_entry, .on_error = see_error};
  *f = (struct seen){.n = 0};
  CHECK_EQ_INT(s->ops->find(s, &(struct hk_globs){.v = &v, .n = 1}, &finder).code, HK_OK);
}

TEST(test_source__a_link_in_the_place_of_a_file_is_reported_and_not_followed)
{
  char root[] = "/tmp/hk-source-XXXXXX";
  char path[256];
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  struct seen f;
  CHECK(mkdtemp(root) != NULL);
  put_folder(root, "C");
  put_folder(root, "C/Windows");
  (void)snprintf(path, sizeof path, "%s/C/Windows/SAM", root);
  CHECK_EQ_INT(symlink("/etc/hostname", path), 0);
  CHECK_EQ_INT(hk_source_open_dir(hk_str_of(root), &s).code, HK_OK);
  look(s, "C:\\Windows\\SAM", &f);
  CHECK_EQ_INT(f.n, 1);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\Windows\\SAM"), &in).code, HK_SKIPPED);
  look(s, "?:\\**\\SAM", &f); /* a search meets the target where it lies */
  CHECK_EQ_INT(f.n, 0);
  s->ops->close(s);
}

TEST(test_source__names_that_differ_in_case_are_two_files)
{
  char root[] = "/tmp/hk-source-XXXXXX";
  char text[16] = "";
  size_t got = 0;
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  struct seen f;
  CHECK(mkdtemp(root) != NULL);
  put_folder(root, "C");
  put_text(root, "C/NOTE.txt", "upper");
  put_text(root, "C/note.TXT", "lower");
  CHECK_EQ_INT(hk_source_open_dir(hk_str_of(root), &s).code, HK_OK);
  look(s, "C:\\note.txt", &f);
  CHECK_EQ_INT(f.n, 2);
  CHECK_EQ_INT(s->ops->open(s, HK_S("C:\\note.TXT"), &in).code, HK_OK);
  CHECK_EQ_INT(in->read(in, text, sizeof text, &got).code, HK_OK);
  CHECK_EQ_STR(text, "lower");
  in->close(in);
  s->ops->close(s);
}

TEST(test_source__a_folder_whose_name_is_no_utf8_is_not_lost_in_silence)
{
  char root[] = "/tmp/hk-source-XXXXXX";
  struct hk_source *s = NULL;
  struct seen f;
  CHECK(mkdtemp(root) != NULL);
  put_folder(root, "C");
  put_folder(root, "C/\xff\xfe");
  put_text(root, "C/\xff\xfe/a.txt", "x");
  CHECK_EQ_INT(hk_source_open_dir(hk_str_of(root), &s).code, HK_OK);
  look(s, "?:\\**\\*.txt", &f);
  CHECK_EQ_INT(f.n, 0);
  CHECK_EQ_INT(f.n_errors, 1);
  CHECK_EQ_INT(f.last_error, HK_SKIPPED);
  s->ops->close(s);
}

TEST(test_source__a_folder_that_may_be_listed_but_not_searched_is_denied)
{
  char root[] = "/tmp/hk-source-XXXXXX";
  char path[256];
  struct hk_source *s = NULL;
  struct seen f;
  if (geteuid() == 0 && seteuid(65534) != 0) SKIP("root cannot drop its rights");
  CHECK(mkdtemp(root) != NULL);
  put_folder(root, "C");
  put_folder(root, "C/closed");
  put_text(root, "C/closed/a.txt", "x");
  (void)snprintf(path, sizeof path, "%s/C/closed", root);
  CHECK_EQ_INT(chmod(path, 0444), 0);
  CHECK_EQ_INT(hk_source_open_dir(hk_str_of(root), &s).code, HK_OK);
  look(s, "?:\\**\\*.txt", &f);
  (void)chmod(path, 0755);
  (void)!seteuid(getuid());
  CHECK_EQ_INT(f.n, 0);
  CHECK_EQ_INT(f.n_errors, 1);
  CHECK_EQ_INT(f.last_error, HK_DENIED);
  s->ops->close(s);
}
