/* Reading the command line from two tables. */
#include "run/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hktime.h"
#include "os/os.h"
#include "run/config.h"
#include "run/console.h"
#include "run/keys.h"
#include "run/option_value.h"
#include "run/shadows.h"

#define ARTEFACTS_MAX 256 /* --artefacts */
#define ALL_COMMANDS UINT32_MAX
#define ON(command) (UINT32_C(1) << (command))
#define EXAMINING (ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE))

struct command_row {
  const char *name;
  const char *operands;
  struct hk_text what;
};

static const struct command_row commands[HK_CMD_COUNT] = {
    [HK_CMD_COLLECT] = {.name = "collect",
                        .operands = "",
                        .what = {"この PC（または --source）の証拠を集め、調べ、封をしたアーカイブを作る",
                                 "gather the evidence of this PC (or --source), examine it, seal an archive"}},
    [HK_CMD_ANALYZE] = {.name = "analyze",
                        .operands = "ARCHIVE|IMAGE|DIR",
                        .what = {"集めた証拠をもう一度調べる（新しい規則で、どの OS でも）",
                                 "examine collected evidence again (newer rules, any system)"}},
    [HK_CMD_PARSE] = {.name = "parse",
                      .operands = "MODULE FILE...",
                      .what = {"個々のファイルの記録を JSONL で標準出力へ書く", "print the records of loose files as JSONL"}},
    [HK_CMD_VERIFY] = {.name = "verify",
                       .operands = "ARCHIVE",
                       .what = {"アーカイブを確かめる。--recover OUT で途中で切れたものから救い出す",
                                "check an archive; --recover OUT saves what a cut-off one holds"}},
    [HK_CMD_LIST] = {.name = "list",
                     .operands = "modules|records|artefacts|profiles|rules|exit-codes",
                     .what = {"何を集め、どんな記録を作り、何を判断するかを表示する",
                              "show what is collected, which records are made, what is judged"}},
    [HK_CMD_LS] = {.name = "ls",
                   .operands = "IMAGE|DRIVE [GLOB]",
                   .what = {"NTFS のすべてのファイルを $MFT から一覧にする", "list every file of NTFS volumes from the $MFT"}},
    [HK_CMD_CAT] = {.name = "cat",
                    .operands = "SOURCE PATH[:STREAM]",
                    .what = {"ファイル 1 つの中身を標準出力へ書く", "write the bytes of one file to standard output"}},
    [HK_CMD_UNPACK] = {.name = "unpack",
                       .operands = "ARCHIVE",
                       .what = {"アーカイブの証拠を元のフォルダー構成（KAPE 形式）と時刻で書き出す",
                                "write the evidence of an archive as a tree with its true paths and times (KAPE's form)"}},
    [HK_CMD_SELFTEST] = {.name = "selftest",
                         .operands = "",
                         .what = {"この PC で何ができるかを試して表にする", "try what works on this PC and show a table"}},
    [HK_CMD_EMBED] = {.name = "embed",
                      .operands = "[PROGRAM]",
                      .what = {"設定を入れたプログラムを作る（--config FILE -o NEW.exe）", "make a program that has its settings inside (--config FILE -o NEW.exe)"}},
    [HK_CMD_KEYGEN] = {.name = "keygen",
                       .operands = "",
                       .what = {"鍵の対を作る（暗号化用。--sign なら署名用）", "make a key pair (for encryption; with --sign, for signatures)"}},
    [HK_CMD_VERSION] = {.name = "version", .operands = "", .what = {"版を表示する", "show the version"}},
    [HK_CMD_HELP] = {.name = "help", .operands = "[COMMAND]", .what = {"この説明", "this help"}},
};

enum value {
  MANY, /* hk_str list: may be given more than once */
  FLAG,
  TEXT,
  LIST,    /* may be given again */
  LANGUAGE,
  SIZE,    /* uint64_t, bytes */
  NUMBER,  /* uint64_t, from 1 to most */
  MODULES, /* uint32_t: the modules that are not in the list */
  NOT_ONE, /* --no-NAME: read by its beginning, see left_out */
};

struct option_row {
  const char *name;
  const char *value_name; /* NULL = flag */
  enum value value;
  size_t offset;
  uint32_t on;
  bool must; /* the value may not be empty */
  uint64_t most; /* of a NUMBER */
  struct hk_text what;
};

#define AT(member) offsetof(struct hk_options, member)
#define READING (ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE) | ON(HK_CMD_VERIFY) | ON(HK_CMD_UNPACK) | ON(HK_CMD_CAT))

