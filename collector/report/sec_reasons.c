/* Section 3: what every answer rests on. A finding is told once, under the first question it speaks to; later questions
   link to it. */
#include "report/impl.h"

#include <string.h>

#define EVIDENCE_COUNTED 2000 /* looked through for repeated events */
#define CANDIDATE_CLAIMS 3
#define FINDINGS 12 /* a question shows so many; more are in case.sqlite */

static void proof_word(struct hk_html *h, int proof)
{
  hk_html_text(h, proof >= 3 ? HK_TEXT_WHY_PROOF_3 : proof == 2 ? HK_TEXT_WHY_PROOF_2 : HK_TEXT_WHY_PROOF_1);
}

/* An event may stand for several steps of a rule; it is shown once, with the strongest it counts as. */
static bool said_before(const struct hk_finding *f, size_t i)
{
  for (size_t k = 0; k < i; k++)
    if (f->evidence[k].event == f->evidence[i].event) return true;
  return false;
}

static int strongest(const struct hk_finding *f, int64_t event)
{
  int proof = 0;
  for (size_t k = 0; k < f->n_evidence; k++)
    if (f->evidence[k].event == event && f->evidence[k].proof > proof) proof = f->evidence[k].proof;
  return proof;
}

static void step_and_act(struct hk_page *p, const struct hk_evidence *x, const struct hk_view_event *e)
{
  const struct hk_text did = hk_words_happened(e->verb, e->number);
  if (x->step == NULL || x->step[0] == 0) {
    hk_html_both(&p->h, did);
    return;
  }
  const struct hk_text step = hk_words_step(&p->arena, hk_str_of(x->step));
  const hk_str ja[] = {hk_str_of(step.ja), hk_str_of(did.ja)};
  const hk_str en[] = {hk_str_of(step.en), hk_str_of(did.en)};
  hk_html_both(&p->h, hk_words_fill_both(&p->arena, HK_TEXT_WHY_STEP, ja, en, 2));
}

static void evidence_row(struct hk_page *p, const struct hk_finding *f, const struct hk_evidence *x)
{
  struct hk_html *const h = &p->h;
  struct hk_view_event e;
  if (hk_view_keep(p->v, x->event, &p->arena, &e).code != HK_OK) return;
  hk_html_raw(h, "<tr><th scope=\"row\">");
  hk_html_both(h, hk_words_group(&p->arena, e.kind->group));
  hk_html_raw(h, "</th><td>");
  step_and_act(p, x, &e);
  hk_html_raw(h, "<br>");
  hk_page_object(p, &e);
  hk_html_raw(h, "</td><td class=\"nw\">");
  hk_html_local(h, x->at != 0 ? x->at : e.at);
  hk_html_raw(h, "</td><td>");
  proof_word(h, strongest(f, x->event));
  hk_html_raw(h, "</td><td class=\"nw\">");
  hk_page_record_ref(p, x->event);
  hk_page_file_ref(p, x->artefact != 0 ? x->artefact : e.artefact);
  hk_html_raw(h, "</td></tr>\n");
}

static void finding_notes(struct hk_page *p, const struct hk_finding *f)
{
  struct hk_html *const h = &p->h;
  const bool weakest = f->weakest != NULL && f->weakest[0] != 0;
  const struct hk_text step = hk_words_step(&p->arena, hk_str_of(f->weakest));
  const hk_str grade = {.p = &f->grade, .n = 1};
  const enum hk_text_id id = weakest ? HK_TEXT_WHY_RULE : HK_TEXT_WHY_RULE_SHORT;
  const hk_str ja[] = {hk_str_of(f->rule), grade, hk_str_of(step.ja)};
  const hk_str en[] = {hk_str_of(f->rule), grade, hk_str_of(step.en)};
  hk_html_raw(h, "<p class=\"note\">");
  hk_html_both(h, hk_words_fill_both(&p->arena, id, ja, en, 3));
  if (f->attack != NULL && f->attack[0] != 0) {
    hk_html_raw(h, " ");
    hk_html_say(h, HK_TEXT_WHY_TECHNIQUE, (hk_str[]){hk_str_of(f->attack)}, 1);
  }
  hk_html_raw(h, "</p>");
  if (f->n_caps == 0 || f->cap_texts == NULL) return;
  hk_html_raw(h, "<p class=\"note\">");
  hk_html_text(h, HK_TEXT_WHY_LOWERED);
  hk_html_raw(h, ": ");
  for (size_t i = 0; i < f->n_caps; i++) {
    if (i > 0) hk_html_raw(h, " / ");
    hk_html_both(h, f->cap_texts[i]);
  }
  hk_html_raw(h, "</p>");
}

