/* Runs the answers over a story: a made-up PC as lines of text, with its own world of record types and kinds of log.
   test_story <rules folder> <excuses folder> <story> reads sets to take away from standard input and prints the answers
   for each; stories.py writes the stories and judges. Without arguments it runs a small story of its own.

   Story, tab-separated ("\N" = nothing):
     K name source group                                           without K and T: the world is the program's own
   modules T name verb proof timeless kinds(,) field:type:role(,)        types s i t W window_lo window_hi R type kind
   at lo hi proof field=value…                       a record; at lo hi proof replace those of its event C kind instance
   state lo hi proof_kind M key value L path canonical kind                                         a link that a kind
   proves Commands: D source,source… cut (0 = all of them is gone), X mutation, U (sources and links), P (query plans).
   Answers end with a dot. */
#include <dirent.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "answer/engine_impl.h"
#include "modules.h"

#define MAX_WORDS 64
#define MAX_TYPES 64
#define MAX_KINDS 64
#define MAX_FIELDS 24
#define MAX_RULES 64

struct type {
  struct hk_record_type t;
  struct hk_field fields[MAX_FIELDS];
  const struct hk_kind *kinds[MAX_KINDS];
};

static struct hk_arena arena;
static struct hk_kind kinds[MAX_KINDS];
static size_t n_kinds;
static struct type types[MAX_TYPES];
static size_t n_types;
static struct hk_facts *facts;
static struct hk_rules rules;
static hk_time window_lo, window_hi;
static sqlite3_stmt *override;

static void fail(const char *what, const char *detail)
{
  printf("error\t%s\t%s\n", what, detail == NULL ? "" : detail);
  exit(2);
}

static void must(hk_err e, const char *what)
{
  if (e.code != HK_OK) fail(what, e.step);
}

static const char *keep(const char *z)
{
  return hk_str_z(&arena, hk_str_of(z));
}

static size_t split(char *line, char c, char **words)
{
  size_t n = 0;
  while (line != NULL && n < MAX_WORDS) {
    words[n++] = line;
    line = strchr(line, c);
    if (line != NULL) *line++ = '\0';
  }
  return n;
}

static bool nothing(const char *z)
{
  return strcmp(z, "\\N") == 0;
}

static int64_t number(const char *z)
{
  return nothing(z) ? 0 : strtoll(z, NULL, 10);
}

static size_t kind_at(const char *name)
{
  for (size_t i = 0; i < n_kinds; i++)
    if (strcmp(kinds[i].name, name) == 0) return i;
  fail("unknown kind", name);
  return 0;
}

static enum hk_verb verb_at(const char *name)
{
  for (int v = 0; v < HK_VERB_COUNT; v++)
    if (strcmp(hk_verb_name((enum hk_verb)v), name) == 0) return (enum hk_verb)v;
  fail("unknown verb", name);
  return HK_NO_VERB;
}

static enum hk_role role_at(const char *name)
{
  for (int r = 0; r < HK_ROLE_COUNT; r++)
    if (strcmp(hk_role_name((enum hk_role)r), name) == 0) return (enum hk_role)r;
  fail("unknown role", name);
  return HK_ROLE_NONE;
}

static void add_type(char **w)
{
  struct type *const t = &types[n_types++];
  char *parts[MAX_WORDS];
  char *bits[MAX_WORDS];
  t->t = (struct hk_record_type){.name = keep(w[1]),
                                 .artifact = keep(w[1]),
                                 .title = {keep(w[1]), keep(w[1])},
                                 .fields = t->fields,
                                 .verb = verb_at(w[2]),
                                 .proof = (int)strtol(w[3], NULL, 10),
                                 .timeless = w[4][0] == '1',
                                 .kinds = t->kinds};
  t->t.n_kinds = split(w[5], ',', parts);
  for (size_t i = 0; i < t->t.n_kinds; i++)
    t->kinds[i] = &kinds[kind_at(parts[i])];
  t->t.n_fields = split(w[6], ',', parts);
  for (size_t i = 0; i < t->t.n_fields; i++) {
    split(parts[i], ':', bits);
    const enum hk_field_type type = bits[1][0] == 's' ? HK_T_STR : bits[1][0] == 'i' ? HK_T_OPT : HK_T_TIME;
    t->fields[i] = (struct hk_field){.name = keep(bits[0]),
                                     .type = type,
                                     .role = role_at(bits[2]),
                                     .offset = i * sizeof(hk_str),
                                     .label = {keep(bits[0]), keep(bits[0])}};
  }
  t->t.struct_size = t->t.n_fields * sizeof(hk_str);
}

