/* The loader: every refusal has its file and its reason; what only looks like a negation passes. And the rules that are
   built in, against the modules that are built in. */
#include "../check.h"

#include <sqlite3.h>

#include "answer/answer.h"
#include "answer/rule.h"
#include "modules.h"

static struct hk_facts *facts;
static struct hk_arena arena;
static char why[512];

static struct hk_facts *open_facts(void)
{
  static const struct hk_record_type *types[256];
  static const struct hk_kind *kinds[256];
  struct hk_facts_world w = {.types = types, .kinds = kinds};
  for (size_t m = 0; m < hk_modules_count; m++) {
    for (size_t i = 0; i < hk_modules[m]->n_records; i++)
      types[w.n_types++] = hk_modules[m]->records[i];
    for (size_t i = 0; i < hk_modules[m]->n_kinds; i++)
      kinds[w.n_kinds++] = hk_modules[m]->kinds[i];
  }
  struct hk_facts *f = NULL;
  CHECK_EQ_INT(hk_facts_create(HK_S(""), &w, &f).code, HK_OK);
  CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
  return f;
}

static int load(const struct hk_rule_text *texts, size_t n)
{
  struct hk_rules rules;
  if (facts == NULL) facts = open_facts();
  return hk_rules_load(facts, texts, n, &arena, &rules, why).code;
}

#define ID "-- id: t\n"
#define QUESTION "-- question: infected\n"
#define CLAIM "-- claim.en: {path} ran\n-- claim.ja: {path} の実行\n"
#define NEEDS "-- needs: prefetch | sysmon\n"
#define STEPS "-- steps: run!\n"
#define LEVEL "-- level: A=confirmed B=likely C=suspected\n"
#define REST "-- attack: -\n-- weight: 10\n"
#define HEAD ID QUESTION CLAIM NEEDS STEPS LEVEL REST
#define SELECT_RUN                                                                                                     \
  "SELECT 'f:'||e.file AS subject,'run' AS step,e.id AS ev,e.proof,json_object('path',x.path) AS params"
#define BODY SELECT_RUN " FROM ev_executed e JOIN file x ON x.id=e.file"

static void accepts(const char *sql)
{
  const struct hk_rule_text t = {.name = "t.sql", .sql = sql};
  why[0] = '\0';
  if (load(&t, 1) != HK_OK) printf("  refused: %s\n  %s\n", why, sql);
  CHECK_EQ_STR(why, "");
}

/* The reason must hold `reason`, and the file's name stand before it. */
static void refuses(const char *sql, const char *reason)
{
  const struct hk_rule_text t = {.name = "t.sql", .sql = sql};
  const int code = load(&t, 1);
  if (code != HK_REFUSED || strstr(why, reason) == NULL) printf("  %s\n  said: %s\n  wanted: %s\n", sql, why, reason);
  CHECK_EQ_INT(code, HK_REFUSED);
  CHECK(strncmp(why, "t.sql: ", 7) == 0);
  CHECK(strstr(why, reason) != NULL);
}

TEST(test_rules__a_plain_rule_loads)
{
  accepts(HEAD BODY);
  accepts(HEAD BODY ";\n");
}

TEST(test_rules__negation_over_evidence_is_refused)
{
  refuses(HEAD BODY " WHERE NOT EXISTS (SELECT 1 FROM ev_signed s WHERE s.file=e.file)", "NOT EXISTS");
  refuses(HEAD BODY " WHERE not/* c */\n-- c\n exists (SELECT 1 FROM ev_signed s WHERE s.file=e.file)", "NOT EXISTS");
  refuses(HEAD BODY " WHERE e.file NOT IN (SELECT file FROM ev_signed)", "NOT IN");
  refuses(HEAD BODY " WHERE e.file nOt\tiN (SELECT file FROM ev_signed)", "NOT IN");
  refuses(HEAD BODY " WHERE NOT (e.file IN (SELECT file FROM ev_signed))", "NOT before");
  refuses(HEAD BODY " WHERE NOT e.file IN (SELECT file FROM ev_signed)", "NOT before");
  refuses(HEAD BODY " WHERE e.file IN (SELECT file FROM ev_executed EXCEPT SELECT file FROM ev_signed)", "EXCEPT");
  refuses(HEAD BODY " WHERE EXISTS (SELECT 1 FROM ev_signed s WHERE s.file=e.file)=0", "EXISTS");
  refuses(HEAD BODY
          " WHERE (e.file IN (SELECT file FROM ev_signed))=0 AND e.file IN (SELECT file FROM ev_signed) IS FALSE",
          "IN (");
}

