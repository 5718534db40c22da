/* hikeshi keygen: a key pair for encryption (age) or, with --sign, for signatures (minisign), in the files of these tools. */
#include <stdio.h>

#include "base/hktime.h"
#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/keys.h"

/* A new file that only its owner may read; what exists is never replaced. */
static hk_err write_new(hk_str path, enum os_open_mode mode, hk_str text)
{
  struct os_file *f = NULL;
  HK_TRY(os_open(path, mode, &f));
  hk_err e = os_write(f, text.p, text.n);
  if (e.code == HK_OK) e = os_flush(f);
  os_close(f);
  if (e.code != HK_OK) (void)os_remove(path);
  return e;
}

/* As age-keygen writes it. */
static int make_age(const struct hk_options *o)
{
  char identity[HK_AGE_KEY_TEXT];
  char recipient[HK_AGE_KEY_TEXT];
  char text[256 + 2 * HK_AGE_KEY_TEXT];
  char now[HK_ISO_SIZE];
  const hk_str path = o->out.n != 0 ? o->out : HK_S("hikeshi.key");
  hk_err e = hk_age_keygen(identity, recipient);
  if (e.code == HK_OK) {
    const int n = snprintf(text, sizeof text, "# created: %s\n# public key: %s\n%s\n",
                           hk_time_iso(os_now() / HK_SECOND * HK_SECOND, now), recipient, identity);
    e = write_new(path, OS_CREATE_SECRET, (hk_str){.p = text, .n = (size_t)n});
  }
  hk_secret_wipe(identity, sizeof identity);
  hk_secret_wipe(text, sizeof text);
  if (e.code != HK_OK) return hk_run_fail(o, e, path, HK_EXIT_OUTPUT);
  hk_console_line(o->japanese ? "秘密鍵: %.*s（解析する PC に置き、対象の PC には持ち込まない）" : "Secret key: %.*s (it stays with the analyst, never on a suspect PC)",
                  (int)path.n, path.p);
  hk_console_line("%s %s", o->japanese ? "受取人（--recipient に指定）:" : "Recipient (for --recipient):", recipient);
  return HK_EXIT_OK;
}

static hk_err write_pair(hk_str secret_path, hk_str public_path, const char *secret, const char *open)
{
  struct os_info there;
  if (os_stat(public_path, &there).code == HK_OK) return hk_fail(HK_USAGE, "make key: the public file exists", HK_NO_OFFSET);
  HK_TRY(write_new(secret_path, OS_CREATE_SECRET, hk_str_of(secret)));
  const hk_err e = write_new(public_path, OS_CREATE_NEW, hk_str_of(open));
  if (e.code != HK_OK) (void)os_remove(secret_path);
  return e;
}

/* FILE and FILE.pub. */
static int make_minisign(const struct hk_options *o, struct hk_arena *a)
{
  static const struct hk_text prompt = {"新しい鍵のパスフレーズ: ", "Passphrase for the new key: "};
  struct hk_passphrase p = {.n = 0};
  char secret[HK_SIGN_FILE_BYTES];
  char open[HK_SIGN_FILE_BYTES];
  const hk_str path = o->out.n != 0 ? o->out : HK_S("hikeshi-sign.key");
  const hk_str public_path = hk_str_printf(a, "%.*s.pub", (int)path.n, path.p);
  const bool locked = o->passphrase || o->passphrase_file.n != 0;
  const int asked = locked ? hk_passphrase_new(o, HK_SIGN_PASSPHRASE_VARIABLE, prompt, &p) : HK_EXIT_OK;
  if (asked != HK_EXIT_OK) return asked;
  hk_err e = hk_sign_keygen(&p, secret, open);
  hk_secret_wipe(&p, sizeof p);
  if (e.code == HK_OK) e = write_pair(path, public_path, secret, open);
  hk_secret_wipe(secret, sizeof secret);
  if (e.code != HK_OK) return hk_run_fail(o, e, path, HK_EXIT_OUTPUT);
  hk_console_line("%s %.*s%s", o->japanese ? "署名鍵（--sign に指定）:" : "Signing key (for --sign):", (int)path.n, path.p,
                  locked ? "" : o->japanese ? "（暗号化なし。守るには --passphrase）" : " (not encrypted; --passphrase protects it)");
  hk_console_line("%s %.*s", o->japanese ? "公開鍵（verify --public-key に指定）:" : "Public key (for verify --public-key):", (int)public_path.n,
                  public_path.p);
  return HK_EXIT_OK;
}

int hk_run_keygen(const struct hk_options *o)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const int code = o->sign ? make_minisign(o, &a) : make_age(o);
  hk_arena_done(&a);
  return code;
}
