/* Flat JSON, read mistrustfully. */
#include "base/json_read.h"

#include "base/json.h"
#include "check.h"

static struct hk_arena arena;
static struct hk_json_object object;

static hk_err read_bytes(const void *p, size_t n)
{
  struct hk_cur c = hk_cur_over(p, n);
  hk_arena_done(&arena);
  hk_arena_init(&arena, 1 << 20);
  return hk_json_read(&c, &arena, &object);
}

static int code_of(const char *line)
{
  return read_bytes(line, strlen(line)).code;
}

static const struct hk_json_member *value(const char *line)
{
  static char text[512];
  (void)snprintf(text, sizeof text, "{\"k\":%s}", line);
  CHECK_EQ_INT(code_of(text), HK_OK);
  return hk_json_find(&object, "k");
}

TEST(test_json_read__takes_every_kind_of_value)
{
  CHECK_EQ_INT(code_of(" {\"a\" : null , \"b\":true,\"c\":false,\"d\":-12,\"e\":\"x\",\"f\":[\"y\",\"\"],\"g\":[]} \r"), HK_OK);
  CHECK_EQ_INT(object.n, 7);
  CHECK_EQ_INT(hk_json_find(&object, "a")->kind, HK_JSON_NULL);
  CHECK_EQ_INT(hk_json_find(&object, "b")->number, 1);
  CHECK_EQ_INT(hk_json_find(&object, "c")->number, 0);
  CHECK_EQ_INT(hk_json_find(&object, "d")->number, -12);
  CHECK_EQ_BYTES(hk_json_find(&object, "e")->text.p, hk_json_find(&object, "e")->text.n, "x");
  CHECK_EQ_INT(hk_json_find(&object, "f")->n_list, 2);
  CHECK_EQ_INT(hk_json_find(&object, "g")->n_list, 0);
  CHECK(hk_json_find(&object, "z") == NULL);
  CHECK_EQ_INT(code_of("{}"), HK_OK);
}

