/* The report over a case built by hand: a mail attachment on one PC, with names that try to lie. The facts go in
   through the public interface; the answers are filled in here, so that nothing depends on rules.

   With HIKESHI_REPORT_OUT=<folder> the same outputs are written there for test_page.py and for people to look at. */
#include "check.h"

#include "answer/answer.h"
#include "base/json.h"
#include "report/html.h"
#include "report/measure.h"
#include "report/report.h"
#include "report/words.h"

/* ---- the case ---- */

static const struct hk_kind k_prefetch = {"prefetch", "prefetch", "prefetch"};
static const struct hk_kind k_mft = {"mft", "mft", "mft"};
static const struct hk_kind k_web = {"webcache", "webcache", "webcache"};
static const struct hk_kind k_process = {"process.4688", "security.evtx", "log.security"};
static const struct hk_kind k_cleared = {"sec.cleared", "security.evtx", "log.security"};
static const struct hk_kind k_logon = {"logon", "security.evtx", "log.security"};
static const struct hk_kind k_assist = {"userassist", "ntuser", "ntuser"};
static const struct hk_kind k_content = {"content", "content", "content"};
static const struct hk_kind k_store = {"mail.store", "mail.store", "mail.store"};
static const struct hk_kind k_sysmon = {"sysmon", "sysmon.evtx", "log.sysmon"};
static const struct hk_kind k_odd = {"odd<b>kind", "odd", "odd<b>group"};

#define RUN_FIELDS(F, R)                                                                                               \
  F(R, STR, executable_name, NONE, "実行ファイル名", "executable name")                                                \
  F(R, STR, path, PATH, "パス", "path")                                                                                \
  F(R, STR, loaded, PATH2, "読み込んだファイル", "file it read")                                                       \
  F(R, STR, user_sid, USER, "利用者の SID", "user SID")                                                                \
  F(R, INT, run_count, NONE, "実行回数", "run count")                                                                  \
  F(R, TIMES, run_times, WHEN, "実行日時", "run times")
HK_RECORD_STRUCT(run, RUN_FIELDS);
static const struct hk_kind *const run_kinds[] = {&k_prefetch, &k_process, &k_assist, &k_sysmon};
extern const struct hk_record_type run_record_type;
HK_RECORD_TYPE(run, RUN_FIELDS, .artifact = "Run", .verb = HK_EXECUTED, .proof = 3, .kinds = run_kinds, .n_kinds = 4,
               .title = {"プログラムの実行", "Program run"});

#define BIRTH_FIELDS(F, R)                                                                                             \
  F(R, STR, path, PATH, "パス", "path")                                                                                \
  F(R, STR, owner_sid, USER, "所有者の SID", "owner SID")                                                              \
  F(R, TIME, born_at, WHEN, "作成日時", "created")
HK_RECORD_STRUCT(birth, BIRTH_FIELDS);
static const struct hk_kind *const birth_kinds[] = {&k_mft};
extern const struct hk_record_type birth_record_type;
HK_RECORD_TYPE(birth, BIRTH_FIELDS, .artifact = "Birth", .verb = HK_CREATED, .proof = 2, .kinds = birth_kinds,
               .n_kinds = 1, .title = {"ファイルの作成", "File created"});

#define FETCH_FIELDS(F, R)                                                                                             \
  F(R, STR, url, URL, "URL", "URL")                                                                                    \
  F(R, STR, user_sid, USER, "利用者の SID", "user SID")                                                                \
  F(R, TIME, accessed_at, WHEN, "取得日時", "fetched")
HK_RECORD_STRUCT(fetch, FETCH_FIELDS);
static const struct hk_kind *const fetch_kinds[] = {&k_web};
extern const struct hk_record_type fetch_record_type;
HK_RECORD_TYPE(fetch, FETCH_FIELDS, .artifact = "Fetch", .verb = HK_DOWNLOADED, .proof = 3, .kinds = fetch_kinds,
               .n_kinds = 1, .title = {"Web からの取得", "Fetched from the web"});

#define CLEAR_FIELDS(F, R)                                                                                             \
  F(R, STR, channel, TEXT, "ログ", "log")                                                                              \
  F(R, STR, user_sid, USER, "利用者の SID", "user SID")                                                                \
  F(R, TIME, cleared_at, WHEN, "消去日時", "cleared")
HK_RECORD_STRUCT(clear, CLEAR_FIELDS);
static const struct hk_kind *const clear_kinds[] = {&k_cleared};
extern const struct hk_record_type clear_record_type;
HK_RECORD_TYPE(clear, CLEAR_FIELDS, .artifact = "Clear", .verb = HK_CLEARED, .proof = 3, .kinds = clear_kinds,
               .n_kinds = 1, .title = {"ログの消去", "Log cleared"});

#define READ_FIELDS(F, R)                                                                                              \
  F(R, STR, path, PATH, "パス", "path")                                                                                \
  F(R, STR, family, TEXT, "系統", "family")                                                                            \
  F(R, INT, verdict, NUMBER, "判定", "verdict")                                                                        \
  F(R, TIME, seen_at, WHEN, "日時", "time")
HK_RECORD_STRUCT(read, READ_FIELDS);
static const struct hk_kind *const read_kinds[] = {&k_content};
extern const struct hk_record_type read_record_type;
HK_RECORD_TYPE(read, READ_FIELDS, .artifact = "Read", .verb = HK_CONTENT, .timeless = true, .proof = 3,
               .kinds = read_kinds, .n_kinds = 1, .title = {"中身の確認", "Content read"});

