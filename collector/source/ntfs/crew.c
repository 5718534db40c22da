/* Two locks: `reading` is held while a block is read, so that the blocks come in order; `order` guards whose turn it is. */
#include "source/ntfs/crew.h"

#include <stdlib.h>

#include "ntfs/items.h"
#include "os/os.h"

struct work {
  const struct hk_ntfs_crew *crew;
  struct hk_ntfs_list *list;
  bool deleted;
  struct os_mutex *reading;
  struct hk_ntfs_sweep sweep; /* under `reading`, with n_read */
  uint64_t n_read;            /* blocks */
  struct os_mutex *order;
  struct os_cond *turn;
  uint64_t n_over; /* blocks that are through; under `order`, with stop */
  bool stop;
};

/* A thread, and the block it has in hand. */
struct hand {
  struct work *work;
  void *ctx;
  struct hk_ntfs_items *items; /* owned */
  struct os_thread *thread;
  uint8_t *block; /* owned */
  uint64_t number; /* which block it is */
  uint64_t first;
  size_t n;
};

static bool is_stopped(struct work *w)
{
  os_lock(w->order);
  const bool stop = w->stop;
  os_unlock(w->order);
  return stop;
}

static bool read_next(struct hand *h)
{
  struct work *const w = h->work;
  os_lock(w->reading);
  const bool any = !is_stopped(w) && hk_ntfs_sweep_next(&w->sweep, h->block, &h->first, &h->n);
  if (any) h->number = w->n_read++;
  os_unlock(w->reading);
  return any;
}

/* Waits for the block's turn. `last`: nothing more comes of it. */
static bool hand_over(struct hand *h, bool go_on, bool last)
{
  struct work *const w = h->work;
  os_lock(w->order);
  while (w->n_over != h->number) os_wait(w->turn, w->order);
  if (!w->stop && (!w->crew->over(h->ctx) || !go_on)) w->stop = true;
  if (last) w->n_over++;
  go_on = !w->stop;
  os_wake_all(w->turn);
  os_unlock(w->order);
  return go_on;
}

static bool on_item(void *ctx, const struct hk_ntfs_item *item)
{
  struct hand *const h = ctx;
  const struct hk_ntfs_crew *const crew = h->work->crew;
  return crew->on(h->ctx, item) && (!crew->full(h->ctx) || hand_over(h, true, false));
}

static void work_on(void *ctx)
{
  struct hand *const h = ctx;
  const size_t size = hk_ntfs_list_mft(h->work->list)->volume->record_bytes;
  while (read_next(h)) {
    bool go_on = true;
    for (size_t i = 0; i < h->n && go_on; i++) go_on = hk_ntfs_items_give(h->items, h->first + i, h->block + i * size, on_item, h);
    (void)hand_over(h, go_on, true);
  }
}

static hk_err ready(struct work *w, struct hand *h, void *ctx)
{
  h->work = w;
  h->ctx = ctx;
  h->block = malloc(HK_NTFS_BLOCK_BYTES);
  return h->block == NULL ? hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET) : hk_ntfs_items_open(w->list, w->deleted, &h->items);
}

/* The caller is the first hand. Fewer hands than asked for do the same work. */
static hk_err work_together(struct work *w)
{
  struct hand hands[HK_NTFS_HANDS_MAX] = {{.work = NULL}};
  const unsigned n = w->crew->n < HK_NTFS_HANDS_MAX ? w->crew->n : HK_NTFS_HANDS_MAX;
  hk_err e = ready(w, &hands[0], w->crew->hands[0]);
  for (unsigned i = 1; i < n && e.code == HK_OK; i++)
    if (ready(w, &hands[i], w->crew->hands[i]).code != HK_OK || os_thread_start(work_on, &hands[i], &hands[i].thread).code != HK_OK) break;
  if (e.code == HK_OK) work_on(&hands[0]);
  for (unsigned i = 1; i < n; i++)
    if (hands[i].thread != NULL) os_thread_join(hands[i].thread);
  hk_ntfs_list_recount(w->list);
  for (unsigned i = 0; i < n; i++) {
    if (hands[i].items != NULL) hk_ntfs_list_count(w->list, hk_ntfs_items_counts(hands[i].items));
    hk_ntfs_items_close(hands[i].items);
    free(hands[i].block);
  }
  return e;
}

unsigned hk_ntfs_hands(void)
{
  const unsigned n = os_cpu_count();
  return n < 1 ? 1 : n < HK_NTFS_HANDS_MAX ? n : HK_NTFS_HANDS_MAX;
}

hk_err hk_ntfs_crew_run(struct hk_ntfs_list *l, bool deleted, const struct hk_ntfs_crew *crew)
{
  struct hk_ntfs_crew alone = *crew;
  /* A $MFT that is compressed, as no Windows makes it, is read through a buffer of its own. */
  if (hk_ntfs_list_mft(l)->data.unit_bytes != 0) alone.n = 1;
  struct work w = {.crew = &alone, .list = l, .deleted = deleted, .sweep = {.list = l}};
  w.reading = os_mutex_new();
  w.order = os_mutex_new();
  w.turn = os_cond_new();
  const bool has_memory = w.reading != NULL && w.order != NULL && w.turn != NULL;
  const hk_err e = has_memory ? work_together(&w) : hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  os_cond_free(w.turn);
  os_mutex_free(w.order);
  os_mutex_free(w.reading);
  return e;
}
