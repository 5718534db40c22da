/* SNTP: one question, one answer (RFC 4330, sections 4 and 5; RFC 5905, figure 8). */
#include "run/ntp.h"

#include "base/cur.h"
#include "os/os.h"
#include "os/udp.h"
#include "run/option_value.h"

#define TIMEOUT_MS 2000u
#define NTP_PORT 123u
#define SECONDS_1601_TO_1900 INT64_C(9435484800)

/* A question of version 4 (RFC 5905, client mode). `stamp` is sent as its transmit time and comes back in the answer: random, so
   that nobody who does not see the question can answer it. */
static void put_question(uint64_t stamp, uint8_t out[HK_NTP_BYTES])
{
  for (int i = 0; i < HK_NTP_BYTES; i++) out[i] = 0;
  out[0] = 4 << 3 | 3; /* no warning, version 4, client */
  for (int i = 0; i < 8; i++) out[40 + i] = (uint8_t)(stamp >> (56 - 8 * i));
}

/* Seconds since 1900 and their fraction; without its highest bit a number counts from 2036 (RFC 4330, section 3). */
static hk_time time_of(uint32_t seconds, uint32_t fraction)
{
  const int64_t era = (seconds & UINT32_C(0x80000000)) == 0 ? INT64_C(1) << 32 : 0;
  return (SECONDS_1601_TO_1900 + era + seconds) * HK_SECOND + (hk_time)((uint64_t)fraction * 10000000 >> 32);
}

static hk_err no_answer(const char *step)
{
  return hk_fail(HK_DAMAGED, step, HK_NO_OFFSET);
}

hk_err hk_ntp_answer(const uint8_t *p, size_t n, uint64_t stamp, hk_time sent_at, hk_time received_at, hk_time *offset, hk_time *delay)
{
  struct hk_cur c = hk_cur_over(p, n);
  const uint8_t first = hk_u8(&c);
  const uint8_t stratum = hk_u8(&c);
  hk_seek(&c, 24);
  const uint64_t echo = (uint64_t)hk_u32be(&c) << 32;
  const uint64_t origin = echo | hk_u32be(&c);
  const uint32_t got_s = hk_u32be(&c);
  const uint32_t got_f = hk_u32be(&c);
  const uint32_t gave_s = hk_u32be(&c);
  const uint32_t gave_f = hk_u32be(&c);
  if (c.bad) return hk_fail(HK_TRUNCATED, "ask the NTP server: a short answer", HK_NO_OFFSET);
  if ((first & 7) != 4 || (first >> 3 & 7) < 1 || (first >> 3 & 7) > 4) return no_answer("ask the NTP server: no answer of a server");
  if (origin != stamp) return no_answer("ask the NTP server: the answer to another question");
  if (first >> 6 == 3 || stratum == 0 || stratum > 15 || (gave_s == 0 && gave_f == 0))
    return no_answer("ask the NTP server: it does not know the time");
  const hk_time got = time_of(got_s, got_f);
  const hk_time gave = time_of(gave_s, gave_f);
  *offset = ((got - sent_at) + (gave - received_at)) / 2;
  *delay = (received_at - sent_at) - (gave - got);
  return hk_ok();
}

hk_err hk_ntp_ask(hk_str server, hk_time *offset, hk_time *delay)
{
  uint64_t stamp = 0;
  uint8_t question[HK_NTP_BYTES];
  uint8_t answer[512];
  size_t got = 0;
  uint64_t port = NTP_PORT;
  const size_t colon = hk_str_rfind(server, ':');
  hk_str host = server;
  if (colon < server.n && colon == hk_str_find(server, ':')) { /* with more than one it is an IPv6 address */
    host = hk_str_sub(server, 0, colon);
    if (!hk_option_number(hk_str_sub(server, colon + 1, server.n), 1, 65535, &port)) return hk_fail(HK_USAGE, "ask the NTP server: no such port", HK_NO_OFFSET);
  }
  os_random(&stamp, sizeof stamp);
  put_question(stamp, question);
  struct os_udp_times at = {0};
  HK_TRY(os_udp_ask(host, (uint16_t)port, question, sizeof question, answer, sizeof answer, TIMEOUT_MS, &got, &at));
  return hk_ntp_answer(answer, got, stamp, at.sent_at, at.received_at, offset, delay);
}
