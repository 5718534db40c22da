/* Time. Expected tick counts were worked out with Python's datetime (days since 1601-01-01). */
#include "base/hktime.h"

#include "check.h"

struct known {
  const char *iso;
  int64_t ticks;
};

static const struct known known[] = {
    {"1601-01-02T00:00:00.0000000Z", 864000000000},       {"1700-02-28T12:00:00.0000000Z", 31291920000000000},
    {"1900-03-01T00:00:00.0000000Z", 94405824000000000},  {"1999-12-31T23:59:59.0000000Z", 125911583990000000},
    {"2000-02-29T00:00:00.0000000Z", 125962560000000000}, {"2024-02-29T13:14:15.0000000Z", 133536860550000000},
    {"2026-03-10T01:41:00.1234567Z", 134175804601234567}, {"2100-03-01T00:00:00.0000000Z", 157520160000000000},
    {"9999-12-31T23:59:59.9999999Z", 2650467743999999999},
};

TEST(test_hktime__known_times_both_ways)
{
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    char iso[HK_ISO_SIZE];
    hk_time t = 0;
    CHECK_EQ_STR(hk_time_iso(known[i].ticks, iso), known[i].iso);
    CHECK(hk_time_parse_iso(hk_str_of(known[i].iso), &t));
    CHECK_EQ_INT(t, known[i].ticks);
  }
}

TEST(test_hktime__every_day_of_eight_centuries_goes_round)
{
  struct hk_civil before = hk_time_civil(0);
  for (int64_t day = 1; day < 800 * 366; day++) {
    const struct hk_civil c = hk_time_civil(day * HK_DAY);
    CHECK_EQ_INT(hk_time_from_civil(&c), day * HK_DAY);
    const bool next = (c.day == before.day + 1 && c.month == before.month && c.year == before.year) ||
                      (c.day == 1 && c.month == before.month + 1 && c.year == before.year) ||
                      (c.day == 1 && c.month == 1 && before.month == 12 && before.day == 31 && c.year == before.year + 1);
    CHECK(next);
    before = c;
  }
}

TEST(test_hktime__unknown_is_never_a_date)
{
  char iso[HK_ISO_SIZE];
  CHECK_EQ_STR(hk_time_iso(HK_TIME_UNKNOWN, iso), "");
  CHECK_EQ_STR(hk_time_iso(-1, iso), "");
  CHECK_EQ_STR(hk_time_iso(HK_TIME_MAX + 1, iso), "");
  CHECK_EQ_INT(hk_time_from_filetime(0), 0);
  CHECK_EQ_INT(hk_time_from_filetime(UINT64_MAX), 0);
  CHECK_EQ_INT(hk_time_from_filetime(UINT64_C(0x7FFFFFFFFFFFFFFF)), 0);
  CHECK_EQ_INT(hk_time_from_filetime((uint64_t)HK_TIME_MAX), HK_TIME_MAX);
}

TEST(test_hktime__unix_seconds)
{
  CHECK_EQ_INT(hk_time_from_unix(0, 0), HK_UNIX_EPOCH);
  CHECK_EQ_INT(hk_time_from_unix(1, 150), HK_UNIX_EPOCH + HK_SECOND + 1);
  CHECK_EQ_INT(hk_time_from_unix(INT64_MAX, 0), 0);
  CHECK_EQ_INT(hk_time_from_unix(INT64_MIN, 0), 0);
  CHECK_EQ_INT(hk_time_to_unix_us(HK_UNIX_EPOCH + 10), 1);
  CHECK_EQ_INT(hk_time_to_unix_us(0), 0);
}

TEST(test_hktime__parses_offsets_and_decimals)
{
  hk_time t = 0;
  CHECK(hk_time_parse_iso(HK_S("2026-03-10T10:41:00.1234567+09:00"), &t));
  CHECK_EQ_INT(t, 134175804601234567);
  CHECK(hk_time_parse_iso(HK_S("2026-03-09T20:11:00-05:30"), &t));
  CHECK_EQ_INT(t, 134175804600000000);
  CHECK(hk_time_parse_iso(HK_S("2026-03-10 01:41:00.123456789Z"), &t));
  CHECK_EQ_INT(t, 134175804601234567);
}

TEST(test_hktime__refuses_what_is_no_time)
{
  static const char *const bad[] = {
      "",
      "2026-03-10",
      "2026-03-10T01:41:00",
      "2026-13-10T01:41:00Z",
      "2026-00-10T01:41:00Z",
      "2026-02-30T01:41:00Z",
      "2025-02-29T01:41:00Z",
      "2026-04-31T01:41:00Z",
      "2026-03-10T24:41:00Z",
      "2026-03-10T01:60:00Z",
      "2026-03-10T01:41:61Z",
      "2026-03-10T01:41:00Zx",
      "2026-03-10T01:41:00.Z",
      "2026-03-10T01:41:00.1234567890Z",
      "2026-03-10T01:41:00+99:00",
      "2026-03-10T01:41:00+09:60",
      "1600-12-31T23:59:59Z",
      "1601-01-01T01:00:00+09:00",
      "9999-12-31T23:59:59-01:00",
      "2O26-03-10T01:41:00Z",
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    hk_time t = 77;
    if (hk_time_parse_iso(hk_str_of(bad[i]), &t)) printf("  accepted: %s\n", bad[i]);
    CHECK(!hk_time_parse_iso(hk_str_of(bad[i]), &t));
    CHECK_EQ_INT(t, 77);
  }
}
