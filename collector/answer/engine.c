/* Rules over facts to answers: the order of things. */
#include "answer/answer.h"

#include <stdlib.h>
#include <string.h>

#include "answer/engine_impl.h"
#include "base/json.h"

#define DEFAULT_WINDOW (30 * HK_DAY)

/* ---- before and after ---- */

static void number_groups(struct hk_case *c)
{
  for (size_t k = 0; k < c->facts->n_kinds && k + 1 < HK_KINDS_MAX; k++) {
    const char *const group = c->facts->kinds[k]->group;
    size_t g = 1;
    while (g <= c->n_groups && strcmp(c->group_names[g], group) != 0)
      g++;
    if (g > c->n_groups) c->group_names[++c->n_groups] = group;
    c->group_of[k + 1] = g;
  }
}

static hk_err open_case(struct hk_case *c)
{
  static const char event[] = "SELECT kind,proof,at,coalesce(at_lo,at),coalesce(at_hi,at),art FROM event WHERE id=?";
  static const char params[] = "SELECT key,value FROM json_each(?)";
  static const char insert[] =
      "INSERT INTO finding(rule,candidate,subject,level,base,at_lo,at_hi) VALUES(?,?,?,?,?,?,?)";
  HK_TRY(hk_facts_exec(c->facts, "DELETE FROM finding; DELETE FROM finding_evidence; DELETE FROM answer",
                       "begin the answers"));
  struct {
    const char *sql;
    sqlite3_stmt **out;
  } const statements[] = {{event, &c->event}, {params, &c->params}, {insert, &c->insert}};
  for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
    const int rc = sqlite3_prepare_v2(c->facts->db, statements[i].sql, -1, statements[i].out, NULL);
    if (rc != SQLITE_OK) return hk_facts_sql_error(c->facts, rc, "begin the answers");
  }
  c->lost = hk_new(&c->work, bool, c->rules->n);
  if (c->lost == NULL) return hk_fail(HK_MEMORY, "begin the answers", HK_NO_OFFSET);
  hk_intern_init(&c->verdict_ids, &c->work, c->facts->files.seed);
  number_groups(c);
  return hk_reach_make(c->facts, &c->reach);
}

static void close_case(struct hk_case *c)
{
  sqlite3_finalize(c->event);
  sqlite3_finalize(c->params);
  sqlite3_finalize(c->insert);
  hk_intern_done(&c->verdict_ids);
  hk_arena_done(&c->work);
}

/* ---- findings ---- */

static const char *level_text(const struct hk_found *f)
{
  return f->refuted ? "refuted" : f->explained ? "explained" : hk_level_code(f->level);
}

/* So that rules which build on this one can read it. */
static hk_err show_finding(struct hk_case *c, const struct hk_found *f)
{
  sqlite3_stmt *const s = c->insert;
  sqlite3_bind_text(s, 1, f->rule->id, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 2, f->rule->candidate, -1, SQLITE_STATIC);
  sqlite3_bind_text64(s, 3, f->subject.p, f->subject.n, SQLITE_STATIC, SQLITE_UTF8);
  sqlite3_bind_text(s, 4, level_text(f), -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 5, hk_level_code(f->base), -1, SQLITE_STATIC);
  if (f->lo != 0) sqlite3_bind_int64(s, 6, f->lo);
  if (f->hi != 0) sqlite3_bind_int64(s, 7, f->hi);
  return hk_facts_run(c->facts, s, "write a finding");
}

static hk_err run_rules(struct hk_case *c)
{
  for (size_t i = 0; i < c->rules->n; i++)
    if (c->rules->v[i].excuse) HK_TRY(hk_gather_excuse(c, i));
  for (size_t i = 0; i < c->rules->n; i++) {
    if (c->rules->v[i].excuse) continue;
    const size_t from = c->n_found;
    HK_TRY(hk_gather_rule(c, i));
    for (size_t k = from; k < c->n_found; k++) {
      hk_grade(c, c->found[k]);
      if (c->found[k]->complete) HK_TRY(show_finding(c, c->found[k]));
    }
  }
  return hk_ok();
}

/* Live ones first, the heaviest before; what is incomplete last. */
static int rank_of(const struct hk_found *f)
{
  return !f->complete ? 2 : hk_found_live(f) ? 0 : 1;
}

static int by_weight(const void *a, const void *b)
{
  const struct hk_found *const x = *(struct hk_found *const *)a;
  const struct hk_found *const y = *(struct hk_found *const *)b;
  if (rank_of(x) != rank_of(y)) return rank_of(x) - rank_of(y);
  if (x->rule->weight != y->rule->weight) return y->rule->weight - x->rule->weight;
  if (x->level != y->level) return x->level > y->level ? -1 : 1;
  const int by_id = strcmp(x->rule->id, y->rule->id);
  return by_id != 0 ? by_id : hk_str_cmp(x->subject, y->subject);
}

