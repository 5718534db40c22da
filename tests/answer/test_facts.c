/* Records to facts: what becomes an event, a row, an entity, a link. */
#include "../check.h"

#include <sqlite3.h>

#include "answer/facts.h"

#define RUN_FIELDS(F, R)                                                                                               \
  F(R, STR, name, NAME, "名", "name")                                                                                  \
  F(R, TIMES, times, WHEN, "時", "times")                                                                              \
  F(R, STR, path, PATH, "道", "path")                                                                                  \
  F(R, STR, user, USER, "人", "user")                                                                                  \
  F(R, STR, user_name, NONE, "名", "user name")                                                                        \
  F(R, OPT, kind, NUMBER, "数", "number, with a name that clashes")                                                    \
  F(R, BOOL, flag, NONE, "旗", "flag")                                                                                 \
  F(R, HEX32, hash, NONE, "値", "hash")                                                                                \
  F(R, STRS, files, NONE, "列", "files")                                                                               \
  F(R, PAIRS, data, NONE, "対", "data")
HK_RECORD_STRUCT(run, RUN_FIELDS);

#define NOTE_FIELDS(F, R)                                                                                              \
  F(R, STR, path, PATH, "道", "path")                                                                                  \
  F(R, TIME, since, SINCE, "から", "since")                                                                            \
  F(R, TIME, when, WHEN, "時", "when")                                                                                 \
  F(R, STR, host, HOST, "端末", "host")                                                                                \
  F(R, STR, url, URL, "先", "url")
HK_RECORD_STRUCT(seen, NOTE_FIELDS);
HK_RECORD_STRUCT(plain, NOTE_FIELDS);
HK_RECORD_STRUCT(prefetch, RUN_FIELDS);

static const struct hk_kind pf = {"pf", "prefetch", "g1"};
static const struct hk_kind log_a = {"log.a", "log", "g2"};
static const struct hk_kind log_b = {"log.b", "log", "g2"};
static const struct hk_kind idle = {"idle", "idle", "g3"};
static const struct hk_kind *const run_kinds[] = {&pf, &log_a};
static const struct hk_kind *const seen_kinds[] = {&log_b};
HK_RECORD_TYPE(run, RUN_FIELDS, .artifact = "Run", .verb = HK_EXECUTED, .proof = 3, .kinds = run_kinds, .n_kinds = 2,
               .title = {"実行", "Run"});
HK_RECORD_TYPE(seen, NOTE_FIELDS, .artifact = "Seen", .verb = HK_CONTENT, .proof = 2, .timeless = true,
               .kinds = seen_kinds, .n_kinds = 1, .title = {"見", "Seen"});
HK_RECORD_TYPE(plain, NOTE_FIELDS, .artifact = "Plain", .verb = HK_NO_VERB, .proof = 3, .kinds = seen_kinds,
               .n_kinds = 1, .title = {"素", "Plain"});
HK_RECORD_TYPE(prefetch, RUN_FIELDS, .artifact = "Prefetch", .verb = HK_EXECUTED, .proof = 3, .kinds = run_kinds,
               .n_kinds = 1, .title = {"プ", "Prefetch"});
static const struct hk_record_type *const types[] = {&run_record_type, &seen_record_type, &plain_record_type,
                                                     &prefetch_record_type, &run_record_type};
static const struct hk_kind *const kinds[] = {&idle, &pf};
static const struct hk_facts_world world = {.types = types, .n_types = 5, .kinds = kinds, .n_kinds = 2};

static struct hk_facts *open_facts(void)
{
  struct hk_facts *f = NULL;
  CHECK_EQ_INT(hk_facts_create(HK_S(""), &world, &f).code, HK_OK);
  return f;
}

static int64_t number(struct hk_facts *f, const char *sql)
{
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(hk_facts_db(f), sql, -1, &s, NULL) != SQLITE_OK)
    printf("  %s: %s\n", sql, sqlite3_errmsg(hk_facts_db(f)));
  const int64_t v =
      sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_int64(s, 0) : -1;
  sqlite3_finalize(s);
  return v;
}

