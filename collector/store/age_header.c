/* The header of an age file: a version line, a stanza a recipient, a MAC over all of it. The reader takes the one form the
   specification allows and nothing near it: whoever can vary a header unseen can mark a file. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "store/age_format.h"

#define X25519_LABEL "age-encryption.org/v1/X25519"
#define SCRYPT_LABEL "age-encryption.org/v1/scrypt"
#define SALT_BYTES 16
#define BODY_BYTES (AGE_FILE_KEY_BYTES + AGE_TAG_BYTES)
#define MAC_BYTES 32
#define LINE 64          /* characters in a full line of a body */
#define LINE_BYTES 48    /* which are so many bytes */

/* ---- keys from keys ---------------------------------------------------------------------------------------------------- */

static void hkdf(const void *ikm, size_t n_ikm, const void *salt, size_t n_salt, const char *info, uint8_t key[32])
{
  uint8_t prk[crypto_kdf_hkdf_sha256_KEYBYTES];
  (void)crypto_kdf_hkdf_sha256_extract(prk, salt, n_salt, ikm, n_ikm);
  (void)crypto_kdf_hkdf_sha256_expand(key, 32, info, strlen(info), prk);
  sodium_memzero(prk, sizeof prk);
}

void age_payload_key(const uint8_t file_key[AGE_FILE_KEY_BYTES], const uint8_t nonce[AGE_NONCE_BYTES], uint8_t key[32])
{
  hkdf(file_key, AGE_FILE_KEY_BYTES, nonce, AGE_NONCE_BYTES, "payload", key);
}

static void header_mac(const uint8_t file_key[AGE_FILE_KEY_BYTES], const void *p, size_t n, uint8_t mac[MAC_BYTES])
{
  static const uint8_t no_salt[1]; /* not even nothing may be a null pointer to the library */
  uint8_t key[32];
  crypto_auth_hmacsha256_state state;
  hkdf(file_key, AGE_FILE_KEY_BYTES, no_salt, 0, "header", key);
  (void)crypto_auth_hmacsha256_init(&state, key, sizeof key);
  (void)crypto_auth_hmacsha256_update(&state, p, n);
  (void)crypto_auth_hmacsha256_final(&state, mac);
  sodium_memzero(key, sizeof key);
  sodium_memzero(&state, sizeof state);
}

static const uint8_t no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

static void wrap(const uint8_t key[32], const uint8_t file_key[AGE_FILE_KEY_BYTES], uint8_t body[BODY_BYTES])
{
  (void)crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file_key, AGE_FILE_KEY_BYTES, NULL, 0, NULL, no_nonce, key);
}

static bool unwrap(const uint8_t key[32], const uint8_t body[BODY_BYTES], uint8_t file_key[AGE_FILE_KEY_BYTES])
{
  return crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, body, BODY_BYTES, NULL, 0, no_nonce, key) == 0;
}

/* `mine` and `theirs` meet in one secret. False when it is the zero that a key of low order forces. */
static bool x25519_key(const uint8_t mine[32], const uint8_t theirs[32], const uint8_t share[32], const uint8_t recipient[32],
                       uint8_t key[32])
{
  uint8_t secret[32];
  uint8_t salt[64];
  if (crypto_scalarmult(secret, mine, theirs) != 0) return false;
  memcpy(salt, share, 32);
  memcpy(salt + 32, recipient, 32);
  hkdf(secret, sizeof secret, salt, sizeof salt, X25519_LABEL, key);
  sodium_memzero(secret, sizeof secret);
  return true;
}

static bool scrypt_key(const struct hk_passphrase *p, const uint8_t salt[SALT_BYTES], unsigned work_factor, uint8_t key[32])
{
  uint8_t labelled[sizeof SCRYPT_LABEL - 1 + SALT_BYTES];
  memcpy(labelled, SCRYPT_LABEL, sizeof SCRYPT_LABEL - 1);
  memcpy(labelled + sizeof SCRYPT_LABEL - 1, salt, SALT_BYTES);
  return crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)p->p, p->n, labelled, sizeof labelled, UINT64_C(1) << work_factor, 8, 1,
                                               key, 32) == 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------- */

