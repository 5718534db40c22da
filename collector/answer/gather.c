/* Runs rules and excuses and sorts their rows by subject. Each has a budget of SQLite's own steps, so that a hostile
   case ends; a rule that spends it says nothing, and nothing is excluded by it. */
#include <stdlib.h>
#include <string.h>

#include "answer/engine_impl.h"

#define STEPS_A_CALL 100000
#define ROWS_A_RULE 1000000
#define PARAM_BYTES 4096

int hk_answer_calls = 3000; /* 3*10^8 steps a rule: some ten seconds */

static int on_progress(void *ctx)
{
  int *const left = ctx;
  return --*left < 0;
}

static hk_str text_at(sqlite3_stmt *s, int column)
{
  const char *const p = (const char *)sqlite3_column_text(s, column);
  return (hk_str){.p = p == NULL ? "" : p, .n = (size_t)sqlite3_column_bytes(s, column)};
}

/* ---- subjects ---- */

struct subjects {
  struct hk_intern ids;
  struct hk_found **v;
  size_t room;
};

static hk_err add_found(struct hk_case *c, struct hk_found *f)
{
  if (c->n_found == c->found_room) {
    const size_t room = c->found_room == 0 ? 256 : c->found_room * 2;
    struct hk_found **const more = hk_new(&c->work, struct hk_found *, room);
    if (more == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
    if (c->n_found > 0) memcpy(more, c->found, c->n_found * sizeof *more);
    c->found = more;
    c->found_room = room;
  }
  c->found[c->n_found++] = f;
  return hk_ok();
}

static hk_err subject_of(struct hk_case *c, struct subjects *all, const struct hk_rule *r, hk_str subject,
                         struct hk_found **out)
{
  int64_t id = 0;
  bool fresh = false;
  HK_TRY(hk_intern_id(&all->ids, subject, &id, &fresh));
  if ((size_t)id > all->room) {
    const size_t room = all->room == 0 ? 256 : all->room * 2;
    struct hk_found **const more = hk_new(&c->work, struct hk_found *, room);
    if (more == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
    if (all->room > 0) memcpy(more, all->v, all->room * sizeof *more);
    all->v = more;
    all->room = room;
  }
  if (fresh) {
    struct hk_found *const f = hk_new(&c->work, struct hk_found, 1);
    if (f == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
    f->rule = r;
    f->subject = hk_str_copy(&c->work, subject);
    all->v[id - 1] = f;
    HK_TRY(add_found(c, f));
  }
  *out = all->v[id - 1];
  return hk_ok();
}

/* ---- rows ---- */

/* What the event itself says; HK_ABSENT when there is no such event. */
static hk_err look_up(struct hk_case *c, int64_t event, struct hk_row *out)
{
  sqlite3_bind_int64(c->event, 1, event);
  const int rc = sqlite3_step(c->event);
  if (rc == SQLITE_ROW)
    *out = (struct hk_row){.event = event,
                           .kind = sqlite3_column_int64(c->event, 0),
                           .proof = sqlite3_column_int(c->event, 1),
                           .at = sqlite3_column_int64(c->event, 2),
                           .lo = sqlite3_column_int64(c->event, 3),
                           .hi = sqlite3_column_int64(c->event, 4),
                           .artefact = sqlite3_column_int64(c->event, 5)};
  sqlite3_reset(c->event);
  if (rc == SQLITE_ROW) return hk_ok();
  return rc == SQLITE_DONE ? hk_fail(HK_ABSENT, "look up an event", HK_NO_OFFSET)
                           : hk_facts_sql_error(c->facts, rc, "look up an event");
}

static hk_err add_row(struct hk_case *c, struct hk_found *f, const struct hk_row *row)
{
  for (size_t i = f->n_rows; i > 0 && i + 8 > f->n_rows; i--) /* the same evidence again, as joins give it */
    if (f->rows[i - 1].event == row->event && f->rows[i - 1].step == row->step && f->rows[i - 1].proof >= row->proof)
      return hk_ok();
  if (f->n_rows == f->room) {
    const size_t room = f->room == 0 ? 4 : f->room * 2;
    struct hk_row *const more = hk_new(&c->work, struct hk_row, room);
    if (more == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
    if (f->n_rows > 0) memcpy(more, f->rows, f->n_rows * sizeof *more);
    f->rows = more;
    f->room = room;
  }
  f->rows[f->n_rows++] = *row;
  return hk_ok();
}

/* Of several values of a parameter the first in byte order is shown: it does not depend on the order of rows. */
static hk_err add_param(struct hk_case *c, struct hk_found *f, hk_str name, hk_str value)
{
  struct hk_param *p = f->params;
  while (p != NULL && !hk_str_eq(hk_str_of(p->name), name))
    p = p->next;
  if (p != NULL && hk_str_cmp(hk_str_of(p->value), value) <= 0) return hk_ok();
  const char *const copy = hk_str_z(&c->work, hk_str_sub(value, 0, PARAM_BYTES));
  if (p == NULL) {
    p = hk_new(&c->work, struct hk_param, 1);
    if (p == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
    *p = (struct hk_param){.next = f->params, .name = hk_str_z(&c->work, name), .value = ""};
    f->params = p;
  }
  if (copy == NULL || p->name == NULL) return hk_fail(HK_MEMORY, "gather findings", HK_NO_OFFSET);
  p->value = copy;
  return hk_ok();
}

static hk_err add_params(struct hk_case *c, struct hk_found *f, sqlite3_stmt *row)
{
  if (sqlite3_column_type(row, 4) != SQLITE_TEXT) return hk_ok();
  sqlite3_bind_value(c->params, 1, sqlite3_column_value(row, 4));
  hk_err e = hk_ok();
  while (e.code == HK_OK && sqlite3_step(c->params) == SQLITE_ROW)
    if (sqlite3_column_type(c->params, 1) != SQLITE_NULL)
      e = add_param(c, f, text_at(c->params, 0), text_at(c->params, 1));
  sqlite3_reset(c->params);
  sqlite3_clear_bindings(c->params);
  return e;
}

static int step_named(const struct hk_rule *r, hk_str name)
{
  for (size_t i = 0; i < r->n_steps; i++)
    if (hk_str_eq(hk_str_of(r->steps[i].name), name)) return (int)i;
  return -1;
}

static hk_err on_rule_row(struct hk_case *c, struct subjects *all, const struct hk_rule *r, sqlite3_stmt *s)
{
  if (sqlite3_column_type(s, 0) == SQLITE_NULL || sqlite3_column_type(s, 2) == SQLITE_NULL) return hk_ok();
  const int step = step_named(r, text_at(s, 1));
  if (step < 0) return hk_fail(HK_REFUSED, "a rule's row names an unknown step", HK_NO_OFFSET);
  struct hk_row row = {0};
  const hk_err e = look_up(c, sqlite3_column_int64(s, 2), &row);
  if (e.code == HK_ABSENT) return hk_ok(); /* no event: no evidence */
  HK_TRY(e);
  const int said = sqlite3_column_int(s, 3);
  if (said < row.proof || hk_answer_mutation == HK_MUTATE_PROOF_RAISED) row.proof = said;
  row.step = step;
  row.group = row.kind > 0 && row.kind < HK_KINDS_MAX ? c->group_of[row.kind] : 0;
  struct hk_found *f = NULL;
  HK_TRY(subject_of(c, all, r, text_at(s, 0), &f));
  HK_TRY(add_row(c, f, &row));
  return add_params(c, f, s);
}

/* ---- verdicts of excuses ---- */

static hk_str verdict_key(struct hk_arena *a, const struct hk_rule *excuse, hk_str subject)
{
  char *const p = hk_alloc(a, strlen(excuse->id) + 1 + subject.n);
  if (p == NULL) return (hk_str){0};
  const size_t n = strlen(excuse->id) + 1;
  memcpy(p, excuse->id, n);
  if (subject.n > 0) memcpy(p + n, subject.p, subject.n);
  return (hk_str){.p = p, .n = n + subject.n};
}

static hk_err on_excuse_row(struct hk_case *c, const struct hk_rule *x, sqlite3_stmt *s)
{
  if (sqlite3_column_type(s, 0) == SQLITE_NULL || sqlite3_column_type(s, 2) == SQLITE_NULL) return hk_ok();
  struct hk_row row = {0};
  const hk_err e = look_up(c, sqlite3_column_int64(s, 2), &row);
  if (e.code == HK_ABSENT) return hk_ok();
  HK_TRY(e);
  if (!hk_set_has(&x->from, row.kind)) return hk_ok();
  int64_t id = 0;
  bool fresh = false;
  HK_TRY(hk_intern_id(&c->verdict_ids, verdict_key(&c->work, x, text_at(s, 0)), &id, &fresh));
  if ((size_t)id > c->verdict_room) {
    const size_t room = c->verdict_room == 0 ? 256 : c->verdict_room * 2;
    struct hk_verdict *const more = hk_new(&c->work, struct hk_verdict, room);
    if (more == NULL) return hk_fail(HK_MEMORY, "gather excuses", HK_NO_OFFSET);
    if (c->verdict_room > 0) memcpy(more, c->verdicts, c->verdict_room * sizeof *more);
    c->verdicts = more;
    c->verdict_room = room;
  }
  struct hk_verdict *const v = &c->verdicts[id - 1];
  v->excuse = x;
  if (sqlite3_column_int(s, 1) == 1) v->yes = true;
  if (sqlite3_column_int(s, 1) == 0) v->no = true;
  return hk_ok();
}

const struct hk_verdict *hk_verdict_of(const struct hk_case *c, const struct hk_rule *excuse, hk_str subject)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const int64_t id = hk_intern_find(&c->verdict_ids, verdict_key(&a, excuse, subject));
  hk_arena_done(&a);
  return id == 0 ? NULL : &c->verdicts[id - 1];
}

/* ---- running ---- */

/* A rule that fails in SQLite (its budget, text too long …) is lost; memory and our own refusals end the run. */
static hk_err run(struct hk_case *c, size_t index, struct subjects *all)
{
  const struct hk_rule *const r = &c->rules->v[index];
  sqlite3_stmt *s = NULL;
  HK_TRY(hk_rule_prepare(c->facts, r, &s));
  int left = hk_answer_calls;
  sqlite3_progress_handler(c->facts->db, STEPS_A_CALL, on_progress, &left);
  hk_err e = hk_ok();
  size_t n_rows = 0;
  int rc = SQLITE_DONE;
  while (e.code == HK_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
    if (++n_rows > ROWS_A_RULE) {
      c->lost[index] = true;
      break;
    }
    e = r->excuse ? on_excuse_row(c, r, s) : on_rule_row(c, all, r, s);
  }
  sqlite3_progress_handler(c->facts->db, 0, NULL, NULL);
  if (e.code == HK_LIMIT) { /* the budget ran out while an event was looked up */
    c->lost[index] = true;
    e = hk_ok();
  }
  if (e.code == HK_OK && rc != SQLITE_ROW && rc != SQLITE_DONE) {
    c->lost[index] = true;
    if ((rc & 0xFF) == SQLITE_NOMEM) e = hk_facts_sql_error(c->facts, rc, "run a rule");
  }
  sqlite3_finalize(s);
  return e;
}

hk_err hk_gather_rule(struct hk_case *c, size_t rule)
{
  struct subjects all = {.v = NULL};
  hk_intern_init(&all.ids, &c->work, c->facts->files.seed);
  /* What a lost rule had found so far stays: it is evidence. It only cannot exclude anything. */
  const hk_err e = run(c, rule, &all);
  hk_intern_done(&all.ids);
  return e;
}

hk_err hk_gather_excuse(struct hk_case *c, size_t excuse)
{
  return run(c, excuse, NULL);
}
