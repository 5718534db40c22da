/* age files in memory: what is written comes back from anywhere in it, and nothing else does. The real tools are asked in
   test_age_tools.py. */
#include "store/age.h"

#include "check.h"
#include "memory_sink.h"
#include "store/age_format.h"

/* The pair that the specification prints. */
#define IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
#define CHUNK ((size_t)65536)

static struct hk_age_identities ours;

static void need_keys(void)
{
  if (ours.n == 0) CHECK_EQ_INT(hk_age_identities_read(&ours, HK_S("# a comment\n\n" IDENTITY "\r\n")).code, HK_OK);
}

static uint8_t *content(size_t n)
{
  uint8_t *const p = malloc(n + 1);
  CHECK(p != NULL);
  for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(i * 131 + i / 251);
  return p;
}

static void encrypt_to(const struct hk_age_recipients *to, const uint8_t *p, size_t n, size_t piece, struct memory_sink *m)
{
  struct hk_store_sink *s = NULL;
  memory_sink_init(m);
  CHECK_EQ_INT(hk_age_sink(to, &m->sink, &s).code, HK_OK);
  for (size_t at = 0; at < n;) {
    const size_t take = n - at < piece ? n - at : piece;
    CHECK_EQ_INT(s->write(s, p + at, take).code, HK_OK);
    CHECK_EQ_INT(s->flush(s).code, HK_OK);
    at += take;
  }
  CHECK_EQ_INT(s->finish(s, HK_S("")).code, HK_OK);
  s->close(s);
  CHECK_EQ_INT(m->n_finished, 1);
  CHECK_EQ_INT(m->n_closed, 1);
}

static void encrypt(const uint8_t *p, size_t n, size_t piece, struct memory_sink *m)
{
  struct hk_age_recipients to = {.n = 0};
  need_keys();
  CHECK_EQ_INT(hk_age_recipients_add(&to, HK_S(RECIPIENT)).code, HK_OK);
  encrypt_to(&to, p, n, piece, m);
}

static hk_err open_memory(const void *p, size_t n, enum hk_age_mode mode, struct hk_bytes_memory *m, struct hk_bytes **out)
{
  enum hk_age_lock lock;
  hk_bytes_memory_init(m, p, n);
  return hk_age_bytes_open(&m->bytes, &ours, mode, &lock, out);
}

/* All of it by pieces, from the front; the first error. */
static hk_err read_all(struct hk_bytes *b, uint8_t *out, size_t room, size_t *n)
{
  *n = 0;
  for (;;) {
    size_t got = 0;
    const hk_err e = b->read_at(b, *n, out + *n, room - *n < 50000 ? room - *n : 50000, &got);
    *n += got;
    if (e.code != HK_OK || got == 0) return e;
  }
}

TEST(test_age__comes_back_at_every_size_around_a_chunk)
{
  static const size_t sizes[] = {0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 777};
  static const size_t pieces[] = {777, CHUNK, CHUNK + 1, 4 * CHUNK};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    uint8_t *const p = content(sizes[i]);
    uint8_t *const back = malloc(sizes[i] + 1);
    for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
      struct memory_sink m;
      struct hk_bytes_memory raw;
      struct hk_bytes *b = NULL;
      size_t n = 0;
      encrypt(p, sizes[i], pieces[k], &m);
      CHECK_EQ_INT(open_memory(m.bytes.p, m.bytes.n, HK_AGE_WHOLE, &raw, &b).code, HK_OK);
      CHECK_EQ_INT(b->size_bytes, sizes[i]);
      CHECK_EQ_INT(read_all(b, back, sizes[i] + 1, &n).code, HK_OK);
      CHECK_EQ_INT(n, sizes[i]);
      CHECK_EQ_MEM(back, p, n);
      hk_age_bytes_close(b);
      hk_buf_done(&m.bytes);
    }
    free(p);
    free(back);
  }
}

