/* Grades, excuses, coverage and combination on small worlds of their own (reference: answers, sections 4 and 5). Where
   a safeguard can be taken away, the test shows that it would then say something else. */
#include "../check.h"

#include <sqlite3.h>

#include "answer/answer.h"
#include "answer/engine_impl.h"

#define ACT_FIELDS(F, R)                                                                                               \
  F(R, STR, path, PATH, "道", "path")                                                                                  \
  F(R, TIME, at, WHEN, "時", "time")                                                                                   \
  F(R, OPT, n, NUMBER, "数", "number")
HK_RECORD_STRUCT(ran, ACT_FIELDS);
HK_RECORD_STRUCT(was, ACT_FIELDS);
HK_RECORD_STRUCT(opened, ACT_FIELDS);
HK_RECORD_STRUCT(good, ACT_FIELDS);

static const struct hk_kind a = {"a", "source.a", "ga"};
static const struct hk_kind a2 = {"a2", "source.a", "ga"};
static const struct hk_kind b = {"b", "source.b", "gb"};
static const struct hk_kind w = {"w", "source.w", "gw"};
static const struct hk_kind o = {"o", "source.o", "go"};
static const struct hk_kind s = {"s", "source.s", "gs"};
static const struct hk_kind p = {"p", "source.p", "gp"};
static const struct hk_kind *const ran_kinds[] = {&a, &a2, &b};
static const struct hk_kind *const was_kinds[] = {&w};
static const struct hk_kind *const opened_kinds[] = {&o};
static const struct hk_kind *const good_kinds[] = {&s};
HK_RECORD_TYPE(ran, ACT_FIELDS, .artifact = "Ran", .verb = HK_EXECUTED, .proof = 3, .timeless = true,
               .kinds = ran_kinds, .n_kinds = 3, .title = {"実行", "Ran"});
HK_RECORD_TYPE(was, ACT_FIELDS, .artifact = "Was", .verb = HK_EXISTED, .proof = 1, .timeless = true, .kinds = was_kinds,
               .n_kinds = 1, .title = {"存在", "Was"});
HK_RECORD_TYPE(opened, ACT_FIELDS, .artifact = "Opened", .verb = HK_OPENED, .proof = 2, .timeless = true,
               .kinds = opened_kinds, .n_kinds = 1, .title = {"開封", "Opened"});
HK_RECORD_TYPE(good, ACT_FIELDS, .artifact = "Good", .verb = HK_SIGNED, .proof = 3, .timeless = true,
               .kinds = good_kinds, .n_kinds = 1, .title = {"署名", "Good"});
static const struct hk_record_type *const types[] = {&ran_record_type, &was_record_type, &opened_record_type,
                                                     &good_record_type};
static const struct hk_kind *const more_kinds[] = {&p};
static const struct hk_facts_world world = {.types = types, .n_types = 4, .kinds = more_kinds, .n_kinds = 1};

#define LO (INT64_C(133500000000000000))
#define HI (LO + 30 * HK_DAY)
#define AT (LO + 10 * HK_DAY)

static struct hk_facts *facts;
static struct hk_arena arena;
static struct hk_rules rules;
static struct hk_answers answers;

static void begin(void)
{
  if (facts != NULL) hk_facts_close(facts);
  facts = NULL;
  hk_answer_mutation = HK_MUTATE_NOTHING;
  hk_answer_calls = 3000;
  CHECK_EQ_INT(hk_facts_create(HK_S(""), &world, &facts).code, HK_OK);
}

static void put(const struct hk_record_type *t, size_t kind, const char *path, hk_time at, int64_t n)
{
  const struct ran_record r = {.path = hk_str_of(path), .at = at, .n = n};
  CHECK_EQ_INT(hk_facts_record(facts, 0, t, kind, &r).code, HK_OK);
}

static void cover(const struct hk_kind *k, const char *instance, enum hk_cover_state state, hk_time since,
                  const char *proof)
{
  const struct hk_fact_cover c = {
      .kind = k, .instance = hk_str_of(instance), .state = state, .lo = since, .proof_kind = proof};
  CHECK_EQ_INT(hk_facts_cover(facts, &c).code, HK_OK);
}

