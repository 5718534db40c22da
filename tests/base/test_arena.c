/* The arena. */
#include "base/arena.h"

#include "check.h"

TEST(test_arena__gives_zeroed_aligned_memory)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  for (size_t n = 0; n < 3000; n += 7) {
    unsigned char *const p = hk_alloc(&a, n);
    CHECK(p != NULL);
    CHECK_EQ_INT((uintptr_t)p % 16, 0);
    for (size_t i = 0; i < n; i++) CHECK_EQ_INT(p[i], 0);
    memset(p, 0xAA, n);
  }
  hk_arena_done(&a);
}

TEST(test_arena__products_that_wrap_are_refused)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  CHECK(hk_alloc_n(&a, SIZE_MAX / 2, 4) == NULL);
  CHECK(a.spent);
  CHECK(hk_alloc(&a, SIZE_MAX) == NULL);
  CHECK(hk_alloc(&a, SIZE_MAX - 20) == NULL);
  hk_arena_done(&a);
}

TEST(test_arena__ceiling_holds_and_sticks_until_reset)
{
  struct hk_arena a;
  hk_arena_init(&a, 100000);
  size_t total = 0;
  while (hk_alloc(&a, 1000) != NULL) total += 1000;
  CHECK(a.spent);
  CHECK(a.used_bytes <= 100000);
  CHECK(total <= 100000);
  hk_arena_done(&a);
  CHECK(!a.spent);
  CHECK(hk_alloc(&a, 1000) != NULL);
  hk_arena_done(&a);
}

/* Blocks grow by doubling; the last one is cut to what the ceiling leaves. */
TEST(test_arena__what_is_under_the_ceiling_can_be_had)
{
  const size_t limits[] = {20000, 100000, 1900000, 3000000};
  for (int i = 0; i < 4; i++) {
    struct hk_arena a;
    hk_arena_init(&a, limits[i]);
    size_t total = 0;
    while (hk_alloc(&a, 992) != NULL) total += 992;
    CHECK(total > limits[i] * 9 / 10);
    hk_arena_done(&a);
  }
}

TEST(test_arena__one_large_piece)
{
  struct hk_arena a;
  hk_arena_init(&a, (size_t)8 << 20);
  unsigned char *const p = hk_alloc(&a, (size_t)5 << 20);
  CHECK(p != NULL);
  p[((size_t)5 << 20) - 1] = 1;
  CHECK(hk_alloc(&a, (size_t)5 << 20) == NULL);
  hk_arena_done(&a);
}