TEST(test_age__reads_anywhere)
{
  const size_t size = 20 * CHUNK + 5; /* more chunks than are kept */
  uint8_t *const p = content(size);
  uint8_t *const out = malloc(3 * CHUNK);
  struct memory_sink m;
  struct hk_bytes_memory raw;
  struct hk_bytes *b = NULL;
  uint32_t v = 1;
  encrypt(p, size, CHUNK, &m);
  CHECK_EQ_INT(open_memory(m.bytes.p, m.bytes.n, HK_AGE_WHOLE, &raw, &b).code, HK_OK);
  for (int i = 0; i < 300; i++) {
    v = v * 1664525u + 1013904223u;
    const size_t at = v % (size + 10);
    const size_t n = (v >> 7) % (3 * CHUNK);
    const size_t want = at >= size ? 0 : size - at < n ? size - at : n;
    size_t got = 99;
    CHECK_EQ_INT(b->read_at(b, at, out, n, &got).code, HK_OK);
    CHECK_EQ_INT(got, want);
    if (want > 0) CHECK_EQ_MEM(out, p + at, want);
  }
  hk_age_bytes_close(b);
  hk_buf_done(&m.bytes);
  free(out);
  free(p);
}

TEST(test_age__every_flipped_bit_is_refused)
{
  uint8_t plain[100];
  uint8_t out[200];
  struct memory_sink m;
  for (size_t i = 0; i < sizeof plain; i++) plain[i] = (uint8_t)i;
  encrypt(plain, sizeof plain, sizeof plain, &m);
  for (size_t bit = 0; bit < 8 * m.bytes.n; bit++) {
    struct hk_bytes_memory raw;
    struct hk_bytes *b = NULL;
    m.bytes.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    hk_err e = open_memory(m.bytes.p, m.bytes.n, HK_AGE_WHOLE, &raw, &b);
    if (e.code == HK_OK) {
      size_t n = 0;
      e = read_all(b, out, sizeof out, &n);
      hk_age_bytes_close(b);
    }
    m.bytes.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    if (e.code == HK_OK) printf("  bit %zu of %zu bytes\n", bit, m.bytes.n);
    CHECK(e.code != HK_OK);
  }
  hk_buf_done(&m.bytes);
}

TEST(test_age__a_cut_is_seen_and_what_is_whole_is_saved)
{
  const size_t size = 3 * CHUNK + 100;
  uint8_t *const p = content(size);
  uint8_t *const out = malloc(size + 1);
  struct memory_sink m;
  encrypt(p, size, 999, &m);
  const size_t payload = m.bytes.n - (size + 4 * 16);
  for (size_t chunk = 0; chunk <= 3; chunk++) {
    for (int d = -1; d <= 1; d++) {
      struct hk_bytes_memory raw;
      struct hk_bytes *b = NULL;
      const size_t cut = payload + chunk * (CHUNK + 16) + (size_t)(d + 1) - 1;
      const size_t whole = d < 0 ? (chunk == 0 ? 0 : chunk - 1) : chunk;
      size_t n = 0;
      CHECK(open_memory(m.bytes.p, cut, HK_AGE_WHOLE, &raw, &b).code == HK_TRUNCATED);
      const hk_err e = open_memory(m.bytes.p, cut, HK_AGE_SAVE, &raw, &b);
      if (cut < payload) { /* in the nonce */
        CHECK_EQ_INT(e.code, HK_TRUNCATED);
        continue;
      }
      CHECK_EQ_INT(e.code, HK_OK);
      CHECK_EQ_INT(b->size_bytes, whole * CHUNK);
      CHECK_EQ_INT(read_all(b, out, size + 1, &n).code, HK_OK);
      CHECK_EQ_INT(n, whole * CHUNK);
      CHECK_EQ_MEM(out, p, n);
      hk_age_bytes_close(b);
    }
  }
  hk_buf_done(&m.bytes);
  free(out);
  free(p);
}

TEST(test_age__chunks_may_not_change_places_or_be_dropped)
{
  const size_t size = 4 * CHUNK;
  uint8_t *const p = content(size);
  uint8_t *const out = malloc(size + 1);
  struct memory_sink m;
  struct hk_bytes_memory raw;
  struct hk_bytes *b = NULL;
  size_t n = 0;
  encrypt(p, size, CHUNK, &m);
  const size_t payload = m.bytes.n - 4 * (CHUNK + 16);
  uint8_t *const second = m.bytes.p + payload + (CHUNK + 16);
  memcpy(out, second, CHUNK);
  memmove(second, second + CHUNK + 16, 2 * (CHUNK + 16)); /* 0 2 3 3 */
  CHECK_EQ_INT(open_memory(m.bytes.p, m.bytes.n, HK_AGE_WHOLE, &raw, &b).code, HK_OK);
  CHECK_EQ_INT(read_all(b, out, size + 1, &n).code, HK_DAMAGED);
  CHECK_EQ_INT(n, CHUNK);
  hk_age_bytes_close(b);
  CHECK_EQ_INT(open_memory(m.bytes.p, m.bytes.n - CHUNK - 16, HK_AGE_WHOLE, &raw, &b).code, HK_TRUNCATED); /* 0 2 3 */
  /* Saved: what is not authentic is zeros. */
  CHECK_EQ_INT(open_memory(m.bytes.p, m.bytes.n, HK_AGE_SAVE, &raw, &b).code, HK_OK);
  CHECK_EQ_INT(read_all(b, out, size + 1, &n).code, HK_OK);
  CHECK_EQ_INT(n, size);
  CHECK_EQ_MEM(out, p, CHUNK);
  for (size_t i = CHUNK; i < 3 * CHUNK; i++) CHECK_EQ_INT(out[i], 0);
  CHECK_EQ_MEM(out + 3 * CHUNK, p + 3 * CHUNK, CHUNK);
  hk_age_bytes_close(b);
  hk_buf_done(&m.bytes);
  free(out);
  free(p);
}

