/* Evidence to steps: records of one act made by several observers (same verb, same object, near in time) are one step;
   many objects of one step of one rule are one step, and many files that were written or found in the same way are one
   step whatever rules name them. Then each step is asked of every group of logs: is it recorded there, was the log read
   and silent, or was it lost. */
#include "report/chain.h"

#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/words.h"

#define SAME_ACT (2 * HK_MINUTE)
#define OBJECTS_APART 3    /* up to so many objects stand alone */
#define EVIDENCE_READ 4000 /* events looked at; the heaviest findings come first */

struct draft {
  struct hk_view_event e;
  size_t rank; /* of its finding */
  size_t home; /* the step it went to */
  const struct hk_finding *finding;
  const char *step;
  hk_time at;
  hk_str object;
  int proof;
};

const char *hk_link_code(enum hk_link_strength s)
{
  static const char *const codes[] = {"weak", "medium", "strong"};
  return codes[s];
}

static bool is_lead(const struct hk_finding *f)
{
  const uint32_t about = 1u << HK_Q_INFECTED | 1u << HK_Q_CAUSE | 1u << HK_Q_IMPACT | 1u << HK_Q_TERMINAL;
  return !f->explained && !f->refuted && f->level >= HK_SUSPECTED && (f->questions & about) != 0;
}

