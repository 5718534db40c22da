/* Child and broker in one process. */
#include "examine/inprocess.h"

#include "examine/item.h"
#include "examine/judge.h"

struct here {
  struct hk_judge judge;
  hk_err verdict; /* first refusal; later frames are dropped, as they would be with the child gone */
};

static void judge_frames(struct hk_item *item)
{
  struct here *const h = item->flush_ctx;
  size_t at = 0;
  while (h->verdict.code == HK_OK) {
    struct hk_frame f;
    size_t size = 0;
    h->verdict = hk_frame_split(item->out->p + at, item->out->n - at, &f, &size);
    if (h->verdict.code || size == 0) break;
    h->verdict = hk_judge_frame(&h->judge, &f);
    at += size;
  }
  hk_buf_reset(item->out);
}

hk_err hk_parse_here(const struct hk_module *m, const struct hk_file_info *info, struct hk_bytes *bytes,
                     const struct hk_sink *sink, struct hk_outcome *out)
{
  struct hk_buf frames;
  struct here h = {.verdict = hk_ok()};
  struct hk_item item = {
      .module = m, .info = info, .bytes = bytes, .out = &frames, .flush = judge_frames, .flush_ctx = &h};
  hk_buf_init(&frames, HK_ITEM_BUFFER);
  hk_judge_init(&h.judge, m, bytes->size_bytes, 0, sink, out);
  hk_item_run(&item);
  if (h.verdict.code == HK_OK && !h.judge.done) h.verdict = hk_fail(HK_MEMORY, "collect frames", HK_NO_OFFSET);
  if (h.verdict.code) hk_outcome_set(out, h.verdict, hk_str_of(h.verdict.step));
  hk_judge_done(&h.judge);
  hk_buf_done(&frames);
  return hk_ok();
}
