/* For the tests of the store: a folder that goes away, a case, contents that a seed makes again. */
#ifndef HK_TESTS_STORE_HELPERS_H
#define HK_TESTS_STORE_HELPERS_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "os/os.h"
#include "store/store.h"

#define STARTED_AT (HK_UNIX_EPOCH + INT64_C(1750000000) * HK_SECOND + 1234567)

static inline struct hk_case case_of(const char *host)
{
  return (struct hk_case){.host = hk_str_of(host),
                          .host_id = HK_S("4c4c4544-0039-3510-8052-b4c04f4e4d31"),
                          .case_id = HK_S("2026-001"),
                          .operator_name = HK_S("試験"),
                          .reason = HK_S("test"),
                          .command_line = HK_S("hikeshi collect"),
                          .tool_version = HK_S("0.1.0"),
                          .tool_sha256 = HK_S(""),
                          .started_at = STARTED_AT,
                          .utc_offset_minutes = 540};
}

static inline hk_err create_in(const char *folder, const struct hk_case *c, struct hk_store **out)
{
  const struct hk_store_options o = {.dir = hk_str_of(folder), .suffix = HK_S("")};
  return hk_store_create(&o, c, out);
}

/* A new folder under $TMPDIR; call remove_folder at the end. */
static inline const char *make_folder(char out[256])
{
  const char *const base = getenv("TMPDIR");
  (void)snprintf(out, 256, "%s/hikeshi-test-XXXXXX", base != NULL && base[0] != 0 ? base : "/tmp");
  CHECK(mkdtemp(out) != NULL);
  return out;
}

static inline void remove_folder(const char *path)
{
  char name[1024];
  DIR *const d = opendir(path);
  if (d == NULL) return;
  for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
    (void)snprintf(name, sizeof name, "%s/%s", path, e->d_name);
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) (void)unlink(name);
  }
  closedir(d);
  (void)rmdir(path);
}

/* Fills by seed: even seeds compress, odd ones do not. */
static inline void fill(uint8_t *p, size_t n, uint64_t seed)
{
  uint64_t v = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
  for (size_t i = 0; i < n; i++) {
    v = v * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    p[i] = seed % 2 == 0 ? (uint8_t)('a' + (v >> 60) % 4) : (uint8_t)(v >> 56);
  }
}

static inline struct hk_stored stored_at(const char *path)
{
  return (struct hk_stored){.path = hk_str_of(path),
                            .method = "api",
                            .born_at = STARTED_AT - 3 * HK_DAY,
                            .modified_at = STARTED_AT - 2 * HK_DAY - 1,
                            .accessed_at = STARTED_AT - HK_DAY - 2,
                            .changed_at = STARTED_AT - 5,
                            .attributes = 0x20,
                            .owner_sid = HK_S("S-1-5-21-1-2-3-1001"),
                            .artefact = HK_S("Test")};
}

static inline void add_evidence(struct hk_store *s, const char *path, size_t n, uint64_t seed)
{
  uint8_t *const p = malloc(n + 1);
  const struct hk_stored a = stored_at(path);
  fill(p, n, seed);
  CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
  for (size_t at = 0; at < n;) {
    const size_t take = n - at < 50000 ? n - at : 50000;
    CHECK_EQ_INT(hk_store_write(s, p + at, take).code, HK_OK);
    at += take;
  }
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
  free(p);
}

/* The whole of an entry; the caller frees. NULL when it is not there or not whole. */
static inline uint8_t *read_entry(struct hk_archive *z, const char *name, size_t *n)
{
  const struct hk_archive_entry *const e = hk_archive_find(z, hk_str_of(name));
  struct hk_archive_reader *r = NULL;
  if (e == NULL || hk_archive_read_open(z, e, &r).code != HK_OK) return NULL;
  uint8_t *const p = malloc((size_t)e->size_bytes + 1);
  size_t at = 0;
  for (;;) {
    size_t got = 0;
    uint8_t one;
    const bool full = at >= e->size_bytes;
    if (hk_archive_read(r, full ? &one : p + at, full ? 1 : (size_t)e->size_bytes - at, &got).code != HK_OK) {
      hk_archive_read_close(r);
      free(p);
      return NULL;
    }
    if (got == 0) break;
    at += got;
  }
  hk_archive_read_close(r);
  *n = at;
  return p;
}

static inline bool entry_is(struct hk_archive *z, const char *name, size_t n, uint64_t seed)
{
  size_t got = 0;
  uint8_t *const p = read_entry(z, name, &got);
  uint8_t *const want = malloc(n + 1);
  fill(want, n, seed);
  const bool same = p != NULL && got == n && memcmp(p, want, n) == 0;
  free(p);
  free(want);
  return same;
}

static inline bool is_sound(const struct hk_verdict *v)
{
  return v->sealed && v->n_bad == 0 && v->n_missing == 0 && v->n_unlisted == 0 && v->first_bad[0] == 0 && v->n_good == v->n_entries;
}

#endif
