/* Records as JSON lines. */
#include "record/jsonl.h"

#include "check.h"
#include "sample.h"

TEST(test_jsonl__every_kind_of_field)
{
  const struct sample_record r = sample_make();
  struct hk_buf b;
  hk_buf_init(&b, 4096);
  hk_jsonl_put(&b, &sample_record_type, &r, HK_S("C:\\x"));
  CHECK_EQ_BYTES(b.p, b.n,
                 "{\"record\":\"sample\",\"file\":\"C:\\\\x\",\"name\":\"利用者\\u003c\\u003e\",\"size\":-5,\"pid\":null,"
                 "\"hidden\":true,\"hash\":\"B29F6629\",\"seen_at\":\"1970-01-01T00:00:00.0000001Z\","
                 "\"files\":[\"C:\\\\a\",\"\",\"\"],\"run_times\":[\"1970-01-01T00:00:00.0000000Z\",null],"
                 "\"data\":{\"k\":[\"1\",\"3\"],\"x\":\"2\"}}\n");
  hk_buf_done(&b);
}

TEST(test_jsonl__what_is_not_known_is_null)
{
  const struct sample_record r = {.name = {.p = NULL, .n = 0}, .pid = 4};
  struct hk_buf b;
  hk_buf_init(&b, 4096);
  hk_jsonl_put(&b, &sample_record_type, &r, HK_S(""));
  CHECK_EQ_BYTES(b.p, b.n,
                 "{\"record\":\"sample\",\"file\":\"\",\"name\":null,\"size\":0,\"pid\":4,\"hidden\":false,\"hash\":\"00000000\","
                 "\"seen_at\":null,\"files\":[],\"run_times\":[],\"data\":{}}\n");
  hk_buf_done(&b);
}

TEST(test_jsonl__a_line_stays_one_line)
{
  const struct sample_record r = {.name = HK_S("a\nb\r\xE2\x80\xA8" "c")};
  struct hk_buf b;
  hk_buf_init(&b, 4096);
  hk_jsonl_put(&b, &sample_record_type, &r, HK_S("x\ny"));
  CHECK_EQ_INT(hk_str_find(hk_buf_view(&b), '\n'), b.n - 1);
  hk_buf_done(&b);
}

TEST(test_jsonl__roles_find_their_fields)
{
  const struct sample_record r = sample_make();
  CHECK_EQ_STR(hk_field_by_role(&sample_record_type, HK_ROLE_WHEN)->name, "seen_at");
  CHECK(hk_field_by_role(&sample_record_type, HK_ROLE_URL) == NULL);
  CHECK_EQ_STR(hk_field_by_name(&sample_record_type, "hash")->name, "hash");
  CHECK(hk_str_eq(hk_role_str(&sample_record_type, &r, HK_ROLE_NAME), HK_S("利用者<>")));
  CHECK_EQ_INT(hk_role_str(&sample_record_type, &r, HK_ROLE_URL).n, 0);
}
