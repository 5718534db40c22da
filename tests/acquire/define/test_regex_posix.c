/* Random expressions of what POSIX extended expressions have, too, against regcomp. */
#include "check.h"

#include <regex.h>
#include <stdio.h>

#include "acquire/define/regex.h"

static uint32_t next_random(uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

TEST(test_regex__agrees_with_posix)
{
  static const char *const pieces[] = {"a", "b", ".", "a*", "b+", "a?", "(a|b)", "(ab|b)*", "[ab]", "[^a]", "b{2}", "\\.", "(a|bb)+", "c{1,2}"};
  uint32_t state = 5;
  size_t n_true = 0;
  for (int round = 0; round < 4000; round++) {
    char text[200] = "";
    const bool whole = next_random(&state) % 2 == 0;
    size_t at = (size_t)snprintf(text, sizeof text, "%s", whole ? "^" : "");
    for (size_t n = 1 + next_random(&state) % 5; n > 0; n--)
      at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", pieces[next_random(&state) % 14], next_random(&state) % 7 == 0 && n > 1 && !whole ? "|" : "");
    (void)snprintf(text + at, sizeof text - at, "%s", whole ? "$" : "");
    char name[12];
    const size_t length = next_random(&state) % 10;
    for (size_t i = 0; i < length; i++) name[i] = "abc."[next_random(&state) % 4];
    name[length] = 0;
    regex_t theirs;
    CHECK_EQ_INT(regcomp(&theirs, text, REG_EXTENDED | REG_NOSUB | REG_ICASE), 0);
    const bool expected = regexec(&theirs, name, 0, NULL, 0) == 0;
    regfree(&theirs);
    struct hk_arena a;
    const struct hk_regex *r = NULL;
    hk_str why = hk_str_of("");
    hk_arena_init(&a, 0);
    CHECK_EQ_INT(hk_regex_make(&a, hk_str_of(text), &r, &why).code, HK_OK);
    const bool ours = hk_regex_finds(r, hk_str_of(name));
    if (ours != expected) printf("  %s against \"%s\": %d\n", text, name, expected);
    CHECK_EQ_INT(ours, expected);
    n_true += expected;
    hk_arena_done(&a);
  }
  CHECK(n_true > 500);
}
