/* Coverage rows to words. A window is "recorded" only where every instance claims all of it; a claim without a
   beginning is never more than "partly recorded". */
#include "report/cover.h"

#include <stdio.h>
#include <string.h>

#include "report/html.h"

#define INSTANCES (1 << 16)

/* One coverage row, reduced to what a cell needs. */
struct place {
  const struct hk_view_kind *kind;
  int64_t artefact;
  enum hk_cover_state state;
  hk_time lo, hi;
};
struct places {
  struct place *v;
  size_t n;
};

static enum hk_cover_state state_of(hk_str name)
{
  for (int s = 0; s < HK_COVER_STATES; s++)
    if (hk_str_eq(name, hk_str_of(hk_cover_name((enum hk_cover_state)s)))) return (enum hk_cover_state)s;
  return HK_COVER_SKIPPED;
}

static hk_err add_place(void *ctx, const struct hk_view_cover *c)
{
  struct places *const p = ctx;
  if (p->n == INSTANCES) return hk_ok();
  p->v[p->n++] =
      (struct place){.kind = c->kind, .artefact = c->artefact, .state = state_of(c->state), .lo = c->lo, .hi = c->hi};
  return hk_ok();
}

static void add_window(struct hk_cover_table *t, hk_time lo, hk_time hi, enum hk_text_id label, bool hot)
{
  if (hi <= lo || t->n_windows == HK_COVER_WINDOWS) return;
  t->windows[t->n_windows++] = (struct hk_cover_window){.lo = lo, .hi = hi, .label = hk_words_text(label), .hot = hot};
}

static void make_windows(struct hk_view *v, const struct hk_chain *chain, struct hk_cover_table *t)
{
  const hk_time hi = v->a->window_hi;
  const hk_time lo = v->a->window_lo < hi ? v->a->window_lo : hi - 30 * HK_DAY;
  if (chain->onset > lo && chain->onset < hi) {
    const hk_time day = chain->onset - HK_DAY > lo ? chain->onset - HK_DAY : lo;
    const hk_time end = chain->end + HK_MINUTE < hi ? chain->end + HK_MINUTE : hi;
    add_window(t, lo, day, HK_TEXT_COVER_WINDOW_BEFORE, false);
    add_window(t, day, chain->onset, HK_TEXT_COVER_WINDOW_DAY, false);
    add_window(t, chain->onset, end, HK_TEXT_COVER_WINDOW_EVENTS, true);
    add_window(t, end, hi, HK_TEXT_COVER_WINDOW_AFTER, false);
  } else {
    const hk_time week = hi - 7 * HK_DAY > lo ? hi - 7 * HK_DAY : lo;
    const hk_time day = hi - HK_DAY > week ? hi - HK_DAY : week;
    add_window(t, lo, week, HK_TEXT_COVER_WINDOW_FIRST, false);
    add_window(t, week, day, HK_TEXT_COVER_WINDOW_WEEK, false);
    add_window(t, day, hi, HK_TEXT_COVER_WINDOW_LAST, false);
  }
  for (size_t i = 0; i < t->n_windows; i++) {
    struct hk_cover_window *const w = &t->windows[i];
    char a[HK_CLOCK_SIZE];
    char b[HK_CLOCK_SIZE];
    (void)hk_clock(w->lo, v->c->utc_offset_minutes, a);
    (void)hk_clock(w->hi, v->c->utc_offset_minutes, b);
    const bool same_day = memcmp(a, b, 10) == 0;
    (void)snprintf(w->range, sizeof w->range, "%.11s – %.11s", a[0] ? a + 5 : "?",
                   b[0] ? b + (same_day ? 11 : 5) : "?");
  }
}

static struct hk_text note_time(struct hk_arena *a, enum hk_text_id id, hk_time t, int offset)
{
  char clock[HK_CLOCK_SIZE];
  (void)hk_clock(t, offset, clock);
  return hk_words_fill(a, id, (hk_str[]){hk_str_sub(hk_str_of(clock), 0, 16)}, 1);
}

