/* answers.json (answers.schema.json beside this file). Where something is not known the required members are empty or
   zero; nothing is made up. Sentences hold names already made visible; members that are names are raw. */
#include "report/answers_impl.h"

#include <string.h>

#define EVIDENCE 20000
static const char no_digest[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* ---- case, status, labels ---- */

/* Letters, digits and dashes only; the archive's name when no case id was given. */
static void case_id(struct hk_answers_writer *w)
{
  const struct hk_report_case *const c = w->v->c;
  const hk_str from = c->case_id.n > 0 ? c->case_id : c->archive_name;
  char id[65];
  size_t n = 0;
  for (size_t i = 0; i < from.n && n < 64; i++) {
    const char ch = from.p[i];
    const bool plain = hk_is_digit(ch) || hk_is_letter(ch);
    if (plain || (n > 0 && id[n - 1] != '-')) id[n++] = plain ? ch : '-';
  }
  id[n] = 0;
  hk_json_put_z(&w->j, "id", n > 0 ? id : "not-given");
}

/* The machine the program ran on and its clock: the host's own only when the source was live. */
static void machine(struct hk_answers_writer *w, const struct hk_case *c)
{
  struct hk_json *const j = &w->j;
  if (c == NULL) return;
  hk_json_put_open(j, "machine", '{');
  hk_json_put_str(j, "name", c->machine);
  hk_json_put_str(j, "os", c->machine_os);
  if (c->booted_at != HK_TIME_UNKNOWN) hk_json_put_time(j, "booted_at", c->booted_at);
  hk_json_put_str(j, "time_zone", c->time_zone);
  hk_json_put_int(j, "offset_min", c->utc_offset_minutes);
  if (c->ntp_server.n > 0) {
    hk_json_put_open(j, "ntp", '{');
    hk_json_put_str(j, "server", c->ntp_server);
    if (c->clock_offset.n > 0) hk_json_put_str(j, "offset_s", c->clock_offset);
    hk_json_put_str(j, "note", c->clock_note);
    hk_json_close(j, '}');
  }
  hk_json_close(j, '}');
}

static void host(struct hk_answers_writer *w, const struct hk_report_case *c)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "host", '{');
  hk_json_put_str(j, "name", c->host);
  if (c->os_name.n > 0) hk_json_put_str(j, "os", c->os_name);
  if (c->address.n > 0) hk_json_put_str(j, "address", c->address);
  if (c->domain.n > 0) hk_json_put_str(j, "domain", c->domain);
  hk_json_close(j, '}');
}

static void archive(struct hk_answers_writer *w, const struct hk_report_case *c)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "archive", '{');
  hk_json_put_str(j, "name", c->archive_name);
  hk_json_put_size(j, "bytes", c->archive_bytes);
  hk_json_put_z(j, "sha256", strlen(c->evidence_sha256) == 64 ? c->evidence_sha256 : no_digest);
  hk_json_put_z(j, "sha256_of", "evidence-manifest");
  hk_json_close(j, '}');
}

static void tool(struct hk_answers_writer *w, const struct hk_report_case *c)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "tool", '{');
  hk_json_put_str(j, "version", c->tool_version);
  hk_json_put_str(j, "sha256", c->tool_sha256);
  hk_json_put_str(j, "command_line", c->command_line);
  hk_json_put_str(j, "confinement", c->confinement);
  hk_json_close(j, '}');
}

static void the_case(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  const struct hk_report_case *const c = w->v->c;
  hk_json_put_open(j, "case", '{');
  case_id(w);
  if (c->case_id.n > 0) hk_json_put_str(j, "id_as_given", c->case_id);
  hk_json_put_z(j, "pattern", "pc");
  host(w, c);
  hk_json_put_open(j, "collected", '{');
  hk_json_put_time(j, "start", c->started_at);
  hk_json_put_time(j, "end", c->finished_at);
  hk_json_close(j, '}');
  hk_json_put_open(j, "window", '{');
  hk_json_put_time(j, "from", w->v->a->window_lo);
  hk_json_put_time(j, "to", w->v->a->window_hi);
  hk_json_close(j, '}');
  hk_json_put_open(j, "time_zone", '{');
  hk_json_put_str(j, "name", c->time_zone.n > 0 ? c->time_zone : hk_page_zone(&w->arena, c));
  hk_json_put_int(j, "offset_min", c->utc_offset_minutes);
  hk_json_close(j, '}');
  archive(w, c);
  if (c->operator_name.n > 0) hk_json_put_str(j, "operator", c->operator_name);
  if (c->reason.n > 0) hk_json_put_str(j, "reason", c->reason);
  tool(w, c);
  machine(w, c->custody);
  hk_json_close(j, '}');
}

