/* answers.json (answers.schema.json beside this file). Where something is not known the required members are empty or
   zero; nothing is made up. Sentences hold names already made visible; members that are names are raw. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "report/impl.h"

#define EVIDENCE 20000
#define FLUSH_AT ((size_t)1 << 16)
static const char no_digest[] = "0000000000000000000000000000000000000000000000000000000000000000";

struct writer {
  struct hk_json j;
  struct hk_buf b;
  struct hk_out *out;
  struct hk_view *v;
  const struct hk_chain *chain;
  const struct hk_cover_table *cover;
  struct hk_arena arena;
};

static hk_err flush(struct writer *w)
{
  if (w->b.failed) return hk_fail(HK_MEMORY, "write answers.json", HK_NO_OFFSET);
  const hk_err e = w->b.n > 0 ? w->out->write(w->out, w->b.p, w->b.n) : hk_ok();
  hk_buf_reset(&w->b);
  return e;
}

static void open_key(struct writer *w, const char *key, char bracket)
{
  hk_json_key(&w->j, key);
  hk_json_open(&w->j, bracket);
}

static void text_value(struct writer *w, struct hk_text t)
{
  hk_json_open(&w->j, '{');
  hk_json_key(&w->j, "ja");
  hk_json_z(&w->j, t.ja == NULL ? "" : t.ja);
  hk_json_key(&w->j, "en");
  hk_json_z(&w->j, t.en == NULL ? "" : t.en);
  hk_json_close(&w->j, '}');
}

static void text(struct writer *w, const char *key, struct hk_text t)
{
  hk_json_key(&w->j, key);
  text_value(w, t);
}

static void str(struct writer *w, const char *key, hk_str s)
{
  hk_json_key(&w->j, key);
  hk_json_str(&w->j, s);
}

static void code(struct writer *w, const char *key, const char *z)
{
  hk_json_key(&w->j, key);
  hk_json_z(&w->j, z);
}

static void number(struct writer *w, const char *key, int64_t n)
{
  hk_json_key(&w->j, key);
  hk_json_int(&w->j, n);
}

static void time_value(struct writer *w, const char *key, hk_time t)
{
  hk_json_key(&w->j, key);
  hk_json_time(&w->j, t);
}

static void file_ref(struct writer *w, int64_t artefact)
{
  if (artefact > 0) hk_json_str(&w->j, hk_str_printf(&w->arena, "E%02lld", (long long)artefact));
}

/* A sentence about an event: "A program was run: x.exe (2026-03-10 10:41:00)". */
static struct hk_text about(struct writer *w, const struct hk_view_event *e)
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
  const struct hk_text t = {.ja = hk_words_fill(&w->arena, HK_TEXT_WHY_EVENT, ja, 3).ja,
                            .en = hk_words_fill(&w->arena, HK_TEXT_WHY_EVENT, en, 3).en};
  hk_buf_done(&object);
  return t;
}

/* ---- case, status, labels ---- */

/* Letters, digits and dashes only; the archive's name when no case id was given. */
static void case_id(struct writer *w)
{
  const struct hk_report_case *const c = w->v->c;
  const hk_str from = c->case_id.n > 0 ? c->case_id : c->archive_name;
  char id[65];
  size_t n = 0;
  for (size_t i = 0; i < from.n && n < 64; i++) {
    const char ch = from.p[i];
    const bool plain = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
    if (plain || (n > 0 && id[n - 1] != '-')) id[n++] = plain ? ch : '-';
  }
  id[n] = 0;
  code(w, "id", n > 0 ? id : "not-given");
}

/* The machine the program ran on and its clock: the host's own only when the source was live. */
static void machine(struct writer *w, const struct hk_case *c)
{
  if (c == NULL) return;
  open_key(w, "machine", '{');
  str(w, "name", c->machine);
  str(w, "os", c->machine_os);
  if (c->booted_at != HK_TIME_UNKNOWN) time_value(w, "booted_at", c->booted_at);
  str(w, "time_zone", c->time_zone);
  number(w, "offset_min", c->utc_offset_minutes);
  if (c->ntp_server.n > 0) {
    open_key(w, "ntp", '{');
    str(w, "server", c->ntp_server);
    if (c->clock_offset.n > 0) str(w, "offset_s", c->clock_offset);
    str(w, "note", c->clock_note);
    hk_json_close(&w->j, '}');
  }
  hk_json_close(&w->j, '}');
}

