/* RFC 4648: the vectors of section 10, and what section 3.5 forbids. */
#include "base/base64.h"

#include "check.h"

static const struct {
  const char *plain, *padded;
} vectors[] = {{"", ""},           {"f", "Zg=="},         {"fo", "Zm8="},          {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

static hk_str unpadded(const char *z)
{
  hk_str s = hk_str_of(z);
  while (s.n > 0 && s.p[s.n - 1] == '=') s.n--;
  return s;
}

TEST(test_base64__writes_the_vectors_of_the_rfc)
{
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    const hk_str plain = hk_str_of(vectors[i].plain);
    const hk_str bare = unpadded(vectors[i].padded);
    char out[16];
    CHECK_EQ_INT(hk_base64_put((const uint8_t *)plain.p, plain.n, true, out), strlen(vectors[i].padded));
    CHECK_EQ_STR(out, vectors[i].padded);
    CHECK_EQ_INT(hk_base64_put((const uint8_t *)plain.p, plain.n, false, out), bare.n);
    CHECK(hk_str_eq(hk_str_of(out), bare));
  }
}

TEST(test_base64__reads_the_vectors_of_the_rfc_in_the_asked_form_only)
{
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    const hk_str padded = hk_str_of(vectors[i].padded);
    const hk_str bare = unpadded(vectors[i].padded);
    uint8_t out[16];
    size_t n = 99;
    CHECK(hk_base64_get(padded, true, out, sizeof out, &n));
    CHECK_EQ_INT(n, strlen(vectors[i].plain));
    CHECK_EQ_MEM(out, vectors[i].plain, n);
    CHECK(hk_base64_get(bare, false, out, sizeof out, &n));
    CHECK_EQ_INT(n, strlen(vectors[i].plain));
    if (padded.n == bare.n) continue;
    CHECK(!hk_base64_get(padded, false, out, sizeof out, &n));
    CHECK(!hk_base64_get(bare, true, out, sizeof out, &n));
  }
}

TEST(test_base64__refuses_every_text_that_is_not_canonical)
{
  static const char *const bad[] = {"Zh==", "Zm9=", "Z===", "====", "Zg=a", "Z g=", "Zg\n=", "Zm-v", "Zm_v", "Zm9v\n", "=Zm9"};
  uint8_t out[16];
  size_t n = 99;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK(!hk_base64_get(hk_str_of(bad[i]), true, out, sizeof out, &n));
  CHECK(!hk_base64_get(HK_S("Z"), false, out, sizeof out, &n));
  CHECK(!hk_base64_get(HK_S("Zh"), false, out, sizeof out, &n));
  CHECK(!hk_base64_get(HK_S("Zm9v"), false, out, 2, &n));
  CHECK_EQ_INT(n, 99);
}

TEST(test_base64__every_byte_value_comes_back)
{
  uint8_t in[256], out[256];
  char text[HK_BASE64_ROOM(256)];
  for (size_t i = 0; i < sizeof in; i++) in[i] = (uint8_t)(i * 7 + 3);
  for (size_t size = 0; size <= sizeof in; size++) {
    size_t n = 0;
    const size_t length = hk_base64_put(in, size, size % 2 == 0, text);
    CHECK(hk_base64_get((hk_str){.p = text, .n = length}, size % 2 == 0, out, sizeof out, &n));
    CHECK_EQ_INT(n, size);
    CHECK_EQ_MEM(out, in, size);
  }
}