static const struct hk_record_type *const world_types[] = {&run_record_type, &birth_record_type, &fetch_record_type,
                                                           &clear_record_type, &read_record_type};
static const struct hk_kind *const world_kinds[] = {&k_prefetch, &k_mft,     &k_web,   &k_process, &k_cleared, &k_logon,
                                                    &k_assist,   &k_content, &k_store, &k_sysmon,  &k_odd};

/* 2026-11-09T01:39:58Z, when the program ran (10:39:58 in Tokyo) */
static hk_time ran_at(void)
{
  return hk_time_from_civil(
      &(struct hk_civil){.year = 2026, .month = 11, .day = 9, .hour = 1, .minute = 39, .second = 58});
}

#define USER "C:\\Users\\suzuki.h\\"
#define OUTLOOK USER "AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\7QK2LMNP\\"
/* reads "…20261109js.xlsx" where right-to-left override is obeyed */
#define SCRIPT USER "AppData\\Local\\Temp\\Temp1_見積依頼_20261109.zip\\見積依頼_20261109\xE2\x80\xAExslx.js"
#define DROPPED USER "AppData\\Local\\Microsoft\\Windows\\INetCache\\IE\\N0V4W8RC\\upd8[1].tmp"
#define SID "S-1-5-21-1004336348-1177238915-682003330-1104"

/* Names an attacker would like to see obeyed; each must come out harmless. */
static const char *const liars[] = {
    "C:\\x\\<script>alert(1)</script>.exe",
    "C:\\x\\\"><img src=x onerror=alert(1)>.exe",
    "C:\\x\\&lt;b&gt;.exe",
    "C:\\x\\report\xE2\x80\xAE"
    "fdp.exe",
    "C:\\x\\a\xE2\x80\x8B"
    "b\xC2\xAD"
    "c.exe",
    "C:\\x\\trailing.exe ",
    "C:\\x\\bell\x07\x1b[31mred.exe",
    "C:\\x\\bad\xFF\xC0\xAFutf8.exe",
    "C:\\x\\\xF3\xA0\x81\x81tag\xEE\x80\x80private.exe",
    "C:\\x\\\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D.exe",
    "C:\\x\\</script><!--]]>.exe",
    "C:\\x\\nul\xE2\x80\xA8line\xE2\x80\xA9para.exe",
    "C:\\x\\{0}{1}%s%n.exe",
};
#define N_LIARS (sizeof liars / sizeof *liars)

struct sample {
  struct hk_facts *facts;
  struct hk_answers answers;
  struct hk_report_case c;
  int64_t artefact[8];
  struct hk_evidence evidence[64];
  struct hk_finding findings[4];
  struct hk_candidate candidates[3];
  int64_t lists[3][4];
};

static void must(hk_err e)
{
  if (e.code != HK_OK) printf("  %s: %s\n", hk_code_name(e.code), e.step);
  CHECK_EQ_INT(e.code, HK_OK);
}

static int64_t add_file(struct sample *s, const char *path, const char *how, const char *outcome, bool stored)
{
  static const uint8_t digest[32] = {0xab, 0xcd, 0xef};
  int64_t id = 0;
  const struct hk_fact_artefact a = {.path = hk_str_of(path),
                                     .how = how,
                                     .outcome = outcome,
                                     .offset = HK_NO_OFFSET,
                                     .size_bytes = 4096,
                                     .sha256 = stored ? digest : NULL};
  must(hk_facts_artefact(s->facts, &a, &id));
  must(hk_facts_artefact_done(s->facts, id, &a));
  return id;
}

static void add_cover(struct sample *s, const struct hk_kind *k, const char *instance, enum hk_cover_state state,
                      int64_t artefact, hk_time lo, const char *why)
{
  const struct hk_fact_cover c = {.artefact = artefact,
                                  .module = "sample",
                                  .kind = k,
                                  .instance = hk_str_of(instance),
                                  .state = state,
                                  .n = state == HK_COVER_EXAMINED ? 12 : 0,
                                  .lo = lo,
                                  .hi = lo == 0 ? 0 : ran_at() + 3 * HK_HOUR,
                                  .why = hk_str_of(why),
                                  .proof_kind = state == HK_COVER_OFF ? "prefetch" : NULL};
  must(hk_facts_cover(s->facts, &c));
}

/* The id of the event made last. */
static int64_t last_event(struct sample *s);

static void put_evidence(struct sample *s, size_t *n, const char *step, int proof, const struct hk_kind *k, hk_time at,
                         int64_t artefact)
{
  s->evidence[(*n)++] = (struct hk_evidence){
      .step = step, .event = last_event(s), .artefact = artefact, .proof = proof, .group = k->group, .at = at};
}

static void run(struct sample *s, size_t kind, int64_t artefact, const char *path, const char *loaded, hk_time at)
{
  const struct run_record r = {.executable_name = hk_str_of(path),
                               .path = hk_str_of(path),
                               .loaded = hk_str_of(loaded),
                               .user_sid = HK_S(SID),
                               .run_count = 1,
                               .run_times = {.v = &at, .n = 1}};
  must(hk_facts_record(s->facts, artefact, &run_record_type, kind, &r));
}