static void the_case(struct writer *w)
{
  const struct hk_report_case *const c = w->v->c;
  open_key(w, "case", '{');
  case_id(w);
  if (c->case_id.n > 0) str(w, "id_as_given", c->case_id);
  code(w, "pattern", "pc");
  open_key(w, "host", '{');
  str(w, "name", c->host);
  if (c->os_name.n > 0) str(w, "os", c->os_name);
  if (c->address.n > 0) str(w, "address", c->address);
  if (c->domain.n > 0) str(w, "domain", c->domain);
  hk_json_close(&w->j, '}');
  open_key(w, "collected", '{');
  time_value(w, "start", c->started_at);
  time_value(w, "end", c->finished_at);
  hk_json_close(&w->j, '}');
  open_key(w, "window", '{');
  time_value(w, "from", w->v->a->window_lo);
  time_value(w, "to", w->v->a->window_hi);
  hk_json_close(&w->j, '}');
  open_key(w, "time_zone", '{');
  str(w, "name", c->time_zone.n > 0 ? c->time_zone : hk_page_zone(&w->arena, c));
  number(w, "offset_min", c->utc_offset_minutes);
  hk_json_close(&w->j, '}');
  open_key(w, "archive", '{');
  str(w, "name", c->archive_name);
  number(w, "bytes", (int64_t)(c->archive_bytes > INT64_MAX ? INT64_MAX : c->archive_bytes));
  code(w, "sha256", strlen(c->evidence_sha256) == 64 ? c->evidence_sha256 : no_digest);
  code(w, "sha256_of", "evidence-manifest");
  hk_json_close(&w->j, '}');
  if (c->operator_name.n > 0) str(w, "operator", c->operator_name);
  if (c->reason.n > 0) str(w, "reason", c->reason);
  open_key(w, "tool", '{');
  str(w, "version", c->tool_version);
  str(w, "sha256", c->tool_sha256);
  str(w, "command_line", c->command_line);
  str(w, "confinement", c->confinement);
  hk_json_close(&w->j, '}');
  machine(w, c->custody);
  hk_json_close(&w->j, '}');
  open_key(w, "status", '{');
  hk_json_key(&w->j, "running");
  hk_json_bool(&w->j, false);
  hk_json_key(&w->j, "running_checked");
  hk_json_bool(&w->j, false);
  time_value(w, "as_of", c->finished_at);
  hk_json_close(&w->j, '}');
}

static void labels(struct writer *w)
{
  open_key(w, "labels", '{');
  open_key(w, "levels", '{');
  for (int l = 0; l < HK_LEVEL_COUNT; l++)
    text(w, hk_level_code((enum hk_level)l), hk_words_level((enum hk_level)l));
  hk_json_close(&w->j, '}');
  open_key(w, "coverage", '{');
  for (int s = 0; s < HK_SHOWN_COUNT; s++)
    text(w, hk_shown_code((enum hk_shown)s), hk_words_shown((enum hk_shown)s));
  hk_json_close(&w->j, '}');
  open_key(w, "sources", '{');
  for (size_t g = 0; g < w->v->n_groups; g++) {
    hk_json_key_str(&w->j, w->v->groups[g]);
    text_value(w, hk_words_group(&w->arena, w->v->groups[g]));
  }
  hk_json_close(&w->j, '}');
  open_key(w, "kinds", '{');
  for (int v = 0; v < HK_VERB_COUNT; v++)
    text(w, hk_verb_name((enum hk_verb)v), hk_verb_label((enum hk_verb)v));
  hk_json_close(&w->j, '}');
  hk_json_close(&w->j, '}');
}

/* ---- answers ---- */

