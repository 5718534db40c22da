/* Keys and key files of minisign. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/cur.h"
#include "store/minisign_format.h"

/* The secret file's 158 bytes: algorithms, how the rest is locked, and the rest. */
#define SALT_BYTES 32
#define CHECKSUM_BYTES 32
#define LOCKED_BYTES (HK_SIGN_ID_BYTES + 64 + CHECKSUM_BYTES)
#define SECRET_BYTES (2 + 2 + 2 + SALT_BYTES + 8 + 8 + LOCKED_BYTES)
#define PUBLIC_BYTES (2 + HK_SIGN_ID_BYTES + 32)
/* minisign's own limits for scrypt; it asks for no more. */
#define OPSLIMIT crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define MEMLIMIT crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

struct locked {
  uint8_t id[HK_SIGN_ID_BYTES];
  uint8_t secret[64];
  uint8_t checksum[CHECKSUM_BYTES];
};

bool sign_get_line(hk_str text, size_t *at, const char *comment, hk_str *comment_text, uint8_t *out, size_t n)
{
  hk_str line;
  size_t got = 0;
  const hk_str begin = hk_str_of(comment);
  if (!hk_secret_line(text, at, &line) || !hk_str_starts(line, begin)) return false;
  *comment_text = hk_str_sub(line, begin.n, line.n);
  return hk_secret_line(text, at, &line) && hk_base64_get(line, true, out, n, &got) && got == n;
}

/* Key id as minisign shows it: a 64-bit little-endian number, upper-case. */
static void id_text(const uint8_t id[HK_SIGN_ID_BYTES], char out[2 * HK_SIGN_ID_BYTES + 1])
{
  for (int i = 0; i < HK_SIGN_ID_BYTES; i++) (void)snprintf(out + 2 * i, 3, "%02X", id[HK_SIGN_ID_BYTES - 1 - i]);
}

/* ---- the public key ------------------------------------------------------------------------------------------------------ */

hk_err hk_sign_public_read(hk_str text, struct hk_sign_public *out)
{
  uint8_t bytes[PUBLIC_BYTES];
  hk_str comment;
  hk_str line;
  size_t at = 0;
  size_t n = 0;
  bool good = sign_get_line(text, &at, SIGN_UNTRUSTED, &comment, bytes, sizeof bytes);
  at = 0;
  if (!good) good = hk_secret_line(text, &at, &line) && hk_base64_get(line, true, bytes, sizeof bytes, &n) && n == sizeof bytes;
  if (!good) return hk_fail(HK_USAGE, "read public key: it is none of minisign", HK_NO_OFFSET);
  if (bytes[0] != 'E' || bytes[1] != 'd') return hk_fail(HK_UNSUPPORTED, "read public key: another algorithm", HK_NO_OFFSET);
  memcpy(out->id, bytes + 2, sizeof out->id);
  memcpy(out->key, bytes + 2 + HK_SIGN_ID_BYTES, sizeof out->key);
  return hk_ok();
}

/* ---- the secret key ------------------------------------------------------------------------------------------------------ */

static void checksum_of(const struct locked *l, uint8_t out[CHECKSUM_BYTES])
{
  crypto_generichash_blake2b_state state;
  (void)crypto_generichash_blake2b_init(&state, NULL, 0, CHECKSUM_BYTES);
  (void)crypto_generichash_blake2b_update(&state, (const uint8_t *)"Ed", 2);
  (void)crypto_generichash_blake2b_update(&state, l->id, sizeof l->id);
  (void)crypto_generichash_blake2b_update(&state, l->secret, sizeof l->secret);
  (void)crypto_generichash_blake2b_final(&state, out, CHECKSUM_BYTES);
  sodium_memzero(&state, sizeof state);
}

/* Locks and unlocks: the same XOR with what scrypt makes of the passphrase. */
static bool turn_lock(const struct hk_passphrase *p, const uint8_t salt[SALT_BYTES], uint64_t opslimit, uint64_t memlimit,
                      uint8_t bytes[LOCKED_BYTES])
{
  uint8_t stream[LOCKED_BYTES];
  if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, p->p, p->n, salt, opslimit, (size_t)memlimit) != 0) return false;
  for (size_t i = 0; i < sizeof stream; i++) bytes[i] ^= stream[i];
  sodium_memzero(stream, sizeof stream);
  return true;
}

static void split(const uint8_t bytes[LOCKED_BYTES], struct locked *l)
{
  memcpy(l->id, bytes, sizeof l->id);
  memcpy(l->secret, bytes + sizeof l->id, sizeof l->secret);
  memcpy(l->checksum, bytes + sizeof l->id + sizeof l->secret, sizeof l->checksum);
}

/* The second half of a secret key is its public key. With a wrong one a signature would give the secret away. */
static bool halves_agree(const uint8_t secret[64])
{
  uint8_t open[32];
  uint8_t again[64];
  (void)crypto_sign_seed_keypair(open, again, secret);
  const bool same = sodium_memcmp(again, secret, sizeof again) == 0;
  sodium_memzero(again, sizeof again);
  return same;
}

