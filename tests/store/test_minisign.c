/* Signatures in memory: what is signed holds, and nothing near it. minisign itself is asked in tests/run/test_keygen.py. */
#include "store/minisign.h"

#include "check.h"
#include "memory_sink.h"
#include "os/os.h"

struct pair {
  char secret[HK_SIGN_FILE_BYTES], open[HK_SIGN_FILE_BYTES];
  struct hk_sign_key key;
  struct hk_sign_public public;
};

static void make_pair(struct pair *p)
{
  bool locked = true;
  CHECK_EQ_INT(hk_sign_keygen(NULL, p->secret, p->open).code, HK_OK);
  CHECK_EQ_INT(hk_sign_key_read(hk_str_of(p->secret), NULL, &p->key, &locked).code, HK_OK);
  CHECK(!locked);
  CHECK_EQ_INT(hk_sign_public_read(hk_str_of(p->open), &p->public).code, HK_OK);
}

/* Signs `text`; the signature file is read back into out. */
static size_t sign(const struct pair *p, const char *text, const char *comment, char out[4096])
{
  struct memory_sink m;
  struct hk_store_sink *s = NULL;
  size_t got = 0;
  struct os_file *f = NULL;
  const hk_str path = HK_S("test_minisign.signed");
  memory_sink_init(&m);
  CHECK_EQ_INT(hk_sign_sink(&p->key, path, hk_str_of(comment), &m.sink, &s).code, HK_OK);
  CHECK_EQ_INT(s->write(s, text, strlen(text) / 2).code, HK_OK);
  CHECK_EQ_INT(s->write(s, text + strlen(text) / 2, strlen(text) - strlen(text) / 2).code, HK_OK);
  CHECK_EQ_INT(s->finish(s, HK_S("seal 1234")).code, HK_OK);
  s->close(s);
  CHECK_EQ_INT(m.n_closed, 1);
  CHECK_EQ_BYTES(m.bytes.p, m.bytes.n, "hello, signed world");
  hk_buf_done(&m.bytes);
  CHECK_EQ_INT(os_open(HK_S("test_minisign.signed.minisig"), OS_READ, &f).code, HK_OK);
  CHECK_EQ_INT(os_read(f, out, 4096, &got).code, HK_OK);
  os_close(f);
  (void)os_remove(HK_S("test_minisign.signed.minisig"));
  return got;
}

static hk_err check(const struct pair *p, const char *text, const char *signature, size_t n, char comment[HK_SIGN_COMMENT_BYTES])
{
  struct hk_bytes_memory m;
  hk_bytes_memory_init(&m, text, strlen(text));
  return hk_sign_check(&m.bytes, (hk_str){.p = signature, .n = n}, &p->public, comment);
}

TEST(test_minisign__what_was_signed_holds_with_its_comment)
{
  struct pair p;
  char signature[4096], comment[HK_SIGN_COMMENT_BYTES];
  make_pair(&p);
  const size_t n = sign(&p, "hello, signed world", "host PC01\ncase 7", signature);
  CHECK_EQ_INT(check(&p, "hello, signed world", signature, n, comment).code, HK_OK);
  CHECK(strstr(comment, "\tfile:test_minisign.signed\thashed\tseal 1234\thost PC01 case 7") != NULL);
  CHECK_EQ_INT(check(&p, "hello, signed World", signature, n, comment).code, HK_REFUSED);
  CHECK_EQ_INT(check(&p, "hello, signed worl", signature, n, comment).code, HK_REFUSED);
}

TEST(test_minisign__another_key_does_not_hold)
{
  struct pair p, q;
  char signature[4096], comment[HK_SIGN_COMMENT_BYTES];
  make_pair(&p);
  make_pair(&q);
  const size_t n = sign(&p, "hello, signed world", "", signature);
  CHECK_EQ_INT(check(&q, "hello, signed world", signature, n, comment).code, HK_REFUSED);
  memcpy(q.public.id, p.public.id, sizeof q.public.id); /* not even under its name */
  CHECK_EQ_INT(check(&q, "hello, signed world", signature, n, comment).code, HK_REFUSED);
}

TEST(test_minisign__every_flipped_bit_behind_the_first_comment_is_refused)
{
  struct pair p;
  char signature[4096], comment[HK_SIGN_COMMENT_BYTES];
  make_pair(&p);
  const size_t n = sign(&p, "hello, signed world", "host", signature);
  const size_t from = (size_t)((char *)memchr(signature, '\n', n) - signature) + 1;
  for (size_t bit = 8 * from; bit < 8 * n; bit++) {
    signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
    CHECK(check(&p, "hello, signed world", signature, n, comment).code != HK_OK);
    signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
  }
  for (size_t cut = 0; cut + 1 < n; cut++) CHECK(check(&p, "hello, signed world", signature, cut, comment).code != HK_OK);
}

TEST(test_minisign__a_long_comment_is_cut_between_letters)
{
  struct pair p;
  char signature[4096], comment[HK_SIGN_COMMENT_BYTES], longest[3001];
  for (size_t i = 0; i < 3000; i++) longest[i] = "火"[i % 3];
  longest[3000] = 0;
  make_pair(&p);
  const size_t n = sign(&p, "hello, signed world", longest, signature);
  CHECK_EQ_INT(check(&p, "hello, signed world", signature, n, comment).code, HK_OK);
  CHECK(strlen(comment) > HK_SIGN_COMMENT_BYTES - 5);
  CHECK(hk_str_valid(hk_str_of(comment)));
}

TEST(test_minisign__key_files_that_are_damaged_are_refused)
{
  struct pair p;
  bool locked = false;
  struct hk_sign_key key;
  make_pair(&p);
  const size_t n = strlen(p.secret);
  const size_t from = (size_t)(strchr(p.secret, '\n') - p.secret) + 1;
  const hk_err no_key = hk_sign_key_read(hk_str_of(p.open), NULL, &key, &locked);
  CHECK_EQ_INT(no_key.code, HK_USAGE);
  for (size_t i = from; i < n - 1; i++) {
    const char was = p.secret[i];
    p.secret[i] = was == 'A' ? 'B' : 'A';
    const hk_err e = hk_sign_key_read(hk_str_of(p.secret), NULL, &key, &locked);
    /* The key's name, salt and limits vouch for nothing in a file that is not encrypted. */
    const size_t byte = (i - from) * 3 / 4;
    const bool counts = byte < 5 || byte >= 63;
    if (counts) CHECK(e.code != HK_OK);
    p.secret[i] = was;
  }
}
