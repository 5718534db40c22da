/* Keys of the command line. */
#include "run/keys.h"

#include <string.h>

#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"

static const struct hk_text ask_file = {"パスフレーズ: ", "Passphrase: "};
static const struct hk_text ask_key = {"署名鍵のパスフレーズ: ", "Passphrase of the signing key: "};
static const struct hk_text ask_again = {"もう一度: ", "Again: "};

/* ---- passphrases ------------------------------------------------------------------------------------------------------- */

/* The first line of the file. */
static hk_err passphrase_of_file(hk_str path, struct hk_passphrase *out)
{
  struct hk_secret_text text;
  hk_str line = HK_S("");
  size_t at = 0;
  HK_TRY(hk_secret_read(path, &text));
  (void)hk_secret_line(hk_secret_str(&text), &at, &line);
  const hk_err e = hk_passphrase_set(out, line);
  hk_secret_done(&text);
  return e;
}

static hk_err ask(const struct hk_options *o, struct hk_text prompt, struct hk_passphrase *out)
{
  struct hk_passphrase p = {.n = 0};
  hk_err e = os_ask_secret(hk_str_of(hk_text_in(prompt, o->japanese)), p.p, sizeof p.p, &p.n);
  if (e.code == HK_OK) e = hk_passphrase_set(out, (hk_str){.p = p.p, .n = p.n});
  hk_secret_wipe(&p, sizeof p);
  return e;
}

/* From where nobody need be asked. HK_ABSENT: there is none. */
static hk_err given(const struct hk_options *o, const char *variable, struct hk_passphrase *out)
{
  if (o->passphrase_file.n != 0) return passphrase_of_file(o->passphrase_file, out);
  return os_environment_secret(variable, out->p, sizeof out->p, &out->n) ? hk_ok() : hk_fail(HK_ABSENT, "find a passphrase", HK_NO_OFFSET);
}

static hk_err ask_twice(const struct hk_options *o, struct hk_text prompt, struct hk_passphrase *out)
{
  struct hk_passphrase again = {.n = 0};
  hk_err e = ask(o, prompt, out);
  if (e.code == HK_OK) e = ask(o, ask_again, &again);
  if (e.code == HK_OK && (out->n != again.n || memcmp(out->p, again.p, again.n) != 0))
    e = hk_fail(HK_USAGE, "ask: the two answers differ", HK_NO_OFFSET);
  hk_secret_wipe(&again, sizeof again);
  return e;
}

int hk_passphrase_new(const struct hk_options *o, const char *variable, struct hk_text prompt, struct hk_passphrase *out)
{
  hk_err e = given(o, variable, out);
  if (e.code == HK_ABSENT && o->passphrase_file.n == 0) e = ask_twice(o, prompt, out);
  return e.code == HK_OK ? HK_EXIT_OK : hk_run_fail(o, e, HK_S("--passphrase"), HK_EXIT_USAGE);
}

/* ---- the output ---------------------------------------------------------------------------------------------------------- */

static int fail_line(const struct hk_options *o, hk_err e, hk_str path)
{
  if (e.offset > 0) hk_console_error(o->japanese ? "%.*s の %lld 行目:" : "%.*s, line %lld:", (int)path.n, path.p, (long long)e.offset);
  return hk_run_fail(o, e, path, HK_EXIT_USAGE);
}

static int get_recipients(const struct hk_options *o, struct hk_age_recipients *to)
{
  for (size_t i = 0; i < o->recipients.n; i++) {
    const hk_err e = hk_age_recipients_add(to, o->recipients.v[i]);
    /* A secret key is not shown again. */
    if (e.code != HK_OK) return hk_run_fail(o, e, e.code == HK_REFUSED ? HK_S("--recipient") : o->recipients.v[i], HK_EXIT_USAGE);
  }
  if (o->recipients_file.n == 0) return HK_EXIT_OK;
  struct hk_secret_text text;
  hk_err e = hk_secret_read(o->recipients_file, &text);
  if (e.code == HK_OK) {
    e = hk_age_recipients_read(to, hk_secret_str(&text));
    hk_secret_done(&text);
  }
  return e.code == HK_OK ? HK_EXIT_OK : fail_line(o, e, o->recipients_file);
}

static int get_encryption(const struct hk_options *o, struct hk_output_keys *k)
{
  const bool keys = o->recipients.n != 0 || o->recipients_file.n != 0;
  const bool passphrase = o->passphrase || o->passphrase_file.n != 0;
  k->encrypt = keys || passphrase;
  if (keys && passphrase) {
    hk_console_error("hikeshi: %s", o->japanese ? "--recipient と --passphrase はどちらか一方だけ指定してください"
                                                : "give --recipient or --passphrase, not both: a passphrase stands alone");
    return HK_EXIT_USAGE;
  }
  if (keys) return get_recipients(o, &k->to);
  return passphrase ? hk_passphrase_new(o, HK_PASSPHRASE_VARIABLE, ask_file, &k->to.passphrase) : HK_EXIT_OK;
}

