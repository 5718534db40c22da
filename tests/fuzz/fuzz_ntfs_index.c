/* A directory's index: the input as $INDEX_ALLOCATION, and its beginning as $INDEX_ROOT, as $BITMAP and as the slack of a file record. The
   update sequences are put right first in half of the inputs, or nearly every block would be refused as torn.
   SEEDS: ntfs/i30 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ntfs/index.h"
#include "ntfs/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
  struct hk_buf name;
  uint64_t n_used, n_slack;
  uint64_t most; /* bytes any entry may come from */
  struct hk_ntfs_ref directory;
};

static void mend(uint8_t *p, size_t size)
{
  for (size_t at = 0; at + 4096 <= size; at += 4096) {
    const size_t from = (size_t)p[at + 4] | (size_t)p[at + 5] << 8;
    if (memcmp(p + at, "INDX", 4) != 0 || from > 500) continue;
    for (size_t end = 510; end < 4096; end += 512) memcpy(p + at + end, p + at + from, 2);
  }
}

static bool on_entry(void *ctx, const struct hk_ntfs_index_entry *e)
{
  struct seen *const s = ctx;
  if (e->slack != (e->place != HK_NTFS_INDEX_USED) || (!e->slack && s->n_slack > 0)) abort();
  if (e->offset > s->most || (e->slack && (e->name.name.size == 0 || e->name.parent.sequence == 0))) abort();
  if (e->slack && s->directory.sequence != 0 && e->name.parent.record != s->directory.record) abort();
  if (e->slack) s->directory = e->name.parent;
  if (e->slack)
    s->n_slack++;
  else
    s->n_used++;
  hk_buf_reset(&s->name);
  hk_ntfs_name_utf8(e->name.name, &s->name);
  if (!hk_str_valid(hk_buf_view(&s->name))) abort();
  return true;
}

static void check(const struct hk_ntfs_index *in, uint64_t most)
{
  struct seen s = {.most = most};
  struct hk_ntfs_index_counts c;
  hk_buf_init(&s.name, 1 << 16);
  const hk_err e = hk_ntfs_index_read(in, on_entry, &s, &c);
  if (e.code == HK_OK && (c.n_used != s.n_used || c.n_slack != s.n_slack || (c.n_damaged > 0) != (c.damage.code != HK_OK))) abort();
  /* Each entry takes 66 bytes at least, so there are never more than fit. */
  if (e.code == HK_OK && c.n_used + c.n_slack > 3 * (most / 66) + 3) abort();
  hk_buf_done(&s.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  uint8_t *const copy = calloc(1, size + 1);
  if (copy == NULL) return 0;
  if (size > 0) memcpy(copy, data, size);
  if (size > 0 && (data[size - 1] & 1) != 0) mend(copy, size);
  hk_bytes_memory_init(&m, copy, size);
  const struct hk_cur whole = hk_cur_over(copy, size);
  struct hk_ntfs_index in = {.blocks = &m.bytes};
  check(&in, size);
  in.bitmap = hk_cur_at(&whole, 0, size < 8 ? size : 8);
  in.root = in.record_slack = hk_cur_at(&whole, 0, size < 1024 ? size : 1024);
  check(&in, size);
  in.blocks = NULL;
  check(&in, size);
  (void)hk_ntfs_index_is(copy, size);
  free(copy);
  return 0;
}