/* One entry for each independent group behind a finding. */
static void finding_groups(struct writer *w, const struct hk_finding *f)
{
  uint64_t done = 0;
  for (size_t i = 0; i < f->n_evidence && i < 500; i++) {
    struct hk_view_event e;
    if (hk_view_keep(w->v, f->evidence[i].event, &w->arena, &e).code != HK_OK) continue;
    const uint64_t bit = UINT64_C(1) << e.kind->lane;
    if ((done & bit) != 0) continue;
    done |= bit;
    hk_json_open(&w->j, '{');
    str(w, "group", e.kind->group);
    text(w, "finding", about(w, &e));
    open_key(w, "evidence", '[');
    file_ref(w, e.artefact);
    hk_json_close(&w->j, ']');
    number(w, "event", e.id);
    number(w, "finding_id", f->id);
    code(w, "rule", f->rule);
    code(w, "level", hk_level_code(f->level));
    text(w, "claim", f->claim);
    hk_json_close(&w->j, '}');
  }
}

static void kind_list(struct writer *w, const struct hk_answer *a, struct hk_buf *ja, struct hk_buf *en)
{
  for (size_t i = 0; i < a->n_missing; i++) {
    const struct hk_text t = hk_words_kind(&w->arena, hk_str_of(a->missing[i]));
    hk_buf_z(ja, i > 0 ? "、" : "");
    hk_buf_z(ja, t.ja);
    hk_buf_z(en, i > 0 ? ", " : "");
    hk_buf_z(en, t.en);
  }
}

/* Claims that count, or what was found against them, of the findings that name a candidate. */
static void candidate_text(struct writer *w, const char *key, const struct hk_answer *a, const struct hk_candidate *c,
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
  text(w, key, (struct hk_text){.ja = zja, .en = zen});
  hk_buf_done(&ja);
  hk_buf_done(&en);
}

static void missing(struct writer *w, const char *key, const struct hk_answer *a)
{
  struct hk_buf ja;
  struct hk_buf en;
  hk_buf_init(&ja, 1 << 16);
  hk_buf_init(&en, 1 << 16);
  kind_list(w, a, &ja, &en);
  text(w, key,
       (struct hk_text){.ja = hk_str_z(&w->arena, hk_buf_view(&ja)), .en = hk_str_z(&w->arena, hk_buf_view(&en))});
  hk_buf_done(&ja);
  hk_buf_done(&en);
}

static hk_err one_answer(struct writer *w, const struct hk_answer *a)
{
  hk_json_open(&w->j, '{');
  code(w, "id", hk_question_code(a->question));
  text(w, "question", hk_words_question(a->question));
  code(w, "level", hk_level_code(a->level));
  number(w, "independent_sources", a->level == HK_CANNOT_SAY ? 0 : (int64_t)a->n_groups);
  text(w, "claim", a->claim);
  text(w, "doubt", a->doubt);
  if (a->no_sign_since != HK_TIME_UNKNOWN) time_value(w, "no_sign_since", a->no_sign_since);
  open_key(w, "missing", '[');
  for (size_t i = 0; i < a->n_missing; i++)
    hk_json_z(&w->j, a->missing[i]);
  hk_json_close(&w->j, ']');
  number(w, "explained", (int64_t)a->n_explained);
  open_key(w, "findings", '[');
  for (size_t i = 0; i < a->n_findings; i++) {
    const struct hk_finding *const f = hk_view_finding(w->v, a->findings[i]);
    if (f != NULL) finding_groups(w, f);
    HK_TRY(flush(w));
  }
  hk_json_close(&w->j, ']');
  if (a->n_candidates > 0) {
    open_key(w, "candidates", '[');
    for (size_t i = 0; i < a->n_candidates; i++) {
      hk_json_open(&w->j, '{');
      text(w, "name", a->candidates[i].name);
      code(w, "level", hk_level_code(a->candidates[i].level));
      candidate_text(w, "for", a, &a->candidates[i], false);
      candidate_text(w, "against", a, &a->candidates[i], true);
      missing(w, "missing", a);
      hk_json_close(&w->j, '}');
    }
    hk_json_close(&w->j, ']');
  }
  hk_json_close(&w->j, '}');
  return flush(w);
}

/* ---- chain, impact, coverage ---- */

static void step_id(struct writer *w, const char *key, size_t i)
{
  if (key != NULL) hk_json_key(&w->j, key);
  hk_json_str(&w->j, hk_str_printf(&w->arena, "S%zu", i + 1));
}

