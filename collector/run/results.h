/* One JSONL file a record type, spooled in the work folder until it goes into the archive. */
#ifndef HK_RUN_RESULTS_H
#define HK_RUN_RESULTS_H

#include "base/err.h"
#include "record/record.h"
#include "store/scratch.h"

struct hk_results;

/* Files are made in `dir` (exists) as Hikeshi.<Artifact>.json, on the first record of a type; "": kept in memory, because nothing
   may be written anywhere but to the output. Locked: nobody but this process can read the files (store/scratch.h). */
hk_err hk_results_open(hk_str dir, bool locked, struct hk_results **out);
hk_err hk_results_add(struct hk_results *r, const struct hk_record_type *t, const void *record, hk_str file);
/* Writes what is buffered. */
hk_err hk_results_flush(struct hk_results *r);
/* Bytes of all rows so far; *on_disk without those that are still buffered. */
uint64_t hk_results_size(const struct hk_results *r, uint64_t *on_disk);
/* The rows of one type. */
struct hk_rows {
  const struct hk_record_type *type;
  hk_str os_path; /* empty: `text` holds them */
  hk_str text;
  struct hk_scratch *locked; /* NULL: the file is plain */
  uint64_t n_rows, n_bytes;
};
/* Calls `on` for each type that has rows, in order of first appearance of the type's name. */
hk_err hk_results_each(struct hk_results *r, hk_err (*on)(void *ctx, const struct hk_rows *rows), void *ctx);
/* Closes, and deletes the files when `remove` is set. */
void hk_results_close(struct hk_results *r, bool remove);

#endif