static const struct hk_record_type *type_list[4 * MAX_TYPES];
static const struct hk_kind *kind_list[4 * MAX_KINDS];
static size_t n_type_list, n_kind_list;

static void list_modules(void)
{
  for (size_t m = 0; m < hk_modules_count; m++) {
    for (size_t i = 0; i < hk_modules[m]->n_records && n_type_list < 4 * MAX_TYPES; i++)
      type_list[n_type_list++] = hk_modules[m]->records[i];
    for (size_t i = 0; i < hk_modules[m]->n_kinds && n_kind_list < 4 * MAX_KINDS; i++)
      kind_list[n_kind_list++] = hk_modules[m]->kinds[i];
  }
}

static void open_world(void)
{
  for (size_t i = 0; i < n_types; i++)
    type_list[n_type_list++] = &types[i].t;
  for (size_t i = 0; i < n_kinds; i++)
    kind_list[n_kind_list++] = &kinds[i];
  if (n_kinds == 0) list_modules();
  const struct hk_facts_world w = {
      .types = type_list, .n_types = n_type_list, .kinds = kind_list, .n_kinds = n_kind_list};
  must(hk_facts_create(HK_S(""), &w, &facts), "create");
  if (sqlite3_prepare_v2(hk_facts_db(facts),
                         "UPDATE event SET at=coalesce(?1,at), at_lo=coalesce(?2,at_lo), at_hi=coalesce(?3,at_hi),"
                         " proof=coalesce(?4,proof) WHERE id=(SELECT max(id) FROM event)",
                         -1, &override, NULL) != SQLITE_OK)
    fail("prepare", sqlite3_errmsg(hk_facts_db(facts)));
}

#define RECORD_BYTES 2048
static hk_time one_time[8];
static hk_str one_text[8];

/* Values of all types through the declaration's offsets; a list gets one element. */
static void set_field(unsigned char *record, const struct hk_field *f, const char *v, size_t turn)
{
  const int64_t n = strtoll(v, NULL, 10);
  const bool b = n != 0;
  const uint32_t u = (uint32_t)n;
  const hk_str z = hk_str_of(v);
  one_time[turn] = n;
  one_text[turn] = z;
  const struct hk_times times = {.v = &one_time[turn], .n = 1};
  const struct hk_strs texts = {.v = &one_text[turn], .n = 1};
  const void *from = NULL;
  size_t size = 0;
  switch (f->type) {
  case HK_T_STR:
    from = &z;
    size = sizeof z;
    break;
  case HK_T_INT:
  case HK_T_OPT:
  case HK_T_TIME:
    from = &n;
    size = sizeof n;
    break;
  case HK_T_BOOL:
    from = &b;
    size = sizeof b;
    break;
  case HK_T_HEX32:
    from = &u;
    size = sizeof u;
    break;
  case HK_T_STRS:
    from = &texts;
    size = sizeof texts;
    break;
  case HK_T_TIMES:
    from = &times;
    size = sizeof times;
    break;
  case HK_T_PAIRS:
  case HK_T_COUNT: fail("a field of this type", f->name);
  }
  if (f->offset + size > RECORD_BYTES) fail("a large record", f->name);
  memcpy(record + f->offset, from, size);
}

static const struct hk_record_type *type_named(const char *name)
{
  for (size_t i = 0; i < n_type_list; i++)
    if (strcmp(type_list[i]->name, name) == 0) return type_list[i];
  fail("unknown type", name);
  return NULL;
}

static void add_record(char **w, size_t n)
{
  static unsigned char record[RECORD_BYTES];
  const struct hk_record_type *const t = type_named(w[1]);
  size_t kind = 0;
  while (kind < t->n_kinds && strcmp(t->kinds[kind]->name, w[2]) != 0)
    kind++;
  if (kind == t->n_kinds) fail("unknown kind of a record", w[2]);
  memset(record, 0, sizeof record);
  for (size_t i = 0; i < t->n_fields; i++)
    if (t->fields[i].type == HK_T_OPT) memcpy(record + t->fields[i].offset, &(int64_t){HK_NO_INT}, sizeof(int64_t));
  for (size_t i = 7; i < n; i++) {
    char *const v = strchr(w[i], '=');
    if (v == NULL) fail("a field without value", w[i]);
    *v = '\0';
    const struct hk_field *const f = hk_field_by_name(t, w[i]);
    if (f == NULL) fail("unknown field", w[i]);
    set_field(record, f, v + 1, i % 8);
  }
  must(hk_facts_record(facts, 0, t, kind, record), "record");
  bool any = false;
  for (int i = 0; i < 4; i++) {
    if (nothing(w[3 + i])) continue;
    sqlite3_bind_int64(override, i + 1, number(w[3 + i]));
    any = true;
  }
  if (any && sqlite3_step(override) != SQLITE_DONE) fail("override", sqlite3_errmsg(hk_facts_db(facts)));
  sqlite3_reset(override);
  sqlite3_clear_bindings(override);
}

