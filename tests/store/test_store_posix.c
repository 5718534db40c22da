/* The archive as its users see it: pack, read, verify, recover. test_archive_opens.py has other people's readers. */
#include "helpers.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/layout.h"

static char folder[256];

static struct hk_store *create(const char *host)
{
  const struct hk_case c = case_of(host);
  struct hk_store *s = NULL;
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  return s;
}

static const char *path_in_folder(const char *name)
{
  static char path[1024];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

#define ARCHIVE "HIKESHI_PC01_20250615T150640Z.zip"

/* Sizes around the writer's window of 128 KiB, compressible and not. */
static const size_t sizes[] = {0, 1, 100, 65536, 131071, 131072, 131073, 300000, 2000000};
#define N_SIZES (sizeof sizes / sizeof sizes[0])

static void pack(char seal[65])
{
  struct hk_store *const s = create("PC01");
  for (size_t i = 0; i < 2 * N_SIZES; i++) {
    char path[64];
    (void)snprintf(path, sizeof path, "C:\\d\\%zu.bin", i);
    add_evidence(s, path, sizes[i / 2], i);
  }
  add_evidence(s, "C:\\d\\Twin", 10, 2);
  add_evidence(s, "C:\\d\\TWIN", 10, 4);
  const struct hk_stored missed = stored_at("C:\\pagefile.sys");
  CHECK_EQ_INT(hk_store_miss(s, &missed, hk_fail_os(HK_DENIED, "open file", 32)).code, HK_OK);
  CHECK_EQ_INT(hk_store_add_own(s, HK_S("results/Hikeshi.Prefetch.json"), "{\"a\":1}\n{\"a\":2}", 15, STARTED_AT).code, HK_OK);
  CHECK_EQ_INT(hk_store_result(s, "Prefetch", 2).code, HK_OK);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT + HK_MINUTE, seal).code, HK_OK);
}

TEST(test_store__what_goes_in_comes_out)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path_in_folder(ARCHIVE)), &z).code, HK_OK);
  for (size_t i = 0; i < 2 * N_SIZES; i++) {
    char name[64];
    (void)snprintf(name, sizeof name, "uploads/auto/C%%3A/d/%zu.bin", i);
    CHECK(entry_is(z, name, sizes[i / 2], i));
    const struct hk_archive_entry *const e = hk_archive_find(z, hk_str_of(name));
    CHECK_EQ_INT(e->born_at, STARTED_AT - 3 * HK_DAY);
    CHECK_EQ_INT(e->modified_at, STARTED_AT - 2 * HK_DAY - 1);
    CHECK_EQ_INT(e->accessed_at, STARTED_AT - HK_DAY - 2);
    const bool incompressible = i % 2 == 1;
    if (sizes[i / 2] > 1000) CHECK_EQ_INT(e->method, incompressible ? 0 : 8);
  }
  CHECK(entry_is(z, "uploads/auto/C%3A/d/TWIN~hk2", 10, 4));
  size_t n = 0;
  uint8_t *const rows = read_entry(z, "results/Hikeshi.Prefetch.json", &n);
  CHECK_EQ_BYTES(rows, n, "{\"a\":1}\n{\"a\":2}\n"); /* the last newline is the store's */
  free(rows);
  CHECK(hk_archive_find(z, HK_S("nothing")) == NULL);
  hk_archive_close(z);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path_in_folder(ARCHIVE)), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  CHECK_EQ_STR(v.seal, seal);
  remove_folder(folder);
}

struct seen {
  int n_evidence, n_missed, n_products, n_ends;
  bool missed_right, twin_right;
};

static bool look(void *ctx, const struct hk_manifest_line *line)
{
  struct seen *const s = ctx;
  s->n_evidence += hk_str_eq(line->role, HK_S("evidence"));
  s->n_missed += hk_str_eq(line->role, HK_S("missed"));
  s->n_products += hk_str_eq(line->role, HK_S("product"));
  s->n_ends += hk_str_eq(line->role, HK_S("end"));
  if (hk_str_eq(line->path, HK_S("C:\\pagefile.sys")))
    s->missed_right = line->outcome == HK_DENIED && line->os == 32 && hk_str_eq(line->step, HK_S("open file")) && line->name.n == 0;
  if (hk_str_eq(line->path, HK_S("C:\\d\\TWIN")))
    s->twin_right = line->renamed && hk_str_eq(line->name, HK_S("uploads/auto/C%3A/d/TWIN~hk2")) && line->outcome == HK_OK &&
                    line->changed_at == STARTED_AT - 5 && line->attributes == 0x20 &&
                    hk_str_eq(line->owner_sid, HK_S("S-1-5-21-1-2-3-1001")) && hk_str_eq(line->artefact, HK_S("Test"));
  return true;
}