static void one_finding(struct hk_page *p, const struct hk_finding *f)
{
  struct hk_html *const h = &p->h;
  hk_html_rawf(h, "<div class=\"tw\" id=\"F%lld\"><table class=\"why\"><caption>", (long long)f->id);
  hk_html_level(h, f->level);
  hk_html_raw(h, " ");
  hk_html_both(h, f->claim);
  hk_html_raw(h, "</caption><thead><tr>");
  hk_html_col(h, HK_TEXT_WHY_SOURCE);
  hk_html_col(h, HK_TEXT_WHY_SHOWS);
  hk_html_raw(h, "<th scope=\"col\">");
  hk_html_str(h, p->zone);
  hk_html_raw(h, "</th>");
  hk_html_col(h, HK_TEXT_WHY_PROOF);
  hk_html_col(h, HK_TEXT_WHY_RECORD);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  size_t distinct = 0;
  for (size_t i = 0; i < f->n_evidence && i < EVIDENCE_COUNTED; i++) {
    if (said_before(f, i)) continue;
    if (distinct++ < HK_PAGE_EVIDENCE) evidence_row(p, f, &f->evidence[i]);
  }
  const size_t shown = distinct < HK_PAGE_EVIDENCE ? distinct : HK_PAGE_EVIDENCE;
  if (f->n_evidence > EVIDENCE_COUNTED) distinct += f->n_evidence - EVIDENCE_COUNTED;
  hk_html_raw(h, "</tbody></table></div>");
  if (distinct > shown) {
    char more[32];
    hk_html_raw(h, "<p class=\"note\">");
    hk_html_say(h, HK_TEXT_WHY_MORE_EVIDENCE, (hk_str[]){hk_str_of(hk_words_number(distinct - shown, more))}, 1);
    hk_html_raw(h, "</p>");
  }
  finding_notes(p, f);
}

static void missing(struct hk_page *p, const struct hk_answer *a)
{
  struct hk_html *const h = &p->h;
  if (a->n_missing == 0) return;
  const struct hk_text kinds = hk_words_kinds(&p->arena, a->missing, a->n_missing);
  const hk_str ja = hk_str_of(kinds.ja);
  const hk_str en = hk_str_of(kinds.en);
  hk_html_raw(h, "<p class=\"note\">");
  hk_html_both(h, hk_words_fill_both(&p->arena, HK_TEXT_WHY_MISSING, &ja, &en, 1));
  hk_html_raw(h, "</p>");
}

/* The first question, in their order, that lists the finding among those it shows. */
static enum hk_question home_of(const struct hk_answers *all, int64_t id)
{
  for (int q = 0; q < HK_Q_COUNT; q++)
    for (size_t i = 0; i < all->answers[q].n_findings && i < FINDINGS; i++)
      if (all->answers[q].findings[i] == id) return (enum hk_question)q;
  return HK_Q_COUNT;
}

static bool is_of(const struct hk_finding *f, const struct hk_candidate *c)
{
  return f->candidate.en != NULL && c->name.en != NULL && strcmp(f->candidate.en, c->name.en) == 0;
}

/* Claims (or reasons) of the findings that name this candidate: for = they count, against = they were explained. */
static void candidate_cell(struct hk_page *p, const struct hk_answer *a, const struct hk_candidate *c, bool against)
{
  struct hk_html *const h = &p->h;
  bool any = false;
  size_t n_claims = 0;
  hk_html_raw(h, "<td>");
  for (size_t i = 0; i < p->v->a->n_findings; i++) {
    const struct hk_finding *const f = &p->v->a->findings[i];
    if ((f->questions >> a->question & 1) == 0 || !is_of(f, c)) continue;
    const bool counts = !f->explained && !f->refuted;
    if (counts && !against && n_claims++ < CANDIDATE_CLAIMS) {
      if (any) hk_html_raw(h, "<br>");
      const bool shown = home_of(p->v->a, f->id) != HK_Q_COUNT;
      if (shown) hk_html_rawf(h, "<a href=\"#F%lld\">", (long long)f->id);
      hk_html_both(h, f->claim);
      if (shown) hk_html_raw(h, "</a>");
      any = true;
    }
    for (size_t k = 0; against && f->cap_texts != NULL && k < f->n_caps; k++) {
      if (any) hk_html_raw(h, "<br>");
      hk_html_both(h, f->cap_texts[k]);
      any = true;
    }
  }
  if (n_claims > CANDIDATE_CLAIMS) {
    char more[32];
    hk_html_raw(h, "<br>");
    hk_html_say(h, HK_TEXT_AND_MORE, (hk_str[]){hk_str_of(hk_words_number(n_claims - CANDIDATE_CLAIMS, more))}, 1);
  }
  if (!any) hk_html_text(h, HK_TEXT_WHY_NOTHING);
  hk_html_raw(h, "</td>");
}

