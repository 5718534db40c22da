/* The store at the hands of the Python tests beside it, which name inputs by environment:
     HK_PACK_LIST, HK_PACK_OUT   a list of what to pack and the folder for the archive; a line is "evidence HEXPATH HEXFILE",
                                 "zeros HEXPATH BYTES", "many HEXPREFIX COUNT", "missed HEXPATH", "own NAME HEXFILE",
                                 "result NAME ROWS" or "sparse HEXPATH HEXFILE SIZE OFFSET:LENGTH,OFFSET:LENGTH…" whose file
                                 holds the data back to back
     HK_UNPACK_IN                an archive: "entry HEXNAME SIZE SHA256 METHOD MODIFIED" or
                                 "entry HEXNAME error CODE" a line, or "archive error CODE"
     HK_VERIFY_IN                an archive: "verdict SEALED GOOD BAD MISSING UNLISTED FIRST"
     HK_RECOVER_IN, HK_RECOVER_OUT
     HK_DEFLATE_LIST             the list again: "deflate BYTES PACKED SECONDS" of the library alone on one core, for the bench
   Without them each packs, reads, checks or recovers a small archive of its own. */
#include <inttypes.h>
#include <time.h>
#include <zlib-ng.h>

#include "helpers.h"

static size_t from_hex(const char *hex, char *out, size_t size)
{
  size_t n = 0;
  for (; hex[0] != 0 && hex[1] != 0 && n + 1 < size; hex += 2) {
    const char two[3] = {hex[0], hex[1], 0};
    out[n++] = (char)strtoul(two, NULL, 16);
  }
  out[n] = 0;
  return n;
}

static void print_hex(hk_str s)
{
  for (size_t i = 0; i < s.n; i++) printf("%02x", (unsigned char)s.p[i]);
}

static void put_file(struct hk_store *s, const char *file)
{
  static uint8_t piece[70001];
  FILE *const f = fopen(file, "rb");
  CHECK(f != NULL);
  for (;;) {
    const size_t n = fread(piece, 1, sizeof piece, f);
    if (n == 0) break;
    CHECK_EQ_INT(hk_store_write(s, piece, n).code, HK_OK);
  }
  fclose(f);
}

static void put_zeros(struct hk_store *s, uint64_t n)
{
  static const uint8_t zeros[1 << 20];
  for (; n > 0; n -= n < sizeof zeros ? n : sizeof zeros)
    CHECK_EQ_INT(hk_store_write(s, zeros, n < sizeof zeros ? (size_t)n : sizeof zeros).code, HK_OK);
}

static void put_many(struct hk_store *s, const char *prefix, unsigned long n)
{
  for (unsigned long i = 0; i < n; i++) {
    char path[600];
    (void)snprintf(path, sizeof path, "%.500s%06lu", prefix, i);
    const struct hk_stored a = stored_at(path);
    CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
    CHECK_EQ_INT(hk_store_write(s, path, strlen(path)).code, HK_OK);
    CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
  }
}

/* second: "HEXFILE SIZE OFFSET:LENGTH,…" */
static void put_sparse(struct hk_store *s, struct hk_stored *a, char *second)
{
  static char file[4096];
  static uint8_t piece[1 << 20];
  char *const size = strchr(second, ' ');
  CHECK(size != NULL);
  *size = 0;
  from_hex(second, file, sizeof file);
  FILE *const f = fopen(file, "rb");
  CHECK(f != NULL);
  char *at = NULL;
  a->sparse_bytes = strtoull(size + 1, &at, 10);
  CHECK_EQ_INT(hk_store_begin(s, a).code, HK_OK);
  while (*at == ' ' || *at == ',') {
    if (at[1] == 0) break; /* all hole */
    CHECK_EQ_INT(hk_store_at(s, strtoull(at + 1, &at, 10)).code, HK_OK);
    const size_t n = (size_t)strtoull(at + 1, &at, 10);
    CHECK(n <= sizeof piece);
    CHECK_EQ_INT(fread(piece, 1, n, f), n);
    CHECK_EQ_INT(hk_store_write(s, piece, n).code, HK_OK);
  }
  fclose(f);
  CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
}