static const char *text(struct hk_facts *f, const char *sql)
{
  static char out[512];
  sqlite3_stmt *s = NULL;
  if (sqlite3_prepare_v2(hk_facts_db(f), sql, -1, &s, NULL) != SQLITE_OK)
    printf("  %s: %s\n", sql, sqlite3_errmsg(hk_facts_db(f)));
  const char *v = sqlite3_step(s) == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
  snprintf(out, sizeof out, "%s", v == NULL ? "(null)" : v);
  sqlite3_finalize(s);
  return out;
}

static int64_t artefact(struct hk_facts *f, const char *path)
{
  int64_t id = 0;
  const struct hk_fact_artefact a = {.path = hk_str_of(path), .how = "api", .outcome = "ok", .offset = HK_NO_OFFSET};
  CHECK_EQ_INT(hk_facts_artefact(f, &a, &id).code, HK_OK);
  return id;
}

#define T0 (INT64_C(133500000000000000))

static void put_run(struct hk_facts *f, int64_t art, size_t kind, const char *name, const char *path, hk_time at)
{
  const hk_time times[] = {at};
  const struct run_record r = {
      .name = hk_str_of(name), .path = hk_str_of(path), .times = {times, 1}, .kind = HK_NO_INT};
  CHECK_EQ_INT(hk_facts_record(f, art, &run_record_type, kind, &r).code, HK_OK);
}

TEST(test_facts__each_known_time_is_an_event_and_the_record_is_one_row)
{
  struct hk_facts *const f = open_facts();
  const hk_time times[] = {T0, 0, T0 + 5};
  const hk_str files[] = {HK_S("a\"b"), HK_S("c")};
  const struct hk_pair data[] = {{HK_S("k"), HK_S("v")}};
  const struct run_record r = {.name = HK_S("A.EXE"),
                               .path = HK_S("C:\\x\\a.exe"),
                               .times = {times, 3},
                               .kind = 7,
                               .flag = true,
                               .user = HK_S("S-1-5-21-1"),
                               .user_name = HK_S("sato"),
                               .hash = 0xB29F6629,
                               .files = {files, 2},
                               .data = {data, 1}};
  const int64_t art = artefact(f, "C:\\Windows\\Prefetch\\A.pf");
  CHECK_EQ_INT(hk_facts_record(f, art, &run_record_type, 1, &r).code, HK_OK);
  CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event"), 2);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM rec_run"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN rec_run r ON r.id=e.rec JOIN artefact a ON a.id=e.art"), 2);
  CHECK_EQ_INT(number(f, "SELECT r.id-min(e.id) FROM event e JOIN rec_run r"), 0);
  CHECK_EQ_STR(text(f, "SELECT t.name FROM event e JOIN record_type t USING(type) LIMIT 1"), "run");
  CHECK_EQ_STR(text(f, "SELECT k.name FROM event e JOIN kind k USING(kind) LIMIT 1"), "log.a");
  CHECK_EQ_STR(text(f, "SELECT files||data||hash||flag||kind_ FROM rec_run"),
               "[\"a\\\"b\",\"c\"]{\"k\":\"v\"}B29F662917");
  CHECK_EQ_INT(number(f, "SELECT n FROM ev_executed LIMIT 1"), 7);
  CHECK_EQ_STR(text(f, "SELECT a.name FROM ev_executed e JOIN account a ON a.id=e.account"), "sato");
  hk_facts_close(f);
}

