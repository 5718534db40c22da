/* A share that goes away and comes back. */
#include "check.h"

#include "store/retry.h"

#define ROOM 1000

struct share {
  uint8_t held[ROOM];
  size_t n, at;       /* what it holds, where we stand */
  int away;           /* so many calls fail */
  size_t before_fail; /* so many bytes of a failing write arrive all the same */
  bool forgets;       /* what was written last is lost with the connexion */
  enum hk_code how;
  unsigned waited_ms;
  int n_reopened;
};

static hk_err share_write(void *ctx, const void *p, size_t n)
{
  struct share *const s = ctx;
  const bool fails = s->away > 0;
  const size_t arrive = fails ? (s->before_fail < n ? s->before_fail : n) : n;
  memcpy(s->held + s->at, p, arrive);
  s->at += arrive;
  if (s->at > s->n) s->n = s->at;
  if (!fails) return hk_ok();
  s->away--;
  return hk_fail(s->how, "write", HK_NO_OFFSET);
}

static hk_err share_reopen(void *ctx, uint64_t at)
{
  struct share *const s = ctx;
  s->n_reopened++;
  if (s->away > 0) {
    s->away--;
    return hk_fail(HK_ABSENT, "open file", HK_NO_OFFSET);
  }
  if (s->forgets) s->n = s->n < 10 ? 0 : s->n - 10;
  if (s->n < at) return hk_fail(HK_TRUNCATED, "write: the share lost what was written", HK_NO_OFFSET);
  s->at = (size_t)at;
  return hk_ok();
}

static void share_wait(void *ctx, unsigned ms)
{
  ((struct share *)ctx)->waited_ms += ms;
}

static struct retry_output output(struct share *s)
{
  return (struct retry_output){.ctx = s, .write = share_write, .reopen = share_reopen, .wait = share_wait};
}

/* 20 bytes, then 30 more while the share is away. */
static hk_err write_twice(struct share *s, unsigned patience_ms)
{
  const struct retry_output o = output(s);
  uint8_t data[50];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i + 1);
  const int away = s->away;
  s->away = 0;
  CHECK_EQ_INT(retry_write(&o, 0, data, 20, patience_ms).code, HK_OK);
  s->away = away;
  const hk_err e = retry_write(&o, 20, data + 20, 30, patience_ms);
  if (e.code == HK_OK) {
    CHECK_EQ_INT(s->n, 50);
    CHECK(memcmp(s->held, data, 50) == 0);
  }
  return e;
}

TEST(test_retry__goes_on_where_the_last_whole_write_ended)
{
  for (int away = 0; away < 6; away++)
    for (size_t arrived = 0; arrived <= 30; arrived += 10) {
      struct share s = {.away = away, .before_fail = arrived, .how = HK_IO};
      CHECK_EQ_INT(write_twice(&s, 60000).code, HK_OK);
      CHECK(away == 0 ? s.n_reopened == 0 : s.n_reopened > 0);
    }
}

TEST(test_retry__gives_up_after_its_patience)
{
  struct share s = {.away = 1000, .how = HK_IO};
  CHECK(write_twice(&s, 60000).code != HK_OK);
  CHECK_EQ_INT(s.waited_ms, 60000);
}

TEST(test_retry__says_that_bytes_were_lost)
{
  struct share s = {.away = 1, .how = HK_IO, .forgets = true};
  CHECK_EQ_INT(write_twice(&s, 60000).code, HK_TRUNCATED);
}

TEST(test_retry__does_not_wait_for_a_full_disk_or_for_rights)
{
  struct share full = {.away = 1, .how = HK_LIMIT};
  CHECK_EQ_INT(write_twice(&full, 60000).code, HK_LIMIT);
  struct share denied = {.away = 1, .how = HK_DENIED};
  CHECK_EQ_INT(write_twice(&denied, 60000).code, HK_DENIED);
  CHECK(full.waited_ms == 0 && denied.waited_ms == 0);
}
