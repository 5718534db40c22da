/* Infix to postfix with a stack of operators, postfix to an automaton (Thompson), and all its states at once over the name. */
#include "acquire/define/regex.h"

#include <string.h>

#define TOKENS_MAX 1500
#define GROUPS_MAX 100
#define REPEAT_MAX 64
#define NAME_POINTS_MAX 600

enum op { ATOM, CAT, ALT, STAR, PLUS, OPT, OPEN };

enum test { ONE_OF, NOTHING, BOUNDARY, BEGIN, END };

struct atom {
  enum test test;
  uint64_t ascii[2]; /* folded letters */
  bool others;       /* every point above 127 */
  uint32_t point;    /* or this one, 0 = none */
};

struct token {
  enum op op;
  uint16_t atom;
};

struct state {
  bool split; /* no test: both ways */
  uint16_t atom;
  uint16_t next[2];
};

struct hk_regex {
  struct atom *atoms;
  struct state *states;
  uint16_t n_states, start, accept;
};

#define NO_STATE UINT16_MAX

/* ---- reading ----------------------------------------------------------------------------------------------------------------- */

struct reading {
  hk_str text;
  size_t at;
  struct atom *atoms;
  size_t n_atoms;
  struct token out[TOKENS_MAX];
  size_t n_out;
  enum op stack[TOKENS_MAX];
  size_t n_stack;
  size_t n_open;
  bool operand; /* what was read last is one */
  const char *why;
};

static hk_err give_up(struct reading *r, enum hk_code code, const char *why)
{
  r->why = why;
  return hk_fail(code, "read a regular expression", HK_NO_OFFSET);
}

static hk_err emit(struct reading *r, enum op op, size_t atom)
{
  if (r->n_out == TOKENS_MAX) return give_up(r, HK_UNSUPPORTED, "too long");
  r->out[r->n_out++] = (struct token){.op = op, .atom = (uint16_t)atom};
  return hk_ok();
}

static hk_err push(struct reading *r, enum op op)
{
  if (r->n_stack == TOKENS_MAX) return give_up(r, HK_UNSUPPORTED, "too long");
  r->stack[r->n_stack++] = op;
  return hk_ok();
}

/* Repetition binds closer than sequence, sequence closer than choice. */
static hk_err operator(struct reading *r, enum op op)
{
  while (r->n_stack > 0 && (r->stack[r->n_stack - 1] == CAT || (op == ALT && r->stack[r->n_stack - 1] == ALT)))
    HK_TRY(emit(r, r->stack[--r->n_stack], 0));
  return push(r, op);
}

static hk_err operand(struct reading *r, struct atom a)
{
  if (r->n_atoms == TOKENS_MAX) return give_up(r, HK_UNSUPPORTED, "too long");
  if (r->operand) HK_TRY(operator(r, CAT));
  r->operand = true;
  r->atoms[r->n_atoms] = a;
  return emit(r, ATOM, r->n_atoms++);
}

static void set_range(struct atom *a, uint32_t from, uint32_t to)
{
  for (uint32_t c = from; c <= to && c < 128; c++) {
    const uint32_t f = hk_fold(c);
    a->ascii[f / 64] |= UINT64_C(1) << (f % 64);
  }
  if (from == to && from >= 128) a->point = hk_fold(from);
  if (to > from && to >= 128) a->others = true;
}

static void invert(struct atom *a)
{
  a->ascii[0] = ~a->ascii[0];
  a->ascii[1] = ~a->ascii[1];
  a->others = !a->others;
}

/* \d, \w, \s, \D …; false: the sign itself is meant. */
static bool set_class(struct atom *a, char c)
{
  const char lower = (char)(c | 0x20);
  struct atom k = {.test = ONE_OF};
  if (lower != 'd' && lower != 'w' && lower != 's') return false;
  if (lower == 's') set_range(&k, ' ', ' ');
  if (lower == 's') set_range(&k, '\t', '\r');
  if (lower != 's') set_range(&k, '0', '9');
  if (lower == 'w') set_range(&k, 'a', 'z');
  if (lower == 'w') set_range(&k, '_', '_');
  if (lower == 'w') k.others = true;
  if (c != lower) invert(&k);
  a->ascii[0] |= k.ascii[0];
  a->ascii[1] |= k.ascii[1];
  a->others = a->others || k.others;
  return true;
}

