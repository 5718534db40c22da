/* Findings and coverage to five answers (reference: answers, section 5). */
#include <stdlib.h>
#include <string.h>

#include "answer/engine_impl.h"
#include "base/json.h"

struct question {
  enum hk_question id;
  hk_time since; /* since when "no sign" may be said */
  struct hk_kind_set missing;
  const char *unknown[64]; /* kinds no module makes yet */
  size_t n_unknown;
  enum hk_level level;
  const struct hk_found *top;
};

static bool asks(const struct hk_rule *r, enum hk_question q)
{
  return (r->questions >> q & 1) != 0;
}

static hk_time later(hk_time a, hk_time b)
{
  return a > b ? a : b;
}

/* ---- "no sign" and what is missing: coverage ---- */

/* Half a finding whose deciding step was seen: what would complete it may be lost, so everything the rule reads must
   have been there, or the time be past the half that was seen. 0 = there is none, HK_NEVER = at a time nobody knows. */
static hk_time last_half(const struct hk_case *c, const struct hk_rule *r)
{
  hk_time last = 0;
  for (size_t i = 0; i < c->n_found; i++) {
    const struct hk_found *const f = c->found[i];
    if (f->rule != r || f->complete) continue;
    for (size_t k = 0; k < f->n_rows; k++) {
      if (!hk_set_has(&r->decides, f->rows[k].kind)) continue;
      last = later(last, f->rows[k].hi == 0 ? HK_NEVER : f->rows[k].hi + 1);
    }
  }
  return last;
}

static hk_time need_since(const struct hk_case *c, const struct hk_need *n)
{
  hk_time best = HK_NEVER;
  for (size_t i = 0; i < n->n; i++) {
    if (n->unknown[i]) continue;
    const hk_time all = hk_reach_latest(c->reach.full, &n->all[i]);
    if (all < best) best = all;
  }
  return best;
}

static void add_missing(const struct hk_case *c, struct question *q, const struct hk_kind_set *kinds)
{
  for (int64_t k = 1; k < HK_KINDS_MAX; k++)
    if (hk_set_has(kinds, k) && c->reach.clear[k] > c->window_lo) hk_set_add(&q->missing, k);
}

static void add_unknown(struct question *q, const struct hk_rule *r)
{
  for (size_t i = 0; i < r->n_unknown; i++) {
    bool there = false;
    for (size_t k = 0; k < q->n_unknown; k++)
      there = there || strcmp(q->unknown[k], r->unknown[i]) == 0;
    if (!there && q->n_unknown < sizeof q->unknown / sizeof q->unknown[0]) q->unknown[q->n_unknown++] = r->unknown[i];
  }
}

static void cover_rule(const struct hk_case *c, struct question *q, size_t index)
{
  const struct hk_rule *const r = &c->rules->v[index];
  add_missing(c, q, &r->reads);
  hk_time since = hk_reach_latest(c->reach.clear, &r->decides);
  const hk_time half = hk_answer_mutation == HK_MUTATE_NO_PARTIAL ? 0 : last_half(c, r);
  if (half > 0) {
    const hk_time all = hk_reach_latest(c->reach.clear, &r->reads);
    since = later(since, all < half ? all : half);
  }
  if (hk_answer_mutation == HK_MUTATE_NEEDS_ONLY) since = 0;
  for (size_t i = 0; i < r->n_needs; i++) {
    const hk_time need = need_since(c, &r->needs[i]);
    since = later(since, need);
    if (need <= c->window_lo) continue;
    for (size_t k = 0; k < r->needs[i].n; k++) {
      add_missing(c, q, &r->needs[i].all[k]);
      if (r->needs[i].unknown[k]) add_unknown(q, r);
    }
  }
  if (c->lost[index]) since = HK_NEVER;
  q->since = later(q->since, since);
}

/* ---- the level ---- */

static bool heavier(const struct hk_found *a, const struct hk_found *b)
{
  if (b == NULL) return true;
  if (a->level != b->level) return a->level > b->level;
  if (a->rule->weight != b->rule->weight) return a->rule->weight > b->rule->weight;
  const int by_id = strcmp(a->rule->id, b->rule->id);
  return by_id != 0 ? by_id < 0 : hk_str_cmp(a->subject, b->subject) < 0;
}

/* Can different groups g1 of a and g2 of b be picked? */
static bool independent(const struct hk_kind_set *a, const struct hk_kind_set *b)
{
  for (int64_t g = 1; g < HK_KINDS_MAX; g++)
    for (int64_t h = 1; h < HK_KINDS_MAX && hk_set_has(a, g); h++)
      if (g != h && hk_set_has(b, h)) return true;
  return false;
}

static bool two_likely(const struct hk_case *c, enum hk_question q)
{
  for (size_t i = 0; i < c->n_found; i++) {
    const struct hk_found *const a = c->found[i];
    if (!hk_found_live(a) || a->level != HK_LIKELY || !asks(a->rule, q)) continue;
    for (size_t k = i + 1; k < c->n_found; k++) {
      const struct hk_found *const b = c->found[k];
      if (!hk_found_live(b) || b->level != HK_LIKELY || !asks(b->rule, q) || a->rule == b->rule) continue;
      if (independent(&a->groups, &b->groups)) return true;
    }
  }
  return false;
}

