/* Commands and options, in the order in which help shows them. */
#include "run/option_table.h"

#include <string.h>

#include "run/keys.h"

#define ON(command) HK_ON(HK_CMD_##command)
#define ALL_COMMANDS UINT32_MAX
#define READING (ON(COLLECT) | ON(ANALYZE) | ON(VERIFY) | ON(UNPACK) | ON(CAT))
#define AT(member) offsetof(struct hk_options, member)

const struct hk_command_row hk_commands[HK_CMD_COUNT] = {
    [HK_CMD_COLLECT] = {.name = "collect",
                        .operands = "",
                        .what = {"この PC（または --source）の証拠を集め、調べ、封をしたアーカイブを作る",
                                 "gather the evidence of this PC (or --source), examine it, seal an archive"}},
    [HK_CMD_ANALYZE] = {.name = "analyze",
                        .operands = "ARCHIVE|IMAGE|DIR", .least = 1, .most = 1,
                        .what = {"集めた証拠をもう一度調べる（新しい規則で、どの OS でも）",
                                 "examine collected evidence again (newer rules, any system)"}},
    [HK_CMD_PARSE] = {.name = "parse",
                      .operands = "MODULE FILE...", .least = 2, .most = SIZE_MAX,
                      .what = {"個々のファイルの記録を JSONL で標準出力へ書く", "print the records of loose files as JSONL"}},
    [HK_CMD_VERIFY] = {.name = "verify",
                       .operands = "ARCHIVE", .least = 1, .most = 1,
                       .what = {"アーカイブを確かめる。--recover OUT で途中で切れたものから救い出す",
                                "check an archive; --recover OUT saves what a cut-off one holds"}},
    [HK_CMD_LIST] = {.name = "list",
                     .operands = "modules|records|artefacts|profiles|rules|exit-codes", .least = 1, .most = 1,
                     .what = {"何を集め、どんな記録を作り、何を判断するかを表示する",
                              "show what is collected, which records are made, what is judged"}},
    [HK_CMD_LS] = {.name = "ls",
                   .operands = "IMAGE|DRIVE [GLOB]", .least = 1, .most = 2,
                   .what = {"NTFS のすべてのファイルを $MFT から一覧にする", "list every file of NTFS volumes from the $MFT"}},
    [HK_CMD_CAT] = {.name = "cat",
                    .operands = "SOURCE PATH[:STREAM]", .least = 2, .most = 2,
                    .what = {"ファイル 1 つの中身を標準出力へ書く", "write the bytes of one file to standard output"}},
    [HK_CMD_UNPACK] = {.name = "unpack",
                       .operands = "ARCHIVE", .least = 1, .most = 1,
                       .what = {"アーカイブの証拠を元のフォルダー構成（KAPE 形式）と時刻で書き出す",
                                "write the evidence of an archive as a tree with its true paths and times (KAPE's form)"}},
    [HK_CMD_SELFTEST] = {.name = "selftest",
                         .operands = "",
                         .what = {"この PC で何ができるかを試して表にする", "try what works on this PC and show a table"}},
    [HK_CMD_EMBED] = {.name = "embed",
                      .operands = "[PROGRAM]", .most = 1,
                      .what = {"設定を入れたプログラムを作る（--config FILE -o NEW.exe）", "make a program that has its settings inside (--config FILE -o NEW.exe)"}},
    [HK_CMD_KEYGEN] = {.name = "keygen",
                       .operands = "",
                       .what = {"鍵の対を作る（暗号化用。--sign なら署名用）", "make a key pair (for encryption; with --sign, for signatures)"}},
    [HK_CMD_VERSION] = {.name = "version", .operands = "", .what = {"版を表示する", "show the version"}},
    [HK_CMD_HELP] = {.name = "help", .operands = "[COMMAND]", .most = 1, .what = {"この説明", "this help"}},
};