static int by_step_then_time(const void *a, const void *b)
{
  const struct hk_row *const x = a;
  const struct hk_row *const y = b;
  if (x->step != y->step) return x->step - y->step;
  if (x->at != y->at) return x->at < y->at ? -1 : 1;
  return x->event == y->event ? 0 : x->event < y->event ? -1 : 1;
}

static hk_err copy_evidence(struct hk_case *c, struct hk_found *f, struct hk_finding *out)
{
  struct hk_evidence *const v = hk_new(c->keep, struct hk_evidence, f->n_rows);
  if (v == NULL) return hk_fail(HK_MEMORY, "list the findings", HK_NO_OFFSET);
  qsort(f->rows, f->n_rows, sizeof *f->rows, by_step_then_time);
  for (size_t i = 0; i < f->n_rows; i++) {
    const struct hk_row *const r = &f->rows[i];
    v[i] = (struct hk_evidence){.step = f->rule->steps[r->step].name,
                                .event = r->event,
                                .artefact = r->artefact,
                                .proof = r->proof,
                                .group = r->group == 0 ? "" : c->group_names[r->group],
                                .at = r->at};
  }
  out->evidence = v;
  out->n_evidence = f->n_rows;
  return hk_ok();
}

static hk_err copy_caps(struct hk_case *c, const struct hk_found *f, struct hk_finding *out)
{
  const char **const names = hk_alloc_n(c->keep, f->n_caps, sizeof *names);
  struct hk_text *const texts = hk_new(c->keep, struct hk_text, f->n_caps);
  if (names == NULL || texts == NULL) return hk_fail(HK_MEMORY, "list the findings", HK_NO_OFFSET);
  for (size_t i = 0; i < f->n_caps; i++) {
    names[i] = hk_str_printf(c->keep, "%s%s", f->unexcluded[i] ? "not excluded: " : "", f->caps[i]->id).p;
    texts[i] = hk_cap_text(c, f, i);
  }
  out->caps = names;
  out->cap_texts = texts;
  out->n_caps = f->n_caps;
  return hk_ok();
}

static hk_err copy_finding(struct hk_case *c, struct hk_found *f, int64_t id, struct hk_finding *out)
{
  *out = (struct hk_finding){.id = id,
                             .rule = f->rule->id,
                             .level = hk_found_live(f) ? f->level : HK_NO_SIGN,
                             .base = f->base,
                             .explained = f->explained,
                             .refuted = f->refuted,
                             .grade = f->grades[f->weakest],
                             .weakest = f->rule->steps[f->weakest].name,
                             .claim = hk_claim_of(c, f),
                             .candidate = hk_candidate_text(c, hk_candidate_of(c, f)),
                             .at_lo = f->lo,
                             .at_hi = f->hi,
                             .weight = f->rule->weight,
                             .attack = f->rule->attack,
                             .questions = f->rule->questions};
  struct hk_kind_set groups = {.w = {0}};
  for (size_t i = 0; i < f->n_rows; i++)
    if (f->rule->steps[f->rows[i].step].required && f->rows[i].proof >= 2)
      hk_set_add(&groups, (int64_t)f->rows[i].group);
  for (int64_t g = 1; g < HK_KINDS_MAX; g++)
    out->n_groups += hk_set_has(&groups, g) ? 1 : 0;
  HK_TRY(copy_evidence(c, f, out));
  return copy_caps(c, f, out);
}

static hk_err list_findings(struct hk_case *c, struct hk_answers *out)
{
  if (c->n_found > 0) qsort(c->found, c->n_found, sizeof(struct hk_found *), by_weight);
  size_t n = 0;
  while (n < c->n_found && c->found[n]->complete)
    n++;
  out->findings = hk_new(c->keep, struct hk_finding, n);
  if (out->findings == NULL) return hk_fail(HK_MEMORY, "list the findings", HK_NO_OFFSET);
  for (size_t i = 0; i < n; i++)
    HK_TRY(copy_finding(c, c->found[i], (int64_t)i + 1, &out->findings[i]));
  out->n_findings = n;
  return hk_ok();
}

/* ---- tables for whoever asks the database ---- */

static void bind_time(sqlite3_stmt *s, int at, hk_time t)
{
  if (t != 0) sqlite3_bind_int64(s, at, t);
}

static const char *params_json(struct hk_case *c, const struct hk_found *f)
{
  struct hk_buf b;
  struct hk_json j;
  hk_buf_init(&b, 1 << 20);
  hk_json_init(&j, &b);
  hk_json_open(&j, '{');
  for (const struct hk_param *p = f->params; p != NULL; p = p->next) {
    hk_json_key(&j, p->name);
    hk_json_str(&j, hk_str_of(p->value));
  }
  hk_json_close(&j, '}');
  const char *const z = b.failed ? "{}" : hk_str_z(&c->work, hk_buf_view(&b));
  hk_buf_done(&b);
  return z;
}

