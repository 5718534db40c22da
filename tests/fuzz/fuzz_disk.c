/* Containers of every kind but E01: opened, and read here and there. Checksums are made right first, so that what they guard is reached.
   A VHDX spreads over megabytes: its input is folded, 512 bytes for each place of `places`, then for each 64 KiB from 4 MiB on.
   The seeds: qcow2 and VMDK by qemu-img of 128 KiB (clusters of 512 bytes, deflated; sub-clusters; sparse; stream-optimized), a descriptor, and
   VHD, VHDX (with a log) and VDI made by hand with small blocks, because the formats' own are larger than an input may be. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "source/disk/crc32c.h"
#include "source/disk/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECE = 512, KIB64 = 65536, MIB = 1 << 20, FOLDED = 8 * MIB, HEADER_BYTES = 4096 };

static uint8_t unfolded[FOLDED];

static size_t place_of(size_t piece)
{
  static const size_t places[] = {0, KIB64, 2 * KIB64, 3 * KIB64, 4 * KIB64};
  const size_t n = sizeof places / sizeof places[0];
  if (piece < n) return places[piece];
  if (piece < n + 16) return MIB + (piece - n) * HEADER_BYTES;   /* the log */
  if (piece < n + 18) return 2 * MIB + (piece - n - 16) * KIB64; /* metadata */
  if (piece < n + 19) return 3 * MIB;                            /* the table */
  return 4 * MIB + (piece - n - 19) * KIB64;
}

static void put_le(uint8_t *p, uint32_t v)
{
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (8 * i));
}

static void seal(size_t at, const char *name, size_t n)
{
  if (memcmp(unfolded + at, name, 4) == 0) put_le(unfolded + at + 4, hk_crc32c_of_sealed(unfolded + at, n, 4));
}

static size_t unfold(const uint8_t *data, size_t size)
{
  size_t end = 0;
  memset(unfolded, 0, sizeof unfolded);
  for (size_t i = 0; i * PIECE < size && place_of(i) + PIECE <= FOLDED; i++) {
    const size_t n = size - i * PIECE < PIECE ? size - i * PIECE : PIECE;
    memcpy(unfolded + place_of(i), data + i * PIECE, n);
    end = place_of(i) + KIB64;
  }
  seal(KIB64, "head", HEADER_BYTES);
  seal(2 * KIB64, "head", HEADER_BYTES);
  seal(3 * KIB64, "regi", KIB64);
  seal(4 * KIB64, "regi", KIB64);
  for (size_t at = MIB; at < MIB + KIB64; at += HEADER_BYTES) {
    const size_t n = (size_t)(unfolded[at + 9] >> 4 & 15) * HEADER_BYTES;
    if (n > 0 && at + n <= MIB + KIB64) seal(at, "loge", n);
  }
  return end < FOLDED ? end : FOLDED;
}

/* A VHD's sums count bytes, whatever their order. */
static void sum(uint8_t *p, size_t n, size_t sum_at)
{
  uint32_t all = 0;
  for (size_t i = 0; i < n; i++)
    if (i < sum_at || i >= sum_at + 4) all += p[i];
  for (size_t i = 0; i < 4; i++) p[sum_at + i] = (uint8_t)(~all >> (24 - 8 * i));
}

static void sum_vhd(uint8_t *p, size_t n)
{
  if (n < 512) return;
  if (memcmp(p, "conectix", 8) == 0) sum(p, 512, 64);
  if (memcmp(p + n - 512, "conectix", 8) == 0) sum(p + n - 512, 512, 64);
  for (size_t at = 512; at + 1024 <= n; at += 512)
    if (memcmp(p + at, "cxsparse", 8) == 0) sum(p + at, 1024, 36);
}

static void read_here_and_there(struct hk_bytes *b)
{
  static uint8_t out[3 * KIB64 + 100];
  const uint64_t n = b->size_bytes;
  const uint64_t places[] = {0, 700, KIB64 - 1, 2 * MIB, n / 3, n / 2, n > 5000 ? n - 5000 : 0, n - 1, n};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    size_t got = 0;
    const hk_err e = b->read_at(b, places[i], out, sizeof out, &got);
    const uint64_t left = places[i] < n ? n - places[i] : 0;
    if (got > sizeof out || got > left) abort();
    if (e.code == HK_OK && got < sizeof out && got < left) abort();
    if (e.code == HK_ABSENT) abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct hk_bytes_memory m;
  struct hk_disk *disk = NULL;
  if (size < 8 || size > (size_t)MIB) return 0;
  uint8_t *copy = NULL;
  if (memcmp(data, "vhdxfile", 8) == 0) {
    hk_bytes_memory_init(&m, unfolded, unfold(data, size));
  } else {
    copy = malloc(size);
    if (copy == NULL) return 0;
    memcpy(copy, data, size);
    sum_vhd(copy, size);
    hk_bytes_memory_init(&m, copy, size);
  }
  if (hk_disk_open(&m.bytes, hk_str_of("no such folder/d"), &disk).code == HK_OK) {
    read_here_and_there(&disk->bytes);
    disk->close(disk);
  }
  free(copy);
  return 0;
}