static void birth(struct sample *s, const char *path, hk_time at)
{
  const struct birth_record r = {.path = hk_str_of(path), .owner_sid = HK_S(SID), .born_at = at};
  must(hk_facts_record(s->facts, s->artefact[0], &birth_record_type, 0, &r));
}

static void fill_facts(struct sample *s, size_t n_noise, size_t *n_first, size_t *n_second)
{
  const hk_time t = ran_at();
  size_t n = 0;
  s->artefact[0] = add_file(s, "C:\\$MFT", "raw", "ok", true);
  s->artefact[1] = add_file(s, "C:\\Windows\\Prefetch\\UPD8[1].TMP-0C4F2A11.pf", "api", "ok", true);
  s->artefact[2] =
      add_file(s, USER "AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat", "shadow", "partial", true);
  s->artefact[3] = add_file(s, "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx", "api", "ok", true);
  s->artefact[4] = add_file(s, USER "NTUSER.DAT", "api", "damaged", true);
  s->artefact[5] = add_file(s, USER "Documents\\HELP_DECRYPT.TXT", "directory", "ok", true);
  s->artefact[6] = add_file(s, "C:\\Windows\\System32\\winevt\\Logs\\Microsoft-Windows-Sysmon%4Operational.evtx", "api",
                            "absent", false);
  s->artefact[7] = add_file(s, liars[1], "api", "crashed", false);

  birth(s, OUTLOOK "見積依頼_20261109.zip", t - 114 * HK_SECOND);
  put_evidence(s, &n, "arrived", 2, &k_mft, t - 114 * HK_SECOND, s->artefact[0]);
  birth(s, SCRIPT, t - 37 * HK_SECOND);
  put_evidence(s, &n, "opened", 2, &k_mft, t - 37 * HK_SECOND, s->artefact[0]);
  run(s, 0, s->artefact[1], "C:\\Windows\\System32\\wscript.exe", SCRIPT, t - 31 * HK_SECOND);
  put_evidence(s, &n, "executed", 3, &k_prefetch, t - 31 * HK_SECOND, s->artefact[1]);
  const struct fetch_record fetched = {.url = HK_S("http://cdn-docs.example.net/w/upd8.php?a=<b>"),
                                       .user_sid = HK_S(SID),
                                       .accessed_at = t - 17 * HK_SECOND};
  must(hk_facts_record(s->facts, s->artefact[2], &fetch_record_type, 0, &fetched));
  put_evidence(s, &n, "fetched", 3, &k_web, t - 17 * HK_SECOND, s->artefact[2]);
  run(s, 0, s->artefact[1], DROPPED, "", t);
  put_evidence(s, &n, "effect", 3, &k_prefetch, t, s->artefact[1]);
  run(s, 2, s->artefact[4], DROPPED, "", t + HK_SECOND / 2);
  put_evidence(s, &n, "effect", 2, &k_assist, t + HK_SECOND / 2, s->artefact[4]);
  *n_first = n;
  const struct clear_record cleared = {
      .channel = HK_S("Security"), .user_sid = HK_S(SID), .cleared_at = t + 417 * HK_SECOND};
  must(hk_facts_record(s->facts, s->artefact[3], &clear_record_type, 0, &cleared));
  put_evidence(s, &n, "cleared", 3, &k_cleared, t + 417 * HK_SECOND, s->artefact[3]);
  for (int i = 0; i < 5; i++) {
    static const char *const notes[] = {USER "Documents\\HELP_DECRYPT.TXT", USER "Desktop\\HELP_DECRYPT.TXT",
                                        USER "Pictures\\HELP_DECRYPT.TXT", USER "Downloads\\HELP_DECRYPT.TXT",
                                        "D:\\backup\\HELP_DECRYPT.TXT"};
    const struct read_record note = {.path = hk_str_of(notes[i]),
                                     .family = HK_S("cryptowall"),
                                     .verdict = HK_CONTENT_NOTE,
                                     .seen_at = i == 4 ? 0 : t + (425 + 60 * i) * HK_SECOND};
    must(hk_facts_record(s->facts, s->artefact[5], &read_record_type, 0, &note));
    put_evidence(s, &n, "note", 3, &k_content, note.seen_at, s->artefact[5]);
  }
  for (size_t i = 0; i < N_LIARS; i++) {
    run(s, 1, s->artefact[7], liars[i], liars[(i + 1) % N_LIARS], t + (hk_time)(900 + i) * HK_SECOND);
    put_evidence(s, &n, "liar", 1, &k_process, t + (hk_time)(900 + i) * HK_SECOND, s->artefact[7]);
  }
  *n_second = n;
  for (size_t i = 0; i < n_noise; i++) {
    char path[96];
    (void)snprintf(path, sizeof path, USER "AppData\\Local\\Temp\\d%03zu\\~wrk%05zu.tmp", i % 400, i);
    birth(s, path, t - 2 * HK_HOUR + (hk_time)i * HK_SECOND / 3);
  }
}