static void put_base64(struct hk_buf *out, const uint8_t *p, size_t n)
{
  char text[HK_BASE64_ROOM(MAC_BYTES)];
  hk_buf_add(out, text, hk_base64_put(p, n, false, text));
}

static hk_err put_x25519(struct hk_buf *out, const uint8_t recipient[32], const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
  uint8_t mine[32];
  uint8_t share[32];
  uint8_t key[32];
  uint8_t body[BODY_BYTES];
  randombytes_buf(mine, sizeof mine);
  bool good = crypto_scalarmult_base(share, mine) == 0;
  good = good && x25519_key(mine, recipient, share, recipient, key);
  sodium_memzero(mine, sizeof mine);
  if (!good) return hk_fail(HK_USAGE, "encrypt: a recipient is no usable key", HK_NO_OFFSET);
  wrap(key, file_key, body);
  sodium_memzero(key, sizeof key);
  hk_buf_z(out, "-> X25519 ");
  put_base64(out, share, sizeof share);
  hk_buf_u8(out, '\n');
  put_base64(out, body, sizeof body);
  hk_buf_u8(out, '\n');
  return hk_ok();
}

static hk_err put_scrypt(struct hk_buf *out, const struct hk_age_recipients *to, const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
  const unsigned work_factor = to->work_factor == 0 ? AGE_WORK_FACTOR : to->work_factor;
  uint8_t salt[SALT_BYTES];
  uint8_t key[32];
  uint8_t body[BODY_BYTES];
  if (work_factor > AGE_LARGEST_WORK_FACTOR) return hk_fail(HK_USAGE, "encrypt: work factor", HK_NO_OFFSET);
  randombytes_buf(salt, sizeof salt);
  if (!scrypt_key(&to->passphrase, salt, work_factor, key))
    return hk_fail(HK_MEMORY, "make a key of the passphrase", HK_NO_OFFSET);
  wrap(key, file_key, body);
  sodium_memzero(key, sizeof key);
  hk_buf_z(out, "-> scrypt ");
  put_base64(out, salt, sizeof salt);
  hk_buf_printf(out, " %u\n", work_factor);
  put_base64(out, body, sizeof body);
  hk_buf_u8(out, '\n');
  return hk_ok();
}

hk_err age_header_put(struct hk_buf *out, const struct hk_age_recipients *to, const uint8_t file_key[AGE_FILE_KEY_BYTES])
{
  uint8_t mac[MAC_BYTES];
  if ((to->n == 0) == (to->passphrase.n == 0))
    return hk_fail(HK_USAGE, "encrypt: give recipients or a passphrase, not both", HK_NO_OFFSET);
  hk_buf_z(out, AGE_VERSION_LINE "\n");
  for (size_t i = 0; i < to->n; i++) HK_TRY(put_x25519(out, to->keys[i], file_key));
  if (to->passphrase.n != 0) HK_TRY(put_scrypt(out, to, file_key));
  hk_buf_z(out, "---");
  if (out->failed) return hk_fail(HK_MEMORY, "encrypt: write header", HK_NO_OFFSET);
  header_mac(file_key, out->p, out->n, mac);
  hk_buf_u8(out, ' ');
  put_base64(out, mac, sizeof mac);
  hk_buf_u8(out, '\n');
  return out->failed ? hk_fail(HK_MEMORY, "encrypt: write header", HK_NO_OFFSET) : hk_ok();
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

struct stanza {
  hk_str args[3]; /* the first three */
  size_t n_args;
  uint8_t body[LINE_BYTES]; /* its beginning */
  size_t n_body;
};

/* What is known of a header while it is read, twice: for its form, then for the key. */
struct reading {
  bool whole; /* the file ends where the cursor does */
  bool unlock;
  const struct hk_age_identities *with;
  uint8_t *file_key;
  bool found;
  size_t n_stanzas, n_scrypt, n_x25519;
  size_t mac_ends; /* what the MAC is over */
  uint8_t mac[MAC_BYTES];
};

static hk_err damaged(const char *step, const struct hk_cur *at)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)at->pos);
}

