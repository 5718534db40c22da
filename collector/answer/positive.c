/* Rules are positive: losing a record may lose a row of their result, never make one. This looks at the words of the
   SQL, with comments and strings out of the way. It is the first net; the tests that take sources away are the second.

   Refused: EXISTS (a join or IN says the same), EXCEPT, NOT before anything but LIKE, GLOB, BETWEEN and NULL, IS NULL
   except for an unknown time or class of something that is there, LIMIT, outer joins other than LEFT, a count that
   must be small, IN (…) compared with something, coalesce over a subquery, and the word event: rules read ev_<verb>. */
#include <ctype.h>
#include <string.h>

#include "answer/rule.h"

enum token_type { WORD, QUOTED, STRING, NUMBER, MARK };

struct token {
  enum token_type type;
  hk_str text; /* words in upper case */
};

struct tokens {
  struct token *v;
  size_t n;
};

static bool is_word(char c)
{
  return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Length of what is no token: blanks and comments. */
static size_t skip(const char *p)
{
  const char *const from = p;
  for (;;) {
    if (isspace((unsigned char)*p)) {
      p++;
    } else if (p[0] == '-' && p[1] == '-') {
      while (*p != '\0' && *p != '\n')
        p++;
    } else if (p[0] == '/' && p[1] == '*') {
      const char *const end = strstr(p + 2, "*/");
      p = end == NULL ? p + strlen(p) : end + 2;
    } else {
      return (size_t)(p - from);
    }
  }
}

/* From the opening quote to behind the closing one; a doubled quote is one of the text. */
static size_t quoted(const char *p)
{
  const char close = *p == '[' ? ']' : *p;
  size_t n = 1;
  while (p[n] != '\0') {
    if (p[n] != close)
      n++;
    else if (close != ']' && p[n + 1] == close)
      n += 2;
    else
      return n + 1;
  }
  return n;
}

static size_t mark(const char *p)
{
  static const char *const two[] = {"<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->"};
  for (size_t i = 0; i < sizeof two / sizeof two[0]; i++)
    if (strncmp(p, two[i], 2) == 0) return 2;
  return 1;
}

static struct token next_token(const char *p, struct hk_arena *a)
{
  struct token t = {.type = MARK, .text = {.p = p, .n = 0}};
  if (strchr("'\"[`", *p) != NULL) {
    t.type = *p == '\'' ? STRING : QUOTED;
    t.text.n = quoted(p);
  } else if (isdigit((unsigned char)*p)) {
    t.type = NUMBER;
    while (is_word(p[t.text.n]) || p[t.text.n] == '.')
      t.text.n++;
  } else if (is_word(*p)) {
    t.type = WORD;
    while (is_word(p[t.text.n]))
      t.text.n++;
    char *const upper = hk_alloc(a, t.text.n + 1);
    for (size_t i = 0; upper != NULL && i < t.text.n; i++)
      upper[i] = (char)toupper((unsigned char)p[i]);
    t.text.p = upper;
  } else {
    t.text.n = mark(p);
  }
  return t;
}

static hk_err tokenize(const char *sql, struct hk_arena *a, struct tokens *out)
{
  out->v = hk_new(a, struct token, strlen(sql) + 1);
  if (out->v == NULL) return hk_fail(HK_MEMORY, "read a rule", HK_NO_OFFSET);
  for (const char *p = sql + skip(sql); *p != '\0'; p += skip(p)) {
    const struct token t = next_token(p, a);
    if (t.text.p == NULL) return hk_fail(HK_MEMORY, "read a rule", HK_NO_OFFSET);
    out->v[out->n++] = t;
    p += t.text.n;
  }
  return hk_ok();
}

static bool is(const struct tokens *t, size_t i, const char *word)
{
  return i < t->n && t->v[i].type != STRING && t->v[i].type != QUOTED && hk_str_eq(t->v[i].text, hk_str_of(word));
}

static bool is_one(const struct tokens *t, size_t i, const char *const *words)
{
  for (; *words != NULL; words++)
    if (is(t, i, *words)) return true;
  return false;
}

/* The name a token stands for, without its quotes, folded by comparison. */
static hk_str name_of(const struct token *t)
{
  return t->type == QUOTED && t->text.n >= 2 ? hk_str_sub(t->text, 1, t->text.n - 1) : t->text;
}

static bool is_name(const struct tokens *t, size_t i, const char *name)
{
  return i < t->n && (t->v[i].type == WORD || t->v[i].type == QUOTED) && hk_str_ieq(name_of(&t->v[i]), hk_str_of(name));
}

/* Index behind the bracket that closes the one at i. */
static size_t behind(const struct tokens *t, size_t i)
{
  size_t depth = 0;
  for (; i < t->n; i++) {
    if (is(t, i, "(")) depth++;
    if (is(t, i, ")") && --depth == 0) return i + 1;
  }
  return t->n;
}

/* Is this the alias (or name) of the right side of a LEFT JOIN? A bracket there counts as any name. */
static bool left_joined(const struct tokens *t, hk_str alias)
{
  for (size_t i = 0; i < t->n; i++) {
    if (!is(t, i, "LEFT")) continue;
    size_t k = i + 1;
    if (is(t, k, "OUTER")) k++;
    if (!is(t, k, "JOIN")) continue;
    k++;
    if (k >= t->n || is(t, k, "(")) return true;
    if (hk_str_ieq(name_of(&t->v[k]), alias)) return true;
    if (is(t, k + 1, ".")) k += 2;
    if (is(t, k + 1, "AS")) k++;
    if (k + 1 < t->n && hk_str_ieq(name_of(&t->v[k + 1]), alias)) return true;
  }
  return false;
}

/* At the word ISNULL, or IS of IS NULL: allowed for "x.at IS NULL", where x is there and only its time is not known. */
static bool null_is_harmless(const struct tokens *t, size_t i)
{
  static const char *const columns[] = {"at", "lo", "hi", "place", "tool"};
  if (i < 3 || !is(t, i - 2, ".")) return false;
  bool known = false;
  for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
    known = known || is_name(t, i - 1, columns[c]);
  return known && !left_joined(t, name_of(&t->v[i - 3]));
}

static hk_err check_not(const struct hk_rule *r, const struct tokens *t, size_t i, char why[512])
{
  static const char *const harmless[] = {"LIKE", "GLOB", "BETWEEN", "NULL", "MATERIALIZED", NULL};
  if (is(t, i + 1, "EXISTS"))
    return hk_rule_refuse(why, r->file, "NOT EXISTS: what is not there proves nothing; write an excuse instead");
  if (is(t, i + 1, "IN"))
    return hk_rule_refuse(why, r->file, "NOT IN: what is not there proves nothing; write an excuse instead");
  if (is_one(t, i + 1, harmless)) return hk_ok();
  if (i > 0 && is(t, i - 1, "IS") && i + 1 < t->n && !is(t, i + 1, "(")) return hk_ok();
  return hk_rule_refuse(why, r->file, "NOT before something other than LIKE, GLOB, BETWEEN or NULL");
}

static hk_err check_count(const struct hk_rule *r, const struct tokens *t, size_t i, char why[512])
{
  static const char *const small_after[] = {"=", "==", "<", "<=", "<>", "!=", "IS", "BETWEEN", "IN", "NOT", NULL};
  static const char *const small_before[] = {"=", "==", ">", ">=", "<>", "!=", NULL};
  size_t end = behind(t, i + 1);
  while (is(t, end, "FILTER") || is(t, end, "OVER"))
    end = is(t, end + 1, "(") ? behind(t, end + 1) : end + 2;
  if (is_one(t, end, small_after) || (i > 0 && is_one(t, i - 1, small_before)))
    return hk_rule_refuse(why, r->file, "a count that must be small or exact: losing records would make it true");
  return hk_ok();
}

static hk_err check_in(const struct hk_rule *r, const struct tokens *t, size_t i, char why[512])
{
  static const char *const compared[] = {"=", "==", "<", "<=", "<>", "!=", "IS", ">", ">=", NULL};
  if (is(t, i + 1, "(") && is_one(t, behind(t, i + 1), compared))
    return hk_rule_refuse(why, r->file, "IN (…) compared with a value: that is a negation");
  return hk_ok();
}

static hk_err check_null(const struct hk_rule *r, const struct tokens *t, size_t i, char why[512])
{
  if (null_is_harmless(t, i)) return hk_ok();
  return hk_rule_refuse(why, r->file,
                        "IS NULL over evidence (an anti-join): only x.at, x.lo, x.hi, x.place and x.tool of a row that "
                        "is there may be unknown");
}

static hk_err check_at(const struct hk_rule *r, const struct tokens *t, size_t i, char why[512])
{
  static const char *const counts[] = {"COUNT", "SUM", "TOTAL", NULL};
  static const char *const defaults[] = {"COALESCE", "IFNULL", "IIF", "NULLIF", NULL};
  if (is_name(t, i, "event"))
    return hk_rule_refuse(why, r->file, "reads the table event: rules read the views ev_<verb>");
  if (is(t, i, "NOT")) return check_not(r, t, i, why);
  if (is(t, i, "EXISTS"))
    return hk_rule_refuse(why, r->file, "EXISTS: write a join or IN (its opposite is easily hidden)");
  if (is(t, i, "EXCEPT"))
    return hk_rule_refuse(why, r->file, "EXCEPT: what is not there proves nothing; write an excuse instead");
  if (is(t, i, "LIMIT") || is(t, i, "OFFSET"))
    return hk_rule_refuse(why, r->file, "LIMIT: which rows are left would depend on rows that are lost");
  if ((is(t, i, "FULL") || is(t, i, "RIGHT")) && (is(t, i + 1, "JOIN") || is(t, i + 1, "OUTER")))
    return hk_rule_refuse(why, r->file, "outer join other than LEFT");
  if (is(t, i, "ISNULL") || (is(t, i, "IS") && is(t, i + 1, "NULL"))) return check_null(r, t, i, why);
  if (is_one(t, i, counts) && is(t, i + 1, "(")) return check_count(r, t, i, why);
  if (is(t, i, "IN")) return check_in(r, t, i, why);
  if (is_one(t, i, defaults) && is(t, i + 1, "(") && is(t, i + 2, "(") && is(t, i + 3, "SELECT"))
    return hk_rule_refuse(why, r->file, "a default for a subquery that may find nothing");
  return hk_ok();
}

hk_err hk_rule_positive(const struct hk_rule *r, struct hk_arena *a, char why[512])
{
  struct tokens t = {0};
  HK_TRY(tokenize(r->sql, a, &t));
  if (!is(&t, 0, "SELECT") && !is(&t, 0, "WITH")) return hk_rule_refuse(why, r->file, "no SELECT");
  for (size_t i = 0; i < t.n; i++)
    HK_TRY(check_at(r, &t, i, why));
  return hk_ok();
}

bool hk_rule_has_literal(const char *sql, const char *text)
{
  const size_t n = strlen(text);
  for (const char *p = sql + skip(sql); *p != '\0'; p += skip(p)) {
    if (strchr("'\"[`", *p) != NULL) {
      const size_t size = quoted(p);
      if (*p == '\'' && size == n + 2 && memcmp(p + 1, text, n) == 0) return true;
      p += size;
    } else {
      p++;
    }
  }
  return false;
}
