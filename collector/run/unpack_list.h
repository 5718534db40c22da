/* What an archive holds, as files to be written: its entries, what the manifest says of each, and one more for each file whose
   bytes another one has. */
#ifndef HK_RUN_UNPACK_LIST_H
#define HK_RUN_UNPACK_LIST_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/hktime.h"
#include "store/store.h"

#define HK_UNPACK_SPARSE_MEMORY ((size_t)16 << 20) /* ranges of one file */

struct hk_unpack_item {
  const struct hk_archive_entry *entry;
  hk_str path; /* evidence path, or the entry's name where it stands for none */
  hk_time born_at, modified_at, accessed_at;
  uint8_t sha256[HK_SHA256_SIZE];
  bool has_sha256;
  hk_str method; /* how the collector read it */
  bool sparse;    /* its index says where its data stand */
  bool product;   /* ours, not evidence */
  bool listed;    /* in the manifest */
  bool cut_short; /* when it was collected */
  bool wanted;
};

struct hk_unpack_list {
  struct hk_archive *zip;
  struct hk_arena arena;
  hk_err manifest; /* HK_ABSENT: an archive of others */
  struct hk_unpack_item *v;
  size_t n;
  uint64_t n_missed, n_gone; /* not collected; listed and not in the archive: said on the console */
  bool japanese;
  bool spent; /* no memory */
};

/* HK_MEMORY or good; a manifest that cannot be read is in `manifest`. hk_unpack_list_done is due after either. */
hk_err hk_unpack_list_read(struct hk_archive *zip, bool japanese, struct hk_unpack_list *l);
/* Marks what is wanted and fits the pattern ("" = all): with a manifest the evidence; without one nobody says what is what, so
   everything. */
void hk_unpack_list_choose(struct hk_unpack_list *l, hk_str only, size_t *n_wanted, uint64_t *n_bytes);
void hk_unpack_list_done(struct hk_unpack_list *l);

#endif
