/* Coverage rows to "since when": the only place where the absence of a record comes to mean something. */
#include <string.h>

#include "answer/engine_impl.h"

enum hk_mutation hk_answer_mutation = HK_MUTATE_NOTHING;

#define SEAM HK_HOUR /* between the last record of an archived log and the first of its successor */

struct instance {
  int64_t kind;
  hk_time clear, full;
};

static bool is_state(sqlite3_stmt *s, int column, const char *state)
{
  return strcmp((const char *)sqlite3_column_text(s, column), state) == 0;
}

/* Kinds with at least one examined instance: only such can prove that another was off. */
static hk_err find_live(struct hk_facts *f, struct hk_kind_set *live)
{
  sqlite3_stmt *s = NULL;
  int rc = sqlite3_prepare_v2(f->db, "SELECT DISTINCT kind FROM coverage WHERE state='examined'", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "read coverage");
  while ((rc = sqlite3_step(s)) == SQLITE_ROW)
    hk_set_add(live, sqlite3_column_int64(s, 0));
  sqlite3_finalize(s);
  return rc == SQLITE_DONE ? hk_ok() : hk_facts_sql_error(f, rc, "read coverage");
}

/* Rows come with the latest end first: one that ends before what is covered already begins leaves a hole, and does not
   count. */
static void extend(hk_time *since, hk_time lo, hk_time hi)
{
  if (lo < *since && (*since == HK_NEVER || hi >= *since - SEAM)) *since = lo;
}

static void end_instance(const struct instance *i, struct hk_reach *out, bool seen[HK_KINDS_MAX])
{
  if (i->kind <= 0 || i->kind >= HK_KINDS_MAX) return;
  if (!seen[i->kind]) out->clear[i->kind] = out->full[i->kind] = 0;
  seen[i->kind] = true;
  if (i->clear > out->clear[i->kind]) out->clear[i->kind] = i->clear;
  if (i->full > out->full[i->kind]) out->full[i->kind] = i->full;
}

/* One row of an instance (a log, a user, a folder): rows of an instance are joined where they touch (archived logs),
   the worst instance of a kind counts. */
static void on_row(struct instance *i, sqlite3_stmt *s, const struct hk_kind_set *live)
{
  const bool examined = is_state(s, 2, "examined");
  bool off = is_state(s, 2, "off") && hk_set_has(live, sqlite3_column_int64(s, 4));
  if (hk_answer_mutation == HK_MUTATE_OFF_UNPROVEN) off = is_state(s, 2, "off");
  const bool claimed = sqlite3_column_type(s, 3) != SQLITE_NULL || hk_answer_mutation == HK_MUTATE_CLAIMLESS;
  const hk_time lo = claimed ? sqlite3_column_int64(s, 3) : HK_NEVER;
  const hk_time hi = sqlite3_column_type(s, 5) == SQLITE_NULL ? HK_NEVER : sqlite3_column_int64(s, 5);
  if (examined || off) extend(&i->clear, lo, hi);
  if (examined) extend(&i->full, lo, hi);
}

hk_err hk_reach_make(struct hk_facts *f, struct hk_reach *out)
{
  struct hk_kind_set live = {.w = {0}};
  bool seen[HK_KINDS_MAX] = {false};
  for (int k = 0; k < HK_KINDS_MAX; k++)
    out->clear[k] = out->full[k] = HK_NEVER;
  HK_TRY(find_live(f, &live));
  sqlite3_stmt *s = NULL;
  int rc = sqlite3_prepare_v2(
      f->db, "SELECT kind,instance,state,lo,proof_kind,hi FROM coverage ORDER BY kind,instance,hi IS NOT NULL,hi DESC",
      -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "read coverage");
  struct hk_arena a;
  hk_arena_init(&a, 0);
  struct instance at = {.kind = 0};
  hk_str name = HK_S("");
  while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
    const hk_str here = {.p = (const char *)sqlite3_column_text(s, 1), .n = (size_t)sqlite3_column_bytes(s, 1)};
    if (at.kind != sqlite3_column_int64(s, 0) || !hk_str_eq(name, here)) {
      end_instance(&at, out, seen);
      at = (struct instance){.kind = sqlite3_column_int64(s, 0), .clear = HK_NEVER, .full = HK_NEVER};
      hk_arena_done(&a);
      name = hk_str_copy(&a, here);
    }
    on_row(&at, s, &live);
  }
  end_instance(&at, out, seen);
  hk_arena_done(&a);
  sqlite3_finalize(s);
  return rc == SQLITE_DONE ? hk_ok() : hk_facts_sql_error(f, rc, "read coverage");
}

hk_time hk_reach_latest(const hk_time by_kind[HK_KINDS_MAX], const struct hk_kind_set *kinds)
{
  hk_time latest = 0;
  for (int64_t k = 1; k < HK_KINDS_MAX; k++)
    if (hk_set_has(kinds, k) && by_kind[k] > latest) latest = by_kind[k];
  return latest;
}