static int compare_drafts(const void *pa, const void *pb)
{
  const struct draft *const a = pa;
  const struct draft *const b = pb;
  if ((a->at == 0) != (b->at == 0)) return a->at == 0 ? 1 : -1;
  if (a->at != b->at) return a->at < b->at ? -1 : 1;
  if (a->e.id != b->e.id) return a->e.id < b->e.id ? -1 : 1;
  return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static hk_err read_drafts(struct hk_view *v, struct hk_arena *arena, struct draft **out, size_t *n)
{
  struct draft *const d = hk_new(arena, struct draft, EVIDENCE_READ);
  if (d == NULL) return hk_fail(HK_MEMORY, "make the chain", HK_NO_OFFSET);
  size_t used = 0;
  for (size_t i = 0; i < v->a->n_findings; i++) {
    const struct hk_finding *const f = &v->a->findings[i];
    if (!is_lead(f)) continue;
    for (size_t k = 0; k < f->n_evidence && used < EVIDENCE_READ; k++) {
      struct draft *const one = &d[used];
      const hk_err e = hk_view_keep(v, f->evidence[k].event, arena, &one->e);
      if (e.code == HK_ABSENT) continue;
      if (e.code != HK_OK) return e;
      one->finding = f;
      one->rank = i;
      one->step = f->evidence[k].step;
      one->at = f->evidence[k].at != 0 ? f->evidence[k].at : one->e.at;
      one->proof = f->evidence[k].proof;
      one->object = hk_str_copy(arena, hk_view_object(v, &one->e));
      used++;
    }
  }
  qsort(d, used, sizeof *d, compare_drafts);
  *out = d;
  *n = 0;
  for (size_t i = 0; i < used; i++) /* an event named by several rules speaks for the heaviest */
    if (*n == 0 || d[i].e.id != d[*n - 1].e.id) d[(*n)++] = d[i];
  return arena->spent ? hk_fail(HK_MEMORY, "make the chain", HK_NO_OFFSET) : hk_ok();
}

static bool same_object(const struct draft *a, const struct draft *b)
{
  if (a->e.file != 0 || b->e.file != 0) return a->e.file == b->e.file;
  return hk_str_eq(a->object, b->object);
}

static bool same_act(const struct draft *a, const struct draft *b)
{
  return a->e.verb == b->e.verb && (a->e.verb != HK_CONTENT || a->e.number == b->e.number);
}

/* What happens to many files at once. */
static bool in_bulk(enum hk_verb v)
{
  return v == HK_CREATED || v == HK_MODIFIED || v == HK_RENAMED || v == HK_DELETED || v == HK_EXISTED ||
         v == HK_CONTENT || v == HK_SHARE_WRITE || v == HK_OWNED || v == HK_MARKED || v == HK_NAME_LEFT;
}

/* May the two be told together, if they are many? */
static bool alike(const struct draft *a, const struct draft *b)
{
  if (!same_act(a, b)) return false;
  if (in_bulk(a->e.verb)) return a->at == 0 || b->at == 0 || (a->at - b->at < HK_HOUR && b->at - a->at < HK_HOUR);
  return a->finding == b->finding && a->step != NULL && b->step != NULL && strcmp(a->step, b->step) == 0;
}

static void add_event(struct hk_chain_step *s, const struct draft *d)
{
  for (size_t i = 0; i < s->n_events && i < HK_CHAIN_REFS; i++)
    if (s->events[i] == d->e.id) return;
  if (s->n_events < HK_CHAIN_REFS) s->events[s->n_events] = d->e.id;
  s->n_events++;
  s->seen |= UINT64_C(1) << d->e.kind->lane;
  if (d->e.artefact == 0) return;
  for (size_t i = 0; i < s->n_artefacts; i++)
    if (s->artefacts[i] == d->e.artefact) return;
  if (s->n_artefacts < HK_CHAIN_REFS) s->artefacts[s->n_artefacts++] = d->e.artefact;
}

static bool is_danger(const struct draft *d)
{
  if (d->e.verb == HK_CONTENT) return d->e.number == HK_CONTENT_NOTE || d->e.number == HK_CONTENT_ENCRYPTED;
  return d->e.verb == HK_CLEARED || d->e.verb == HK_DETECTED ||
         (d->e.verb == HK_EXECUTED && d->finding->level >= HK_LIKELY);
}

/* Are more objects than OBJECTS_APART alike with d[i]? */
static bool is_many(const struct draft *d, size_t n, size_t i)
{
  const struct draft *found[OBJECTS_APART];
  size_t n_found = 0;
  for (size_t k = 0; k < n; k++) {
    bool counted = !alike(&d[i], &d[k]);
    for (size_t x = 0; x < n_found && !counted; x++)
      counted = same_object(found[x], &d[k]);
    if (counted) continue;
    if (n_found == OBJECTS_APART) return true;
    found[n_found++] = &d[k];
  }
  return false;
}

static bool one_act(const struct draft *a, const struct draft *b)
{
  const hk_time apart = a->at - b->at;
  const bool near = a->at == b->at || (a->at != 0 && b->at != 0 && apart <= SAME_ACT && apart >= -SAME_ACT);
  return near && same_act(a, b) && same_object(a, b);
}

/* The step d[i] belongs to, or n_steps. */
static size_t home_of(const struct draft *d, size_t i, bool many, size_t n_steps)
{
  for (size_t k = 0; k < i; k++)
    if (one_act(&d[k], &d[i]) || (many && alike(&d[k], &d[i]))) return d[k].home;
  return n_steps;
}

static bool is_new_object(const struct draft *d, size_t i)
{
  for (size_t k = 0; k < i; k++)
    if (d[k].home == d[i].home && same_object(&d[k], &d[i])) return false;
  return true;
}

static void gather(struct draft *d, size_t n, struct hk_chain_step *steps, size_t *n_steps)
{
  for (size_t i = 0; i < n; i++) {
    d[i].home = home_of(d, i, is_many(d, n, i), *n_steps);
    struct hk_chain_step *const s = &steps[d[i].home];
    if (d[i].home == *n_steps) {
      *s = (struct hk_chain_step){.first = d[i].e, .finding = d[i].finding, .step = d[i].step, .object = d[i].object};
      s->first.at = d[i].at;
      ++*n_steps;
    }
    if (d[i].finding->weight > s->finding->weight) s->finding = d[i].finding;
    s->n_objects += is_new_object(d, i);
    add_event(s, &d[i]);
    s->danger = s->danger || is_danger(&d[i]);
  }
}

/* Keeps the steps of the heaviest findings when there are too many. */
static void drop(struct hk_chain *c)
{
  while (c->n_steps > HK_CHAIN_STEPS) {
    size_t worst = 0;
    for (size_t i = 1; i < c->n_steps; i++) {
      const struct hk_finding *const a = c->steps[i].finding;
      const struct hk_finding *const b = c->steps[worst].finding;
      if (a->level < b->level || (a->level == b->level && a->weight <= b->weight)) worst = i;
    }
    memmove(&c->steps[worst], &c->steps[worst + 1], (c->n_steps - worst - 1) * sizeof *c->steps);
    c->n_steps--;
    c->n_dropped++;
  }
}

/* ---- what each group of logs says of a step ---- */

static hk_err ask(void *ctx, const struct hk_view_cover *row)
{
  struct hk_chain *const c = ctx;
  const uint64_t bit = UINT64_C(1) << row->kind->lane;
  const bool read = hk_str_eq(row->state, HK_S("examined"));
  const bool absent = hk_str_eq(row->state, HK_S("absent"));
  const bool unclear =
      (read && row->lo == 0) || hk_str_eq(row->state, HK_S("partial")) || hk_str_eq(row->state, HK_S("skipped"));
  for (size_t i = 0; i < c->n_steps; i++) {
    struct hk_chain_step *const s = &c->steps[i];
    const bool could_say = (row->kind->verbs >> s->first.verb & 1) != 0;
    if (!could_say || (s->seen & bit) != 0 || s->first.at == 0) continue;
    if (absent)
      s->absent |= bit;
    else if (unclear)
      s->unclear |= bit;
    else if (read && row->lo <= s->first.at && (row->hi == 0 || row->hi >= s->first.at))
      s->silent |= bit;
    else
      s->lost |= bit;
  }
  return hk_ok();
}

/* ---- links ---- */

static struct hk_text span(struct hk_arena *a, hk_time t)
{
  const int64_t s = t / HK_SECOND;
  if (s < 60) return hk_words_fill(a, HK_TEXT_SPAN_SECONDS, (hk_str[]){hk_str_printf(a, "%lld", (long long)s)}, 1);
  if (s < 3600)
    return hk_words_fill(
        a, HK_TEXT_SPAN_MINUTES,
        (hk_str[]){hk_str_printf(a, "%lld", (long long)(s / 60)), hk_str_printf(a, "%lld", (long long)(s % 60))}, 2);
  if (s < 48 * 3600)
    return hk_words_fill(
        a, HK_TEXT_SPAN_HOURS,
        (hk_str[]){hk_str_printf(a, "%lld", (long long)(s / 3600)), hk_str_printf(a, "%lld", (long long)(s / 60 % 60))},
        2);
  return hk_words_fill(a, HK_TEXT_SPAN_DAYS, (hk_str[]){hk_str_printf(a, "%lld", (long long)(s / 86400))}, 1);
}

static struct hk_text with_span(struct hk_arena *a, enum hk_text_id id, hk_time t)
{
  const struct hk_text apart = span(a, t);
  const struct hk_text ja = hk_words_fill(a, id, (hk_str[]){hk_str_of(apart.ja)}, 1);
  const struct hk_text en = hk_words_fill(a, id, (hk_str[]){hk_str_of(apart.en)}, 1);
  return (struct hk_text){.ja = ja.ja, .en = en.en};
}

static struct hk_text link_reason(struct hk_arena *a, const struct hk_chain_step *before, const struct hk_chain_step *s,
                                  enum hk_link_strength *strength)
{
  const struct hk_view_event *const x = &before->first;
  const struct hk_view_event *const y = &s->first;
  const hk_time apart = y->at - x->at;
  *strength = HK_LINK_STRONG;
  if (x->file != 0 && x->file == y->file) return hk_words_text(HK_TEXT_LINK_SAME_FILE);
  if (x->file != 0 && x->file == y->file2 && x->verb == HK_EXECUTED && y->verb == HK_EXECUTED)
    return hk_words_text(HK_TEXT_LINK_SAME_PROCESS);
  if ((x->file != 0 && x->file == y->file2) || (x->file2 != 0 && x->file2 == y->file))
    return hk_words_text(HK_TEXT_LINK_NAMED_BY);
  *strength = HK_LINK_WEAK;
  if (x->at == 0 || y->at == 0) return hk_words_text(HK_TEXT_LINK_NO_TIME);
  *strength = HK_LINK_MEDIUM;
  if (before->finding == s->finding) return with_span(a, HK_TEXT_LINK_SAME_FINDING, apart);
  if (x->account != 0 && x->account == y->account && apart < HK_HOUR)
    return with_span(a, HK_TEXT_LINK_SAME_USER, apart);
  *strength = HK_LINK_WEAK;
  return with_span(a, HK_TEXT_LINK_TIME_ONLY, apart);
}

/* To the step right before where that is as good as any; else to the nearest earlier one that is better. */
static void link_step(struct hk_view *v, struct hk_chain *c, size_t i)
{
  struct hk_chain_step *const s = &c->steps[i];
  s->from = i - 1;
  s->reason = link_reason(&c->arena, &c->steps[i - 1], s, &s->strength);
  for (size_t k = i - 1; k-- > 0;) {
    enum hk_link_strength strength;
    const struct hk_text reason = link_reason(&c->arena, &c->steps[k], s, &strength);
    if (strength <= s->strength) continue;
    char clock[HK_CLOCK_SIZE];
    (void)hk_clock(c->steps[k].first.at, v->c->utc_offset_minutes, clock);
    const hk_str at = hk_str_sub(hk_str_of(clock), 11, 19);
    s->from = k;
    s->strength = strength;
    const hk_str ja[] = {hk_str_of(reason.ja), at};
    const hk_str en[] = {hk_str_of(reason.en), at};
    s->reason = at.n == 0 ? reason : hk_words_fill_both(&c->arena, HK_TEXT_LINK_WITH, ja, en, 2);
  }
}

/* One weakest link is named: of the weakest strength there is (a chain of direct links has none), the longest gap. */
static void name_weakest(struct hk_chain *c)
{
  size_t found = 0;
  for (size_t i = 1; i < c->n_steps; i++) {
    const struct hk_chain_step *const s = &c->steps[i];
    if (s->strength == HK_LINK_STRONG) continue;
    const struct hk_chain_step *const w = &c->steps[found];
    const hk_time gap = s->first.at == 0 ? INT64_MAX : s->first.at - c->steps[s->from].first.at;
    const hk_time widest = found == 0 || w->first.at == 0 ? INT64_MAX : w->first.at - c->steps[w->from].first.at;
    if (found == 0 || s->strength < w->strength || (s->strength == w->strength && gap > widest)) found = i;
  }
  if (found > 0) c->steps[found].weakest = true;
}

static void describe(struct hk_arena *a, struct hk_chain_step *s)
{
  char number[32];
  s->happened = hk_words_happened(s->first.verb, s->first.number);
  if (s->n_objects < 2) return;
  const hk_str n = hk_str_of(hk_words_number(s->n_objects, number));
  const struct hk_text ja = hk_words_fill(a, HK_TEXT_CHAIN_COUNT, (hk_str[]){hk_str_of(s->happened.ja), n}, 2);
  const struct hk_text en = hk_words_fill(a, HK_TEXT_CHAIN_COUNT, (hk_str[]){hk_str_of(s->happened.en), n}, 2);
  s->happened = (struct hk_text){.ja = ja.ja, .en = en.en};
}

static void finish(struct hk_view *v, struct hk_chain *c)
{
  for (size_t i = 0; i < c->n_steps; i++) {
    struct hk_chain_step *const s = &c->steps[i];
    s->lost |= s->absent & ~(s->silent | s->unclear); /* a place that never was does not matter where others are */
    s->silent &= ~(s->lost | s->unclear); /* where one of several instances is lost, the others cannot speak for it */
    describe(&c->arena, s);
    if (i > 0) link_step(v, c, i);
    if (s->first.at == 0) continue;
    if (c->onset == 0) c->onset = s->first.at;
    c->end = s->first.at;
  }
  name_weakest(c);
}

hk_err hk_chain_make(struct hk_view *v, struct hk_chain *out)
{
  *out = (struct hk_chain){0};
  hk_arena_init(&out->arena, (size_t)32 << 20);
  struct draft *drafts = NULL;
  size_t n = 0;
  hk_err e = read_drafts(v, &out->arena, &drafts, &n);
  if (e.code == HK_OK) {
    out->steps = hk_new(&out->arena, struct hk_chain_step, n);
    if (out->steps == NULL) e = hk_fail(HK_MEMORY, "make the chain", HK_NO_OFFSET);
  }
  if (e.code == HK_OK) {
    gather(drafts, n, out->steps, &out->n_steps);
    drop(out);
    e = hk_view_each_cover(v, ask, out);
  }
  if (e.code == HK_OK) {
    finish(v, out);
    if (out->arena.spent) e = hk_fail(HK_MEMORY, "make the chain", HK_NO_OFFSET);
  }
  if (e.code != HK_OK) hk_chain_done(out);
  return e;
}

void hk_chain_done(struct hk_chain *c)
{
  hk_arena_done(&c->arena);
  *c = (struct hk_chain){0};
}