static void status(struct hk_answers_writer *w, const struct hk_report_case *c)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "status", '{');
  hk_json_put_bool(j, "running", false);
  hk_json_put_bool(j, "running_checked", false);
  hk_json_put_time(j, "as_of", c->finished_at);
  hk_json_close(j, '}');
}

static void labels(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "labels", '{');
  hk_json_put_open(j, "levels", '{');
  for (int l = 0; l < HK_LEVEL_COUNT; l++)
    hk_answers_text(w, hk_level_code((enum hk_level)l), hk_words_level((enum hk_level)l));
  hk_json_close(j, '}');
  hk_json_put_open(j, "coverage", '{');
  for (int s = 0; s < HK_SHOWN_COUNT; s++)
    hk_answers_text(w, hk_shown_code((enum hk_shown)s), hk_words_shown((enum hk_shown)s));
  hk_json_close(j, '}');
  hk_json_put_open(j, "sources", '{');
  for (size_t g = 0; g < w->v->n_groups; g++) {
    hk_json_key_str(j, w->v->groups[g]);
    hk_answers_text_value(w, hk_words_group(&w->arena, w->v->groups[g]));
  }
  hk_json_close(j, '}');
  hk_json_put_open(j, "kinds", '{');
  for (int v = 0; v < HK_VERB_COUNT; v++)
    hk_answers_text(w, hk_verb_name((enum hk_verb)v), hk_verb_label((enum hk_verb)v));
  hk_json_close(j, '}');
  hk_json_close(j, '}');
}

/* ---- chain, impact, coverage ---- */

static void step_id(struct hk_answers_writer *w, const char *key, size_t i)
{
  hk_json_put_str(&w->j, key, hk_str_printf(&w->arena, "S%zu", i + 1));
}

static void chain_step(struct hk_answers_writer *w, size_t i)
{
  struct hk_json *const j = &w->j;
  const struct hk_chain_step *const s = &w->chain->steps[i];
  hk_json_open(j, '{');
  step_id(w, "id", i);
  hk_json_put_time(j, "time", s->first.at);
  hk_answers_text(w, "text", s->happened);
  hk_json_put_str(j, "object", s->object);
  hk_json_put_z(j, "kind", s->danger ? "danger" : s->first.at == 0 ? "unknown" : "event");
  hk_json_put_open(j, "sources", '{');
  for (size_t g = 0; g < w->v->n_groups; g++) {
    const uint64_t bit = UINT64_C(1) << g;
    const char *const state = (s->seen & bit) != 0     ? "seen"
                              : (s->silent & bit) != 0 ? "silent"
                              : (s->lost & bit) != 0   ? "lost"
                                                       : NULL;
    if (state == NULL) continue;
    hk_json_key_str(j, w->v->groups[g]);
    hk_json_z(j, state);
  }
  hk_json_close(j, '}');
  hk_json_put_open(j, "evidence", '[');
  for (size_t k = 0; k < s->n_artefacts; k++)
    hk_answers_file_ref(w, s->artefacts[k]);
  hk_json_close(j, ']');
  hk_json_put_open(j, "events", '[');
  for (size_t k = 0; k < s->n_events && k < HK_CHAIN_REFS; k++)
    hk_json_int(j, s->events[k]);
  hk_json_close(j, ']');
  hk_json_close(j, '}');
}

