/* Sections, media, tables and chunks of an E01 image in one file, read by pieces that begin and end anywhere. Every part has a checksum, which a
   mutation seldom hits: where the first byte of the input is odd, those on the way of a walk along the sections are made right before.
   The rest of the input is the image. Seeds: a packed and an unpacked disk of a few chunks by ewfacquire -b 16 (EnCase 6, EnCase 1), one by SMART. */
#include <stdlib.h>
#include <string.h>

#include <zlib-ng.h>

#include "base/cur.h"
#include "source/disk/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 13, SECTION = 76, SECTIONS_MAX = 200 };

static void put_sum(uint8_t *p, size_t size, uint64_t from, uint64_t n)
{
  if (from > size || n > size - from || size - from - n < 4) return;
  const uint32_t sum = zng_adler32_z(1, p + from, (size_t)n);
  for (size_t i = 0; i < 4; i++) p[from + n + i] = (uint8_t)(sum >> (8 * i));
}

static void make_right(uint8_t *p, size_t size)
{
  uint64_t at = HEAD;
  for (size_t i = 0; i < SECTIONS_MAX && at < size && size - at >= SECTION; i++) {
    const struct hk_cur all = hk_cur_over(p, size);
    struct hk_cur next = hk_cur_at(&all, at + 16, 8), n = hk_cur_at(&all, at + SECTION, 4);
    const uint64_t behind = hk_u64le(&next), room = behind > at + SECTION ? behind - at - SECTION : 0;
    put_sum(p, size, at, SECTION - 4);
    if (memcmp(p + at, "table", 5) == 0) {
      put_sum(p, size, at + SECTION, 20);
      put_sum(p, size, at + SECTION + 24, (uint64_t)hk_u32le(&n) * 4);
    } else if (memcmp(p + at, "sectors", 7) != 0) {
      put_sum(p, size, at + SECTION, room < 1052 ? 90 : 1048);
    }
    if (behind <= at) return;
    at = behind;
  }
}

static void read_disk(struct hk_bytes *b)
{
  static uint8_t out[1 << 18];
  const uint64_t places[] = {0, 512, 8192 - 1, 8192, b->size_bytes / 2, b->size_bytes - 1, b->size_bytes, UINT64_MAX};
  const size_t sizes[] = {1, 512, 8192, sizeof out};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
      size_t got = 0;
      const hk_err e = b->read_at(b, places[i], out, sizes[k], &got);
      const uint64_t left = places[i] < b->size_bytes ? b->size_bytes - places[i] : 0;
      if (got > sizes[k] || got > left) abort();
      if (e.code == HK_OK && got != (left < sizes[k] ? left : sizes[k])) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_disk *disk = NULL;
  if (size < 1 || size > (size_t)1 << 20) return 0;
  uint8_t *const image = malloc(size == 1 ? 1 : size - 1); /* exactly as long, so that a sanitizer sees who reads behind it */
  if (image == NULL) return 0;
  memcpy(image, data + 1, size - 1);
  if ((data[0] & 1) != 0) make_right(image, size - 1);
  hk_bytes_memory_init(&m, image, size - 1);
  if (hk_ewf_open(&m.bytes, hk_str_of(""), &disk).code == HK_OK) {
    read_disk(&disk->bytes);
    disk->close(disk);
  }
  free(image);
  return 0;
}
