/* A sparse file from the source to the archive and back: a $UsnJrnl:$J of 3 GB whose records are 188 KiB. */
#include "../store/helpers.h"

#include "acquire/acquire.h"
#include "base/buf.h"

#define GB (UINT64_C(1) << 30)
#define N_DATA ((size_t)188 << 10)

/* Two pieces of data; the first begins at `from`, a hole of `gap` is between them, and one of `tail` behind. */
struct holed {
  struct hk_source source;
  struct hk_stream stream;
  uint64_t from, gap, tail;
  uint64_t fails_at; /* 0 = never */
};

static struct holed *of(struct hk_stream *s)
{
  return (struct holed *)(void *)((char *)(void *)s - offsetof(struct holed, stream));
}

static uint8_t byte_at(uint64_t i)
{
  return (uint8_t)(i * 7 + (i >> 9));
}

static bool next_data(struct hk_stream *s, uint64_t from, uint64_t *start, uint64_t *end)
{
  const struct holed *const h = of(s);
  const uint64_t half = N_DATA / 2;
  const uint64_t pieces[2] = {h->from, h->from + half + h->gap};
  for (int i = 0; i < 2; i++) {
    if (from >= pieces[i] + half) continue;
    *start = from > pieces[i] ? from : pieces[i];
    *end = pieces[i] + half;
    return true;
  }
  return false;
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_stream *const s = (struct hk_stream *)(void *)self;
  *got = 0;
  for (; *got < n && offset + *got < self->size_bytes; ++*got) {
    uint64_t start = 0, end = 0;
    const uint64_t at = offset + *got;
    if (of(s)->fails_at != 0 && at >= of(s)->fails_at) return hk_fail(HK_IO, "read sectors", HK_NO_OFFSET);
    const bool data = next_data(s, at, &start, &end) && start == at;
    ((uint8_t *)out)[*got] = data ? byte_at(at) : 0;
  }
  return hk_ok();
}

static void close_stream(struct hk_stream *s)
{
  (void)s;
}

static hk_err open_stream(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct holed *const h = (struct holed *)(void *)s;
  (void)path;
  h->stream = (struct hk_stream){.bytes = {.size_bytes = h->from + h->gap + N_DATA + h->tail, .read_at = read_at},
                                 .next_data = next_data,
                                 .close = close_stream};
  *out = &h->stream;
  return hk_ok();
}

static hk_err no_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  (void)s;
  (void)path;
  (void)a;
  *sid = hk_str_of("");
  return hk_ok();
}

static const struct hk_source_ops ops = {.method = "raw", .open = open_stream, .owner = no_owner};
static const struct hk_artefact journal = {.name = "usnjrnl"};

/* What the tap was given, holes as zeroes. */
struct tapped {
  struct hk_buf bytes;
};

static bool take_bytes(void *ctx, const void *p, size_t n)
{
  hk_buf_add(&((struct tapped *)ctx)->bytes, p, n);
  return true;
}

static bool take_hole(void *ctx, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++) hk_buf_u8(&((struct tapped *)ctx)->bytes, 0);
  return true;
}

static struct hk_acquired acquire(struct hk_source *s, struct hk_store *store, uint64_t size_bytes, struct tapped *t)
{
  struct hk_acquired got;
  const struct hk_planned file = {.entry = {.path = HK_S("C:\\$Extend\\$UsnJrnl:$J"), .size_bytes = size_bytes}, .artefact = &journal};
  const struct hk_tap tap = {.ctx = t, .bytes = take_bytes, .hole = take_hole};
  hk_buf_init(&t->bytes, (size_t)16 << 20);
  CHECK_EQ_INT(hk_acquire_file(s, store, &file, &tap, &got).code, HK_OK);
  return got;
}

static char folder[256];

/* Packs one such file; the archive's path. */
static hk_str pack(struct hk_arena *a, struct holed *h, struct hk_acquired *got, struct tapped *t)
{
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  char seal[65];
  h->source.ops = &ops;
  make_folder(folder);
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  const hk_str path = hk_str_copy(a, hk_store_path(s));
  *got = acquire(&h->source, s, h->from + h->gap + N_DATA + h->tail, t);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  return path;
}

static void expect_given(const struct tapped *t, const struct holed *h)
{
  const size_t half = N_DATA / 2;
  CHECK_EQ_INT(t->bytes.n, h->gap + N_DATA + h->tail);
  for (size_t i = 0; i < t->bytes.n; i++) {
    const bool data = i < half || (i >= half + h->gap && i < N_DATA + h->gap);
    CHECK_EQ_INT(t->bytes.p[i], data ? byte_at(h->from + i) : 0);
  }
}