TEST(test_age__a_passphrase_opens_and_a_wrong_one_or_none_says_what_is_missing)
{
  struct hk_age_recipients to = {.work_factor = 10};
  struct hk_age_identities with = {.n = 0};
  struct memory_sink m;
  struct hk_bytes_memory raw;
  struct hk_bytes *b = NULL;
  enum hk_age_lock lock = HK_AGE_OPEN;
  CHECK_EQ_INT(hk_passphrase_set(&to.passphrase, HK_S("")).code, HK_USAGE);
  CHECK_EQ_INT(hk_passphrase_set(&to.passphrase, HK_S("正しい鍵")).code, HK_OK);
  encrypt_to(&to, (const uint8_t *)"hello", 5, 5, &m);
  hk_bytes_memory_init(&raw, m.bytes.p, m.bytes.n);
  CHECK_EQ_INT(hk_age_bytes_open(&raw.bytes, NULL, HK_AGE_WHOLE, &lock, &b).code, HK_DENIED);
  CHECK_EQ_INT(lock, HK_AGE_TO_PASSPHRASE);
  CHECK_EQ_INT(hk_passphrase_set(&with.passphrase, HK_S("違う鍵")).code, HK_OK);
  CHECK_EQ_INT(hk_age_bytes_open(&raw.bytes, &with, HK_AGE_WHOLE, &lock, &b).code, HK_DENIED);
  CHECK_EQ_INT(hk_passphrase_set(&with.passphrase, HK_S("正しい鍵")).code, HK_OK);
  CHECK_EQ_INT(hk_age_bytes_open(&raw.bytes, &with, HK_AGE_WHOLE, &lock, &b).code, HK_OK);
  CHECK_EQ_INT(b->size_bytes, 5);
  hk_age_bytes_close(b);
  hk_buf_done(&m.bytes);
  hk_age_recipients_done(&to);
  CHECK_EQ_INT(to.passphrase.n, 0);
}

TEST(test_age__each_of_several_recipients_opens_and_a_stranger_does_not)
{
  struct hk_age_recipients to = {.n = 0};
  struct hk_age_identities with[3] = {{.n = 0}};
  struct memory_sink m;
  struct hk_bytes_memory raw;
  struct hk_bytes *b = NULL;
  enum hk_age_lock lock = HK_AGE_OPEN;
  for (int i = 0; i < 3; i++) {
    char identity[HK_AGE_KEY_TEXT], recipient[HK_AGE_KEY_TEXT];
    CHECK_EQ_INT(hk_age_keygen(identity, recipient).code, HK_OK);
    CHECK_EQ_INT(hk_age_identities_read(&with[i], hk_str_of(identity)).code, HK_OK);
    if (i < 2) CHECK_EQ_INT(hk_age_recipients_add(&to, hk_str_of(recipient)).code, HK_OK);
  }
  encrypt_to(&to, (const uint8_t *)"hello", 5, 5, &m);
  hk_bytes_memory_init(&raw, m.bytes.p, m.bytes.n);
  for (int i = 0; i < 3; i++) {
    const hk_err e = hk_age_bytes_open(&raw.bytes, &with[i], HK_AGE_WHOLE, &lock, &b);
    CHECK_EQ_INT(e.code, i < 2 ? HK_OK : HK_DENIED);
    CHECK_EQ_INT(lock, HK_AGE_TO_KEYS);
    if (i < 2) hk_age_bytes_close(b);
  }
  hk_buf_done(&m.bytes);
}

