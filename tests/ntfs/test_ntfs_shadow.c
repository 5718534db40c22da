/* Shadow copies on a volume of 32 blocks built here, two snapshots of it: what each kind of descriptor means. Block b of the volume
   holds the byte 0x40 + b. Real volumes: test_shadow_images.py. */
#include "check.h"

#include "ntfs/shadow.h"

enum { BLOCK = 16384, N_BLOCKS = 32, CATALOG = 1, OLD_LIST = 2, NEW_LIST = 3, OLD_HEADER = 4, NEW_HEADER = 5, BITMAP = 6, ELSEWHERE = 7 };
enum { FORWARDER = 1, OVERLAY = 2, UNUSED = 4 };

static const uint8_t vss_id[16] = {0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52};
static uint8_t disk[N_BLOCKS * BLOCK];

struct fixture {
  struct hk_bytes bytes;
  struct hk_ntfs_device device;
  struct hk_ntfs_volume volume;
  struct hk_ntfs_shadows *all;
  size_t n_descriptors[N_BLOCKS];
};

static void put(size_t at, uint64_t v, size_t n)
{
  for (size_t i = 0; i < n; i++) disk[at + i] = (uint8_t)(v >> (8 * i));
}

static void put_head(size_t block, uint32_t type, uint64_t next)
{
  const size_t at = block * BLOCK;
  memset(disk + at, 0, BLOCK);
  memcpy(disk + at, vss_id, 16);
  put(at + 16, 1, 4);
  put(at + 20, type, 4);
  put(at + 32, at, 8);
  put(at + 40, next * BLOCK, 8);
}

static void put_snapshot(size_t entry, uint8_t id, uint64_t position)
{
  const size_t at = CATALOG * BLOCK + 128 + entry * 128;
  put(at, 2, 8);
  put(at + 8, sizeof disk, 8);
  memset(disk + at + 16, id, 16);
  put(at + 32, position, 8);
  put(at + 48, UINT64_C(0x01D0000000000000) + position, 8);
}

static void put_store(size_t entry, uint8_t id, uint64_t list, uint64_t header, uint64_t bitmap)
{
  const size_t at = CATALOG * BLOCK + 128 + entry * 128;
  put(at, 3, 8);
  put(at + 8, list * BLOCK, 8);
  memset(disk + at + 16, id, 16);
  put(at + 32, header * BLOCK, 8);
  put(at + 48, bitmap * BLOCK, 8);
}

/* A device that refuses what is not whole sectors. */
static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  *got = 0;
  if (offset % 4096 != 0 || n % 4096 != 0) return hk_fail(HK_USAGE, "read part of a sector", (int64_t)offset);
  if (offset > self->size_bytes || n > self->size_bytes - offset) return hk_fail(HK_TRUNCATED, "read past the end", (int64_t)offset);
  memcpy(out, disk + offset, n);
  *got = n;
  return hk_ok();
}

static void make(struct fixture *f)
{
  *f = (struct fixture){.bytes = {.size_bytes = sizeof disk, .read_at = read_at}};
  for (size_t i = 0; i < N_BLOCKS; i++) memset(disk + i * BLOCK, 0x40 + (int)i, BLOCK);
  memset(disk, 0, BLOCK);
  memcpy(disk + 3, "NTFS    ", 8);
  put(11, 4096, 2);
  put(13, 1, 1);
  put(40, N_BLOCKS * 4 - 1, 8);
  put(64, 1, 1);
  memcpy(disk + 0x1E00, vss_id, 16);
  put(0x1E00 + 16, 1, 4);
  put(0x1E00 + 20, 1, 4);
  put(0x1E00 + 24, 0x1E00, 8);
  put(0x1E00 + 32, 0x1E00, 8);
  put(0x1E00 + 48, CATALOG * BLOCK, 8);
  put_head(CATALOG, 2, 0);
  /* Not in order of age, and a store before its snapshot. */
  put_store(0, 0xBB, NEW_LIST, NEW_HEADER, BITMAP);
  put_snapshot(1, 0xBB, 8);
  put_snapshot(2, 0xAA, 7);
  put_store(3, 0xAA, OLD_LIST, OLD_HEADER, BITMAP);
  put_head(OLD_LIST, 3, 0);
  put_head(NEW_LIST, 3, 0);
  put_head(OLD_HEADER, 4, 0);
  put_head(NEW_HEADER, 4, 0);
  put(NEW_HEADER * BLOCK + 128 + 56, 0x00420009, 4);
  put_head(BITMAP, 6, 0);
}

static void add(struct fixture *f, size_t list, uint64_t original, uint64_t relative, uint64_t stored, uint32_t flags, uint32_t bits)
{
  const size_t at = list * BLOCK + 128 + f->n_descriptors[list]++ * 32;
  put(at, original * BLOCK, 8);
  put(at + 8, relative * BLOCK, 8);
  put(at + 16, stored * BLOCK, 8);
  put(at + 24, flags, 4);
  put(at + 28, bits, 4);
}

