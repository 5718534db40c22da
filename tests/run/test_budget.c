/* What a run may still take. Space is asked of the system, so it is the limits that are tested here; full disks are in
   test_full_disk.py. */
#include "check.h"

#include "run/budget.h"
#include "run/option_value.h"

static struct hk_budget *budget(uint64_t max_total)
{
  struct hk_budget *b = NULL;
  const struct hk_budget_limits limits = {.max_total_bytes = max_total, .folder = HK_S("")};
  CHECK_EQ_INT(hk_budget_open(&limits, &b).code, HK_OK);
  return b;
}

TEST(test_budget__without_limits_takes_everything)
{
  struct hk_budget *const b = budget(0);
  CHECK_EQ_INT(hk_budget_take(b, UINT64_MAX / 2).code, HK_OK);
  CHECK_EQ_INT(hk_budget_read(b, UINT64_C(1) << 40).code, HK_OK);
  CHECK_EQ_INT(hk_budget_work(b).code, HK_OK);
  CHECK(hk_budget_fits(b, UINT64_C(1) << 40));
  CHECK(!hk_budget_is_full(b) && !hk_budget_is_spent(b));
  hk_budget_close(b);
}

TEST(test_budget__passes_over_what_is_too_large_and_takes_the_smaller_one_after_it)
{
  struct hk_budget *const b = budget(1000);
  CHECK_EQ_INT(hk_budget_take(b, 600).code, HK_OK);
  CHECK_EQ_INT(hk_budget_read(b, 600).code, HK_OK);
  CHECK(!hk_budget_is_spent(b));
  const hk_err e = hk_budget_take(b, 401);
  CHECK_EQ_INT(e.code, HK_SKIPPED);
  CHECK_EQ_STR(e.step, HK_BUDGET_TOTAL);
  CHECK_EQ_INT(hk_budget_take(b, 400).code, HK_OK);
  CHECK(hk_budget_is_spent(b) && !hk_budget_is_full(b));
  hk_budget_close(b);
}

TEST(test_budget__holds_for_a_file_that_grows_while_it_is_read)
{
  struct hk_budget *const b = budget(1000);
  CHECK_EQ_INT(hk_budget_take(b, 10).code, HK_OK);
  CHECK_EQ_INT(hk_budget_read(b, 1000).code, HK_OK);
  CHECK_EQ_INT(hk_budget_read(b, 1).code, HK_SKIPPED);
  hk_budget_close(b);
}

TEST(test_option_value__reads_sizes)
{
  static const struct {
    const char *text;
    uint64_t bytes; /* 0: refused */
  } rows[] = {{"1", 1}, {"1000000", 1000000}, {"1k", 1024}, {"500M", 524288000}, {"2G", 2147483648u}, {"3t", 3298534883328u},
              {"0", 0}, {"0G", 0}, {"", 0}, {"G", 0}, {"1.5G", 0}, {"-1", 0}, {"1GB", 0}, {"1 G", 0}, {"99999999999T", 0}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint64_t got = 0;
    CHECK_EQ_INT(hk_option_size(hk_str_of(rows[i].text), &got), rows[i].bytes != 0);
    CHECK_EQ_INT(got, rows[i].bytes);
  }
}

TEST(test_option_value__reads_numbers_in_their_range)
{
  uint64_t n = 7;
  CHECK(hk_option_number(HK_S("60"), 1, 60, &n) && n == 60);
  CHECK(!hk_option_number(HK_S("61"), 1, 60, &n));
  CHECK(!hk_option_number(HK_S("0"), 1, 60, &n));
  CHECK(!hk_option_number(HK_S("6x"), 1, 60, &n));
  CHECK(!hk_option_number(HK_S("99999999999999999999999"), 1, UINT64_MAX, &n));
  CHECK_EQ_INT(n, 60);
}