static void chain(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "chain", '{');
  hk_json_put_open(j, "steps", '[');
  for (size_t i = 0; i < w->chain->n_steps; i++)
    chain_step(w, i);
  hk_json_close(j, ']');
  hk_json_put_open(j, "links", '[');
  for (size_t i = 1; i < w->chain->n_steps; i++) {
    hk_json_open(j, '{');
    step_id(w, "from", w->chain->steps[i].from);
    step_id(w, "to", i);
    hk_json_put_z(j, "strength", hk_link_code(w->chain->steps[i].strength));
    hk_json_put_bool(j, "weakest", w->chain->steps[i].weakest);
    hk_answers_text(w, "reason", w->chain->steps[i].reason);
    hk_json_close(j, '}');
  }
  hk_json_close(j, ']');
  hk_json_close(j, '}');
}

/* Counted from content that was read; nothing is extrapolated. The charts' parts are empty until something fills them.
 */
static void impact(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  static const char *const lists[] = {"by_folder", "by_extension", "by_owner"};
  const uint64_t encrypted = hk_view_content_count(w->v, HK_CONTENT_ENCRYPTED);
  const uint64_t intact = hk_view_content_count(w->v, HK_CONTENT_INTACT);
  hk_json_put_open(j, "impact", '{');
  hk_json_put_int(j, "encrypted", (int64_t)encrypted);
  hk_json_put_int(j, "examined", (int64_t)(encrypted + intact));
  hk_json_put_int(j, "notes", (int64_t)hk_view_content_count(w->v, HK_CONTENT_NOTE));
  hk_json_put_open(j, "per_minute", '{');
  hk_json_put_time(j, "start", w->chain->onset != 0 ? w->chain->onset : w->v->c->finished_at);
  hk_json_put_open(j, "counts", '[');
  hk_json_close(j, ']');
  hk_json_close(j, '}');
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    hk_json_put_open(j, lists[i], '[');
    hk_json_close(j, ']');
  }
  hk_json_close(j, '}');
}

static void cover(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  hk_json_put_open(j, "coverage", '{');
  hk_json_put_open(j, "windows", '[');
  for (size_t i = 0; i < w->cover->n_windows; i++) {
    hk_json_open(j, '{');
    hk_json_put_str(j, "id", hk_str_printf(&w->arena, "w%zu", i + 1));
    hk_answers_text(w, "label", w->cover->windows[i].label);
    hk_json_put_z(j, "range", w->cover->windows[i].range);
    hk_json_put_time(j, "from", w->cover->windows[i].lo);
    hk_json_put_time(j, "to", w->cover->windows[i].hi);
    hk_json_close(j, '}');
  }
  hk_json_close(j, ']');
  hk_json_put_open(j, "records", '[');
  for (size_t i = 0; i < w->cover->n_rows; i++) {
    const struct hk_cover_row *const r = &w->cover->rows[i];
    hk_json_open(j, '{');
    hk_json_put_str(j, "source", r->kind->group);
    hk_json_put_str(j, "kind", r->kind->name);
    hk_answers_text(w, "label", hk_words_kind(&w->arena, r->kind->name));
    hk_json_key(j, "evidence");
    if (r->artefact > 0)
      hk_answers_file_ref(w, r->artefact);
    else
      hk_json_null(j);
    hk_json_put_open(j, "cells", '[');
    for (size_t k = 0; k < w->cover->n_windows; k++) {
      hk_json_open(j, '{');
      hk_json_put_z(j, "state", hk_shown_code(r->cells[k].state));
      if (r->cells[k].note.ja != NULL) hk_answers_text(w, "note", r->cells[k].note);
      hk_json_close(j, '}');
    }
    hk_json_close(j, ']');
    hk_json_close(j, '}');
  }
  hk_json_close(j, ']');
  hk_json_close(j, '}');
}

/* ---- evidence and custody ---- */

static const char *how_code(hk_str how)
{
  if (hk_str_eq(how, HK_S("api"))) return "api";
  if (hk_str_eq(how, HK_S("raw")) || hk_str_eq(how, HK_S("api+raw")) || hk_str_eq(how, HK_S("shadow"))) return "raw";
  return "copy";
}