TEST(test_store__the_manifest_says_everything)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  struct hk_archive *z = NULL;
  struct seen seen = {0};
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path_in_folder(ARCHIVE)), &z).code, HK_OK);
  CHECK_EQ_INT(hk_archive_manifest(z, look, &seen).code, HK_OK);
  CHECK_EQ_INT(seen.n_evidence, 2 * N_SIZES + 2);
  CHECK_EQ_INT(seen.n_missed, 1);
  CHECK_EQ_INT(seen.n_ends, 1);
  CHECK(seen.n_products >= 5);
  CHECK(seen.missed_right);
  CHECK(seen.twin_right);
  hk_archive_close(z);
  remove_folder(folder);
}

TEST(test_store__entries_are_random_access)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path_in_folder(ARCHIVE)), &z).code, HK_OK);
  static uint8_t want[2000000];
  for (uint64_t seed = 16; seed < 18; seed++) { /* deflated, stored */
    char name[64];
    (void)snprintf(name, sizeof name, "uploads/auto/C%%3A/d/%llu.bin", (unsigned long long)seed);
    struct hk_bytes *b = NULL;
    CHECK_EQ_INT(hk_archive_bytes_open(z, hk_archive_find(z, hk_str_of(name)), &b).code, HK_OK);
    CHECK_EQ_INT(b->size_bytes, sizeof want);
    fill(want, sizeof want, seed);
    const uint64_t offsets[] = {1999990, 0, 1234567, 2000000, 5000000};
    const size_t lengths[] = {10, 100, 100, 0, 0};
    for (int i = 0; i < 5; i++) {
      uint8_t piece[100];
      size_t got = 99;
      CHECK_EQ_INT(b->read_at(b, offsets[i], piece, sizeof piece, &got).code, HK_OK);
      CHECK_EQ_INT(got, lengths[i]);
      if (got > 0) CHECK_EQ_MEM(piece, want + offsets[i], got);
    }
    hk_archive_bytes_close(b);
  }
  hk_archive_close(z);
  remove_folder(folder);
}

/* Larger than is held in memory: text that says where it stands, packed to a few MB. */
TEST(test_store__entries_too_large_for_memory_are_random_access_too)
{
  static char block[1 << 20];
  const uint64_t size = HK_ARCHIVE_BYTES_LIMIT + 5 * sizeof block;
  char seal[65], line[17], want[17];
  struct hk_archive *z = NULL;
  struct hk_bytes *b = NULL;
  make_folder(folder);
  struct hk_store *const s = create("PC01");
  const struct hk_stored a = stored_at("C:\\big.log");
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  for (uint64_t at = 0; at < size; at += sizeof block) {
    for (size_t i = 0; i < sizeof block; i += 16) {
      (void)snprintf(line, sizeof line, "%015llx\n", (unsigned long long)(at + i));
      memcpy(block + i, line, 16);
    }
    CHECK_EQ_INT(hk_store_write(s, block, sizeof block).code, HK_OK);
  }
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path_in_folder(ARCHIVE)), &z).code, HK_OK);
  const struct hk_archive_entry *const e = hk_archive_find(z, HK_S("uploads/auto/C%3A/big.log"));
  CHECK_EQ_INT(e->method, 8);
  CHECK_EQ_INT(hk_archive_bytes_open(z, e, &b).code, HK_OK);
  const uint64_t offsets[] = {0, 16, size - 16, 32, (4 << 20) - 16, 4 << 20, size / 2 & ~(uint64_t)15};
  for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
    size_t got = 0;
    (void)snprintf(want, sizeof want, "%015llx\n", (unsigned long long)offsets[i]);
    CHECK_EQ_INT(b->read_at(b, offsets[i], line, 16, &got).code, HK_OK);
    CHECK_EQ_INT(got, 16);
    CHECK_EQ_MEM(line, want, 16);
  }
  size_t got = 9;
  CHECK_EQ_INT(b->read_at(b, size - 5, line, 16, &got).code, HK_OK);
  CHECK_EQ_INT(got, 5);
  hk_archive_bytes_close(b);
  hk_archive_close(z);
  remove_folder(folder);
}