static void cover_all(void)
{
  static const struct hk_kind *const all[] = {&a, &a2, &b, &w, &o, &s, &p};
  for (size_t i = 0; i < 7; i++)
    cover(all[i], "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
}

static void load(const struct hk_rule_text *texts, size_t n)
{
  char why[512];
  CHECK_EQ_INT(hk_facts_finish(facts).code, HK_OK);
  const hk_err e = hk_rules_load(facts, texts, n, &arena, &rules, why);
  CHECK_EQ_STR(why, "");
  CHECK_EQ_INT(e.code, HK_OK);
}

static const struct hk_answer *answer(enum hk_question q)
{
  hk_answers_done(&answers);
  CHECK_EQ_INT(hk_answers_make(facts, &rules, LO, HI, &answers).code, HK_OK);
  return &answers.answers[q];
}

static const char *level(enum hk_question q)
{
  return hk_level_code(answer(q)->level);
}

#define HEAD(id, question, needs, steps)                                                                               \
  "-- id: " id "\n-- question: " question "\n-- claim.en: {path} ran\n-- claim.ja: {path} の実行\n-- needs: " needs    \
  "\n-- steps: " steps "\n-- level: A=confirmed B=likely C=suspected\n-- attack: -\n-- weight: 50\n"
#define RAN                                                                                                            \
  "SELECT 'f:'||e.file AS subject,'run' AS step,e.id AS ev,e.proof,json_object('path',x.path) AS params FROM "         \
  "ev_executed e JOIN file x ON x.id=e.file"
#define WAS                                                                                                            \
  " UNION ALL SELECT 'f:'||e.file,'run',e.id,3,json_object('path',x.path) FROM ev_existed e JOIN file x ON "           \
  "x.id=e.file"
#define OPENED                                                                                                         \
  " UNION ALL SELECT 'f:'||e.file,'open',e.id,e.proof,json_object('path',x.path) FROM ev_opened e JOIN file x ON "     \
  "x.id=e.file"

static const struct hk_rule_text run_rule = {.name = "run.sql",
                                             .sql = HEAD("run", "infected", "a | b", "run!") RAN WAS};

TEST(test_engine__grades_by_groups_and_proof)
{
  begin();
  put(&ran_record_type, 0, "C:\\two.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\two.exe", AT, HK_NO_INT);
  put(&ran_record_type, 0, "C:\\same.exe", AT, HK_NO_INT); /* two kinds of one group */
  put(&ran_record_type, 1, "C:\\same.exe", AT, HK_NO_INT);
  put(&was_record_type, 0, "C:\\was.exe", AT, HK_NO_INT);
  cover_all();
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "confirmed");
  CHECK_EQ_INT(answers.n_findings, 3);
  for (size_t i = 0; i < 3; i++) {
    const struct hk_finding *const f = &answers.findings[i];
    if (strstr(f->claim.en, "two.exe") != NULL) CHECK(f->grade == 'A' && f->level == HK_CONFIRMED && f->n_groups == 2);
    if (strstr(f->claim.en, "same.exe") != NULL) CHECK(f->grade == 'B' && f->level == HK_LIKELY && f->n_groups == 1);
    if (strstr(f->claim.en, "was.exe") != NULL) CHECK(f->grade == 'C' && f->level == HK_SUSPECTED && f->n_groups == 0);
  }
}

TEST(test_engine__a_rule_cannot_raise_the_proof_of_its_event)
{
  begin();
  put(&was_record_type, 0, "C:\\was.exe", AT, HK_NO_INT); /* the rule says 3 */
  cover_all();
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "suspected");
  hk_answer_mutation = HK_MUTATE_PROOF_RAISED;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "likely");
}

