/* What only a POSIX tree can hold: links that loop. */
#include "check.h"

#include <unistd.h>

#include "os/os.h"
#include "source/source.h"

static bool count_entry(void *ctx, const struct hk_entry *e, const bool *matched)
{
  (void)e;
  (void)matched;
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