static void fill_cover(struct sample *s)
{
  const hk_time t = ran_at();
  add_cover(s, &k_mft, "C:", HK_COVER_EXAMINED, s->artefact[0], t - 400 * HK_DAY, "");
  add_cover(s, &k_prefetch, "C:\\Windows\\Prefetch", HK_COVER_EXAMINED, s->artefact[1], t - 12 * HK_DAY, "");
  add_cover(s, &k_web, "suzuki.h", HK_COVER_EXAMINED, s->artefact[2], t - 20 * HK_DAY, "");
  add_cover(s, &k_web, "tanaka.k", HK_COVER_DENIED, 0, 0, "sharing violation");
  add_cover(s, &k_process, "Security", HK_COVER_OFF, s->artefact[3], 0, "");
  add_cover(s, &k_logon, "Security", HK_COVER_EXAMINED, s->artefact[3], t + 417 * HK_SECOND, "log cleared");
  add_cover(s, &k_cleared, "Security", HK_COVER_EXAMINED, s->artefact[3], t + 417 * HK_SECOND, "log cleared");
  add_cover(s, &k_assist, "suzuki.h", HK_COVER_DAMAGED, s->artefact[4], 0,
            "hive bin <4> at \x1b[31m0x2000\xE2\x80\xAE");
  add_cover(s, &k_content, "documents", HK_COVER_EXAMINED, 0, 0, "");
  add_cover(s, &k_store, "mail", HK_COVER_ABSENT, 0, 0, "");
  add_cover(s, &k_sysmon, "Sysmon", HK_COVER_ABSENT, s->artefact[6], 0, "");
  add_cover(s, &k_assist, "tanaka.k", HK_COVER_EXAMINED, 0, t - 300 * HK_DAY, "");
  add_cover(s, &k_store, "mail kept elsewhere", HK_COVER_DENIED, 0, 0, "");
  add_cover(s, &k_odd, liars[0], HK_COVER_SKIPPED, s->artefact[7], 0, "over the budget");
}

static void fill_findings(struct sample *s, size_t n_first, size_t n_second)
{
  static const char *const caps[] = {"signed"};
  static struct hk_text cap_texts[] = {{"信頼された発行元の署名があります。", "Signed by a trusted publisher."}};
  s->findings[0] =
      (struct hk_finding){.id = 1,
                          .rule = "cause.mail.attach_exec",
                          .level = HK_LIKELY,
                          .base = HK_LIKELY,
                          .grade = 'B',
                          .weakest = "executed",
                          .claim = {"メール添付のプログラムが実行されました: 見積依頼_20261109<U+202E>xslx.js",
                                    "A program attached to a mail was run: 見積依頼_20261109<U+202E>xslx.js"},
                          .candidate = {"メールの添付ファイル", "Mail attachment"},
                          .evidence = s->evidence,
                          .n_evidence = n_first,
                          .n_groups = 4,
                          .weight = 90,
                          .attack = "T1566.001",
                          .questions = 1u << HK_Q_INFECTED | 1u << HK_Q_CAUSE};
  s->findings[1] = (struct hk_finding){.id = 2,
                                       .rule = "impact.notes",
                                       .level = HK_CONFIRMED,
                                       .base = HK_CONFIRMED,
                                       .grade = 'A',
                                       .weakest = "note",
                                       .claim = {"5 つの場所に脅迫文があります。", "Ransom notes lie in 5 places."},
                                       .candidate = {"", ""},
                                       .evidence = s->evidence + n_first,
                                       .n_evidence = n_second - n_first,
                                       .n_groups = 2,
                                       .weight = 80,
                                       .attack = "",
                                       .questions = 1u << HK_Q_INFECTED | 1u << HK_Q_IMPACT};
  s->findings[2] = (struct hk_finding){.id = 3,
                                       .rule = "cause.web_cache_exec",
                                       .level = HK_NO_SIGN,
                                       .base = HK_LIKELY,
                                       .explained = true,
                                       .grade = 'B',
                                       .weakest = "",
                                       .claim = {"Web から取得したプログラムが実行されました: setup.tmp",
                                                 "A program fetched from the web was run: setup.tmp"},
                                       .candidate = {"Web の閲覧", "Web browsing"},
                                       .caps = caps,
                                       .n_caps = 1,
                                       .cap_texts = cap_texts,
                                       .evidence = s->evidence,
                                       .n_evidence = 1,
                                       .weight = 50,
                                       .questions = 1u << HK_Q_CAUSE};
  s->answers.findings = s->findings;
  s->answers.n_findings = 3;
}

