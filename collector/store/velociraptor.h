/* The files by which Velociraptor's import knows a collection. What its server accepts, what it drops in silence and what
   crashes it was tried field by field; the rules are in README.md and in tests/store/velociraptor_rules.py. */
#ifndef HK_STORE_VELOCIRAPTOR_H
#define HK_STORE_VELOCIRAPTOR_H

#include "base/buf.h"
#include "store/layout.h"
#include "store/store.h"

/* One line of uploads.json. A sparse file's index needs none: it is found by its name. */
void velociraptor_upload(struct hk_buf *out, const struct layout_place *place, const struct hk_stored *a,
                         const struct hk_digests *d);

struct velociraptor_result {
  hk_str artifact; /* "Hikeshi.Prefetch" */
  uint64_t n_rows;
};
struct velociraptor_totals {
  uint64_t n_files, bytes, n_log_rows;
  hk_time started_at, finished_at;
};
/* collection_context.json */
void velociraptor_context(struct hk_buf *out, const struct hk_case *c, const struct velociraptor_result *results,
                          size_t n_results, const struct velociraptor_totals *totals);
/* client_info.json */
void velociraptor_client(struct hk_buf *out, const struct hk_case *c);
/* A log of one line, for a run that kept none. */
void velociraptor_log(struct hk_buf *out, const struct velociraptor_totals *totals);
/* hikeshi/velociraptor/<artifact>.yaml: with this artifact on the server its GUI shows the imported rows. */
void velociraptor_artifact(struct hk_buf *out, hk_str artifact);

#endif
