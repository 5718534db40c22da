/* The header of a rule file: which lines there may be and what each may say. Every refusal names file and reason. */
#include "answer/rule.h"

#include <stdlib.h>
#include <string.h>

/* One file being read. */
struct loader {
  struct hk_facts *facts;
  struct hk_arena *arena;
  struct hk_rule *rule;
  char *why;
  uint64_t seen; /* bit per key */
};

#define REFUSE(l, ...) hk_rule_refuse((l)->why, (l)->rule->file, __VA_ARGS__)

const char *hk_rule_keep(struct hk_arena *a, hk_str s)
{
  const char *const z = hk_str_z(a, s);
  return z == NULL ? "" : z;
}

/* ---- small parts of header values ---- */

static hk_str trim(hk_str s)
{
  while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
    s = hk_str_sub(s, 1, s.n);
  while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
    s.n--;
  return s;
}

/* Cuts the part up to c off the front; false when nothing is left. */
static bool cut(hk_str *rest, char c, hk_str *part)
{
  while (rest->n > 0) {
    const size_t at = hk_str_find(*rest, c);
    *part = trim(hk_str_sub(*rest, 0, at));
    *rest = at == rest->n ? HK_S("") : hk_str_sub(*rest, at + 1, rest->n);
    if (part->n > 0) return true;
  }
  return false;
}

static const char *keep(struct loader *l, hk_str s)
{
  return hk_rule_keep(l->arena, s);
}

static hk_err as_number(struct loader *l, hk_str s, long most, long *out)
{
  const char *const z = keep(l, s);
  char *end = NULL;
  const long v = strtol(z, &end, 10);
  if (s.n == 0 || *end != '\0' || v < 0 || v > most) return REFUSE(l, "not a number from 0 to %ld: %s", most, z);
  *out = v;
  return hk_ok();
}

static int step_index(const struct hk_rule *r, hk_str name)
{
  for (size_t i = 0; i < r->n_steps; i++)
    if (hk_str_eq(hk_str_of(r->steps[i].name), name)) return (int)i;
  return -1;
}

/* One kind by name. `name?` may be unknown to this program; then *kind is 0 and it is remembered. */
static hk_err as_kind(struct loader *l, hk_str name, int64_t *kind)
{
  const bool optional = name.n > 0 && name.p[name.n - 1] == '?';
  if (optional) name.n--;
  const char *const z = keep(l, trim(name));
  *kind = hk_facts_kind(l->facts, z);
  if (*kind != 0) return hk_ok();
  if (!optional) return REFUSE(l, "unknown kind of log: %s", z);
  struct hk_rule *const r = l->rule;
  for (size_t i = 0; i < r->n_unknown; i++)
    if (strcmp(r->unknown[i], z) == 0) return hk_ok();
  if (r->n_unknown == sizeof r->unknown / sizeof r->unknown[0]) return REFUSE(l, "too many unknown kinds");
  r->unknown[r->n_unknown++] = z;
  return hk_ok();
}

static hk_err as_kinds(struct loader *l, hk_str v, char separator, struct hk_kind_set *out, bool *unknown)
{
  hk_str part;
  while (cut(&v, separator, &part)) {
    int64_t kind = 0;
    HK_TRY(as_kind(l, part, &kind));
    if (kind == 0)
      *unknown = true;
    else
      hk_set_add(out, kind);
  }
  return hk_ok();
}

static hk_err as_level(struct loader *l, hk_str s, enum hk_level *out)
{
  static const enum hk_level levels[] = {HK_SUSPECTED, HK_LIKELY, HK_CONFIRMED};
  for (size_t i = 0; i < 3; i++)
    if (hk_str_eq(s, hk_str_of(hk_level_code(levels[i])))) {
      *out = levels[i];
      return hk_ok();
    }
  return REFUSE(l, "unknown level: %.*s", (int)s.n, s.p);
}

/* "A=confirmed B=likely C=suspected": all three, and no better grade with a lower level. */
static hk_err as_levels(struct loader *l, hk_str v, enum hk_level out[3])
{
  unsigned have = 0;
  hk_str part;
  while (cut(&v, ' ', &part)) {
    if (part.n < 3 || part.p[0] < 'A' || part.p[0] > 'C' || part.p[1] != '=')
      return REFUSE(l, "not A=, B= or C=: %.*s", (int)part.n, part.p);
    HK_TRY(as_level(l, hk_str_sub(part, 2, part.n), &out[part.p[0] - 'A']));
    have |= 1U << (part.p[0] - 'A');
  }
  if (have != 7) return REFUSE(l, "a level is missing: A, B and C are needed");
  if (out[0] < out[1] || out[1] < out[2]) return REFUSE(l, "a worse grade has a better level");
  return hk_ok();
}

/* ---- header keys ---- */

