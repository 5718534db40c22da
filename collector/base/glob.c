/* Path globs as a set of states: each path character moves every live position of the glob one step, so the work is
   at most glob length times path length whatever an attacker names his files. */
#include <string.h>

#include "base/str.h"

#define MAX_GLOB 256 /* code points after decoding; globs are ours or the analyst's */

enum op { LITERAL, ANY_ONE, STAR, DEEP, DEEP_OR_NOTHING, END };

struct step {
  enum op op;
  uint32_t c;
};

static bool is_separator(uint32_t c)
{
  return c == '\\' || c == '/';
}

/* Decodes the glob; `**` between separators also swallows the separator behind it (DEEP_OR_NOTHING). -1: too long. */
static int compile(hk_str glob, struct step out[MAX_GLOB])
{
  int n = 0;
  uint32_t before = '\\';
  for (size_t i = 0; i < glob.n;) {
    if (n + 1 >= MAX_GLOB) return -1;
    const uint32_t c = hk_str_next(glob, &i);
    const bool twice = c == '*' && i < glob.n && glob.p[i] == '*';
    if (twice) {
      i++;
      const bool whole = is_separator(before) && i < glob.n && is_separator((unsigned char)glob.p[i]);
      if (whole) i++;
      out[n++] = (struct step){.op = whole ? DEEP_OR_NOTHING : DEEP};
      before = whole ? (uint32_t)'\\' : c;
      continue;
    }
    out[n++] = c == '*'   ? (struct step){.op = STAR}
               : c == '?' ? (struct step){.op = ANY_ONE}
                          : (struct step){.op = LITERAL, .c = is_separator(c) ? '\\' : hk_fold(c)};
    before = c;
  }
  out[n] = (struct step){.op = END};
  return n;
}

/* A position on a star is also a position behind it: close the set over empty moves. */
static void close_over(const struct step *steps, int n, bool *live)
{
  for (int i = 0; i < n; i++)
    if (live[i] && (steps[i].op == STAR || steps[i].op == DEEP)) live[i + 1] = true;
}

static bool advance(const struct step *steps, int n, const bool *live, bool *next, uint32_t c)
{
  const bool separator = is_separator(c);
  const uint32_t folded = separator ? '\\' : hk_fold(c);
  bool any = false;
  for (int i = 0; i < n; i++) {
    if (!live[i]) continue;
    switch (steps[i].op) {
    case LITERAL:
      if (steps[i].c == folded) next[i + 1] = any = true;
      break;
    case ANY_ONE:
      if (!separator) next[i + 1] = any = true;
      break;
    case STAR:
      if (!separator) next[i] = any = true;
      break;
    case DEEP:
      next[i] = any = true;
      break;
    case DEEP_OR_NOTHING:
      next[i] = any = true;
      if (separator) next[i + 1] = true;
      break;
    case END:
      break;
    }
  }
  return any;
}

bool hk_glob_match(hk_str glob, hk_str path)
{
  struct step steps[MAX_GLOB];
  const int n = compile(glob, steps);
  if (n < 0) return false;
  bool sets[2][MAX_GLOB] = {{false}};
  int now = 0;
  sets[0][0] = true;
  for (int k = 0; k < n && steps[k].op == DEEP_OR_NOTHING; k++) sets[0][k + 1] = true;
  close_over(steps, n, sets[0]);
  for (size_t i = 0; i < path.n;) {
    const uint32_t c = hk_str_next(path, &i);
    bool *const next = sets[1 - now];
    memset(next, 0, sizeof sets[0]);
    if (!advance(steps, n, sets[now], next, c)) return false;
    /* A literal separator may be followed by `**\`, which may be nothing. */
    for (int k = 0; k < n; k++)
      if (next[k] && steps[k].op == DEEP_OR_NOTHING && is_separator(c)) next[k + 1] = true;
    close_over(steps, n, next);
    now = 1 - now;
  }
  return sets[now][n];
}
