/* The run log: whole lines whatever is logged, and a last word when it is full. */
#include "check.h"

#include "run/log.h"

static size_t count_lines(hk_str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++)
    n += s.p[i] == '\n';
  return n;
}

static hk_str last_line(hk_str s)
{
  const hk_str body = hk_str_sub(s, 0, s.n - 1);
  const size_t from = hk_str_rfind(body, '\n');
  return from == body.n ? body : hk_str_sub(body, from + 1, body.n);
}

static bool holds(hk_str s, const char *part)
{
  const size_t n = strlen(part);
  for (size_t i = 0; i + n <= s.n; i++)
    if (memcmp(s.p + i, part, n) == 0) return true;
  return false;
}

TEST(test_log__a_name_with_a_line_end_makes_one_line)
{
  struct hk_log *const l = hk_log_open(true);
  hk_log_info(l, "read: %s", "a\nb\x1b[2J\"");
  CHECK_EQ_INT(count_lines(hk_log_text(l)), 1);
  CHECK_EQ_INT(count_lines(hk_log_json(l)), 1);
  CHECK(!holds(hk_log_text(l), "\x1b"));
  hk_log_close(l);
}

TEST(test_log__says_that_it_is_full_and_ends_with_a_whole_line)
{
  struct hk_log *const l = hk_log_open(true);
  char noise[1500];
  memset(noise, 1, sizeof noise); /* each byte becomes six */
  noise[sizeof noise - 1] = 0;
  for (size_t i = 0; i < 4000; i++)
    hk_log_info(l, "%s", noise);
  CHECK(hk_log_text(l).n < (size_t)17 * 1024 * 1024);
  CHECK(hk_log_json(l).n < (size_t)17 * 1024 * 1024);
  CHECK_EQ_INT(hk_log_json(l).p[hk_log_json(l).n - 1], '\n');
  CHECK(holds(last_line(hk_log_text(l)), "the log is full"));
  CHECK(holds(last_line(hk_log_json(l)), "the log is full"));
  CHECK_EQ_INT(count_lines(hk_log_text(l)), count_lines(hk_log_json(l)));
  hk_log_close(l);
}
