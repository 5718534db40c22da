/* hikeshi selftest: what works on the machine at hand, tried and not guessed. Everything it makes lies in one folder of its
   own below --out and is removed again. A row is good, failed, limited (collecting works, but sees less), or not looked at
   with the reason; failed rows make the exit code 1. */
#include <stdio.h>
#include <string.h>

#include "examine/examine.h"
#include "modules.h"
#include "os/confine.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/selftest_lock.h"
#include "source/source.h"

#define LONG_PARTS 12 /* of 40 letters: well past the 260 of MAX_PATH */

enum verdict { GOOD, FAILED, LIMITED, UNSEEN, VERDICTS };

struct selftest {
  const struct hk_options *o;
  struct hk_arena arena;
  hk_str out;    /* where the output would go */
  hk_str folder; /* ours, below it; empty when it could not be made */
  bool windows;
  unsigned n[VERDICTS];
};

static const char *pick(const struct selftest *t, const char *ja, const char *en)
{
  return t->o->japanese ? ja : en;
}

static void row(struct selftest *t, enum verdict v, struct hk_text name, hk_str detail)
{
  static const struct hk_text marks[VERDICTS] = {
      [GOOD] = {" 良 ", " ok "}, [FAILED] = {" 否 ", "FAIL"}, [LIMITED] = {"制限", "less"}, [UNSEEN] = {" — ", " -- "}};
  t->n[v]++;
  hk_console_line("[%s] %s: %.*s", pick(t, marks[v].ja, marks[v].en), pick(t, name.ja, name.en), (int)detail.n, detail.p);
}

static hk_str say(const struct selftest *t, const char *ja, const char *en)
{
  return hk_str_of(pick(t, ja, en));
}

static hk_str say_error(struct selftest *t, hk_err e)
{
  return hk_str_printf(&t->arena, "%s: %s (%d)", hk_code_name(e.code), e.step == NULL ? "" : e.step, e.os);
}

static void row_of(struct selftest *t, hk_err e, struct hk_text name, hk_str good)
{
  row(t, e.code == HK_OK ? GOOD : FAILED, name, e.code == HK_OK ? good : say_error(t, e));
}

/* ---- who and when ----------------------------------------------------------------------------------------------------------- */

static void try_rights(struct selftest *t)
{
  const bool admin = os_is_admin();
  const hk_str user = os_user_name(&t->arena);
  row(t, admin ? GOOD : LIMITED, (struct hk_text){"管理者権限", "administrator"},
      hk_str_printf(&t->arena, "%.*s%s", (int)user.n, user.p,
                    admin ? "" : pick(t, "（管理者ではない: 読めない証拠が増えます）", " (not an administrator: less can be read)")));
  const struct hk_text privileges = {"特権", "privileges"};
  if (!t->windows) {
    row(t, UNSEEN, privileges, say(t, "Windows だけのもの", "Windows only"));
    return;
  }
  const hk_str held = os_take_privileges(&t->arena);
  const char *const z = hk_str_z(&t->arena, held);
  const bool backup = z != NULL && strstr(z, "SeBackupPrivilege") != NULL;
  row(t, backup ? GOOD : LIMITED, privileges, held.n > 0 ? held : say(t, "なし", "none"));
}

static void try_clock(struct selftest *t)
{
  char now[HK_ISO_SIZE];
  char boot[HK_ISO_SIZE];
  const hk_time at = os_now();
  const hk_time started = os_boot_time();
  const int year = hk_time_civil(at).year;
  const uint64_t before_ms = os_monotonic_ms();
  os_sleep_ms(20);
  const bool runs = os_now() > at && os_monotonic_ms() > before_ms;
  const bool sane = year >= 2024 && year < 2100 && started <= at;
  (void)hk_time_iso(at, now);
  (void)hk_time_iso(started, boot);
  row(t, runs && sane ? GOOD : FAILED, (struct hk_text){"時計", "clock"},
      hk_str_printf(&t->arena, "%s (%s %s)", now, pick(t, "起動", "started"), started == HK_TIME_UNKNOWN ? "?" : boot));
  const hk_str zone = os_time_zone(&t->arena);
  const int offset = os_utc_offset_minutes();
  const int size = offset < 0 ? -offset : offset;
  const bool known = zone.n > 0 && size <= 14 * 60;
  row(t, known ? GOOD : FAILED, (struct hk_text){"タイムゾーン", "time zone"},
      hk_str_printf(&t->arena, "%.*s, UTC%c%02d:%02d", (int)zone.n, zone.p, offset < 0 ? '-' : '+', size / 60, size % 60));
}