TEST(test_sparse__a_journal_of_3_gb_costs_its_188_kib_and_is_given_from_its_first_record)
{
  struct hk_arena a;
  struct tapped t;
  struct hk_acquired got;
  struct os_info info;
  struct holed h = {.from = 3 * GB, .gap = 40960};
  hk_arena_init(&a, 0);
  const hk_str path = pack(&a, &h, &got, &t);
  CHECK_EQ_INT(got.read_result.code, HK_OK);
  CHECK_EQ_INT(got.data_from, 3 * GB);
  CHECK(got.sparse);
  CHECK_EQ_INT(got.digests.size_bytes, N_DATA);
  /* A stick with less room than the journal's size is no reason to leave it out. */
  const struct hk_planned planned = {.entry = {.path = HK_S("C:\\$Extend\\$UsnJrnl:$J"), .size_bytes = 3 * GB}, .artefact = &journal};
  const struct hk_planned ordinary = {.entry = {.path = HK_S("C:\\pagefile.sys"), .size_bytes = 3 * GB}, .artefact = &journal};
  CHECK_EQ_INT(hk_acquire_expects(&planned), 0);
  CHECK_EQ_INT(hk_acquire_expects(&ordinary), 3 * GB);
  expect_given(&t, &h);
  CHECK_EQ_INT(os_stat(path, &info).code, HK_OK);
  CHECK(info.size_bytes < N_DATA + 20000);
  hk_buf_done(&t.bytes);
  hk_arena_done(&a);
  remove_folder(folder);
}

struct listed {
  struct hk_entry entry;
  int n;
};

static bool on_entry(void *ctx, const struct hk_entry *e, const struct hk_hits *matched)
{
  struct listed *const l = ctx;
  (void)matched;
  l->entry = *e;
  l->n++;
  return true;
}

TEST(test_sparse__the_archive_gives_it_again_as_the_source_did)
{
  struct hk_arena a;
  struct tapped first, second;
  struct hk_acquired got, again;
  struct hk_source *s = NULL;
  struct hk_stream *in = NULL;
  struct holed h = {.from = 3 * GB, .gap = 40960, .tail = 100000};
  hk_arena_init(&a, 0);
  const hk_str path = pack(&a, &h, &got, &first);
  CHECK_EQ_INT(hk_source_open_archive(path, &s).code, HK_OK);
  struct listed l = {.n = 0};
  const hk_str glob = HK_S("?:\\**\\*:*");
  const struct hk_globs globs = {.v = &glob, .n = 1};
  const struct hk_finder finder = {.ctx = &l, .on_entry = on_entry};
  CHECK_EQ_INT(s->ops->find(s, &globs, &finder).code, HK_OK);
  CHECK_EQ_INT(l.n, 1); /* its index is no file of the PC */
  CHECK_EQ_INT(l.entry.size_bytes, 3 * GB + 40960 + N_DATA + 100000);
  CHECK_EQ_INT(l.entry.data_from, 3 * GB);
  again = acquire(s, NULL, l.entry.size_bytes, &second);
  CHECK_EQ_INT(again.read_result.code, HK_OK);
  CHECK_EQ_INT(again.data_from, got.data_from);
  CHECK_EQ_INT(second.bytes.n, first.bytes.n);
  CHECK_EQ_MEM(second.bytes.p, first.bytes.p, first.bytes.n);
  /* Random access counts from the file's own beginning, across the holes. */
  CHECK_EQ_INT(s->ops->open(s, l.entry.path, &in).code, HK_OK);
  uint8_t out[50000];
  size_t n = 0;
  CHECK_EQ_INT(in->bytes.read_at(&in->bytes, 3 * GB - 10, out, sizeof out, &n).code, HK_OK);
  CHECK_EQ_INT(n, sizeof out);
  CHECK_EQ_INT(out[9], 0);
  CHECK_EQ_MEM(out + 10, first.bytes.p, sizeof out - 10);
  CHECK_EQ_INT(in->bytes.read_at(&in->bytes, in->bytes.size_bytes - 5, out, sizeof out, &n).code, HK_OK);
  CHECK_EQ_INT(n, 5);
  in->close(in);
  s->ops->close(s);
  hk_buf_done(&first.bytes);
  hk_buf_done(&second.bytes);
  hk_arena_done(&a);
  remove_folder(folder);
}

TEST(test_sparse__a_read_error_in_the_middle_leaves_a_good_archive_that_says_so)
{
  struct hk_arena a;
  struct tapped t;
  struct hk_acquired got;
  struct hk_verdict v;
  struct holed h = {.from = 3 * GB, .gap = 40960, .fails_at = 3 * GB + N_DATA / 2 + 40960 + 4096};
  hk_arena_init(&a, 0);
  const hk_str path = pack(&a, &h, &got, &t);
  CHECK_EQ_INT(got.read_result.code, HK_IO);
  CHECK_EQ_INT(got.read_result.offset, h.fails_at);
  CHECK_EQ_INT(got.digests.size_bytes, N_DATA / 2 + 4096);
  CHECK_EQ_INT(hk_store_verify(path, NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  hk_buf_done(&t.bytes);
  hk_arena_done(&a);
  remove_folder(folder);
}
