/*
 * A small test harness. A test program includes this header once, writes
 *
 *     TEST(test_cur__stays_bad_after_overrun)
 *     {
 *         struct hk_cur c = ...;
 *         CHECK_EQ_INT(hk_u8(&c), 0);
 *         CHECK(c.bad);
 *     }
 *
 * and nothing else: tests register themselves, main() is here. A failed check prints both values and ends its test
 * (the others still run). SKIP("why") ends a test as skipped; SKIP_UNLESS_DATA("prefetch") when real evidence is
 * absent.
 *
 * The program prints one line a test. It exits 1 when a test failed or when it holds no test, 77 when all its tests
 * were skipped, else 0. Arguments select tests by a part of their names; --list prints the names.
 */
#ifndef HK_TESTS_CHECK_H
#define HK_TESTS_CHECK_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check_test {
  const char *name;
  void (*run)(void);
  struct check_test *next;
};

static struct check_test *check_tests;
static struct check_test **check_tail = &check_tests;
static jmp_buf check_jump;

enum { CHECK_FAILED = 1, CHECK_SKIPPED = 2 };

#define TEST(test_name)                                                                                                \
  static void test_name(void);                                                                                         \
  __attribute__((constructor)) static void check_register_##test_name(void)                                            \
  {                                                                                                                    \
    static struct check_test t = {.name = #test_name, .run = test_name, .next = NULL};                                 \
    *check_tail = &t;                                                                                                  \
    check_tail = &t.next;                                                                                              \
  }                                                                                                                    \
  static void test_name(void)

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      printf("  %s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                               \
      longjmp(check_jump, CHECK_FAILED);                                                                               \
    }                                                                                                                  \
  } while (0)

/* Signed or unsigned, up to 64 bits. */
#define CHECK_EQ_INT(got, want) check_eq_int(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want))

/* Zero-terminated; a null pointer equals only a null pointer. */
#define CHECK_EQ_STR(got, want) check_eq_str(__FILE__, __LINE__, #got, (got), (want))

/* `size` bytes each. */
#define CHECK_EQ_MEM(got, want, size) check_eq_mem(__FILE__, __LINE__, #got, (got), (want), (size))

/* A hk_str (or any struct with .p/.n of other names: give pointer and length) against a literal. */
#define CHECK_EQ_BYTES(got, got_size, literal)                                                                         \
  check_eq_bytes(__FILE__, __LINE__, #got, (got), (got_size), (literal), sizeof(literal) - 1)

#define SKIP(reason)                                                                                                   \
  do {                                                                                                                 \
    printf("  skipped: %s\n", (reason));                                                                               \
    longjmp(check_jump, CHECK_SKIPPED);                                                                                \
  } while (0)

/* The folder (or file) `sub` of the real evidence: $HIKESHI_DATA/sub, else ../shared/data/sub from the project's root.
   NULL when it is not there. The string lives until the next call but seven. */
static inline const char *check_data(const char *sub)
{
  static char paths[8][1024];
  static unsigned turn;
  char *path = paths[turn++ % 8];
  const char *root = getenv("HIKESHI_DATA");
#ifdef HK_SOURCE_DIR
  const char *fallback = HK_SOURCE_DIR "/../shared/data";
#else
  const char *fallback = "../shared/data";
#endif
  int n = snprintf(path, sizeof paths[0], "%s/%s", root && *root ? root : fallback, sub);
  if (n < 0 || (size_t)n >= sizeof paths[0]) return NULL;
  return access(path, F_OK) == 0 ? path : NULL;
}

#define SKIP_UNLESS_DATA(sub)                                                                                          \
  do {                                                                                                                 \
    if (!check_data(sub)) SKIP("no real evidence here: " sub " (set HIKESHI_DATA)");                                   \
  } while (0)

static inline void check_eq_int(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
  if (got == want) return;
  printf("  %s:%d: %s is %" PRId64 " (0x%" PRIx64 "), expected %" PRId64 " (0x%" PRIx64 ")\n", file, line, what,
         (int64_t)got, got, (int64_t)want, want);
  longjmp(check_jump, CHECK_FAILED);
}

static inline void check_eq_str(const char *file, int line, const char *what, const char *got, const char *want)
{
  if (got == want) return;
  if (got && want && strcmp(got, want) == 0) return;
  printf("  %s:%d: %s is \"%s\", expected \"%s\"\n", file, line, what, got ? got : "(null)", want ? want : "(null)");
  longjmp(check_jump, CHECK_FAILED);
}

static inline void check_eq_bytes(const char *file, int line, const char *what, const void *got, size_t got_size,
                                  const void *want, size_t want_size)
{
  if (got_size == want_size && (want_size == 0 || memcmp(got, want, want_size) == 0)) return;
  printf("  %s:%d: %s is \"%.*s\" (%zu bytes), expected \"%.*s\" (%zu bytes)\n", file, line, what, (int)got_size,
         got ? (const char *)got : "", got_size, (int)want_size, (const char *)want, want_size);
  longjmp(check_jump, CHECK_FAILED);
}

static inline void check_eq_mem(const char *file, int line, const char *what, const void *got, const void *want,
                                size_t size)
{
  const unsigned char *a = got, *b = want;
  for (size_t i = 0; i < size; i++) {
    if (a[i] == b[i]) continue;
    printf("  %s:%d: %s differs at byte %zu: 0x%02x, expected 0x%02x\n", file, line, what, i, a[i], b[i]);
    longjmp(check_jump, CHECK_FAILED);
  }
}

static bool check_selected(const char *name, int argc, char **argv)
{
  if (argc < 2) return true;
  for (int i = 1; i < argc; i++) {
    if (strstr(name, argv[i])) return true;
  }
  return false;
}

int main(int argc, char **argv)
{
  static int n_passed, n_failed, n_skipped;
  static struct check_test *t;
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (t = check_tests; t; t = t->next)
      puts(t->name);
    return 0;
  }
  for (t = check_tests; t; t = t->next) {
    if (!check_selected(t->name, argc, argv)) continue;
    int outcome = setjmp(check_jump);
    if (outcome == 0) {
      t->run();
      printf("ok      %s\n", t->name);
      n_passed++;
    } else if (outcome == CHECK_SKIPPED) {
      printf("SKIPPED %s\n", t->name);
      n_skipped++;
    } else {
      printf("FAILED  %s\n", t->name);
      n_failed++;
    }
  }
  printf("%d passed, %d failed, %d skipped\n", n_passed, n_failed, n_skipped);
  if (n_failed || n_passed + n_skipped == 0) return 1;
  return n_passed ? 0 : 77;
}

#endif
