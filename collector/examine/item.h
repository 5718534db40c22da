/* The child's side of one item: what module.h's hk_item_… and hk_emit … work on. Frames are collected in `out` and sent by
   `flush`, so that a record costs no system call. */
#ifndef HK_EXAMINE_ITEM_H
#define HK_EXAMINE_ITEM_H

#include "examine/frame.h"
#include "module.h"

struct hk_item {
  const struct hk_module *module;
  const struct hk_file_info *info;
  struct hk_bytes *bytes;
  struct hk_buf *out;                  /* frames not sent yet */
  void (*flush)(struct hk_item *item); /* sends and empties `out`; called when it has grown past HK_ITEM_FLUSH */
  void *flush_ctx;
  uint64_t stop_at_ms; /* os_monotonic_ms value, 0 = never */
  struct hk_arena arena;
  struct hk_arena scratch;
  unsigned n_notes, n_remarks;
  uint64_t n_unsent; /* records that could not be put into a frame */
};

#define HK_ITEM_FLUSH (128u << 10)
#define HK_ITEM_BUFFER (HK_FRAME_MAX + HK_FRAME_HEAD + HK_ITEM_FLUSH) /* ceiling for `out` */

/* Runs the module's parse on the item and sends everything up to DONE. Fields up to stop_at_ms are the caller's to set. */
void hk_item_run(struct hk_item *item);

#endif