static void chain_step(struct writer *w, size_t i)
{
  const struct hk_chain_step *const s = &w->chain->steps[i];
  hk_json_open(&w->j, '{');
  step_id(w, "id", i);
  time_value(w, "time", s->first.at);
  text(w, "text", s->happened);
  str(w, "object", s->object);
  code(w, "kind", s->danger ? "danger" : s->first.at == 0 ? "unknown" : "event");
  open_key(w, "sources", '{');
  for (size_t g = 0; g < w->v->n_groups; g++) {
    const uint64_t bit = UINT64_C(1) << g;
    const char *const state = (s->seen & bit) != 0     ? "seen"
                              : (s->silent & bit) != 0 ? "silent"
                              : (s->lost & bit) != 0   ? "lost"
                                                       : NULL;
    if (state == NULL) continue;
    hk_json_key_str(&w->j, w->v->groups[g]);
    hk_json_z(&w->j, state);
  }
  hk_json_close(&w->j, '}');
  open_key(w, "evidence", '[');
  for (size_t k = 0; k < s->n_artefacts; k++)
    file_ref(w, s->artefacts[k]);
  hk_json_close(&w->j, ']');
  open_key(w, "events", '[');
  for (size_t k = 0; k < s->n_events && k < HK_CHAIN_REFS; k++)
    hk_json_int(&w->j, s->events[k]);
  hk_json_close(&w->j, ']');
  hk_json_close(&w->j, '}');
}

static void chain(struct writer *w)
{
  open_key(w, "chain", '{');
  open_key(w, "steps", '[');
  for (size_t i = 0; i < w->chain->n_steps; i++)
    chain_step(w, i);
  hk_json_close(&w->j, ']');
  open_key(w, "links", '[');
  for (size_t i = 1; i < w->chain->n_steps; i++) {
    hk_json_open(&w->j, '{');
    step_id(w, "from", w->chain->steps[i].from);
    step_id(w, "to", i);
    code(w, "strength", hk_link_code(w->chain->steps[i].strength));
    hk_json_key(&w->j, "weakest");
    hk_json_bool(&w->j, w->chain->steps[i].weakest);
    text(w, "reason", w->chain->steps[i].reason);
    hk_json_close(&w->j, '}');
  }
  hk_json_close(&w->j, ']');
  hk_json_close(&w->j, '}');
}

/* Counted from content that was read; nothing is extrapolated. The charts' parts are empty until something fills them.
 */
static void impact(struct writer *w)
{
  static const char *const lists[] = {"by_folder", "by_extension", "by_owner"};
  const uint64_t encrypted = hk_view_content_count(w->v, HK_CONTENT_ENCRYPTED);
  const uint64_t intact = hk_view_content_count(w->v, HK_CONTENT_INTACT);
  open_key(w, "impact", '{');
  number(w, "encrypted", (int64_t)encrypted);
  number(w, "examined", (int64_t)(encrypted + intact));
  number(w, "notes", (int64_t)hk_view_content_count(w->v, HK_CONTENT_NOTE));
  open_key(w, "per_minute", '{');
  time_value(w, "start", w->chain->onset != 0 ? w->chain->onset : w->v->c->finished_at);
  open_key(w, "counts", '[');
  hk_json_close(&w->j, ']');
  hk_json_close(&w->j, '}');
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    open_key(w, lists[i], '[');
    hk_json_close(&w->j, ']');
  }
  hk_json_close(&w->j, '}');
}

