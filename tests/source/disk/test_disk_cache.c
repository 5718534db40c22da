/* The cache of pages and unpacked blocks. */
#include "source/disk/cache.h"

#include "check.h"
#include "os/os.h"

enum { SLOT = 64, SLOTS = 3, PLACES = 9, READS = 20000, THREADS = 4 };

static unsigned n_filled; /* under the cache's lock */

static uint8_t byte_of(uint64_t place, size_t i)
{
  return (uint8_t)(place * 31 + i);
}

/* Place 8 is shorter, place 7 fails. */
static hk_err fill(void *ctx, const struct hk_place *place, uint8_t *out, size_t *n)
{
  (void)ctx;
  n_filled++;
  if (place->at == 7) return hk_fail(HK_DAMAGED, "fill", 7);
  *n = place->at == 8 ? 10 : SLOT;
  for (size_t i = 0; i < *n; i++) out[i] = byte_of(place->at, i);
  return hk_ok();
}

TEST(test_disk__what_was_read_last_is_not_read_again)
{
  struct hk_cache *c = NULL;
  uint8_t b[4];
  CHECK_EQ_INT(hk_cache_open(SLOT, SLOTS, fill, NULL, &c).code, HK_OK);
  n_filled = 0;
  static const uint64_t order[] = {1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 1};
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    CHECK_EQ_INT(hk_cache_read(c, &(struct hk_place){.at = order[i]}, 5, b, sizeof b).code, HK_OK);
    CHECK_EQ_INT(b[3], byte_of(order[i], 8));
  }
  CHECK_EQ_INT(n_filled, 5);
  hk_cache_close(c);
}

TEST(test_disk__a_piece_that_is_short_or_fails_is_an_error_each_time)
{
  struct hk_cache *c = NULL;
  uint8_t b[4];
  CHECK_EQ_INT(hk_cache_open(SLOT, SLOTS, fill, NULL, &c).code, HK_OK);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ_INT(hk_cache_read(c, &(struct hk_place){.at = 7}, 0, b, sizeof b).code, HK_DAMAGED);
    CHECK_EQ_INT(hk_cache_read(c, &(struct hk_place){.at = 8}, 7, b, sizeof b).code, HK_TRUNCATED);
    CHECK_EQ_INT(hk_cache_read(c, &(struct hk_place){.at = 8}, 6, b, sizeof b).code, HK_OK);
    CHECK_EQ_INT(b[0], byte_of(8, 6));
  }
  hk_cache_close(c);
}

struct reader {
  struct hk_cache *cache;
  uint64_t state;
  unsigned wrong;
};

static void read_many(void *ctx)
{
  struct reader *const r = ctx;
  for (int i = 0; i < READS; i++) {
    uint8_t b[16];
    r->state = r->state * UINT64_C(6364136223846793005) + 1;
    const uint64_t at = (r->state >> 33) % PLACES;
    const size_t skip = (r->state >> 40) % (SLOT - sizeof b);
    const hk_err e = hk_cache_read(r->cache, &(struct hk_place){.at = at}, skip, b, sizeof b);
    const int want = at == 7 ? HK_DAMAGED : at == 8 ? HK_TRUNCATED : HK_OK;
    if (e.code != want || (want == HK_OK && (b[0] != byte_of(at, skip) || b[15] != byte_of(at, skip + 15)))) r->wrong++;
  }
}

TEST(test_disk__several_threads_read_what_is_there)
{
  struct reader r[THREADS];
  struct os_thread *t[THREADS];
  struct hk_cache *c = NULL;
  CHECK_EQ_INT(hk_cache_open(SLOT, SLOTS, fill, NULL, &c).code, HK_OK);
  for (size_t i = 0; i < THREADS; i++) {
    r[i] = (struct reader){.cache = c, .state = i + 1};
    CHECK_EQ_INT(os_thread_start(read_many, &r[i], &t[i]).code, HK_OK);
  }
  for (size_t i = 0; i < THREADS; i++) os_thread_join(t[i]);
  for (size_t i = 0; i < THREADS; i++) CHECK_EQ_INT(r[i].wrong, 0);
  hk_cache_close(c);
}
