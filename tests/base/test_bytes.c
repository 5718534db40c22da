/* Bytes that can be read anywhere. */
#include "base/bytes.h"

#include "check.h"

TEST(test_bytes__the_rest_begins_where_it_was_told)
{
  struct hk_bytes_memory m;
  struct hk_bytes_rest r;
  char out[8];
  size_t got = 9;
  hk_bytes_memory_init(&m, "0123456789", 10);
  hk_bytes_rest_init(&r, &m.bytes, 7);
  CHECK_EQ_INT(r.bytes.size_bytes, 3);
  CHECK_EQ_INT(r.bytes.read_at(&r.bytes, 1, out, sizeof out, &got).code, HK_OK);
  CHECK_EQ_BYTES(out, got, "89");
  CHECK_EQ_INT(r.bytes.read_at(&r.bytes, UINT64_MAX, out, sizeof out, &got).code, HK_OK);
  CHECK_EQ_INT(got, 0);
  hk_bytes_rest_init(&r, &m.bytes, 11);
  CHECK_EQ_INT(r.bytes.size_bytes, 0);
}