TEST(test_rules__anti_joins_are_refused)
{
  refuses(HEAD BODY " LEFT JOIN ev_signed s ON s.file=e.file WHERE s.id IS NULL", "anti-join");
  refuses(HEAD BODY " LEFT OUTER JOIN ev_signed AS s ON s.file=e.file WHERE s.at IS NULL", "anti-join");
  refuses(HEAD BODY " LEFT JOIN ev_signed ON ev_signed.file=e.file WHERE ev_signed.at ISNULL", "anti-join");
  refuses(HEAD BODY " LEFT JOIN (SELECT file,at FROM ev_signed) s ON s.file=e.file WHERE s.at IS NULL", "anti-join");
  refuses(HEAD BODY " WHERE (SELECT id FROM ev_signed s WHERE s.file=e.file) IS NULL", "anti-join");
  refuses(HEAD BODY " WHERE coalesce((SELECT 1 FROM ev_signed s WHERE s.file=e.file),0)=0", "default");
  refuses(HEAD BODY " RIGHT JOIN ev_signed s ON s.file=e.file", "outer join");
  refuses(HEAD BODY " FULL OUTER JOIN ev_signed s ON s.file=e.file", "outer join");
}

TEST(test_rules__counts_that_must_be_small_are_refused)
{
  refuses(HEAD BODY
          " WHERE (SELECT count(*) FROM ev_signed s WHERE s.file=e.file) = 0 GROUP BY e.file HAVING count(*)<5",
          "count");
  refuses(HEAD BODY " GROUP BY e.file HAVING count(DISTINCT e.kind) = 1", "count");
  refuses(HEAD BODY " GROUP BY e.file HAVING 3 >= count(*)", "count");
  refuses(HEAD BODY " GROUP BY e.file HAVING sum(e.n) BETWEEN 1 AND 5", "count");
  refuses(HEAD BODY " LIMIT 1", "LIMIT");
  accepts(HEAD BODY " GROUP BY e.file HAVING count(*)>=5 AND 3<count(DISTINCT e.kind)");
}

TEST(test_rules__comments_and_strings_are_no_sql)
{
  accepts(HEAD "-- NOT EXISTS, NOT IN, EXCEPT\n" BODY
               " /* NOT EXISTS (SELECT 1) EXCEPT */ WHERE x.name<>'NOT EXISTS (' -- event LIMIT\n");
  accepts(HEAD BODY " WHERE x.name<>'it''s NOT IN (x)'");
  accepts(HEAD BODY " JOIN (SELECT 1 AS \"NOT EXISTS\") q ON q.\"NOT EXISTS\"=1");
  /* A comment that opens in a string, and a string that opens in a comment, hide nothing. */
  refuses(HEAD BODY " WHERE x.name<>'/*' AND NOT EXISTS (SELECT 1 FROM ev_signed) AND x.name<>'*/'", "NOT EXISTS");
  refuses(HEAD BODY " WHERE x.name<>'--' AND NOT EXISTS (SELECT 1 FROM ev_signed)", "NOT EXISTS");
  refuses(HEAD BODY " /* ' */ WHERE NOT EXISTS (SELECT 1 FROM ev_signed) /* ' */", "NOT EXISTS");
  refuses(HEAD BODY " -- it's\n WHERE NOT EXISTS (SELECT 1 FROM ev_signed) -- it's\n", "NOT EXISTS");
}