TEST(test_store__recovering_a_whole_archive_keeps_all_of_it)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  char from[1100];
  char to[1100];
  (void)snprintf(from, sizeof from, "%s", path_in_folder(ARCHIVE));
  (void)snprintf(to, sizeof to, "%s", path_in_folder("again.zip"));
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_recover(hk_str_of(from), hk_str_of(to), &v).code, HK_OK);
  CHECK_EQ_INT(v.n_bad, 0);
  CHECK_EQ_INT(hk_store_verify(hk_str_of(to), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  struct hk_archive *z = NULL;
  struct seen seen = {0};
  CHECK_EQ_INT(hk_archive_open(hk_str_of(to), &z).code, HK_OK);
  for (size_t i = 0; i < 2 * N_SIZES; i++) {
    char name[64];
    (void)snprintf(name, sizeof name, "uploads/auto/C%%3A/d/%zu.bin", i);
    CHECK(entry_is(z, name, sizes[i / 2], i));
  }
  CHECK_EQ_INT(hk_archive_manifest(z, look, &seen).code, HK_OK);
  CHECK_EQ_INT(seen.n_evidence, 2 * N_SIZES + 2);
  CHECK(seen.missed_right);
  CHECK(seen.twin_right);
  CHECK(hk_archive_find(z, HK_S("results/Hikeshi.Prefetch.json")) != NULL);
  hk_archive_close(z);
  remove_folder(folder);
}

TEST(test_store__a_read_error_in_mid_file_leaves_a_good_archive)
{
  make_folder(folder);
  struct hk_store *const s = create("PC01");
  const struct hk_stored a = stored_at("C:\\half.bin");
  struct hk_digests d;
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  CHECK_EQ_INT(hk_store_write(s, "half", 4).code, HK_OK);
  CHECK_EQ_INT(hk_store_end(s, hk_fail_os(HK_IO, "read file", 23), &d).code, HK_OK);
  CHECK_EQ_INT(d.size_bytes, 4);
  char seal[65];
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path_in_folder(ARCHIVE)), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  remove_folder(folder);
}

TEST(test_store__the_name_is_taken_from_host_and_time_and_never_overwrites)
{
  make_folder(folder);
  struct hk_store *s = create("端末/01: \"x\"");
  CHECK_EQ_BYTES(hk_store_name(s).p, hk_store_name(s).n, "HIKESHI_端末_01___x__20250615T150640Z.zip");
  hk_store_abandon(s);
  struct hk_store *const a = create("PC01");
  struct hk_store *const b = create("PC01");
  CHECK(!hk_str_eq(hk_store_name(a), hk_store_name(b)));
  char seal[65];
  CHECK_EQ_INT(hk_store_seal(a, HK_S(""), STARTED_AT, seal).code, HK_OK);
  struct hk_store *const c = create("PC01");
  CHECK_EQ_BYTES(hk_store_name(c).p, hk_store_name(c).n, "HIKESHI_PC01_20250615T150640Z-03.zip");
  hk_store_abandon(b);
  hk_store_abandon(c);
  remove_folder(folder);
}

TEST(test_store__calls_out_of_order_are_refused)
{
  make_folder(folder);
  struct hk_store *const s = create("PC01");
  const struct hk_stored a = stored_at("C:\\x");
  CHECK_EQ_INT(hk_store_write(s, "x", 1).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_end_own(s, NULL).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
  CHECK_EQ_INT(hk_store_begin_own(s, HK_S("../x"), STARTED_AT).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_begin_own(s, HK_S("data.zip"), STARTED_AT).code, HK_USAGE);
  hk_store_abandon(s);
  remove_folder(folder);
}

/* In a child, because a limit on file sizes stays. */
static int fill_a_full_disk(void)
{
  const struct rlimit limit = {.rlim_cur = 3000000, .rlim_max = 3000000};
  static uint8_t data[500000];
  (void)signal(SIGXFSZ, SIG_IGN);
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 10;
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  if (create_in(folder, &c, &s).code != HK_OK) return 11;
  hk_err e = hk_ok();
  int n_finished = 0;
  for (int i = 0; i < 100 && e.code == HK_OK; i++) {
    char path[64];
    (void)snprintf(path, sizeof path, "C:\\d\\%d.bin", i);
    const struct hk_stored a = stored_at(path);
    fill(data, sizeof data, (uint64_t)i * 2 + 1);
    e = hk_store_begin(s, &a);
    if (e.code == HK_OK) e = hk_store_write(s, data, sizeof data);
    if (e.code == HK_OK) e = hk_store_end(s, hk_ok(), NULL);
    if (e.code == HK_OK) e = hk_store_settle(s);
    if (e.code == HK_OK) n_finished++;
  }
  char seal[65];
  const hk_err again = hk_store_seal(s, HK_S(""), STARTED_AT, seal);
  if (e.code != HK_LIMIT || again.code == HK_OK) return 12;
  return n_finished;
}

TEST(test_store__a_full_disk_is_said_and_what_was_finished_is_recovered)
{
  make_folder(folder);
  const pid_t child = fork();
  if (child == 0) _exit(fill_a_full_disk());
  int status = 0;
  CHECK_EQ_INT(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  const int n = WEXITSTATUS(status);
  CHECK_EQ_INT(n, 5);
  char partial[1100];
  char out[1100];
  (void)snprintf(partial, sizeof partial, "%s", path_in_folder(ARCHIVE ".partial"));
  (void)snprintf(out, sizeof out, "%s", path_in_folder("out.zip"));
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(partial), NULL, NULL, &v).code, HK_OK);
  CHECK(!v.sealed);
  CHECK_EQ_INT(hk_store_recover(hk_str_of(partial), hk_str_of(out), &v).code, HK_OK);
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(out), &z).code, HK_OK);
  for (int i = 0; i < n; i++) {
    char name[64];
    (void)snprintf(name, sizeof name, "uploads/auto/C%%3A/d/%d.bin", i);
    CHECK(entry_is(z, name, 500000, (uint64_t)i * 2 + 1));
  }
  hk_archive_close(z);
  remove_folder(folder);
}