static void pack_line(struct hk_store *s, const char *verb, const char *first, char *second)
{
  static char path[70000];
  static char file[4096];
  const size_t n = from_hex(first, path, sizeof path);
  struct hk_stored a = stored_at("");
  a.path = (hk_str){.p = path, .n = n};
  if (strcmp(verb, "missed") == 0) {
    CHECK_EQ_INT(hk_store_miss(s, &a, hk_fail_os(HK_DENIED, "open file", 32)).code, HK_OK);
  } else if (strcmp(verb, "many") == 0) {
    put_many(s, path, strtoul(second, NULL, 10));
  } else if (strcmp(verb, "result") == 0) {
    CHECK_EQ_INT(hk_store_result(s, first, strtoull(second, NULL, 10)).code, HK_OK);
  } else if (strcmp(verb, "sparse") == 0) {
    put_sparse(s, &a, second);
  } else if (strcmp(verb, "own") == 0) {
    from_hex(second, file, sizeof file);
    CHECK_EQ_INT(hk_store_add_own_file(s, hk_str_of(first), hk_str_of(file), STARTED_AT).code, HK_OK);
  } else {
    CHECK_EQ_INT(hk_store_begin(s, &a).code, HK_OK);
    from_hex(second, file, sizeof file);
    if (strcmp(verb, "zeros") == 0)
      put_zeros(s, strtoull(second, NULL, 10));
    else
      put_file(s, file);
    CHECK_EQ_INT(hk_store_end(s, hk_ok(), NULL).code, HK_OK);
  }
}

static void pack_list(struct hk_store *s, const char *list)
{
  static char line[160000] = "";
  FILE *const f = fopen(list, "rb");
  CHECK(f != NULL);
  while (fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\r\n")] = 0;
    if (line[0] == 0) continue;
    char *const first = strchr(line, ' ');
    CHECK(first != NULL);
    *first = 0;
    char none[1] = "";
    char *second = strchr(first + 1, ' ');
    if (second != NULL) *second++ = 0;
    pack_line(s, line, first + 1, second == NULL ? none : second);
  }
  fclose(f);
}

static void pack_to(const char *folder, const char *list, char archive[1024])
{
  char seal[65];
  const struct hk_case c = case_of("PC01");
  struct hk_store *s = NULL;
  CHECK_EQ_INT(create_in(folder, &c, &s).code, HK_OK);
  (void)snprintf(archive, 1024, "%s", hk_store_path(s).p);
  if (list != NULL)
    pack_list(s, list);
  else
    add_evidence(s, "C:\\a.txt", 200000, 2);
  CHECK_EQ_INT(hk_store_seal(s, HK_S(""), STARTED_AT + HK_MINUTE, seal).code, HK_OK);
  printf("archive %s\nseal %s\n", archive, seal);
}

static void show_entry(struct hk_archive *z, const struct hk_archive_entry *e)
{
  static uint8_t piece[65536];
  struct hk_archive_reader *r = NULL;
  struct hk_sha256 sum;
  hk_sha256_init(&sum);
  hk_err err = hk_archive_read_open(z, e, &r);
  while (err.code == HK_OK) {
    size_t got = 0;
    err = hk_archive_read(r, piece, sizeof piece, &got);
    if (got == 0) break;
    hk_sha256_add(&sum, piece, got);
  }
  hk_archive_read_close(r);
  uint8_t digest[HK_SHA256_SIZE];
  char hex[65];
  char iso[HK_ISO_SIZE];
  hk_sha256_end(&sum, digest);
  hk_hex(digest, sizeof digest, hex);
  printf("entry ");
  print_hex(e->name);
  if (err.code != HK_OK)
    printf(" error %s\n", hk_code_name(err.code));
  else
    printf(" %" PRIu64 " %s %u %s\n", e->size_bytes, hex, e->method, hk_time_iso(e->modified_at, iso));
}

TEST(test_pack__packs_what_a_list_names)
{
  char folder[256] = "";
  char archive[1024];
  const char *const out = getenv("HK_PACK_OUT");
  pack_to(out != NULL ? out : make_folder(folder), getenv("HK_PACK_LIST"), archive);
  if (out == NULL) remove_folder(folder);
}