static void fill_answers(struct sample *s)
{
  static const char *const missing[] = {"process.4688", "mail.store", "sysmon", "odd<b>kind"};
  static const struct hk_text claims[HK_Q_COUNT] = {
      {"はい。この PC でファイルを暗号化するプログラムが動きました。",
       "Yes. A program that encrypts files ran on this PC."},
      {"メールに添付された zip の中の .js が開かれ、.tmp を取得して実行した可能性が高いです。",
       "Most likely a .js inside a mailed zip was opened, which fetched a .tmp and ran it."},
      {"5 つの場所に脅迫文が置かれました。", "Ransom notes were left in 5 places."},
      {"別の端末から操作された痕跡はありません。", "There is no sign of control from another machine."},
      {"確かめられない記録が 4 種類あります。", "Four kinds of records could not be checked."}};
  static const struct hk_text doubts[HK_Q_COUNT] = {
      {"収集した時点で動いているかどうかは調べていません。",
       "Whether it was still running when collected was not examined."},
      {".tmp を何が起動したかの記録がありません。", "Nothing records what started the .tmp."},
      {"共有フォルダーの被害は、この PC の記録だけでは判断できません。",
       "Damage on shares cannot be told from this PC alone."},
      {"Security ログは 10:46 に消去されています。", "The Security log was cleared at 10:46."},
      {"メールの本文はサーバー側にあります。", "The mail itself is on the server."}};
  static const enum hk_level levels[HK_Q_COUNT] = {HK_CONFIRMED, HK_LIKELY, HK_CONFIRMED, HK_NO_SIGN, HK_CANNOT_SAY};
  static const size_t groups[HK_Q_COUNT] = {5, 4, 2, 1, 0};
  s->answers.window_hi = ran_at() + 3 * HK_HOUR;
  s->answers.window_lo = s->answers.window_hi - 30 * HK_DAY;
  s->lists[0][0] = 1;
  s->lists[0][1] = 2;
  s->lists[1][0] = 1;
  s->lists[2][0] = 2;
  s->candidates[0] = (struct hk_candidate){.name = {"メールの添付ファイル", "Mail attachment"}, .level = HK_LIKELY};
  s->candidates[1] = (struct hk_candidate){.name = {"Web の閲覧", "Web browsing"}, .level = HK_NO_SIGN};
  for (int q = 0; q < HK_Q_COUNT; q++)
    s->answers.answers[q] = (struct hk_answer){.question = (enum hk_question)q,
                                               .level = levels[q],
                                               .n_groups = groups[q],
                                               .claim = claims[q],
                                               .doubt = doubts[q]};
  s->answers.answers[HK_Q_INFECTED].findings = s->lists[0];
  s->answers.answers[HK_Q_INFECTED].n_findings = 2;
  s->answers.answers[HK_Q_CAUSE].findings = s->lists[1];
  s->answers.answers[HK_Q_CAUSE].n_findings = 1;
  s->answers.answers[HK_Q_CAUSE].candidates = s->candidates;
  s->answers.answers[HK_Q_CAUSE].n_candidates = 2;
  s->answers.answers[HK_Q_CAUSE].n_explained = 1;
  s->answers.answers[HK_Q_IMPACT].findings = s->lists[2];
  s->answers.answers[HK_Q_IMPACT].n_findings = 1;
  s->answers.answers[HK_Q_MISSED].missing = missing;
  s->answers.answers[HK_Q_MISSED].n_missing = 4;
  s->answers.answers[HK_Q_MISSED].no_sign_since = ran_at() + 418 * HK_SECOND;
}

static void fill_case(struct sample *s, bool japanese)
{
  s->c =
      (struct hk_report_case){.case_id = HK_S("HK-2026-1109-01"),
                              .operator_name = HK_S("高橋"),
                              .reason = HK_S("ファイルが開けない <urgent>"),
                              .host = HK_S("SALES-PC07"),
                              .os_name = HK_S("Windows 10 22H2 (19045)"),
                              .domain = HK_S("EXAMPLE"),
                              .address = HK_S("192.0.2.107"),
                              .time_zone = HK_S("Tokyo Standard Time"),
                              .utc_offset_minutes = 540,
                              .started_at = ran_at() + 2 * HK_HOUR + 32 * HK_MINUTE,
                              .finished_at = ran_at() + 2 * HK_HOUR + 40 * HK_MINUTE + 17 * HK_SECOND,
                              .archive_name = HK_S("HIKESHI_SALES-PC07_20261109T041258Z.zip"),
                              .archive_bytes = 187904512,
                              .tool_version = HK_S("0.1.0"),
                              .tool_sha256 = HK_S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
                              .command_line = HK_S("hikeshi.exe collect --out E:\\"),
                              .confinement = HK_S("restricted token, low integrity, job object"),
                              .japanese = japanese};
  memcpy(s->c.evidence_sha256, "8beb1391b65f013ae8f395e5033faf0ceb90dbb50fd758c939d449788b3be580", 65);
}

#include <sqlite3.h>
static int64_t last_event(struct sample *s)
{
  sqlite3_stmt *q = NULL;
  CHECK_EQ_INT(sqlite3_prepare_v2(hk_facts_db(s->facts), "SELECT max(id) FROM event", -1, &q, NULL), SQLITE_OK);
  CHECK_EQ_INT(sqlite3_step(q), SQLITE_ROW);
  const int64_t id = sqlite3_column_int64(q, 0);
  sqlite3_finalize(q);
  return id;
}

static void sample_open(struct sample *s, bool japanese, size_t n_noise)
{
  size_t n_first = 0;
  size_t n_second = 0;
  *s = (struct sample){0};
  must(hk_facts_create(
      hk_str_of(""), &(struct hk_facts_world){.types = world_types, .n_types = 5, .kinds = world_kinds, .n_kinds = 11},
      &s->facts));
  fill_facts(s, n_noise, &n_first, &n_second);
  fill_cover(s);
  must(hk_facts_finish(s->facts));
  fill_findings(s, n_first, n_second);
  fill_answers(s);
  fill_case(s, japanese);
}

/* A PC about which nothing is known at all. */
static void sample_open_empty(struct sample *s)
{
  static const struct hk_text unknown = {"記録がないため判断できません。", "There are no records to tell from."};
  *s = (struct sample){0};
  must(hk_facts_create(
      hk_str_of(""), &(struct hk_facts_world){.types = world_types, .n_types = 5, .kinds = world_kinds, .n_kinds = 11},
      &s->facts));
  must(hk_facts_finish(s->facts));
  fill_case(s, false);
  s->c = (struct hk_report_case){.started_at = ran_at(), .finished_at = ran_at() + HK_MINUTE};
  s->answers.window_hi = ran_at();
  for (int q = 0; q < HK_Q_COUNT; q++)
    s->answers.answers[q] = (struct hk_answer){
        .question = (enum hk_question)q, .level = HK_CANNOT_SAY, .claim = unknown, .doubt = {"", ""}};
}