TEST(test_rules__harmless_conditions_pass)
{
  accepts(HEAD BODY " WHERE e.at IS NULL OR e.at IS NOT NULL");
  accepts(HEAD BODY " LEFT JOIN url u ON u.id=e.url WHERE e.at IS NULL AND x.place IS NOT NULL");
  accepts(HEAD BODY
          " WHERE x.name NOT LIKE 'a%' AND x.name NOT GLOB 'b*' AND e.at NOT BETWEEN 1 AND 2 AND x.ext<>'txt'");
  accepts(HEAD "WITH q AS NOT MATERIALIZED (SELECT * FROM file) SELECT 'f' AS subject,'run' AS step,e.id AS "
               "ev,e.proof,json_object('path','') AS params"
               " FROM ev_executed e JOIN q ON q.id=e.file");
}

TEST(test_rules__only_views_of_events_may_be_read)
{
  refuses(HEAD SELECT_RUN " FROM event e JOIN file x ON x.id=e.file", "table event");
  refuses(HEAD SELECT_RUN " FROM \"Event\" e JOIN file x ON x.id=e.file", "table event");
  refuses(HEAD "WITH ev_cleared AS (SELECT * FROM main.event) " SELECT_RUN
               " FROM ev_cleared e JOIN file x ON x.id=e.file",
          "table event");
  refuses(HEAD BODY " JOIN coverage c ON c.kind=e.kind", "reads coverage");
  refuses(HEAD BODY " JOIN meta m ON m.key='host'", "reads meta");
  refuses(HEAD BODY " JOIN answer m ON m.level=''", "reads answer");
  refuses(HEAD BODY " JOIN sqlite_schema m ON m.name=''", "reads sqlite_master");
  refuses(HEAD BODY " JOIN finding f ON f.rule='x'", "after");
}

TEST(test_rules__a_rule_can_do_nothing_but_read)
{
  refuses(HEAD "DELETE FROM file", "no SELECT");
  refuses(HEAD "PRAGMA journal_mode", "no SELECT");
  refuses(HEAD "ATTACH 'x' AS y", "no SELECT");
  refuses(HEAD "WITH q AS (SELECT 1) INSERT INTO url SELECT 1,'x','y' FROM q WHERE 'run'='path'",
          "does more than read");
  refuses(HEAD BODY "; DELETE FROM file", "more than one");
  refuses(HEAD BODY " WHERE x.name=load_extension('x')", "load_extension");
  refuses(HEAD BODY " WHERE x.name=randomblob(8)", "calls randomblob");
  refuses(HEAD BODY " WHERE e.at<unixepoch('now')", "calls unixepoch");
  refuses(HEAD BODY " JOIN pragma_database_list d ON d.seq=0", "");
  refuses(HEAD BODY " WHERE x.nonsense=1", "nonsense");
  refuses(HEAD "SELECT 'f' AS subject,'run' AS step,e.id AS ev,json_object('path','') AS params FROM ev_executed e",
          "result columns");
}

