/* Packing on several threads: the same calls give the same bytes, however many there are, and every reader of deflate takes the
   pieces for one stream (test_archive_opens.py opens such entries with three others). */
#include <zlib-ng.h>

#include "helpers.h"
#include "store/deflaters.h"

static char folder[256];

#define PIECE DEFLATERS_PIECE

/* Text, then noise, then text: pieces of each kind in one entry. */
static void mixed(uint8_t *p, size_t n, uint64_t seed)
{
  for (size_t at = 0; at < n; at += 300000) {
    const size_t step = n - at < 300000 ? n - at : 300000;
    fill(p + at, step, (at / 300000) % 3 == 1 ? seed * 2 + 1 : seed * 2);
  }
}

static void add(struct hk_store *s, const char *path, const uint8_t *p, size_t n, size_t step)
{
  const struct hk_stored a = stored_at(path);
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  for (size_t at = 0; at < n; at += step) CHECK_EQ_INT(hk_store_write(s, p + at, n - at < step ? n - at : step).code, HK_OK);
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
}

static void add_all(struct hk_store *s)
{
  static const size_t sizes[] = {0,         1,         5000,          PIECE - 1,     PIECE,  PIECE + 1,
                                 2 * PIECE, 2000000,   7 * PIECE + 3, 40000,         100000, 3 * PIECE};
  static uint8_t data[8 * PIECE];
  char path[64];
  for (size_t i = 0; i < 4 * sizeof sizes / sizeof sizes[0]; i++) {
    const size_t n = sizes[i / 4];
    (void)snprintf(path, sizeof path, "C:\\d\\%zu\\%zu.bin", i % 5, i);
    if (i % 4 < 2)
      fill(data, n, i);
    else
      mixed(data, n, i);
    add(s, path, data, n, i % 2 == 0 ? 70001 : PIECE);
    if (i % 7 == 0) {
      const struct hk_stored missed = stored_at("C:\\pagefile.sys");
      CHECK_EQ_INT(hk_store_miss(s, &missed, hk_fail(HK_DENIED, "open file", HK_NO_OFFSET)).code, HK_OK);
    }
  }
  /* Many small ones: journals come between them. */
  for (int i = 0; i < 300; i++) {
    (void)snprintf(path, sizeof path, "C:\\small\\%d", i);
    add(s, path, data, (size_t)i * 13, 4096);
  }
}

static uint8_t *pack(unsigned n_threads, size_t *n, char path[300])
{
  const struct hk_case c = case_of("PC01");
  const struct hk_store_options o = {.dir = hk_str_of(folder), .n_threads = n_threads, .archive_id = 0x1234567890abcdef};
  struct hk_store *s = NULL;
  struct os_file *f = NULL;
  uint64_t size = 0;
  char seal[65];
  CHECK_EQ_INT(hk_store_create(&o, &c, &s).code, HK_OK);
  (void)snprintf(path, 300, "%s", hk_store_path(s).p);
  add_all(s);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  CHECK_EQ_INT(os_open(hk_str_of(path), OS_READ, &f).code, HK_OK);
  CHECK_EQ_INT(os_size(f, &size).code, HK_OK);
  uint8_t *const p = malloc((size_t)size);
  CHECK_EQ_INT(os_read_at(f, 0, p, (size_t)size, n).code, HK_OK);
  os_close(f);
  return p;
}

TEST(test_deflate__the_same_evidence_gives_the_same_bytes_on_any_number_of_threads)
{
  static const unsigned threads[] = {2, 3, 7, 16, 1000};
  char path[300];
  size_t n = 0;
  make_folder(folder);
  uint8_t *const first = pack(1, &n, path);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
    size_t m = 0;
    uint8_t *const again = pack(threads[i], &m, path);
    CHECK_EQ_INT(m, n);
    CHECK_EQ_MEM(again, first, n);
    free(again);
  }
  free(first);
  remove_folder(folder);
}

