/* Regular expressions of file masks, against POSIX's own on what both have. */
#include "acquire/define/regex.h"

#include "check.h"

static bool finds(const char *expression, const char *name)
{
  struct hk_arena a;
  const struct hk_regex *r = NULL;
  hk_str why = hk_str_of("");
  hk_arena_init(&a, 0);
  CHECK_EQ_INT(hk_regex_make(&a, hk_str_of(expression), &r, &why).code, HK_OK);
  const bool yes = hk_regex_finds(r, hk_str_of(name));
  hk_arena_done(&a);
  return yes;
}

static int code_of(const char *expression)
{
  struct hk_arena a;
  const struct hk_regex *r = NULL;
  hk_str why = hk_str_of("");
  hk_arena_init(&a, 0);
  const hk_err e = hk_regex_make(&a, hk_str_of(expression), &r, &why);
  CHECK(e.code == HK_OK || why.n > 0);
  hk_arena_done(&a);
  return e.code;
}

TEST(test_regex__reads_the_masks_that_are_published)
{
  CHECK(finds("*.+\\.(db|db-wal|db-shm)", "History.db-wal"));
  CHECK(!finds("*.+\\.(db|db-wal|db-shm)", "History.sqlite"));
  CHECK(!finds("*.+\\.(db|db-wal|db-shm)", ".db"));
  CHECK(finds("(2019|DSC|Log).+\\.(jpg|txt)", "dsc0001.JPG"));
  CHECK(!finds("(2019|DSC|Log).+\\.(jpg|txt)", "img0001.jpg"));
  CHECK(finds("*.\\b[a-zA-Z0-9_-]{8}\\b.compiled", "App_Web.abc12345.compiled"));
  CHECK(!finds("*.\\b[a-zA-Z0-9_-]{8}\\b.compiled", "App_Web.abc1234.compiled"));
  CHECK(finds("*.+\\.(db*|sqlite*|)", "x.d"));
}

TEST(test_regex__repeats_sets_and_choices)
{
  CHECK(finds("^a{2,3}$", "aa") && finds("^a{2,3}$", "AAA") && !finds("^a{2,3}$", "a") && !finds("^a{2,3}$", "aaaa"));
  CHECK(finds("^a{2,}$", "aaaaa") && !finds("^a{2,}$", "a") && finds("^a{0,1}$", "") && finds("^x?$", ""));
  CHECK(finds("^[^0-9]+$", "abc") && !finds("^[^0-9]+$", "ab1"));
  CHECK(finds("^\\d+\\.\\w+$", "12.ab_") && !finds("^\\d+\\.\\w+$", "12xab"));
  CHECK(finds("^(?:a|b|)c$", "c") && finds("^(?:a|b|)c$", "bc") && !finds("^(?:a|b|)c$", "dc"));
  CHECK(finds("^(ab)+$", "abab") && !finds("^(ab)+$", "aba"));
  CHECK(finds("利用者.*\\.txt", "利用者の記録.TXT") && finds("^.$", "利"));
}

TEST(test_regex__names_what_it_does_not_read)
{
  CHECK_EQ_INT(code_of("(?=x)"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("(a)\\1"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("(ab){2}"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("a{1,9999}"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("\\p"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("(a"), HK_USAGE);
  CHECK_EQ_INT(code_of("a)"), HK_USAGE);
  CHECK_EQ_INT(code_of("[a"), HK_USAGE);
  CHECK_EQ_INT(code_of("a\\"), HK_USAGE);
}

TEST(test_regex__hostile_expressions_cost_little)
{
  char name[600];
  memset(name, 'a', sizeof name - 1);
  name[sizeof name - 1] = 0;
  CHECK(!finds("^(a+)+(a+)+(a+)+(a+)+b$", name));
  CHECK(!finds("^(a|aa|aaa)*(a|aa|aaa)*b$", name));
}
