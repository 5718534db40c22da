/* JSON output. */
#include "base/json.h"

#include "check.h"

static struct hk_buf b;
static struct hk_json j;

static void begin(void)
{
  hk_buf_init(&b, 1 << 20);
  hk_json_init(&j, &b);
}

#define CHECK_JSON(text)                                                                                               \
  do {                                                                                                                 \
    CHECK(!b.failed);                                                                                                  \
    CHECK_EQ_BYTES(b.p, b.n, text);                                                                                    \
    hk_buf_done(&b);                                                                                                   \
  } while (0)

TEST(test_json__commas_are_where_they_belong)
{
  begin();
  hk_json_open(&j, '{');
  hk_json_key(&j, "a");
  hk_json_int(&j, -1);
  hk_json_key(&j, "b");
  hk_json_open(&j, '[');
  hk_json_open(&j, '{');
  hk_json_close(&j, '}');
  hk_json_bool(&j, true);
  hk_json_null(&j);
  hk_json_open(&j, '[');
  hk_json_close(&j, ']');
  hk_json_close(&j, ']');
  hk_json_key(&j, "c");
  hk_json_raw(&j, HK_S("{\"x\":1}"));
  hk_json_close(&j, '}');
  CHECK_JSON("{\"a\":-1,\"b\":[{},true,null,[]],\"c\":{\"x\":1}}");
}

TEST(test_json__several_values_at_top_level_are_kept_apart)
{
  begin();
  hk_json_open(&j, '[');
  hk_json_int(&j, INT64_MIN);
  hk_json_int(&j, INT64_MAX);
  hk_json_close(&j, ']');
  CHECK_JSON("[-9223372036854775808,9223372036854775807]");
}

TEST(test_json__hostile_text_is_harmless)
{
  begin();
  hk_json_str(&j, HK_S("a\"\\\n\r\t\x01\x7F</script>&\xE2\x80\xAE\xE2\x80\xA8\xC2\x85"));
  CHECK_JSON("\"a\\\"\\\\\\n\\r\\t\\u0001\\u007f\\u003c/script\\u003e\\u0026\\u202e\\u2028\\u0085\"");
}

TEST(test_json__bad_utf8_becomes_replacement_and_the_rest_stays)
{
  begin();
  hk_json_str(&j, HK_S("利\xFF用\xE8"));
  CHECK_JSON("\"利\xEF\xBF\xBD用\xEF\xBF\xBD\"");
}

TEST(test_json__null_string_is_empty)
{
  begin();
  hk_json_str(&j, (hk_str){.p = NULL, .n = 0});
  CHECK_JSON("\"\"");
}

TEST(test_json__characters_beyond_the_first_plane)
{
  begin();
  hk_json_str(&j, HK_S("\xF0\x9F\x98\x80\xF3\xA0\x81\x81")); /* a face; an invisible tag */
  CHECK_JSON("\"\xF0\x9F\x98\x80\\udb40\\udc41\"");
}

TEST(test_json__unknown_time_is_null)
{
  begin();
  hk_json_open(&j, '[');
  hk_json_time(&j, 0);
  hk_json_time(&j, HK_UNIX_EPOCH);
  hk_json_close(&j, ']');
  CHECK_JSON("[null,\"1970-01-01T00:00:00.0000000Z\"]");
}

TEST(test_json__too_deep_is_a_failure_not_a_lie)
{
  begin();
  for (int i = 0; i < 61; i++) hk_json_open(&j, '[');
  CHECK(b.failed);
  hk_buf_done(&b);
}

TEST(test_json__keys_out_of_evidence_are_escaped)
{
  begin();
  hk_json_open(&j, '{');
  hk_json_key_str(&j, HK_S("a\"<"));
  hk_json_int(&j, 1);
  hk_json_close(&j, '}');
  CHECK_JSON("{\"a\\\"\\u003c\":1}");
}
