/* The binary XML of event logs, read straight into an event. */
#ifndef EVENTLOG_BINXML_H
#define EVENTLOG_BINXML_H

#include "base/cur.h"
#include "event.h"

/* The n bytes at `at` of a chunk (64 KiB; names and templates are shared within it). Errors carry the offset within the
   chunk; *e is only written on success. */
hk_err event_from_binxml(struct hk_arena *a, const struct hk_cur *chunk, uint64_t at, uint64_t n, struct event *e);

#endif
