/* Many globs at once against the matcher of one glob and whole paths in base/, which shares no code with them. */
#include "check.h"

#include <stdio.h>

#include "source/globs.h"

#define N 600

static uint32_t next_random(uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

/* Few letters and few folders, so that much matches. */
static hk_str random_path(struct hk_arena *a, uint32_t *state, const char *const *parts, size_t n_parts)
{
  hk_str out = hk_str_of(next_random(state) % 4 == 0 ? "d:" : "C:");
  const size_t n = 1 + next_random(state) % 5;
  for (size_t i = 0; i < n; i++)
    out = hk_str_printf(a, "%.*s\\%s", (int)out.n, out.p, parts[next_random(state) % n_parts]);
  return out;
}

static bool has(struct hk_hits hits, uint32_t glob)
{
  for (size_t i = 0; i < hits.n; i++)
    if (hits.v[i] == glob) return true;
  return false;
}

TEST(test_globs__many_at_once_agree_with_one_at_a_time)
{
  static const char *const glob_parts[] = {"Users", "*", "?", "**", "a*", "*.TXT", "AppData", "b?c", "x.txt", "利*"};
  static const char *const path_parts[] = {"users", "a", "ab", "appdata", "bxc", "x.txt", "y.txt", "利用者", "abc"};
  struct hk_arena a;
  hk_str globs[N];
  uint32_t state = 11;
  size_t n_true = 0;
  hk_arena_init(&a, 0);
  for (size_t i = 0; i < N; i++) globs[i] = random_path(&a, &state, glob_parts, 10);
  struct hk_glob_set *s = NULL;
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = globs, .n = N}, &s).code, HK_OK);
  for (int round = 0; round < 500; round++) {
    const hk_str path = random_path(&a, &state, path_parts, 9);
    struct hk_hits hits;
    CHECK_EQ_INT(hk_glob_path(s, path, &hits).code, HK_OK);
    for (size_t i = 1; i < hits.n; i++) CHECK(hits.v[i - 1] < hits.v[i]);
    for (uint32_t g = 0; g < N; g++) {
      /* "C:\a\**" names what lies in the folder; a file of that name is a matter of taste. */
      const bool ends_deep = hk_str_iends(globs[g], HK_S("**"));
      const bool expected = hk_glob_match(globs[g], path);
      if (expected != has(hits, g) && !ends_deep)
        printf("  %.*s against %.*s\n", (int)globs[g].n, globs[g].p, (int)path.n, path.p);
      CHECK(expected == has(hits, g) || ends_deep);
      n_true += expected;
    }
  }
  CHECK(n_true > 1000);
  hk_glob_set_close(s);
  hk_arena_done(&a);
}

static bool names(const char *glob, const char *path)
{
  const hk_str one = hk_str_of(glob);
  struct hk_glob_set *s = NULL;
  struct hk_hits hits = {0};
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = &one, .n = 1}, &s).code, HK_OK);
  CHECK_EQ_INT(hk_glob_path(s, hk_str_of(path), &hits).code, HK_OK);
  const bool yes = hits.n == 1;
  hk_glob_set_close(s);
  return yes;
}

TEST(test_globs__a_number_behind_two_stars_limits_the_depth)
{
  CHECK(names("C:\\a\\**2\\x", "C:\\a\\x"));
  CHECK(names("C:\\a\\**2\\x", "C:\\a\\1\\2\\x"));
  CHECK(!names("C:\\a\\**2\\x", "C:\\a\\1\\2\\3\\x"));
  CHECK(names("C:\\a\\**2", "C:\\a\\1\\x"));
  CHECK(!names("C:\\a\\**2", "C:\\a\\1\\2\\x"));
  CHECK(names("C:\\a\\**", "C:\\a\\1\\2\\3\\4\\x"));
  CHECK(!names("C:\\a\\**", "C:\\b\\x"));
}

TEST(test_globs__only_a_part_with_a_colon_names_a_stream)
{
  CHECK(names("C:\\$Extend\\$UsnJrnl:$J", "C:\\$extend\\$usnjrnl:$j"));
  CHECK(names("C:\\**\\*:Zone.Identifier", "C:\\a\\b\\x.exe:Zone.Identifier"));
  CHECK(!names("C:\\**\\*", "C:\\a\\x.exe:Zone.Identifier"));
  CHECK(!names("C:\\a\\**", "C:\\a\\x.exe:Zone.Identifier"));
  CHECK(!names("C:\\*:*", "C:\\x"));
  CHECK(names("?:\\x", "Z:\\x"));
}

TEST(test_globs__knows_whose_streams_are_wanted)
{
  const hk_str globs[] = {HK_S("C:\\a\\*.exe:*"), HK_S("C:\\a\\*")};
  struct hk_glob_set *s = NULL;
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = globs, .n = 2}, &s).code, HK_OK);
  const struct hk_glob_state *const drive = hk_glob_enter(s, hk_glob_start(s), HK_S("C:"));
  const struct hk_glob_state *const folder = hk_glob_enter(s, drive, HK_S("A"));
  CHECK(hk_glob_wants_streams(s, folder, HK_S("x.EXE")));
  CHECK(!hk_glob_wants_streams(s, folder, HK_S("x.txt")));
  CHECK(!hk_glob_wants_streams(s, drive, HK_S("x.exe")));
  hk_glob_set_close(s);
}

TEST(test_globs__enters_only_where_something_can_still_match)
{
  const hk_str globs[] = {HK_S("C:\\Windows\\*\\x"), HK_S("C:\\y")};
  struct hk_glob_set *s = NULL;
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = globs, .n = 2}, &s).code, HK_OK);
  const struct hk_glob_state *const drive = hk_glob_enter(s, hk_glob_start(s), HK_S("C:"));
  const struct hk_glob_state *const windows = hk_glob_enter(s, drive, HK_S("Windows"));
  CHECK(!hk_glob_dead(windows));
  CHECK(hk_glob_enter(s, windows, HK_S("1")) == hk_glob_enter(s, windows, HK_S("2")));
  CHECK(hk_glob_dead(hk_glob_enter(s, drive, HK_S("y"))));
  CHECK(hk_glob_dead(hk_glob_enter(s, hk_glob_start(s), HK_S("D:"))));
  hk_glob_set_close(s);
}

TEST(test_globs__a_link_is_reported_only_where_it_is_expected)
{
  const hk_str globs[] = {HK_S("C:\\**\\x"), HK_S("C:\\x"), HK_S("C:\\**1\\x")};
  struct hk_glob_set *s = NULL;
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = globs, .n = 3}, &s).code, HK_OK);
  const struct hk_glob_state *const drive = hk_glob_enter(s, hk_glob_start(s), HK_S("C:"));
  CHECK_EQ_INT(hk_glob_file(s, drive, HK_S("x"), false).n, 3);
  const struct hk_hits link = hk_glob_file(s, drive, HK_S("x"), true);
  CHECK(link.n == 1 && link.v[0] == 1);
  hk_glob_set_close(s);
}

TEST(test_globs__refuses_a_glob_of_too_many_parts)
{
  char text[3000] = "C:";
  for (size_t i = 2; i + 2 < sizeof text; i += 2) memcpy(text + i, "\\*", 3);
  const hk_str one = hk_str_of(text);
  struct hk_glob_set *s = NULL;
  CHECK_EQ_INT(hk_glob_set_open(&(struct hk_globs){.v = &one, .n = 1}, &s).code, HK_USAGE);
}