/* What one place says of one window. */
static struct hk_cover_cell one_cell(struct hk_view *v, struct hk_cover_table *t, const struct place *p,
                                     const struct hk_cover_window *w, const hk_time *cleared, size_t n_cleared)
{
  static const struct {
    enum hk_shown shown;
    enum hk_text_id note;
  } plain[HK_COVER_STATES] = {
      [HK_COVER_ABSENT] = {HK_SHOWN_NA, HK_TEXT_COVER_ABSENT},
      [HK_COVER_DENIED] = {HK_SHOWN_UNREAD, HK_TEXT_COVER_DENIED},
      [HK_COVER_DAMAGED] = {HK_SHOWN_UNREAD, HK_TEXT_COVER_DAMAGED},
      [HK_COVER_SKIPPED] = {HK_SHOWN_NA, HK_TEXT_COVER_SKIPPED},
      [HK_COVER_UNSUPPORTED] = {HK_SHOWN_UNREAD, HK_TEXT_COVER_UNSUPPORTED},
  };
  if (p->state == HK_COVER_OFF) return (struct hk_cover_cell){.state = HK_SHOWN_OFF};
  if (p->state != HK_COVER_EXAMINED && p->state != HK_COVER_PARTIAL)
    return (struct hk_cover_cell){.state = plain[p->state].shown, .note = hk_words_text(plain[p->state].note)};
  if (p->lo == 0)
    return (struct hk_cover_cell){.state = HK_SHOWN_PART, .note = hk_words_text(HK_TEXT_COVER_REACH_UNKNOWN)};
  const int offset = v->c->utc_offset_minutes;
  for (size_t i = 0; i < n_cleared; i++) /* the log begins where it was cleared */
    if (cleared[i] > w->lo && p->lo > w->lo && p->lo >= cleared[i] - HK_MINUTE)
      return (struct hk_cover_cell){.state = p->lo < w->hi ? HK_SHOWN_PART : HK_SHOWN_ERASED,
                                    .note = note_time(&t->arena, HK_TEXT_COVER_CLEARED_AT, cleared[i], offset)};
  if (p->lo >= w->hi)
    return (struct hk_cover_cell){.state = HK_SHOWN_ROLLED,
                                  .note = note_time(&t->arena, HK_TEXT_COVER_SINCE, p->lo, offset)};
  if (p->lo > w->lo)
    return (struct hk_cover_cell){.state = HK_SHOWN_PART,
                                  .note = note_time(&t->arena, HK_TEXT_COVER_SINCE, p->lo, offset)};
  const bool all = p->state == HK_COVER_EXAMINED && (p->hi == 0 || p->hi >= w->hi - HK_MINUTE);
  return (struct hk_cover_cell){.state = all ? HK_SHOWN_FULL : HK_SHOWN_PART};
}

/* Places that are not on this PC count only where there is no other of their kind. */
static void forget_absent(struct places *p, const struct hk_view_kind *kind)
{
  bool other = false;
  for (size_t i = 0; i < p->n && !other; i++)
    other = p->v[i].kind == kind && p->v[i].state != HK_COVER_ABSENT;
  for (size_t i = 0; i < p->n && other; i++)
    if (p->v[i].kind == kind && p->v[i].state == HK_COVER_ABSENT) p->v[i].kind = NULL;
}

/* Several instances in one cell: the same word when all say it; else "partly", with how many are whole. */
static struct hk_cover_cell joined(struct hk_cover_table *t, const struct hk_cover_cell *cells, size_t n)
{
  size_t n_full = 0;
  bool same = true;
  for (size_t i = 0; i < n; i++) {
    n_full += cells[i].state == HK_SHOWN_FULL;
    same = same && cells[i].state == cells[0].state;
  }
  if (same) return cells[0];
  const hk_str args[] = {hk_str_printf(&t->arena, "%zu", n_full), hk_str_printf(&t->arena, "%zu", n)};
  return (struct hk_cover_cell){.state = HK_SHOWN_PART, .note = hk_words_fill(&t->arena, HK_TEXT_COVER_SOME, args, 2)};
}

static hk_err make_row(struct hk_view *v, struct hk_cover_table *t, struct places *p, const struct hk_view_kind *kind)
{
  forget_absent(p, kind);
  hk_time cleared[8];
  const size_t n_cleared = hk_view_cleared(v, kind->source, cleared, sizeof cleared / sizeof *cleared);
  struct hk_cover_row row = {.kind = kind};
  size_t n = 0;
  for (size_t i = 0; i < p->n; i++)
    n += p->v[i].kind == kind;
  if (n == 0) return hk_ok();
  struct hk_cover_cell *const cells = hk_new(&t->arena, struct hk_cover_cell, n);
  if (cells == NULL) return hk_fail(HK_MEMORY, "make the coverage table", HK_NO_OFFSET);
  for (size_t w = 0; w < t->n_windows; w++) {
    size_t k = 0;
    for (size_t i = 0; i < p->n; i++) {
      if (p->v[i].kind != kind) continue;
      cells[k++] = one_cell(v, t, &p->v[i], &t->windows[w], cleared, n_cleared);
      row.artefact = n == 1 ? p->v[i].artefact : 0;
    }
    row.cells[w] = joined(t, cells, n);
  }
  t->rows[t->n_rows++] = row;
  return hk_ok();
}

hk_err hk_cover_make(struct hk_view *v, const struct hk_chain *chain, struct hk_cover_table *out)
{
  *out = (struct hk_cover_table){0};
  hk_arena_init(&out->arena, (size_t)64 << 20);
  make_windows(v, chain, out);
  struct places p = {.v = hk_new(&out->arena, struct place, INSTANCES)};
  out->rows = hk_new(&out->arena, struct hk_cover_row, v->n_kinds);
  hk_err e = p.v == NULL || out->rows == NULL ? hk_fail(HK_MEMORY, "make the coverage table", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) e = hk_view_each_cover(v, add_place, &p);
  for (size_t i = 0; i < v->n_kinds && e.code == HK_OK; i++)
    e = make_row(v, out, &p, &v->kinds[i]);
  out->n_places = p.n;
  if (e.code == HK_OK && out->arena.spent) e = hk_fail(HK_MEMORY, "make the coverage table", HK_NO_OFFSET);
  if (e.code != HK_OK) hk_cover_done(out);
  return e;
}

void hk_cover_done(struct hk_cover_table *t)
{
  hk_arena_done(&t->arena);
  *t = (struct hk_cover_table){0};
}
