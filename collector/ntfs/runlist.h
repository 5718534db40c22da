/* Run lists: which clusters hold which part of an attribute. libfsntfs documentation, "Data runs". */
#ifndef HK_NTFS_RUNLIST_H
#define HK_NTFS_RUNLIST_H

#include "base/cur.h"
#include "base/err.h"

#define HK_NTFS_HOLE UINT64_MAX
/* A file of this many pieces is an attack, or beyond what a look is worth. */
#define HK_NTFS_RUNS_MAX ((size_t)1 << 22)

struct hk_ntfs_run {
  uint64_t vcn;     /* first cluster of the attribute */
  uint64_t cluster; /* of the volume; HK_NTFS_HOLE = zeroes */
  uint64_t n;       /* clusters */
};

/* In order of vcn; owned. */
struct hk_ntfs_runs {
  struct hk_ntfs_run *v;
  size_t n, capacity;
};

void hk_ntfs_runs_done(struct hk_ntfs_runs *r);
/* Decodes one packed list whose first cluster is `first_vcn`, behind what is there. Runs must lie inside n_clusters of the
   volume. On failure what was good before the error stays. */
hk_err hk_ntfs_runs_add(struct hk_ntfs_runs *r, struct hk_cur packed, uint64_t first_vcn, uint64_t n_clusters);
/* Index of the first run that ends behind vcn, n when there is none. */
size_t hk_ntfs_runs_behind(const struct hk_ntfs_runs *r, uint64_t vcn);
/* The run that holds `vcn`, or NULL. */
const struct hk_ntfs_run *hk_ntfs_runs_find(const struct hk_ntfs_runs *r, uint64_t vcn);

#endif