static hk_err read_escape(struct reading *r)
{
  struct atom a = {.test = ONE_OF};
  if (r->at == r->text.n) return give_up(r, HK_USAGE, "a '\\' at the end");
  const char c = r->text.p[r->at];
  if (c >= '1' && c <= '9') return give_up(r, HK_UNSUPPORTED, "back-references are not read");
  if (c == 'b') {
    r->at++;
    return operand(r, (struct atom){.test = BOUNDARY});
  }
  if (set_class(&a, c)) {
    r->at++;
    return operand(r, a);
  }
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return give_up(r, HK_UNSUPPORTED, "an escaped letter that is not known");
  const uint32_t point = hk_str_next(r->text, &r->at);
  set_range(&a, point, point);
  return operand(r, a);
}

static hk_err read_set(struct reading *r)
{
  struct atom a = {.test = ONE_OF};
  const bool inverted = r->at < r->text.n && r->text.p[r->at] == '^';
  if (inverted) r->at++;
  for (bool first = true; r->at < r->text.n; first = false) {
    uint32_t from = hk_str_next(r->text, &r->at);
    if (from == ']' && !first) {
      if (inverted) invert(&a);
      return operand(r, a);
    }
    if (from == '\\') {
      if (r->at == r->text.n) break;
      if (set_class(&a, r->text.p[r->at])) {
        r->at++;
        continue;
      }
      from = hk_str_next(r->text, &r->at);
    }
    uint32_t to = from;
    if (r->at + 1 < r->text.n && r->text.p[r->at] == '-' && r->text.p[r->at + 1] != ']') {
      r->at++;
      to = hk_str_next(r->text, &r->at);
    }
    set_range(&a, from, to);
  }
  return give_up(r, HK_USAGE, "a '[' without its ']'");
}

static hk_err read_choice_end(struct reading *r)
{
  return r->operand ? hk_ok() : operand(r, (struct atom){.test = NOTHING});
}

static hk_err read_open(struct reading *r)
{
  if (r->at < r->text.n && r->text.p[r->at] == '?') {
    if (r->at + 1 == r->text.n || r->text.p[r->at + 1] != ':') return give_up(r, HK_UNSUPPORTED, "(?…) is not read");
    r->at += 2;
  }
  if (r->n_open++ == GROUPS_MAX) return give_up(r, HK_UNSUPPORTED, "too many groups");
  if (r->operand) HK_TRY(operator(r, CAT));
  r->operand = false;
  return push(r, OPEN);
}

static hk_err read_close(struct reading *r)
{
  HK_TRY(read_choice_end(r));
  while (r->n_stack > 0 && r->stack[r->n_stack - 1] != OPEN) HK_TRY(emit(r, r->stack[--r->n_stack], 0));
  if (r->n_stack == 0) return give_up(r, HK_USAGE, "a ')' without its '('");
  r->n_stack--;
  r->operand = true;
  return hk_ok();
}