TEST(test_facts__bounds_timeless_records_and_records_without_verb)
{
  struct hk_facts *const f = open_facts();
  struct seen_record r = {.path = HK_S("C:\\n.txt"), .since = T0, .when = T0 + 100};
  CHECK_EQ_INT(hk_facts_record(f, 0, &seen_record_type, 0, &r).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT hi-lo FROM ev_content"), 100);
  r.when = 0;
  r.since = 0;
  CHECK_EQ_INT(hk_facts_record(f, 0, &seen_record_type, 0, &r).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM ev_content WHERE at IS NULL"), 1);
  const struct plain_record p = {.path = HK_S("C:\\p"), .when = T0};
  CHECK_EQ_INT(hk_facts_record(f, 0, &plain_record_type, 0, &p).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event"), 2);
  CHECK_EQ_INT(number(f, "SELECT id FROM rec_plain"), 3);
  r.when = T0 + 9;
  CHECK_EQ_INT(hk_facts_record(f, 0, &seen_record_type, 0, &r).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT max(id) FROM event"), 4);
  hk_facts_close(f);
}

TEST(test_facts__one_path_is_one_entity_and_folders_are_entities)
{
  struct hk_facts *const f = open_facts();
  put_run(f, 0, 0, "A.EXE", "C:\\X\\a.exe", T0);
  put_run(f, 0, 1, "A.EXE", "\\??\\c:\\x\\A.EXE", T0);
  put_run(f, 0, 1, "A.EXE", "\\VOLUME{01d0-11223344}\\X\\A.EXE", T0);
  put_run(f, 0, 1, "A.EXE", "", T0);
  put_run(f, 0, 1, "A.EXE", "", T0);
  CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(DISTINCT file) FROM event"), 3);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM file WHERE key IN('c:\\','c:\\x','c:\\x\\a.exe')"), 3);
  CHECK_EQ_STR(text(f, "SELECT d.path FROM file x JOIN file d ON d.id=x.dir WHERE x.key='c:\\x\\a.exe'"), "C:\\X");
  CHECK_EQ_STR(text(f, "SELECT key FROM file WHERE vol='name'"), "name:a.exe");
  hk_facts_close(f);
}

TEST(test_facts__a_volume_is_linked_only_by_proof)
{
  struct hk_facts *const f = open_facts();
  put_run(f, 0, 0, "A.EXE", "C:\\X\\a.exe", T0);
  put_run(f, 0, 0, "A.EXE", "\\VOLUME{01d0-11223344}\\X\\A.EXE", T0);
  put_run(f, 0, 0, "A.EXE", "\\VOLUME{01d0-55667788}\\X\\A.EXE", T0);
  put_run(f, 0, 0, "A.EXE", "%SystemRoot%\\x.exe", T0);
  CHECK_EQ_INT(hk_facts_meta(f, "volume.C.serial", HK_S("11223344")).code, HK_OK);
  CHECK_EQ_INT(hk_facts_meta(f, "system_root", HK_S("C:\\Windows")).code, HK_OK);
  CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.key='c:\\x\\a.exe'"), 2);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.vol LIKE '%55667788}'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file0 WHERE x.vol LIKE '%11223344}'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.key='c:\\windows\\x.exe'"),
               1);
  hk_facts_close(f);
}

static void put_prefetch(struct hk_facts *f, const char *folder, const char *program, const char *ntdll)
{
  const int64_t art = artefact(f, folder);
  const hk_time times[] = {T0};
  const hk_str files[] = {hk_str_of(ntdll), hk_str_of(program)};
  const struct prefetch_record r = {
      .name = HK_S("A.EXE"), .path = hk_str_of(program), .times = {times, 1}, .files = {files, 2}};
  CHECK_EQ_INT(hk_facts_record(f, art, &prefetch_record_type, 0, &r).code, HK_OK);
}

TEST(test_facts__prefetch_proves_the_letter_of_the_volume_windows_ran_from)
{
  struct hk_facts *const f = open_facts();
  put_prefetch(f, "C:\\Windows\\Prefetch\\A.EXE-1.pf", "\\VOLUME{01d0-11223344}\\X\\A.EXE",
               "\\VOLUME{01d0-11223344}\\WINDOWS\\SYSTEM32\\NTDLL.DLL");
  put_prefetch(f, "C:\\Windows\\Prefetch\\B.EXE-1.pf", "\\VOLUME{01d0-99999999}\\X\\A.EXE",
               "\\VOLUME{01d0-11223344}\\WINDOWS\\SYSTEM32\\NTDLL.DLL");
  put_prefetch(f, "D:\\copy\\A.EXE-2.pf", "\\VOLUME{01d0-77777777}\\X\\A.EXE",
               "\\VOLUME{01d0-77777777}\\WINDOWS\\SYSTEM32\\NTDLL.DLL");
  put_prefetch(f, "C:\\Windows\\Prefetch\\C.EXE-1.pf", "\\DEVICE\\HARDDISKVOLUME2\\X\\C.EXE",
               "\\DEVICE\\HARDDISKVOLUME2\\WINDOWS\\SYSTEM32\\NTDLL.DLL");
  put_run(f, 0, 1, "D.EXE", "\\Device\\HarddiskVolume2\\X\\D.EXE", T0);
  CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.key='c:\\x\\a.exe'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.key='c:\\x\\c.exe'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.vol LIKE '%99999999}'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.vol LIKE '%77777777}'"), 1);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM event e JOIN file x ON x.id=e.file WHERE x.vol='harddiskvolume2'"), 1);
  CHECK_EQ_STR(text(f, "SELECT k.name FROM alias a JOIN kind k USING(kind) LIMIT 1"), "pf");
  hk_facts_close(f);
}