static void cover(struct writer *w)
{
  open_key(w, "coverage", '{');
  open_key(w, "windows", '[');
  for (size_t i = 0; i < w->cover->n_windows; i++) {
    hk_json_open(&w->j, '{');
    hk_json_key(&w->j, "id");
    hk_json_str(&w->j, hk_str_printf(&w->arena, "w%zu", i + 1));
    text(w, "label", w->cover->windows[i].label);
    code(w, "range", w->cover->windows[i].range);
    time_value(w, "from", w->cover->windows[i].lo);
    time_value(w, "to", w->cover->windows[i].hi);
    hk_json_close(&w->j, '}');
  }
  hk_json_close(&w->j, ']');
  open_key(w, "records", '[');
  for (size_t i = 0; i < w->cover->n_rows; i++) {
    const struct hk_cover_row *const r = &w->cover->rows[i];
    hk_json_open(&w->j, '{');
    str(w, "source", r->kind->group);
    str(w, "kind", r->kind->name);
    text(w, "label", hk_words_kind(&w->arena, r->kind->name));
    hk_json_key(&w->j, "evidence");
    if (r->artefact > 0)
      file_ref(w, r->artefact);
    else
      hk_json_null(&w->j);
    open_key(w, "cells", '[');
    for (size_t k = 0; k < w->cover->n_windows; k++) {
      hk_json_open(&w->j, '{');
      code(w, "state", hk_shown_code(r->cells[k].state));
      if (r->cells[k].note.ja != NULL) text(w, "note", r->cells[k].note);
      hk_json_close(&w->j, '}');
    }
    hk_json_close(&w->j, ']');
    hk_json_close(&w->j, '}');
  }
  hk_json_close(&w->j, ']');
  hk_json_close(&w->j, '}');
}

/* ---- evidence and custody ---- */

static const char *how_code(hk_str how)
{
  if (hk_str_eq(how, HK_S("api"))) return "api";
  if (hk_str_eq(how, HK_S("raw")) || hk_str_eq(how, HK_S("api+raw")) || hk_str_eq(how, HK_S("shadow"))) return "raw";
  return "copy";
}

static hk_err evidence(struct writer *w)
{
  int64_t *ids;
  size_t n;
  uint64_t total;
  HK_TRY(hk_view_artefacts(w->v, EVIDENCE, &w->arena, &ids, &n, &total));
  open_key(w, "evidence", '[');
  for (size_t i = 0; i < n; i++) {
    struct hk_view_artefact a;
    if (hk_view_artefact(w->v, ids[i], &a).code != HK_OK) continue;
    const size_t slash = hk_str_rfind(a.path, '\\');
    const bool split = slash < a.path.n && slash + 1 < a.path.n;
    hk_json_open(&w->j, '{');
    hk_json_key(&w->j, "id");
    file_ref(w, a.id);
    str(w, "name", split ? hk_str_sub(a.path, slash + 1, a.path.n) : a.path);
    str(w, "place", split ? hk_str_sub(a.path, 0, slash) : hk_str_of(""));
    number(w, "bytes", a.size_bytes < 0 ? 0 : a.size_bytes);
    code(w, "how", how_code(a.how));
    str(w, "method", a.how);
    str(w, "outcome", a.outcome);
    hk_json_key(&w->j, "stored");
    hk_json_bool(&w->j, a.sha256[0] != 0);
    code(w, "sha256", a.sha256[0] != 0 ? a.sha256 : no_digest);
    hk_json_close(&w->j, '}');
    if (w->b.n > FLUSH_AT) HK_TRY(flush(w));
  }
  hk_json_close(&w->j, ']');
  return flush(w);
}

static void custody_act(struct writer *w, hk_time at, enum hk_text_id what, hk_str arg, hk_str by)
{
  struct hk_buf b;
  hk_buf_init(&b, 1 << 16);
  hk_visible_name(&b, by);
  const struct hk_text not_given = hk_words_text(HK_TEXT_NOT_GIVEN);
  const char *const z = hk_str_z(&w->arena, hk_buf_view(&b));
  hk_json_open(&w->j, '{');
  time_value(w, "time", at);
  text(w, "what", hk_words_fill(&w->arena, what, &arg, 1));
  text(w, "by", by.n > 0 ? (struct hk_text){.ja = z, .en = z} : not_given);
  hk_json_close(&w->j, '}');
  hk_buf_done(&b);
}

/* ---- events ---- */

/* Strings numbered as they appear. */
struct names {
  hk_str *v;
  size_t n, room;
  uint32_t *slots; /* number + 1, 0 = free */
  size_t n_slots;
};

static uint32_t hash_of(hk_str s)
{
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < s.n; i++)
    h = (h ^ (uint8_t)s.p[i]) * 16777619u;
  return h;
}

