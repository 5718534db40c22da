/* The wire form: what goes in comes out, and no lie in a frame gets through. */
#include "record/wire.h"

#include "check.h"
#include "sample.h"

static struct hk_arena arena;
static struct hk_buf frame;
static struct sample_record out;

static void put(const struct sample_record *r)
{
  hk_arena_init(&arena, (size_t)8 << 20);
  hk_buf_init(&frame, 1 << 20);
  hk_wire_put(&frame, &sample_record_type, r, &arena);
}

static hk_err get(size_t n)
{
  struct hk_cur c = hk_cur_over(frame.p, n);
  memset(&out, 0, sizeof out);
  return hk_wire_get(&c, &sample_record_type, &out, &arena);
}

static void done(void)
{
  hk_buf_done(&frame);
  hk_arena_done(&arena);
}

/* Offsets of the fields in the frame of sample_make. */
enum { AT_NAME = 0, AT_SIZE = 15, AT_PID = 23, AT_HIDDEN = 31, AT_HASH = 32, AT_SEEN = 36, AT_FILES = 44, AT_TIMES = 64, AT_PAIRS = 84 };

TEST(test_wire__every_kind_of_field_goes_round)
{
  const struct sample_record r = sample_make();
  put(&r);
  CHECK(!frame.failed);
  CHECK_EQ_INT(get(frame.n).code, HK_OK);
  CHECK(hk_str_eq(out.name, r.name));
  CHECK_EQ_INT(out.size, -5);
  CHECK_EQ_INT(out.pid, HK_NO_INT);
  CHECK(out.hidden);
  CHECK_EQ_INT(out.hash, 0xB29F6629u);
  CHECK_EQ_INT(out.seen_at, HK_UNIX_EPOCH + 1);
  CHECK_EQ_INT(out.files.n, 3);
  CHECK(hk_str_eq(out.files.v[0], HK_S("C:\\a")));
  CHECK(out.files.v[1].p == NULL);
  CHECK(out.files.v[2].p != NULL);
  CHECK_EQ_INT(out.run_times.n, 2);
  CHECK_EQ_INT(out.run_times.v[1], 0);
  CHECK_EQ_INT(out.data.n, 3);
  CHECK(hk_str_eq(out.data.v[2].value, HK_S("3")));
  done();
}

TEST(test_wire__an_empty_record_goes_round)
{
  const struct sample_record r = {.name = {.p = NULL, .n = 0}};
  put(&r);
  CHECK_EQ_INT(get(frame.n).code, HK_OK);
  CHECK(out.name.p == NULL);
  CHECK_EQ_INT(out.files.n, 0);
  done();
}

TEST(test_wire__bad_utf8_is_cleaned_by_the_writer)
{
  const struct sample_record r = {.name = {.p = "a\xFF", .n = 2}};
  put(&r);
  CHECK_EQ_INT(get(frame.n).code, HK_OK);
  CHECK(hk_str_eq(out.name, HK_S("a\xEF\xBF\xBD")));
  done();
}

TEST(test_wire__every_cut_is_refused)
{
  const struct sample_record r = sample_make();
  put(&r);
  for (size_t n = 0; n < frame.n; n++) CHECK_EQ_INT(get(n).code, HK_REFUSED);
  done();
}

TEST(test_wire__a_byte_left_over_is_refused)
{
  const struct sample_record r = sample_make();
  put(&r);
  hk_buf_u8(&frame, 0);
  CHECK_EQ_INT(get(frame.n).code, HK_REFUSED);
  done();
}

static int with_u32(size_t at, uint32_t v)
{
  const struct sample_record r = sample_make();
  put(&r);
  for (int i = 0; i < 4; i++) frame.p[at + (size_t)i] = (uint8_t)(v >> (8 * i));
  const int code = get(frame.n).code;
  done();
  return code;
}

static int with_u8(size_t at, uint8_t v)
{
  const struct sample_record r = sample_make();
  put(&r);
  frame.p[at] = v;
  const int code = get(frame.n).code;
  done();
  return code;
}

TEST(test_wire__lengths_that_lie_are_refused)
{
  CHECK_EQ_INT(with_u32(AT_NAME, 11), HK_OK);
  CHECK_EQ_INT(with_u32(AT_NAME, 12), HK_REFUSED);
  CHECK_EQ_INT(with_u32(AT_NAME, 0x7FFFFFFF), HK_REFUSED);
  CHECK_EQ_INT(with_u32(AT_NAME, 0xFFFFFFFE), HK_REFUSED);
  CHECK_EQ_INT(with_u32(AT_NAME, 0xFFFFFFFF), HK_REFUSED); /* NULL, and eleven bytes too many */
}

TEST(test_wire__counts_that_lie_are_refused_before_memory_is_asked_for)
{
  const size_t counts[] = {AT_FILES, AT_TIMES, AT_PAIRS};
  for (int i = 0; i < 3; i++) {
    CHECK_EQ_INT(with_u32(counts[i], 0xFFFFFFFF), HK_REFUSED);
    CHECK_EQ_INT(with_u32(counts[i], 0x10000000), HK_REFUSED);
    CHECK_EQ_INT(with_u32(counts[i], 1), HK_REFUSED);
  }
}

TEST(test_wire__text_that_is_no_utf8_is_refused)
{
  CHECK_EQ_INT(with_u8(AT_NAME + 4, 0xFF), HK_REFUSED);
  CHECK_EQ_INT(with_u8(AT_FILES + 8, 0xC3), HK_REFUSED);
  CHECK_EQ_INT(with_u8(AT_PAIRS + 8, 0x80), HK_REFUSED);
}

TEST(test_wire__booleans_are_zero_or_one)
{
  CHECK_EQ_INT(with_u8(AT_HIDDEN, 0), HK_OK);
  CHECK_EQ_INT(with_u8(AT_HIDDEN, 2), HK_REFUSED);
  CHECK_EQ_INT(with_u8(AT_HIDDEN, 255), HK_REFUSED);
}

TEST(test_wire__times_out_of_the_calendar_are_refused)
{
  CHECK_EQ_INT(with_u8(AT_SEEN + 7, 0x80), HK_REFUSED);
  CHECK_EQ_INT(with_u8(AT_SEEN + 7, 0x7F), HK_REFUSED);
  CHECK_EQ_INT(with_u8(AT_TIMES + 4 + 7, 0xFF), HK_REFUSED);
}

/* A hundred thousand names in one record make whoever looks for twins among them slow. */
TEST(test_wire__more_pairs_than_any_record_has_are_refused)
{
  static struct hk_pair many[100000];
  for (size_t i = 0; i < 100000; i++) many[i] = (struct hk_pair){.name = HK_S(""), .value = HK_S("")};
  const struct sample_record r = {.data = {.v = many, .n = 100000}};
  put(&r);
  CHECK_EQ_INT(get(frame.n).code, HK_REFUSED);
  done();
}