/* One inflate over the pieces of an entry, one behind the other. */
TEST(test_deflate__the_pieces_of_an_entry_are_one_stream)
{
  struct deflaters *d = NULL;
  static uint8_t data[3 * PIECE + 12345], out[sizeof data + 1];
  mixed(data, sizeof data, 3);
  CHECK_EQ_INT(deflaters_open(0, &d).code, HK_OK); /* no thread: the caller packs */
  zng_stream z = {0};
  CHECK_EQ_INT(zng_inflateInit2(&z, -15), Z_OK);
  z.next_out = out;
  z.avail_out = sizeof out;
  int r = Z_OK;
  uint32_t crc = 0;
  for (size_t at = 0; at < sizeof data; at += PIECE) {
    struct piece *const p = deflaters_free(d);
    p->n = sizeof data - at < PIECE ? sizeof data - at : PIECE;
    p->n_dictionary = at == 0 ? 0 : DEFLATERS_DICTIONARY;
    p->single = p->stored = false;
    p->last = at + p->n == sizeof data;
    memcpy(p->data - p->n_dictionary, data + at - p->n_dictionary, p->n_dictionary + p->n);
    deflaters_give(d);
    const struct piece *const done = deflaters_take(d);
    z.next_in = done->packed;
    z.avail_in = (uint32_t)done->n_packed;
    CHECK_EQ_INT(done->packed_crc32, zng_crc32_z(0, done->packed, done->n_packed));
    crc = zng_crc32_combine(crc, done->crc32, (z_off64_t)done->n);
    r = zng_inflate(&z, Z_NO_FLUSH);
    deflaters_done(d);
  }
  CHECK_EQ_INT(r, Z_STREAM_END);
  CHECK_EQ_INT(z.total_out, sizeof data);
  CHECK_EQ_MEM(out, data, sizeof data);
  CHECK_EQ_INT(crc, zng_crc32_z(0, data, sizeof data));
  (void)zng_inflateEnd(&z);
  deflaters_close(d);
}

TEST(test_deflate__what_is_packed_already_is_told_from_what_is_not)
{
  struct deflaters *d = NULL;
  static uint8_t data[PIECE];
  CHECK_EQ_INT(deflaters_open(0, &d).code, HK_OK);
  fill(data, sizeof data, 1); /* noise */
  CHECK(deflaters_looks_packed(d, data, sizeof data));
  CHECK(!deflaters_looks_packed(d, data, 4000)); /* too little to tell: it is tried */
  for (size_t at = 16384; at < sizeof data; at += 16384) memcpy(data + at, data, 16384); /* noise that repeats itself */
  CHECK(!deflaters_looks_packed(d, data, sizeof data));
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)i; /* every byte as often as the others */
  CHECK(!deflaters_looks_packed(d, data, sizeof data));
  fill(data, sizeof data, 2);
  CHECK(!deflaters_looks_packed(d, data, sizeof data));
  deflaters_close(d);
}

TEST(test_deflate__noise_costs_no_more_than_its_size)
{
  struct hk_archive *z = NULL;
  char path[300], seal[65];
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  make_folder(folder);
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  (void)snprintf(path, sizeof path, "%s", hk_store_path(s).p);
  add_evidence(s, "C:\\noise", 3000000, 1);
  add_evidence(s, "C:\\text", 3000000, 2);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path), &z).code, HK_OK);
  const struct hk_archive_entry *const noise = hk_archive_find(z, HK_S("uploads/auto/C%3A/noise"));
  const struct hk_archive_entry *const text = hk_archive_find(z, HK_S("uploads/auto/C%3A/text"));
  CHECK_EQ_INT(noise->method, 0);
  CHECK_EQ_INT(noise->packed_bytes, 3000000);
  CHECK_EQ_INT(text->method, 8);
  CHECK(text->packed_bytes < 1200000);
  hk_archive_close(z);
  remove_folder(folder);
}
