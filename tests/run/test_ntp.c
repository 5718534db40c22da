/* Answers of NTP servers. Times are computed from the epochs of RFC 5905, not by the code under test. */
#include "check.h"

#include "run/ntp.h"

#define STAMP UINT64_C(0x1122334455667788)

static void put32(uint8_t *p, uint32_t v)
{
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A server's answer: received and transmitted at these seconds since 1900, with fractions. */
static void answer(uint8_t out[48], uint32_t got_s, uint32_t got_f, uint32_t gave_s, uint32_t gave_f)
{
  memset(out, 0, 48);
  out[0] = 0x24;
  out[1] = 2;
  put32(out + 24, (uint32_t)(STAMP >> 32));
  put32(out + 28, (uint32_t)STAMP);
  put32(out + 32, got_s);
  put32(out + 36, got_f);
  put32(out + 40, gave_s);
  put32(out + 44, gave_f);
}

/* 2026-03-10T00:00:00Z is 3982089600 s after 1900-01-01 (1773100800 of Unix and 2208988800). */
static const uint32_t day_s = 3982089600u;
static hk_time day(void)
{
  return HK_UNIX_EPOCH + INT64_C(1773100800) * HK_SECOND;
}

TEST(test_ntp__a_clock_that_is_five_seconds_behind)
{
  uint8_t p[48];
  hk_time offset = 0, delay = 0;
  answer(p, day_s + 5, 0x40000000, day_s + 5, 0x40000000); /* 5.25 s */
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, day(), day() + HK_SECOND / 2, &offset, &delay).code, HK_OK);
  CHECK_EQ_INT(offset, 5 * HK_SECOND); /* 5.25 less half the way of 0.5 */
  CHECK_EQ_INT(delay, HK_SECOND / 2);
}

TEST(test_ntp__a_clock_that_is_an_hour_ahead)
{
  uint8_t p[48];
  hk_time offset = 0, delay = 0;
  answer(p, day_s, 0, day_s + 1, 0);
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, day() + HK_HOUR, day() + HK_HOUR + HK_SECOND, &offset, &delay).code, HK_OK);
  CHECK_EQ_INT(offset, -HK_HOUR);
  CHECK_EQ_INT(delay, 0);
}

TEST(test_ntp__after_2036_the_seconds_begin_again)
{
  uint8_t p[48];
  hk_time offset = 0, delay = 0;
  /* 2036-02-07T06:28:16Z is 2085978496 of Unix: second 0 of the second era. */
  const hk_time then = HK_UNIX_EPOCH + INT64_C(2085978496) * HK_SECOND;
  answer(p, 10, 0, 10, 0);
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, then, then, &offset, &delay).code, HK_OK);
  CHECK_EQ_INT(offset, 10 * HK_SECOND);
}

TEST(test_ntp__answers_that_are_none)
{
  uint8_t p[48];
  hk_time offset = 7, delay = 7;
  answer(p, day_s, 0, day_s, 0);
  CHECK_EQ_INT(hk_ntp_answer(p, 47, STAMP, day(), day(), &offset, &delay).code, HK_TRUNCATED);
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP + 1, day(), day(), &offset, &delay).code, HK_DAMAGED);
  p[0] = 0x23; /* a client's */
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, day(), day(), &offset, &delay).code, HK_DAMAGED);
  p[0] = 0xE4; /* the server's clock is not set */
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, day(), day(), &offset, &delay).code, HK_DAMAGED);
  p[0] = 0x24;
  p[1] = 0; /* kiss of death */
  CHECK_EQ_INT(hk_ntp_answer(p, 48, STAMP, day(), day(), &offset, &delay).code, HK_DAMAGED);
  CHECK(offset == 7 && delay == 7);
}