static void level_of(const struct hk_case *c, struct question *q)
{
  for (size_t i = 0; i < c->n_found; i++) {
    const struct hk_found *const f = c->found[i];
    if (hk_found_live(f) && asks(f->rule, q->id) && heavier(f, q->top)) q->top = f;
  }
  if (q->top == NULL)
    q->level = q->since <= c->window_lo ? HK_NO_SIGN : HK_CANNOT_SAY;
  else
    q->level = q->top->level;
  if (q->level == HK_LIKELY && (q->id == HK_Q_INFECTED || q->id == HK_Q_IMPACT) && two_likely(c, q->id))
    q->level = HK_CONFIRMED;
}

static void presuppose(struct question q[HK_Q_COUNT])
{
  if (hk_answer_mutation == HK_MUTATE_NO_PRESUPPOSED) return;
  if (q[HK_Q_CAUSE].level == HK_NO_SIGN && q[HK_Q_INFECTED].level != HK_NO_SIGN) q[HK_Q_CAUSE].level = HK_CANNOT_SAY;
  if (q[HK_Q_TERMINAL].level == HK_NO_SIGN && q[HK_Q_IMPACT].level != HK_NO_SIGN)
    q[HK_Q_TERMINAL].level = HK_CANNOT_SAY;
}

/* What was missed is a matter of coverage: nothing missing and no trace of removal is "no sign" of it. */
static void missed(const struct hk_case *c, struct question q[HK_Q_COUNT])
{
  struct question *const m = &q[HK_Q_MISSED];
  for (int i = 0; i < HK_Q_MISSED; i++) {
    hk_set_join(&m->missing, &q[i].missing);
    for (size_t k = 0; k < q[i].n_unknown; k++)
      if (m->n_unknown < sizeof m->unknown / sizeof m->unknown[0]) m->unknown[m->n_unknown++] = q[i].unknown[k];
  }
  size_t n = 0; /* each once */
  for (size_t i = 0; i < m->n_unknown; i++) {
    bool there = false;
    for (size_t k = 0; k < n; k++)
      there = there || strcmp(m->unknown[k], m->unknown[i]) == 0;
    if (!there) m->unknown[n++] = m->unknown[i];
  }
  m->n_unknown = n;
  level_of(c, m);
  m->level = hk_set_empty(&m->missing) && m->n_unknown == 0 && m->top == NULL ? HK_NO_SIGN : HK_CANNOT_SAY;
}

/* ---- the result ---- */

static hk_err list_missing(struct hk_case *c, const struct question *q, struct hk_answer *a)
{
  const char **const v = hk_alloc_n(c->keep, HK_KINDS_MAX + q->n_unknown, sizeof *v);
  if (v == NULL) return hk_fail(HK_MEMORY, "combine findings", HK_NO_OFFSET);
  for (int64_t k = 1; k < HK_KINDS_MAX; k++)
    if (hk_set_has(&q->missing, k)) v[a->n_missing++] = hk_str_z(c->keep, hk_str_of(c->facts->kinds[k - 1]->name));
  for (size_t i = 0; i < q->n_unknown; i++)
    v[a->n_missing++] = hk_str_z(c->keep, hk_str_of(q->unknown[i]));
  a->missing = v;
  return hk_ok();
}

/* `ids` = c->found in the order of the answers' findings, numbered from 1. */
static hk_err list_findings(struct hk_case *c, const struct question *q, struct hk_answer *a)
{
  int64_t *const v = hk_new(c->keep, int64_t, c->n_found);
  if (v == NULL) return hk_fail(HK_MEMORY, "combine findings", HK_NO_OFFSET);
  struct hk_kind_set groups = {.w = {0}};
  int64_t id = 0;
  for (size_t i = 0; i < c->n_found; i++) {
    const struct hk_found *const f = c->found[i];
    if (!f->complete) continue;
    id++;
    if (!asks(f->rule, q->id)) continue;
    if (!hk_found_live(f)) {
      a->n_explained++;
      continue;
    }
    v[a->n_findings++] = id;
    const bool counts = f->level == q->top->level;
    if (counts) hk_set_join(&groups, &f->groups);
  }
  a->findings = v;
  for (int64_t g = 1; g < HK_KINDS_MAX && a->level >= HK_SUSPECTED; g++)
    a->n_groups += hk_set_has(&groups, g) ? 1 : 0;
  return hk_ok();
}

struct candidate {
  const char *code;
  enum hk_level level;
};

static int by_level_then_name(const void *a, const void *b)
{
  const struct candidate *const x = a;
  const struct candidate *const y = b;
  if (x->level != y->level) return x->level > y->level ? -1 : 1;
  return strcmp(x->code, y->code);
}