static void sample_close(struct sample *s)
{
  hk_facts_close(s->facts);
}

/* ---- outputs ---- */

struct sink {
  struct hk_out out; /* first: write gets a pointer to it */
  struct hk_buf b;
  FILE *copy;
};

static hk_err sink_write(struct hk_out *self, const void *p, size_t n)
{
  struct sink *const s = (struct sink *)self;
  hk_buf_add(&s->b, p, n);
  if (s->copy != NULL) (void)fwrite(p, 1, n, s->copy);
  return s->b.failed ? hk_fail(HK_MEMORY, "write to memory", HK_NO_OFFSET) : hk_ok();
}

static void sink_open(struct sink *s, const char *name)
{
  char path[1024];
  const char *const dir = getenv("HIKESHI_REPORT_OUT");
  *s = (struct sink){.out = {.write = sink_write}};
  hk_buf_init(&s->b, (size_t)256 << 20);
  if (dir == NULL) return;
  (void)snprintf(path, sizeof path, "%s/%s", dir, name);
  s->copy = fopen(path, "wb");
  CHECK(s->copy != NULL);
}

static void sink_close(struct sink *s)
{
  if (s->copy != NULL) (void)fclose(s->copy);
  hk_buf_done(&s->b);
}

static bool has(const struct sink *s, const char *needle)
{
  const size_t n = strlen(needle);
  for (size_t i = 0; n > 0 && i + n <= s->b.n; i++)
    if (s->b.p[i] == (uint8_t)needle[0] && memcmp(s->b.p + i, needle, n) == 0) return true;
  return false;
}

static size_t count(const struct sink *s, const char *needle)
{
  const size_t n = strlen(needle);
  size_t found = 0;
  for (size_t i = 0; i + n <= s->b.n; i++)
    found += memcmp(s->b.p + i, needle, n) == 0;
  return found;
}

/* Nothing invisible, direction-changing or below space but line ends stands in the bytes; and they are UTF-8. */
static void check_harmless(const struct sink *s)
{
  const hk_str all = hk_buf_view(&s->b);
  CHECK(hk_str_valid(all));
  for (size_t i = 0; i < all.n;) {
    const uint32_t c = hk_str_next(all, &i);
    if (c != '\n' && hk_char_is_hostile(c)) printf("  U+%04X before byte %zu\n", (unsigned)c, i);
    CHECK(c == '\n' || !hk_char_is_hostile(c));
  }
}

TEST(test_report__page_says_every_answer_in_both_languages)
{
  struct sample s;
  struct sink o;
  sample_open(&s, true, 40);
  sink_open(&o, "ja.html");
  must(hk_report_html(s.facts, &s.answers, &s.c, &o.out));
  CHECK(has(&o, "<html lang=\"ja\""));
  for (int q = 0; q < HK_Q_COUNT; q++) {
    CHECK(has(&o, s.answers.answers[q].claim.ja));
    CHECK(has(&o, s.answers.answers[q].claim.en));
    CHECK(has(&o, s.answers.answers[q].doubt.ja));
    CHECK(has(&o, s.answers.answers[q].doubt.en));
  }
  CHECK_EQ_INT(count(&o, "<article class=\"ans\""), 5);
  check_harmless(&o);
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__language_first_shown_is_the_cases)
{
  struct sample s;
  struct sink o;
  sample_open(&s, false, 0);
  sink_open(&o, "en.html");
  must(hk_report_html(s.facts, &s.answers, &s.c, &o.out));
  CHECK(has(&o, "<html lang=\"en\""));
  CHECK(has(&o, "value=\"en\" checked"));
  CHECK(!has(&o, "value=\"ja\" checked"));
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__hostile_names_are_shown_and_never_obeyed)
{
  struct sample s;
  struct sink o;
  sample_open(&s, true, 0);
  sink_open(&o, "hostile.html");
  must(hk_report_html(s.facts, &s.answers, &s.c, &o.out));
  check_harmless(&o);
  CHECK(!has(&o, "<script>alert"));
  CHECK(!has(&o, "<img"));
  CHECK(has(&o, "<span class=\"esc\">&lt;U+202E&gt;</span>"));
  CHECK(has(&o, "<span class=\"esc\">&lt;U+0007&gt;</span>"));
  CHECK(has(&o, "trailing.exe<span class=\"esc\">&lt;U+0020&gt;</span>"));
  CHECK(has(&o, "<span class=\"esc\">&lt;U+003C&gt;</span>script"));
  CHECK(has(&o, "C:\\<wbr>x\\<wbr>&amp;lt;b&amp;gt;.exe")); /* a name that looks like an entity stays what it is */
  CHECK(has(&o, "hive bin &lt;4&gt; at &lt;U+001B&gt;[31m0x2000&lt;U+202E&gt;"));
  CHECK(has(&o, "&lt;urgent&gt;") || has(&o, "U+003C&gt;</span>urgent"));
  CHECK_EQ_INT(count(&o, "</script>"), 3); /* the page's own three */
  CHECK_EQ_INT(count(&o, " style="), 0);
  CHECK_EQ_INT(count(&o, "<!--"), 0);
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__a_pc_without_records_still_gets_five_answers)
{
  struct sample s;
  struct sink o;
  struct sink j;
  sample_open_empty(&s);
  sink_open(&o, "empty.html");
  sink_open(&j, "empty.json");
  must(hk_report_html(s.facts, &s.answers, &s.c, &o.out));
  must(hk_report_answers_json(s.facts, &s.answers, &s.c, &j.out));
  CHECK_EQ_INT(count(&o, "<article class=\"ans\""), 5);
  check_harmless(&o);
  sink_close(&o);
  sink_close(&j);
  sample_close(&s);
}

