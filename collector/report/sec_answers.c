/* Section 1: the five answers, always all of them, each with its doubt; with the key to the levels it is printed
 * page 1. */
#include "report/impl.h"

static void source_count(struct hk_page *p, const struct hk_answer *a)
{
  struct hk_html *const h = &p->h;
  hk_html_raw(h, "<div>");
  if (a->n_groups > 0 && a->level != HK_CANNOT_SAY) {
    hk_html_rawf(h, "<b>%zu</b> ", a->n_groups);
    hk_html_text(h, a->n_groups == 1 ? HK_TEXT_ANSWER_SOURCE : HK_TEXT_ANSWER_SOURCES);
  } else if (a->question == HK_Q_MISSED) {
    hk_html_text(h, HK_TEXT_ANSWER_OPEN_POINTS);
    hk_html_rawf(h, " <b>%zu</b>", a->n_missing);
  } else {
    hk_html_text(h, HK_TEXT_ANSWER_NO_SOURCE);
  }
  hk_html_raw(h, "</div>");
}

/* "No sign" is only worth what was looked at, so the window is always beside it. */
static void scope(struct hk_page *p, const struct hk_answer *a)
{
  char lo[HK_CLOCK_SIZE];
  char hi[HK_CLOCK_SIZE];
  const int offset = p->h.utc_offset_minutes;
  if (a->level == HK_NO_SIGN) {
    (void)hk_clock(p->v->a->window_lo, offset, lo);
    (void)hk_clock(p->v->a->window_hi, offset, hi);
    hk_html_raw(&p->h, "<p class=\"doubt\">");
    hk_html_say(&p->h, HK_TEXT_ANSWER_SCOPE, (hk_str[]){hk_str_of(lo), hk_str_of(hi), p->zone}, 3);
    hk_html_raw(&p->h, "</p>");
  } else if (a->level == HK_CANNOT_SAY && a->no_sign_since != HK_TIME_UNKNOWN) {
    (void)hk_clock(a->no_sign_since, offset, lo);
    hk_html_raw(&p->h, "<p class=\"doubt\">");
    hk_html_say(&p->h, HK_TEXT_ANSWER_SINCE, (hk_str[]){hk_str_of(lo), p->zone}, 2);
    hk_html_raw(&p->h, "</p>");
  }
}

static void one_answer(struct hk_page *p, const struct hk_answer *a)
{
  struct hk_html *const h = &p->h;
  const char *const code = hk_question_code(a->question);
  hk_html_rawf(h, "<article class=\"ans\" id=\"q-%s\"><div><h3><span class=\"no\">%d</span><span>", code,
               (int)a->question + 1);
  hk_html_both(h, hk_words_question(a->question));
  hk_html_raw(h, "</span></h3>");
  hk_html_level(h, a->level);
  hk_html_raw(h, "</div><div><p class=\"claim\">");
  hk_html_both(h, a->claim);
  hk_html_raw(h, "</p>");
  if (a->doubt.en != NULL && a->doubt.en[0] != 0) {
    hk_html_raw(h, "<p class=\"doubt\">");
    hk_html_both(h, a->doubt);
    hk_html_raw(h, "</p>");
  }
  scope(p, a);
  hk_html_raw(h, "</div><div class=\"src\">");
  source_count(p, a);
  hk_html_rawf(h, "<a href=\"#why-%s\">", code);
  hk_html_text(h, HK_TEXT_ANSWER_WHY);
  hk_html_rawf(h, "<span class=\"vh\"> %d</span></a></div></article>\n", (int)a->question + 1);
}

hk_err hk_page_answers(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  (void)number; /* the first heading of the page needs no number: each answer has one */
  hk_html_raw(h, "<section class=\"one\" aria-labelledby=\"answers\"><h2 class=\"vh\" id=\"answers\">");
  hk_html_text(h, HK_TEXT_SECTION_ANSWERS);
  hk_html_raw(h, "</h2><div class=\"answers\">\n");
  for (int q = 0; q < HK_Q_COUNT; q++)
    one_answer(p, &p->v->a->answers[q]);
  hk_html_raw(h, "</div><ul class=\"lvkey\">");
  for (int l = HK_LEVEL_COUNT - 1; l >= 0; l--) {
    static const enum hk_level order[HK_LEVEL_COUNT] = {HK_CANNOT_SAY, HK_NO_SIGN, HK_SUSPECTED, HK_LIKELY,
                                                        HK_CONFIRMED};
    hk_html_raw(h, "<li>");
    hk_html_level(h, order[l]);
    hk_html_both(h, hk_words_level_meaning(order[l]));
    hk_html_raw(h, "</li>");
  }
  hk_html_raw(h, "</ul><div class=\"sign pronly\"><div>");
  hk_html_text(h, HK_TEXT_SIGN_BY);
  hk_html_raw(h, "</div><div>");
  hk_html_text(h, HK_TEXT_SIGN_CHECKED);
  hk_html_raw(h, "</div><div>");
  hk_html_text(h, HK_TEXT_SIGN_WHEN);
  hk_html_raw(h, "</div></div></section>\n");
  return h->e;
}
