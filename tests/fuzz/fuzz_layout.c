/* Evidence paths to entry names: never climbing, always decodable, two paths never one name. The input is cut at newlines
   into paths; globs are matched against them on the way. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct hk_arena *a, const struct layout_place *p, hk_str path)
{
  if (!hk_str_starts(p->name, HK_S("uploads/auto/")) || !hk_str_valid(p->name)) abort();
  for (size_t i = 0; i < p->n_parts; i++)
    if (p->parts[i].n == 0 || hk_str_eq(p->parts[i], HK_S("..")) || hk_str_eq(p->parts[i], HK_S("."))) abort();
  for (hk_str rest = p->name; rest.n > 0;) {
    const size_t n = hk_str_find(rest, '/');
    if (n == 0 || n > 255 || rest.p[0] == '.') abort();
    rest = hk_str_sub(rest, n + 1, rest.n);
  }
  const hk_str back = layout_evidence_path(a, p->name);
  if (hk_str_eq(back, path) == p->renamed) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct layout *l = NULL;
  struct hk_arena a;
  hk_arena_init(&a, (size_t)64 << 20);
  hk_str left = {.p = (const char *)data, .n = size < 65536 ? size : 65536};
  hk_str before = HK_S("*");
  if (layout_open(&l).code != HK_OK) return 0;
  for (int i = 0; left.n > 0 && i < 200; i++) {
    const size_t n = hk_str_find(left, '\n');
    const hk_str path = hk_str_sub(left, 0, n);
    struct layout_place p;
    if (layout_place(l, &a, path, size % 2 == 1, &p).code == HK_OK) {
      check(&a, &p, path);
      if (!layout_has_file(l, p.name)) abort();
    }
    if (n < 2000) (void)hk_glob_match(before, path);
    before = path;
    left = hk_str_sub(left, n + 1, left.n);
  }
  layout_close(l);
  hk_arena_done(&a);
  return 0;
}