static const struct option_row options[] = {
    {.name = "--out", .value_name = "DIR", .value = TEXT, .offset = AT(out), .must = true,
     .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE) | ON(HK_CMD_UNPACK) | ON(HK_CMD_SELFTEST),
     .what = {"出力先のフォルダー（なければ作る。- なら標準出力へ〔collect〕。既定: プログラムのあるフォルダー、analyze は今のフォルダーの「名前.analysis」、unpack は「名前.unpacked」）",
              "folder for the output, made when missing; - : archive to standard output (collect) (default: where the program is; analyze: NAME.analysis here; unpack: NAME.unpacked)"}},
    {.name = "--source", .value_name = "DIR|IMAGE|ARCHIVE", .value = TEXT, .offset = AT(source), .must = true, .on = ON(HK_CMD_COLLECT),
     .what = {"この PC の代わりに調べるもの", "collect from this instead of this PC"}},
    {.name = "--no-state", .value = FLAG, .offset = AT(no_state), .on = ON(HK_CMD_COLLECT),
     .what = {"動作中のプロセス、接続、共有などを Windows に尋ねない（この PC の場合）",
              "do not ask this PC's Windows for processes, connections, shares and the like"}},
    {.name = "--profile", .value_name = "NAME", .value = TEXT, .offset = AT(profile), .must = true, .on = EXAMINING | ON(HK_CMD_LIST),
     .what = {"集める範囲: quick、standard（既定）、full、server（hikeshi list profiles）",
              "how much: quick, standard (default), full, server (hikeshi list profiles)"}},
    {.name = "--artefacts", .value_name = "FILE|DIR", .value = MANY, .offset = AT(artefacts), .must = true, .on = EXAMINING | ON(HK_CMD_LIST),
     .what = {"定義を追加する（ForensicArtifacts の YAML、KAPE の .tkape。繰り返しまたはコンマ区切り）",
              "add definitions (ForensicArtifacts YAML, KAPE .tkape); may be repeated, or a list with commas"}},
    {.name = "--dry-run", .value = FLAG, .offset = AT(dry_run), .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"集めるファイル、件数、サイズを表示するだけ", "only show the files, counts and bytes"}},
    {.name = "--case", .value_name = "ID", .value = TEXT, .offset = AT(case_id), .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"事案番号", "case id"}},
    {.name = "--operator", .value_name = "NAME", .value = TEXT, .offset = AT(operator_name), .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"採取者", "who collects"}},
    {.name = "--reason", .value_name = "TEXT", .value = TEXT, .offset = AT(reason), .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"採取の理由", "why"}},
    {.name = "--since", .value_name = "TIME", .value = TEXT, .offset = AT(since), .must = true, .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"「痕跡なし」と言う期間の始まり（例 2026-03-01T00:00:00Z、既定は 30 日前）",
              "start of the window for \"no sign\" (2026-03-01T00:00:00Z; default 30 days back)"}},
    {.name = "--until", .value_name = "TIME", .value = TEXT, .offset = AT(until), .must = true, .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_ANALYZE),
     .what = {"その期間の終わり（既定は今。過去に集めた証拠では採取の時刻を指定する）",
              "end of that window (default now; for evidence taken earlier, when it was taken)"}},
    {.name = "--only-modules", .value_name = "A,B", .value = MODULES, .offset = AT(modules_off), .must = true, .on = EXAMINING,
     .what = {"これらのモジュールだけで調べる（hikeshi list modules）。収集するものは変わらない",
              "examine with these modules only (hikeshi list modules); what is collected stays the same"}},
    {.name = "--no-MODULE", .value = NOT_ONE, .offset = AT(modules_off), .on = EXAMINING,
     .what = {"そのモジュールでは調べない（--no-eventlog、--no-yara など）", "do not examine with that module (--no-eventlog, --no-yara …)"}},
    {.name = "--ntp", .value_name = "HOST", .value = TEXT, .offset = AT(ntp), .must = true, .on = EXAMINING,
     .what = {"PC の時計のずれをこの NTP サーバーに尋ねて記録する（指定しなければ通信しない）",
              "ask this NTP server how far the clock is off, and record it (no network without)"}},
    {.name = "--max-total", .value_name = "BYTES", .value = SIZE, .offset = AT(max_total_bytes), .must = true, .on = ON(HK_CMD_COLLECT),
     .what = {"証拠として読む量の上限（500M、2G など）。価値の高いものから集める",
              "read at most so much evidence (500M, 2G …), most valuable first"}},
    {.name = "--time-limit", .value_name = "MINUTES", .value = NUMBER, .offset = AT(time_limit_minutes), .must = true, .most = 100000, .on = EXAMINING,
     .what = {"この時間が過ぎたら集めるのをやめて封をする", "stop taking after so long, then seal"}},
    {.name = "--background", .value = FLAG, .offset = AT(background), .on = EXAMINING,
     .what = {"使っている人の邪魔をしない: CPU とディスクの優先度を下げ、CPU は全体の 20% まで（--cpu で変更）",
              "do not disturb who works there: low priority for CPU and disk, at most 20 % of all processors (--cpu changes it)"}},
    {.name = "--cpu", .value_name = "PERCENT", .value = NUMBER, .offset = AT(cpu_percent), .must = true, .most = 100, .on = EXAMINING,
     .what = {"CPU 使用の上限（全プロセッサに対する %）", "ceiling on processor time, in percent of all processors"}},
    {.name = "--config", .value_name = "FILE", .value = TEXT, .offset = AT(config), .must = true, .on = ON(HK_CMD_EMBED),
     .what = {"設定のファイル: 1 行に「キー = 値」。キーはオプション名から -- を除いたもの", "file of settings, a line each: key = value; keys are option names without --"}},
    {.name = "--out", .value_name = "NEW.exe", .value = TEXT, .offset = AT(out), .must = true, .on = ON(HK_CMD_EMBED),
     .what = {"作るプログラム（-o も可。あるものは上書きしない）", "the program to make (-o, too; nothing is overwritten)"}},
    {.name = "--shadow", .value_name = "none|latest|all", .value = TEXT, .offset = AT(shadow), .must = true, .on = ON(HK_CMD_COLLECT),
     .what = {"シャドウコピーも調べる（既定 latest: 各ボリュームの最新。変わったものだけを保存。all: 最大 64 個・30 分）",
              "shadow copies, too (default latest: the newest of each volume; only what differs is stored; all: at most 64, 30 minutes)"}},
    {.name = "--recover", .value_name = "OUT", .value = TEXT, .offset = AT(recover), .must = true, .on = ON(HK_CMD_VERIFY),
     .what = {"完成した部分を新しいアーカイブ OUT に書き出す", "write what is whole to a new archive OUT"}},
    {.name = "--recipient", .value_name = "age1…", .value = LIST, .offset = AT(recipients), .must = true, .on = ON(HK_CMD_COLLECT) | ON(HK_CMD_EMBED),
     .what = {"この公開鍵（age）の持ち主だけが開けるように暗号化する（何度でも指定可）",
              "encrypt so that only the holder of this key (age) can open it (may be given again)"}},
    {.name = "--recipients-file", .value_name = "FILE", .value = TEXT, .offset = AT(recipients_file), .must = true, .on = ON(HK_CMD_COLLECT),
     .what = {"受取人の公開鍵を並べたファイル", "a file of such keys"}},
    {.name = "--passphrase", .value = FLAG, .offset = AT(passphrase), .on = READING | ON(HK_CMD_KEYGEN),
     .what = {"パスフレーズで暗号化する、または開く（画面で尋ねる。環境変数 " HK_PASSPHRASE_VARIABLE " も可）",
              "encrypt with a passphrase, or open with it (asked for, or in the variable " HK_PASSPHRASE_VARIABLE ")"}},
    {.name = "--passphrase-file", .value_name = "FILE", .value = TEXT, .offset = AT(passphrase_file), .must = true, .on = READING | ON(HK_CMD_KEYGEN),
     .what = {"パスフレーズをこのファイルの 1 行目から読む", "take the passphrase from the first line of this file"}},
    {.name = "--identity", .value_name = "FILE", .value = LIST, .offset = AT(identities), .must = true, .on = READING,
     .what = {"暗号化されたアーカイブを開く秘密鍵のファイル（AGE-SECRET-KEY-1…）", "file with the secret key that opens an encrypted archive"}},
    {.name = "--sign", .value_name = "KEYFILE", .value = TEXT, .offset = AT(sign_key), .must = true, .on = ON(HK_CMD_COLLECT),
     .what = {"アーカイブに署名する（minisign の秘密鍵）。署名は「名前.minisig」", "sign the archive with this key of minisign: NAME.minisig"}},
    {.name = "--sign", .value = FLAG, .offset = AT(sign), .on = ON(HK_CMD_KEYGEN),
     .what = {"署名用の対（minisign の形式）", "a pair for signatures (minisign's format)"}},
    {.name = "--out", .value_name = "FILE", .value = TEXT, .offset = AT(out), .must = true, .on = ON(HK_CMD_KEYGEN),
     .what = {"秘密鍵のファイル（既定: hikeshi.key。あるものは上書きしない）", "file for the secret key (default hikeshi.key; nothing is overwritten)"}},
    {.name = "--public-key", .value_name = "KEY", .value = TEXT, .offset = AT(public_key), .must = true, .on = ON(HK_CMD_VERIFY),
     .what = {"署名も確かめる（minisign の公開鍵のファイル、または鍵そのもの）",
              "check the signature, too (public key of minisign: its file, or itself)"}},
    {.name = "--only", .value_name = "GLOB", .value = TEXT, .offset = AT(only), .must = true, .on = ON(HK_CMD_UNPACK),
     .what = {"合うものだけ（例 *.evtx、C:\\Users\\**）", "only what fits (*.evtx, C:\\Users\\**)"}},
    {.name = "--bodyfile", .value = FLAG, .offset = AT(bodyfile), .on = ON(HK_CMD_LS),
     .what = {"mactime の形式で", "in the format of mactime"}},
    {.name = "--jsonl", .value = FLAG, .offset = AT(jsonl), .on = ON(HK_CMD_LS) | ON(HK_CMD_LIST),
     .what = {"JSONL で（ls は所有者と両方の時刻の組も。list は artefacts だけ）",
              "as JSONL (ls: with owners and both sets of times; list: artefacts only)"}},
    {.name = "--deleted", .value = FLAG, .offset = AT(deleted), .on = ON(HK_CMD_LS),
     .what = {"削除されたものも", "deleted ones, too"}},
    {.name = "--shadow", .value_name = "N|all|list", .value = TEXT, .offset = AT(shadow), .must = true, .on = ON(HK_CMD_LS),
     .what = {"シャドウ コピーの中身（1 が最も古い。list はその一覧）", "what shadow copies hold (1 = the oldest; list: which there are)"}},
    {.name = "--shadow", .value_name = "N", .value = TEXT, .offset = AT(shadow), .must = true, .on = ON(HK_CMD_CAT),
     .what = {"N 番目のシャドウ コピーから（PATH が C: だけならボリューム全体）", "from shadow copy N (PATH just C: = the whole volume)"}},
    {.name = "--lang", .value_name = "ja|en", .value = LANGUAGE, .offset = AT(japanese), .on = ALL_COMMANDS,
     .what = {"表示の言語", "language of the messages"}},
    {.name = "--quiet", .value = FLAG, .offset = AT(quiet), .on = ALL_COMMANDS,
     .what = {"結果以外を表示しない", "print nothing but the result"}},
    {.name = "--help", .value = FLAG, .offset = AT(help), .on = ALL_COMMANDS, .what = {"説明を表示する", "show help"}},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

