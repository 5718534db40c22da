/* Signing in the one pass in which an archive is written, and checking. */
#include "store/minisign.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/hktime.h"
#include "os/os.h"
#include "store/minisign_format.h"

/* In front of the signature's bytes in base 64. "ED": over the hash; "Ed", over the file itself, is minisign's past. */
#define HEAD_BYTES (2 + HK_SIGN_ID_BYTES)
#define PIECE_BYTES ((size_t)1 << 18)

/* ---- signing ------------------------------------------------------------------------------------------------------------- */

struct sign_sink {
  struct hk_store_sink sink;
  struct hk_store_sink *below;
  struct hk_arena arena;
  struct hk_sign_key key;
  hk_str path, comment;
  crypto_generichash_blake2b_state hash;
};

static struct sign_sink *of(struct hk_store_sink *s)
{
  return (struct sign_sink *)(void *)s;
}

static hk_err sign_write(struct hk_store_sink *s, const void *p, size_t n)
{
  struct sign_sink *const g = of(s);
  HK_TRY(g->below->write(g->below, p, n));
  (void)crypto_generichash_blake2b_update(&g->hash, p, n);
  return hk_ok();
}

static hk_err sign_flush(struct hk_store_sink *s)
{
  return of(s)->below->flush(of(s)->below);
}

static void sign_close(struct hk_store_sink *s)
{
  struct sign_sink *const g = of(s);
  g->below->close(g->below);
  hk_arena_done(&g->arena);
  sodium_memzero(g, sizeof *g);
  free(g);
}

static hk_str name_of(hk_str path)
{
  size_t at = path.n;
  while (at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != os_separator) at--;
  return hk_str_sub(path, at, path.n);
}

/* A line: no control characters, and short enough for every reader. */
static hk_str one_line(struct hk_arena *a, hk_str s)
{
  const hk_str clean = hk_str_clean(a, s);
  char *const out = clean.p == NULL ? NULL : hk_alloc(a, clean.n + 1);
  if (out == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t next = 0; n < clean.n; n = next) {
    (void)hk_str_next(clean, &next);
    if (next >= HK_SIGN_COMMENT_BYTES) break;
  }
  for (size_t i = 0; i < n; i++) out[i] = ((unsigned char)clean.p[i] < 0x20 && clean.p[i] != '\t') || clean.p[i] == 0x7f ? ' ' : clean.p[i];
  return (hk_str){.p = out, .n = n};
}

static void put_base64(struct hk_buf *out, const uint8_t *p, size_t n)
{
  char text[HK_BASE64_ROOM(HEAD_BYTES + SIGN_SIGNATURE_BYTES)];
  hk_buf_add(out, text, hk_base64_put(p, n, true, text));
  hk_buf_u8(out, '\n');
}

/* The four lines. The second signature is over the first and the comment. */
static hk_err make_signature(struct sign_sink *g, hk_str comment, struct hk_buf *out)
{
  uint8_t hash[SIGN_HASH_BYTES];
  uint8_t first[HEAD_BYTES + SIGN_SIGNATURE_BYTES] = {'E', 'D'};
  uint8_t second[SIGN_SIGNATURE_BYTES];
  struct hk_buf both;
  (void)crypto_generichash_blake2b_final(&g->hash, hash, sizeof hash);
  memcpy(first + 2, g->key.id, sizeof g->key.id);
  (void)crypto_sign_detached(first + HEAD_BYTES, NULL, hash, sizeof hash, g->key.secret);
  hk_buf_init(&both, SIGN_LONGEST_TEXT);
  hk_buf_add(&both, first + HEAD_BYTES, SIGN_SIGNATURE_BYTES);
  hk_buf_str(&both, comment);
  (void)crypto_sign_detached(second, NULL, both.p, both.n, g->key.secret);
  hk_buf_z(out, SIGN_UNTRUSTED "signature of hikeshi, in minisign's format\n");
  put_base64(out, first, sizeof first);
  hk_buf_z(out, SIGN_TRUSTED);
  hk_buf_str(out, comment);
  hk_buf_u8(out, '\n');
  put_base64(out, second, sizeof second);
  const bool failed = out->failed || both.failed;
  hk_buf_done(&both);
  return failed ? hk_fail(HK_MEMORY, HK_SIGN_STEP, HK_NO_OFFSET) : hk_ok();
}

static hk_err write_file(hk_str path, const struct hk_buf *text)
{
  struct os_file *f = NULL;
  hk_err e = os_open(path, OS_CREATE, &f);
  if (e.code == HK_OK) e = os_write(f, text->p, text->n);
  if (e.code == HK_OK) e = os_flush(f);
  os_close(f);
  return e;
}

static hk_err sign(struct sign_sink *g, hk_str note)
{
  struct hk_buf text;
  const hk_str name = name_of(g->path);
  const long long now = (long long)((os_now() - HK_UNIX_EPOCH) / HK_SECOND);
  const hk_str comment = one_line(&g->arena, hk_str_printf(&g->arena, "timestamp:%lld\tfile:%.*s\thashed\t%.*s\t%.*s", now, (int)name.n,
                                                           name.p, (int)note.n, note.p, (int)g->comment.n, g->comment.p));
  const hk_str path = hk_str_printf(&g->arena, "%.*s" HK_SIGN_SUFFIX, (int)g->path.n, g->path.p);
  hk_buf_init(&text, SIGN_LONGEST_TEXT);
  hk_err e = comment.p == NULL || path.p == NULL ? hk_fail(HK_MEMORY, HK_SIGN_STEP, HK_NO_OFFSET) : make_signature(g, comment, &text);
  if (e.code == HK_OK) e = write_file(path, &text);
  hk_buf_done(&text);
  if (e.code != HK_OK) e.step = HK_SIGN_STEP;
  return e;
}