static hk_err on_question(struct loader *l, hk_str v)
{
  hk_str part;
  while (cut(&v, ',', &part)) {
    int q = 0;
    while (q < HK_Q_COUNT && !hk_str_eq(part, hk_str_of(hk_question_code((enum hk_question)q))))
      q++;
    if (q == HK_Q_COUNT) return REFUSE(l, "unknown question: %.*s", (int)part.n, part.p);
    l->rule->questions |= 1U << q;
  }
  return hk_ok();
}

static hk_err on_weight(struct loader *l, hk_str v)
{
  long n = 0;
  HK_TRY(as_number(l, v, 100, &n));
  l->rule->weight = (int)n;
  return hk_ok();
}

static hk_err on_needs(struct loader *l, hk_str v)
{
  struct hk_rule *const r = l->rule;
  struct hk_need *const more = hk_new(l->arena, struct hk_need, r->n_needs + 1);
  if (more == NULL) return hk_fail(HK_MEMORY, "load a rule", HK_NO_OFFSET);
  for (size_t i = 0; i < r->n_needs; i++)
    more[i] = r->needs[i];
  struct hk_need *const need = &more[r->n_needs];
  hk_str part;
  while (cut(&v, '|', &part)) {
    if (need->n == HK_ALTERNATIVES) return REFUSE(l, "too many alternatives in needs");
    HK_TRY(as_kinds(l, part, '+', &need->all[need->n], &need->unknown[need->n]));
    need->n++;
  }
  if (need->n == 0) return REFUSE(l, "an empty needs line");
  r->needs = more;
  r->n_needs++;
  return hk_ok();
}

static hk_err on_steps(struct loader *l, hk_str v)
{
  struct hk_rule *const r = l->rule;
  hk_str part;
  bool any = false;
  while (cut(&v, ' ', &part)) {
    const char last = part.p[part.n - 1];
    if (part.n < 2 || (last != '!' && last != '?'))
      return REFUSE(l, "a step needs ! (required) or ? (adds): %.*s", (int)part.n, part.p);
    if (r->n_steps == HK_STEPS) return REFUSE(l, "too many steps");
    const hk_str name = hk_str_sub(part, 0, part.n - 1);
    if (step_index(r, name) >= 0) return REFUSE(l, "step named twice: %.*s", (int)name.n, name.p);
    r->steps[r->n_steps++] = (struct hk_step){.name = keep(l, name), .required = last == '!'};
    any = any || last == '!';
  }
  if (!any) return REFUSE(l, "no required step");
  return hk_ok();
}

static hk_err on_decides(struct loader *l, hk_str v)
{
  bool unknown = false;
  return as_kinds(l, v, ',', &l->rule->decides, &unknown);
}

static hk_err on_level(struct loader *l, hk_str v)
{
  return as_levels(l, v, l->rule->level);
}

static hk_err need_step(struct loader *l, hk_str name, int *out)
{
  *out = step_index(l->rule, name);
  if (*out < 0) return REFUSE(l, "unknown step: %.*s (steps stand before)", (int)name.n, name.p);
  return hk_ok();
}

/* "text: A=… B=… C=…" */
static hk_err on_with(struct loader *l, hk_str v)
{
  struct hk_rule *const r = l->rule;
  const size_t colon = hk_str_find(v, ':');
  HK_TRY(need_step(l, trim(hk_str_sub(v, 0, colon)), &r->with));
  HK_TRY(as_levels(l, colon == v.n ? HK_S("") : hk_str_sub(v, colon + 1, v.n), r->with_level));
  for (int i = 0; i < 3; i++)
    if (r->with_level[i] < r->level[i]) return REFUSE(l, "with lowers a level: more evidence must not say less");
  return hk_ok();
}

static hk_err on_lift(struct loader *l, hk_str v)
{
  return need_step(l, v, &l->rule->lift);
}

static hk_err as_ids(struct loader *l, hk_str v, const char **out, size_t most, size_t *n)
{
  hk_str part;
  while (cut(&v, ',', &part)) {
    if (*n == most) return REFUSE(l, "too many rules named");
    out[(*n)++] = keep(l, part);
  }
  return hk_ok();
}

static hk_err on_after(struct loader *l, hk_str v)
{
  struct hk_rule *const r = l->rule;
  return as_ids(l, v, r->after, sizeof r->after / sizeof r->after[0], &r->n_after);
}

static hk_err on_of(struct loader *l, hk_str v)
{
  struct hk_rule *const r = l->rule;
  return as_ids(l, v, r->of, sizeof r->of / sizeof r->of[0], &r->n_of);
}

static hk_err on_force(struct loader *l, hk_str v)
{
  static const char *const names[] = {"refutes", "explains", "plausible"};
  for (int i = 0; i < 3; i++)
    if (hk_str_eq(v, hk_str_of(names[i]))) {
      l->rule->force = (enum hk_force)i;
      return hk_ok();
    }
  return REFUSE(l, "unknown force: %.*s", (int)v.n, v.p);
}

static hk_err on_from(struct loader *l, hk_str v)
{
  return as_kinds(l, v, ',', &l->rule->from, &l->rule->from_unknown);
}

