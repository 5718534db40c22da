/* The small parts of the NTFS engine, each with bytes built here or printed in its specification. */
#include "check.h"

#include "source/ntfs/image.h"
#include "ntfs/lznt1.h"
#include "source/ntfs/match.h"

static void put(uint8_t *p, size_t at, uint64_t v, size_t n)
{
  for (size_t i = 0; i < n; i++) p[at + i] = (uint8_t)(v >> (8 * i));
}

static void make_boot(uint8_t sector[512], uint16_t sector_bytes, uint8_t per_cluster, uint8_t record)
{
  memset(sector, 0, 512);
  memcpy(sector + 3, "NTFS    ", 8);
  put(sector, 11, sector_bytes, 2);
  sector[13] = per_cluster;
  put(sector, 40, 1 << 20, 8);
  put(sector, 48, 4, 8);
  put(sector, 56, 2, 8);
  sector[64] = record;
  sector[510] = 0x55;
  sector[511] = 0xAA;
}

static hk_err parse_boot(uint16_t sector_bytes, uint8_t per_cluster, uint8_t record, struct hk_ntfs_volume *v)
{
  uint8_t sector[512];
  make_boot(sector, sector_bytes, per_cluster, record);
  const struct hk_cur c = hk_cur_over(sector, sizeof sector);
  return hk_ntfs_boot_parse(&c, v);
}

TEST(test_ntfs_boot__reads_the_sizes_windows_makes)
{
  struct hk_ntfs_volume v;
  CHECK_EQ_INT(parse_boot(512, 8, 0xF6, &v).code, HK_OK);
  CHECK_EQ_INT(v.cluster_bytes, 4096);
  CHECK_EQ_INT(v.record_bytes, 1024);
  CHECK_EQ_INT(v.size_bytes, (uint64_t)512 << 20);
  CHECK_EQ_INT(parse_boot(4096, 1, 0xF4, &v).code, HK_OK);
  CHECK_EQ_INT(v.record_bytes, 4096);
  CHECK_EQ_INT(parse_boot(4096, 1, 1, &v).code, HK_OK);
  CHECK_EQ_INT(v.record_bytes, 4096);
  /* 2 MiB of 512-byte sectors: 2^12 sectors, written as minus 12. */
  CHECK_EQ_INT(parse_boot(512, 0xF4, 0xF6, &v).code, HK_OK);
  CHECK_EQ_INT(v.cluster_bytes, 2 << 20);
}