TEST(test_json_read__numbers_up_to_64_bits_and_no_further)
{
  CHECK_EQ_INT(value("9223372036854775807")->number, INT64_MAX);
  CHECK_EQ_INT(value("-9223372036854775808")->number, INT64_MIN);
  CHECK_EQ_INT(value("0")->number, 0);
  static const char *const bad[] = {"9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "01", "-",
                                    "+1", "0x10", "1 2", "", "--1"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char line[64];
    (void)snprintf(line, sizeof line, "{\"k\":%s}", bad[i]);
    CHECK_EQ_INT(code_of(line), HK_DAMAGED);
  }
  CHECK_EQ_INT(code_of("{\"k\":1.5}"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("{\"k\":1e9}"), HK_UNSUPPORTED);
}

/* RFC 8259, section 7. */
TEST(test_json_read__undoes_every_escape)
{
  const struct hk_json_member *const m = value("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u5229\\ud83d\\ude00\\u202E\"");
  CHECK_EQ_BYTES(m->text.p, m->text.n, "\"\\/\b\f\n\r\t\xC3\xA9\xE5\x88\xA9\xF0\x9F\x98\x80\xE2\x80\xAE");
  static const char *const bad[] = {"\\x41", "\\u12", "\\u12g4", "\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\ude00", "\\"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char line[64];
    (void)snprintf(line, sizeof line, "{\"k\":\"%s\"}", bad[i]);
    CHECK_EQ_INT(code_of(line), HK_DAMAGED);
  }
}

TEST(test_json_read__refuses_what_is_not_text)
{
  CHECK_EQ_INT(code_of("{\"k\":\"\xFF\"}"), HK_DAMAGED);
  CHECK_EQ_INT(code_of("{\"k\":\"\xC0\x80\"}"), HK_DAMAGED);         /* overlong */
  CHECK_EQ_INT(code_of("{\"k\":\"\xED\xA0\x80\"}"), HK_DAMAGED);     /* a surrogate */
  CHECK_EQ_INT(code_of("{\"\xFE\":1}"), HK_DAMAGED);
  CHECK_EQ_INT(code_of("{\"k\":\"a\tb\"}"), HK_DAMAGED);
  CHECK_EQ_INT(read_bytes("{\"k\":\"a\0b\"}", 11).code, HK_DAMAGED);
  CHECK_EQ_INT(read_bytes("{\"k\":1}\0", 8).code, HK_DAMAGED);
}

TEST(test_json_read__refuses_other_grammar)
{
  static const char *const bad[] = {"",          "{",          "}",           "[]",         "{\"k\"}",       "{\"k\":}",
                                    "{\"k\":1,}", "{,}",        "{\"k\" 1}",   "{\"k\":1 \"l\":2}", "{k:1}", "{'k':1}",
                                    "{\"k\":tru}", "{\"k\":nul}", "{\"k\":truee}", "{\"k\":1}}",  "{\"k\":1}{}",   "{\"k\":[\"a\"}",
                                    "{\"k\":[\"a\",]}", "{\"k\":[1]}", "{\"k\":\"a}", "{\"k\":1,\"k\":2}", "null", "1"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK_EQ_INT(code_of(bad[i]), HK_DAMAGED);
  CHECK_EQ_INT(code_of("{\"k\":{}}"), HK_UNSUPPORTED);
  CHECK_EQ_INT(code_of("{\"k\":[[]]}"), HK_UNSUPPORTED);
}

TEST(test_json_read__has_a_ceiling_for_members_and_lists)
{
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  hk_buf_z(&b, "{\"k0\":0");
  for (unsigned i = 1; i < HK_JSON_MEMBERS; i++) hk_buf_printf(&b, ",\"k%u\":%u", i, i);
  hk_buf_z(&b, "}");
  CHECK_EQ_INT(read_bytes(b.p, b.n).code, HK_OK);
  CHECK_EQ_INT(object.n, HK_JSON_MEMBERS);
  b.n--;
  hk_buf_z(&b, ",\"more\":1}");
  CHECK_EQ_INT(read_bytes(b.p, b.n).code, HK_LIMIT);
  hk_buf_reset(&b);
  hk_buf_z(&b, "{\"k\":[\"\"");
  for (unsigned i = 0; i < HK_JSON_LIST; i++) hk_buf_z(&b, ",\"\"");
  hk_buf_z(&b, "]}");
  CHECK_EQ_INT(read_bytes(b.p, b.n).code, HK_LIMIT);
  hk_buf_done(&b);
}

TEST(test_json_read__gives_back_what_the_writer_wrote)
{
  static const char *const texts[] = {"", "C:\\Users\\利用者\\a \"b\".exe", "<&>\x7F\x01", ("\xE2\x80\xAE" "fdp.exe"), "\xF3\xA0\x80\x81",
                                      "\xF0\x9F\x98\x80"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct hk_buf b;
    struct hk_json j;
    hk_buf_init(&b, 1 << 16);
    hk_json_init(&j, &b);
    hk_json_open(&j, '{');
    hk_json_key(&j, "t");
    hk_json_z(&j, texts[i]);
    hk_json_key(&j, "n");
    hk_json_int(&j, INT64_MIN);
    hk_json_close(&j, '}');
    CHECK_EQ_INT(read_bytes(b.p, b.n).code, HK_OK);
    CHECK_EQ_INT(hk_json_find(&object, "n")->number, INT64_MIN);
    const struct hk_json_member *const m = hk_json_find(&object, "t");
    CHECK_EQ_INT(m->text.n, strlen(texts[i]));
    CHECK_EQ_MEM(m->text.p, texts[i], m->text.n);
    hk_buf_done(&b);
  }
}

TEST(test_json_read__lines_end_at_newlines_and_at_the_end)
{
  static const char text[] = "a\n\nbc";
  struct hk_cur c = hk_cur_over(text, sizeof text - 1);
  struct hk_cur line;
  CHECK(hk_json_next_line(&c, &line));
  CHECK_EQ_INT(line.size, 1);
  CHECK(hk_json_next_line(&c, &line));
  CHECK_EQ_INT(line.size, 0);
  CHECK(hk_json_next_line(&c, &line));
  CHECK_EQ_BYTES(line.base, line.size, "bc");
  CHECK(!hk_json_next_line(&c, &line));
}
