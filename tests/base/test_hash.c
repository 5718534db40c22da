/* SHA-256 and MD5 against published vectors (FIPS 180-4 examples, RFC 1321 appendix) and the two block functions against
   each other. tests/store/test_archive_opens.py compares with Python's hashlib over many lengths. */
#include "base/hash.h"

#include "base/hash_blocks.h"
#include "check.h"

static const char *sha256_of(const char *text, size_t n)
{
  static char hex[2 * HK_SHA256_SIZE + 1];
  uint8_t out[HK_SHA256_SIZE];
  hk_sha256_of(text, n, out);
  hk_hex(out, sizeof out, hex);
  return hex;
}

static const char *md5_of(const char *text)
{
  static char hex[2 * HK_MD5_SIZE + 1];
  uint8_t out[HK_MD5_SIZE];
  struct hk_md5 s;
  hk_md5_init(&s);
  hk_md5_add(&s, text, strlen(text));
  hk_md5_end(&s, out);
  hk_hex(out, sizeof out, hex);
  return hex;
}

TEST(test_hash__sha256_gives_the_published_digests)
{
  CHECK_EQ_STR(sha256_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_EQ_STR(sha256_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const char *const two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  CHECK_EQ_STR(sha256_of(two_blocks, strlen(two_blocks)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(test_hash__sha256_of_a_million_letters_in_uneven_pieces)
{
  static char letters[1000];
  memset(letters, 'a', sizeof letters);
  struct hk_sha256 s;
  hk_sha256_init(&s);
  size_t left = 1000000;
  for (size_t n = 1; left > 0; n = n * 7 % 997 + 1) {
    const size_t take = n < left ? n : left;
    hk_sha256_add(&s, letters, take);
    left -= take;
  }
  uint8_t out[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  hk_sha256_end(&s, out);
  hk_hex(out, sizeof out, hex);
  CHECK_EQ_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(test_hash__md5_gives_the_published_digests)
{
  CHECK_EQ_STR(md5_of(""), "d41d8cd98f00b204e9800998ecf8427e");
  CHECK_EQ_STR(md5_of("a"), "0cc175b9c0f1b6a831c399e269772661");
  CHECK_EQ_STR(md5_of("abc"), "900150983cd24fb0d6963f7d28e17f72");
  CHECK_EQ_STR(md5_of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK_EQ_STR(md5_of("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
  CHECK_EQ_STR(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
               "d174ab98d277d9f5a5611c2c9f419d9f");
  CHECK_EQ_STR(md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
               "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(test_hash__cpu_rounds_equal_portable_rounds)
{
  if (!hk_sha256_cpu_can()) SKIP("this CPU has no SHA instructions");
  static uint8_t data[64 * 33];
  uint32_t v = 1;
  for (size_t i = 0; i < sizeof data; i++) {
    v = v * 1664525u + 1013904223u;
    data[i] = (uint8_t)(v >> 24);
  }
  for (size_t n = 0; n <= 33; n++) {
    uint32_t a[8];
    uint32_t b[8];
    for (uint32_t i = 0; i < 8; i++) a[i] = b[i] = i * 0x9E3779B9u;
    hk_sha256_blocks_portable(a, data, n);
    hk_sha256_blocks_cpu(b, data, n);
    CHECK_EQ_MEM(b, a, sizeof a);
  }
}