static hk_err put_answer_row(struct hk_case *c, const struct question *q, const char *candidate, enum hk_level level)
{
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(c->facts->db, "INSERT OR REPLACE INTO answer VALUES(?,?,?,?,?,?)", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(c->facts, rc, "write an answer");
  struct hk_buf list;
  hk_buf_init(&list, 1 << 20);
  for (int64_t k = 1; k < HK_KINDS_MAX; k++)
    if (hk_set_has(&q->missing, k)) hk_buf_printf(&list, "%s%s", list.n > 0 ? "," : "", c->facts->kinds[k - 1]->name);
  for (size_t i = 0; i < q->n_unknown; i++)
    hk_buf_printf(&list, "%s%s", list.n > 0 ? "," : "", q->unknown[i]);
  const hk_str missing = hk_buf_view(&list);
  sqlite3_bind_text(s, 1, hk_question_code(q->id), -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 2, candidate, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 3, hk_level_code(level), -1, SQLITE_STATIC);
  if (q->since != HK_NEVER) sqlite3_bind_int64(s, 4, q->since);
  sqlite3_bind_text64(s, 6, missing.n == 0 ? "" : missing.p, missing.n, SQLITE_STATIC, SQLITE_UTF8);
  const hk_err e = hk_facts_run(c->facts, s, "write an answer");
  sqlite3_finalize(s);
  hk_buf_done(&list);
  return e;
}

static hk_err list_candidates(struct hk_case *c, const struct question *q, struct hk_answer *a)
{
  if (q->id != HK_Q_CAUSE && q->id != HK_Q_TERMINAL) return hk_ok();
  struct candidate *const v = hk_new(&c->work, struct candidate, c->n_found);
  size_t n = 0;
  for (size_t i = 0; i < c->n_found && v != NULL; i++) {
    const struct hk_found *const f = c->found[i];
    const char *const code = hk_candidate_of(c, f);
    if (!hk_found_live(f) || !asks(f->rule, q->id) || code[0] == '\0') continue;
    size_t k = 0;
    while (k < n && strcmp(v[k].code, code) != 0)
      k++;
    if (k == n) v[n++] = (struct candidate){.code = code, .level = f->level};
    if (f->level > v[k].level) v[k].level = f->level;
  }
  struct hk_candidate *const out = hk_new(c->keep, struct hk_candidate, n);
  if (v == NULL || out == NULL) return hk_fail(HK_MEMORY, "combine findings", HK_NO_OFFSET);
  qsort(v, n, sizeof *v, by_level_then_name);
  for (size_t i = 0; i < n; i++) {
    out[i] = (struct hk_candidate){.name = hk_candidate_text(c, v[i].code), .level = v[i].level};
    HK_TRY(put_answer_row(c, q, v[i].code, v[i].level));
  }
  a->candidates = out;
  a->n_candidates = n;
  return hk_ok();
}

/* "No sign of a cause since …" beside an infection would be read as a statement. */
static hk_time no_sign_since(const struct hk_case *c, const struct question *q, const struct question *presupposed)
{
  if (q->level == HK_NO_SIGN) return c->window_lo;
  const bool stated = q->level != HK_CANNOT_SAY || q->top != NULL || (presupposed != NULL && presupposed->top != NULL);
  return stated || q->id == HK_Q_MISSED || q->since >= c->window_hi ? HK_TIME_UNKNOWN : q->since;
}

static hk_err put_answer(struct hk_case *c, const struct question *q, const struct question *presupposed,
                         struct hk_answer *a)
{
  *a = (struct hk_answer){.question = q->id, .level = q->level};
  a->no_sign_since = no_sign_since(c, q, presupposed);
  HK_TRY(list_missing(c, q, a));
  HK_TRY(list_findings(c, q, a));
  HK_TRY(put_answer_row(c, q, "", q->level));
  HK_TRY(list_candidates(c, q, a));
  hk_sentence(c, a, q->top);
  return hk_ok();
}

hk_err hk_combine(struct hk_case *c, struct hk_answers *out)
{
  struct question *const q = hk_new(&c->work, struct question, HK_Q_COUNT);
  if (q == NULL) return hk_fail(HK_MEMORY, "combine findings", HK_NO_OFFSET);
  for (int i = 0; i < HK_Q_COUNT; i++) {
    q[i].id = (enum hk_question)i;
    q[i].since = c->window_lo;
    bool asked = false;
    for (size_t r = 0; r < c->rules->n; r++) {
      if (c->rules->v[r].excuse || !asks(&c->rules->v[r], q[i].id)) continue;
      cover_rule(c, &q[i], r);
      asked = true;
    }
    if (!asked) q[i].since = HK_NEVER; /* nobody looked */
    if (i < HK_Q_MISSED) level_of(c, &q[i]);
  }
  presuppose(q);
  missed(c, q);
  for (int i = 0; i < HK_Q_COUNT; i++) {
    const struct question *const presupposed = i == HK_Q_CAUSE      ? &q[HK_Q_INFECTED]
                                               : i == HK_Q_TERMINAL ? &q[HK_Q_IMPACT]
                                                                    : NULL;
    HK_TRY(put_answer(c, &q[i], presupposed, &out->answers[i]));
  }
  return hk_ok();
}