static const char *in(struct hk_text t, bool japanese)
{
  return japanese ? t.ja : t.en;
}

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

static const char *nearest_option(hk_str given, enum hk_command c)
{
  const char *best = NULL;
  size_t least = 4;
  for (size_t i = 0; i < N_OPTIONS; i++) {
    const size_t d = distance(given, options[i].name);
    if ((options[i].on & ON(c)) == 0 || d >= least) continue;
    least = d;
    best = options[i].name;
  }
  return best;
}

static const char *nearest_command(hk_str given)
{
  const char *best = NULL;
  size_t least = 4;
  for (size_t i = 0; i < HK_CMD_COUNT; i++) {
    const size_t d = distance(given, commands[i].name);
    if (d >= least) continue;
    least = d;
    best = commands[i].name;
  }
  return best;
}

static hk_err complain(char why[256], bool japanese, struct hk_text what, hk_str given, const char *nearest)
{
  (void)snprintf(why, 256, "%s: %.*s%s%s%s", in(what, japanese), (int)(given.n > 100 ? 100 : given.n), given.p,
                 nearest == NULL ? "" : japanese ? "（もしかして " : " (did you mean ", nearest == NULL ? "" : nearest,
                 nearest == NULL ? "" : japanese ? "？）" : "?)");
  return hk_fail(HK_USAGE, "read the command line", HK_NO_OFFSET);
}

