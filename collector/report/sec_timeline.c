/* Section 5: the timeline. Static rows for everybody; the live one is an empty frame that report.js fills from the data
   at the end of the page. */
#include "report/impl.h"

#define STATIC_ROWS 500

hk_err hk_pick_make(struct hk_view *v, hk_time onset, size_t limit, struct hk_pick *out)
{
  *out = (struct hk_pick){.lo = INT64_MIN, .hi = INT64_MAX, .limit = limit};
  if (v->n_timed <= limit) return hk_ok();
  const size_t keys = v->n_keys < limit / 2 ? v->n_keys : limit / 2;
  return hk_view_band(v, onset != 0 ? onset : v->a->window_hi, limit - keys, &out->lo, &out->hi);
}

bool hk_pick_takes(struct hk_pick *pick, const struct hk_view *v, int64_t event, hk_time at)
{
  if (pick->n == pick->limit) return false;
  if ((at < pick->lo || at > pick->hi) && !hk_view_is_key(v, event)) return false;
  pick->n++;
  return true;
}

static void head(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<colgroup><col class=\"c1\"><col class=\"c2\"><col class=\"c3\"><col><col class=\"c5\"><col "
                 "class=\"c6\"></colgroup>"
                 "<thead><tr><th scope=\"col\"><span class=\"tzl\">");
  hk_html_str(h, p->zone);
  hk_html_raw(h, "</span></th>");
  hk_html_col(h, HK_TEXT_TIME_SOURCE);
  hk_html_col(h, HK_TEXT_TIME_EVENT);
  hk_html_col(h, HK_TEXT_TIME_NAME);
  hk_html_col(h, HK_TEXT_TIME_ACCOUNT);
  hk_html_col(h, HK_TEXT_TIME_EVIDENCE);
  hk_html_raw(h, "</tr></thead>");
}

static void live(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<div id=\"tl-live\" class=\"jsonly\"><div class=\"bar2\"><label>");
  hk_html_text(h, HK_TEXT_TIME_SEARCH);
  hk_html_raw(
      h, " <input type=\"search\" id=\"tl-q\" size=\"24\" autocomplete=\"off\" spellcheck=\"false\"></label><label>");
  hk_html_text(h, HK_TEXT_TIME_SOURCE);
  hk_html_raw(h, " <select id=\"tl-src\"></select></label><label>");
  hk_html_text(h, HK_TEXT_TIME_EVENT);
  hk_html_raw(h, " <select id=\"tl-kind\"></select></label><label><input type=\"checkbox\" id=\"tl-key\"> ");
  hk_html_text(h, HK_TEXT_TIME_KEY_ONLY);
  hk_html_raw(h, "</label><label><input type=\"checkbox\" id=\"tl-utc\"> UTC</label>");
  if (p->chain.onset != 0) {
    hk_html_raw(h, "<button type=\"button\" data-do=\"tl-onset\">");
    hk_html_text(h, HK_TEXT_TIME_TO_ONSET);
    hk_html_raw(h, "</button>");
  }
  hk_html_raw(h, "<button type=\"button\" data-do=\"tl-next\">");
  hk_html_text(h, HK_TEXT_TIME_NEXT_KEY);
  hk_html_raw(h, "</button><span class=\"stat\" id=\"tl-n\" role=\"status\"></span></div>"
                 "<div class=\"scr\" id=\"tl-scr\" tabindex=\"0\" role=\"region\" aria-labelledby=\"timeline\"><table "
                 "class=\"tl\">");
  head(p);
  hk_html_raw(h,
              "<tbody></tbody></table></div><div class=\"dt\" id=\"tl-dt\" aria-live=\"polite\"><span class=\"stat\">");
  hk_html_text(h, HK_TEXT_TIME_PICK);
  hk_html_raw(h, "</span></div></div>\n");
}

