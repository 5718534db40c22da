/* One file read once, from a source that changes while it is read. */
#include "check.h"

#include "acquire/acquire.h"

/* Announces `announced` bytes and gives `given`; with `fails`, an error follows. */
struct changing {
  struct hk_source source;
  struct hk_stream stream;
  uint64_t announced, given, at;
  bool gone, fails;
  int n_open;
};

static hk_err give(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct changing *const c = (struct changing *)(void *)((char *)(void *)s - offsetof(struct changing, stream));
  const uint64_t left = c->given - c->at;
  if (left == 0 && c->fails) return hk_fail(HK_IO, "read", HK_NO_OFFSET);
  *got = left < n ? (size_t)left : n;
  memset(out, 'x', *got);
  c->at += *got;
  return hk_ok();
}

static void close_stream(struct hk_stream *s)
{
  ((struct changing *)(void *)((char *)(void *)s - offsetof(struct changing, stream)))->n_open--;
}

static hk_err open_stream(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct changing *const c = (struct changing *)(void *)s;
  (void)path;
  if (c->gone) return hk_fail(HK_ABSENT, "open file", HK_NO_OFFSET);
  c->stream = (struct hk_stream){.bytes = {.size_bytes = c->announced}, .read = give, .close = close_stream};
  c->n_open++;
  *out = &c->stream;
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

static const struct hk_source_ops ops = {.method = "test", .open = open_stream, .owner = no_owner};
static const struct hk_artefact small = {.name = "small", .max_bytes = 100000};

static bool count(void *ctx, const void *p, size_t n)
{
  (void)p;
  *(uint64_t *)ctx += n;
  return true;
}

static struct hk_acquired acquire(struct changing *c, hk_err (*go_on)(void *ctx), uint64_t *tapped)
{
  struct hk_acquired got;
  const struct hk_planned file = {.entry = {.path = HK_S("C:\\x.log"), .size_bytes = c->announced}, .artefact = &small};
  const struct hk_tap tap = {.ctx = tapped, .bytes = count, .go_on = go_on};
  c->source.ops = &ops;
  *tapped = 0;
  CHECK_EQ_INT(hk_acquire_file(&c->source, NULL, &file, &tap, &got).code, HK_OK);
  CHECK_EQ_INT(c->n_open, 0);
  CHECK_EQ_INT(got.read_bytes, *tapped);
  return got;
}

TEST(test_acquire__takes_what_a_growing_log_holds_by_now)
{
  uint64_t n;
  const struct hk_acquired got = acquire(&(struct changing){.announced = 10, .given = 50000}, NULL, &n);
  CHECK_EQ_INT(got.read_result.code, HK_OK);
  CHECK_EQ_INT(n, 50000);
}

TEST(test_acquire__says_that_a_file_became_shorter)
{
  uint64_t n;
  const struct hk_acquired got = acquire(&(struct changing){.announced = 50000, .given = 20000}, NULL, &n);
  CHECK_EQ_INT(got.read_result.code, HK_TRUNCATED);
  CHECK_EQ_INT(got.read_result.offset, 20000);
  CHECK_EQ_INT(n, 20000);
}

TEST(test_acquire__stops_at_the_limit_whatever_was_announced)
{
  uint64_t n;
  const struct hk_acquired got = acquire(&(struct changing){.announced = 10, .given = UINT64_C(1) << 62}, NULL, &n);
  CHECK_EQ_INT(got.read_result.code, HK_LIMIT);
  CHECK(n <= 100000);
}

TEST(test_acquire__keeps_what_came_before_an_error)
{
  uint64_t n;
  const struct hk_acquired got = acquire(&(struct changing){.announced = 500, .given = 300, .fails = true}, NULL, &n);
  CHECK_EQ_INT(got.read_result.code, HK_IO);
  CHECK_EQ_INT(got.read_result.offset, 300);
  CHECK_EQ_INT(n, 300);
}

TEST(test_acquire__a_file_that_vanished_is_not_called_absent)
{
  uint64_t n;
  CHECK_EQ_INT(acquire(&(struct changing){.announced = 5, .gone = true}, NULL, &n).read_result.code, HK_SKIPPED);
}

static hk_err after_one_block(void *ctx)
{
  return *(const uint64_t *)ctx == 0 ? hk_ok() : hk_fail(HK_SKIPPED, "read: disk full", HK_NO_OFFSET);
}

TEST(test_acquire__stops_between_blocks_when_told_and_says_why)
{
  uint64_t n;
  const struct hk_acquired got = acquire(&(struct changing){.announced = 60000, .given = 60000}, after_one_block, &n);
  CHECK_EQ_INT(got.read_result.code, HK_SKIPPED);
  CHECK_EQ_STR(got.read_result.step, "read: disk full");
  CHECK(n > 0);
  CHECK_EQ_INT(got.read_result.offset, n);
}