static const struct option_row *find_option(hk_str name, enum hk_command c)
{
  for (size_t i = 0; i < N_OPTIONS; i++)
    if ((options[i].on & ON(c)) != 0 && hk_str_eq(hk_str_of(options[i].name), name)) return &options[i];
  return NULL;
}

/* --no-eventlog: the module that is left out, 0 when it is no such option of this command. */
static uint32_t left_out(hk_str name, enum hk_command c)
{
  if ((EXAMINING & ON(c)) == 0 || !hk_str_starts(name, HK_S("--no-"))) return 0;
  return hk_option_module(hk_str_sub(name, 5, name.n));
}

static hk_err set_number(struct hk_options *o, const struct option_row *row, hk_str value, char why[256])
{
  uint64_t n = 0;
  if (row->value == SIZE && !hk_option_size(value, &n))
    return complain(why, o->japanese, (struct hk_text){"サイズは 500M や 2G の形で指定してください", "a size is written 500M or 2G, not"}, value, NULL);
  if (row->value == NUMBER && !hk_option_number(value, 1, row->most, &n))
    return complain(why, o->japanese, (struct hk_text){"範囲にある整数ではありません", "not a whole number in the range"}, value, NULL);
  memcpy((unsigned char *)o + row->offset, &n, sizeof n);
  return hk_ok();
}

static hk_err set_modules(struct hk_options *o, const struct option_row *row, hk_str value, char why[256])
{
  uint32_t off = 0;
  hk_str unknown = HK_S("");
  if (!hk_option_all_but(value, &off, &unknown))
    return complain(why, o->japanese, (struct hk_text){"不明なモジュール", "unknown module"}, unknown, NULL);
  memcpy((unsigned char *)o + row->offset, &off, sizeof off);
  return hk_ok();
}

static hk_err add_to_list(struct hk_options *o, const struct option_row *row, hk_str value, char why[256])
{
  struct hk_option_list *const list = (struct hk_option_list *)(void *)((unsigned char *)o + row->offset);
  if (list->n == HK_OPTION_MOST)
    return complain(why, o->japanese, (struct hk_text){"指定が多すぎるオプション", "option given too often"}, hk_str_of(row->name), NULL);
  list->v[list->n++] = value;
  return hk_ok();
}

