/* How far this PC's clock is off, asked of an NTP server the user named. Nothing is ever asked unless told. */
#ifndef HK_RUN_NTP_H
#define HK_RUN_NTP_H

#include "base/err.h"
#include "base/hktime.h"

#define HK_NTP_BYTES 48

/* Of an answer that came at `received_at` to a question of `sent_at`, both by this PC's clock: server time minus ours.
   HK_TRUNCATED, HK_DAMAGED: it is no answer to that question, or the server does not know the time itself. */
hk_err hk_ntp_answer(const uint8_t *p, size_t n, uint64_t stamp, hk_time sent_at, hk_time received_at, hk_time *offset, hk_time *delay);
/* Asks HOST or HOST:PORT, and waits two seconds at most. */
hk_err hk_ntp_ask(hk_str server, hk_time *offset, hk_time *delay);

#endif
