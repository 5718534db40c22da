/* Records that were told already. An older copy of a log in a shadow copy repeats most of what the log says today: only what it alone says
   is news. */
#ifndef HK_RUN_TOLD_H
#define HK_RUN_TOLD_H

#include "acquire/acquire.h"

struct hk_told;

/* *out NULL: the plan has nothing in shadow copies that may repeat. */
hk_err hk_told_open(const struct hk_plan *p, struct hk_told **out);
void hk_told_close(struct hk_told *t); /* NULL is fine */
/* Takes note of a record of this file; true: the file lies in a shadow copy, and a newer one of its path has said the very same. False
   for ever once there is no more room (HK_TOLD_MOST): then things are said twice, not lost. */
#define HK_TOLD_MOST ((size_t)4 << 20)
bool hk_told_before(struct hk_told *t, const struct hk_planned *file, const struct hk_record_type *type, size_t kind, const void *record);

#endif