TEST(test_report__answers_without_a_time_of_collection_are_refused)
{
  struct sample s;
  struct sink j;
  sample_open_empty(&s);
  s.c.finished_at = HK_TIME_UNKNOWN;
  sink_open(&j, "refused.json");
  CHECK_EQ_INT(hk_report_answers_json(s.facts, &s.answers, &s.c, &j.out).code, HK_USAGE);
  sink_close(&j);
  sample_close(&s);
}

TEST(test_report__answers_json_is_harmless_bytes)
{
  struct sample s;
  struct sink j;
  sample_open(&s, true, 40);
  sink_open(&j, "answers.json");
  must(hk_report_answers_json(s.facts, &s.answers, &s.c, &j.out));
  check_harmless(&j);
  CHECK(!has(&j, "<"));
  CHECK(has(&j, "\"format\":\"hikeshi-answers\""));
  CHECK(has(&j, "\\u202exslx.js"));
  sink_close(&j);
  sample_close(&s);
}

TEST(test_report__timeline_has_every_timed_event_once_in_order)
{
  struct sample s;
  struct sink o;
  sample_open(&s, true, 300);
  sink_open(&o, "timeline.jsonl");
  must(hk_report_timeline(s.facts, &o.out));
  check_harmless(&o);
  /* 6 + 1 + 4 timed notes + liars + noise; the note without a time is not there */
  CHECK_EQ_INT(count(&o, "\n"), 11 + N_LIARS + 300);
  CHECK_EQ_INT(count(&o, "\"timestamp_desc\":"), 11 + N_LIARS + 300);
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__coverage_json_has_every_row)
{
  struct sample s;
  struct sink o;
  sample_open(&s, true, 0);
  sink_open(&o, "coverage.json");
  must(hk_report_coverage_json(s.facts, &o.out));
  check_harmless(&o);
  CHECK_EQ_INT(count(&o, "\"state\":"), 14);
  CHECK(has(&o, "\"proven_by\":\"prefetch\""));
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__summary_is_plain_text_in_one_language)
{
  struct sample s;
  struct hk_buf b;
  sample_open(&s, true, 0);
  s.answers.answers[0].claim.en = "Yes \x1b[31mred\xE2\x80\xAE";
  hk_buf_init(&b, 1 << 16);
  must(hk_report_summary(&s.answers, false, &b));
  hk_buf_u8(&b, 0);
  CHECK(strstr((const char *)b.p, "Yes <U+001B>[31mred<U+202E>") != NULL);
  CHECK(strstr((const char *)b.p, "Is it infected?") != NULL);
  CHECK(strstr((const char *)b.p, "感染") == NULL);
  hk_buf_done(&b);
  sample_close(&s);
}

TEST(test_report__a_full_page_keeps_to_its_limits)
{
  struct sample s;
  struct sink o;
  sample_open(&s, true, 120000);
  sink_open(&o, "big.html");
  must(hk_report_html(s.facts, &s.answers, &s.c, &o.out));
  CHECK_EQ_INT(count(&o, "</td></tr>\n") > 500, 1);
  const size_t n_rows =
      count(&o, ",\n[") + 1; /* data: cited rows may lie among the nearest ones, so a few places stay free */
  CHECK(n_rows <= 100000 && n_rows >= 100000 - 64);
  CHECK_EQ_INT(
      count(&o, "\n<tr class=\"k\"><td class=\"nw\">") + count(&o, "\n<tr><td class=\"nw\">2026-11-09 ") <= 560, 1);
  CHECK_EQ_INT(count(&o, "<tr class=\"k\">"), 11 + N_LIARS); /* cited rows are there, however far from the others */
  check_harmless(&o);
  sink_close(&o);
  sample_close(&s);
}

TEST(test_report__an_error_of_the_output_is_passed_on)
{
  struct sample s;
  struct sink o = {.out = {.write = sink_write}};
  sample_open(&s, true, 3000);
  hk_buf_init(&o.b, 20000);
  CHECK_EQ_INT(hk_report_html(s.facts, &s.answers, &s.c, &o.out).code, HK_MEMORY);
  CHECK_EQ_INT(o.b.n <= 20000, 1);
  hk_buf_done(&o.b);
  sample_close(&s);
}

/* ---- the parts ---- */

TEST(test_html__number_has_thousands)
{
  char n[32];
  CHECK_EQ_STR(hk_words_number(0, n), "0");
  CHECK_EQ_STR(hk_words_number(999, n), "999");
  CHECK_EQ_STR(hk_words_number(1000, n), "1,000");
  CHECK_EQ_STR(hk_words_number(UINT64_MAX, n), "18,446,744,073,709,551,615");
}