TEST(test_pack__shows_what_an_archive_holds)
{
  char folder[256] = "";
  char archive[1024];
  const char *in = getenv("HK_UNPACK_IN");
  if (in == NULL) {
    pack_to(make_folder(folder), NULL, archive);
    in = archive;
  }
  struct hk_archive *z = NULL;
  const hk_err e = hk_archive_open(hk_str_of(in), &z);
  if (e.code != HK_OK) {
    printf("archive error %s\n", hk_code_name(e.code));
    return;
  }
  for (size_t i = 0; i < hk_archive_count(z); i++) show_entry(z, hk_archive_at(z, i));
  hk_archive_close(z);
  if (folder[0] != 0) remove_folder(folder);
}

TEST(test_pack__gives_a_verdict)
{
  char folder[256] = "";
  char archive[1024];
  const char *in = getenv("HK_VERIFY_IN");
  if (in == NULL) {
    pack_to(make_folder(folder), NULL, archive);
    in = archive;
  }
  struct hk_verdict v;
  CHECK_EQ_INT(hk_store_verify(hk_str_of(in), NULL, NULL, &v).code, HK_OK);
  printf("verdict %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", v.sealed, v.n_good, v.n_bad, v.n_missing,
         v.n_unlisted, v.first_bad);
  if (folder[0] != 0) remove_folder(folder);
}

TEST(test_pack__recovers)
{
  char folder[256] = "";
  char archive[1024];
  char again[1100];
  const char *in = getenv("HK_RECOVER_IN");
  const char *out = getenv("HK_RECOVER_OUT");
  if (in == NULL || out == NULL) {
    pack_to(make_folder(folder), NULL, archive);
    (void)snprintf(again, sizeof again, "%s.again.zip", archive);
    in = archive;
    out = again;
  }
  struct hk_verdict v;
  const hk_err e = hk_store_recover(hk_str_of(in), hk_str_of(out), &v);
  printf("recovered %s %" PRIu64 " %" PRIu64 "\n", hk_code_name(e.code), v.n_good, v.n_bad);
  CHECK_EQ_INT(e.code, HK_OK);
  if (folder[0] != 0) remove_folder(folder);
}

/* The library alone, one stream a file, at the store's level: only time within zng_deflate counts. */
static void deflate_file(const char *file, uint64_t *size, uint64_t *packed, double *seconds)
{
  static uint8_t out[1 << 20];
  FILE *const f = fopen(file, "rb");
  struct timespec from, to;
  CHECK(f != NULL);
  CHECK_EQ_INT(fseek(f, 0, SEEK_END), 0);
  const size_t n = (size_t)ftell(f);
  rewind(f);
  uint8_t *const p = malloc(n + 1);
  CHECK_EQ_INT(fread(p, 1, n, f), n);
  fclose(f);
  zng_stream z = {.next_in = p, .avail_in = (uint32_t)n};
  CHECK_EQ_INT(zng_deflateInit2(&z, 2, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  for (int r = Z_OK; r == Z_OK;) {
    z.next_out = out;
    z.avail_out = sizeof out;
    r = zng_deflate(&z, Z_FINISH);
    *packed += sizeof out - z.avail_out;
  }
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
  (void)zng_deflateEnd(&z);
  free(p);
  *size += n;
  *seconds += (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

TEST(test_pack__deflates_alone)
{
  static char line[160000], file[4096];
  const char *const list = getenv("HK_DEFLATE_LIST");
  uint64_t size = 0, packed = 0;
  double seconds = 0;
  if (list == NULL) return;
  FILE *const f = fopen(list, "rb");
  CHECK(f != NULL);
  while (fgets(line, sizeof line, f) != NULL) {
    line[strcspn(line, "\r\n")] = 0;
    const char *const hex = strrchr(line, ' ');
    if (hex == NULL) continue;
    from_hex(hex + 1, file, sizeof file);
    deflate_file(file, &size, &packed, &seconds);
  }
  fclose(f);
  printf("deflate %" PRIu64 " %" PRIu64 " %.3f\n", size, packed, seconds);
}