static hk_err put_finding(struct hk_case *c, sqlite3_stmt *s, const struct hk_found *f, const struct hk_finding *g)
{
  const char grade[2] = {g->grade, '\0'};
  sqlite3_bind_int64(s, 1, g->id);
  sqlite3_bind_text(s, 2, g->rule, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 3, hk_candidate_of(c, f), -1, SQLITE_STATIC);
  sqlite3_bind_text64(s, 4, f->subject.p, f->subject.n, SQLITE_STATIC, SQLITE_UTF8);
  bind_time(s, 5, g->at_lo);
  bind_time(s, 6, g->at_hi);
  sqlite3_bind_text(s, 7, grade, 1, SQLITE_STATIC);
  sqlite3_bind_text(s, 8, hk_level_code(g->base), -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 9, level_text(f), -1, SQLITE_STATIC);
  struct hk_buf caps;
  hk_buf_init(&caps, 1 << 20);
  for (size_t i = 0; i < g->n_caps; i++)
    hk_buf_printf(&caps, "%s%s", i > 0 ? "; " : "", g->caps[i]);
  const hk_str list = hk_buf_view(&caps);
  if (list.n > 0) sqlite3_bind_text64(s, 10, list.p, list.n, SQLITE_STATIC, SQLITE_UTF8);
  sqlite3_bind_text(s, 11, g->weakest, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 12, params_json(c, f), -1, SQLITE_STATIC);
  sqlite3_bind_int64(s, 13, g->questions);
  sqlite3_bind_int(s, 14, g->weight);
  sqlite3_bind_text(s, 15, g->claim.ja, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 16, g->claim.en, -1, SQLITE_STATIC);
  const hk_err e = hk_facts_run(c->facts, s, "write a finding");
  hk_buf_done(&caps);
  return e;
}

static hk_err put_evidence(struct hk_case *c, sqlite3_stmt *s, const struct hk_finding *g)
{
  for (size_t i = 0; i < g->n_evidence; i++) {
    sqlite3_bind_int64(s, 1, g->id);
    sqlite3_bind_text(s, 2, g->evidence[i].step, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, g->evidence[i].event);
    sqlite3_bind_int(s, 4, g->evidence[i].proof);
    sqlite3_bind_text(s, 5, g->evidence[i].group, -1, SQLITE_STATIC);
    HK_TRY(hk_facts_run(c->facts, s, "write a finding's evidence"));
  }
  return hk_ok();
}

static hk_err put_findings(struct hk_case *c, const struct hk_answers *out)
{
  HK_TRY(hk_facts_exec(c->facts, "DELETE FROM finding", "write the findings"));
  sqlite3_stmt *finding = NULL;
  sqlite3_stmt *evidence = NULL;
  int rc = sqlite3_prepare_v2(c->facts->db, "INSERT INTO finding VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &finding,
                              NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(c->facts->db, "INSERT INTO finding_evidence VALUES(?,?,?,?,?)", -1, &evidence, NULL);
  hk_err e = rc == SQLITE_OK ? hk_ok() : hk_facts_sql_error(c->facts, rc, "write the findings");
  for (size_t i = 0; i < out->n_findings && e.code == HK_OK; i++) {
    e = put_finding(c, finding, c->found[i], &out->findings[i]);
    if (e.code == HK_OK) e = put_evidence(c, evidence, &out->findings[i]);
  }
  sqlite3_finalize(finding);
  sqlite3_finalize(evidence);
  return e;
}

/* ---- all of it ---- */

static hk_err make(struct hk_case *c, struct hk_answers *out)
{
  HK_TRY(open_case(c));
  HK_TRY(run_rules(c));
  HK_TRY(list_findings(c, out));
  HK_TRY(hk_combine(c, out));
  HK_TRY(put_findings(c, out));
  return c->keep->spent || c->work.spent ? hk_fail(HK_MEMORY, "make the answers", HK_NO_OFFSET) : hk_ok();
}

hk_err hk_answers_make(struct hk_facts *f, const struct hk_rules *r, hk_time window_lo, hk_time window_hi,
                       struct hk_answers *out)
{
  *out =
      (struct hk_answers){.window_lo = window_lo != 0 ? window_lo : window_hi - DEFAULT_WINDOW, .window_hi = window_hi};
  hk_arena_init(&out->arena, 0);
  struct hk_case *const c = calloc(1, sizeof *c);
  if (c == NULL) return hk_fail(HK_MEMORY, "make the answers", HK_NO_OFFSET);
  *c = (struct hk_case){
      .facts = f, .rules = r, .keep = &out->arena, .window_lo = out->window_lo, .window_hi = window_hi};
  hk_arena_init(&c->work, 0);
  hk_err e = hk_facts_exec(f, "SAVEPOINT answers", "begin the answers");
  if (e.code == HK_OK) {
    e = make(c, out);
    const hk_err end = hk_facts_exec(f, "RELEASE answers", "end the answers");
    if (e.code == HK_OK) e = end;
  }
  close_case(c);
  free(c);
  if (e.code != HK_OK) hk_answers_done(out);
  return e;
}

void hk_answers_done(struct hk_answers *a)
{
  hk_arena_done(&a->arena);
  *a = (struct hk_answers){.n_findings = 0};
}
