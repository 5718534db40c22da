/* Events that rules read, as records of their own. */
#ifndef EVENTLOG_FACTS_H
#define EVENTLOG_FACTS_H

#include "event.h"

enum fact {
  FACT_NONE,
  FACT_LOGON,
  FACT_LOGON_FAILED,
  FACT_PROCESS_4688,
  FACT_PROCESS_SYSMON,
  FACT_SERVICE_7045,
  FACT_SERVICE_4697,
  FACT_CLEARED_1102,
  FACT_CLEARED_104,
  FACT_AUDIT_POLICY, /* 4719: makes no record, but what the Security log shows changed here */
  FACT_COUNT
};

/* Which one it is, by channel, provider and identifier. */
enum fact fact_of(const struct event *e);
/* Emits the record. Strings go to the arena, which may be emptied afterwards. */
void fact_emit(struct hk_item *item, struct hk_arena *a, const struct event *e, enum fact f, bool recovered);

#endif