static const struct hk_kind *kind_named(const char *name)
{
  for (size_t i = 0; i < n_kind_list; i++)
    if (strcmp(kind_list[i]->name, name) == 0) return kind_list[i];
  fail("unknown kind of coverage", name);
  return NULL;
}

static void add_cover(char **w)
{
  int state = 0;
  while (state < HK_COVER_STATES && strcmp(hk_cover_name((enum hk_cover_state)state), w[3]) != 0)
    state++;
  if (state == HK_COVER_STATES) fail("unknown state", w[3]);
  const struct hk_fact_cover c = {.module = "story",
                                  .kind = kind_named(w[1]),
                                  .instance = hk_str_of(w[2]),
                                  .state = (enum hk_cover_state)state,
                                  .lo = number(w[4]),
                                  .hi = number(w[5]),
                                  .proof_kind = nothing(w[6]) ? NULL : w[6]};
  must(hk_facts_cover(facts, &c), "cover");
}

static void run_sql(const char *sql)
{
  if (sqlite3_exec(hk_facts_db(facts), sql, NULL, NULL, NULL) != SQLITE_OK)
    fail(sql, sqlite3_errmsg(hk_facts_db(facts)));
}

static char *links[1024][3];
static size_t n_links;

static void apply_links(void)
{
  for (size_t i = 0; i < n_links; i++) {
    char *const sql = sqlite3_mprintf("INSERT INTO alias SELECT a.id,b.id,k.kind FROM file a, file b, kind k WHERE "
                                      "a.key=%Q AND b.key=%Q AND k.name=%Q",
                                      hk_str_z(&arena, hk_path_key(&arena, hk_str_of(links[i][0])).key),
                                      hk_str_z(&arena, hk_path_key(&arena, hk_str_of(links[i][1])).key), links[i][2]);
    run_sql(sql);
    sqlite3_free(sql);
  }
  run_sql("UPDATE event SET file=(SELECT canon FROM alias a WHERE a.file=event.file0) WHERE file0 IN (SELECT file FROM "
          "alias)");
}

static void on_line(char *line)
{
  char *w[MAX_WORDS];
  const size_t n = split(line, '\t', w);
  if (w[0][0] != 'K' && w[0][0] != 'T' && w[0][0] != 'W' && facts == NULL) open_world();
  switch (w[0][0]) {
  case 'K': kinds[n_kinds++] = (struct hk_kind){.name = keep(w[1]), .source = keep(w[2]), .group = keep(w[3])}; break;
  case 'T': add_type(w); break;
  case 'W':
    window_lo = number(w[1]);
    window_hi = number(w[2]);
    break;
  case 'R': add_record(w, n); break;
  case 'C': add_cover(w); break;
  case 'M': must(hk_facts_meta(facts, w[1], hk_str_of(w[2])), "meta"); break;
  case 'L':
    for (int i = 0; i < 3; i++)
      links[n_links][i] = hk_str_z(&arena, hk_str_of(w[i + 1]));
    n_links++;
    break;
  default: fail("unknown line", w[0]);
  }
}

static char *read_whole(const char *path)
{
  FILE *const f = fopen(path, "rb");
  if (f == NULL) fail("open", path);
  fseek(f, 0, SEEK_END);
  const long size = ftell(f);
  fseek(f, 0, SEEK_SET);
  char *const p = malloc((size_t)size + 1);
  if (p == NULL || fread(p, 1, (size_t)size, f) != (size_t)size) fail("read", path);
  p[size] = '\0';
  fclose(f);
  return p;
}

static void load_story(char *text)
{
  while (text != NULL && *text != '\0') {
    char *const end = strchr(text, '\n');
    if (end != NULL) *end = '\0';
    if (*text != '\0') on_line(text);
    text = end == NULL ? NULL : end + 1;
  }
  must(hk_facts_finish(facts), "finish");
  sqlite3_finalize(override);
  run_sql("PRAGMA journal_mode=MEMORY");
  apply_links();
}

