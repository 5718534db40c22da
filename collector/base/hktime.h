/* Time: 100 ns since 1601-01-01 UTC, as FILETIME counts. 0 = unknown; it is never shown as a date. */
#ifndef HK_BASE_HKTIME_H
#define HK_BASE_HKTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef int64_t hk_time;

#define HK_TIME_UNKNOWN ((hk_time)0)
#define HK_SECOND INT64_C(10000000)
#define HK_MINUTE (60 * HK_SECOND)
#define HK_HOUR (60 * HK_MINUTE)
#define HK_DAY (24 * HK_HOUR)
#define HK_UNIX_EPOCH INT64_C(116444736000000000)
/* 9999-12-31T23:59:59.9999999Z */
#define HK_TIME_MAX INT64_C(2650467743999999999)

/* A FILETIME out of evidence. Negative, 0, all ones ("never") and anything past year 9999 give HK_TIME_UNKNOWN. */
hk_time hk_time_from_filetime(uint64_t filetime);
hk_time hk_time_from_unix(int64_t seconds, uint32_t nanoseconds);
/* Microseconds since 1970; HK_TIME_UNKNOWN gives 0. */
int64_t hk_time_to_unix_us(hk_time t);
/* MS-DOS/OLE helpers are with the modules that need them. */

struct hk_civil {
  int year, month, day, hour, minute, second;
  int tick; /* 100 ns within the second */
};
/* Proleptic Gregorian, UTC. */
struct hk_civil hk_time_civil(hk_time t);
hk_time hk_time_from_civil(const struct hk_civil *c);

/* "2026-03-10T01:41:00.1234567Z", 28 characters and a terminating zero; "" for unknown. */
#define HK_ISO_SIZE 32
#define HK_ISO_CHARS 28
const char *hk_time_iso(hk_time t, char out[HK_ISO_SIZE]);
/* Parses that form, with 0..9 decimals and Z or +hh:mm; false when it is something else. */
bool hk_time_parse_iso(hk_str s, hk_time *out);

#endif
