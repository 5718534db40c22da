/* Who the evidence comes from, and who we are. */
#ifndef HK_RUN_HOST_H
#define HK_RUN_HOST_H

#include "base/arena.h"
#include "source/source.h"

/* The PC's name: of this machine for a live source, else what the SYSTEM hive says, else "EVIDENCE". */
hk_str hk_run_evidence_host(struct hk_source *s, struct hk_arena *a);
/* SHA-256 of our own executable as hex; "" when it cannot be read. */
hk_str hk_run_self_sha256(struct hk_arena *a);

#endif