static void try_console(struct selftest *t)
{
  const struct hk_text name = {"画面", "console"};
  if (!os_is_terminal(1)) {
    row(t, UNSEEN, name, say(t, "画面ではなくファイルかパイプ（UTF-8 で書きます）", "not a console but a file or pipe (written as UTF-8)"));
    return;
  }
  /* What the console was told it cannot be asked to show: these are for the eyes of who sits there. */
  row(t, GOOD, name, hk_str_printf(&t->arena, "%s, %s: 火消し é ✓", pick(t, "UTF-8 で書きます", "written as UTF-8"),
                                   os_console_has_ansi() ? pick(t, "色と進捗あり", "with escape sequences") : pick(t, "色なし", "plain")));
}

/* ---- the sandbox -------------------------------------------------------------------------------------------------------------- */

static void try_confinement(struct selftest *t)
{
  static const struct hk_text names[OS_PROBE_COUNT] = {
      [OS_PROBE_OPEN_FILE] = {"隔離: ファイルを開く", "sandbox: open a file"},
      [OS_PROBE_WRITE_FILE] = {"隔離: ファイルを作る", "sandbox: create a file"},
      [OS_PROBE_CONNECT] = {"隔離: 通信する", "sandbox: connect"},
      [OS_PROBE_SPAWN] = {"隔離: プロセスを起動する", "sandbox: start a process"},
      [OS_PROBE_MEMORY] = {"隔離: メモリの上限を超える", "sandbox: exceed its memory"},
  };
  const struct hk_text start = {"隔離プロセス", "sandbox"};
  const struct hk_examiner_options options = {.self_exe = os_self_path(&t->arena), .modules = hk_modules, .n_modules = hk_modules_count};
  struct hk_examiner *x = NULL;
  bool refused[OS_PROBE_COUNT] = {false};
  hk_str measures = HK_S("");
  hk_err e = hk_examiner_open(&options, &x);
  if (e.code == HK_OK) e = hk_examiner_probe(x, &t->arena, refused, &measures);
  row_of(t, e, start, measures);
  for (int i = 0; e.code == HK_OK && i < OS_PROBE_COUNT; i++)
    row(t, refused[i] ? GOOD : FAILED, names[i],
        refused[i] ? say(t, "拒否された（期待どおり）", "refused, as it must be") : say(t, "拒否されなかった", "was NOT refused"));
  if (x != NULL) hk_examiner_close(x);
}

/* ---- the place of the output ---------------------------------------------------------------------------------------------------- */

/* Writes, reads back, leaves it there. */
static hk_err write_and_read(hk_str path)
{
  static const char text[] = "hikeshi selftest";
  struct os_file *f = NULL;
  char back[sizeof text] = {0};
  size_t got = 0;
  HK_TRY(os_open(path, OS_CREATE_NEW, &f));
  hk_err e = os_write(f, text, sizeof text);
  if (e.code == HK_OK) e = os_flush(f);
  os_close(f);
  HK_TRY(e);
  HK_TRY(os_open(path, OS_READ, &f));
  e = os_read_at(f, 0, back, sizeof back, &got);
  os_close(f);
  HK_TRY(e);
  return got == sizeof text && memcmp(back, text, sizeof text) == 0 ? hk_ok() : hk_fail(HK_DAMAGED, "read back what was written", HK_NO_OFFSET);
}

static void try_out(struct selftest *t)
{
  const struct hk_text name = {"出力先", "output folder"};
  hk_err e = os_make_dir(t->out);
  const hk_str folder = os_join(&t->arena, t->out, hk_str_printf(&t->arena, "hikeshi-selftest-%u", os_process_id()));
  struct os_info info;
  if (e.code == HK_OK && os_stat(folder, &info).code == HK_OK) e = hk_fail(HK_USAGE, "make a folder of our own: it exists", HK_NO_OFFSET);
  if (e.code == HK_OK) e = os_make_dir(folder);
  if (e.code == HK_OK) t->folder = folder;
  const hk_str file = os_join(&t->arena, folder, HK_S("a.txt"));
  if (e.code == HK_OK) e = write_and_read(file);
  if (t->folder.n > 0) (void)os_remove(file);
  row_of(t, e, name, hk_str_printf(&t->arena, "%.*s (%s)", (int)t->out.n, t->out.p, os_medium(t->out)));
  const struct hk_text network = {"ネットワークの出力先", "output on a share"};
  const bool unc = hk_str_starts(t->out, HK_S("\\\\")) && !hk_str_starts(t->out, HK_S("\\\\?\\")) && !hk_str_starts(t->out, HK_S("\\\\.\\"));
  if (unc)
    row_of(t, e, network, say(t, "届きます。書いて読み戻しました", "reachable: written and read back"));
  else
    row(t, UNSEEN, network, say(t, "--out が \\\\サーバー\\共有 ではない", "--out is no \\\\server\\share"));
}