static hk_err on_guard(struct loader *l, hk_str v)
{
  const bool window = hk_str_eq(v, HK_S("window"));
  if (!window && !hk_str_eq(v, HK_S("verdict"))) return REFUSE(l, "unknown guard: %.*s", (int)v.n, v.p);
  l->rule->guard = window ? HK_GUARD_WINDOW : HK_GUARD_VERDICT;
  return hk_ok();
}

static hk_err on_back_days(struct loader *l, hk_str v)
{
  long n = 0;
  HK_TRY(as_number(l, v, 3650, &n));
  l->rule->back = n * HK_DAY;
  return hk_ok();
}

enum who { RULES = 1, EXCUSES = 2, BOTH = RULES | EXCUSES };
struct key {
  const char *name;
  unsigned allowed, required; /* for enum who */
  hk_err (*on)(struct loader *l, hk_str v);
  size_t text; /* where the value is kept as it stands, when `on` is NULL */
};

#define TEXT(member) NULL, offsetof(struct hk_rule, member)

static const struct key keys[] = {
    {"id", BOTH, BOTH, TEXT(id)},
    {"question", RULES, RULES, on_question, 0},
    {"candidate", RULES, 0, TEXT(candidate)},
    {"claim.en", RULES, RULES, TEXT(claim.en)},
    {"claim.ja", RULES, RULES, TEXT(claim.ja)},
    {"needs", RULES, RULES, on_needs, 0},
    {"steps", RULES, RULES, on_steps, 0},
    {"decides", RULES, 0, on_decides, 0},
    {"level", RULES, RULES, on_level, 0},
    {"with", RULES, 0, on_with, 0},
    {"lift", RULES, 0, on_lift, 0},
    {"after", RULES, 0, on_after, 0},
    {"attack", RULES, RULES, TEXT(attack)},
    {"weight", RULES, RULES, on_weight, 0},
    {"of", EXCUSES, EXCUSES, on_of, 0},
    {"force", EXCUSES, EXCUSES, on_force, 0},
    {"from", EXCUSES, EXCUSES, on_from, 0},
    {"guard", EXCUSES, EXCUSES, on_guard, 0},
    {"back_days", EXCUSES, 0, on_back_days, 0},
    {"text.en", EXCUSES, EXCUSES, TEXT(text.en)},
    {"text.ja", EXCUSES, EXCUSES, TEXT(text.ja)},
};

/* ---- the header ---- */

static bool is_key_char(char c)
{
  return (c >= 'a' && c <= 'z') || c == '.' || c == '_';
}

/* "-- key: value" */
static bool split_line(hk_str line, hk_str *key, hk_str *value)
{
  const hk_str s = trim(hk_str_sub(line, 2, line.n));
  size_t n = 0;
  while (n < s.n && is_key_char(s.p[n]))
    n++;
  if (n == 0 || n == s.n || s.p[n] != ':') return false;
  *key = hk_str_sub(s, 0, n);
  *value = trim(hk_str_sub(s, n + 1, s.n));
  return true;
}

static hk_err on_line(struct loader *l, hk_str key, hk_str value)
{
  const unsigned who = l->rule->excuse ? EXCUSES : RULES;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (!hk_str_eq(key, hk_str_of(keys[i].name))) continue;
    if ((keys[i].allowed & who) == 0) break;
    if ((l->seen >> i & 1) != 0 && keys[i].on != on_needs) return REFUSE(l, "%s stands twice", keys[i].name);
    l->seen |= UINT64_C(1) << i;
    if (value.n == 0) return REFUSE(l, "%s is empty", keys[i].name);
    if (keys[i].on != NULL) return keys[i].on(l, value);
    const char *const text = keep(l, value);
    memcpy((unsigned char *)l->rule + keys[i].text, &text, sizeof text);
    return hk_ok();
  }
  return REFUSE(l, "unknown header line: %.*s", (int)key.n, key.p);
}

/* Only the lines at the top count; comments in the SQL say nothing to the loader. */
static hk_err read_lines(struct loader *l)
{
  const unsigned who = l->rule->excuse ? EXCUSES : RULES;
  hk_str rest = hk_str_of(l->rule->sql);
  while (rest.n > 0) {
    const size_t at = hk_str_find(rest, '\n');
    const hk_str line = trim(hk_str_sub(rest, 0, at));
    if (line.n > 0 && !hk_str_starts(line, HK_S("--"))) break;
    rest = at == rest.n ? HK_S("") : hk_str_sub(rest, at + 1, rest.n);
    hk_str key = HK_S("");
    hk_str value = HK_S("");
    if (line.n > 0 && split_line(line, &key, &value)) HK_TRY(on_line(l, key, value));
  }
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if ((keys[i].required & who) != 0 && (l->seen >> i & 1) == 0) return REFUSE(l, "%s is missing", keys[i].name);
  return hk_ok();
}

hk_err hk_rule_header(struct hk_facts *f, struct hk_rule *r, struct hk_arena *a, char why[512])
{
  struct loader l = {.facts = f, .arena = a, .rule = r, .why = why};
  return read_lines(&l);
}