static hk_err open_all(struct fixture *f)
{
  f->device = (struct hk_ntfs_device){.bytes = &f->bytes, .sector_bytes = 4096};
  CHECK_EQ_INT(hk_ntfs_volume_open(&f->device, 0, &f->volume).code, HK_OK);
  return hk_ntfs_shadows_open(&f->volume, NULL, &f->all);
}

/* The byte at `skip` of a block in snapshot `store`, 0 for zeroes; -1 when it cannot be read. */
static int byte_of(struct fixture *f, size_t store, uint64_t block, size_t skip)
{
  struct hk_bytes *b = NULL;
  uint8_t byte = 0;
  size_t got = 0;
  if (hk_ntfs_shadow_open(f->all, store, &b).code != HK_OK) return -1;
  const hk_err e = b->read_at(b, block * BLOCK + skip, &byte, 1, &got);
  hk_ntfs_shadow_close(b);
  return e.code == HK_OK && got == 1 ? byte : -1;
}

TEST(test_shadow__lists_the_oldest_first_with_what_the_catalog_says)
{
  struct fixture f;
  make(&f);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_shadows_count(f.all), 2);
  const struct hk_ntfs_shadow_info *const old = hk_ntfs_shadows_info(f.all, 0);
  const struct hk_ntfs_shadow_info *const new = hk_ntfs_shadows_info(f.all, 1);
  CHECK_EQ_INT(old->store_id[0], 0xAA);
  CHECK_EQ_INT(old->position, 7);
  CHECK_EQ_INT(old->volume_bytes, sizeof disk);
  CHECK(old->created_at < new->created_at);
  CHECK_EQ_INT(new->attributes, 0x00420009);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__says_absent_where_there_are_none)
{
  struct fixture f;
  make(&f);
  put(0x1E00 + 48, 0, 8);
  CHECK_EQ_INT(open_all(&f).code, HK_ABSENT);
  memset(disk + 0x1E00, 0, 512);
  CHECK_EQ_INT(open_all(&f).code, HK_ABSENT);
}