/* A value in its place, once it is known to be one. */
static hk_err set(struct hk_options *o, const struct option_row *row, hk_str value, char why[256])
{
  unsigned char *const to = (unsigned char *)o + row->offset;
  if (row->value == SIZE || row->value == NUMBER) return set_number(o, row, value, why);
  if (row->value == MODULES) return set_modules(o, row, value, why);
  if (row->value == LIST) return add_to_list(o, row, value, why);
  if (row->value == LANGUAGE && !hk_str_ieq(value, HK_S("ja")) && !hk_str_ieq(value, HK_S("en")))
    return complain(why, o->japanese, (struct hk_text){"言語は ja か en で指定してください", "the language is ja or en, not"}, value, NULL);
  if (row->value == MANY) {
    if (o->n_artefacts == ARTEFACTS_MAX)
      return complain(why, o->japanese, (struct hk_text){"多すぎるオプション", "given too often"}, hk_str_of(row->name), NULL);
    o->artefacts[o->n_artefacts++] = value;
    return hk_ok();
  }
  const bool yes = row->value == FLAG || hk_str_ieq(value, HK_S("ja"));
  if (row->value == TEXT)
    memcpy(to, &value, sizeof value);
  else
    memcpy(to, &yes, sizeof yes);
  return hk_ok();
}

/* "--out=DIR" and "--out DIR" alike. */
static hk_err read_option(const hk_str *args, size_t n, size_t *i, struct hk_options *o, char why[256])
{
  const size_t equals = hk_str_find(args[*i], '=');
  const hk_str given = hk_str_sub(args[*i], 0, equals);
  const hk_str name = hk_str_eq(given, HK_S("-o")) ? HK_S("--out") : given;
  const uint32_t module = left_out(args[*i], o->command);
  if (module != 0) {
    o->modules_off |= module;
    return hk_ok();
  }
  const struct option_row *const row = find_option(name, o->command);
  if (row == NULL || row->value == NOT_ONE)
    return complain(why, o->japanese, (struct hk_text){"不明なオプション", "unknown option"}, name,
                    nearest_option(name, o->command));
  if (row->value == FLAG && equals < args[*i].n) /* not shown and not kept: it may be a passphrase */
    return complain(why, o->japanese, (struct hk_text){"値をとらないオプション", "an option that takes no value"}, name, NULL);
  if (row->value == FLAG) return set(o, row, HK_S(""), why);
  const bool inside = equals < args[*i].n;
  /* A value that begins with "--" is given as --reason=--x; else it is the next option and the value was forgotten. */
  if (!inside && (*i + 1 >= n || hk_str_starts(args[*i + 1], HK_S("--"))))
    return complain(why, o->japanese, (struct hk_text){"値が足りないオプション", "option without its value"}, name, NULL);
  const hk_str value = inside ? hk_str_sub(args[*i], equals + 1, args[*i].n) : args[++*i];
  /* An unset variable in somebody's script: it must not become "this PC" or "beside the program". */
  if (value.n == 0 && row->must)
    return complain(why, o->japanese, (struct hk_text){"値が空のオプション", "option with an empty value"}, name, NULL);
  return set(o, row, value, why);
}

static hk_err find_command(hk_str name, struct hk_options *o, char why[256])
{
  for (size_t i = 0; i < HK_CMD_COUNT; i++) {
    if (!hk_str_eq(hk_str_of(commands[i].name), name)) continue;
    o->command = (enum hk_command)i;
    return hk_ok();
  }
  if (hk_str_eq(name, HK_S("analyse"))) {
    o->command = HK_CMD_ANALYZE;
    return hk_ok();
  }
  return complain(why, o->japanese, (struct hk_text){"不明なコマンド", "unknown command"}, name, nearest_command(name));
}

/* The language decides how complaints are worded, so it is looked for first. */
static void find_language(const hk_str *args, size_t n, struct hk_options *o)
{
  for (size_t i = 0; i < n; i++) {
    const bool split = hk_str_eq(args[i], HK_S("--lang")) && i + 1 < n;
    if (split) o->japanese = hk_str_ieq(args[i + 1], HK_S("ja"));
    if (hk_str_starts(args[i], HK_S("--lang="))) o->japanese = hk_str_ieq(args[i], HK_S("--lang=ja"));
  }
}

static hk_err check_operands(const struct hk_options *o, char why[256])
{
  static const struct {
    size_t least, most;
  } allowed[HK_CMD_COUNT] = {
      [HK_CMD_COLLECT] = {0, 0},         [HK_CMD_ANALYZE] = {1, 1}, [HK_CMD_PARSE] = {2, SIZE_MAX}, [HK_CMD_VERIFY] = {1, 1},
      [HK_CMD_LIST] = {1, 1},            [HK_CMD_LS] = {1, 2},      [HK_CMD_CAT] = {2, 2},          [HK_CMD_VERSION] = {0, 0}, [HK_CMD_HELP] = {0, 1},
      [HK_CMD_UNPACK] = {1, 1},          [HK_CMD_SELFTEST] = {0, 0},      [HK_CMD_EMBED] = {0, 1},      [HK_CMD_KEYGEN] = {0, 0},
  };
  if (o->n_operands < allowed[o->command].least)
    return complain(why, o->japanese, (struct hk_text){"足りない引数", "missing argument"}, hk_str_of(commands[o->command].operands), NULL);
  if (o->n_operands > allowed[o->command].most)
    return complain(why, o->japanese, (struct hk_text){"余分な引数", "one argument too many"},
                    o->operands[allowed[o->command].most], NULL);
  return hk_ok();
}

