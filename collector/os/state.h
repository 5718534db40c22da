/* Asking the running Windows what no file holds: processes, connections, sessions. A topic is one question; its answer is
   text, one JSON object a line, written down as Windows told it and interpreted by nobody here:

     {"state":"processes","version":1,"asked_at":"2026-…Z"}
     {"pid":4,"name":"System",…}                                          one a thing
     {"end":"processes","rows":123,"outcome":"ok","partial":false,"os":0,"step":""}

   outcome: "ok"; "absent": this Windows has no such function, service or thing; "denied": it has, and we may not ask;
   "unsupported": asked, and it answers that it cannot; "timeout", "cancelled", "limit", "io" … With "partial" the rows are
   good and some are not there. Windows' own numbers stay numbers; times are ISO 8601; `os` is Windows' error.

   Nothing is asked of other machines, nothing is changed, no network is used. While a state is open the program holds
   SeDebugPrivilege, without which other accounts' processes do not tell their command lines. */
#ifndef HK_OS_STATE_H
#define HK_OS_STATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hktime.h"

#define OS_STATE_VERSION 1
#define OS_STATE_BYTES ((size_t)16 << 20) /* most bytes of one answer */

struct os_state;

/* Topics in the order to ask them: what vanishes first comes first. 0 where there is no Windows. */
size_t os_state_count(void);
const char *os_state_name(size_t topic); /* "processes" */

/* HK_UNSUPPORTED where there is no Windows. */
hk_err os_state_open(struct os_state **out);
/* Asks one topic on a thread of its own and gives up after its deadline or when `stop` (may be NULL) says so: a question that
   Windows never answers costs itself only. `out` is empty before and holds the whole answer after; the only error is HK_MEMORY. */
hk_err os_state_ask(struct os_state *s, size_t topic, bool (*stop)(void), struct hk_buf *out, hk_time *asked_at);
void os_state_close(struct os_state *s); /* NULL is fine */

#endif