TEST(test_engine__no_sign_needs_recording_and_that_nothing_was_lost)
{
  begin();
  cover_all();
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].no_sign_since, LO);
  begin(); /* b was recording all the time (needs), but what a and w could have said is lost (reads) */
  cover(&b, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
  cover(&a2, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
  cover(&a, "-", HK_COVER_ABSENT, 0, NULL);
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].n_missing, 2);
  hk_answer_mutation = HK_MUTATE_NEEDS_ONLY;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
}

TEST(test_engine__no_sign_since_is_the_latest_of_all)
{
  begin();
  cover(&a, "-", HK_COVER_EXAMINED, LO + HK_DAY, NULL);
  cover(&a2, "-", HK_COVER_EXAMINED, LO + 5 * HK_DAY, NULL);
  cover(&b, "user 1", HK_COVER_EXAMINED, LO, NULL);
  cover(&b, "user 2", HK_COVER_EXAMINED, LO + 7 * HK_DAY, NULL); /* every instance counts */
  cover(&w, "-", HK_COVER_EXAMINED, LO, NULL);
  load(&run_rule, 1);
  const struct hk_answer *const x = answer(HK_Q_INFECTED);
  CHECK_EQ_STR(hk_level_code(x->level), "cannot_say");
  CHECK_EQ_INT(x->no_sign_since, LO + 7 * HK_DAY);
  CHECK(strstr(x->claim.en, "no sign since") != NULL);
}

TEST(test_engine__the_best_row_of_an_instance_counts)
{
  begin();
  cover_all();
  cover(&a, "-", HK_COVER_DAMAGED, 0, NULL); /* one of two copies of the same log */
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
}

TEST(test_engine__archived_logs_are_joined_only_where_they_touch)
{
  for (int hole = 0; hole < 2; hole++) {
    begin();
    cover_all();
    const hk_time now_from = LO + 20 * HK_DAY;
    const struct hk_fact_cover now = {
        .kind = &b, .instance = HK_S("log"), .state = HK_COVER_EXAMINED, .lo = now_from, .hi = HI};
    const struct hk_fact_cover old = {.kind = &b,
                                      .instance = HK_S("log"),
                                      .state = HK_COVER_EXAMINED,
                                      .lo = LO - HK_DAY,
                                      .hi = now_from - (hole ? HK_DAY : HK_MINUTE)};
    CHECK_EQ_INT(hk_facts_cover(facts, &old).code, HK_OK);
    CHECK_EQ_INT(hk_facts_cover(facts, &now).code, HK_OK);
    load(&run_rule, 1);
    CHECK_EQ_STR(level(HK_Q_INFECTED), hole ? "cannot_say" : "no_sign");
    if (hole) CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].no_sign_since, now_from);
  }
}

TEST(test_engine__partial_and_unproven_coverage_excludes_nothing)
{
  static const enum hk_cover_state states[] = {HK_COVER_ABSENT, HK_COVER_DENIED, HK_COVER_DAMAGED, HK_COVER_SKIPPED,
                                               HK_COVER_PARTIAL};
  for (size_t i = 0; i < 5; i++) {
    begin();
    cover_all();
    cover(&b, "second", states[i], LO - HK_DAY, NULL);
    load(&run_rule, 1);
    CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  }
}

TEST(test_engine__coverage_without_a_time_is_no_claim)
{
  begin();
  cover_all();
  cover(&w, "second", HK_COVER_EXAMINED, 0, NULL);
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  hk_answer_mutation = HK_MUTATE_CLAIMLESS;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
}