static hk_err check_time(const struct hk_options *o, hk_str value, char why[256])
{
  hk_time t = HK_TIME_UNKNOWN;
  if (value.n == 0 || hk_time_parse_iso(value, &t)) return hk_ok();
  return complain(why, o->japanese, (struct hk_text){"時刻は 2026-03-01T00:00:00Z の形で指定してください", "a time is written 2026-03-01T00:00:00Z, not"}, value, NULL);
}

static hk_err check_shadow(const struct hk_options *o, char why[256])
{
  struct hk_shadow_choice c = {.number = 0};
  const bool word = hk_str_eq(o->shadow, HK_S("none")) || hk_str_eq(o->shadow, HK_S("latest")) || hk_str_eq(o->shadow, HK_S("all"));
  if (o->command == HK_CMD_COLLECT && o->shadow.n > 0 && !word)
    return complain(why, o->japanese, (struct hk_text){"--shadow は none、latest、all のどれかです", "--shadow is none, latest or all, not"}, o->shadow, NULL);
  if (o->command != HK_CMD_LS && o->command != HK_CMD_CAT) return hk_ok();
  if (hk_shadow_choice_parse(o->shadow, &c) && (o->command == HK_CMD_LS || (!c.all && !c.list))) return hk_ok();
  return complain(why, o->japanese, (struct hk_text){"--shadow の値が正しくありません", "this is no value for --shadow"}, o->shadow, NULL);
}

static hk_err check_values(const struct hk_options *o, char why[256])
{
  HK_TRY(check_time(o, o->since, why));
  HK_TRY(check_time(o, o->until, why));
  HK_TRY(check_shadow(o, why));
  hk_time since = HK_TIME_UNKNOWN;
  hk_time until = HK_TIME_UNKNOWN;
  (void)hk_time_parse_iso(o->since, &since);
  (void)hk_time_parse_iso(o->until, &until);
  if (since != HK_TIME_UNKNOWN && until != HK_TIME_UNKNOWN && since >= until)
    return complain(why, o->japanese, (struct hk_text){"--since は --until より前でなければなりません", "--since is not before --until"},
                    o->since, NULL);
  if (o->command == HK_CMD_EMBED && (o->config.n == 0 || o->out.n == 0))
    return complain(why, o->japanese, (struct hk_text){"必要なオプション", "needed"}, HK_S("--config FILE -o NEW.exe"), NULL);
  return check_operands(o, why);
}

static hk_err read_all(const hk_str *args, size_t n, struct hk_options *o, char why[256])
{
  bool have_command = false;
  bool only_operands = false;
  for (size_t i = 0; i < n; i++) {
    const bool option = !only_operands && args[i].n > 1 && args[i].p[0] == '-';
    if (option && hk_str_eq(args[i], HK_S("--"))) {
      only_operands = true;
    } else if (option && (hk_str_eq(args[i], HK_S("-h")) || hk_str_eq(args[i], HK_S("--help")))) {
      o->help = true;
    } else if (option && hk_str_eq(args[i], HK_S("--version"))) {
      o->command = HK_CMD_VERSION;
      have_command = true;
    } else if (option) {
      HK_TRY(read_option(args, n, &i, o, why));
    } else if (!have_command) {
      HK_TRY(find_command(args[i], o, why));
      have_command = true;
    } else {
      o->operands[o->n_operands++] = args[i];
    }
  }
  if (o->help && !have_command) o->command = HK_CMD_HELP;
  return o->help ? hk_ok() : check_values(o, why);
}

/* ---- settings that come with the program ----------------------------------------------------------------------------------------- */

struct settings {
  struct hk_options *o;
  hk_str origin;          /* for people */
  struct hk_buf *taken;   /* their keys */
  bool any_command;       /* only checked: an option of any command will do */
};

static const struct option_row *find_key(const struct settings *s, hk_str key)
{
  const struct option_row *known = NULL;
  for (size_t i = 0; i < N_OPTIONS; i++) {
    if (options[i].value == NOT_ONE || !hk_str_eq(hk_str_of(options[i].name + 2), key)) continue;
    if (known == NULL || (options[i].on & ON(s->o->command)) != 0) known = &options[i];
  }
  return known;
}

static const char *nearest_key(hk_str given)
{
  const char *best = NULL;
  size_t least = 4;
  for (size_t i = 0; i < N_OPTIONS; i++) {
    const size_t d = distance(given, options[i].name + 2);
    if (d >= least) continue;
    least = d;
    best = options[i].name + 2;
  }
  return best;
}

/* yes, no: what a flag says in a file. -1 for anything else. */
static int yes_or_no(hk_str value)
{
  if (hk_str_ieq(value, HK_S("yes")) || hk_str_ieq(value, HK_S("true")) || hk_str_eq(value, HK_S("1"))) return 1;
  if (hk_str_ieq(value, HK_S("no")) || hk_str_ieq(value, HK_S("false")) || hk_str_eq(value, HK_S("0"))) return 0;
  return -1;
}