static bool names_init(struct names *t, struct hk_arena *a, size_t room)
{
  t->room = room;
  t->n_slots = 16;
  while (t->n_slots < 2 * room)
    t->n_slots *= 2;
  t->v = hk_new(a, hk_str, room);
  t->slots = hk_new(a, uint32_t, t->n_slots);
  return t->v != NULL && t->slots != NULL;
}

static int64_t name_number(struct names *t, struct hk_arena *a, hk_str s)
{
  size_t slot = hash_of(s) & (t->n_slots - 1);
  while (t->slots[slot] != 0) {
    if (hk_str_eq(t->v[t->slots[slot] - 1], s)) return t->slots[slot] - 1;
    slot = (slot + 1) & (t->n_slots - 1);
  }
  if (t->n == t->room) return 0;
  t->v[t->n++] = hk_str_copy(a, s);
  t->slots[slot] = (uint32_t)t->n;
  return (int64_t)t->n - 1;
}

struct rows {
  struct writer *w;
  struct hk_pick pick;
  struct names dirs, accounts;
  struct hk_arena scratch;
};

static hk_err row(void *ctx, int64_t id, hk_time at)
{
  struct rows *const r = ctx;
  struct writer *const w = r->w;
  struct hk_view_event e;
  if (!hk_pick_takes(&r->pick, w->v, id, at)) return hk_ok();
  hk_arena_done(&r->scratch);
  HK_TRY(hk_view_keep(w->v, id, &r->scratch, &e));
  const size_t slash = hk_str_rfind(e.path, '\\');
  const bool split = e.path.n > 0 && slash < e.path.n && slash + 1 < e.path.n;
  const hk_str object = split ? hk_str_sub(e.path, slash + 1, e.path.n) : hk_view_object(w->v, &e);
  const hk_str dir = split ? hk_str_sub(e.path, 0, slash) : hk_str_of("");
  if (r->pick.n > 1) hk_buf_z(&w->b, ",\n");
  hk_buf_u8(&w->b, '[');
  struct hk_json j; /* rows are written on lines of their own */
  hk_json_init(&j, &w->b);
  hk_json_int(&j, hk_time_to_unix_us(e.at) / 1000);
  hk_json_int(&j, (int64_t)e.kind->lane);
  hk_json_int(&j, (int64_t)e.verb);
  hk_json_int(&j, name_number(&r->dirs, &w->arena, dir));
  hk_json_str(&j, object);
  hk_json_int(&j, name_number(&r->accounts, &w->arena, hk_view_account(&r->scratch, &e)));
  if (e.artefact > 0) {
    hk_json_str(&j, hk_str_printf(&r->scratch, "E%02lld", (long long)e.artefact));
  } else {
    hk_json_z(&j, "");
  }
  hk_json_int(&j, hk_view_is_key(w->v, id) ? 1 : 0);
  hk_buf_u8(&w->b, ']');
  return w->b.n > FLUSH_AT ? flush(w) : hk_ok();
}

static void name_list(struct writer *w, const char *key, const struct names *t)
{
  open_key(w, key, '[');
  for (size_t i = 0; i < t->n; i++)
    hk_json_str(&w->j, t->v[i]);
  hk_json_close(&w->j, ']');
}