static hk_err unlock(struct hk_cur *c, bool encrypted, const struct hk_passphrase *p, struct hk_sign_key *out)
{
  static const uint8_t zeros[CHECKSUM_BYTES];
  uint8_t salt[SALT_BYTES];
  uint8_t bytes[LOCKED_BYTES];
  uint8_t checksum[CHECKSUM_BYTES];
  struct locked l;
  hk_copy(c, salt, sizeof salt);
  const uint64_t opslimit = hk_u64le(c);
  const uint64_t memlimit = hk_u64le(c);
  hk_copy(c, bytes, sizeof bytes);
  if (encrypted && (opslimit > OPSLIMIT || memlimit > MEMLIMIT))
    return hk_fail(HK_LIMIT, "read signing key: its scrypt asks for too much", HK_NO_OFFSET);
  if (encrypted && !turn_lock(p, salt, opslimit, memlimit, bytes))
    return hk_fail(HK_MEMORY, "read signing key: scrypt needs 1 GiB", HK_NO_OFFSET);
  split(bytes, &l);
  checksum_of(&l, checksum);
  /* `minisign -W` leaves the checksum zero. */
  const bool good = sodium_memcmp(checksum, l.checksum, sizeof checksum) == 0 ||
                    (!encrypted && sodium_memcmp(zeros, l.checksum, sizeof zeros) == 0);
  hk_err e = hk_ok();
  if (!good)
    e = encrypted ? hk_fail(HK_DENIED, "read signing key: the passphrase does not fit", HK_NO_OFFSET)
                  : hk_fail(HK_DAMAGED, "read signing key: its checksum", HK_NO_OFFSET);
  else if (!halves_agree(l.secret))
    e = hk_fail(HK_DAMAGED, "read signing key: its halves do not agree", HK_NO_OFFSET);
  if (e.code == HK_OK) {
    memcpy(out->id, l.id, sizeof out->id);
    memcpy(out->secret, l.secret, sizeof out->secret);
  }
  sodium_memzero(bytes, sizeof bytes);
  sodium_memzero(&l, sizeof l);
  return e;
}

hk_err hk_sign_key_read(hk_str text, const struct hk_passphrase *p, struct hk_sign_key *out, bool *locked)
{
  uint8_t bytes[SECRET_BYTES];
  hk_str comment;
  size_t at = 0;
  *locked = false;
  if (sodium_init() < 0) return hk_fail(HK_IO, "read signing key", HK_NO_OFFSET);
  if (!sign_get_line(text, &at, SIGN_UNTRUSTED, &comment, bytes, sizeof bytes))
    return hk_fail(HK_USAGE, "read signing key: it is none of minisign", HK_NO_OFFSET);
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint16_t algorithm = hk_u16le(&c);
  const uint16_t kdf = hk_u16le(&c);
  const uint16_t checksum = hk_u16le(&c);
  *locked = kdf != 0;
  hk_err e = hk_ok();
  if (algorithm != ('E' | 'd' << 8) || checksum != ('B' | '2' << 8) || (kdf != 0 && kdf != ('S' | 'c' << 8)))
    e = hk_fail(HK_UNSUPPORTED, "read signing key: another algorithm", HK_NO_OFFSET);
  else if (*locked && (p == NULL || p->n == 0))
    e = hk_fail(HK_DENIED, "read signing key: it needs its passphrase", HK_NO_OFFSET);
  else
    e = unlock(&c, *locked, p, out);
  sodium_memzero(bytes, sizeof bytes);
  return e;
}

/* ---- a new pair ------------------------------------------------------------------------------------------------------------ */

static void put_u64le(uint8_t *p, uint64_t v)
{
  for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (8 * i));
}

/* The secret file's bytes. */
static bool put_secret(const struct locked *l, const struct hk_passphrase *p, uint8_t out[SECRET_BYTES])
{
  uint8_t *const salt = out + 6;
  uint8_t *const bytes = salt + SALT_BYTES + 16;
  memset(out, 0, SECRET_BYTES);
  memcpy(out, "Ed\0\0B2", 6);
  memcpy(bytes, l->id, sizeof l->id);
  memcpy(bytes + sizeof l->id, l->secret, sizeof l->secret);
  if (p == NULL || p->n == 0) return true;
  memcpy(out + 2, "Sc", 2);
  randombytes_buf(salt, SALT_BYTES);
  put_u64le(salt + SALT_BYTES, OPSLIMIT);
  put_u64le(salt + SALT_BYTES + 8, MEMLIMIT);
  checksum_of(l, bytes + sizeof l->id + sizeof l->secret);
  return turn_lock(p, salt, OPSLIMIT, MEMLIMIT, bytes);
}

static void put_file(const char *comment, const uint8_t *p, size_t n, char out[HK_SIGN_FILE_BYTES])
{
  char text[HK_BASE64_ROOM(SECRET_BYTES)];
  (void)hk_base64_put(p, n, true, text);
  (void)snprintf(out, HK_SIGN_FILE_BYTES, SIGN_UNTRUSTED "%s\n%s\n", comment, text);
  sodium_memzero(text, sizeof text);
}

hk_err hk_sign_keygen(const struct hk_passphrase *p, char secret[HK_SIGN_FILE_BYTES], char open[HK_SIGN_FILE_BYTES])
{
  struct locked l;
  uint8_t file[SECRET_BYTES];
  uint8_t key[PUBLIC_BYTES] = {'E', 'd'};
  char id[2 * HK_SIGN_ID_BYTES + 1];
  char comment[64];
  if (sodium_init() < 0) return hk_fail(HK_IO, "make key: no random numbers", HK_NO_OFFSET);
  randombytes_buf(l.id, sizeof l.id);
  memcpy(key + 2, l.id, sizeof l.id);
  (void)crypto_sign_keypair(key + 2 + HK_SIGN_ID_BYTES, l.secret);
  const bool good = put_secret(&l, p, file);
  if (good) {
    id_text(l.id, id);
    (void)snprintf(comment, sizeof comment, "minisign public key %s", id);
    put_file(comment, key, sizeof key, open);
    put_file(p == NULL || p->n == 0 ? "minisign secret key, not encrypted" : "minisign encrypted secret key", file, sizeof file, secret);
  }
  sodium_memzero(&l, sizeof l);
  sodium_memzero(file, sizeof file);
  return good ? hk_ok() : hk_fail(HK_MEMORY, "make key: scrypt needs 1 GiB", HK_NO_OFFSET);
}
