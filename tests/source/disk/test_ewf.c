/* Names of segment files, as "Expert Witness Compression Format (EWF)", libewf documentation, lists them; how often a chunk is read. The bytes
   of images: test_ewf_images.py. */
#include "check.h"

#include "source/disk/ewf.h"
#include "source/disk/formats.h"

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

/* An image that ewfacquire made (-f encase6 -b 16), a seed of the fuzz target without its first byte. */
struct counted {
  struct hk_bytes bytes;
  uint8_t p[16384];
  uint64_t n_read;
};

static hk_err read_counted(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct counted *const c = (struct counted *)(void *)self;
  const uint64_t left = offset < self->size_bytes ? self->size_bytes - offset : 0;
  *got = left < n ? (size_t)left : n;
  memcpy(out, c->p + (left == 0 ? 0 : offset), *got);
  c->n_read += *got;
  return hk_ok();
}

static struct hk_disk *open_counted(struct counted *c, size_t damage_at)
{
  struct hk_disk *disk = NULL;
  FILE *const f = fopen(HK_SOURCE_DIR "/tests/fuzz/corpus/ewf/encase6", "rb");
  if (f == NULL) SKIP("the seed is not here");
  (void)fgetc(f);
  *c = (struct counted){.bytes = {.read_at = read_counted}};
  c->bytes.size_bytes = fread(c->p, 1, sizeof c->p, f);
  fclose(f);
  if (damage_at != 0) c->p[damage_at] ^= 0x10;
  CHECK_EQ_INT(hk_ewf_open(&c->bytes, hk_str_of(""), &disk).code, HK_OK);
  c->n_read = 0;
  return disk;
}

TEST(test_ewf__small_reads_in_order_unpack_each_chunk_once)
{
  static struct counted c;
  struct hk_disk *const disk = open_counted(&c, 0);
  uint8_t out[512];
  size_t got = 0;
  for (uint64_t at = 0; at < disk->bytes.size_bytes; at += sizeof out)
    CHECK_EQ_INT(disk->bytes.read_at(&disk->bytes, at, out, sizeof out, &got).code, HK_OK);
  CHECK(c.n_read > 0 && c.n_read <= c.bytes.size_bytes);
  disk->close(disk);
}

TEST(test_ewf__a_damaged_chunk_is_tried_once)
{
  static struct counted c;
  struct hk_disk *const disk = open_counted(&c, 3000); /* in the first chunk, which is not packed */
  uint8_t out[512];
  size_t got = 0;
  CHECK_EQ_INT(disk->bytes.read_at(&disk->bytes, 512, out, sizeof out, &got).code, HK_DAMAGED);
  const uint64_t n_read = c.n_read;
  const hk_err e = disk->bytes.read_at(&disk->bytes, 1024, out, sizeof out, &got);
  CHECK_EQ_INT(e.code, HK_DAMAGED);
  CHECK_EQ_INT(e.offset, 0);
  CHECK_EQ_INT(c.n_read, n_read);
  CHECK_EQ_INT(disk->bytes.read_at(&disk->bytes, 8192, out, sizeof out, &got).code, HK_OK);
  disk->close(disk);
}
