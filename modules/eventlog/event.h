/* One event as it stands in a log, built out of its elements: by binxml.c from the log's own binary form, or from the XML
   that libevtx writes. */
#ifndef EVENTLOG_EVENT_H
#define EVENTLOG_EVENT_H

#include "base/err.h"
#include "module.h"

/* All strings are views of the XML or of the arena given. Numbers that are missing are HK_NO_INT. */
struct event {
  int64_t record_id;
  hk_str channel, provider, provider_guid, computer, user_sid, keywords, activity_id;
  int64_t id, qualifiers, version, level, task, opcode;
  int64_t process_id, thread_id;
  hk_time created_at; /* SystemTime of the event; the record's own written time when that is missing */
  struct hk_pairs data;
};

enum { EVENT_MAX_PAIRS = 8192 };

/* What both readers tell the builder, in document order. It lives in the arena. */
struct builder;
struct builder *builder_make(struct hk_arena *a); /* NULL: no memory */
void builder_open(struct builder *b, hk_str name);
void builder_attribute(struct builder *b, hk_str name, hk_str value);
void builder_text(struct builder *b, hk_str text);
void builder_close(struct builder *b);
size_t builder_depth(const struct builder *b); /* elements open; at most XML_DEPTH */
/* The element open now is closed and one of the same name and Name opened: how a list of values is written. */
void builder_again(struct builder *b);
/* HK_MEMORY or HK_LIMIT when something was lost on the way. Ask now and then. */
hk_err builder_state(const struct builder *b);
struct event builder_event(struct builder *b);

/* *e is only written on success. HK_DAMAGED: not the XML of an event; HK_LIMIT: more than EVENT_MAX_PAIRS values. */
hk_err event_from_xml(struct hk_arena *a, hk_str xml, struct event *e);
/* The first value of that name; {NULL,0} when there is none, "-" and "" included as they are. */
hk_str event_value(const struct event *e, const char *name);
/* "0x1f4" or "500" to 500; HK_NO_INT for anything else. */
int64_t event_number(hk_str s);

#endif
