/* Step grades, the weakest link, the level of the rule's table, and what speaks against it (reference: answers, 4 and
 * 5). */
#include <string.h>

#include "answer/engine_impl.h"

/* A: two groups with proof 2 or better, one of them observed; B: observed once, or two groups; C: less. */
static char grade_of(const struct hk_found *f, int step)
{
  struct hk_kind_set groups = {.w = {0}};
  int best = 0;
  size_t n = 0;
  bool any = false;
  for (size_t i = 0; i < f->n_rows; i++) {
    const struct hk_row *const r = &f->rows[i];
    if (r->step != step) continue;
    any = true;
    if (r->proof > best) best = r->proof;
    if (r->proof < 2 || hk_set_has(&groups, (int64_t)r->group)) continue;
    hk_set_add(&groups, (int64_t)r->group);
    n++;
  }
  if (!any) return 0;
  if (n >= 2 && best == 3) return 'A';
  return n >= 2 || best == 3 ? 'B' : 'C';
}

static bool is_good(const struct hk_found *f, int step)
{
  return step >= 0 && (f->grades[step] == 'A' || f->grades[step] == 'B');
}

static void find_bounds(struct hk_found *f)
{
  for (size_t i = 0; i < f->n_rows; i++) {
    const struct hk_row *const r = &f->rows[i];
    if (r->proof >= 2) hk_set_add(&f->groups, (int64_t)r->group);
    if (!f->rule->steps[r->step].required || r->at == HK_TIME_UNKNOWN) continue;
    if (f->lo == 0 || r->lo < f->lo) f->lo = r->lo;
    if (r->hi > f->hi) f->hi = r->hi;
  }
}

static size_t count(const struct hk_kind_set *s)
{
  size_t n = 0;
  for (int64_t k = 0; k < HK_KINDS_MAX; k++)
    n += hk_set_has(s, k) ? 1 : 0;
  return n;
}

static void add_cap(struct hk_found *f, const struct hk_rule *x, bool unexcluded)
{
  if (f->n_caps == HK_EXCUSES_A_RULE) return;
  f->caps[f->n_caps] = x;
  f->unexcluded[f->n_caps++] = unexcluded;
}

static bool is_of(const struct hk_rule *x, const struct hk_rule *r)
{
  for (size_t i = 0; i < x->n_of; i++)
    if (strcmp(x->of[i], r->id) == 0) return true;
  return false;
}

static void lower(struct hk_found *f)
{
  if (f->level > HK_SUSPECTED) f->level = HK_SUSPECTED;
}

/* Everything that could have shown the excuse was there at the time, and some before it. */
static bool window_excludes(const struct hk_case *c, const struct hk_rule *x, const struct hk_found *f)
{
  if (x->guard != HK_GUARD_WINDOW || x->from_unknown || f->lo == 0 || c->lost[x - c->rules->v]) return false;
  const hk_time from = f->lo - x->back > c->window_lo ? f->lo - x->back : c->window_lo;
  return hk_reach_latest(c->reach.clear, &x->from) <= from;
}

static void weigh(struct hk_case *c, struct hk_found *f, const struct hk_rule *x, bool lifted)
{
  const struct hk_verdict *v = hk_verdict_of(c, x, f->subject);
  if (v != NULL && !v->yes && c->lost[x - c->rules->v]) v = NULL; /* it did not come to its end */
  if (v != NULL && v->yes) {
    if (x->force == HK_REFUTES) {
      f->refuted = true;
      add_cap(f, x, false);
    } else if (!lifted) {
      if (x->force == HK_EXPLAINS)
        f->explained = true;
      else
        lower(f);
      add_cap(f, x, false);
    }
    return;
  }
  if (v != NULL && v->no) return;
  if (hk_answer_mutation == HK_MUTATE_NO_GUARD || window_excludes(c, x, f)) return;
  if (lifted && x->force != HK_REFUTES) return;
  if (f->level > HK_SUSPECTED) add_cap(f, x, true);
  lower(f);
}

void hk_grade(struct hk_case *c, struct hk_found *f)
{
  const struct hk_rule *const r = f->rule;
  f->complete = true;
  for (size_t i = 0; i < r->n_steps; i++) {
    f->grades[i] = grade_of(f, (int)i);
    if (r->steps[i].required && f->grades[i] == 0) f->complete = false;
  }
  if (!f->complete) return;
  f->weakest = -1;
  for (size_t i = 0; i < r->n_steps; i++)
    if (r->steps[i].required && (f->weakest < 0 || f->grades[i] > f->grades[f->weakest])) f->weakest = (int)i;
  find_bounds(f);
  const int g = f->grades[f->weakest] - 'A';
  f->level = is_good(f, r->with) ? r->with_level[g] : r->level[g];
  /* "Confirmed" is a word for two independent witnesses, whatever a table says. */
  if (f->level == HK_CONFIRMED && count(&f->groups) < 2) f->level = HK_LIKELY;
  f->base = f->level;
  const bool lifted = is_good(f, r->lift);
  for (size_t i = 0; i < c->rules->n; i++)
    if (c->rules->v[i].excuse && is_of(&c->rules->v[i], r)) weigh(c, f, &c->rules->v[i], lifted);
  if (f->refuted) f->explained = false;
}

bool hk_found_live(const struct hk_found *f)
{
  return f->complete && !f->explained && !f->refuted;
}