static int by_name(const void *a, const void *b)
{
  return strcmp(((const struct hk_rule_text *)a)->name, ((const struct hk_rule_text *)b)->name);
}

static size_t read_folder(const char *folder, bool excuse, struct hk_rule_text *out)
{
  DIR *const d = opendir(folder);
  if (d == NULL) fail("open", folder);
  size_t n = 0;
  for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
    if (!hk_str_iends(hk_str_of(e->d_name), HK_S(".sql"))) continue;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    out[n++] = (struct hk_rule_text){.name = keep(e->d_name), .sql = read_whole(path), .excuse = excuse};
  }
  closedir(d);
  qsort(out, n, sizeof *out, by_name);
  return n;
}

/* ---- taking away ---- */

static void take_away(char *sources, const char *cut)
{
  char *s[MAX_WORDS];
  const size_t n = sources[0] == '\0' ? 0 : split(sources, ',', s);
  const long long at = strtoll(cut, NULL, 10);
  for (size_t i = 0; i < n; i++) {
    char *const sql =
        at == 0 ? sqlite3_mprintf("DELETE FROM event WHERE kind IN (SELECT kind FROM kind WHERE source=%Q);"
                                  "UPDATE coverage SET state='absent',lo=NULL,hi=NULL,proof_kind=NULL WHERE kind IN "
                                  "(SELECT kind FROM kind WHERE source=%Q);"
                                  "UPDATE event SET file=file0 WHERE file0 IN (SELECT file FROM alias WHERE kind IN "
                                  "(SELECT kind FROM kind WHERE source=%Q))",
                                  s[i], s[i], s[i])
                : sqlite3_mprintf("DELETE FROM event WHERE at<%lld AND kind IN (SELECT kind FROM kind WHERE source=%Q);"
                                  "UPDATE coverage SET lo=max(lo,%lld) WHERE state IN('examined','off') AND kind IN "
                                  "(SELECT kind FROM kind WHERE source=%Q)",
                                  at, s[i], at, s[i]);
    run_sql(sql);
    sqlite3_free(sql);
  }
}

static const char *column(sqlite3_stmt *s, int i)
{
  const char *const z = (const char *)sqlite3_column_text(s, i);
  return z == NULL ? "\\N" : z;
}

static void print_rows(const char *tag, const char *sql)
{
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(hk_facts_db(facts), sql, -1, &s, NULL) != SQLITE_OK)
    fail(sql, sqlite3_errmsg(hk_facts_db(facts)));
  while (sqlite3_step(s) == SQLITE_ROW) {
    fputs(tag, stdout);
    for (int i = 0; i < sqlite3_column_count(s); i++)
      printf("\t%s", column(s, i));
    putchar('\n');
  }
  sqlite3_finalize(s);
}

static void print_answers(const struct hk_answers *a)
{
  for (int q = 0; q < HK_Q_COUNT; q++) {
    const struct hk_answer *const x = &a->answers[q];
    printf("S\t%s\t%zu\t%zu\t%" PRId64 "\t%s\t%s\t%s\t%s\n", hk_question_code(x->question), x->n_groups, x->n_explained,
           x->no_sign_since, x->claim.en, x->doubt.en, x->claim.ja, x->doubt.ja);
  }
  print_rows("Q", "SELECT question,level,coalesce(since,9e18),missing FROM answer WHERE candidate=''");
  print_rows("N", "SELECT question,candidate,level FROM answer WHERE candidate<>''");
  print_rows("F", "SELECT id,rule,subject,base,level,grade,cap,en,ja,attack_,groups_ FROM (SELECT *,NULL "
                  "attack_,(SELECT group_concat(step||'='||n) FROM"
                  " (SELECT step,count(DISTINCT grp) n FROM finding_evidence e WHERE e.finding=f.id AND proof>=2 GROUP "
                  "BY step)) groups_ FROM finding f)");
}

static void answer(char *sources, const char *cut, bool full)
{
  struct hk_answers a;
  run_sql("SAVEPOINT story");
  take_away(sources, cut);
  must(hk_answers_make(facts, &rules, window_lo, window_hi, &a), "answers");
  if (!full)
    for (int q = 0; q < HK_Q_COUNT; q++)
      if (a.answers[q].claim.en[0] == '\0' || a.answers[q].doubt.ja[0] == '\0')
        fail("an empty sentence", hk_question_code((enum hk_question)q));
  print_answers(&a);
  hk_answers_done(&a);
  run_sql("ROLLBACK TO story; RELEASE story");
  puts(".");
}

