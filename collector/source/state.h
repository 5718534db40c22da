/* What the running Windows was asked, as one more volume of the live source: "state:\processes.jsonl" and so on (os/state.h).
   Each answer is evidence like a file: it is hashed, archived (uploads/auto/state%3A/…) and examined by a module, and an
   archive or a tree that holds it gives it again. */
#ifndef HK_SOURCE_STATE_H
#define HK_SOURCE_STATE_H

#include "source/source.h"

enum hk_state_asking {
  HK_STATE_ASK,   /* the first search asks, before it looks for any file */
  HK_STATE_NAME,  /* the search names the topics, and asks nothing (dry run) */
  HK_STATE_LEAVE, /* the search says that it was not looked at */
};

/* Puts the volume before all others of `below`, which is the new source's to close from now on (after a failure it is still
   the caller's). Where there is no Windows to ask, HK_UNSUPPORTED. */
hk_err hk_source_with_state(struct hk_source *below, enum hk_state_asking how, struct hk_source **out);

#endif