TEST(test_rules__headers_are_checked)
{
  refuses(QUESTION CLAIM NEEDS STEPS LEVEL REST BODY, "id is missing");
  refuses(ID CLAIM NEEDS STEPS LEVEL REST BODY, "question is missing");
  refuses(ID QUESTION NEEDS STEPS LEVEL REST BODY, "claim.en is missing");
  refuses(ID QUESTION CLAIM STEPS LEVEL REST BODY, "needs is missing");
  refuses(ID QUESTION CLAIM NEEDS LEVEL REST BODY, "steps is missing");
  refuses(ID QUESTION CLAIM NEEDS STEPS REST BODY, "level is missing");
  refuses(HEAD "-- id: u\n" BODY, "id stands twice");
  refuses(HEAD "-- colour: red\n" BODY, "unknown header line: colour");
  refuses(HEAD "-- force: explains\n" BODY, "unknown header line: force");
  refuses(ID "-- question: who\n" CLAIM NEEDS STEPS LEVEL REST BODY, "unknown question: who");
  refuses(HEAD "-- needs: prefetch | nothing\n" BODY, "unknown kind of log: nothing");
  refuses(HEAD "-- decides: nothing\n" BODY, "unknown kind of log: nothing");
  refuses(HEAD "-- decides: prefetch, sec.cleared\n" BODY, "decides names a kind that the rule does not read");
  refuses(ID QUESTION CLAIM NEEDS "-- steps: run\n" LEVEL REST BODY, "! (required) or ?");
  refuses(ID QUESTION CLAIM NEEDS "-- steps: run?\n" LEVEL REST BODY, "no required step");
  refuses(ID QUESTION CLAIM NEEDS "-- steps: run! hide?\n" LEVEL REST BODY, "no step 'hide'");
  refuses(ID QUESTION CLAIM NEEDS STEPS "-- level: A=sure B=likely C=suspected\n" REST BODY, "unknown level: sure");
  refuses(ID QUESTION CLAIM NEEDS STEPS "-- level: A=confirmed B=likely\n" REST BODY, "A, B and C");
  refuses(ID QUESTION CLAIM NEEDS STEPS "-- level: A=suspected B=likely C=suspected\n" REST BODY, "worse grade");
  refuses(HEAD "-- with: run: A=likely B=likely C=suspected\n" BODY, "with lowers");
  refuses(HEAD "-- with: hide: A=confirmed B=likely C=suspected\n" BODY, "unknown step: hide");
  refuses(HEAD "-- lift: hide\n" BODY, "unknown step: hide");
  refuses(HEAD "-- after: nobody\n" BODY, "after an unknown rule: nobody");
  refuses(HEAD "-- after: t\n" BODY, "circle");
  refuses(ID QUESTION "-- claim.en: {path} ran\n-- claim.ja: 実行\n" NEEDS STEPS LEVEL REST BODY, "one language");
  refuses(ID QUESTION "-- claim.en: {who} ran\n-- claim.ja: {who} の実行\n" NEEDS STEPS LEVEL REST BODY,
          "no parameter 'who'");
  refuses(ID QUESTION CLAIM NEEDS STEPS LEVEL "-- attack: -\n-- weight: heavy\n" BODY, "not a number");
  /* Only the top counts: below it "-- decides:" is a comment. */
  accepts(HEAD BODY "\n-- decides: nothing\n");
}

#define XHEAD(guard, from)                                                                                             \
  "-- id: x\n-- of: t\n-- force: explains\n-- from: " from "\n-- guard: " guard                                        \
  "\n-- text.en: because\n-- text.ja: 理由\n"
#define XBODY "SELECT 'f:'||e.file AS subject,1 AS verdict,e.id AS ev FROM ev_executed e"

static void refuses_excuse(const char *sql, const char *reason)
{
  const struct hk_rule_text t[] = {{.name = "r.sql", .sql = HEAD BODY}, {.name = "t.sql", .sql = sql, .excuse = true}};
  const int code = load(t, 2);
  if (code != HK_REFUSED || strstr(why, reason) == NULL) printf("  %s\n  said: %s\n", sql, why);
  CHECK_EQ_INT(code, HK_REFUSED);
  CHECK(strncmp(why, "t.sql: ", 7) == 0);
  CHECK(strstr(why, reason) != NULL);
}

