/* A work file against the same bytes in memory; and what lies on the disk says nothing. */
#include "store/scratch.h"

#include "check.h"
#include "os/os.h"

#define NAME "test_scratch.tmp"
#define MOST ((size_t)300000)

static void read_file(uint8_t *out, size_t room, size_t *n)
{
  struct os_file *f = NULL;
  CHECK_EQ_INT(os_open(HK_S(NAME), OS_READ, &f).code, HK_OK);
  CHECK_EQ_INT(os_read_at(f, 0, out, room, n).code, HK_OK);
  os_close(f);
}

TEST(test_scratch__reads_what_was_written_anywhere)
{
  uint8_t *const model = calloc(1, MOST);
  uint8_t *const out = malloc(MOST);
  uint8_t *const in = malloc(MOST);
  struct hk_scratch *s = NULL;
  uint64_t size = 0;
  uint32_t v = 7;
  CHECK_EQ_INT(hk_scratch_open(HK_S(NAME), &s).code, HK_OK);
  for (int i = 0; i < 3000; i++) {
    v = v * 1664525u + 1013904223u;
    const size_t at = (v >> 3) % (MOST - 20000);
    const size_t n = i % 3 == 0 ? 8192 : (v >> 9) % 20000;
    size_t got = 0;
    if (i % 50 == 49 && at < size) {
      CHECK_EQ_INT(hk_scratch_truncate(s, at).code, HK_OK);
      memset(model + at, 0, MOST - at);
      size = at;
    } else if (i % 2 == 0) {
      memset(in, (int)(v >> 24), n);
      CHECK_EQ_INT(hk_scratch_write_at(s, at, in, n).code, HK_OK);
      memcpy(model + at, in, n);
      if (n > 0 && at + n > size) size = at + n;
    } else {
      const size_t want = at >= size ? 0 : size - at < n ? (size_t)(size - at) : n;
      CHECK_EQ_INT(hk_scratch_read_at(s, at, out, n, &got).code, HK_OK);
      CHECK_EQ_INT(got, want);
      CHECK(memcmp(out, model + at, want) == 0);
    }
    CHECK_EQ_INT(hk_scratch_size(s), size);
  }
  hk_scratch_close(s);
  (void)os_remove(HK_S(NAME));
  free(model);
  free(out);
  free(in);
}

TEST(test_scratch__the_file_holds_nothing_of_what_was_written_twice)
{
  static uint8_t first[3 * 8192], second[3 * 8192], plain[3 * 8192];
  struct hk_scratch *s = NULL;
  size_t n = 0;
  memset(plain, 'x', sizeof plain);
  CHECK_EQ_INT(hk_scratch_open(HK_S(NAME), &s).code, HK_OK);
  CHECK_EQ_INT(hk_scratch_write_at(s, 0, plain, sizeof plain).code, HK_OK);
  read_file(first, sizeof first, &n);
  CHECK_EQ_INT(n, sizeof first);
  CHECK_EQ_INT(hk_scratch_write_at(s, 0, plain, sizeof plain).code, HK_OK);
  read_file(second, sizeof second, &n);
  size_t same = 0;
  size_t x = 0;
  for (size_t i = 0; i < n; i++) {
    same += first[i] == second[i];
    x += first[i] == 'x';
  }
  CHECK(same < n / 100); /* chance: 1 in 256 */
  CHECK(x < n / 100);
  CHECK(memcmp(first, first + 8192, 8192) != 0);
  hk_scratch_close(s);
  (void)os_remove(HK_S(NAME));
}

TEST(test_scratch__an_older_block_put_back_is_seen)
{
  static uint8_t old[8192], plain[8192], out[8192];
  struct hk_scratch *s = NULL;
  struct os_file *f = NULL;
  size_t n = 0;
  memset(plain, 1, sizeof plain);
  CHECK_EQ_INT(hk_scratch_open(HK_S(NAME), &s).code, HK_OK);
  CHECK_EQ_INT(hk_scratch_write_at(s, 0, plain, sizeof plain).code, HK_OK);
  read_file(old, sizeof old, &n);
  memset(plain, 2, sizeof plain);
  CHECK_EQ_INT(hk_scratch_write_at(s, 0, plain, sizeof plain).code, HK_OK);
  CHECK_EQ_INT(hk_scratch_read_at(s, 0, out, sizeof out, &n).code, HK_OK);
  CHECK_EQ_MEM(out, plain, sizeof out);
  /* Windows lets nobody else write while we do. */
  if (os_open(HK_S(NAME), OS_READ_WRITE, &f).code == HK_OK) {
    CHECK_EQ_INT(os_write_at(f, 0, old, sizeof old).code, HK_OK);
    os_close(f);
    CHECK_EQ_INT(hk_scratch_read_at(s, 0, out, sizeof out, &n).code, HK_DAMAGED);
  }
  hk_scratch_close(s);
  (void)os_remove(HK_S(NAME));
}