/* {n}, {n,} and {n,m} behind one sign or set; else the brace is a sign like others. */
static hk_err read_count(struct reading *r, bool *taken)
{
  unsigned v[2] = {0, 0};
  size_t i = r->at, n_digits[2] = {0, 0};
  int k = 0;
  for (; i < r->text.n && r->text.p[i] != '}'; i++) {
    const char c = r->text.p[i];
    if (c == ',' && k == 0) {
      k = 1;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (v[k] <= REPEAT_MAX) v[k] = v[k] * 10 + (unsigned)(c - '0');
    n_digits[k]++;
  }
  *taken = i < r->text.n && r->text.p[i] == '}' && n_digits[0] > 0;
  if (!*taken) return hk_ok();
  r->at = i + 1;
  const unsigned least = v[0];
  const bool open_end = k == 1 && n_digits[1] == 0;
  const unsigned most = k == 0 ? least : v[1];
  if (least > REPEAT_MAX || most > REPEAT_MAX || (!open_end && most < least) || (most == 0 && !open_end))
    return give_up(r, HK_UNSUPPORTED, "a count that is not read");
  if (r->n_out == 0 || r->out[r->n_out - 1].op != ATOM) return give_up(r, HK_UNSUPPORTED, "a count behind a group is not read");
  const size_t atom = r->out[r->n_out - 1].atom;
  if (least == 0) HK_TRY(emit(r, open_end ? STAR : OPT, 0));
  for (unsigned n = 1; n < (open_end ? least : most); n++) {
    HK_TRY(emit(r, ATOM, atom));
    if (n >= least) HK_TRY(emit(r, OPT, 0));
    HK_TRY(emit(r, CAT, 0));
  }
  if (!open_end || least == 0) return hk_ok();
  HK_TRY(emit(r, ATOM, atom));
  HK_TRY(emit(r, STAR, 0));
  return emit(r, CAT, 0);
}

static hk_err read_repeat(struct reading *r, char c)
{
  if (!r->operand) return hk_ok(); /* nothing to repeat */
  HK_TRY(emit(r, c == '*' ? STAR : c == '+' ? PLUS : OPT, 0));
  /* "as few as possible" decides where a match ends, not whether there is one. */
  if (r->at < r->text.n && r->text.p[r->at] == '?') r->at++;
  return hk_ok();
}

static hk_err read_sign(struct reading *r)
{
  struct atom a = {.test = ONE_OF};
  const uint32_t c = hk_str_next(r->text, &r->at);
  bool taken = false;
  switch (c) {
  case '(': return read_open(r);
  case ')': return read_close(r);
  case '[': return read_set(r);
  case '\\': return read_escape(r);
  case '^': return operand(r, (struct atom){.test = BEGIN});
  case '$': return operand(r, (struct atom){.test = END});
  case '*':
  case '+':
  case '?': return read_repeat(r, (char)c);
  case '|':
    HK_TRY(read_choice_end(r));
    r->operand = false;
    return operator(r, ALT);
  case '{':
    if (r->operand) HK_TRY(read_count(r, &taken));
    if (taken) return hk_ok();
    break;
  case '.': invert(&a); return operand(r, a);
  default: break;
  }
  set_range(&a, c, c);
  return operand(r, a);
}

static hk_err read_all(struct reading *r)
{
  while (r->at < r->text.n) HK_TRY(read_sign(r));
  HK_TRY(read_choice_end(r));
  while (r->n_stack > 0) {
    if (r->stack[r->n_stack - 1] == OPEN) return give_up(r, HK_USAGE, "a '(' without its ')'");
    HK_TRY(emit(r, r->stack[--r->n_stack], 0));
  }
  return hk_ok();
}

/* ---- the automaton ---------------------------------------------------------------------------------------------------------------- */

struct part {
  uint16_t start, end; /* end: a state whose ways are still open */
};

static uint16_t add_split(struct hk_regex *x, uint16_t a, uint16_t b)
{
  x->states[x->n_states] = (struct state){.split = true, .next = {a, b}};
  return x->n_states++;
}

/* One token; the parts it needs are on the stack, for read_all wrote postfix. */
static void build_token(struct hk_regex *x, struct token t, struct part *stack, size_t *n)
{
  struct part *const top = &stack[*n - 1];
  if (t.op == ATOM) {
    const uint16_t end = add_split(x, NO_STATE, NO_STATE);
    x->states[x->n_states] = (struct state){.atom = t.atom, .next = {end, NO_STATE}};
    stack[(*n)++] = (struct part){.start = x->n_states++, .end = end};
  } else if (t.op == CAT) {
    x->states[top[-1].end].next[0] = top->start;
    top[-1].end = top->end;
    (*n)--;
  } else if (t.op == ALT) {
    const uint16_t end = add_split(x, NO_STATE, NO_STATE);
    x->states[top[-1].end].next[0] = end;
    x->states[top->end].next[0] = end;
    top[-1] = (struct part){.start = add_split(x, top[-1].start, top->start), .end = end};
    (*n)--;
  } else {
    const uint16_t end = add_split(x, NO_STATE, NO_STATE);
    x->states[top->end].next[0] = end;
    if (t.op != OPT) x->states[top->end].next[1] = top->start;
    *top = (struct part){.start = t.op == PLUS ? top->start : add_split(x, top->start, end), .end = end};
  }
}

static hk_err build(struct hk_arena *a, const struct reading *r, struct hk_regex *x)
{
  struct part *const stack = hk_new(a, struct part, r->n_out + 1);
  x->states = hk_new(a, struct state, 2 * r->n_out + 2);
  x->atoms = hk_new(a, struct atom, r->n_atoms);
  if (stack == NULL || x->states == NULL || x->atoms == NULL) return hk_fail(HK_MEMORY, "read a regular expression", HK_NO_OFFSET);
  memcpy(x->atoms, r->atoms, r->n_atoms * sizeof *x->atoms);
  size_t n = 1; /* stack[0] is never used: top[-1] exists */
  for (size_t i = 0; i < r->n_out; i++) build_token(x, r->out[i], stack, &n);
  x->start = stack[1].start;
  x->accept = stack[1].end;
  return hk_ok();
}

hk_err hk_regex_make(struct hk_arena *a, hk_str text, const struct hk_regex **out, hk_str *why)
{
  struct hk_arena scratch;
  hk_arena_init(&scratch, 0);
  struct reading *const r = hk_new(&scratch, struct reading, 1);
  struct hk_regex *const x = hk_new(a, struct hk_regex, 1);
  hk_err e = r == NULL || x == NULL ? hk_fail(HK_MEMORY, "read a regular expression", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) {
    r->text = text;
    r->atoms = hk_new(&scratch, struct atom, TOKENS_MAX);
    e = r->atoms == NULL ? hk_fail(HK_MEMORY, "read a regular expression", HK_NO_OFFSET) : read_all(r);
    if (e.code == HK_OK) e = build(a, r, x);
    if (e.code != HK_OK && r->why != NULL) *why = hk_str_of(r->why);
  }
  hk_arena_done(&scratch);
  if (e.code == HK_OK) *out = x;
  return e;
}

/* ---- searching -------------------------------------------------------------------------------------------------------------------- */

struct search {
  const struct hk_regex *x;
  uint32_t name[NAME_POINTS_MAX];
  size_t n, at;
  uint16_t list[2][2 * TOKENS_MAX + 2];
  size_t count;
  size_t seen[2 * TOKENS_MAX + 2]; /* position + 1 */
};

static bool is_word(uint32_t c)
{
  return c >= 128 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Tests that take no sign. */
static bool holds(const struct search *s, enum test t)
{
  const bool before = s->at > 0 && is_word(s->name[s->at - 1]);
  const bool behind = s->at < s->n && is_word(s->name[s->at]);
  return t == NOTHING || (t == BOUNDARY && before != behind) || (t == BEGIN && s->at == 0) || (t == END && s->at == s->n);
}

static void reach(struct search *s, uint16_t *list, uint16_t state)
{
  if (state == NO_STATE || s->seen[state] == s->at + 1) return;
  s->seen[state] = s->at + 1;
  list[s->count++] = state;
}

/* Follows what takes no sign; true when the end is among it. */
static bool settle(struct search *s, uint16_t *list)
{
  for (size_t i = 0; i < s->count; i++) {
    const struct state *const t = &s->x->states[list[i]];
    if (list[i] == s->x->accept) return true;
    if (t->split || (s->x->atoms[t->atom].test != ONE_OF && holds(s, s->x->atoms[t->atom].test))) {
      reach(s, list, t->next[0]);
      if (t->split) reach(s, list, t->next[1]);
    }
  }
  return false;
}

static bool takes(const struct atom *a, uint32_t c)
{
  if (a->test != ONE_OF) return false;
  if (c < 128) return (a->ascii[c / 64] >> (c % 64) & 1) != 0;
  return a->others || a->point == c;
}

bool hk_regex_finds(const struct hk_regex *x, hk_str name)
{
  struct search s = {.x = x};
  for (size_t i = 0; i < name.n && s.n < NAME_POINTS_MAX;) s.name[s.n++] = hk_fold(hk_str_next(name, &i));
  size_t now = 0;
  for (;; s.at++) {
    reach(&s, s.list[now], x->start); /* it may begin anywhere */
    if (settle(&s, s.list[now])) return true;
    if (s.at == s.n) return false;
    const size_t n = s.count;
    s.count = 0;
    s.at++; /* reach marks for the next position */
    for (size_t i = 0; i < n; i++) {
      const struct state *const t = &x->states[s.list[now][i]];
      if (!t->split && takes(&x->atoms[t->atom], s.name[s.at - 1])) reach(&s, s.list[1 - now], t->next[0]);
    }
    s.at--;
    now = 1 - now;
  }
}
