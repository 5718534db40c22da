/* The queue of lines. */
#include "store/listing.h"

#include <stdlib.h>

struct pending *pending_new(const char *role)
{
  struct pending *const p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  hk_arena_init(&p->arena, (size_t)16 << 20);
  p->role = role;
  return p;
}

void pending_free(struct pending *p)
{
  if (p == NULL) return;
  hk_arena_done(&p->arena);
  free(p);
}

void listing_done(struct listing *l)
{
  while (l->first != NULL) {
    struct pending *const next = l->first->next;
    pending_free(l->first);
    l->first = next;
  }
  l->last = NULL;
}

void listing_add(struct listing *l, struct pending *p)
{
  if (l->last == NULL)
    l->first = p;
  else
    l->last->next = p;
  l->last = p;
}

static hk_err write_line(struct manifest *m, const struct pending *p)
{
  const bool has_digests = p->has_zip || p->same_as.n > 0;
  const struct manifest_entry line = {.role = p->role,
                                      .same_as = p->same_as,
                                      .stored = p->has_stored ? &p->stored : NULL,
                                      .name = p->name,
                                      .renamed = p->place.renamed,
                                      .sparse = p->sparse,
                                      .logical_bytes = p->stored.sparse_bytes,
                                      .data_from = p->data_from,
                                      .zip = p->has_zip ? &p->zip : NULL,
                                      .digests = has_digests ? &p->digests : NULL,
                                      .outcome = p->outcome,
                                      .recovered = p->recovered};
  return manifest_add(m, &line);
}

hk_err listing_write(struct listing *l, struct manifest *m)
{
  while (l->first != NULL && l->first->ready) {
    struct pending *const p = l->first;
    l->first = p->next;
    if (l->first == NULL) l->last = NULL;
    const hk_err e = write_line(m, p);
    pending_free(p);
    HK_TRY(e);
  }
  return hk_ok();
}