/* The variable, else the console. --passphrase-file is the archive's. */
static hk_err passphrase_of_key(const struct hk_options *o, struct hk_passphrase *p)
{
  if (os_environment_secret(HK_SIGN_PASSPHRASE_VARIABLE, p->p, sizeof p->p, &p->n)) return hk_ok();
  return ask(o, ask_key, p);
}

static int get_signing(const struct hk_options *o, struct hk_output_keys *k)
{
  struct hk_secret_text text;
  struct hk_passphrase p = {.n = 0};
  bool locked = false;
  k->sign = o->sign_key.n != 0;
  if (!k->sign) return HK_EXIT_OK;
  hk_err e = hk_secret_read(o->sign_key, &text);
  if (e.code == HK_OK) {
    e = hk_sign_key_read(hk_secret_str(&text), NULL, &k->key, &locked);
    if (e.code == HK_DENIED && locked) {
      e = passphrase_of_key(o, &p);
      if (e.code == HK_OK) e = hk_sign_key_read(hk_secret_str(&text), &p, &k->key, &locked);
    }
    hk_secret_done(&text);
  }
  hk_secret_wipe(&p, sizeof p);
  return e.code == HK_OK ? HK_EXIT_OK : hk_run_fail(o, e, o->sign_key, HK_EXIT_USAGE);
}

int hk_output_keys_get(const struct hk_options *o, struct hk_output_keys *k)
{
  const int code = get_encryption(o, k);
  return code != HK_EXIT_OK ? code : get_signing(o, k);
}

void hk_output_keys_done(struct hk_output_keys *k)
{
  hk_secret_wipe(k, sizeof *k);
}

hk_str hk_output_suffix(const struct hk_output_keys *k)
{
  return k->encrypt ? HK_S(".age") : HK_S("");
}

hk_err hk_output_filters(const struct hk_output_keys *k, hk_str path, hk_str comment, struct hk_store_sink *below,
                         struct hk_store_sink **out)
{
  struct hk_store_sink *s = below;
  if (k->sign) HK_TRY(hk_sign_sink(&k->key, path, comment, s, &s));
  if (k->encrypt) HK_TRY(hk_age_sink(&k->to, s, &s));
  *out = s;
  return hk_ok();
}

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

static hk_err get_identities(const struct hk_options *o, struct hk_age_identities *with)
{
  for (size_t i = 0; i < o->identities.n; i++) {
    struct hk_secret_text text;
    hk_err e = hk_secret_read(o->identities.v[i], &text);
    if (e.code == HK_OK) {
      e = hk_age_identities_read(with, hk_secret_str(&text));
      hk_secret_done(&text);
    }
    if (e.code == HK_OK) continue;
    (void)fail_line(o, e, o->identities.v[i]);
    return hk_fail(HK_USAGE, "open with --identity", HK_NO_OFFSET);
  }
  return hk_ok();
}

static hk_err open_with(const struct hk_options *o, hk_str path, enum hk_age_mode mode, struct hk_age_identities *with, struct hk_age_file *out)
{
  HK_TRY(get_identities(o, with));
  const hk_err e = hk_age_file_open(path, with, mode, out);
  if (e.code != HK_DENIED || out->lock != HK_AGE_TO_PASSPHRASE) return e;
  /* Only now is it known that a passphrase is asked for. */
  hk_err found = given(o, HK_PASSPHRASE_VARIABLE, &with->passphrase);
  if (found.code == HK_ABSENT && o->passphrase_file.n == 0) found = ask(o, ask_file, &with->passphrase);
  return found.code == HK_OK ? hk_age_file_open(path, with, mode, out) : e;
}

static void say_what_is_missing(const struct hk_options *o, enum hk_age_lock lock)
{
  if (lock == HK_AGE_TO_PASSPHRASE)
    hk_console_error("%s", o->japanese ? "暗号化されています。パスフレーズが違うか、ありません（--passphrase-file でも指定できます）。何も書き出していません。"
                                       : "It is encrypted, and the passphrase is missing or wrong (--passphrase-file gives one, too). Nothing was written.");
  else if (lock == HK_AGE_TO_KEYS)
    hk_console_error("%s", o->japanese ? "暗号化されています。合う鍵がありません。--identity で受取人の鍵ファイル（AGE-SECRET-KEY-1…）を指定してください。何も書き出していません。"
                                       : "It is encrypted, and no key given fits: --identity names the file with a recipient's AGE-SECRET-KEY-1… . Nothing was written.");
}

hk_err hk_run_open_locked(const struct hk_options *o, hk_str path, enum hk_age_mode mode, struct hk_age_file *out)
{
  struct hk_age_identities with = {.n = 0};
  const hk_err e = open_with(o, path, mode, &with, out);
  hk_age_identities_done(&with);
  if (e.code == HK_DENIED) say_what_is_missing(o, out->lock);
  return e;
}
