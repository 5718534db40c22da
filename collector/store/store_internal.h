/* An open store, for the files that it is written in, and what recover.c needs of it beyond store.h. */
#ifndef HK_STORE_STORE_INTERNAL_H
#define HK_STORE_STORE_INTERNAL_H

#include "store/contents.h"
#include "store/digester.h"
#include "store/layout.h"
#include "store/listing.h"
#include "store/manifest.h"
#include "store/ranges.h"
#include "store/spool.h"
#include "store/store.h"
#include "store/velociraptor.h"
#include "store/zip_write.h"

#define MAX_RESULTS 512

enum store_kind { NOTHING, EVIDENCE, INDEX, PRODUCT };

struct hk_store {
  struct hk_case c;
  hk_str path, name;
  uint64_t archive_id;
  struct hk_store_sink *sink;
  struct zip_writer *zip;
  struct manifest *manifest;
  struct layout *layout;
  struct digester *digester;
  struct spool *uploads;
  struct contents *contents;
  struct hk_arena arena; /* for the store's life */
  uint64_t n_files, bytes, bytes_since_journal;
  size_t n_lines_since_journal;
  uint64_t n_journals;
  struct velociraptor_result results[MAX_RESULTS];
  size_t n_results;

  struct listing listing; /* what was ended and is not all written */
  uint32_t manifest_packed_crc32;

  /* the entry being fed */
  enum store_kind kind;
  struct pending *now;
  uint64_t entry_bytes;
  struct ranges_list ranges; /* of a sparse file */
  bool jsonl;  /* ends with a newline, whatever the caller wrote: a reader drops a last line without */
  bool packed; /* bytes come deflated from another archive */
  uint8_t last_byte;
};

/* Begins a file of ours; the name is checked. */
hk_err store_begin_product(struct hk_store *s, const char *role, hk_str name, hk_time modified);
/* Of all that was written since the entry began. */
void store_digests(struct hk_store *s, struct hk_digests *out);

/* A store in a file at a given final path. recovered_from: file name of the cut-off archive, or empty. */
hk_err store_open_at(hk_str path, const struct hk_case *c, hk_str recovered_from, struct hk_store **out);

/* An entry of another archive, its packed bytes to be copied. */
struct store_copy {
  const struct zip_head *head;
  const struct hk_stored *stored; /* NULL: a product, or an index */
  const struct hk_ranges *ranges; /* of sparse evidence; lives until the entry's end */
  bool is_index;
  bool renamed;
};
/* The name is kept: HK_REFUSED or HK_USAGE when it may not be (nothing was written then). */
hk_err store_begin_packed(struct hk_store *s, const struct store_copy *from);
hk_err store_write_packed(struct hk_store *s, const void *p, size_t n);
hk_err store_end_packed(struct hk_store *s, const struct hk_digests *d, hk_err outcome, const char *recovered);

#endif
