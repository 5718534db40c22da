/* What the evidence says of its own PC: name, Windows, time zone. The registry knows better than the machine we run on.
 */
#ifndef HK_ANSWER_ABOUT_H
#define HK_ANSWER_ABOUT_H

#include "answer/facts.h"
#include "base/arena.h"

/* Strings live in the arena given; "" = not known. */
struct hk_about {
  hk_str host, domain, time_zone, os_name;
  bool has_utc_offset;
  int utc_offset_minutes; /* local minus UTC, as set when the hive was written */
};
hk_err hk_facts_about(struct hk_facts *f, struct hk_arena *a, struct hk_about *out);

#endif
