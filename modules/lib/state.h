/* What the running Windows answered (collector/os/state.h writes it down), read back in the sandbox: JSON lines between a header and
   an end. Members are matched with a record's fields by name, so a topic is a record type and little else. */
#ifndef HK_LIB_STATE_H
#define HK_LIB_STATE_H

#include "module.h"

struct state_row {
  struct hk_item *item;
  struct hk_arena *arena; /* of this row */
  const struct hk_record_type *type;
  void *record;
  hk_time asked_at;
  void **own; /* what complete keeps from row to row, in the item's arena; NULL at first */
};

struct state_topic {
  const char *name; /* "processes": state:\processes.jsonl */
  const struct hk_record_type *type;
  const struct hk_kind *const *kinds; /* what it can speak for; the first is the record's */
  size_t n_kinds;
  /* May be NULL: works out fields that no member has, emits records that follow from this one. False: no record of it. */
  bool (*complete)(struct state_row *row);
};

/* Parses an answer to one of the topics. Fields called seen_at get the time of asking. Whole questions that failed end as what
   Windows said (HK_ABSENT, HK_DENIED, HK_UNSUPPORTED, …); a missing end is HK_TRUNCATED; lines that are none are noted. */
hk_err state_parse(struct hk_item *item, const struct state_topic *topics, size_t n);

/* "name:DOM\user" for the USER role, from a name alone or with its domain; {NULL,0} for none. */
hk_str state_name_of(struct hk_arena *a, hk_str domain, hk_str user);

/* A module's tables come from one list of its topics, X(name, record, kinds, complete):
   topics[] = {TOPICS(STATE_TOPIC)}, records[] = {TOPICS(STATE_RECORD)}, artefacts[] = {TOPICS(STATE_FILE)}. */
#define STATE_TOPIC(topic, record, topic_kinds, and_complete)                                                          \
  {.name = topic, .type = &record##_record_type, HK_KINDS(topic_kinds), .complete = (and_complete)},
#define STATE_RECORD(topic, record, topic_kinds, and_complete) &record##_record_type,
#define STATE_FILE(topic, record, topic_kinds, and_complete)                                                           \
  {.glob = "state:\\" topic ".jsonl",                                                                                  \
   .name = "state." topic,                                                                                             \
   .instance = HK_INSTANCE_FILE,                                                                                       \
   .optional = true,                                                                                                   \
   .max_bytes = STATE_BYTES_MAX,                                                                                       \
   .rank = 1,                                                                                                          \
   HK_KINDS(topic_kinds)},
#define STATE_BYTES_MAX (UINT64_C(64) << 20)
#define STATE_KIND(called) {.name = called, .source = "state", .group = "state"}

#endif
