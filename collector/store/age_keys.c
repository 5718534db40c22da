/* Keys of age in text form and the files they lie in. */
#include <sodium.h>
#include <string.h>

#include "store/age.h"
#include "store/age_bech32.h"

#define RECIPIENT "age"
#define IDENTITY "AGE-SECRET-KEY-"

void hk_age_recipients_done(struct hk_age_recipients *r)
{
  sodium_memzero(r, sizeof *r);
}

void hk_age_identities_done(struct hk_age_identities *i)
{
  sodium_memzero(i, sizeof *i);
}

static bool is_of_another_kind(hk_str s)
{
  static const char *const others[] = {"ssh-", "age1pq1", "age1tag", "age1yubikey1", "AGE-PLUGIN-", "AGE-SECRET-KEY-PQ-",
                                       "-----BEGIN", "age-encryption.org/"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (hk_str_starts(s, hk_str_of(others[i]))) return true;
  return false;
}

hk_err hk_age_recipients_add(struct hk_age_recipients *r, hk_str text)
{
  uint8_t key[HK_AGE_KEY_BYTES];
  if (hk_str_starts(text, HK_S(IDENTITY)))
    return hk_fail(HK_REFUSED, "read recipient: it is a secret key; give the one that begins with age1", HK_NO_OFFSET);
  if (!age_bech32_get(RECIPIENT, text, key))
    return is_of_another_kind(text) ? hk_fail(HK_UNSUPPORTED, "read recipient: only X25519 keys (age1…)", HK_NO_OFFSET)
                                    : hk_fail(HK_USAGE, "read recipient: no age key, or mistyped", HK_NO_OFFSET);
  if (r->n == HK_AGE_MOST_KEYS) return hk_fail(HK_LIMIT, "read recipient: too many", HK_NO_OFFSET);
  memcpy(r->keys[r->n++], key, sizeof key);
  return hk_ok();
}

static hk_err add_identity(struct hk_age_identities *i, hk_str text)
{
  if (i->n == HK_AGE_MOST_KEYS) return hk_fail(HK_LIMIT, "read identity: too many", HK_NO_OFFSET);
  if (!age_bech32_get(IDENTITY, text, i->secret[i->n]))
    return is_of_another_kind(text) ? hk_fail(HK_UNSUPPORTED, "read identity: only X25519 keys (AGE-SECRET-KEY-1…)", HK_NO_OFFSET)
                                    : hk_fail(HK_USAGE, "read identity: no age key, or mistyped", HK_NO_OFFSET);
  if (crypto_scalarmult_base(i->open[i->n], i->secret[i->n]) != 0)
    return hk_fail(HK_USAGE, "read identity: no age key, or mistyped", HK_NO_OFFSET);
  i->n++;
  return hk_ok();
}

/* One key a line; what no line says is no error but "nothing". */
static hk_err read_lines(hk_str text, hk_err (*add)(void *to, hk_str line), void *to)
{
  hk_str line;
  size_t at = 0;
  bool any = false;
  for (int64_t number = 1; hk_secret_line(text, &at, &line); number++) {
    if (line.n == 0 || line.p[0] == '#') continue;
    hk_err e = add(to, line);
    if (e.code != HK_OK) {
      e.offset = number;
      return e;
    }
    any = true;
  }
  return any ? hk_ok() : hk_fail(HK_USAGE, "read key file: no key in it", HK_NO_OFFSET);
}

static hk_err on_recipient(void *to, hk_str line)
{
  return hk_age_recipients_add(to, line);
}

static hk_err on_identity(void *to, hk_str line)
{
  return add_identity(to, line);
}

hk_err hk_age_recipients_read(struct hk_age_recipients *r, hk_str text)
{
  return read_lines(text, on_recipient, r);
}

hk_err hk_age_identities_read(struct hk_age_identities *i, hk_str text)
{
  return read_lines(text, on_identity, i);
}

hk_err hk_age_keygen(char identity[HK_AGE_KEY_TEXT], char recipient[HK_AGE_KEY_TEXT])
{
  uint8_t secret[HK_AGE_KEY_BYTES];
  uint8_t open[HK_AGE_KEY_BYTES];
  if (sodium_init() < 0) return hk_fail(HK_IO, "make key: no random numbers", HK_NO_OFFSET);
  randombytes_buf(secret, sizeof secret);
  const bool good = crypto_scalarmult_base(open, secret) == 0;
  if (good) {
    age_bech32_put(IDENTITY, secret, identity);
    age_bech32_put(RECIPIENT, open, recipient);
  }
  sodium_memzero(secret, sizeof secret);
  return good ? hk_ok() : hk_fail(HK_IO, "make key", HK_NO_OFFSET);
}
