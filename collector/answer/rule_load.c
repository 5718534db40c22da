/* Rules as a whole: each file is read, then checked against its SQL, then against the others, and put in order. */
#include <string.h>

#include "answer/rule.h"
#include "embed.h"

struct loader {
  struct hk_facts *facts;
  struct hk_arena *arena;
  struct hk_rule *rule; /* the one that a refusal is about */
  char *why;
};

#define REFUSE(l, ...) hk_rule_refuse((l)->why, (l)->rule->file, __VA_ARGS__)

/* ---- checks of one file ---- */

/* Every {name} or {name:time} of one claim is a parameter the SQL makes, and stands in the other language too. */
static hk_err check_claim(struct loader *l, const char *claim, const char *other)
{
  for (const char *p = strchr(claim, '{'); p != NULL; p = strchr(p + 1, '{')) {
    const char *const end = strchr(p, '}');
    if (end == NULL) return REFUSE(l, "a claim has an open brace");
    const hk_str whole = {.p = p, .n = (size_t)(end - p) + 1};
    const hk_str inner = hk_str_sub(whole, 1, whole.n - 1);
    const char *const name = hk_rule_keep(l->arena, hk_str_sub(inner, 0, hk_str_find(inner, ':')));
    if (strstr(other, hk_rule_keep(l->arena, whole)) == NULL) return REFUSE(l, "%s is in one language's claim only", hk_rule_keep(l->arena, whole));
    if (!hk_rule_has_literal(l->rule->sql, name)) return REFUSE(l, "the SQL makes no parameter '%s'", name);
  }
  return hk_ok();
}

static hk_err check_rule(struct loader *l)
{
  struct hk_rule *const r = l->rule;
  HK_TRY(check_claim(l, r->claim.en, r->claim.ja));
  HK_TRY(check_claim(l, r->claim.ja, r->claim.en));
  HK_TRY(check_claim(l, r->candidate, r->candidate));
  for (size_t i = 0; i < r->n_steps; i++)
    if (!hk_rule_has_literal(r->sql, r->steps[i].name))
      return REFUSE(l, "the SQL makes no step '%s'", r->steps[i].name);
  return hk_ok();
}

static size_t count_kinds(const struct hk_kind_set *s)
{
  size_t n = 0;
  for (int64_t k = 1; k < HK_KINDS_MAX; k++)
    n += hk_set_has(s, k) ? 1 : 0;
  return n;
}

static hk_err check_excuse(struct loader *l)
{
  const struct hk_rule *const r = l->rule;
  const size_t n = count_kinds(&r->from) + r->n_unknown;
  if (r->guard == HK_GUARD_VERDICT && n != 1)
    return REFUSE(l, "a verdict guard needs exactly one deciding kind in from");
  if (!hk_set_within(&r->from, &r->reads)) return REFUSE(l, "from names a kind that the SQL does not read");
  return hk_ok();
}

static hk_err load_one(struct loader *l, const struct hk_rule_text *t)
{
  struct hk_rule *const r = l->rule;
  *r = (struct hk_rule){.file = hk_rule_keep(l->arena, hk_str_of(t->name)),
                        .sql = hk_rule_keep(l->arena, hk_str_of(t->sql)),
                        .excuse = t->excuse,
                        .candidate = "",
                        .with = -1,
                        .lift = -1};
  HK_TRY(hk_rule_header(l->facts, r, l->arena, l->why));
  HK_TRY(hk_rule_positive(r, l->arena, l->why));
  HK_TRY(hk_rule_reads(l->facts, r, l->why));
  return r->excuse ? check_excuse(l) : check_rule(l);
}

/* ---- checks of all together ---- */

static struct hk_rule *by_id(struct hk_rules *all, const char *id)
{
  for (size_t i = 0; i < all->n; i++)
    if (!all->v[i].excuse && strcmp(all->v[i].id, id) == 0) return &all->v[i];
  return NULL;
}

static hk_err check_ids(struct loader *l, struct hk_rules *all)
{
  for (size_t i = 0; i < all->n; i++) {
    l->rule = &all->v[i];
    for (size_t k = 0; k < i; k++)
      if (strcmp(all->v[i].id, all->v[k].id) == 0)
        return REFUSE(l, "id %s stands in %s too", l->rule->id, all->v[k].file);
    for (size_t k = 0; k < l->rule->n_after; k++)
      if (by_id(all, l->rule->after[k]) == NULL) return REFUSE(l, "after an unknown rule: %s", l->rule->after[k]);
    for (size_t k = 0; k < l->rule->n_of; k++)
      if (by_id(all, l->rule->of[k]) == NULL) return REFUSE(l, "excuse of an unknown rule: %s", l->rule->of[k]);
  }
  return hk_ok();
}

