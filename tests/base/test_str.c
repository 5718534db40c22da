/* Strings, UTF-8, UTF-16 and folding. */
#include "base/str.h"

#include "check.h"

static struct hk_arena arena;

static hk_str utf16(const char *bytes, size_t n)
{
  return hk_str_from_utf16le(&arena, bytes, n);
}

TEST(test_str__parts_are_clamped)
{
  const hk_str s = HK_S("hello");
  CHECK(hk_str_eq(hk_str_sub(s, 1, 3), HK_S("el")));
  CHECK_EQ_INT(hk_str_sub(s, 4, 99).n, 1);
  CHECK_EQ_INT(hk_str_sub(s, 99, 100).n, 0);
  CHECK_EQ_INT(hk_str_sub(s, 3, 1).n, 0);
}

TEST(test_str__the_null_string_is_empty)
{
  const hk_str none = {.p = NULL, .n = 0};
  CHECK(hk_str_eq(none, HK_S("")));
  CHECK_EQ_INT(hk_str_find(none, 'a'), 0);
  CHECK_EQ_INT(hk_str_rfind(none, 'a'), 0);
  CHECK_EQ_INT(hk_str_sub(none, 0, 5).n, 0);
  CHECK(hk_str_valid(none));
  CHECK_EQ_INT(hk_str_cmp(none, HK_S("")), 0);
  CHECK_EQ_INT(hk_str_of(NULL).n, 0);
}

TEST(test_str__order_is_by_bytes_and_shorter_first)
{
  CHECK(hk_str_cmp(HK_S("a"), HK_S("ab")) < 0);
  CHECK(hk_str_cmp(HK_S("b"), HK_S("ab")) > 0);
  CHECK(hk_str_cmp(HK_S("\xE3"), HK_S("z")) > 0);
  CHECK_EQ_INT(hk_str_cmp(HK_S("x"), HK_S("x")), 0);
}

TEST(test_str__ascii_case_is_ignored_and_nothing_else)
{
  CHECK(hk_str_ieq(HK_S("NTUSER.dat"), HK_S("ntuser.DAT")));
  CHECK(!hk_str_ieq(HK_S("@"), HK_S("`")));
  CHECK(!hk_str_ieq(HK_S("\xC3\x84"), HK_S("\xC3\xA4")));
  CHECK(hk_str_iends(HK_S("A.PF"), HK_S(".pf")));
  CHECK(!hk_str_iends(HK_S("pf"), HK_S(".pf")));
}

TEST(test_str__finds_first_and_last)
{
  CHECK_EQ_INT(hk_str_find(HK_S("a\\b\\c"), '\\'), 1);
  CHECK_EQ_INT(hk_str_rfind(HK_S("a\\b\\c"), '\\'), 3);
  CHECK_EQ_INT(hk_str_rfind(HK_S("abc"), '\\'), 3);
}

