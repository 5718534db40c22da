/* answers.json: an answer, what it rests on, and what was found for and against each candidate. */
#include "report/answers_impl.h"

#include <string.h>

/* A sentence about an event: "A program was run: x.exe (2026-03-10 10:41:00)". */
static struct hk_text about(struct hk_answers_writer *w, const struct hk_view_event *e)
{
  char clock[HK_CLOCK_SIZE];
  struct hk_buf object;
  hk_buf_init(&object, 1 << 20);
  if (e->path.n == 0 && e->url.n > 0)
    hk_visible_url(&object, e->url);
  else
    hk_visible_name(&object, hk_view_object(w->v, e));
  const struct hk_text did = hk_words_happened(e->verb, e->number);
  const bool known = hk_clock(e->at, w->v->c->utc_offset_minutes, clock)[0] != 0;
  const struct hk_text unknown = hk_words_text(HK_TEXT_UNKNOWN);
  const hk_str ja[] = {hk_str_of(did.ja), hk_buf_view(&object), hk_str_of(known ? clock : unknown.ja)};
  const hk_str en[] = {hk_str_of(did.en), hk_buf_view(&object), hk_str_of(known ? clock : unknown.en)};
  const struct hk_text t = hk_words_fill_both(&w->arena, HK_TEXT_WHY_EVENT, ja, en, 3);
  hk_buf_done(&object);
  return t;
}

/* One entry for each independent group behind a finding. */
static void finding_groups(struct hk_answers_writer *w, const struct hk_finding *f)
{
  struct hk_json *const j = &w->j;
  uint64_t done = 0;
  for (size_t i = 0; i < f->n_evidence && i < 500; i++) {
    struct hk_view_event e;
    if (hk_view_keep(w->v, f->evidence[i].event, &w->arena, &e).code != HK_OK) continue;
    const uint64_t bit = UINT64_C(1) << e.kind->lane;
    if ((done & bit) != 0) continue;
    done |= bit;
    hk_json_open(j, '{');
    hk_json_put_str(j, "group", e.kind->group);
    hk_answers_text(w, "finding", about(w, &e));
    hk_json_put_open(j, "evidence", '[');
    hk_answers_file_ref(w, e.artefact);
    hk_json_close(j, ']');
    hk_json_put_int(j, "event", e.id);
    hk_json_put_int(j, "finding_id", f->id);
    hk_json_put_z(j, "rule", f->rule);
    hk_json_put_z(j, "level", hk_level_code(f->level));
    hk_answers_text(w, "claim", f->claim);
    hk_json_close(j, '}');
  }
}

/* Claims that count, or what was found against them, of the findings that name a candidate. */
static void candidate_text(struct hk_answers_writer *w, const char *key, const struct hk_answer *a, const struct hk_candidate *c,
                           bool against)
{
  struct hk_buf ja;
  struct hk_buf en;
  size_t n = 0;
  hk_buf_init(&ja, 1 << 16);
  hk_buf_init(&en, 1 << 16);
  for (size_t i = 0; i < w->v->a->n_findings; i++) {
    const struct hk_finding *const f = &w->v->a->findings[i];
    const bool mine = f->candidate.en != NULL && c->name.en != NULL && strcmp(f->candidate.en, c->name.en) == 0;
    if (!mine || (f->questions >> a->question & 1) == 0) continue;
    const bool counts = !f->explained && !f->refuted;
    if (++n > 3) break; /* the heaviest; all are under findings */
    for (size_t k = 0; k < (against ? (f->cap_texts == NULL ? 0 : f->n_caps) : (counts ? 1u : 0u)); k++) {
      const struct hk_text t = against ? f->cap_texts[k] : f->claim;
      if (ja.n > 0) hk_buf_u8(&ja, ' ');
      if (en.n > 0) hk_buf_u8(&en, ' ');
      hk_buf_z(&ja, t.ja);
      hk_buf_z(&en, t.en);
    }
  }
  const struct hk_text none = hk_words_text(HK_TEXT_WHY_NOTHING);
  const char *const zja = hk_str_z(&w->arena, ja.n > 0 ? hk_buf_view(&ja) : hk_str_of(none.ja));
  const char *const zen = hk_str_z(&w->arena, en.n > 0 ? hk_buf_view(&en) : hk_str_of(none.en));
  hk_answers_text(w, key, (struct hk_text){.ja = zja, .en = zen});
  hk_buf_done(&ja);
  hk_buf_done(&en);
}

hk_err hk_answers_one(struct hk_answers_writer *w, const struct hk_answer *a)
{
  struct hk_json *const j = &w->j;
  hk_json_open(j, '{');
  hk_json_put_z(j, "id", hk_question_code(a->question));
  hk_answers_text(w, "question", hk_words_question(a->question));
  hk_json_put_z(j, "level", hk_level_code(a->level));
  hk_json_put_int(j, "independent_sources", a->level == HK_CANNOT_SAY ? 0 : (int64_t)a->n_groups);
  hk_answers_text(w, "claim", a->claim);
  hk_answers_text(w, "doubt", a->doubt);
  if (a->no_sign_since != HK_TIME_UNKNOWN) hk_json_put_time(j, "no_sign_since", a->no_sign_since);
  hk_json_put_open(j, "missing", '[');
  for (size_t i = 0; i < a->n_missing; i++)
    hk_json_z(j, a->missing[i]);
  hk_json_close(j, ']');
  hk_json_put_int(j, "explained", (int64_t)a->n_explained);
  hk_json_put_open(j, "findings", '[');
  for (size_t i = 0; i < a->n_findings; i++) {
    const struct hk_finding *const f = hk_view_finding(w->v, a->findings[i]);
    if (f != NULL) finding_groups(w, f);
    HK_TRY(hk_answers_flush(w));
  }
  hk_json_close(j, ']');
  if (a->n_candidates > 0) {
    hk_json_put_open(j, "candidates", '[');
    for (size_t i = 0; i < a->n_candidates; i++) {
      hk_json_open(j, '{');
      hk_answers_text(w, "name", a->candidates[i].name);
      hk_json_put_z(j, "level", hk_level_code(a->candidates[i].level));
      candidate_text(w, "for", a, &a->candidates[i], false);
      candidate_text(w, "against", a, &a->candidates[i], true);
      hk_answers_text(w, "missing", hk_words_kinds(&w->arena, a->missing, a->n_missing));
      hk_json_close(j, '}');
    }
    hk_json_close(j, ']');
  }
  hk_json_close(j, '}');
  return hk_answers_flush(w);
}
