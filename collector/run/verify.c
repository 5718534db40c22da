/* hikeshi verify: is the archive what was sealed, and by whom was it signed? And what can be saved from one that was cut off? */
#include <string.h>

#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/keys.h"
#include "store/store.h"

static void on_bad(void *ctx, hk_str name, hk_err e)
{
  (void)ctx;
  hk_console_line("%-12s %.*s%s%s", hk_code_name(e.code), (int)name.n, name.p, e.step == NULL ? "" : ": ", e.step == NULL ? "" : e.step);
}

/* Of an encrypted file: was it cut off, did chunks not open? */
static bool tell_encryption(const struct hk_options *o, const struct hk_age_file *f)
{
  const uint64_t n_bad = hk_age_file_n_bad(f);
  if (f->lock == HK_AGE_OPEN) return true;
  if (f->cut_off)
    hk_console_line("%s", o->japanese ? "暗号化されたファイルが途中で切れているか、終わりが壊れています"
                                      : "the encrypted file was cut off, or its end is damaged");
  if (n_bad > 0)
    hk_console_line(o->japanese ? "壊れているか改ざんされた暗号ブロック（64 KiB）: %llu" : "encrypted blocks of 64 KiB that are damaged or forged: %llu",
                    (unsigned long long)n_bad);
  return !f->cut_off && n_bad == 0;
}

static int recover(const struct hk_options *o, const struct hk_age_file *f)
{
  struct hk_verdict v = {0};
  const hk_err e = hk_store_recover_bytes(f->bytes, o->operands[0], o->recover, &v);
  (void)tell_encryption(o, f);
  if (e.code == HK_ABSENT && e.os == 0)
    return hk_run_fail(o, hk_fail(HK_DAMAGED, "recover: no entry of an archive in it", HK_NO_OFFSET), o->operands[0], HK_EXIT_BROKEN);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->recover, HK_EXIT_OUTPUT);
  hk_console_line(o->japanese ? "%llu 件を救い出しました: %.*s" : "%llu entries recovered: %.*s", (unsigned long long)v.n_good,
                  (int)o->recover.n, o->recover.p);
  if (v.n_bad > 0)
    hk_console_line(o->japanese ? "途中で切れていたもの: %llu 件（最初: %s）" : "cut off: %llu (first: %s)", (unsigned long long)v.n_bad,
                    v.first_bad);
  return v.n_good > 0 ? HK_EXIT_OK : HK_EXIT_BROKEN;
}

/* ---- the signature ------------------------------------------------------------------------------------------------------- */

/* --public-key names a file, or is the key itself. */
static hk_err get_public_key(const struct hk_options *o, struct hk_sign_public *key)
{
  struct os_info info;
  struct hk_secret_text text;
  if (os_stat(o->public_key, &info).code != HK_OK) return hk_sign_public_read(o->public_key, key);
  HK_TRY(hk_secret_read(o->public_key, &text));
  const hk_err e = hk_sign_public_read(hk_secret_str(&text), key);
  hk_secret_done(&text);
  return e;
}

static hk_err check_signature(const struct hk_options *o, const struct hk_age_file *f, const struct hk_sign_public *key,
                              char comment[HK_SIGN_COMMENT_BYTES])
{
  struct hk_arena a;
  struct hk_secret_text text;
  hk_arena_init(&a, 0);
  const hk_str path = hk_str_printf(&a, "%.*s" HK_SIGN_SUFFIX, (int)o->operands[0].n, o->operands[0].p);
  hk_err e = path.p == NULL ? hk_fail(HK_MEMORY, "read signature", HK_NO_OFFSET) : hk_secret_read(path, &text);
  if (e.code == HK_OK) {
    e = hk_sign_check(f->raw, hk_secret_str(&text), key, comment);
    hk_secret_done(&text);
  }
  hk_arena_done(&a);
  return e;
}

/* What was signed with the file names the seal, too. */
static bool names_another_seal(const char *comment, const struct hk_verdict *v)
{
  const char *const at = strstr(comment, "seal ");
  return at != NULL && v->seal[0] != 0 && strncmp(at + 5, v->seal, strlen(v->seal)) != 0;
}