/* Name first, then its folder smaller: names differ more than folders do. */
static void name_and_place(struct hk_page *p, const struct hk_view_event *e)
{
  struct hk_html *const h = &p->h;
  const size_t slash = hk_str_rfind(e->path, '\\');
  if (e->path.n == 0 || slash >= e->path.n || slash + 1 == e->path.n) {
    hk_page_object(p, e);
    return;
  }
  hk_html_name(h, hk_str_sub(e->path, slash + 1, e->path.n));
  hk_html_raw(h, " <span class=\"stat\">");
  hk_html_name(h, hk_str_sub(e->path, 0, slash));
  hk_html_raw(h, "</span>");
}

struct rows {
  struct hk_page *p;
  struct hk_pick pick;
  struct hk_arena arena;
};

static hk_err row(void *ctx, int64_t id, hk_time at)
{
  struct rows *const r = ctx;
  struct hk_page *const p = r->p;
  struct hk_html *const h = &p->h;
  struct hk_view_event e;
  if (!hk_pick_takes(&r->pick, p->v, id, at)) return hk_ok();
  hk_arena_done(&r->arena);
  HK_TRY(hk_view_keep(p->v, id, &r->arena, &e));
  hk_html_raw(h, hk_view_is_key(p->v, id) ? "<tr class=\"k\"><td class=\"nw\">" : "<tr><td class=\"nw\">");
  hk_html_local(h, e.at);
  hk_html_rawf(h, ".%03d", (int)(e.at / 10000 % 1000));
  hk_html_raw(h, "</td><td>");
  hk_html_both(h, hk_words_group(&r->arena, e.kind->group));
  hk_html_raw(h, "</td><td>");
  hk_html_both(h, hk_verb_label(e.verb));
  hk_html_raw(h, "</td><td>");
  name_and_place(p, &e);
  hk_html_raw(h, "</td><td>");
  hk_html_name(h, hk_view_account(&r->arena, &e));
  hk_html_raw(h, "</td><td>");
  hk_page_file_ref(p, e.artefact);
  hk_html_raw(h, "</td></tr>\n");
  return h->e;
}

static hk_err fixed(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  struct rows r = {.p = p};
  char n[32];
  const size_t shown = p->v->n_timed < STATIC_ROWS ? (size_t)p->v->n_timed : STATIC_ROWS;
  hk_arena_init(&r.arena, 1 << 24);
  HK_TRY(hk_pick_make(p->v, p->chain.onset, STATIC_ROWS, &r.pick));
  hk_html_raw(h, "<div id=\"tl-static\"><p class=\"note scronly\">");
  hk_html_say(h, HK_TEXT_TIME_STATIC, (hk_str[]){hk_str_of(hk_words_number(shown, n))}, 1);
  hk_html_raw(h, "</p><table class=\"tl\">");
  head(p);
  hk_html_raw(h, "<tbody>\n");
  const hk_err e = hk_view_each_timed(p->v, row, &r);
  hk_html_raw(h, "</tbody></table></div>");
  hk_arena_done(&r.arena);
  return e;
}

hk_err hk_page_timeline(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  char all[32];
  char keys[32];
  hk_html_section(h, number, "timeline", "s-time", HK_TEXT_SECTION_TIMELINE);
  hk_html_raw(h, "<p class=\"lead\">");
  if (p->v->n_timed == 0) {
    hk_html_text(h, HK_TEXT_TIME_EMPTY);
    hk_html_raw(h, "</p></section>\n");
    return h->e;
  }
  const hk_str args[] = {hk_str_of(hk_words_number(p->v->n_timed, all)),
                         hk_str_of(hk_words_number(p->v->n_keys, keys))};
  hk_html_say(h, HK_TEXT_TIME_LEAD, args, 2);
  if (p->v->n_timed > HK_PAGE_ROWS) {
    hk_html_raw(h, " ");
    hk_html_say(h, HK_TEXT_TIME_CUT, (hk_str[]){hk_str_of(hk_words_number(HK_PAGE_ROWS, all))}, 1);
  }
  hk_html_raw(h, "</p>\n");
  live(p);
  HK_TRY(fixed(p));
  hk_html_raw(h, "</section>\n");
  return h->e;
}
