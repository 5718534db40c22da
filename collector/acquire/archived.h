/* The files of a PC as an archive has them: from the names of its entries, and from the manifest where it is our own container. */
#ifndef HK_ACQUIRE_ARCHIVED_H
#define HK_ACQUIRE_ARCHIVED_H

#include "source/shadows.h"
#include "store/store.h"

struct hk_archived {
  hk_str path;                          /* empty = no evidence */
  hk_str folded;                        /* what look-ups go by */
  const struct hk_archive_entry *entry; /* NULL: it was there and could not be stored */
  hk_time born_at, modified_at, accessed_at, changed_at;
  uint32_t attributes;
  hk_str owner_sid;
  hk_err read_result; /* how reading it ended when it was collected */
  struct hk_ranges ranges; /* of a sparse file */
  bool sparse;
  uint32_t shadow;    /* in which shadow copy it lies, in the order of the archive; 0 = none */
  bool older;         /* read from a shadow copy, which its path does not say */
  bool listed;        /* in the manifest */
  bool twice;         /* an earlier entry has the same path */
};

struct hk_archived_files {
  struct hk_archive *zip; /* the caller's */
  struct hk_arena arena;
  struct hk_archived *v; /* one an entry, then what was missed */
  size_t n, capacity;
  const struct hk_archived **by_path; /* evidence only, by folded path, then path, then position */
  size_t n_by_path;
  hk_err manifest; /* HK_ABSENT: not our container */
  struct hk_shadow *shadows;
  size_t n_shadows;
};

/* HK_USAGE: there is no evidence in it. hk_archived_done is due whatever happens. */
hk_err hk_archived_read(struct hk_archive *zip, struct hk_archived_files *x);
void hk_archived_done(struct hk_archived_files *x);
/* As written when there is such a path, else the first that differs in case only; HK_ABSENT. */
hk_err hk_archived_find(const struct hk_archived_files *x, hk_str path, const struct hk_archived **out);

/* The content (archived_content.c); both outlive the stream. */
struct hk_stream;
hk_err hk_archived_open(struct hk_archive *zip, const struct hk_archived *item, struct hk_stream **out);

#endif