static hk_err evidence(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  int64_t *ids;
  size_t n;
  uint64_t total;
  HK_TRY(hk_view_artefacts(w->v, EVIDENCE, &w->arena, &ids, &n, &total));
  hk_json_put_open(j, "evidence", '[');
  for (size_t i = 0; i < n; i++) {
    struct hk_view_artefact a;
    if (hk_view_artefact(w->v, ids[i], &a).code != HK_OK) continue;
    const size_t slash = hk_str_rfind(a.path, '\\');
    const bool split = slash < a.path.n && slash + 1 < a.path.n;
    hk_json_open(j, '{');
    hk_json_key(j, "id");
    hk_answers_file_ref(w, a.id);
    hk_json_put_str(j, "name", split ? hk_str_sub(a.path, slash + 1, a.path.n) : a.path);
    hk_json_put_str(j, "place", split ? hk_str_sub(a.path, 0, slash) : hk_str_of(""));
    hk_json_put_int(j, "bytes", a.size_bytes < 0 ? 0 : a.size_bytes);
    hk_json_put_z(j, "how", how_code(a.how));
    hk_json_put_str(j, "method", a.how);
    hk_json_put_str(j, "outcome", a.outcome);
    hk_json_put_bool(j, "stored", a.sha256[0] != 0);
    hk_json_put_z(j, "sha256", a.sha256[0] != 0 ? a.sha256 : no_digest);
    hk_json_close(j, '}');
    if (w->b.n > HK_ANSWERS_FLUSH_AT) HK_TRY(hk_answers_flush(w));
  }
  hk_json_close(j, ']');
  return hk_answers_flush(w);
}

static void custody_act(struct hk_answers_writer *w, hk_time at, enum hk_text_id what, hk_str arg, hk_str by)
{
  struct hk_json *const j = &w->j;
  struct hk_buf b;
  hk_buf_init(&b, 1 << 16);
  hk_visible_name(&b, by);
  const struct hk_text not_given = hk_words_text(HK_TEXT_NOT_GIVEN);
  const char *const z = hk_str_z(&w->arena, hk_buf_view(&b));
  hk_json_open(j, '{');
  hk_json_put_time(j, "time", at);
  hk_answers_text(w, "what", hk_words_fill(&w->arena, what, &arg, 1));
  hk_answers_text(w, "by", by.n > 0 ? (struct hk_text){.ja = z, .en = z} : not_given);
  hk_json_close(j, '}');
  hk_buf_done(&b);
}

/* ---- all together ---- */

static hk_err body(struct hk_answers_writer *w)
{
  struct hk_json *const j = &w->j;
  const struct hk_report_case *const c = w->v->c;
  hk_json_open(j, '{');
  hk_json_put_z(j, "format", "hikeshi-answers");
  hk_json_put_z(j, "version", "0.1");
  the_case(w);
  status(w, c);
  labels(w);
  hk_json_put_open(j, "answers", '[');
  for (int q = 0; q < HK_Q_COUNT; q++)
    HK_TRY(hk_answers_one(w, &w->v->a->answers[q]));
  hk_json_close(j, ']');
  chain(w);
  impact(w);
  cover(w);
  static const char *const later[] = {"actions", "network", "hearing"};
  for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
    hk_json_put_open(j, later[i], '[');
    hk_json_close(j, ']');
  }
  HK_TRY(evidence(w));
  hk_json_put_open(j, "custody", '[');
  custody_act(w, c->started_at, HK_TEXT_CUSTODY_STARTED, c->tool_version, c->operator_name);
  custody_act(w, c->finished_at, HK_TEXT_CUSTODY_FINISHED, hk_str_of(""), HK_S("Hikeshi"));
  hk_json_close(j, ']');
  HK_TRY(hk_answers_events(w));
  hk_json_close(j, '}');
  return hk_answers_flush(w);
}

hk_err hk_answers_body(struct hk_view *v, const struct hk_chain *the_chain, const struct hk_cover_table *the_cover,
                       struct hk_out *out)
{
  if (v->c->started_at == HK_TIME_UNKNOWN || v->c->finished_at == HK_TIME_UNKNOWN)
    return hk_fail(HK_USAGE, "write answers without the times of collection", HK_NO_OFFSET);
  struct hk_answers_writer w = {.out = out, .v = v, .chain = the_chain, .cover = the_cover};
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