const struct hk_option_row hk_option_rows[] = {
    {.name = "--out", .value_name = "DIR", .value = HK_OPTION_TEXT, .offset = AT(out), .must = true,
     .on = HK_EXAMINING | ON(UNPACK) | ON(SELFTEST),
     .what = {"出力先のフォルダー（なければ作る。- なら標準出力へ〔collect〕。既定: プログラムのあるフォルダー、analyze は今のフォルダーの「名前.analysis」、unpack は「名前.unpacked」）",
              "folder for the output, made when missing; - : archive to standard output (collect) (default: where the program is; analyze: NAME.analysis here; unpack: NAME.unpacked)"}},
    {.name = "--source", .value_name = "DIR|IMAGE|ARCHIVE", .value = HK_OPTION_TEXT, .offset = AT(source), .must = true, .on = ON(COLLECT),
     .what = {"この PC の代わりに調べるもの", "collect from this instead of this PC"}},
    {.name = "--no-state", .value = HK_OPTION_FLAG, .offset = AT(no_state), .on = ON(COLLECT),
     .what = {"動作中のプロセス、接続、共有などを Windows に尋ねない（この PC の場合）",
              "do not ask this PC's Windows for processes, connections, shares and the like"}},
    {.name = "--profile", .value_name = "NAME", .value = HK_OPTION_TEXT, .offset = AT(profile), .must = true, .on = HK_EXAMINING | ON(LIST),
     .what = {"集める範囲: quick、standard（既定）、full、server（hikeshi list profiles）",
              "how much: quick, standard (default), full, server (hikeshi list profiles)"}},
    {.name = "--artefacts", .value_name = "FILE|DIR", .value = HK_OPTION_MANY, .offset = AT(artefacts), .must = true, .on = HK_EXAMINING | ON(LIST),
     .what = {"定義を追加する（ForensicArtifacts の YAML、KAPE の .tkape。繰り返しまたはコンマ区切り）",
              "add definitions (ForensicArtifacts YAML, KAPE .tkape); may be repeated, or a list with commas"}},
    {.name = "--dry-run", .value = HK_OPTION_FLAG, .offset = AT(dry_run), .on = HK_EXAMINING,
     .what = {"集めるファイル、件数、サイズを表示するだけ", "only show the files, counts and bytes"}},
    {.name = "--case", .value_name = "ID", .value = HK_OPTION_TEXT, .offset = AT(case_id), .on = HK_EXAMINING,
     .what = {"事案番号", "case id"}},
    {.name = "--operator", .value_name = "NAME", .value = HK_OPTION_TEXT, .offset = AT(operator_name), .on = HK_EXAMINING,
     .what = {"採取者", "who collects"}},
    {.name = "--reason", .value_name = "TEXT", .value = HK_OPTION_TEXT, .offset = AT(reason), .on = HK_EXAMINING,
     .what = {"採取の理由", "why"}},
    {.name = "--since", .value_name = "TIME", .value = HK_OPTION_TEXT, .offset = AT(since), .must = true, .on = HK_EXAMINING,
     .what = {"「痕跡なし」と言う期間の始まり（例 2026-03-01T00:00:00Z、既定は 30 日前）",
              "start of the window for \"no sign\" (2026-03-01T00:00:00Z; default 30 days back)"}},
    {.name = "--until", .value_name = "TIME", .value = HK_OPTION_TEXT, .offset = AT(until), .must = true, .on = HK_EXAMINING,
     .what = {"その期間の終わり（既定は今。過去に集めた証拠では採取の時刻を指定する）",
              "end of that window (default now; for evidence taken earlier, when it was taken)"}},
    {.name = "--only-modules", .value_name = "A,B", .value = HK_OPTION_MODULES, .offset = AT(modules_off), .must = true, .on = HK_EXAMINING,
     .what = {"これらのモジュールだけで調べる（hikeshi list modules）。収集するものは変わらない",
              "examine with these modules only (hikeshi list modules); what is collected stays the same"}},
    {.name = "--no-MODULE", .value = HK_OPTION_NOT_ONE, .offset = AT(modules_off), .on = HK_EXAMINING,
     .what = {"そのモジュールでは調べない（--no-eventlog、--no-yara など）", "do not examine with that module (--no-eventlog, --no-yara …)"}},
    {.name = "--ntp", .value_name = "HOST", .value = HK_OPTION_TEXT, .offset = AT(ntp), .must = true, .on = HK_EXAMINING,
     .what = {"PC の時計のずれをこの NTP サーバーに尋ねて記録する（指定しなければ通信しない）",
              "ask this NTP server how far the clock is off, and record it (no network without)"}},
    {.name = "--max-total", .value_name = "BYTES", .value = HK_OPTION_SIZE, .offset = AT(max_total_bytes), .must = true, .on = ON(COLLECT),
     .what = {"証拠として読む量の上限（500M、2G など）。価値の高いものから集める",
              "read at most so much evidence (500M, 2G …), most valuable first"}},
    {.name = "--time-limit", .value_name = "MINUTES", .value = HK_OPTION_NUMBER, .offset = AT(time_limit_minutes), .must = true, .most = 100000, .on = HK_EXAMINING,
     .what = {"この時間が過ぎたら集めるのをやめて封をする", "stop taking after so long, then seal"}},
    {.name = "--background", .value = HK_OPTION_FLAG, .offset = AT(background), .on = HK_EXAMINING,
     .what = {"使っている人の邪魔をしない: CPU とディスクの優先度を下げ、CPU は全体の 20% まで（--cpu で変更）",
              "do not disturb who works there: low priority for CPU and disk, at most 20 % of all processors (--cpu changes it)"}},
    {.name = "--cpu", .value_name = "PERCENT", .value = HK_OPTION_NUMBER, .offset = AT(cpu_percent), .must = true, .most = 100, .on = HK_EXAMINING,
     .what = {"CPU 使用の上限（全プロセッサに対する %）", "ceiling on processor time, in percent of all processors"}},
    {.name = "--config", .value_name = "FILE", .value = HK_OPTION_TEXT, .offset = AT(config), .must = true, .on = ON(EMBED),
     .what = {"設定のファイル: 1 行に「キー = 値」。キーはオプション名から -- を除いたもの", "file of settings, a line each: key = value; keys are option names without --"}},
    {.name = "--out", .value_name = "NEW.exe", .value = HK_OPTION_TEXT, .offset = AT(out), .must = true, .on = ON(EMBED),
     .what = {"作るプログラム（-o も可。あるものは上書きしない）", "the program to make (-o, too; nothing is overwritten)"}},
    {.name = "--shadow", .value_name = "none|latest|all", .value = HK_OPTION_TEXT, .offset = AT(shadow), .must = true, .on = ON(COLLECT),
     .what = {"シャドウコピーも調べる（既定 latest: 各ボリュームの最新。変わったものだけを保存。all: 最大 64 個・30 分）",
              "shadow copies, too (default latest: the newest of each volume; only what differs is stored; all: at most 64, 30 minutes)"}},
    {.name = "--recover", .value_name = "OUT", .value = HK_OPTION_TEXT, .offset = AT(recover), .must = true, .on = ON(VERIFY),
     .what = {"完成した部分を新しいアーカイブ OUT に書き出す", "write what is whole to a new archive OUT"}},
    {.name = "--recipient", .value_name = "age1…", .value = HK_OPTION_LIST, .offset = AT(recipients), .must = true, .on = ON(COLLECT) | ON(EMBED),
     .what = {"この公開鍵（age）の持ち主だけが開けるように暗号化する（何度でも指定可）",
              "encrypt so that only the holder of this key (age) can open it (may be given again)"}},
    {.name = "--recipients-file", .value_name = "FILE", .value = HK_OPTION_TEXT, .offset = AT(recipients_file), .must = true, .on = ON(COLLECT),
     .what = {"受取人の公開鍵を並べたファイル", "a file of such keys"}},
    {.name = "--passphrase", .value = HK_OPTION_FLAG, .offset = AT(passphrase), .on = READING | ON(KEYGEN),
     .what = {"パスフレーズで暗号化する、または開く（画面で尋ねる。環境変数 " HK_PASSPHRASE_VARIABLE " も可）",
              "encrypt with a passphrase, or open with it (asked for, or in the variable " HK_PASSPHRASE_VARIABLE ")"}},
    {.name = "--passphrase-file", .value_name = "FILE", .value = HK_OPTION_TEXT, .offset = AT(passphrase_file), .must = true, .on = READING | ON(KEYGEN),
     .what = {"パスフレーズをこのファイルの 1 行目から読む", "take the passphrase from the first line of this file"}},
    {.name = "--identity", .value_name = "FILE", .value = HK_OPTION_LIST, .offset = AT(identities), .must = true, .on = READING,
     .what = {"暗号化されたアーカイブを開く秘密鍵のファイル（AGE-SECRET-KEY-1…）", "file with the secret key that opens an encrypted archive"}},
    {.name = "--sign", .value_name = "KEYFILE", .value = HK_OPTION_TEXT, .offset = AT(sign_key), .must = true, .on = ON(COLLECT),
     .what = {"アーカイブに署名する（minisign の秘密鍵）。署名は「名前.minisig」", "sign the archive with this key of minisign: NAME.minisig"}},
    {.name = "--sign", .value = HK_OPTION_FLAG, .offset = AT(sign), .on = ON(KEYGEN),
     .what = {"署名用の対（minisign の形式）", "a pair for signatures (minisign's format)"}},
    {.name = "--out", .value_name = "FILE", .value = HK_OPTION_TEXT, .offset = AT(out), .must = true, .on = ON(KEYGEN),
     .what = {"秘密鍵のファイル（既定: hikeshi.key。あるものは上書きしない）", "file for the secret key (default hikeshi.key; nothing is overwritten)"}},
    {.name = "--public-key", .value_name = "KEY", .value = HK_OPTION_TEXT, .offset = AT(public_key), .must = true, .on = ON(VERIFY),
     .what = {"署名も確かめる（minisign の公開鍵のファイル、または鍵そのもの）",
              "check the signature, too (public key of minisign: its file, or itself)"}},
    {.name = "--only", .value_name = "GLOB", .value = HK_OPTION_TEXT, .offset = AT(only), .must = true, .on = ON(UNPACK),
     .what = {"合うものだけ（例 *.evtx、C:\\Users\\**）", "only what fits (*.evtx, C:\\Users\\**)"}},
    {.name = "--bodyfile", .value = HK_OPTION_FLAG, .offset = AT(bodyfile), .on = ON(LS),
     .what = {"mactime の形式で", "in the format of mactime"}},
    {.name = "--jsonl", .value = HK_OPTION_FLAG, .offset = AT(jsonl), .on = ON(LS) | ON(LIST),
     .what = {"JSONL で（ls は所有者と両方の時刻の組も。list は artefacts だけ）",
              "as JSONL (ls: with owners and both sets of times; list: artefacts only)"}},
    {.name = "--deleted", .value = HK_OPTION_FLAG, .offset = AT(deleted), .on = ON(LS),
     .what = {"削除されたものも", "deleted ones, too"}},
    {.name = "--slack", .value = HK_OPTION_FLAG, .offset = AT(slack), .on = ON(LS),
     .what = {"フォルダーの索引（$I30）の空き領域にだけ残る名前も", "names left only in the slack of directory indexes ($I30), too"}},
    {.name = "--shadow", .value_name = "N|all|list", .value = HK_OPTION_TEXT, .offset = AT(shadow), .must = true, .on = ON(LS),
     .what = {"シャドウ コピーの中身（1 が最も古い。list はその一覧）", "what shadow copies hold (1 = the oldest; list: which there are)"}},
    {.name = "--shadow", .value_name = "N", .value = HK_OPTION_TEXT, .offset = AT(shadow), .must = true, .on = ON(CAT),
     .what = {"N 番目のシャドウ コピーから（PATH が C: だけならボリューム全体）", "from shadow copy N (PATH just C: = the whole volume)"}},
    {.name = "--lang", .value_name = "ja|en", .value = HK_OPTION_LANGUAGE, .offset = AT(japanese), .on = ALL_COMMANDS,
     .what = {"表示の言語", "language of the messages"}},
    {.name = "--quiet", .value = HK_OPTION_FLAG, .offset = AT(quiet), .on = ALL_COMMANDS,
     .what = {"結果以外を表示しない", "print nothing but the result"}},
    {.name = "--help", .value = HK_OPTION_FLAG, .offset = AT(help), .on = ALL_COMMANDS, .what = {"説明を表示する", "show help"}},
};
const size_t hk_option_rows_n = sizeof hk_option_rows / sizeof hk_option_rows[0];

