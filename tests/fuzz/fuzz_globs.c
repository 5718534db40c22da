/* The first lines are globs, the others paths; each answer is held against the matcher of whole paths. */
#include <stdlib.h>

#include "source/globs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GLOBS = 8, PATHS = 32, LINE = 60 };

static hk_str next_line(hk_str *rest)
{
  const size_t end = hk_str_find(*rest, '\n');
  const hk_str line = hk_str_sub(*rest, 0, end < LINE ? end : LINE);
  *rest = hk_str_sub(*rest, end + 1, rest->n);
  return line;
}

/* What both mean alike: `**` as a part of its own and not the last, no colon behind the drive, no bytes that are no character. */
static bool is_plain(hk_str s)
{
  for (size_t i = 0; i < s.n; i++) {
    const bool edge = i == 0 || s.p[i - 1] == '\\' || s.p[i - 1] == '/';
    if ((s.p[i] == ':' && i != 1) || (edge && (s.p[i] == '\\' || s.p[i] == '/'))) return false;
    if (i > 0 && s.p[i] == '*' && s.p[i - 1] == '*') return false;
  }
  return s.n > 3 && s.p[1] == ':' && s.p[s.n - 1] != '\\' && s.p[s.n - 1] != '/' && hk_str_valid(s);
}

static void check(const hk_str *globs, struct hk_hits hits, hk_str path)
{
  for (uint32_t g = 0, k = 0; g < GLOBS; g++) {
    const bool hit = k < hits.n && hits.v[k] == g;
    if (hit) k++;
    if (is_plain(globs[g]) && is_plain(path) && hit != hk_glob_match(globs[g], path)) abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  hk_str rest = {.p = (const char *)data, .n = size};
  hk_str globs[GLOBS];
  struct hk_glob_set *s = NULL;
  for (size_t i = 0; i < GLOBS; i++) globs[i] = next_line(&rest);
  if (hk_glob_set_open(&(struct hk_globs){.v = globs, .n = GLOBS}, &s).code != HK_OK) return 0;
  for (size_t i = 0; i < PATHS && rest.n > 0; i++) {
    struct hk_hits hits;
    const hk_str path = next_line(&rest);
    if (hk_glob_path(s, path, &hits).code == HK_OK) check(globs, hits, path);
  }
  hk_glob_set_close(s);
  return 0;
}