static hk_err events(struct writer *w)
{
  static const char *const columns[] = {"time_ms_utc", "source", "kind", "dir", "name", "account", "evidence", "key"};
  struct rows r = {.w = w};
  const size_t room = w->v->n_timed < HK_PAGE_ROWS ? (size_t)w->v->n_timed : HK_PAGE_ROWS;
  if (!names_init(&r.dirs, &w->arena, room + 1) || !names_init(&r.accounts, &w->arena, room + 1))
    return hk_fail(HK_MEMORY, "number names for answers.json", HK_NO_OFFSET);
  (void)name_number(&r.dirs, &w->arena, hk_str_of(""));
  (void)name_number(&r.accounts, &w->arena, hk_str_of(""));
  HK_TRY(hk_pick_make(w->v, w->chain->onset, HK_PAGE_ROWS, &r.pick));
  hk_arena_init(&r.scratch, 1 << 24);
  open_key(w, "events", '{');
  hk_json_key(&w->j, "onset");
  if (w->chain->onset != 0)
    hk_json_int(&w->j, hk_time_to_unix_us(w->chain->onset) / 1000);
  else
    hk_json_null(&w->j);
  number(w, "total", (int64_t)w->v->n_timed);
  open_key(w, "columns", '[');
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    hk_json_z(&w->j, columns[i]);
  hk_json_close(&w->j, ']');
  open_key(w, "sources", '[');
  for (size_t g = 0; g < w->v->n_groups; g++)
    hk_json_str(&w->j, w->v->groups[g]);
  hk_json_close(&w->j, ']');
  open_key(w, "kinds", '[');
  for (int v = 0; v < HK_VERB_COUNT; v++)
    hk_json_z(&w->j, hk_verb_name((enum hk_verb)v));
  hk_json_close(&w->j, ']');
  open_key(w, "rows", '[');
  const hk_err e = hk_view_each_timed(w->v, row, &r);
  hk_arena_done(&r.scratch);
  if (e.code != HK_OK) return e;
  hk_json_close(&w->j, ']');
  name_list(w, "dirs", &r.dirs); /* after the rows: they were numbered there */
  name_list(w, "accounts", &r.accounts);
  hk_json_close(&w->j, '}');
  return flush(w);
}

/* ---- all together ---- */

static hk_err body(struct writer *w)
{
  const struct hk_report_case *const c = w->v->c;
  hk_json_open(&w->j, '{');
  code(w, "format", "hikeshi-answers");
  code(w, "version", "0.1");
  the_case(w);
  labels(w);
  open_key(w, "answers", '[');
  for (int q = 0; q < HK_Q_COUNT; q++)
    HK_TRY(one_answer(w, &w->v->a->answers[q]));
  hk_json_close(&w->j, ']');
  chain(w);
  impact(w);
  cover(w);
  static const char *const later[] = {"actions", "network", "hearing"};
  for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
    open_key(w, later[i], '[');
    hk_json_close(&w->j, ']');
  }
  HK_TRY(evidence(w));
  open_key(w, "custody", '[');
  custody_act(w, c->started_at, HK_TEXT_CUSTODY_STARTED, c->tool_version, c->operator_name);
  custody_act(w, c->finished_at, HK_TEXT_CUSTODY_FINISHED, hk_str_of(""), HK_S("Hikeshi"));
  hk_json_close(&w->j, ']');
  HK_TRY(events(w));
  hk_json_close(&w->j, '}');
  return flush(w);
}

hk_err hk_answers_body(struct hk_view *v, const struct hk_chain *the_chain, const struct hk_cover_table *the_cover,
                       struct hk_out *out)
{
  if (v->c->started_at == HK_TIME_UNKNOWN || v->c->finished_at == HK_TIME_UNKNOWN)
    return hk_fail(HK_USAGE, "write answers without the times of collection", HK_NO_OFFSET);
  struct writer w = {.out = out, .v = v, .chain = the_chain, .cover = the_cover};
  hk_buf_init(&w.b, (size_t)64 << 20);
  hk_arena_init(&w.arena, (size_t)512 << 20);
  hk_json_init(&w.j, &w.b);
  hk_err e = body(&w);
  if (e.code == HK_OK && w.arena.spent) e = hk_fail(HK_MEMORY, "write answers.json", HK_NO_OFFSET);
  hk_buf_done(&w.b);
  hk_arena_done(&w.arena);
  return e;
}

hk_err hk_report_answers_json(struct hk_facts *f, const struct hk_answers *a, const struct hk_report_case *c,
                              struct hk_out *out)
{
  struct hk_view v;
  struct hk_chain the_chain = {0};
  struct hk_cover_table the_cover = {0};
  HK_TRY(hk_view_open(hk_facts_db(f), a, c, &v));
  hk_err e = hk_chain_make(&v, &the_chain);
  if (e.code == HK_OK) e = hk_cover_make(&v, &the_chain, &the_cover);
  if (e.code == HK_OK) e = hk_answers_body(&v, &the_chain, &the_cover, out);
  if (e.code == HK_OK) e = out->write(out, "\n", 1);
  hk_chain_done(&the_chain);
  hk_cover_done(&the_cover);
  hk_view_close(&v);
  return e;
}