static void load_rules(struct hk_rule_text *texts, size_t n)
{
  char why[512];
  const hk_err e = hk_rules_load(facts, texts, n, &arena, &rules, why);
  if (e.code != HK_OK) fail("rules", why);
}

/* Where evidence and links come from: what is worth taking away. */
static void print_sources(void)
{
  struct hk_answers a;
  must(hk_answers_make(facts, &rules, window_lo, window_hi, &a), "answers");
  print_rows("U", "SELECT DISTINCT k.source FROM finding_evidence v JOIN event e ON e.id=v.event JOIN kind k "
                  "USING(kind) ORDER BY 1");
  print_rows("V", "SELECT DISTINCT source FROM kind JOIN coverage USING(kind) ORDER BY 1");
  print_rows("L", "SELECT file,canon FROM alias");
  hk_answers_done(&a);
  puts(".");
}

/* Each rule's query plan: a join without an index would cost minutes on a real case. */
static void print_plans(void)
{
  for (size_t i = 0; i < rules.n; i++) {
    char *const sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", rules.v[i].sql);
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(hk_facts_db(facts), sql, -1, &s, NULL) != SQLITE_OK) fail("plan", rules.v[i].file);
    while (sqlite3_step(s) == SQLITE_ROW)
      printf("P\t%s\t%s\n", rules.v[i].file, column(s, 3));
    sqlite3_finalize(s);
    sqlite3_free(sql);
  }
  puts(".");
}

static void serve(void)
{
  static char line[65536];
  char *w[MAX_WORDS];
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const size_t n = split(line, '\t', w);
    if (w[0][0] == 'D' && n == 3) answer(w[1], w[2], true);
    if (w[0][0] == 'X' && n == 2) hk_answer_mutation = (enum hk_mutation)strtol(w[1], NULL, 10);
    if (w[0][0] == 'P') print_plans();
    if (w[0][0] == 'U') print_sources();
    fflush(stdout);
  }
}

/* ---- its own small story ---- */

static char own_story[] = "K\ta\tlog\tg1\n"
                          "K\tb\tother\tg2\n"
                          "T\trun\texecuted\t3\t0\ta,b\tpath:s:path,at:t:when\n"
                          "W\t1000\t2000\n"
                          "R\trun\ta\t\\N\t\\N\t\\N\t\\N\tpath=C:\\x\\bad.exe\tat=1500\n"
                          "R\trun\tb\t\\N\t\\N\t\\N\t\\N\tpath=C:\\x\\bad.exe\tat=1500\n"
                          "C\ta\t-\texamined\t900\t2000\t\\N\n"
                          "C\tb\t-\texamined\t900\t2000\t\\N\n";
static const char own_rule[] =
    "-- id: own\n-- question: infected\n-- claim.en: {path} ran\n-- claim.ja: {path} の実行\n-- needs: a | b\n"
    "-- steps: run!\n-- level: A=confirmed B=likely C=suspected\n-- attack: -\n-- weight: 1\n"
    "SELECT 'f:'||e.file AS subject,'run' AS step,e.id AS ev,e.proof,json_object('path',x.path) AS params"
    " FROM file x CROSS JOIN ev_executed e ON e.file=x.id WHERE x.name='bad.exe'";

static enum hk_level own_level(const char *sources)
{
  char list[64];
  struct hk_answers a;
  snprintf(list, sizeof list, "%s", sources);
  run_sql("SAVEPOINT story");
  take_away(list, "0");
  must(hk_answers_make(facts, &rules, window_lo, window_hi, &a), "answers");
  const enum hk_level level = a.answers[HK_Q_INFECTED].level;
  hk_answers_done(&a);
  run_sql("ROLLBACK TO story; RELEASE story");
  return level;
}

static int run_own_story(void)
{
  struct hk_rule_text t = {.name = "own.sql", .sql = own_rule};
  load_story(own_story);
  load_rules(&t, 1);
  const bool ok =
      own_level("") == HK_CONFIRMED && own_level("log") == HK_LIKELY && own_level("log,other") == HK_CANNOT_SAY;
  printf("%s      a small story: confirmed by two, likely by one, cannot say without\n", ok ? "ok" : "FAILED");
  return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
  static struct hk_rule_text texts[MAX_RULES];
  hk_arena_init(&arena, 0);
  if (argc != 4) return run_own_story();
  size_t n = read_folder(argv[1], false, texts);
  n += read_folder(argv[2], true, texts + n);
  load_story(read_whole(argv[3]));
  load_rules(texts, n);
  serve();
  return 0;
}