static void try_free_space(struct selftest *t)
{
  uint64_t space = 0;
  const hk_err e = os_free_space(t->out, &space);
  const struct hk_text name = {"空き容量", "free space"};
  const hk_str text = hk_str_printf(&t->arena, "%llu MB", (unsigned long long)(space >> 20));
  if (e.code == HK_OK && space < (UINT64_C(2) << 30))
    row(t, LIMITED, name, text);
  else
    row_of(t, e, name, text);
}

static void try_long_path(struct selftest *t)
{
  hk_str parts[LONG_PARTS + 1];
  size_t n = 0;
  hk_err e = hk_ok();
  parts[0] = t->folder;
  for (; n < LONG_PARTS && e.code == HK_OK; n++) {
    parts[n + 1] = os_join(&t->arena, parts[n], HK_S("0123456789012345678901234567890123456789"));
    e = parts[n + 1].p == NULL ? hk_fail(HK_MEMORY, "join a path", HK_NO_OFFSET) : os_make_dir(parts[n + 1]);
    if (e.code != HK_OK) break;
  }
  const hk_str file = os_join(&t->arena, parts[n], HK_S("long.txt"));
  if (e.code == HK_OK) e = write_and_read(file);
  (void)os_remove(file);
  for (size_t i = n; i > 0; i--) {
    const hk_err removed = os_remove(parts[i]);
    if (e.code == HK_OK) e = removed;
  }
  row_of(t, e, (struct hk_text){"長いパス", "long path"},
         hk_str_printf(&t->arena, t->o->japanese ? "%zu 文字のパスを作り、読み、消しました" : "%zu characters: made, read, removed", file.n));
}

struct search {
  hk_str name;
  bool found;
};

static bool on_name(void *ctx, hk_str name, const struct os_info *info)
{
  struct search *const s = ctx;
  (void)info;
  s->found = hk_str_eq(name, s->name);
  return !s->found;
}

static void try_unicode(struct selftest *t)
{
  /* Kanji, a combined letter, a character beyond 16 bits. */
  struct search s = {.name = HK_S("利用者_é_𠮷.txt")};
  const hk_str path = os_join(&t->arena, t->folder, s.name);
  hk_err e = write_and_read(path);
  if (e.code == HK_OK) e = os_list(t->folder, on_name, &s);
  if (e.code == HK_OK && !s.found) e = hk_fail(HK_DAMAGED, "find the name as it was written", HK_NO_OFFSET);
  (void)os_remove(path);
  row_of(t, e, (struct hk_text){"日本語のファイル名", "Unicode file name"}, s.name);
}

static void try_times(struct selftest *t)
{
  struct os_info info;
  const hk_time born = HK_UNIX_EPOCH + 1000 * HK_DAY;
  const hk_time modified = HK_UNIX_EPOCH + 2000 * HK_DAY;
  const hk_str path = os_join(&t->arena, t->folder, HK_S("times.txt"));
  hk_err e = write_and_read(path);
  if (e.code == HK_OK) e = os_set_times(path, born, modified, modified);
  if (e.code == HK_OK) e = os_stat(path, &info);
  const bool kept = e.code == HK_OK && info.modified_at == modified;
  const bool birth_kept = kept && info.born_at == born;
  (void)os_remove(path);
  if (e.code == HK_OK && !kept) e = hk_fail(HK_DAMAGED, "find the time as it was set", HK_NO_OFFSET);
  row_of(t, e, (struct hk_text){"ファイルの時刻を戻す（unpack）", "restore file times (unpack)"},
         birth_kept ? say(t, "更新と作成", "modified and created") : say(t, "更新だけ（作成の時刻はここでは設定できない）", "modified only (the time of creation cannot be set here)"));
}