TEST(test_engine__off_needs_a_living_proof_and_its_time)
{
  for (int proven = 0; proven < 2; proven++) {
    begin();
    cover(&a, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
    cover(&a2, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
    cover(&w, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
    cover(&b, "-", HK_COVER_OFF, LO - HK_DAY, "p");
    cover(&p, "-", proven ? HK_COVER_EXAMINED : HK_COVER_ABSENT, proven ? LO - HK_DAY : 0, NULL);
    load(&run_rule, 1);
    CHECK_EQ_STR(level(HK_Q_INFECTED), proven ? "no_sign" : "cannot_say");
    hk_answer_mutation = HK_MUTATE_OFF_UNPROVEN;
    CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
  }
  begin(); /* off since yesterday only */
  cover_all();
  cover(&b, "second", HK_COVER_OFF, HI - HK_DAY, "p");
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
}

static const struct hk_rule_text half_rule = {
    .name = "half.sql", .sql = HEAD("half", "infected", "a | b", "run! open!") "-- decides: a, a2, b\n" RAN OPENED};

TEST(test_engine__half_a_finding_asks_for_what_would_complete_it)
{
  begin(); /* the run was seen; who could have seen the opening is gone */
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover(&a, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
  cover(&a2, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
  cover(&b, "-", HK_COVER_EXAMINED, LO - HK_DAY, NULL);
  load(&half_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].no_sign_since, AT + 1); /* nothing was run after it */
  CHECK_EQ_INT(answers.n_findings, 0);
  hk_answer_mutation = HK_MUTATE_NO_PARTIAL;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
  begin(); /* the other half decides nothing: no run was seen, and it would have been */
  put(&opened_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  cover(&o, "second", HK_COVER_ABSENT, 0, NULL);
  load(&half_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
}

TEST(test_engine__the_weakest_required_step_gives_the_grade)
{
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\x.exe", AT, HK_NO_INT);
  put(&opened_record_type, 0, "C:\\x.exe", AT, HK_NO_INT); /* proof 2, one group: C */
  cover_all();
  load(&half_rule, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "suspected");
  CHECK_EQ_STR(answers.findings[0].weakest, "open");
  CHECK_EQ_INT(answers.findings[0].n_evidence, 3);
}

TEST(test_engine__with_takes_another_table)
{
  const struct hk_rule_text t = {
      .name = "with.sql",
      .sql = HEAD("with", "infected", "a", "run! open?") "-- with: run: A=confirmed B=confirmed C=likely\n" RAN OPENED};
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  load(&t, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "likely"); /* the table says confirmed, but only one group says it */
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&opened_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  load(&t, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "confirmed");
}

#define EXCUSE(force, guard, lines)                                                                                    \
  "-- id: ok\n-- of: run\n-- force: " force "\n-- from: s\n-- guard: " guard                                           \
  "\n-- text.en: it is signed\n-- text.ja: 署名がある\n" lines                                                         \
  "SELECT 'f:'||e.file AS subject,e.n AS verdict,e.id AS ev FROM ev_signed e"

/* Level of a confirmed run under one excuse: verdict 1, 0 or -1 (none), `since` when the excuse's kind was there, 0 =
 * lost. */
static const char *excused(const char *excuse, int verdict, hk_time since, const char *rule_lines)
{
  static char rule[4096];
  snprintf(rule, sizeof rule, "%s%s%s", HEAD("run", "infected", "a", "run! open?"), rule_lines, RAN OPENED);
  const struct hk_rule_text t[] = {{.name = "run.sql", .sql = rule}, {.name = "ok.sql", .sql = excuse, .excuse = true}};
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\x.exe", AT, HK_NO_INT);
  put(&opened_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\x.exe", AT, HK_NO_INT);
  if (verdict >= 0) put(&good_record_type, 0, "C:\\x.exe", 0, verdict);
  cover_all();
  if (since != LO) cover(&s, "second", since == 0 ? HK_COVER_ABSENT : HK_COVER_EXAMINED, since, NULL);
  load(t, 2);
  const enum hk_level l = answer(HK_Q_INFECTED)->level;
  const struct hk_finding *const f = &answers.findings[0];
  return f->refuted ? "refuted" : f->explained ? "explained" : hk_level_code(l);
}

TEST(test_engine__excuses_by_verdict)
{
  CHECK_EQ_STR(excused(EXCUSE("refutes", "verdict", ""), 1, LO, ""), "refuted");
  CHECK_EQ_STR(hk_level_code(answers.answers[HK_Q_INFECTED].level), "no_sign"); /* not counted */
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].n_explained, 1);
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), 1, LO, ""), "explained");
  CHECK_EQ_STR(excused(EXCUSE("plausible", "verdict", ""), 1, LO, ""), "suspected");
  CHECK_EQ_STR(answers.findings[0].caps[0], "ok");
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), 0, LO, ""), "confirmed");
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), -1, LO, ""), "suspected"); /* nobody looked at this file */
  CHECK_EQ_STR(answers.findings[0].caps[0], "not excluded: ok");
  hk_answer_mutation = HK_MUTATE_NO_GUARD;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "confirmed");
}