TEST(test_str__ill_formed_utf8_is_refused)
{
  /* Unicode 15, table 3-7: overlong, surrogate, beyond the last, cut off, lone continuation, bad bytes. */
  static const char *const bad[] = {"\xC0\x80",         "\xC1\xBF",     "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                    "\xED\xBF\xBF",     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                                    "\xE3\x81",         "\x80",         "\xFE",         "\xFF",         "a\xC3",
                                    "\xF0\x9F\x98"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK(!hk_str_valid(hk_str_of(bad[i])));
  static const char *const good[] = {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
                                     "\xF4\x8F\xBF\xBF", "利用者"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) CHECK(hk_str_valid(hk_str_of(good[i])));
}

TEST(test_str__cleaning_replaces_each_bad_byte_and_keeps_good_ones)
{
  hk_arena_init(&arena, 0);
  const hk_str s = HK_S("a\xFF\xE3\x81z");
  CHECK(hk_str_eq(hk_str_clean(&arena, s), HK_S("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz")));
  const hk_str fine = HK_S("利");
  CHECK(hk_str_clean(&arena, fine).p == fine.p);
  hk_arena_done(&arena);
}

TEST(test_str__utf16_pairs_and_lone_surrogates)
{
  hk_arena_init(&arena, 0);
  CHECK(hk_str_eq(utf16("\x29\x52\x28\x75\x05\x80", 6), HK_S("利用者")));
  CHECK(hk_str_eq(utf16("\x3D\xD8\x00\xDE", 4), HK_S("\xF0\x9F\x98\x80")));
  CHECK(hk_str_eq(utf16("\x3D\xD8", 2), HK_S("\xEF\xBF\xBD")));
  CHECK(hk_str_eq(utf16("\x00\xDE\x41\x00", 4), HK_S("\xEF\xBF\xBD" "A")));
  CHECK(hk_str_eq(utf16("\x3D\xD8\x3D\xD8\x00\xDE", 6), HK_S("\xEF\xBF\xBD\xF0\x9F\x98\x80")));
  CHECK(hk_str_eq(utf16("\x41\x00\x42", 3), HK_S("A")));
  CHECK_EQ_INT(utf16("\x41\x00\x00\x00\x42\x00", 6).n, 3);
  CHECK(hk_str_eq(hk_str_from_utf16le_z(&arena, "\x41\x00\x00\x00\x42\x00", 6), HK_S("A")));
  hk_arena_done(&arena);
}

TEST(test_str__utf16_and_back)
{
  hk_arena_init(&arena, 0);
  size_t n = 0;
  const hk_str s = HK_S("a利\xF0\x9F\x98\x80");
  const uint16_t *const w = hk_str_to_utf16le(&arena, s, &n);
  CHECK_EQ_INT(n, 4);
  CHECK_EQ_INT(w[3], 0xDE00);
  CHECK_EQ_INT(w[4], 0);
  CHECK(hk_str_eq(hk_str_from_utf16le(&arena, w, n * 2), s));
  hk_arena_done(&arena);
}

TEST(test_str__copies_end_in_zero_and_no_memory_is_null)
{
  hk_arena_init(&arena, 40);
  const hk_str big = {.p = "0123456789", .n = 10};
  CHECK(hk_str_copy(&arena, big).p == NULL);
  CHECK(arena.spent);
  hk_arena_done(&arena);
  hk_arena_init(&arena, 0);
  const hk_str copy = hk_str_copy(&arena, big);
  CHECK_EQ_STR(copy.p, "0123456789");
  hk_arena_done(&arena);
}

TEST(test_str__folding_is_that_of_file_names)
{
  CHECK_EQ_INT(hk_fold('Z'), 'z');
  CHECK_EQ_INT(hk_fold(0xC4), 0xE4);
  CHECK_EQ_INT(hk_fold(0xD7), 0xD7); /* the multiplication sign has no case */
  CHECK_EQ_INT(hk_fold(0x391), 0x3B1);
  CHECK_EQ_INT(hk_fold(0x386), 0x3AC);
  CHECK_EQ_INT(hk_fold(0x38C), 0x3CC);
  CHECK_EQ_INT(hk_fold(0x38F), 0x3CE);
  CHECK_EQ_INT(hk_fold(0x416), 0x436);
  CHECK_EQ_INT(hk_fold(0x401), 0x451);
  CHECK_EQ_INT(hk_fold(0xFF21), 0xFF41);
  CHECK_EQ_INT(hk_fold(0x3042), 0x3042);
  CHECK_EQ_INT(hk_fold(0x130), 0x130); /* dotted capital I is no i on NTFS */
}

TEST(test_str__next_steps_over_one_bad_byte)
{
  const hk_str s = HK_S("\xE3\x81" "a");
  size_t at = 0;
  CHECK_EQ_INT(hk_str_next(s, &at), 0xFFFD);
  CHECK_EQ_INT(at, 1);
  CHECK_EQ_INT(hk_str_next(s, &at), 0xFFFD);
  CHECK_EQ_INT(hk_str_next(s, &at), 'a');
}
