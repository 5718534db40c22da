/* The tree being written. A file is written under a name of ours and renamed when its content was found to be what the archive
   says, so that nothing half or wrong ever bears an evidence's name. */
#ifndef HK_RUN_UNPACK_TREE_H
#define HK_RUN_UNPACK_TREE_H

#include "base/buf.h"
#include "run/console.h"
#include "run/unpack_list.h"
#include "run/unpack_log.h"
#include "run/unpack_name.h"

/* Names this run has made, by a digest: a file that meets one of them is a second one of that name, any other was there. */
struct hk_unpack_names {
  uint64_t *keys; /* 0 = free */
  size_t size, n; /* size is a power of two */
};

struct hk_unpack_tree {
  struct hk_archive *zip;
  hk_str out;
  struct hk_progress *progress;
  struct hk_copy_log *log;       /* the caller's */
  struct hk_unpack_names names;
  struct hk_buf folder;          /* the last one made sure of, below out, each part ending in 0 */
  uint8_t *block;
  uint64_t n_files, n_bytes, n_renamed, n_flat_streams, n_flat_sparse, n_temporary, done_bytes;
  bool fatal;                    /* the output is lost: stop */
};

hk_err hk_unpack_tree_init(struct hk_archive *zip, hk_str out, struct hk_progress *progress, struct hk_unpack_tree *t);
/* One item at its place, with times and a line in the log. A stream whose file system has none becomes a file of its own. What fails
   is this item, unless t->fatal. */
hk_err hk_unpack_write(struct hk_unpack_tree *t, struct hk_arena *a, const struct hk_unpack_item *it, const struct hk_unpack_place *p);
void hk_unpack_tree_done(struct hk_unpack_tree *t);

#endif
