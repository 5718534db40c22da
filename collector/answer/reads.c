/* What a rule hears is asked of SQLite while it prepares the rule, so that nobody can forget to write it down: every
   ev_<verb> view and rec_<type> table, times the kinds that may say it. The same hook refuses everything else: other
   tables, writing, settings, attached files, functions outside a list of pure ones. */
#include <stdio.h>
#include <string.h>

#include "answer/rule.h"

/* Deterministic, and no way to the machine. */
static const char *const functions[] = {
    "abs",    "avg",        "coalesce", "count",  "dense_rank",  "first_value",  "glob",       "group_concat",
    "hex",    "ifnull",     "iif",      "instr",  "json_object", "json_extract", "json_array", "json_each",
    "lag",    "last_value", "lead",     "length", "like",        "lower",        "ltrim",      "max",
    "min",    "nth_value",  "nullif",   "ntile",  "printf",      "format",       "rank",       "replace",
    "round",  "row_number", "rtrim",    "substr", "substring",   "sum",          "total",      "trim",
    "typeof", "upper",      "unlikely", "likely", "->",          "->>",
};
static const char *const tables[] = {"file", "account", "host",  "url",  "hash",        "alias",
                                     "kind", "verb",    "place", "tool", "record_type", "json_each"};

struct guard {
  struct hk_facts *facts;
  const struct hk_rule *rule;
  struct hk_kind_set reads;
  char refused[128];
};

static bool listed(const char *const *list, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(list[i], name) == 0) return true;
  return false;
}

static int refuse(struct guard *g, const char *what, const char *name)
{
  if (g->refused[0] == '\0') snprintf(g->refused, sizeof g->refused, "%s %s", what, name == NULL ? "" : name);
  return SQLITE_DENY;
}

static void hear_verb(struct guard *g, const char *view)
{
  for (int v = HK_NO_VERB + 1; v < HK_VERB_COUNT; v++) {
    if (strcmp(view + 3, hk_verb_name((enum hk_verb)v)) != 0) continue;
    for (size_t i = 0; i < g->facts->n_types; i++) {
      const struct hk_record_type *const t = g->facts->types[i];
      if ((int)t->verb != v) continue;
      for (size_t k = 0; k < t->n_kinds; k++)
        hk_set_add(&g->reads, hk_facts_kind(g->facts, t->kinds[k]->name));
    }
  }
}

static bool hear_type(struct guard *g, const char *table)
{
  const int64_t type = hk_facts_type(g->facts, table + 4);
  if (type == 0) return false;
  const struct hk_record_type *const t = g->facts->types[type - 1];
  for (size_t k = 0; k < t->n_kinds; k++)
    hk_set_add(&g->reads, hk_facts_kind(g->facts, t->kinds[k]->name));
  return true;
}

static int on_read(struct guard *g, const char *table, const char *inside)
{
  if (inside != NULL && strncmp(inside, "ev_", 3) == 0) hear_verb(g, inside);
  if (strncmp(table, "ev_", 3) == 0) {
    hear_verb(g, table);
    return SQLITE_OK;
  }
  /* The views themselves; positive.c has made sure that the rule does not name the table. */
  if (strcmp(table, "event") == 0)
    return inside != NULL && strncmp(inside, "ev_", 3) == 0 ? SQLITE_OK : refuse(g, "reads", table);
  if (strncmp(table, "rec_", 4) == 0 && hear_type(g, table)) return SQLITE_OK;
  if (listed(tables, sizeof tables / sizeof tables[0], table)) return SQLITE_OK;
  if (strcmp(table, "finding") == 0)
    return g->rule->n_after > 0 ? SQLITE_OK : refuse(g, "reads findings without `after`:", table);
  return refuse(g, "reads", table);
}

static int on_action(void *ctx, int action, const char *a, const char *b, const char *database, const char *inside)
{
  struct guard *const g = ctx;
  (void)database;
  switch (action) {
  case SQLITE_SELECT:
  case SQLITE_RECURSIVE: return SQLITE_OK;
  case SQLITE_READ: return on_read(g, a, inside);
  case SQLITE_FUNCTION:
    return listed(functions, sizeof functions / sizeof functions[0], b) ? SQLITE_OK : refuse(g, "calls", b);
  default: return refuse(g, "does more than read:", a);
  }
}

static int prepare(struct hk_facts *f, const struct hk_rule *r, struct guard *g, sqlite3_stmt **out, const char **tail)
{
  *g = (struct guard){.facts = f, .rule = r};
  sqlite3_set_authorizer(f->db, on_action, g);
  const int rc = sqlite3_prepare_v2(f->db, r->sql, -1, out, tail);
  sqlite3_set_authorizer(f->db, NULL, NULL);
  return rc;
}

hk_err hk_rule_prepare(struct hk_facts *f, const struct hk_rule *r, sqlite3_stmt **out)
{
  struct guard g;
  const int rc = prepare(f, r, &g, out, NULL);
  return rc == SQLITE_OK ? hk_ok() : hk_facts_sql_error(f, rc, "prepare a rule");
}

static const char *after_blanks(const char *p)
{
  while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == ';')
    p++;
  return p;
}

static hk_err check_columns(const struct hk_rule *r, sqlite3_stmt *s, char why[512])
{
  static const char *const of_rule[] = {"subject", "step", "ev", "proof", "params"};
  static const char *const of_excuse[] = {"subject", "verdict", "ev"};
  const char *const *const names = r->excuse ? of_excuse : of_rule;
  const int n = r->excuse ? 3 : 5;
  bool same = sqlite3_column_count(s) == n;
  for (int i = 0; same && i < n; i++)
    same = strcmp(sqlite3_column_name(s, i), names[i]) == 0;
  if (same) return hk_ok();
  return hk_rule_refuse(why, r->file, "result columns must be %s",
                        r->excuse ? "subject, verdict, ev" : "subject, step, ev, proof, params");
}

hk_err hk_rule_reads(struct hk_facts *f, struct hk_rule *r, char why[512])
{
  struct guard g;
  sqlite3_stmt *s = NULL;
  const char *tail = "";
  const int rc = prepare(f, r, &g, &s, &tail);
  hk_err e = hk_ok();
  if (rc != SQLITE_OK && g.refused[0] != '\0')
    e = hk_rule_refuse(why, r->file, "%s", g.refused);
  else if (rc != SQLITE_OK)
    e = hk_rule_refuse(why, r->file, "%s", sqlite3_errmsg(f->db));
  else if (s == NULL)
    e = hk_rule_refuse(why, r->file, "no SELECT");
  else if (*after_blanks(tail) != '\0')
    e = hk_rule_refuse(why, r->file, "more than one statement");
  else if (sqlite3_stmt_readonly(s) == 0)
    e = hk_rule_refuse(why, r->file, "does more than read");
  else
    e = check_columns(r, s, why);
  sqlite3_finalize(s);
  if (e.code == HK_OK) hk_set_join(&r->reads, &g.reads);
  return e;
}