/* Edit distance, for "did you mean"; names are short and ours. */
static size_t distance(hk_str a, const char *b)
{
  size_t row[64];
  const size_t n = strlen(b);
  if (a.n > 60 || n > 60) return 99;
  for (size_t j = 0; j <= n; j++) row[j] = j;
  for (size_t i = 1; i <= a.n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      const size_t above = row[j];
      size_t best = diagonal + (a.p[i - 1] == b[j - 1] ? 0 : 1);
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
      diagonal = above;
    }
  }
  return row[n];
}

struct guess {
  hk_str given;
  size_t least;
  const char *best;
};

static struct guess guess_for(hk_str given)
{
  return (struct guess){.given = given, .least = 4};
}

static void consider(struct guess *g, const char *name)
{
  const size_t d = distance(g->given, name);
  if (d >= g->least) return;
  g->least = d;
  g->best = name;
}

const char *hk_command_nearest(hk_str given)
{
  struct guess g = guess_for(given);
  for (size_t i = 0; i < HK_CMD_COUNT; i++) consider(&g, hk_commands[i].name);
  return g.best;
}

const char *hk_option_nearest(hk_str given, enum hk_command c)
{
  struct guess g = guess_for(given);
  for (size_t i = 0; i < hk_option_rows_n; i++)
    if ((hk_option_rows[i].on & HK_ON(c)) != 0) consider(&g, hk_option_rows[i].name);
  return g.best;
}

const char *hk_option_nearest_key(hk_str given)
{
  struct guess g = guess_for(given);
  for (size_t i = 0; i < hk_option_rows_n; i++) consider(&g, hk_option_rows[i].name + 2);
  return g.best;
}

const struct hk_option_row *hk_option_find(hk_str name, enum hk_command c)
{
  for (size_t i = 0; i < hk_option_rows_n; i++)
    if ((hk_option_rows[i].on & HK_ON(c)) != 0 && hk_str_eq(hk_str_of(hk_option_rows[i].name), name)) return &hk_option_rows[i];
  return NULL;
}

const struct hk_option_row *hk_option_find_key(hk_str key, enum hk_command c)
{
  const struct hk_option_row *known = NULL;
  for (size_t i = 0; i < hk_option_rows_n; i++) {
    const struct hk_option_row *const row = &hk_option_rows[i];
    if (row->value == HK_OPTION_NOT_ONE || !hk_str_eq(hk_str_of(row->name + 2), key)) continue;
    if (known == NULL || (row->on & HK_ON(c)) != 0) known = row;
  }
  return known;
}