TEST(test_engine__excuses_by_window)
{
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", ""), -1, LO, ""), "confirmed");
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", ""), -1, AT - HK_DAY, ""), "confirmed");
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", ""), -1, AT + HK_DAY, ""), "suspected");
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", ""), -1, 0, ""), "suspected");
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", "-- back_days: 5\n"), -1, AT - HK_DAY, ""), "suspected");
  CHECK_EQ_STR(excused(EXCUSE("explains", "window", "-- back_days: 5\n"), -1, AT - 6 * HK_DAY, ""), "confirmed");
}

TEST(test_engine__lift_overrides_explanations_but_no_refutation)
{
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), 1, LO, "-- lift: run\n"), "confirmed");
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), -1, LO, "-- lift: run\n"), "confirmed");
  CHECK_EQ_STR(excused(EXCUSE("refutes", "verdict", ""), 1, LO, "-- lift: run\n"), "refuted");
  CHECK_EQ_STR(excused(EXCUSE("refutes", "verdict", ""), -1, LO, "-- lift: run\n"), "suspected");
  CHECK_EQ_STR(excused(EXCUSE("explains", "verdict", ""), 1, LO, "-- lift: open\n"),
               "explained"); /* `open` has grade C */
}

static const struct hk_rule_text two_rules[] = {
    {.name = "one.sql", .sql = HEAD("one", "infected, impact", "a", "run!") RAN " WHERE e.kind=2"},
    {.name = "two.sql",
     .sql = HEAD("two", "infected, impact, cause", "a", "run!") "-- candidate: web\n" RAN " WHERE e.kind<>2"},
};

TEST(test_engine__two_likely_findings_of_different_rules_and_groups_confirm)
{
  begin(); /* kinds are numbered p=1, a=2, a2=3, b=4 */
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\y.exe", AT, HK_NO_INT);
  cover_all();
  load(two_rules, 2);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "confirmed");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].n_groups, 2);
  CHECK_EQ_STR(hk_level_code(answers.answers[HK_Q_CAUSE].level), "likely");
  CHECK_EQ_STR(answers.answers[HK_Q_CAUSE].candidates[0].name.en, "web");
  begin(); /* the same group twice */
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 1, "C:\\y.exe", AT, HK_NO_INT);
  cover_all();
  load(two_rules, 2);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "likely");
}

TEST(test_engine__an_infection_has_a_cause)
{
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT,
      HK_NO_INT); /* infected by rule one; rule two sees nothing, with all there */
  cover_all();
  load(two_rules, 2);
  CHECK_EQ_STR(level(HK_Q_CAUSE), "cannot_say");
  CHECK_EQ_INT(answers.answers[HK_Q_CAUSE].no_sign_since, 0);
  hk_answer_mutation = HK_MUTATE_NO_PRESUPPOSED;
  CHECK_EQ_STR(level(HK_Q_CAUSE), "no_sign");
}

TEST(test_engine__a_question_no_rule_asks_cannot_be_answered)
{
  begin();
  cover_all();
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_TERMINAL), "cannot_say");
  CHECK(strstr(answers.answers[HK_Q_TERMINAL].doubt.en, "no rule") != NULL);
}

TEST(test_engine__an_unknown_kind_keeps_a_need_open)
{
  const struct hk_rule_text t = {.name = "later.sql", .sql = HEAD("later", "infected", "later?", "run!") RAN WAS};
  const struct hk_rule_text either = {.name = "either.sql",
                                      .sql = HEAD("either", "infected", "later? | a", "run!") RAN WAS};
  begin();
  cover_all();
  load(&t, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].n_missing, 1);
  CHECK_EQ_STR(answers.answers[HK_Q_INFECTED].missing[0], "later");
  load(&either, 1);
  CHECK_EQ_STR(level(HK_Q_INFECTED), "no_sign");
}