TEST(test_facts__other_entities)
{
  struct hk_facts *const f = open_facts();
  static const char *const hosts[] = {"10.0.0.1", "::ffff:10.0.0.1", "-", "", "LOCAL", "\\\\PC01", "pc01", "fe80::1"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    const struct seen_record r = {.host = hk_str_of(hosts[i]), .url = HK_S("https://u:p@Evil.example:8443/a?b")};
    CHECK_EQ_INT(hk_facts_record(f, 0, &seen_record_type, 0, &r).code, HK_OK);
  }
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM host"), 3);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM host WHERE addr IS NOT NULL"), 2);
  CHECK_EQ_STR(text(f, "SELECT host FROM url"), "evil.example");
  hk_facts_close(f);
}

TEST(test_facts__coverage_and_refusals)
{
  struct hk_facts *const f = open_facts();
  struct hk_fact_cover c = {
      .module = "m", .kind = &idle, .state = HK_COVER_OFF, .lo = T0, .proof_kind = "pf", .why = HK_S("policy")};
  CHECK_EQ_INT(hk_facts_cover(f, &c).code, HK_OK);
  CHECK_EQ_STR(
      text(f, "SELECT k.name||state||(lo IS NOT NULL)||(hi IS NULL)||p.name FROM coverage c JOIN kind k USING(kind)"
              " JOIN kind p ON p.kind=c.proof_kind"),
      "idleoff11pf");
  static const struct hk_kind stranger = {"stranger", "s", "s"};
  c.kind = &stranger;
  CHECK_EQ_INT(hk_facts_cover(f, &c).code, HK_USAGE);
  const struct run_record r = {.name = HK_S("a")};
  CHECK_EQ_INT(hk_facts_record(f, 0, &run_record_type, 2, &r).code, HK_USAGE);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM kind"), 4);
  CHECK_EQ_INT(number(f, "SELECT count(*) FROM kind_verb"), 3);
  hk_facts_close(f);
}

TEST(test_facts__packed_file_is_complete_and_has_no_index)
{
  char path[1024];
  const char *const folder = getenv("HIKESHI_BUILD_DIR");
  snprintf(path, sizeof path, "%s/test_facts.sqlite", folder == NULL ? "." : folder);
  struct hk_facts *f = NULL;
  for (int again = 0; again < 2; again++) {
    CHECK_EQ_INT(hk_facts_create(hk_str_of(path), &world, &f).code, HK_OK);
    put_run(f, 0, 0, "A.EXE", "C:\\\xe8\xa1\xa8\\a.exe", T0);
    CHECK_EQ_INT(hk_facts_finish(f).code, HK_OK);
    CHECK_EQ_INT(number(f, "SELECT count(*) FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL"), 9);
    CHECK_EQ_INT(hk_facts_pack(f).code, HK_OK);
    CHECK_EQ_INT(number(f, "SELECT count(*) FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL"), 0);
    hk_facts_close(f);
  }
  sqlite3 *db = NULL;
  CHECK_EQ_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
  sqlite3_stmt *s = NULL;
  CHECK_EQ_INT(sqlite3_prepare_v2(db, "SELECT count(*) FROM event", -1, &s, NULL), SQLITE_OK);
  CHECK_EQ_INT(sqlite3_step(s), SQLITE_ROW);
  CHECK_EQ_INT(sqlite3_column_int64(s, 0), 1);
  sqlite3_finalize(s);
  sqlite3_close(db);
  remove(path);
}
