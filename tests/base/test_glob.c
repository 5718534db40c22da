/* Path globs. */
#include "base/str.h"

#include "check.h"

static bool match(const char *glob, const char *path)
{
  return hk_glob_match(hk_str_of(glob), hk_str_of(path));
}

TEST(test_glob__star_stays_in_its_folder)
{
  CHECK(match("C:\\Windows\\Prefetch\\*.pf", "C:\\Windows\\Prefetch\\CMD.EXE-0BD30981.pf"));
  CHECK(!match("C:\\Windows\\*.pf", "C:\\Windows\\Prefetch\\CMD.EXE-0BD30981.pf"));
  CHECK(match("C:\\*\\x", "C:\\a\\x"));
  CHECK(!match("C:\\*\\x", "C:\\a\\b\\x"));
  CHECK(match("*", "name"));
  CHECK(match("*", ""));
}

TEST(test_glob__question_mark_is_one_character_not_one_byte)
{
  CHECK(match("?\\x", "利\\x"));
  CHECK(!match("?", ""));
  CHECK(!match("?", "\\"));
  CHECK(!match("a?", "a"));
}

TEST(test_glob__case_and_separator_do_not_matter)
{
  CHECK(match("c:/windows/SYSTEM32/*.EVTX", "C:\\Windows\\System32\\a.evtx"));
  CHECK(match("Ｃ", "ｃ"));
}

TEST(test_glob__two_stars_cross_folders_and_may_be_nothing)
{
  CHECK(match("C:\\**\\x.txt", "C:\\x.txt"));
  CHECK(match("C:\\**\\x.txt", "C:\\a\\b\\c\\x.txt"));
  CHECK(!match("C:\\**\\x.txt", "C:\\a\\yx.txt"));
  CHECK(match("**\\x", "x"));
  CHECK(match("**\\x", "a\\b\\x"));
  CHECK(match("C:\\Users\\**", "C:\\Users\\a\\b"));
  CHECK(!match("C:\\Users\\**", "C:\\Users2\\a"));
  CHECK(match("a**z", "a\\b\\z"));
}

TEST(test_glob__several_deep_parts_in_a_row)
{
  CHECK(match("**\\**\\a", "a"));
  CHECK(match("**\\**\\**\\a", "b\\a"));
  CHECK(match("C:\\**\\**\\a", "C:\\a"));
  CHECK(match("C:\\**\\x\\**\\a", "C:\\p\\x\\a"));
  CHECK(!match("**\\**\\a", "b"));
}

TEST(test_glob__whole_path_must_match)
{
  CHECK(!match("a", "ab"));
  CHECK(!match("ab", "a"));
  CHECK(match("", ""));
  CHECK(!match("", "a"));
}

TEST(test_glob__hostile_patterns_cost_little)
{
  char path[20001];
  memset(path, 'a', sizeof path - 1);
  path[sizeof path - 1] = 0;
  CHECK(!match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
  CHECK(!match("**a**a**a**a**a**a**a**a**a**a**a**b", path));
}

TEST(test_glob__over_long_pattern_matches_nothing)
{
  char glob[400];
  memset(glob, '*', sizeof glob - 1);
  for (size_t i = 0; i + 1 < sizeof glob; i += 2) glob[i] = 'a';
  glob[sizeof glob - 1] = 0;
  CHECK(!match(glob, "a"));
}