TEST(test_engine__what_was_missed_comes_from_coverage_alone)
{
  begin();
  cover_all();
  load(&run_rule, 1);
  CHECK_EQ_STR(level(HK_Q_MISSED), "no_sign");
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  cover(&b, "second", HK_COVER_DENIED, 0, NULL);
  load(&run_rule, 1);
  const struct hk_answer *const x = answer(HK_Q_MISSED);
  CHECK_EQ_STR(hk_level_code(x->level), "cannot_say");
  CHECK_EQ_INT(x->n_missing, 1);
  CHECK_EQ_STR(x->missing[0], "b");
}

TEST(test_engine__rules_may_build_on_findings)
{
  const struct hk_rule_text t[] = {
      {.name = "b.sql",
       .sql = HEAD("b", "impact", "a", "did!") "-- after: a\nSELECT 'x' AS subject,'did' AS step,e.id AS "
                                               "ev,e.proof,json_object('path',f.level) AS params"
                                               " FROM finding f JOIN ev_executed e ON e.at=f.at_lo WHERE f.rule='a'"},
      {.name = "a.sql", .sql = HEAD("a", "infected", "a", "run!") RAN},
  };
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  load(t, 2);
  CHECK_EQ_STR(level(HK_Q_IMPACT), "likely");
  CHECK_EQ_STR(answers.answers[HK_Q_IMPACT].claim.en, "It is likely that likely ran.");
}

TEST(test_engine__names_are_made_visible_in_sentences)
{
  begin();
  put(&ran_record_type, 0, "C:\\a\xe2\x80\xae<b>{path}fdp.exe ", AT, HK_NO_INT);
  cover_all();
  load(&run_rule, 1);
  const struct hk_answer *const x = answer(HK_Q_INFECTED);
  CHECK_EQ_STR(x->claim.en, "It is likely that C:\\a<U+202E><U+003C>b<U+003E>{path}fdp.exe<U+0020> ran.");
  CHECK_EQ_STR(x->claim.ja, "C:\\a<U+202E><U+003C>b<U+003E>{path}fdp.exe<U+0020> の実行があった可能性が高いです。");
}

TEST(test_engine__a_spent_budget_is_neither_sign_nor_no_sign)
{
  const struct hk_rule_text t = {
      .name = "long.sql",
      .sql = HEAD("long", "infected", "a", "run!") "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) " RAN
                                                   " JOIN n ON n.i=-1"};
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  cover_all();
  load(&t, 1);
  hk_answer_calls = 5;
  CHECK_EQ_STR(level(HK_Q_INFECTED), "cannot_say");
  CHECK_EQ_INT(answers.answers[HK_Q_INFECTED].no_sign_since, 0);
  hk_answer_calls = 3000;
}

TEST(test_engine__the_same_facts_give_the_same_answers_again)
{
  begin();
  put(&ran_record_type, 0, "C:\\x.exe", AT, HK_NO_INT);
  put(&ran_record_type, 2, "C:\\y.exe", AT, HK_NO_INT);
  cover_all();
  load(two_rules, 2);
  char first[512];
  snprintf(first, sizeof first, "%s", answer(HK_Q_INFECTED)->claim.en);
  const size_t n = answers.n_findings;
  CHECK_EQ_STR(answer(HK_Q_INFECTED)->claim.en, first);
  CHECK_EQ_INT(answers.n_findings, n);
  sqlite3_stmt *q = NULL;
  CHECK_EQ_INT(
      sqlite3_prepare_v2(
          hk_facts_db(facts),
          "SELECT count(*) FROM finding f JOIN finding_evidence v ON v.finding=f.id JOIN event e ON e.id=v.event", -1,
          &q, NULL),
      SQLITE_OK);
  CHECK_EQ_INT(sqlite3_step(q), SQLITE_ROW);
  CHECK_EQ_INT(sqlite3_column_int64(q, 0), 2);
  sqlite3_finalize(q);
}