TEST(test_shadow__shows_saved_blocks_then_those_of_newer_stores_then_the_volume)
{
  struct fixture f;
  make(&f);
  add(&f, OLD_LIST, 10, 0, 20, 0, 0);
  add(&f, NEW_LIST, 10, 0, 21, 0, 0);
  add(&f, NEW_LIST, 11, 0, 22, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 5), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 5), 0x40 + 21);
  CHECK_EQ_INT(byte_of(&f, 0, 11, 16383), 0x40 + 22);
  CHECK_EQ_INT(byte_of(&f, 1, 12, 0), 0x40 + 12);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__follows_a_forwarder_into_the_newer_stores)
{
  struct fixture f;
  make(&f);
  add(&f, OLD_LIST, 10, 14, 0, FORWARDER, 0);
  add(&f, OLD_LIST, 11, 15, 0, FORWARDER, 0);
  add(&f, NEW_LIST, 14, 0, 22, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 0), 0x40 + 22);
  CHECK_EQ_INT(byte_of(&f, 0, 11, 0), 0x40 + 15);
  CHECK_EQ_INT(byte_of(&f, 0, 14, 0), 0x40 + 22);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__takes_a_later_descriptor_of_where_a_forwarder_leads_for_its_block)
{
  struct fixture f;
  make(&f);
  add(&f, NEW_LIST, 10, 14, 0, FORWARDER, 0);
  add(&f, NEW_LIST, 14, 0, 22, 0, 0);
  add(&f, NEW_LIST, 14, 0, 23, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 0), 0x40 + 22);
  CHECK_EQ_INT(byte_of(&f, 1, 14, 0), 0x40 + 23);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__lays_overlays_over_parts_of_a_block_in_their_own_store_only)
{
  struct fixture f;
  make(&f);
  add(&f, NEW_LIST, 10, 0, 20, 0, 0);
  add(&f, NEW_LIST, 10, 0, 21, OVERLAY, 0x00000002);
  add(&f, NEW_LIST, 10, 0, 22, OVERLAY, 0x80000000);
  add(&f, NEW_LIST, 11, 0, 23, OVERLAY, 0x00000001);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 511), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 512), 0x40 + 21);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 1023), 0x40 + 21);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 1024), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 16383), 0x40 + 21);
  CHECK_EQ_INT(byte_of(&f, 1, 11, 0), 0x40 + 23);
  CHECK_EQ_INT(byte_of(&f, 1, 11, 512), 0x40 + 11);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 512), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 0, 11, 0), 0x40 + 11);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__ignores_descriptors_that_are_not_in_use)
{
  struct fixture f;
  make(&f);
  add(&f, NEW_LIST, 10, 0, 20, UNUSED, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 0), 0x40 + 10);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__shows_zeroes_where_nothing_was_in_use_in_the_newest)
{
  struct fixture f;
  make(&f);
  put(BITMAP * BLOCK + 128 + 1, 0x0C, 1); /* blocks 10 and 11 */
  add(&f, NEW_LIST, 11, 0, 20, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 0), 0);
  CHECK_EQ_INT(byte_of(&f, 1, 11, 0), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 1, 12, 0), 0x40 + 12);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 0), 0x40 + 10);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__reads_across_blocks_of_different_places)
{
  struct fixture f;
  make(&f);
  static uint8_t got[3 * BLOCK];
  struct hk_bytes *b = NULL;
  size_t n = 0;
  add(&f, NEW_LIST, 10, 0, 20, 0, 0);
  add(&f, NEW_LIST, 11, 0, 21, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_shadow_open(f.all, 1, &b).code, HK_OK);
  CHECK_EQ_INT(b->read_at(b, 9 * BLOCK + 100, got, sizeof got, &n).code, HK_OK);
  CHECK_EQ_INT(n, sizeof got);
  CHECK_EQ_INT(got[0], 0x40 + 9);
  CHECK_EQ_INT(got[BLOCK - 101], 0x40 + 9);
  CHECK_EQ_INT(got[BLOCK - 100], 0x40 + 20);
  CHECK_EQ_INT(got[2 * BLOCK], 0x40 + 21);
  CHECK_EQ_INT(got[3 * BLOCK - 1], 0x40 + 12);
  CHECK_EQ_INT(b->read_at(b, sizeof disk - 4096, got, sizeof got, &n).code, HK_OK);
  CHECK_EQ_INT(n, 4096);
  hk_ntfs_shadow_close(b);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__a_damaged_store_costs_itself_and_makes_older_ones_doubtful)
{
  struct fixture f;
  make(&f);
  add(&f, OLD_LIST, 10, 0, 20, 0, 0);
  add(&f, NEW_LIST, 11, 0, 21, 0, 0);
  add(&f, NEW_LIST, 12, 0, 22, 0x100, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 11, 0), -1);
  CHECK_EQ_INT(hk_ntfs_shadows_info(f.all, 1)->state.code, HK_DAMAGED);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 0), 0x40 + 20);
  CHECK_EQ_INT(byte_of(&f, 0, 11, 0), 0x40 + 21);
  CHECK(hk_ntfs_shadows_info(f.all, 0)->doubtful);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__does_not_run_in_circles)
{
  struct fixture f;
  make(&f);
  put_head(NEW_LIST, 3, ELSEWHERE);
  put_head(ELSEWHERE, 3, ELSEWHERE + 1);
  put_head(ELSEWHERE + 1, 3, ELSEWHERE);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 0), -1);
  CHECK_EQ_INT(hk_ntfs_shadows_info(f.all, 1)->state.code, HK_DAMAGED);
  hk_ntfs_shadows_close(f.all);
  put_head(CATALOG, 2, CATALOG);
  CHECK_EQ_INT(open_all(&f).code, HK_DAMAGED);
}

TEST(test_shadow__keeps_what_the_catalog_said_before_it_broke_off)
{
  struct fixture f;
  make(&f);
  put(CATALOG * BLOCK + 40, ELSEWHERE * BLOCK, 8);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_shadows_count(f.all), 2);
  CHECK_EQ_INT(hk_ntfs_shadows_lost(f.all).code, HK_DAMAGED);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 0), 0x40 + 10);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__says_when_the_blocks_lie_on_another_volume)
{
  struct fixture f;
  make(&f);
  put(CATALOG * BLOCK + 128, 1, 8); /* no store entry for the newer one */
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 10, 0), -1);
  CHECK_EQ_INT(hk_ntfs_shadows_info(f.all, 1)->state.code, HK_ABSENT);
  CHECK_EQ_INT(byte_of(&f, 0, 10, 0), 0x40 + 10);
  hk_ntfs_shadows_close(f.all);
}

TEST(test_shadow__a_volume_that_shrank_fails_where_it_ends)
{
  struct fixture f;
  make(&f);
  put(40, 20 * 4 - 1, 8);
  add(&f, NEW_LIST, 25, 0, 10, 0, 0);
  CHECK_EQ_INT(open_all(&f).code, HK_OK);
  CHECK_EQ_INT(byte_of(&f, 1, 25, 0), 0x40 + 10);
  CHECK_EQ_INT(byte_of(&f, 1, 26, 0), -1);
  hk_ntfs_shadows_close(f.all);
}