static hk_err get_line(struct hk_cur *in, const struct reading *r, hk_str *out)
{
  const size_t from = in->pos;
  while (hk_cur_left(in) > 0) {
    if (hk_u8(in) != '\n') continue;
    struct hk_cur line = hk_cur_at(in, from, in->pos - from - 1);
    const size_t n = hk_cur_left(&line);
    *out = (hk_str){.p = (const char *)hk_take(&line, n), .n = n};
    return hk_ok();
  }
  return r->whole ? hk_fail(HK_TRUNCATED, "read age header", (int64_t)from)
                  : hk_fail(HK_LIMIT, "read age header: too many recipients", (int64_t)from);
}

/* Words between single spaces, of visible characters. */
static bool get_args(hk_str line, struct stanza *s)
{
  for (size_t from = 0; from <= line.n;) {
    const hk_str rest = hk_str_sub(line, from, line.n);
    const hk_str word = hk_str_sub(rest, 0, hk_str_find(rest, ' '));
    if (word.n == 0) return false;
    for (size_t i = 0; i < word.n; i++)
      if (word.p[i] < 0x21 || word.p[i] > 0x7e) return false;
    if (s->n_args < 3) s->args[s->n_args] = word;
    s->n_args++;
    from += word.n + 1;
  }
  return true;
}

/* Full lines and one that is shorter. */
static hk_err get_body(struct hk_cur *in, const struct reading *r, struct stanza *s)
{
  for (;;) {
    hk_str line;
    uint8_t bytes[LINE_BYTES];
    size_t n = 0;
    HK_TRY(get_line(in, r, &line));
    if (line.n > LINE || !hk_base64_get(line, false, bytes, sizeof bytes, &n)) return damaged("read body of an age stanza", in);
    if (s->n_body == 0) memcpy(s->body, bytes, n);
    s->n_body += n;
    if (line.n < LINE) return hk_ok();
  }
}

static bool get_exactly(hk_str text, uint8_t *out, size_t n)
{
  size_t got = 0;
  return hk_base64_get(text, false, out, n, &got) && got == n;
}

static hk_err on_x25519(struct reading *r, const struct stanza *s, const struct hk_cur *in)
{
  uint8_t share[32];
  uint8_t key[32];
  r->n_x25519++;
  if (s->n_args != 2 || s->n_body != BODY_BYTES || !get_exactly(s->args[1], share, sizeof share))
    return damaged("read X25519 stanza of an age header", in);
  for (size_t i = 0; r->unlock && !r->found && i < r->with->n; i++) {
    if (!x25519_key(r->with->secret[i], share, share, r->with->open[i], key))
      return damaged("read X25519 stanza of an age header: a share of low order", in);
    r->found = unwrap(key, s->body, r->file_key);
    sodium_memzero(key, sizeof key);
  }
  return hk_ok();
}

/* Decimal digits without a leading zero. 0: it is no such number. */
static unsigned get_work_factor(hk_str s)
{
  unsigned v = 0;
  if (s.n == 0 || s.n > 3 || s.p[0] == '0') return 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return 0;
    v = v * 10 + (unsigned)(s.p[i] - '0');
  }
  return v;
}

static hk_err on_scrypt(struct reading *r, const struct stanza *s, const struct hk_cur *in)
{
  uint8_t salt[SALT_BYTES];
  uint8_t key[32];
  r->n_scrypt++;
  if (s->n_args != 3 || s->n_body != BODY_BYTES || !get_exactly(s->args[1], salt, sizeof salt))
    return damaged("read scrypt stanza of an age header", in);
  const unsigned work_factor = get_work_factor(s->args[2]);
  if (work_factor == 0) return damaged("read scrypt stanza of an age header", in);
  if (work_factor > AGE_LARGEST_WORK_FACTOR)
    return hk_fail(HK_LIMIT, "read scrypt stanza of an age header: its work factor is too high", (int64_t)in->pos);
  if (!r->unlock || r->with->passphrase.n == 0) return hk_ok();
  if (!scrypt_key(&r->with->passphrase, salt, work_factor, key))
    return hk_fail(HK_MEMORY, "make a key of the passphrase", HK_NO_OFFSET);
  r->found = unwrap(key, s->body, r->file_key);
  sodium_memzero(key, sizeof key);
  return hk_ok();
}

