/* The growing buffer. */
#include "base/buf.h"

#include "check.h"

TEST(test_buf__grows_and_keeps_order)
{
  struct hk_buf b;
  hk_buf_init(&b, 100000);
  for (int i = 0; i < 10000; i++) hk_buf_u8(&b, (uint8_t)i);
  CHECK_EQ_INT(b.n, 10000);
  for (int i = 0; i < 10000; i++) CHECK_EQ_INT(b.p[i], (uint8_t)i);
  hk_buf_done(&b);
}

TEST(test_buf__numbers_are_little_endian)
{
  struct hk_buf b;
  hk_buf_init(&b, 100);
  hk_buf_u16le(&b, 0x0102);
  hk_buf_u32le(&b, 0x03040506);
  hk_buf_u64le(&b, UINT64_C(0x0708090A0B0C0D0E));
  CHECK_EQ_BYTES(b.p, b.n, "\x02\x01\x06\x05\x04\x03\x0E\x0D\x0C\x0B\x0A\x09\x08\x07");
  hk_buf_done(&b);
}

TEST(test_buf__ceiling_is_exact_and_failure_sticks)
{
  struct hk_buf b;
  hk_buf_init(&b, 10);
  hk_buf_add(&b, "0123456789", 10);
  CHECK(!b.failed);
  hk_buf_u8(&b, 1);
  CHECK(b.failed);
  CHECK_EQ_INT(b.n, 10);
  hk_buf_reset(&b);
  hk_buf_add(&b, "0123456789A", 11);
  CHECK(b.failed);
  CHECK_EQ_INT(b.n, 0);
  hk_buf_z(&b, "a");
  CHECK_EQ_INT(b.n, 0);
  hk_buf_done(&b);
}

TEST(test_buf__formats_up_to_the_ceiling)
{
  struct hk_buf b;
  hk_buf_init(&b, 5);
  hk_buf_printf(&b, "%05d", 42);
  CHECK(!b.failed);
  CHECK_EQ_BYTES(b.p, b.n, "00042");
  hk_buf_printf(&b, "%d", 1);
  CHECK(b.failed);
  hk_buf_done(&b);
}

TEST(test_buf__formats_64_bit_numbers)
{
  struct hk_buf b;
  hk_buf_init(&b, 200);
  hk_buf_printf(&b, "%llu %zu %lld", (unsigned long long)UINT64_MAX, (size_t)7, (long long)INT64_MIN);
  CHECK_EQ_BYTES(b.p, b.n, "18446744073709551615 7 -9223372036854775808");
  hk_buf_done(&b);
}

TEST(test_buf__empty_view_is_no_null)
{
  struct hk_buf b;
  hk_buf_init(&b, 10);
  CHECK(hk_buf_view(&b).p != NULL);
  hk_buf_add(&b, NULL, 0);
  CHECK(!b.failed);
  hk_buf_done(&b);
}