TEST(test_store__an_archive_inside_the_evidence_is_not_taken_for_ours)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  size_t n = 0;
  char inner_path[1100];
  (void)snprintf(inner_path, sizeof inner_path, "%s", path_in_folder(ARCHIVE));
  struct os_file *f = NULL;
  uint64_t size = 0;
  CHECK_EQ_INT(os_open(hk_str_of(inner_path), OS_READ, &f).code, HK_OK);
  CHECK_EQ_INT(os_size(f, &size).code, HK_OK);
  uint8_t *const inner = malloc((size_t)size);
  CHECK_EQ_INT(os_read_at(f, 0, inner, (size_t)size, &n).code, HK_OK);
  os_close(f);
  struct hk_store *const s = create("PC02");
  add_evidence(s, "C:\\before", 1000, 1);
  const struct hk_stored a = stored_at("C:\\old\\archive.zip");
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  CHECK_EQ_INT(hk_store_write(s, inner, n).code, HK_OK);
  /* More than can be on its way, so that what lies before it has reached the file. */
  static uint8_t more[1 << 20];
  fill(more, sizeof more, 7);
  for (int i = 0; i < 20; i++) CHECK_EQ_INT(hk_store_write(s, more, sizeof more).code, HK_OK);
  const char *const partial = "HIKESHI_PC02_20250615T150640Z.zip.partial";
  hk_store_abandon(s); /* cut off in the middle of it */
  char out[1100];
  char in[1100];
  (void)snprintf(in, sizeof in, "%s", path_in_folder(partial));
  (void)snprintf(out, sizeof out, "%s", path_in_folder("out.zip"));
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_recover(hk_str_of(in), hk_str_of(out), &v).code, HK_OK);
  CHECK_EQ_INT(v.n_bad, 1);
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(out), &z).code, HK_OK);
  CHECK(entry_is(z, "uploads/auto/C%3A/before", 1000, 1));
  CHECK(hk_archive_find(z, HK_S("uploads/auto/C%3A/d/1.bin")) == NULL);
  hk_archive_close(z);
  free(inner);
  remove_folder(folder);
}

TEST(test_store__what_is_behind_a_bad_sector_is_recovered)
{
  char seal[65];
  make_folder(folder);
  pack(seal);
  char in[1100];
  char out[1100];
  (void)snprintf(in, sizeof in, "%s", path_in_folder(ARCHIVE));
  (void)snprintf(out, sizeof out, "%s", path_in_folder("out.zip"));
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(in), &z).code, HK_OK);
  const uint64_t at = hk_archive_find(z, HK_S("uploads/auto/C%3A/d/15.bin"))->at + 100;
  hk_archive_close(z);
  FILE *const f = fopen(in, "r+b");
  CHECK(f != NULL);
  CHECK_EQ_INT(fseek(f, (long)at, SEEK_SET), 0);
  static const uint8_t zeros[4096];
  CHECK_EQ_INT(fwrite(zeros, 1, sizeof zeros, f), sizeof zeros);
  fclose(f);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_recover(hk_str_of(in), hk_str_of(out), &v).code, HK_OK);
  CHECK_EQ_INT(v.n_bad, 1);
  CHECK_EQ_STR(v.first_bad, "uploads/auto/C%3A/d/15.bin");
  CHECK_EQ_INT(hk_archive_open(hk_str_of(out), &z).code, HK_OK);
  CHECK(entry_is(z, "uploads/auto/C%3A/d/14.bin", sizes[7], 14));
  CHECK(entry_is(z, "uploads/auto/C%3A/d/16.bin", sizes[8], 16));
  CHECK(entry_is(z, "uploads/auto/C%3A/d/17.bin", sizes[8], 17));
  CHECK(hk_archive_find(z, HK_S("uploads/auto/C%3A/d/15.bin")) == NULL);
  hk_archive_close(z);
  remove_folder(folder);
}