/* ---- what other programs hold ------------------------------------------------------------------------------------------------------ */

static void try_locked(struct selftest *t)
{
  const struct hk_text name = {"ロックされたファイル", "locked file"};
  struct hk_selftest_lock *lock = NULL;
  struct os_file *f = NULL;
  const hk_str path = os_join(&t->arena, t->folder, HK_S("locked.txt"));
  hk_err e = write_and_read(path);
  if (e.code == HK_OK) e = hk_selftest_lock(path, &lock);
  if (e.code == HK_UNSUPPORTED) {
    row(t, UNSEEN, name, say(t, "この OS にはない", "this system has no such locks"));
  } else if (e.code != HK_OK) {
    row_of(t, e, name, HK_S(""));
  } else {
    const hk_err opened = os_open(path, OS_READ, &f);
    if (opened.code == HK_OK) os_close(f);
    row(t, opened.code == HK_DENIED ? GOOD : FAILED, name,
        opened.code == HK_DENIED ? say(t, "拒否と分かる（期待どおり）", "seen as denied, as it must be") : say_error(t, opened));
  }
  hk_selftest_unlock(lock);
  (void)os_remove(path);
}

/* The way collect reads it: by the API, else from the volume. Returns how. */
static hk_err read_as_collect_does(hk_str path, const char **how)
{
  struct hk_source *live = NULL;
  struct hk_stream *s = NULL;
  uint8_t block[4096];
  size_t got = 0;
  HK_TRY(hk_source_open_live(&live));
  hk_err e = live->ops->open(live, path, &s);
  if (e.code == HK_OK) {
    e = s->read(s, block, sizeof block, &got);
    *how = s->method == NULL ? "api" : s->method;
    if (e.code == HK_OK && (got < 4 || memcmp(block, "regf", 4) != 0)) e = hk_fail(HK_DAMAGED, "read the hive: it is none", HK_NO_OFFSET);
    s->close(s);
  }
  live->ops->close(live);
  return e;
}

static void try_held_hive(struct selftest *t, struct hk_text name, hk_str path)
{
  const char *how = "";
  const hk_err raw = read_as_collect_does(path, &how);
  if (raw.code == HK_OK)
    row(t, GOOD, name, hk_str_printf(&t->arena, t->o->japanese ? "ロックされているが、%s で読める" : "locked, and read all the same: %s", how));
  else
    row(t, LIMITED, name, hk_str_printf(&t->arena, "%s (%s: %s)", pick(t, "ロックされていて読めない", "locked, and not readable"),
                                        hk_code_name(raw.code), raw.step));
}

/* The SYSTEM hive is open whenever Windows runs. */
static void try_hive(struct selftest *t)
{
  const struct hk_text name = {"使用中のレジストリ ハイブ", "registry hive in use"};
  static const char path[] = "C:\\Windows\\System32\\config\\SYSTEM";
  struct os_file *f = NULL;
  if (!t->windows) {
    row(t, UNSEEN, name, say(t, "Windows だけのもの", "Windows only"));
    return;
  }
  const hk_err e = os_open(hk_str_of(path), OS_READ, &f);
  if (e.code == HK_OK) os_close(f);
  if (e.code == HK_ABSENT)
    row(t, UNSEEN, name, say(t, "このシステムにはない", "this system has none there"));
  else if (e.code == HK_DENIED)
    try_held_hive(t, name, hk_str_of(path));
  else
    row_of(t, e, name, say(t, "普通に開けた", "opens the ordinary way"));
}

/* The boot sector of NTFS names it at byte 3. */
static hk_err read_boot_sector(hk_str device, bool *ntfs)
{
  struct os_file *f = NULL;
  uint8_t sector[4096];
  size_t got = 0;
  HK_TRY(os_open(device, OS_READ, &f));
  const hk_err e = os_read_at(f, 0, sector, sizeof sector, &got);
  os_close(f);
  HK_TRY(e);
  *ntfs = got >= 512 && memcmp(sector + 3, "NTFS    ", 8) == 0;
  return got >= 512 ? hk_ok() : hk_fail(HK_TRUNCATED, "read the first sector", HK_NO_OFFSET);
}

