/* The chain of custody: who ran what, when, on which machine, by which clock. */
#ifndef HK_RUN_CUSTODY_H
#define HK_RUN_CUSTODY_H

#include "run/options.h"
#include "store/store.h"

/* Everything but host and start, which are of the evidence and of the run. Strings live in the arena or in `o`. With --ntp the
   server is asked here, and what became of it is part of the record: it never fails. */
void hk_run_custody(const struct hk_options *o, struct hk_arena *a, struct hk_case *out);

#endif