static bool is_placed(const struct hk_rule *placed, size_t n, const char *id)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(placed[i].id, id) == 0) return true;
  return false;
}

/* Rules behind those they build on, excuses last; `reads` grows by what they build on. */
static hk_err order(struct loader *l, struct hk_rules *all)
{
  struct hk_rule *const out = hk_new(l->arena, struct hk_rule, all->n);
  bool *const done = hk_new(l->arena, bool, all->n);
  if (out == NULL || done == NULL) return hk_fail(HK_MEMORY, "load the rules", HK_NO_OFFSET);
  size_t n = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < all->n; i++) {
      struct hk_rule *const r = &all->v[i];
      bool ready = !done[i] && !r->excuse;
      for (size_t k = 0; k < r->n_after && ready; k++)
        ready = is_placed(out, n, r->after[k]);
      if (!ready) continue;
      for (size_t k = 0; k < r->n_after; k++)
        hk_set_join(&r->reads, &by_id(all, r->after[k])->reads);
      out[n++] = *r;
      done[i] = moved = true;
    }
  }
  for (size_t i = 0; i < all->n; i++) {
    l->rule = &all->v[i];
    if (!done[i] && !l->rule->excuse) return REFUSE(l, "after goes in a circle");
    if (!done[i]) out[n++] = *l->rule;
  }
  all->v = out;
  return hk_ok();
}

static hk_err check_decides(struct loader *l, struct hk_rules *all)
{
  for (size_t i = 0; i < all->n; i++) {
    l->rule = &all->v[i];
    if (l->rule->excuse) continue;
    if (!hk_set_within(&l->rule->decides, &l->rule->reads))
      return REFUSE(l, "decides names a kind that the rule does not read");
    if (hk_set_empty(&l->rule->decides)) l->rule->decides = l->rule->reads;
  }
  return hk_ok();
}

hk_err hk_rules_load(struct hk_facts *f, const struct hk_rule_text *texts, size_t n, struct hk_arena *a,
                     struct hk_rules *out, char why[512])
{
  why[0] = '\0';
  if (f->n_kinds >= HK_KINDS_MAX) return hk_rule_refuse(why, "kinds", "more than %d kinds of log", HK_KINDS_MAX - 1);
  struct hk_rules all = {.v = hk_new(a, struct hk_rule, n), .n = n};
  if (all.v == NULL) return hk_fail(HK_MEMORY, "load the rules", HK_NO_OFFSET);
  struct loader l = {.facts = f, .arena = a, .why = why};
  for (size_t i = 0; i < n; i++) {
    l.rule = &all.v[i];
    HK_TRY(load_one(&l, &texts[i]));
  }
  HK_TRY(check_ids(&l, &all));
  HK_TRY(order(&l, &all));
  HK_TRY(check_decides(&l, &all));
  if (a->spent) return hk_fail(HK_MEMORY, "load the rules", HK_NO_OFFSET);
  *out = all;
  return hk_ok();
}

static hk_err text_of(const struct hk_embed *e, bool excuse, struct hk_arena *a, struct hk_rule_text *out)
{
  const char *const sql = hk_str_z(a, (hk_str){.p = (const char *)e->data, .n = e->size});
  if (sql == NULL) return hk_fail(HK_MEMORY, "load the rules", HK_NO_OFFSET);
  *out = (struct hk_rule_text){.name = e->name, .sql = sql, .excuse = excuse};
  return hk_ok();
}

hk_err hk_rules_load_builtin(struct hk_facts *f, struct hk_arena *a, struct hk_rules *out, char why[512])
{
  const size_t n = hk_embed_rules_count + hk_embed_excuses_count;
  struct hk_rule_text *const texts = hk_new(a, struct hk_rule_text, n);
  if (texts == NULL) return hk_fail(HK_MEMORY, "load the rules", HK_NO_OFFSET);
  for (size_t i = 0; i < hk_embed_rules_count; i++)
    HK_TRY(text_of(&hk_embed_rules[i], false, a, &texts[i]));
  for (size_t i = 0; i < hk_embed_excuses_count; i++)
    HK_TRY(text_of(&hk_embed_excuses[i], true, a, &texts[hk_embed_rules_count + i]));
  return hk_rules_load(f, texts, n, a, out, why);
}