struct same {
  int n;
  bool right;
};

static bool look_for_same(void *ctx, const struct hk_manifest_line *line)
{
  struct same *const s = ctx;
  if (!hk_str_eq(line->role, HK_S("same"))) return true;
  s->n++;
  s->right = hk_str_eq(line->path, HK_S("C:\\d\\later.bin")) && hk_str_eq(line->same_as, HK_S("uploads/auto/C%3A/d/first.bin")) &&
             line->name.n == 0 && line->size_bytes == 300000 && line->has_digests && line->outcome == HK_OK;
  return true;
}

static struct same same_lines(const char *path)
{
  struct hk_archive *z = NULL;
  struct same s = {0};
  CHECK_EQ_INT(hk_archive_open(hk_str_of(path), &z).code, HK_OK);
  CHECK_EQ_INT(hk_archive_manifest(z, look_for_same, &s).code, HK_OK);
  hk_archive_close(z);
  return s;
}

TEST(test_store__a_file_of_the_same_bytes_is_stored_once_and_listed_twice)
{
  make_folder(folder);
  char first[1100];
  char again[1100];
  char seal[65];
  struct hk_store *const s = create("PC01");
  (void)snprintf(first, sizeof first, "%s", path_in_folder(ARCHIVE));
  (void)snprintf(again, sizeof again, "%s", path_in_folder("again.zip"));
  struct hk_digests d = {.size_bytes = 300000};
  static uint8_t bytes[300000];
  fill(bytes, sizeof bytes, 3);
  hk_sha256_of(bytes, sizeof bytes, d.sha256);
  CHECK_EQ_INT(hk_store_find(s, &d).n, 0);
  add_evidence(s, "C:\\d\\first.bin", sizeof bytes, 3);
  add_evidence(s, "C:\\d\\second.bin", sizeof bytes, 3); /* who adds it all the same may */
  const hk_str name = hk_store_find(s, &d);
  CHECK_EQ_BYTES(name.p, name.n, "uploads/auto/C%3A/d/first.bin");
  const struct hk_stored later = stored_at("C:\\d\\later.bin");
  CHECK_EQ_INT(hk_store_same(s, &later, &d, HK_S("uploads/auto/C%3A/d/nothing")).code, HK_USAGE);
  CHECK_EQ_INT(hk_store_same(s, &later, &d, name).code, HK_OK);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(first), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  struct same seen = same_lines(first);
  CHECK(seen.n == 1 && seen.right);
  CHECK_EQ_INT(hk_store_recover(hk_str_of(first), hk_str_of(again), &v).code, HK_OK);
  CHECK_EQ_INT(hk_store_verify(hk_str_of(again), NULL, NULL, &v).code, HK_OK);
  CHECK(is_sound(&v));
  seen = same_lines(again);
  CHECK(seen.n == 1 && seen.right);
  remove_folder(folder);
}

/* The digests are the line's own, so a line that names an entry of other bytes is a false statement. */
TEST(test_store__a_line_that_names_an_entry_of_other_bytes_is_noticed)
{
  make_folder(folder);
  char seal[65];
  struct hk_store *const s = create("PC01");
  struct hk_digests d = {.size_bytes = 100};
  add_evidence(s, "C:\\d\\first.bin", 100, 3);
  const struct hk_stored later = stored_at("C:\\d\\later.bin");
  CHECK_EQ_INT(hk_store_same(s, &later, &d, HK_S("uploads/auto/C%3A/d/first.bin")).code, HK_OK);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(path_in_folder(ARCHIVE)), NULL, NULL, &v).code, HK_OK);
  CHECK(!is_sound(&v));
  CHECK_EQ_STR(v.first_bad, "C:\\d\\later.bin");
  remove_folder(folder);
}
