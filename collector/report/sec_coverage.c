/* Section 4: coverage, a word for every kind of log and window; below it every place that was looked at. */
#include "report/impl.h"

#define PLACES 400

static void legend(struct hk_html *h)
{
  hk_html_raw(h, "<ul class=\"covkey\">");
  for (int s = 0; s < HK_SHOWN_COUNT; s++) {
    hk_html_rawf(h, "<li class=\"cv cv-%s\"><b>", hk_shown_code((enum hk_shown)s));
    hk_html_both(h, hk_words_shown((enum hk_shown)s));
    hk_html_raw(h, "</b><small>");
    hk_html_both(h, hk_words_shown_meaning((enum hk_shown)s));
    hk_html_raw(h, "</small></li>");
  }
  hk_html_raw(h, "</ul>\n");
}

static bool same_cell(const struct hk_cover_cell *a, const struct hk_cover_cell *b)
{
  if (a->state != b->state || (a->note.ja == NULL) != (b->note.ja == NULL)) return false;
  return a->note.ja == NULL || hk_str_eq(hk_str_of(a->note.en), hk_str_of(b->note.en));
}

static void row(struct hk_page *p, const struct hk_cover_row *r)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<tr><th scope=\"row\">");
  hk_html_both(h, hk_words_kind(&p->arena, r->kind->name));
  hk_html_raw(h, " ");
  hk_page_file_ref(p, r->artefact);
  hk_html_raw(h, "</th>");
  for (size_t w = 0; w < p->cover.n_windows;) {
    const struct hk_cover_cell *const c = &r->cells[w];
    size_t span = 1;
    while (w + span < p->cover.n_windows && same_cell(c, &r->cells[w + span]))
      span++;
    hk_html_rawf(h, "<td class=\"cv cv-%s\"", hk_shown_code(c->state));
    if (span > 1) hk_html_rawf(h, " colspan=\"%zu\"", span);
    hk_html_raw(h, "><b>");
    hk_html_both(h, hk_words_shown(c->state));
    hk_html_raw(h, "</b>");
    if (c->note.ja != NULL) {
      hk_html_raw(h, "<small>");
      hk_html_both(h, c->note);
      hk_html_raw(h, "</small>");
    }
    hk_html_raw(h, "</td>");
    w += span;
  }
  hk_html_raw(h, "</tr>\n");
}

static void table(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<div class=\"tw\"><table class=\"cov\"><colgroup><col class=\"src\">");
  for (size_t w = 0; w < p->cover.n_windows; w++)
    hk_html_raw(h, "<col>");
  hk_html_raw(h, "</colgroup><thead><tr>");
  hk_html_col(h, HK_TEXT_COVER_RECORD);
  for (size_t w = 0; w < p->cover.n_windows; w++) {
    hk_html_raw(h, p->cover.windows[w].hot ? "<th scope=\"col\" class=\"hot\">" : "<th scope=\"col\">");
    hk_html_both(h, p->cover.windows[w].label);
    hk_html_raw(h, "<br>");
    hk_html_str(h, hk_str_of(p->cover.windows[w].range));
    hk_html_raw(h, "</th>");
  }
  hk_html_raw(h, "</tr></thead><tbody>\n");
  for (size_t i = 0; i < p->cover.n_rows; i++)
    row(p, &p->cover.rows[i]);
  hk_html_raw(h, "</tbody></table></div>\n");
}

struct places {
  struct hk_page *p;
  size_t n;
};

static hk_err place(void *ctx, const struct hk_view_cover *c)
{
  struct places *const at = ctx;
  struct hk_html *const h = &at->p->h;
  if (at->n == PLACES) return hk_ok();
  at->n++;
  hk_html_raw(h, "<tr><th scope=\"row\">");
  hk_html_both(h, hk_words_kind(&at->p->arena, c->kind->name));
  hk_html_raw(h, " ");
  hk_page_file_ref(at->p, c->artefact);
  hk_html_raw(h, "</th><td>");
  hk_html_name(h, c->instance);
  hk_html_raw(h, "</td><td class=\"nw\">");
  for (int s = 0; s < HK_COVER_STATES; s++)
    if (hk_str_eq(c->state, hk_str_of(hk_cover_name((enum hk_cover_state)s))))
      hk_html_text(h, (enum hk_text_id)(HK_TEXT_COVER_STATE_EXAMINED + s));
  hk_html_raw(h, "</td><td class=\"n\">");
  hk_html_number(h, c->n < 0 ? 0 : (uint64_t)c->n);
  hk_html_raw(h, "</td><td class=\"nw\">");
  hk_html_local(h, c->lo);
  hk_html_raw(h, "</td><td>");
  hk_html_str(h, c->why);
  if (c->proof_kind != NULL) {
    hk_html_raw(h, c->why.n > 0 ? " — " : "");
    hk_html_both(h, hk_words_kind(&at->p->arena, c->proof_kind->name));
  }
  hk_html_raw(h, "</td></tr>\n");
  return h->e;
}

static hk_err every_place(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  char n[32];
  hk_html_raw(h, "<details class=\"scronly\"><summary>"); /* too long for paper; coverage.json has it */
  hk_html_say(h, HK_TEXT_COVER_ALL, (hk_str[]){hk_str_of(hk_words_number(p->cover.n_places, n))}, 1);
  hk_html_raw(h, "</summary>");
  if (p->cover.n_places > PLACES) {
    hk_html_raw(h, "<p class=\"note\">");
    hk_html_say(h, HK_TEXT_COVER_ALL_CUT, (hk_str[]){hk_str_of(hk_words_number(PLACES, n))}, 1);
    hk_html_raw(h, "</p>");
  }
  hk_html_raw(h, "<div class=\"tw\"><table class=\"places\"><thead><tr>");
  hk_html_col(h, HK_TEXT_COVER_RECORD);
  hk_html_col(h, HK_TEXT_COVER_INSTANCE);
  hk_html_col(h, HK_TEXT_COVER_STATE);
  hk_html_raw(h, "<th scope=\"col\" class=\"n\">");
  hk_html_text(h, HK_TEXT_COVER_COUNT);
  hk_html_raw(h, "</th><th scope=\"col\">");
  hk_html_say(h, HK_TEXT_COVER_FROM, &p->zone, 1);
  hk_html_raw(h, "</th>");
  hk_html_col(h, HK_TEXT_COVER_NOTE);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  struct places at = {.p = p};
  const hk_err e = hk_view_each_cover(p->v, place, &at);
  hk_html_raw(h, "</tbody></table></div></details>");
  return e;
}

hk_err hk_page_coverage(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  hk_html_section(h, number, "coverage", "s-cov", HK_TEXT_SECTION_COVERAGE);
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, HK_TEXT_COVER_LEAD);
  hk_html_raw(h, "</p>");
  if (p->cover.n_rows == 0) {
    hk_html_raw(h, "<p>");
    hk_html_text(h, HK_TEXT_COVER_NONE);
    hk_html_raw(h, "</p></section>\n");
    return h->e;
  }
  legend(h);
  table(p);
  HK_TRY(every_place(p));
  hk_html_raw(h, "</section>\n");
  return h->e;
}