TEST(test_rules__excuses_are_checked)
{
  const struct hk_rule_text t[] = {{.name = "r.sql", .sql = HEAD BODY},
                                   {.name = "t.sql", .sql = XHEAD("verdict", "prefetch") XBODY, .excuse = true}};
  CHECK_EQ_INT(load(t, 2), HK_OK);
  refuses_excuse(XHEAD("verdict", "prefetch, sysmon") XBODY, "exactly one deciding kind");
  refuses_excuse(XHEAD("window", "prefetch, sec.cleared") XBODY, "does not read");
  refuses_excuse(XHEAD("maybe", "prefetch") XBODY, "unknown guard");
  refuses_excuse(XHEAD("window", "prefetch") "SELECT 'x' AS subject,1 AS verdict,id AS ev FROM ev_executed EXCEPT "
                                             "SELECT 'x',1,id FROM ev_signed",
                 "EXCEPT");
  refuses_excuse("-- id: x\n-- of: nobody\n-- force: explains\n-- from: prefetch\n-- guard: window\n-- text.en: a\n-- "
                 "text.ja: b\n" XBODY,
                 "excuse of an unknown rule");
  refuses_excuse(
      "-- id: x\n-- of: t\n-- force: denies\n-- from: prefetch\n-- guard: window\n-- text.en: a\n-- text.ja: b\n" XBODY,
      "unknown force");
  refuses_excuse("-- id: t\n-- of: t\n-- force: explains\n-- from: prefetch\n-- guard: window\n-- text.en: a\n-- "
                 "text.ja: b\n" XBODY,
                 "stands in r.sql too");
}

static const struct hk_rule *rule_named(const struct hk_rules *rules, const char *id)
{
  for (size_t i = 0; i < rules->n; i++)
    if (strcmp(rules->v[i].id, id) == 0) return &rules->v[i];
  return NULL;
}

static bool hears(const struct hk_rule *r, const char *kind)
{
  const int64_t k = hk_facts_kind(facts, kind);
  CHECK(k != 0);
  return hk_set_has(&r->reads, k);
}

TEST(test_rules__the_built_in_rules_load_and_their_reads_are_learned)
{
  struct hk_rules rules;
  if (facts == NULL) facts = open_facts();
  const hk_err e = hk_rules_load_builtin(facts, &arena, &rules, why);
  CHECK_EQ_STR(why, "");
  CHECK_EQ_INT(e.code, HK_OK);
  CHECK(rules.n >= 16);
  const struct hk_rule *const web = rule_named(&rules, "cause.web.cache_exec");
  CHECK(web != NULL);
  CHECK(hears(web, "prefetch") && hears(web, "sysmon") && hears(web, "webcache.content") && hears(web, "zone") &&
        hears(web, "content"));
  CHECK(!hears(web, "sec.cleared") && !hears(web, "mail.attachment"));
  const struct hk_rule *const cleared = rule_named(&rules, "infected.log_cleared");
  CHECK(hears(cleared, "sec.cleared") && hears(cleared, "sys.cleared") && !hears(cleared, "prefetch"));
  for (size_t i = 1; i < rules.n; i++)
    CHECK(!(rules.v[i - 1].excuse && !rules.v[i].excuse)); /* rules first */
}

TEST(test_rules__an_empty_case_says_nothing_at_all)
{
  struct hk_rules rules;
  struct hk_answers a;
  if (facts == NULL) facts = open_facts();
  CHECK_EQ_INT(hk_rules_load_builtin(facts, &arena, &rules, why).code, HK_OK);
  CHECK_EQ_INT(hk_answers_make(facts, &rules, 0, INT64_C(133500000000000000), &a).code, HK_OK);
  CHECK_EQ_INT(a.window_lo, INT64_C(133500000000000000) - 30 * HK_DAY);
  for (int q = 0; q < HK_Q_COUNT; q++) {
    CHECK_EQ_STR(hk_level_code(a.answers[q].level), "cannot_say");
    CHECK_EQ_INT(a.answers[q].n_groups, 0);
    CHECK(a.answers[q].claim.ja[0] != '\0' && a.answers[q].doubt.en[0] != '\0');
  }
  hk_answers_done(&a);
}