TEST(test_ntfs_boot__refuses_sizes_that_cannot_be)
{
  struct hk_ntfs_volume v;
  CHECK_EQ_INT(parse_boot(500, 8, 0xF6, &v).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(parse_boot(8192, 8, 0xF6, &v).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(parse_boot(512, 3, 0xF6, &v).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(parse_boot(512, 0xF0, 0xF6, &v).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(parse_boot(512, 8, 0xE0, &v).code, HK_UNSUPPORTED);
  CHECK_EQ_INT(parse_boot(512, 8, 0, &v).code, HK_UNSUPPORTED);
}

TEST(test_ntfs_boot__says_that_bitlocker_has_locked_it)
{
  uint8_t disk[8192] = {0};
  struct hk_bytes_memory m;
  struct hk_ntfs_image *image = NULL;
  memcpy(disk + 3, "-FVE-FS-", 8);
  hk_bytes_memory_init(&m, disk, sizeof disk);
  const hk_err e = hk_ntfs_image_open_bytes(&m.bytes, &image);
  CHECK_EQ_INT(e.code, HK_DENIED);
  CHECK(strstr(e.step, "BitLocker") != NULL);
}

TEST(test_ntfs_image__names_the_formats_it_does_not_read)
{
  uint8_t disk[8192] = {'E', 'V', 'F', '2', 0x0D, 0x0A, 0x81};
  struct hk_bytes_memory m;
  struct hk_ntfs_image *image = NULL;
  hk_bytes_memory_init(&m, disk, sizeof disk);
  const hk_err e = hk_ntfs_image_open_bytes(&m.bytes, &image);
  CHECK_EQ_INT(e.code, HK_UNSUPPORTED);
  CHECK(strstr(e.step, "Ex01") != NULL);
}

static hk_err partitions_of(uint8_t *disk, size_t n, struct hk_partitions *p)
{
  struct hk_bytes_memory m;
  hk_bytes_memory_init(&m, disk, n);
  struct hk_ntfs_device d = {.bytes = &m.bytes, .sector_bytes = 512};
  return hk_partitions_read(&d, p);
}

static void mbr_entry(uint8_t *sector, size_t i, uint8_t type, uint32_t first, uint32_t count)
{
  uint8_t *const e = sector + 446 + 16 * i;
  e[4] = type;
  put(e, 8, first, 4);
  put(e, 12, count, 4);
  sector[510] = 0x55;
  sector[511] = 0xAA;
}

TEST(test_ntfs_partition__follows_logical_partitions)
{
  static uint8_t disk[512 * 64];
  static struct hk_partitions p;
  memset(disk, 0, sizeof disk);
  mbr_entry(disk, 0, 7, 4, 4);
  mbr_entry(disk, 1, 5, 16, 40);
  mbr_entry(disk + 512 * 16, 0, 7, 1, 4);
  mbr_entry(disk + 512 * 16, 1, 5, 8, 8);
  mbr_entry(disk + 512 * 24, 0, 7, 2, 4);
  make_boot(disk + 512 * 26, 512, 8, 0xF6);
  CHECK_EQ_INT(partitions_of(disk, sizeof disk, &p).code, HK_OK);
  CHECK_EQ_INT(p.n, 3);
  CHECK_EQ_INT(p.v[1].start_bytes, 512 * 17);
  CHECK_EQ_INT(p.v[2].start_bytes, 512 * 26);
  CHECK_EQ_INT(p.v[2].kind, HK_NTFS_VOLUME);
}

TEST(test_ntfs_partition__ends_a_chain_that_bites_its_tail)
{
  static uint8_t disk[512 * 64];
  static struct hk_partitions p;
  memset(disk, 0, sizeof disk);
  mbr_entry(disk, 0, 5, 16, 40);
  mbr_entry(disk + 512 * 16, 0, 7, 1, 4);
  mbr_entry(disk + 512 * 16, 1, 5, 8, 8);
  mbr_entry(disk + 512 * 24, 0, 7, 1, 4);
  mbr_entry(disk + 512 * 24, 1, 5, 8, 8);
  CHECK_EQ_INT(partitions_of(disk, sizeof disk, &p).code, HK_OK);
  CHECK_EQ_INT(p.n, 2);
}

static void make_gpt(uint8_t *disk, size_t header, uint64_t table)
{
  memcpy(disk + header * 512, "EFI PART", 8);
  put(disk, header * 512 + 72, table, 8);
  put(disk, header * 512 + 80, 4, 4);
  put(disk, header * 512 + 84, 128, 4);
  memset(disk + table * 512 + 128, 0x11, 16);
  put(disk, table * 512 + 128 + 32, 34, 8);
  put(disk, table * 512 + 128 + 40, 40, 8);
}

TEST(test_ntfs_partition__reads_the_second_gpt_when_the_first_is_gone)
{
  static uint8_t disk[512 * 64];
  static struct hk_partitions p;
  memset(disk, 0, sizeof disk);
  mbr_entry(disk, 0, 0xEE, 1, 63);
  make_boot(disk + 512 * 34, 512, 8, 0xF6);
  make_gpt(disk, 1, 2);
  CHECK_EQ_INT(partitions_of(disk, sizeof disk, &p).code, HK_OK);
  CHECK_EQ_INT(p.n, 1);
  CHECK_EQ_INT(p.v[0].size_bytes, 7 * 512);
  memset(disk + 512, 0, 512 * 8);
  make_gpt(disk, 63, 60);
  CHECK_EQ_INT(partitions_of(disk, sizeof disk, &p).code, HK_OK);
  CHECK_EQ_INT(p.n, 1);
  CHECK_EQ_INT(p.v[0].start_bytes, 512 * 34);
}

static hk_err runs_of(struct hk_ntfs_runs *r, const uint8_t *p, size_t n, uint64_t first)
{
  return hk_ntfs_runs_add(r, hk_cur_over(p, n), first, 1 << 20);
}

TEST(test_ntfs_runlist__reads_steps_back_and_holes)
{
  /* 0x21: one byte of count, two of place. 100 at 0x1234; a hole of 5; 16 at 0x1234 - 0x34. */
  static const uint8_t packed[] = {0x21, 100, 0x34, 0x12, 0x01, 5, 0x11, 16, 0xCC, 0};
  struct hk_ntfs_runs r = {0};
  CHECK_EQ_INT(runs_of(&r, packed, sizeof packed, 0).code, HK_OK);
  CHECK_EQ_INT(r.n, 3);
  CHECK_EQ_INT(r.v[1].cluster, HK_NTFS_HOLE);
  CHECK_EQ_INT(r.v[2].cluster, 0x1200);
  CHECK_EQ_INT(r.v[2].vcn, 105);
  CHECK(hk_ntfs_runs_find(&r, 104) == &r.v[1]);
  CHECK(hk_ntfs_runs_find(&r, 121) == NULL);
  hk_ntfs_runs_done(&r);
}

TEST(test_ntfs_runlist__refuses_what_leaves_the_volume)
{
  static const uint8_t outside[] = {0x31, 2, 0xFF, 0xFF, 0x0F, 0};
  static const uint8_t before[] = {0x11, 2, 0x80, 0};
  static const uint8_t cut[] = {0x31, 2, 0xFF};
  static const uint8_t wide[] = {0x9F, 1, 2, 3};
  static const uint8_t empty[] = {0x11, 0, 1, 0};
  struct hk_ntfs_runs r = {0};
  CHECK_EQ_INT(runs_of(&r, outside, sizeof outside, 0).code, HK_DAMAGED);
  CHECK_EQ_INT(runs_of(&r, before, sizeof before, 0).code, HK_DAMAGED);
  CHECK_EQ_INT(runs_of(&r, cut, sizeof cut, 0).code, HK_TRUNCATED);
  CHECK_EQ_INT(runs_of(&r, wide, sizeof wide, 0).code, HK_DAMAGED);
  CHECK_EQ_INT(runs_of(&r, empty, sizeof empty, 0).code, HK_DAMAGED);
  CHECK_EQ_INT(r.n, 0);
  hk_ntfs_runs_done(&r);
}

static void make_record(uint8_t r[1024])
{
  memset(r, 0, 1024);
  memcpy(r, "FILE", 4);
  put(r, 4, 48, 2);
  put(r, 6, 3, 2);
  put(r, 16, 7, 2);
  put(r, 20, 56, 2);
  put(r, 22, 1, 2);
  put(r, 24, 64, 4);
  put(r, 48, 0xBEEF, 2);
  put(r, 50, 0x1111, 2);
  put(r, 52, 0x2222, 2);
  put(r, 510, 0xBEEF, 2);
  put(r, 1022, 0xBEEF, 2);
  put(r, 56, UINT32_MAX, 4);
}

TEST(test_ntfs_record__puts_the_ends_of_sectors_back)
{
  uint8_t r[1024];
  struct hk_ntfs_record out;
  make_record(r);
  CHECK_EQ_INT(hk_ntfs_fixup(r, sizeof r, "FILE").code, HK_OK);
  CHECK_EQ_INT(r[510] | r[511] << 8, 0x1111);
  CHECK_EQ_INT(r[1022] | r[1023] << 8, 0x2222);
  CHECK_EQ_INT(hk_ntfs_record_parse(r, sizeof r, &out).code, HK_OK);
  CHECK_EQ_INT(out.sequence, 7);
  CHECK(out.in_use && !out.is_directory);
}

TEST(test_ntfs_record__tells_torn_from_never_used)
{
  uint8_t r[1024];
  make_record(r);
  r[1023] ^= 1;
  CHECK_EQ_INT(hk_ntfs_fixup(r, sizeof r, "FILE").code, HK_DAMAGED);
  memcpy(r, "BAAD", 4);
  CHECK_EQ_INT(hk_ntfs_fixup(r, sizeof r, "FILE").code, HK_DAMAGED);
  memset(r, 0, sizeof r);
  CHECK_EQ_INT(hk_ntfs_fixup(r, sizeof r, "FILE").code, HK_ABSENT);
}

TEST(test_ntfs_name__no_name_passes_for_a_path_or_a_stream)
{
  static const uint8_t name[] = {'a', 0, '\\', 0, ':', 0, 0x3D, 0xD8, 0x00, 0xDE, 0x3D, 0xD8};
  struct hk_buf b;
  hk_buf_init(&b, 1024);
  hk_ntfs_name_utf8(hk_cur_over(name, sizeof name), &b);
  CHECK_EQ_BYTES(b.p, b.n, "a\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x98\x80\xEF\xBF\xBD");
  hk_buf_done(&b);
}

static void add_directory(struct hk_ntfs_tree *t, uint64_t record, uint64_t parent, const char *name)
{
  const struct hk_ntfs_directory d = {.record = record, .parent = {.record = parent, .sequence = 1}, .sequence = 1, .in_use = true, .name = hk_str_of(name)};
  CHECK_EQ_INT(hk_ntfs_tree_add(t, &d).code, HK_OK);
}

TEST(test_ntfs_tree__ends_a_loop_of_directories)
{
  struct hk_ntfs_tree t;
  struct hk_buf b;
  hk_buf_init(&b, 1 << 20);
  hk_ntfs_tree_init(&t);
  add_directory(&t, 5, 5, ".");
  add_directory(&t, 30, 5, "Users");
  add_directory(&t, 31, 32, "a");
  add_directory(&t, 32, 31, "b");
  add_directory(&t, 33, 77, "lost");
  CHECK(hk_ntfs_tree_path(&t, hk_ntfs_tree_find(&t, 30), &b));
  CHECK_EQ_BYTES(b.p, b.n, "\\Users");
  hk_buf_reset(&b);
  CHECK(!hk_ntfs_tree_path(&t, hk_ntfs_tree_find(&t, 31), &b));
  CHECK_EQ_BYTES(b.p, b.n, "\\$OrphanFiles");
  hk_buf_reset(&b);
  CHECK(!hk_ntfs_tree_path(&t, hk_ntfs_tree_find(&t, 33), &b));
  CHECK_EQ_BYTES(b.p, b.n, "\\$OrphanFiles\\lost");
  hk_buf_done(&b);
  hk_ntfs_tree_done(&t);
}

TEST(test_ntfs_tree__a_record_used_again_is_another_directory)
{
  struct hk_ntfs_tree t;
  hk_ntfs_tree_init(&t);
  add_directory(&t, 5, 5, ".");
  struct hk_ntfs_directory d = {.record = 40, .parent = {.record = 5, .sequence = 5}, .sequence = 3, .in_use = true, .name = hk_str_of("x")};
  CHECK_EQ_INT(hk_ntfs_tree_add(&t, &d).code, HK_OK);
  CHECK_EQ_INT(hk_ntfs_tree_parent(&t, (struct hk_ntfs_ref){.record = 40, .sequence = 3}), 1);
  CHECK_EQ_INT(hk_ntfs_tree_parent(&t, (struct hk_ntfs_ref){.record = 40, .sequence = 2}), HK_NTFS_NO_DIRECTORY);
  t.v[1].in_use = false;
  CHECK_EQ_INT(hk_ntfs_tree_parent(&t, (struct hk_ntfs_ref){.record = 40, .sequence = 2}), 1);
  hk_ntfs_tree_done(&t);
}

/* The example of MS-XCA 3.3. */
TEST(test_ntfs_lznt1__unpacks_the_example_of_the_specification)
{
  static const uint8_t packed[] = {0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10, 0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20, 0x44,
                                   0x00, 0x08, 0x45, 0x01, 0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4, 0x02, 0x4a, 0x44, 0xef,
                                   0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48, 0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00};
  static const char plain[] = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A "
                              "G F# E D D E F# E D D";
  uint8_t out[512];
  size_t done = 0;
  struct hk_cur in = hk_cur_over(packed, sizeof packed);
  CHECK_EQ_INT(hk_lznt1(&in, out, sizeof out, &done).code, HK_OK);
  CHECK_EQ_MEM(out, plain, sizeof plain - 1);
  CHECK_EQ_INT(out[sizeof plain], 0);
}

TEST(test_ntfs_lznt1__refuses_references_before_the_chunk)
{
  static const uint8_t packed[] = {0x02, 0xb0, 0x01, 0x00, 0x10};
  uint8_t out[64];
  size_t done = 0;
  struct hk_cur in = hk_cur_over(packed, sizeof packed);
  CHECK_EQ_INT(hk_lznt1(&in, out, sizeof out, &done).code, HK_DAMAGED);
}

static size_t sds_entry(uint8_t *sds, size_t at, uint32_t id, uint32_t rid)
{
  static const uint8_t sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0};
  put(sds, at + 4, id, 4);
  put(sds, at + 8, at, 8);
  put(sds, at + 16, 20 + 20 + 16, 4);
  put(sds, at + 20, 1, 1);
  put(sds, at + 20 + 4, 20, 4);
  memcpy(sds + at + 40, sid, sizeof sid);
  put(sds, at + 52, rid, 4);
  return at + 64;
}

TEST(test_ntfs_secure__reads_owners_and_the_copy_of_a_broken_one)
{
  static uint8_t sds[0x40000 * 2];
  struct hk_ntfs_secure s;
  size_t at = sds_entry(sds, 0, 0x100, 544);
  at = sds_entry(sds, at, 0x101, 545);
  memcpy(sds + 0x40000, sds, at);
  memset(sds + 64, 0xFF, 32);
  hk_ntfs_secure_init(&s);
  CHECK_EQ_INT(hk_ntfs_secure_read(&s, hk_cur_over(sds, sizeof sds)).code, HK_OK);
  CHECK_EQ_INT(s.n, 2);
  CHECK(hk_str_eq(hk_ntfs_secure_owner(&s, 0x100), HK_S("S-1-5-32-544")));
  CHECK(hk_str_eq(hk_ntfs_secure_owner(&s, 0x101), HK_S("S-1-5-32-545")));
  CHECK_EQ_INT(hk_ntfs_secure_owner(&s, 0x102).n, 0);
  hk_ntfs_secure_done(&s);
}

static uint32_t next_random(uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 16;
}

static size_t random_text(uint32_t *state, const char *alphabet, char *out)
{
  const size_t n = 1 + next_random(state) % 8;
  for (size_t i = 0; i < n; i++) out[i] = alphabet[next_random(state) % strlen(alphabet)];
  return n;
}

/* The slow matcher of base/ is the control. */
TEST(test_ntfs_match__agrees_with_the_glob_of_whole_paths)
{
  struct hk_ntfs_tree t;
  uint32_t state = 7;
  size_t n_true = 0;
  hk_ntfs_tree_init(&t);
  add_directory(&t, 5, 5, ".");
  add_directory(&t, 30, 5, "Users");
  for (int round = 0; round < 20000; round++) {
    char glob[64] = "C:\\Users\\", path[64] = "c:\\users\\";
    struct hk_ntfs_match *m = NULL;
    const size_t g = 9 + random_text(&state, "aB*?.", glob + 9);
    const size_t p = 9 + random_text(&state, "Aab..", path + 9);
    /* "**" alone is a part of its own: any folders. A file name is never matched by it alone. */
    if (g == 11 && glob[9] == '*' && glob[10] == '*') continue;
    const hk_str pattern = {.p = glob, .n = g};
    CHECK_EQ_INT(hk_ntfs_match_open(&(struct hk_globs){.v = &pattern, .n = 1}, &t, 'C', &m).code, HK_OK);
    const bool ours = hk_ntfs_match_file(m, 1, (hk_str){.p = path + 9, .n = p - 9}, false).n == 1;
    if (ours != hk_glob_match(pattern, (hk_str){.p = path, .n = p})) printf("  %.*s against %.*s\n", (int)g, glob, (int)p, path);
    CHECK_EQ_INT(ours, hk_glob_match(pattern, (hk_str){.p = path, .n = p}));
    n_true += ours;
    hk_ntfs_match_close(m);
  }
  CHECK(n_true > 1000);
  hk_ntfs_tree_done(&t);
}

/* Ten clusters of 4 KiB: a hole of four, data, a hole of two, data; the size ends inside the last one. */
static struct hk_ntfs_stream holed(const struct hk_ntfs_volume *v, struct hk_ntfs_run runs[4])
{
  const struct hk_ntfs_run of[4] = {{0, HK_NTFS_HOLE, 4}, {4, 100, 2}, {6, HK_NTFS_HOLE, 2}, {8, 300, 2}};
  memcpy(runs, of, sizeof of);
  return (struct hk_ntfs_stream){
      .bytes = {.size_bytes = 9 * 4096 + 100}, .volume = v, .runs = {.v = runs, .n = 4}, .flags = HK_NTFS_SPARSE};
}

TEST(test_ntfs_stream__says_where_data_is_between_holes)
{
  const struct hk_ntfs_volume v = {.cluster_bytes = 4096};
  struct hk_ntfs_run runs[4];
  struct hk_ntfs_stream s = holed(&v, runs);
  const uint64_t from[] = {0, 4096, 4 * 4096, 5 * 4096 + 7, 6 * 4096, 7 * 4096 + 1, 9 * 4096 + 99};
  const uint64_t start[] = {4 * 4096, 4 * 4096, 4 * 4096, 5 * 4096 + 7, 8 * 4096, 8 * 4096, 9 * 4096 + 99};
  const uint64_t end[] = {6 * 4096, 6 * 4096, 6 * 4096, 6 * 4096, 9 * 4096 + 100, 9 * 4096 + 100, 9 * 4096 + 100};
  for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
    uint64_t a = 0, b = 0;
    CHECK(hk_ntfs_stream_next_data(&s, from[i], &a, &b));
    CHECK_EQ_INT(a, start[i]);
    CHECK_EQ_INT(b, end[i]);
  }
  uint64_t a = 0, b = 0;
  CHECK(!hk_ntfs_stream_next_data(&s, 9 * 4096 + 100, &a, &b));
  s.bytes.size_bytes = 8 * 4096; /* the last hole is the end */
  CHECK(!hk_ntfs_stream_next_data(&s, 6 * 4096, &a, &b));
  s.flags = 0;
  CHECK(hk_ntfs_stream_next_data(&s, 0, &a, &b));
  CHECK_EQ_INT(a, 0);
  CHECK_EQ_INT(b, 8 * 4096);
}

TEST(test_ntfs_stream__a_lost_piece_of_the_run_list_is_no_hole)
{
  const struct hk_ntfs_volume v = {.cluster_bytes = 4096};
  struct hk_ntfs_run runs[4];
  struct hk_ntfs_stream s = holed(&v, runs);
  uint64_t a = 0, b = 0;
  runs[1].vcn = 5; /* cluster 4 is nowhere */
  runs[1].n = 1;
  CHECK(hk_ntfs_stream_next_data(&s, 0, &a, &b));
  CHECK_EQ_INT(a, 4 * 4096);
  runs[3] = (struct hk_ntfs_run){(uint64_t)1 << 55, HK_NTFS_HOLE, (uint64_t)1 << 55};
  CHECK(hk_ntfs_stream_next_data(&s, 8 * 4096, &a, &b));
  CHECK_EQ_INT(b, s.bytes.size_bytes);
}