static hk_err get_stanza(struct hk_cur *in, struct reading *r, hk_str line)
{
  struct stanza s = {.n_args = 0};
  if (!get_args(hk_str_sub(line, 3, line.n), &s)) return damaged("read age stanza", in);
  HK_TRY(get_body(in, r, &s));
  r->n_stanzas++;
  if (hk_str_eq(s.args[0], HK_S("X25519"))) return on_x25519(r, &s, in);
  return hk_str_eq(s.args[0], HK_S("scrypt")) ? on_scrypt(r, &s, in) : hk_ok();
}

static hk_err get_stanzas(struct hk_cur *in, struct reading *r)
{
  for (;;) {
    hk_str line;
    const size_t from = in->pos;
    HK_TRY(get_line(in, r, &line));
    if (hk_str_starts(line, HK_S("-> "))) {
      HK_TRY(get_stanza(in, r, line));
      continue;
    }
    const bool is_end = hk_str_starts(line, HK_S("--- ")) && get_exactly(hk_str_sub(line, 4, line.n), r->mac, MAC_BYTES);
    if (!is_end || r->n_stanzas == 0) return damaged("read age header", in);
    r->mac_ends = from + 3;
    return hk_ok();
  }
}

static hk_err get_version(struct hk_cur *in, const struct reading *r)
{
  hk_str line;
  HK_TRY(get_line(in, r, &line));
  if (hk_str_eq(line, HK_S(AGE_VERSION_LINE))) return hk_ok();
  return hk_str_starts(line, HK_S("age-encryption.org/"))
             ? hk_fail(HK_UNSUPPORTED, "read age file: a version that is not known here", 0)
             : hk_fail(HK_DAMAGED, "read age file: it is none", 0);
}

/* Once through. The form is looked at first, so that no key is worked out for a header that is none. */
static hk_err pass(struct hk_cur *in, struct reading *r)
{
  HK_TRY(get_version(in, r));
  return get_stanzas(in, r);
}

static enum hk_age_lock lock_of(const struct reading *r)
{
  return r->n_scrypt != 0 ? HK_AGE_TO_PASSPHRASE : HK_AGE_TO_KEYS;
}

static hk_err why_not(const struct reading *r)
{
  if (r->n_x25519 == 0 && r->n_scrypt == 0)
    return hk_fail(HK_UNSUPPORTED, "decrypt: for recipients of a kind that is not read here", HK_NO_OFFSET);
  const bool none = r->n_scrypt != 0 ? r->with->passphrase.n == 0 : r->with->n == 0;
  if (none) return hk_fail(HK_DENIED, r->n_scrypt != 0 ? "decrypt: it needs the passphrase" : "decrypt: it needs an identity", HK_NO_OFFSET);
  return hk_fail(HK_DENIED, r->n_scrypt != 0 ? "decrypt: the passphrase does not fit" : "decrypt: none of the identities fits", HK_NO_OFFSET);
}

hk_err age_header_get(struct hk_cur *in, bool whole, const struct hk_age_identities *with, enum hk_age_lock *lock,
                      uint8_t file_key[AGE_FILE_KEY_BYTES])
{
  uint8_t found_key[AGE_FILE_KEY_BYTES];
  uint8_t mac[MAC_BYTES];
  struct hk_cur again = *in;
  struct reading form = {.whole = whole, .with = with};
  struct reading key = {.whole = whole, .with = with, .unlock = true, .file_key = found_key};
  HK_TRY(pass(&again, &form));
  if (form.n_scrypt != 0 && form.n_stanzas != 1) return damaged("read age header: a passphrase stands alone", &again);
  *lock = lock_of(&form);
  again = *in;
  hk_err e = pass(&again, &key);
  if (e.code == HK_OK && !key.found) e = why_not(&key);
  if (e.code == HK_OK) {
    struct hk_cur whole_header = hk_cur_at(in, 0, key.mac_ends);
    header_mac(found_key, hk_take(&whole_header, key.mac_ends), key.mac_ends, mac);
    if (sodium_memcmp(mac, key.mac, MAC_BYTES) != 0) e = damaged("check MAC of an age header", &again);
  }
  if (e.code == HK_OK) {
    memcpy(file_key, found_key, sizeof found_key);
    *in = again;
  }
  sodium_memzero(found_key, sizeof found_key);
  return e;
}