static hk_err set_flag(const struct settings *s, const struct option_row *row, uint32_t module, hk_str value, char why[256])
{
  const int yes = yes_or_no(value);
  if (yes < 0) /* the value is not shown: it may be a passphrase in the wrong place */
    return complain(why, s->o->japanese, (struct hk_text){"yes か no で指定してください", "yes or no is wanted for"},
                    row == NULL ? HK_S("no-MODULE") : hk_str_of(row->name), NULL);
  const bool on = yes == 1;
  if (row != NULL) memcpy((unsigned char *)s->o + row->offset, &on, sizeof on);
  if (row == NULL && on) s->o->modules_off |= module;
  return hk_ok();
}

static hk_err take_setting(const struct settings *s, hk_str key, hk_str value, char why[256])
{
  const struct option_row *const row = find_key(s, key);
  const uint32_t module = row == NULL && hk_str_starts(key, HK_S("no-")) ? hk_option_module(hk_str_sub(key, 3, key.n)) : 0;
  if (row == NULL && module == 0)
    return complain(why, s->o->japanese, (struct hk_text){"不明な設定", "unknown key"}, key, nearest_key(key));
  const uint32_t on = row == NULL ? EXAMINING : row->on;
  if (!s->any_command && (on & ON(s->o->command)) == 0) return hk_ok(); /* of another command */
  hk_buf_printf(s->taken, "%s%.*s", s->taken->n == 0 ? "" : " ", (int)key.n, key.p);
  if (row == NULL || row->value == FLAG) return set_flag(s, row, module, value, why);
  if (value.n == 0 && row->must)
    return complain(why, s->o->japanese, (struct hk_text){"値が空の設定", "key with an empty value"}, key, NULL);
  return set(s->o, row, value, why);
}

/* `why` gets the place before what is wrong with it. */
static hk_err at_line(const struct settings *s, size_t line, hk_err e, char why[256])
{
  char what[256];
  (void)snprintf(what, sizeof what, "%s", why);
  const size_t slash = hk_str_rfind(s->origin, os_separator);
  const hk_str name = slash < s->origin.n ? hk_str_sub(s->origin, slash + 1, s->origin.n) : s->origin;
  (void)snprintf(why, 256, "%.*s:%zu: %.180s", (int)(name.n > 60 ? 60 : name.n), name.p, line, what);
  return e;
}

static hk_err take_text(const struct settings *s, hk_str text, char why[256])
{
  struct hk_config_reader r = {.left = text};
  hk_str key = HK_S("");
  hk_str value = HK_S("");
  while (hk_config_next(&r, &key, &value)) {
    const hk_err e = r.bad ? complain(why, s->o->japanese, (struct hk_text){"キーのない行", "a line without a key"}, value, NULL)
                           : take_setting(s, key, value, why);
    if (e.code != HK_OK) return at_line(s, r.line, e, why);
  }
  return hk_ok();
}

static hk_err take_from(struct hk_arena *a, struct hk_options *o, hk_err found, hk_str text, hk_str origin, bool *any, char why[256])
{
  if (found.code == HK_ABSENT) return hk_ok();
  if (found.code != HK_OK) {
    (void)snprintf(why, 256, "%.*s: %s", (int)origin.n, origin.p, found.step);
    return hk_fail(HK_USAGE, "read settings", HK_NO_OFFSET);
  }
  struct hk_buf keys;
  hk_buf_init(&keys, HK_CONFIG_LIMIT);
  const struct settings s = {.o = o, .origin = origin, .taken = &keys};
  const hk_err e = take_text(&s, text, why);
  o->settings = hk_str_printf(a, "%.*s%s%.*s: %.*s", (int)o->settings.n, o->settings.p, o->settings.n == 0 ? "" : "; ", (int)origin.n,
                              origin.p, (int)keys.n, keys.n == 0 ? "" : (const char *)keys.p);
  hk_buf_done(&keys);
  *any = true;
  return e;
}

/* Inside the program first, then the file beside it, which wins; the command line comes after both. */
static hk_err take_settings(struct hk_arena *a, struct hk_options *o, bool *any, char why[256])
{
  hk_str text = HK_S("");
  hk_err e = hk_config_embedded(a, &text);
  HK_TRY(take_from(a, o, e, text, HK_S("in the program"), any, why));
  e = hk_config_beside(a, &text);
  return take_from(a, o, e, text, HK_S(HK_CONFIG_NAME), any, why);
}

hk_err hk_options_check_config(struct hk_arena *a, hk_str text, hk_str name, bool japanese, char why[256])
{
  struct hk_options scratch = {.command = HK_CMD_COLLECT, .japanese = japanese, .artefacts = hk_new(a, hk_str, ARTEFACTS_MAX)};
  struct hk_buf keys;
  if (scratch.artefacts == NULL) return hk_fail(HK_MEMORY, "read settings", HK_NO_OFFSET);
  hk_buf_init(&keys, HK_CONFIG_LIMIT);
  const struct settings s = {.o = &scratch, .origin = name, .taken = &keys, .any_command = true};
  const hk_err e = take_text(&s, text, why);
  hk_buf_done(&keys);
  return e;
}

