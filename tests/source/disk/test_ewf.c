/* Names of segment files, as "Expert Witness Compression Format (EWF)", libewf documentation, lists them. Images: test_ewf_images.py. */
#include "check.h"

#include "source/disk/ewf.h"

static const char *suffix(char first, uint32_t number)
{
  static char out[4];
  return hk_ewf_suffix(first, number, out) ? out : NULL;
}

TEST(test_ewf_suffix__counts_digits_then_letters)
{
  CHECK_EQ_STR(suffix('E', 1), "E01");
  CHECK_EQ_STR(suffix('E', 99), "E99");
  CHECK_EQ_STR(suffix('E', 100), "EAA");
  CHECK_EQ_STR(suffix('E', 126), "EBA");
  CHECK_EQ_STR(suffix('E', 775), "EZZ");
  CHECK_EQ_STR(suffix('E', 776), "FAA");
  CHECK_EQ_STR(suffix('E', 14971), "ZZZ");
  CHECK_EQ_STR(suffix('S', 100), "SAA");
}

TEST(test_ewf_suffix__keeps_the_case_of_the_first)
{
  CHECK_EQ_STR(suffix('e', 2), "e02");
  CHECK_EQ_STR(suffix('e', 100), "eaa");
  CHECK_EQ_STR(suffix('s', 776), "taa");
}

TEST(test_ewf_suffix__ends_behind_the_last_letter)
{
  CHECK(suffix('E', 0) == NULL);
  CHECK(suffix('E', 14972) == NULL);
  CHECK(suffix('e', UINT32_MAX) == NULL);
  CHECK(suffix('Z', 99 + 26 * 26 + 1) == NULL);
}
