/* The bytes of a disk in a container, for tests that compare them.
     tool_disk bytes FILE              all of them, to standard output
     tool_disk sum FILE                their SHA-256
     tool_disk at FILE OFFSET N        N of them from an offset on
     tool_disk cut FILE RAW N          FILE cut off at N places, one after the other
     tool_disk flip FILE RAW N SEED    FILE with one random byte changed, N times
   cut and flip open what is left, read it in blocks of 4 KiB, compare it with RAW and print: tries, those that opened, and the blocks that
   were right, wrong and refused, of all tries together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "source/disk/disk.h"

enum { BLOCK = 4096 };

struct counts {
  unsigned long long tries, opened, right, wrong, refused;
};

static int fail(hk_err e)
{
  fprintf(stderr, "%s at %lld: %s\n", hk_code_name(e.code), (long long)e.offset, e.step);
  return 1;
}

static int print_bytes(const char *path, bool sum, uint64_t from, uint64_t most)
{
  struct hk_sha256 sha;
  uint8_t digest[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  static uint8_t block[1 << 20];
  struct hk_bytes *file = NULL, *b = NULL;
  struct hk_disk *disk = NULL;
  size_t got = 0;
  hk_err e = hk_disk_file_open(hk_str_of(path), &file);
  if (e.code != HK_OK) return fail(e);
  e = hk_disk_open(file, hk_str_of(path), &disk);
  if (e.code != HK_OK && e.code != HK_ABSENT) return fail(e);
  if (disk == NULL) fprintf(stderr, "no container\n");
  b = disk == NULL ? file : &disk->bytes;
  hk_sha256_init(&sha);
  const uint64_t end = from < b->size_bytes && most < b->size_bytes - from ? from + most : b->size_bytes;
  for (uint64_t at = from; at < end; at += got) {
    e = b->read_at(b, at, block, end - at < sizeof block ? (size_t)(end - at) : sizeof block, &got);
    if (e.code != HK_OK) return fail(e);
    if (got == 0) break;
    if (sum)
      hk_sha256_add(&sha, block, got);
    else
      (void)fwrite(block, 1, got, stdout);
  }
  hk_sha256_end(&sha, digest);
  hk_hex(digest, sizeof digest, hex);
  if (sum) printf("%s\n", hex);
  if (disk != NULL) disk->close(disk);
  hk_disk_file_close(file);
  return 0;
}

static uint8_t *load(const char *path, size_t *n)
{
  FILE *const f = fopen(path, "rb");
  if (f == NULL || fseek(f, 0, SEEK_END) != 0) exit(2);
  *n = (size_t)ftell(f);
  rewind(f);
  uint8_t *const p = malloc(*n + 1);
  if (p == NULL || fread(p, 1, *n, f) != *n) exit(2);
  fclose(f);
  return p;
}

/* Memory of exactly that size, so that a sanitizer sees who reads behind it. */
static void try_one(const uint8_t *p, size_t n, const char *path, const uint8_t *raw, size_t n_raw, struct counts *c)
{
  static uint8_t block[BLOCK];
  struct hk_bytes_memory m;
  struct hk_disk *disk = NULL;
  uint8_t *const exact = malloc(n == 0 ? 1 : n);
  if (exact == NULL) exit(2);
  memcpy(exact, p, n);
  hk_bytes_memory_init(&m, exact, n);
  c->tries++;
  if (hk_disk_open(&m.bytes, hk_str_of(path), &disk).code == HK_OK) {
    c->opened++;
    const uint64_t most = disk->bytes.size_bytes < n_raw ? disk->bytes.size_bytes : n_raw;
    for (uint64_t at = 0; at < most; at += BLOCK) {
      size_t got = 0;
      const hk_err e = disk->bytes.read_at(&disk->bytes, at, block, BLOCK, &got);
      const size_t want = most - at < BLOCK ? (size_t)(most - at) : BLOCK;
      if (e.code != HK_OK)
        c->refused++;
      else if (got >= want && memcmp(block, raw + at, want) == 0)
        c->right++;
      else
        c->wrong++;
    }
    disk->close(disk);
  }
  free(exact);
}

static int hurt(bool cut, const char *path, const char *raw_path, unsigned long n_tries, uint64_t seed)
{
  size_t n = 0, n_raw = 0;
  uint8_t *const p = load(path, &n), *const raw = load(raw_path, &n_raw);
  struct counts c = {0};
  for (unsigned long i = 0; i < n_tries && n > 0; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const size_t at = (size_t)((seed >> 20) % n);
    const uint8_t before = p[at];
    if (!cut) p[at] ^= (uint8_t)(1 + (seed >> 8) % 255);
    try_one(p, cut ? n * i / n_tries : n, path, raw, n_raw, &c);
    p[at] = before;
  }
  printf("%llu %llu %llu %llu %llu\n", c.tries, c.opened, c.right, c.wrong, c.refused);
  free(p);
  free(raw);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "bytes") == 0) return print_bytes(argv[2], false, 0, UINT64_MAX);
  if (argc == 3 && strcmp(argv[1], "sum") == 0) return print_bytes(argv[2], true, 0, UINT64_MAX);
  if (argc == 5 && strcmp(argv[1], "at") == 0) return print_bytes(argv[2], false, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
  if (argc == 5 && strcmp(argv[1], "cut") == 0) return hurt(true, argv[2], argv[3], strtoul(argv[4], NULL, 10), 0);
  if (argc == 6 && strcmp(argv[1], "flip") == 0) return hurt(false, argv[2], argv[3], strtoul(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
  return 2;
}