static hk_err sign_finish(struct hk_store_sink *s, hk_str note)
{
  struct sign_sink *const g = of(s);
  const hk_err e = g->below->finish(g->below, note);
  const bool good = e.code == HK_OK || (e.step != NULL && strcmp(e.step, HK_SINK_DIGEST_STEP) == 0);
  if (!good) return e;
  const hk_err written = sign(g, note);
  return written.code != HK_OK ? written : e;
}

hk_err hk_sign_sink(const struct hk_sign_key *key, hk_str path, hk_str comment, struct hk_store_sink *below,
                    struct hk_store_sink **out)
{
  struct sign_sink *const g = calloc(1, sizeof *g);
  if (g == NULL) {
    below->close(below);
    return hk_fail(HK_MEMORY, "sign", HK_NO_OFFSET);
  }
  g->sink = (struct hk_store_sink){.write = sign_write, .flush = sign_flush, .finish = sign_finish, .close = sign_close};
  g->below = below;
  g->key = *key;
  hk_arena_init(&g->arena, (size_t)1 << 20);
  g->path = hk_str_copy(&g->arena, path);
  g->comment = hk_str_copy(&g->arena, comment);
  (void)crypto_generichash_blake2b_init(&g->hash, NULL, 0, SIGN_HASH_BYTES);
  if (sodium_init() < 0 || g->path.p == NULL || g->comment.p == NULL) {
    sign_close(&g->sink);
    return hk_fail(HK_MEMORY, "sign", HK_NO_OFFSET);
  }
  *out = &g->sink;
  return hk_ok();
}

/* ---- checking ------------------------------------------------------------------------------------------------------------ */

static hk_err hash_bytes(struct hk_bytes *b, uint8_t hash[SIGN_HASH_BYTES])
{
  crypto_generichash_blake2b_state state;
  uint8_t *const piece = malloc(PIECE_BYTES);
  hk_err e = piece == NULL ? hk_fail(HK_MEMORY, "check signature", HK_NO_OFFSET) : hk_ok();
  (void)crypto_generichash_blake2b_init(&state, NULL, 0, SIGN_HASH_BYTES);
  size_t got = 1;
  for (uint64_t at = 0; e.code == HK_OK && got > 0; at += got) {
    e = b->read_at(b, at, piece, PIECE_BYTES, &got);
    if (e.code == HK_OK && got > 0) (void)crypto_generichash_blake2b_update(&state, piece, got);
  }
  (void)crypto_generichash_blake2b_final(&state, hash, SIGN_HASH_BYTES);
  free(piece);
  return e;
}

struct signature {
  uint8_t first[HEAD_BYTES + SIGN_SIGNATURE_BYTES];
  uint8_t second[SIGN_SIGNATURE_BYTES];
  hk_str comment;
};

static hk_err get_signature(hk_str text, struct signature *s)
{
  hk_str untrusted;
  size_t at = 0;
  const bool good = text.n <= SIGN_LONGEST_TEXT && sign_get_line(text, &at, SIGN_UNTRUSTED, &untrusted, s->first, sizeof s->first) &&
                    sign_get_line(text, &at, SIGN_TRUSTED, &s->comment, s->second, sizeof s->second) && at >= text.n;
  if (!good) return hk_fail(HK_DAMAGED, "read signature: it is none of minisign", HK_NO_OFFSET);
  if (s->first[0] != 'E' || s->first[1] != 'D')
    return hk_fail(HK_UNSUPPORTED, "read signature: not over the hash of the file (ED)", HK_NO_OFFSET);
  return hk_ok();
}

static bool second_holds(const struct signature *s, const struct hk_sign_public *key)
{
  struct hk_buf both;
  hk_buf_init(&both, 2 * SIGN_LONGEST_TEXT);
  hk_buf_add(&both, s->first + HEAD_BYTES, SIGN_SIGNATURE_BYTES);
  hk_buf_str(&both, s->comment);
  const bool good = !both.failed && crypto_sign_verify_detached(s->second, both.p, both.n, key->key) == 0;
  hk_buf_done(&both);
  return good;
}

hk_err hk_sign_check(struct hk_bytes *bytes, hk_str signature, const struct hk_sign_public *key, char comment[HK_SIGN_COMMENT_BYTES])
{
  struct signature s;
  uint8_t hash[SIGN_HASH_BYTES];
  if (sodium_init() < 0) return hk_fail(HK_IO, "check signature", HK_NO_OFFSET);
  HK_TRY(get_signature(signature, &s));
  if (memcmp(s.first + 2, key->id, sizeof key->id) != 0)
    return hk_fail(HK_REFUSED, "check signature: it is by another key", HK_NO_OFFSET);
  if (!second_holds(&s, key)) return hk_fail(HK_REFUSED, "check signature: its comment was changed", HK_NO_OFFSET);
  HK_TRY(hash_bytes(bytes, hash));
  if (crypto_sign_verify_detached(s.first + HEAD_BYTES, hash, sizeof hash, key->key) != 0)
    return hk_fail(HK_REFUSED, "check signature: the file is not what was signed", HK_NO_OFFSET);
  const size_t n = s.comment.n < HK_SIGN_COMMENT_BYTES - 1 ? s.comment.n : HK_SIGN_COMMENT_BYTES - 1;
  memcpy(comment, s.comment.p, n);
  comment[n] = 0;
  return hk_ok();
}
