/* Not one byte of a sealed archive may change unseen, and what changed is named. */
#include "helpers.h"

static char folder[256];
static char archive[1024];

static uint8_t *bytes;
static size_t n_bytes;

/* Small, with every form of entry: known and streamed, stored and deflated, folders, renamed, products. */
static void pack(void)
{
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  char seal[65];
  make_folder(folder);
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  (void)snprintf(archive, sizeof archive, "%s", hk_store_path(s).p);
  add_evidence(s, "C:\\a\\deflated", 5000, 2);
  add_evidence(s, "C:\\a\\stored", 300, 3);
  add_evidence(s, "C:\\b\\streamed", 140000, 4);
  add_evidence(s, "C:\\b\\streamed stored", 131073, 5);
  add_evidence(s, "C:\\b\\STREAMED", 0, 6);
  const struct hk_stored missed = stored_at("C:\\pagefile.sys");
  CHECK_EQ_INT(hk_store_miss(s, &missed, hk_fail_os(HK_DENIED, "open file", 32)).code, HK_OK);
  CHECK_EQ_INT(hk_store_add_own(s, HK_S("results/Hikeshi.Prefetch.json"), "{}\n", 3, STARTED_AT).code, HK_OK);
  CHECK_EQ_INT(hk_store_result(s, "Prefetch", 1).code, HK_OK);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT, seal).code, HK_OK);
  FILE *const f = fopen(archive, "rb");
  CHECK(f != NULL);
  bytes = malloc(1 << 20);
  n_bytes = fread(bytes, 1, 1 << 20, f);
  fclose(f);
}

static void done(void)
{
  free(bytes);
  remove_folder(folder);
}

static struct hk_verdict verify_bytes(const uint8_t *p, size_t n)
{
  struct hk_verdict v;
  char path[1100];
  (void)snprintf(path, sizeof path, "%s/changed.zip", folder);
  FILE *const f = fopen(path, "wb");
  CHECK(f != NULL);
  CHECK_EQ_INT(fwrite(p, 1, n, f), n);
  fclose(f);
  const hk_err e = hk_store_verify(hk_str_of(path), NULL, NULL, &v);
  if (e.code != HK_OK) {
    /* Only an archive that cannot be one at all ends here. */
    CHECK(e.code == HK_ABSENT || e.code == HK_LIMIT || e.code == HK_UNSUPPORTED);
    v.sealed = false;
    (void)snprintf(v.first_bad, sizeof v.first_bad, "(archive)");
  }
  return v;
}

static void check_flip(size_t at, uint8_t bits)
{
  bytes[at] ^= bits;
  const struct hk_verdict v = verify_bytes(bytes, n_bytes);
  bytes[at] ^= bits;
  if (is_sound(&v) || v.first_bad[0] == 0) printf("  byte %zu of %zu, bits %02x: not noticed\n", at, n_bytes, bits);
  CHECK(!is_sound(&v));
  CHECK(v.first_bad[0] != 0);
}

TEST(test_tamper__the_archive_as_it_is_is_sound)
{
  pack();
  const struct hk_verdict v = verify_bytes(bytes, n_bytes);
  CHECK(is_sound(&v));
  done();
}

/* Every byte outside the two long entries, and some within them. */
TEST(test_tamper__any_flipped_byte_is_noticed)
{
  pack();
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(archive), &z).code, HK_OK);
  const uint64_t from = hk_archive_find(z, HK_S("uploads/auto/C%3A/b/streamed stored"))->at + 300;
  const uint64_t to = from + 130000;
  const uint64_t from2 = hk_archive_find(z, HK_S("uploads/auto/C%3A/b/streamed"))->at + 300;
  const uint64_t to2 = from2 + hk_archive_find(z, HK_S("uploads/auto/C%3A/b/streamed"))->packed_bytes - 400;
  hk_archive_close(z);
  uint64_t v = 1;
  for (size_t at = 0; at < n_bytes; at++) {
    const bool inside = (at > from && at < to) || (at > from2 && at < to2);
    v = v * UINT64_C(6364136223846793005) + 1;
    if (inside && (v >> 40) % 1000 != 0) continue;
    if (!inside && (v >> 40) % 4 != 0) continue;
    check_flip(at, (uint8_t)(1u << (v >> 61)));
  }
  done();
}

TEST(test_tamper__the_changed_entry_is_named)
{
  pack();
  struct hk_archive *z = NULL;
  CHECK_EQ_INT(hk_archive_open(hk_str_of(archive), &z).code, HK_OK);
  static const char *const names[] = {"uploads/auto/C%3A/a/deflated", "uploads/auto/C%3A/b/streamed", "uploads/auto/C%3A/a/stored",
                                      "uploads/auto/C%3A/b/streamed stored", "results/Hikeshi.Prefetch.json", "uploads.json",
                                      "hikeshi/manifest.jsonl", "hikeshi/seal.json", "hikeshi/journal/000001.jsonl"};
  uint64_t at[9];
  for (int i = 0; i < 9; i++) at[i] = hk_archive_find(z, hk_str_of(names[i]))->at + 30 + strlen(names[i]) + 100;
  hk_archive_close(z);
  for (int i = 0; i < 9; i++) {
    if (i == 4) at[i] -= 34; /* three bytes of content behind 65 of extra fields */
    bytes[at[i]] ^= 0x10;
    const struct hk_verdict v = verify_bytes(bytes, n_bytes);
    bytes[at[i]] ^= 0x10;
    CHECK_EQ_STR(v.first_bad, names[i]);
    CHECK_EQ_INT(v.n_bad, 1);
  }
  done();
}

TEST(test_tamper__every_cut_is_noticed)
{
  pack();
  for (size_t n = 0; n < n_bytes; n += n < n_bytes - 3000 ? 1777 : 13) {
    const struct hk_verdict v = verify_bytes(bytes, n);
    CHECK(!v.sealed);
    CHECK(v.first_bad[0] != 0);
  }
  done();
}

TEST(test_tamper__bytes_put_in_or_behind_are_noticed)
{
  pack();
  uint8_t *const more = malloc(n_bytes + 100);
  memcpy(more, bytes, n_bytes);
  memset(more + n_bytes, 0, 100);
  struct hk_verdict v = verify_bytes(more, n_bytes + 1);
  CHECK(!v.sealed);
  memset(more, 0, 100);
  memcpy(more + 100, bytes, n_bytes);
  v = verify_bytes(more, n_bytes + 100);
  CHECK(!is_sound(&v));
  free(more);
  done();
}
