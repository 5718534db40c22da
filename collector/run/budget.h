/* What a run may still take: by its limits (--max-total, --time-limit) and by the space that is left where the output goes.
   Space is kept in reserve for what must still be written when taking ends: the products, the manifest, the directory of the
   archive. So a disk that fills up ends in a sealed archive with the most valuable part, not in a cut-off one.
   Safe from any thread. */
#ifndef HK_RUN_BUDGET_H
#define HK_RUN_BUDGET_H

#include "base/err.h"
#include "base/str.h"

struct hk_budget;

/* Steps of the errors below; they stand in manifest and coverage. */
#define HK_BUDGET_FULL "read: disk full"
#define HK_BUDGET_TOTAL "read: beyond --max-total"
#define HK_BUDGET_TIME "read: beyond --time-limit"

struct hk_budget_limits {
  uint64_t max_total_bytes;    /* of evidence read, 0 = none */
  uint64_t time_limit_minutes; /* from now, 0 = none */
  hk_str folder;               /* where archive and work files go; "" = there is nothing to ask */
  size_t n_files;              /* of the plan */
};
hk_err hk_budget_open(const struct hk_budget_limits *limits, struct hk_budget **out);
void hk_budget_close(struct hk_budget *b); /* NULL is fine */

/* Before a file of that size is read: HK_OK, or HK_SKIPPED with the reason as step. What does not fit is passed over, and a
   smaller one after it may still fit. */
hk_err hk_budget_take(struct hk_budget *b, uint64_t size_bytes);
/* Between its blocks; `n` were read just now. */
hk_err hk_budget_read(struct hk_budget *b, uint64_t n);
/* --time-limit has passed: what was read and is not examined yet stays unexamined. */
bool hk_budget_time_is_up(const struct hk_budget *b);
/* HK_OK while the work files may grow. */
hk_err hk_budget_work(struct hk_budget *b);

/* How large the archive is by now, and the work files: all of them, and what of them has reached the disk. */
void hk_budget_archive_is(struct hk_budget *b, uint64_t bytes);
void hk_budget_work_is(struct hk_budget *b, uint64_t bytes, uint64_t on_disk);

/* Does a product of that size still fit into the archive? An estimate, on the safe side. */
bool hk_budget_fits(struct hk_budget *b, uint64_t bytes);
/* Space for evidence as things stand, UINT64_MAX when nobody knows. */
uint64_t hk_budget_space(struct hk_budget *b);
/* Something was left out for want of space. */
bool hk_budget_is_full(const struct hk_budget *b);
/* Something was left out because of a limit the user gave. */
bool hk_budget_is_spent(const struct hk_budget *b);

#endif
