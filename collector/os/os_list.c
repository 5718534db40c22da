#include "os/os_list.h"

#include <stdlib.h>

void os_names_init(struct os_names *l)
{
  *l = (struct os_names){.n = 0};
  hk_arena_init(&l->arena, 0);
}

void os_names_done(struct os_names *l)
{
  free(l->v);
  hk_arena_done(&l->arena);
}

hk_err os_names_add(struct os_names *l, hk_str name, const struct os_info *info)
{
  if (hk_str_eq(name, HK_S(".")) || hk_str_eq(name, HK_S(".."))) return hk_ok();
  if (l->n == l->capacity) {
    const size_t capacity = l->capacity ? 2 * l->capacity : 64;
    if (capacity > SIZE_MAX / sizeof *l->v) return hk_fail(HK_MEMORY, "list directory", HK_NO_OFFSET);
    struct os_named *const v = realloc(l->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "list directory", HK_NO_OFFSET);
    l->v = v;
    l->capacity = capacity;
  }
  hk_str copy = hk_str_valid(name) ? hk_str_copy(&l->arena, name) : hk_str_clean(&l->arena, name);
  if (copy.p == NULL) return hk_fail(HK_MEMORY, "list directory", HK_NO_OFFSET);
  l->v[l->n++] = (struct os_named){.name = copy, .info = *info};
  return hk_ok();
}

static int by_name(const void *x, const void *y)
{
  return hk_str_cmp(((const struct os_named *)x)->name, ((const struct os_named *)y)->name);
}

void os_names_show(struct os_names *l, bool (*on)(void *ctx, hk_str name, const struct os_info *info), void *ctx)
{
  if (l->n > 1) qsort(l->v, l->n, sizeof *l->v, by_name);
  for (size_t i = 0; i < l->n; i++)
    if (!on(ctx, l->v[i].name, &l->v[i].info)) return;
}