static bool tell_signature(const struct hk_options *o, const struct hk_age_file *f, const struct hk_sign_public *key, const struct hk_verdict *v)
{
  char comment[HK_SIGN_COMMENT_BYTES] = "";
  hk_err e = check_signature(o, f, key, comment);
  if (e.code == HK_OK && names_another_seal(comment, v)) e = hk_fail(HK_REFUSED, "check signature: it names another seal", HK_NO_OFFSET);
  if (e.code == HK_OK) {
    hk_console_line("%s %s", o->japanese ? "署名は正しい:" : "signature holds:", comment);
    return true;
  }
  hk_console_line("%s %s (%s)", o->japanese ? "署名を確かめられません:" : "signature does NOT hold:", hk_code_name(e.code), e.step);
  return false;
}

/* ---- the verdict --------------------------------------------------------------------------------------------------------- */

static void tell_verdict(const struct hk_options *o, const struct hk_verdict *v)
{
  hk_console_line(o->japanese ? "項目 %llu, 正常 %llu, 破損 %llu, 欠落 %llu, 一覧にない %llu"
                              : "entries %llu, good %llu, broken %llu, missing %llu, not listed %llu",
                  (unsigned long long)v->n_entries, (unsigned long long)v->n_good, (unsigned long long)v->n_bad,
                  (unsigned long long)v->n_missing, (unsigned long long)v->n_unlisted);
  if (v->first_bad[0] != 0) hk_console_line("%s %s", o->japanese ? "最初の破損:" : "first broken:", v->first_bad);
  if (v->why[0] != 0) hk_console_line("%s", v->why);
  if (v->sealed) hk_console_line("%s %s", o->japanese ? "封印値:" : "Seal:", v->seal);
}

static int verify(const struct hk_options *o, const struct hk_age_file *f, const struct hk_sign_public *key)
{
  struct hk_verdict v = {0};
  const hk_err e = hk_store_verify_bytes(f->bytes, on_bad, NULL, &v);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], e.code == HK_ABSENT || e.code == HK_DENIED ? HK_EXIT_SOURCE : HK_EXIT_BROKEN);
  bool good = v.sealed && v.n_bad == 0 && v.n_missing == 0 && v.n_unlisted == 0;
  tell_verdict(o, &v);
  if (!tell_encryption(o, f)) good = false;
  if (key != NULL && !tell_signature(o, f, key, &v)) good = false;
  hk_console_line("%s", good ? (o->japanese ? "正常: 封をした時のままです" : "intact: it is what was sealed")
                             : (o->japanese ? "一致しません" : "NOT intact"));
  if (!v.sealed && v.n_good > 0) hk_run_hint_recover(o, o->operands[0]);
  return good ? HK_EXIT_OK : HK_EXIT_BROKEN;
}

int hk_run_verify(const struct hk_options *o)
{
  struct os_info info;
  struct hk_age_file f;
  struct hk_sign_public key;
  hk_err e = os_stat(o->operands[0], &info);
  if (e.code == HK_OK && info.kind == OS_DIRECTORY) e = hk_fail(HK_USAGE, "verify: it is a folder", HK_NO_OFFSET);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->operands[0], HK_EXIT_SOURCE);
  if (o->public_key.n != 0) e = get_public_key(o, &key);
  if (e.code != HK_OK) return hk_run_fail(o, e, o->public_key, HK_EXIT_USAGE);
  /* What can be read of a damaged file is read, so that the verdict can say how much it is. */
  e = hk_run_open_locked(o, o->operands[0], HK_AGE_SAVE, &f);
  if (e.code != HK_OK)
    return hk_run_fail(o, e, o->operands[0], e.code == HK_DAMAGED || e.code == HK_TRUNCATED ? HK_EXIT_BROKEN : HK_EXIT_SOURCE);
  const int code = o->recover.n != 0 ? recover(o, &f) : verify(o, &f, o->public_key.n != 0 ? &key : NULL);
  hk_age_file_close(&f);
  return code;
}