TEST(test_html__base64_pads)
{
  char out[16];
  /* RFC 4648, section 10 */
  static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
  static const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (size_t i = 0; i < 7; i++) {
    hk_base64((const uint8_t *)plain[i], strlen(plain[i]), out);
    CHECK_EQ_STR(out, coded[i]);
  }
}

TEST(test_html__clock_is_local_and_empty_when_unknown)
{
  char clock[HK_CLOCK_SIZE];
  CHECK_EQ_STR(hk_clock(ran_at(), 540, clock), "2026-11-09 10:39:58");
  CHECK_EQ_STR(hk_clock(ran_at(), -210, clock), "2026-11-08 22:09:58");
  CHECK_EQ_STR(hk_clock(HK_TIME_UNKNOWN, 540, clock), "");
  CHECK_EQ_STR(hk_clock(1, -60, clock), "");
  CHECK_EQ_STR(hk_clock(HK_TIME_MAX, 60, clock), "");
}

TEST(test_words__placeholders_are_filled_and_strangers_kept)
{
  struct hk_arena a;
  hk_arena_init(&a, 1 << 16);
  const hk_str args[] = {HK_S("{1}"), HK_S("b")};
  CHECK_EQ_STR(hk_words_fill(&a, HK_TEXT_COVER_SOME, args, 2).en, "{1} of b");
  CHECK_EQ_STR(hk_words_fill(&a, HK_TEXT_COVER_SOME, args, 0).en, " of ");
  CHECK_EQ_STR(hk_words_group(&a, HK_S("prefetch")).en, "Prefetch");
  CHECK_EQ_STR(hk_words_group(&a, HK_S("no such group")).ja, "no such group");
  hk_arena_done(&a);
}

TEST(test_words__every_verb_and_level_has_words)
{
  for (int v = 0; v < HK_VERB_COUNT; v++) {
    CHECK(hk_words_happened((enum hk_verb)v, HK_NO_INT).ja[0] != 0);
    CHECK(hk_words_happened((enum hk_verb)v, HK_NO_INT).en[0] != 0);
  }
  CHECK_EQ_STR(hk_words_happened(HK_SESSION, HK_NO_INT).en, "Another machine was connected");
  CHECK_EQ_STR(hk_words_happened(HK_CONTENT, HK_CONTENT_NOTE).en, "A ransom note was found");
  CHECK_EQ_STR(hk_words_level(HK_CONFIRMED).en, "Confirmed");
  CHECK_EQ_STR(hk_words_level(HK_CANNOT_SAY).ja, "判断できません");
  CHECK_EQ_STR(hk_words_level_meaning(HK_CONFIRMED).en, "two or more independent sources, nothing against");
  CHECK_EQ_STR(hk_words_question(HK_Q_MISSED).en, "What have we missed?");
  CHECK_EQ_STR(hk_words_shown(HK_SHOWN_NA).en, "Not collected");
  CHECK_EQ_STR(hk_words_shown_meaning(HK_SHOWN_NA).en, "not on this PC, or outside this collection");
}

TEST(test_words__every_text_is_in_both_languages)
{
  for (int i = 0; i < HK_TEXT_COUNT; i++) {
    CHECK(hk_text((enum hk_text_id)i, true)[0] != 0);
    CHECK(hk_text((enum hk_text_id)i, false)[0] != 0);
  }
}

TEST(test_measure__wraps_latin_at_spaces_and_never_before_a_full_stop)
{
  struct hk_arena a;
  hk_str lines[3];
  hk_arena_init(&a, 1 << 16);
  CHECK_EQ_INT(hk_measure_wrap(&a, HK_S("one two three"), 56 * 8, lines, 3), 2);
  CHECK_EQ_BYTES(lines[0].p, lines[0].n, "one two");
  CHECK_EQ_BYTES(lines[1].p, lines[1].n, "three");
  CHECK_EQ_INT(hk_measure_wrap(&a, HK_S("実行しました。"), 600, lines, 3), 2);
  CHECK_EQ_BYTES(lines[1].p, lines[1].n, "た。");
  CHECK_EQ_INT(hk_measure_wrap(&a, HK_S("実行しました。実行しました。"), 500, lines, 1), 1);
  CHECK_EQ_BYTES(lines[0].p, lines[0].n, "実行しま…");
  CHECK_EQ_INT(hk_measure_wrap(&a, HK_S("ファイル内容"), 530, lines, 3), 2);
  CHECK_EQ_BYTES(lines[0].p, lines[0].n, "ファイル");
  CHECK_EQ_INT(hk_measure_wrap(&a, HK_S(""), 500, lines, 1), 0);
  hk_arena_done(&a);
}

TEST(test_measure__middle_keeps_the_extension)
{
  struct hk_arena a;
  hk_arena_init(&a, 1 << 16);
  const hk_str s = hk_measure_middle(&a, HK_S("abcdefghijklmnopqrstuvwxyz.exe"), 56 * 12);
  CHECK_EQ_BYTES(s.p + s.n - 4, 4, ".exe");
  CHECK(hk_measure(s) <= 56 * 12);
  CHECK_EQ_BYTES(hk_measure_middle(&a, HK_S("short"), 2000).p, 5, "short");
  hk_arena_done(&a);
}