static void candidates(struct hk_page *p, const struct hk_answer *a)
{
  struct hk_html *const h = &p->h;
  if (a->n_candidates == 0) return;
  hk_html_raw(h, "<div class=\"tw\"><table class=\"cand\"><caption>");
  hk_html_text(h, a->question == HK_Q_CAUSE ? HK_TEXT_WHY_CANDIDATES_CAUSE : HK_TEXT_WHY_CANDIDATES);
  hk_html_raw(h, "</caption><thead><tr>");
  hk_html_col(h, HK_TEXT_WHY_CANDIDATE);
  hk_html_col(h, HK_TEXT_WHY_LEVEL);
  hk_html_col(h, HK_TEXT_WHY_FOR);
  hk_html_col(h, HK_TEXT_WHY_AGAINST);
  hk_html_raw(h, "</tr></thead><tbody>\n");
  for (size_t i = 0; i < a->n_candidates; i++) {
    hk_html_raw(h, "<tr><th scope=\"row\">");
    hk_html_both(h, a->candidates[i].name);
    hk_html_raw(h, "</th><td>");
    hk_html_level(h, a->candidates[i].level);
    hk_html_raw(h, "</td>");
    candidate_cell(p, a, &a->candidates[i], false);
    candidate_cell(p, a, &a->candidates[i], true);
    hk_html_raw(h, "</tr>\n");
  }
  hk_html_raw(h, "</tbody></table></div>");
}

static void question(struct hk_page *p, const struct hk_answer *a)
{
  struct hk_html *const h = &p->h;
  hk_html_rawf(h, "<h3 id=\"why-%s\">%d. ", hk_question_code(a->question), (int)a->question + 1);
  hk_html_both(h, hk_words_question(a->question));
  hk_html_raw(h, " — ");
  hk_html_level(h, a->level);
  hk_html_raw(h, "</h3>\n");
  size_t shown = 0;
  for (size_t i = 0; i < a->n_findings && i < FINDINGS; i++) {
    const struct hk_finding *const f = hk_view_finding(p->v, a->findings[i]);
    if (f == NULL) continue;
    shown++;
    if (home_of(p->v->a, f->id) == a->question) {
      one_finding(p, f);
      continue;
    }
    hk_html_raw(h, "<p class=\"again\">");
    hk_html_level(h, f->level);
    hk_html_rawf(h, " <a href=\"#F%lld\">", (long long)f->id);
    hk_html_both(h, f->claim);
    hk_html_raw(h, "</a></p>");
  }
  if (shown == 0) {
    const bool unknown = a->level == HK_CANNOT_SAY;
    hk_html_raw(h, "<p>");
    hk_html_text(h, a->level == HK_NO_SIGN ? HK_TEXT_WHY_NO_SIGN : unknown ? HK_TEXT_WHY_CANNOT_SAY : HK_TEXT_WHY_NONE);
    hk_html_raw(h, "</p>");
  }
  candidates(p, a);
  missing(p, a);
}

/* Leads that do not count: shown, so that nobody has to find them again. */
static void explained(struct hk_page *p)
{
  struct hk_html *const h = &p->h;
  size_t n = 0;
  for (size_t i = 0; i < p->v->a->n_findings; i++)
    n += p->v->a->findings[i].explained || p->v->a->findings[i].refuted;
  if (n == 0) return;
  char count[32];
  hk_html_raw(h, "<details><summary>");
  hk_html_say(h, HK_TEXT_WHY_EXPLAINED_COUNT, (hk_str[]){hk_str_of(hk_words_number(n, count))}, 1);
  hk_html_raw(h, "</summary><p class=\"note\">");
  hk_html_text(h, HK_TEXT_WHY_EXPLAINED);
  hk_html_raw(h, "</p><ul class=\"plain\">\n");
  for (size_t i = 0, shown = 0; i < p->v->a->n_findings && shown < 100; i++) {
    const struct hk_finding *const f = &p->v->a->findings[i];
    if (!f->explained && !f->refuted) continue;
    shown++;
    hk_html_rawf(h, "<li id=\"F%lld\">", (long long)f->id);
    hk_html_both(h, f->claim);
    hk_html_raw(h, " — <b>");
    hk_html_text(h, f->refuted ? HK_TEXT_WHY_REFUTED : HK_TEXT_WHY_IS_EXPLAINED);
    hk_html_raw(h, "</b>");
    for (size_t k = 0; f->cap_texts != NULL && k < f->n_caps; k++) {
      hk_html_raw(h, " ");
      hk_html_both(h, f->cap_texts[k]);
    }
    hk_html_raw(h, "</li>\n");
  }
  hk_html_raw(h, "</ul></details>");
}

hk_err hk_page_reasons(struct hk_page *p, int number)
{
  struct hk_html *const h = &p->h;
  hk_html_section(h, number, "why", "s-why", HK_TEXT_SECTION_REASONS);
  hk_html_raw(h, "<p class=\"lead\">");
  hk_html_text(h, HK_TEXT_WHY_LEAD);
  hk_html_raw(h, "</p>\n");
  for (int q = 0; q < HK_Q_COUNT; q++)
    question(p, &p->v->a->answers[q]);
  explained(p);
  hk_html_raw(h, "</section>\n");
  return h->e;
}