static void try_volumes(struct selftest *t)
{
  const hk_str letters = os_fixed_volumes(&t->arena);
  const struct hk_text none = {"ボリュームの直接読み取り", "raw volume"};
  if (letters.n == 0) row(t, UNSEEN, none, t->windows ? say(t, "固定ボリュームがない", "no fixed volume") : say(t, "Windows だけのもの", "Windows only"));
  for (size_t i = 0; i < letters.n; i++) {
    const hk_str ja = hk_str_printf(&t->arena, "ボリューム %c: の直接読み取り", letters.p[i]);
    const hk_str en = hk_str_printf(&t->arena, "raw volume %c:", letters.p[i]);
    const struct hk_text name = {ja.p == NULL ? none.ja : ja.p, en.p == NULL ? none.en : en.p};
    bool ntfs = false;
    const hk_err e = read_boot_sector(hk_str_printf(&t->arena, "\\\\.\\%c:", letters.p[i]), &ntfs);
    if (e.code != HK_OK)
      row(t, LIMITED, name, say_error(t, e));
    else
      row(t, ntfs ? GOOD : LIMITED, name, ntfs ? HK_S("NTFS") : say(t, "読めるが NTFS ではない", "readable, but not NTFS"));
  }
}

struct shadows_seen {
  size_t n, usable;
  hk_time newest;
};

static bool on_shadow(void *ctx, const struct hk_shadow *x)
{
  struct shadows_seen *const s = ctx;
  s->n++;
  if (x->state.code == HK_OK) s->usable++;
  if (x->created_at > s->newest) s->newest = x->created_at;
  return true;
}

/* Read from the disk by our own parser, so the service that makes them need not run. */
static void try_shadows(struct selftest *t)
{
  const struct hk_text name = {"シャドウ コピー", "shadow copies"};
  struct hk_source *live = NULL;
  struct shadows_seen seen = {0};
  if (!t->windows) {
    row(t, UNSEEN, name, say(t, "Windows だけのもの", "Windows only"));
    return;
  }
  hk_err e = hk_source_open_live(&live);
  if (e.code == HK_OK) {
    e = live->ops->shadows == NULL ? hk_fail(HK_ABSENT, "look for shadow copies", HK_NO_OFFSET) : live->ops->shadows(live, on_shadow, &seen);
    live->ops->close(live);
  }
  char newest[HK_ISO_SIZE];
  if (e.code != HK_OK)
    row(t, LIMITED, name, say_error(t, e));
  else if (seen.n == 0)
    row(t, UNSEEN, name, say(t, "見えるものはない", "none to be seen"));
  else
    row(t, seen.usable == seen.n ? GOOD : LIMITED, name,
        hk_str_printf(&t->arena, t->o->japanese ? "%zu 個（読めるもの %zu、最新 %s）" : "%zu (%zu can be read, the newest of %s)", seen.n,
                      seen.usable, hk_time_iso(seen.newest, newest)));
}

/* ---- all of it ------------------------------------------------------------------------------------------------------------------------ */

static void run_rows(struct selftest *t)
{
  const hk_str system = os_version(&t->arena);
  const hk_str host = os_host_name(&t->arena);
  hk_console_line("hikeshi %s — %.*s, %.*s", HK_VERSION, (int)host.n, host.p, (int)system.n, system.p);
  try_rights(t);
  try_confinement(t);
  try_out(t);
  try_free_space(t);
  if (t->folder.n > 0) {
    try_long_path(t);
    try_unicode(t);
    try_times(t);
    try_locked(t);
  }
  try_hive(t);
  try_volumes(t);
  try_shadows(t);
  try_console(t);
  try_clock(t);
}

int hk_run_selftest(const struct hk_options *o)
{
  struct selftest t = {.o = o, .folder = HK_S(""), .windows = os_separator == '\\'};
  struct os_info info;
  hk_arena_init(&t.arena, 0);
  t.out = o->out.n != 0 ? o->out : hk_run_own_folder(&t.arena);
  const bool made = os_stat(t.out, &info).code == HK_ABSENT;
  run_rows(&t);
  if (t.folder.n > 0) {
    const hk_err e = os_remove(t.folder);
    if (e.code != HK_OK) row_of(&t, e, (struct hk_text){"後片付け", "tidying up"}, HK_S(""));
  }
  if (made) (void)os_remove(t.out);
  hk_console_line(o->japanese ? "良 %u, 否 %u, 制限 %u, 未確認 %u" : "ok %u, failed %u, less %u, not looked at %u", t.n[GOOD], t.n[FAILED],
                  t.n[LIMITED], t.n[UNSEEN]);
  hk_arena_done(&t.arena);
  return t.n[FAILED] > 0 ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}
