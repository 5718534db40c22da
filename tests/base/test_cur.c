/* The checked cursor. */
#include "base/cur.h"

#include "check.h"

static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(test_cur__reads_little_and_big_endian)
{
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  CHECK_EQ_INT(hk_u8(&c), 1);
  CHECK_EQ_INT(hk_u16le(&c), 0x0302);
  CHECK_EQ_INT(hk_u32be(&c), 0x04050607);
  CHECK_EQ_INT(hk_cur_left(&c), 1);
  hk_seek(&c, 0);
  CHECK_EQ_INT(hk_u64le(&c), UINT64_C(0x0807060504030201));
  hk_seek(&c, 0);
  CHECK_EQ_INT(hk_u64be(&c), UINT64_C(0x0102030405060708));
  hk_seek(&c, 4);
  CHECK_EQ_INT(hk_u32le(&c), 0x08070605);
  CHECK(!c.bad);
}

TEST(test_cur__stays_bad_after_overrun)
{
  struct hk_cur c = hk_cur_over(bytes, 3);
  CHECK_EQ_INT(hk_u32le(&c), 0);
  CHECK(c.bad);
  CHECK_EQ_INT(hk_u8(&c), 0);
  hk_seek(&c, 0);
  CHECK_EQ_INT(hk_u8(&c), 0);
  CHECK(c.bad);
}

TEST(test_cur__half_a_number_at_the_end_is_zero)
{
  struct hk_cur c = hk_cur_over(bytes, 6);
  CHECK_EQ_INT(hk_u64le(&c), 0);
  CHECK(c.bad);
}

TEST(test_cur__nothing_is_left_of_a_bad_cursor)
{
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  int n_steps = 0;
  for (; hk_cur_left(&c) > 0 && n_steps < 100; n_steps++) hk_skip(&c, 3);
  CHECK_EQ_INT(n_steps, 3);
  CHECK(c.bad);
}

TEST(test_cur__window_is_independent_of_position)
{
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  hk_skip(&c, 5);
  struct hk_cur w = hk_cur_at(&c, 2, 3);
  CHECK_EQ_INT(hk_u8(&w), 3);
  CHECK_EQ_INT(hk_cur_left(&w), 2);
  CHECK_EQ_INT(c.pos, 5);
}

TEST(test_cur__window_outside_is_empty_and_bad)
{
  const struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint64_t offsets[] = {9, 8, UINT64_MAX, 1, UINT64_MAX - 3};
  const uint64_t sizes[] = {0, 1, 1, UINT64_MAX, 8};
  for (int i = 0; i < 5; i++) {
    const struct hk_cur w = hk_cur_at(&c, offsets[i], sizes[i]);
    CHECK(w.bad);
    CHECK_EQ_INT(w.size, 0);
  }
  const struct hk_cur edge = hk_cur_at(&c, 8, 0);
  CHECK(!edge.bad);
}

TEST(test_cur__window_of_a_failed_window_is_bad)
{
  const struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const struct hk_cur w = hk_cur_at(&c, 9, 1);
  CHECK(hk_cur_at(&w, 0, 0).bad);
}

TEST(test_cur__huge_skip_and_take_do_not_wrap)
{
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  hk_skip(&c, 4);
  CHECK(hk_take(&c, UINT64_MAX) == NULL);
  CHECK(c.bad);
  CHECK_EQ_INT(c.pos, 4);
}

TEST(test_cur__taking_nothing_is_no_error_even_of_nothing)
{
  struct hk_cur c = hk_cur_over(NULL, 0);
  CHECK(hk_take(&c, 0) != NULL);
  CHECK(!c.bad);
  CHECK(hk_take(&c, 1) == NULL);
  CHECK(hk_take(&c, 0) == NULL);
}

TEST(test_cur__copy_that_falls_short_zeroes_all)
{
  uint8_t out[10];
  memset(out, 0xFF, sizeof out);
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  hk_copy(&c, out, sizeof out);
  CHECK(c.bad);
  for (size_t i = 0; i < sizeof out; i++) CHECK_EQ_INT(out[i], 0);
}