/* Commands that a suspect PC sees; the others must work whatever settings lie around. */
static bool takes_settings(const hk_str *args, size_t n, enum hk_command *c)
{
  static const enum hk_command takers[] = {HK_CMD_COLLECT, HK_CMD_ANALYZE, HK_CMD_SELFTEST};
  *c = HK_CMD_COLLECT;
  if (n == 0) return true;
  if (args[0].n > 0 && args[0].p[0] == '-')
    return !hk_str_eq(args[0], HK_S("-h")) && !hk_str_eq(args[0], HK_S("--help")) && !hk_str_eq(args[0], HK_S("--version"));
  for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
    if (!hk_str_eq(args[0], hk_str_of(commands[takers[i]].name))) continue;
    *c = takers[i];
    return true;
  }
  return false;
}

/* For the custody part. What holds a space is put in quotes, so that one sees where an argument ends. */
static hk_str joined(struct hk_arena *a, const hk_str *args, size_t n)
{
  struct hk_buf line;
  hk_buf_init(&line, (size_t)16 << 20);
  hk_buf_z(&line, "hikeshi");
  for (size_t i = 0; i < n; i++) {
    const bool quoted = args[i].n == 0 || hk_str_find(args[i], ' ') < args[i].n;
    hk_buf_z(&line, quoted ? " \"" : " ");
    hk_buf_str(&line, args[i]);
    if (quoted) hk_buf_u8(&line, '"');
  }
  const hk_str copy = hk_str_copy(a, hk_buf_view(&line));
  hk_buf_done(&line);
  return copy;
}

hk_err hk_options_parse(struct hk_arena *a, const hk_str *args, size_t n, struct hk_options *out, char why[256])
{
  const hk_str none = hk_str_of("");
  *out = (struct hk_options){.command = HK_CMD_COLLECT,
                             .out = none,
                             .source = none,
                             .recover = none,
                             .profile = none,
                             .only = none,
                             .shadow = none,
                             .recipients_file = none,
                             .passphrase_file = none,
                             .sign_key = none,
                             .public_key = none,
                             .case_id = none,
                             .operator_name = none,
                             .reason = none,
                             .since = none,
                             .until = none,
                             .config = none,
                             .ntp = none,
                             .settings = none,
                             .command_line = joined(a, args, n),
                             .japanese = os_language_is_japanese()};
  why[0] = 0;
  find_language(args, n, out);
  out->operands = hk_new(a, hk_str, n + 1);
  out->artefacts = hk_new(a, hk_str, ARTEFACTS_MAX);
  if (out->operands == NULL || out->artefacts == NULL) return hk_fail(HK_MEMORY, "read the command line", HK_NO_OFFSET);
  bool configured = false;
  if (takes_settings(args, n, &out->command)) HK_TRY(take_settings(a, out, &configured, why));
  /* Started bare: collect when somebody double-clicked or the settings say how, else explain. */
  out->double_clicked = n == 0 && os_console_is_own();
  if (n == 0 && !out->double_clicked && !configured) {
    out->command = HK_CMD_HELP;
    return hk_ok();
  }
  return read_all(args, n, out, why);
}

static void print_options(enum hk_command c, bool japanese)
{
  hk_console_line(japanese ? "オプション:" : "Options:");
  for (size_t i = 0; i < N_OPTIONS; i++) {
    if ((options[i].on & ON(c)) == 0) continue;
    char head[64];
    (void)snprintf(head, sizeof head, "%s%s%s", options[i].name, options[i].value_name == NULL ? "" : " ",
                   options[i].value_name == NULL ? "" : options[i].value_name);
    hk_console_line("  %-28s %s", head, in(options[i].what, japanese));
  }
}

void hk_options_help(enum hk_command c, bool japanese)
{
  if (c != HK_CMD_HELP) {
    hk_console_line("hikeshi %s%s%s", commands[c].name, commands[c].operands[0] == 0 ? "" : " ", commands[c].operands);
    hk_console_line("  %s", in(commands[c].what, japanese));
    print_options(c, japanese);
    return;
  }
  hk_console_line("hikeshi (火消し) %s", HK_VERSION);
  hk_console_line("%s", japanese ? "疑わしい Windows 端末の証拠を集め、調べ、答えます。"
                                 : "Collects the evidence of a suspect Windows PC, examines it and answers.");
  hk_console_line("%s", "");
  for (size_t i = 0; i < HK_CMD_COUNT; i++) {
    hk_console_line("  hikeshi %s%s%s", commands[i].name, commands[i].operands[0] == 0 ? "" : " ", commands[i].operands);
    hk_console_line("      %s", in(commands[i].what, japanese));
  }
  hk_console_line("%s", "");
  hk_console_line("%s", japanese ? "各コマンドの説明: hikeshi COMMAND --help    終了コード: hikeshi list exit-codes"
                                 : "More: hikeshi COMMAND --help    exit codes: hikeshi list exit-codes");
}