TEST(test_age__nobody_or_both_ways_at_once_cannot_be_written_to)
{
  struct hk_age_recipients to = {.n = 0};
  struct memory_sink m;
  struct hk_store_sink *s = NULL;
  memory_sink_init(&m);
  CHECK_EQ_INT(hk_age_sink(&to, &m.sink, &s).code, HK_USAGE);
  CHECK_EQ_INT(m.n_closed, 1);
  CHECK_EQ_INT(hk_age_recipients_add(&to, HK_S(RECIPIENT)).code, HK_OK);
  CHECK_EQ_INT(hk_passphrase_set(&to.passphrase, HK_S("x")).code, HK_OK);
  CHECK_EQ_INT(hk_age_sink(&to, &m.sink, &s).code, HK_USAGE);
  CHECK_EQ_INT(m.bytes.n, 0);
}

TEST(test_age__an_output_that_fails_is_told_and_stays_failed)
{
  struct hk_age_recipients to = {.n = 0};
  struct memory_sink m;
  struct hk_store_sink *s = NULL;
  uint8_t *const p = content(2 * CHUNK);
  CHECK_EQ_INT(hk_age_recipients_add(&to, HK_S(RECIPIENT)).code, HK_OK);
  memory_sink_init(&m);
  m.fail_behind = 1000;
  CHECK_EQ_INT(hk_age_sink(&to, &m.sink, &s).code, HK_OK);
  CHECK_EQ_INT(s->write(s, p, CHUNK).code, HK_OK); /* held back: it may be the last chunk */
  CHECK_EQ_INT(s->write(s, p, 1).code, HK_LIMIT);
  CHECK_EQ_INT(s->write(s, p, 1).code, HK_LIMIT);
  CHECK_EQ_INT(s->flush(s).code, HK_LIMIT);
  CHECK_EQ_INT(s->finish(s, HK_S("")).code, HK_LIMIT);
  s->close(s);
  CHECK_EQ_INT(m.n_finished, 0);
  hk_buf_done(&m.bytes);
  free(p);
}

TEST(test_age_keys__reads_the_pair_of_the_specification)
{
  struct hk_age_recipients to = {.n = 0};
  need_keys();
  CHECK_EQ_INT(hk_age_recipients_add(&to, HK_S(RECIPIENT)).code, HK_OK);
  CHECK_EQ_MEM(to.keys[0], ours.open[0], 32);
}

TEST(test_age_keys__refuses_what_is_no_recipient)
{
  static const struct {
    const char *text;
    int code;
  } cases[] = {{"", HK_USAGE},
               {"age1", HK_USAGE},
               {"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk", HK_USAGE}, /* checksum */
               {"age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw", HK_USAGE},
               {"AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", HK_USAGE},
               {"age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", HK_USAGE},
               {" age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", HK_USAGE},
               {IDENTITY, HK_REFUSED},
               {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDDDDD", HK_UNSUPPORTED},
               {"age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jz", HK_UNSUPPORTED}};
  struct hk_age_recipients to = {.n = 0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CHECK_EQ_INT(hk_age_recipients_add(&to, hk_str_of(cases[i].text)).code, cases[i].code);
  CHECK_EQ_INT(to.n, 0);
}

TEST(test_age_keys__one_wrong_letter_anywhere_is_seen)
{
  char text[] = RECIPIENT;
  struct hk_age_recipients to = {.n = 0};
  for (size_t i = 0; i < sizeof text - 1; i++) {
    const char was = text[i];
    text[i] = was == 'q' ? 'p' : 'q';
    CHECK(hk_age_recipients_add(&to, hk_str_of(text)).code != HK_OK);
    text[i] = was;
  }
  CHECK_EQ_INT(hk_age_recipients_add(&to, hk_str_of(text)).code, HK_OK);
}

TEST(test_age_keys__a_bad_line_of_a_file_is_named)
{
  struct hk_age_recipients to = {.n = 0};
  struct hk_age_identities with = {.n = 0};
  hk_err e = hk_age_recipients_read(&to, HK_S("# team\n" RECIPIENT "\n\nage1nonsense\n"));
  CHECK_EQ_INT(e.code, HK_USAGE);
  CHECK_EQ_INT(e.offset, 4);
  CHECK_EQ_INT(hk_age_recipients_read(&to, HK_S("# nothing\n")).code, HK_USAGE);
  e = hk_age_identities_read(&with, HK_S("# created: now\n" RECIPIENT "\n"));
  CHECK_EQ_INT(e.code, HK_USAGE);
  CHECK_EQ_INT(e.offset, 2);
}
