/* Names and digests for the custody part. */
#include "run/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "examine/examine.h"
#include "modules.h"
#include "os/os.h"

#define BLOCK_BYTES ((size_t)256 * 1024)
#define MAX_NAME ((size_t)63)

struct naming {
  struct hk_arena *arena;
  hk_str name;
};

static void on_record(void *ctx, const struct hk_record_type *t, size_t kind, const void *record)
{
  (void)kind;
  struct naming *const n = ctx;
  const struct hk_field *const f = hk_field_by_name(t, "computer_name");
  if (f == NULL || n->name.n != 0) return;
  const hk_str name = hk_get_str(f, record);
  if (name.n > 0 && name.n <= MAX_NAME) n->name = hk_str_copy(n->arena, name);
}

static void ask_hive(struct hk_examiner *x, const struct hk_module *m, struct hk_stream *hive, struct naming *n)
{
  const struct hk_file_info info = {
      .path = HK_S("C:\\Windows\\System32\\config\\SYSTEM"), .size_bytes = hive->bytes.size_bytes, .owner_sid = HK_S("")};
  const struct hk_sink sink = {.ctx = n, .on_record = on_record};
  struct hk_outcome out;
  (void)hk_examine(x, m, &info, &hive->bytes, &sink, &out);
}

/* The archive is named before anything is collected, so the one hive that knows the name is asked first. */
static hk_str name_in_registry(struct hk_source *s, struct hk_arena *a)
{
  struct naming n = {.arena = a, .name = hk_str_of("")};
  struct hk_stream *hive = NULL;
  struct hk_examiner *x = NULL;
  const struct hk_module *const m = hk_module_by_name(HK_S("registry"));
  const struct hk_examiner_options o = {.self_exe = os_self_path(a), .modules = hk_modules, .n_modules = hk_modules_count};
  if (m == NULL || s->ops->open(s, HK_S("C:\\Windows\\System32\\config\\SYSTEM"), &hive).code != HK_OK) return n.name;
  if (hk_examiner_open(&o, &x).code == HK_OK) {
    ask_hive(x, m, hive, &n);
    hk_examiner_close(x);
  }
  hive->close(hive);
  return n.name;
}

hk_str hk_run_evidence_host(struct hk_source *s, struct hk_arena *a)
{
  if (strcmp(s->ops->method, "api") == 0) return os_host_name(a);
  const hk_str name = name_in_registry(s, a);
  return name.n != 0 ? name : hk_str_of("EVIDENCE");
}

static hk_err digest_file(struct os_file *f, uint8_t *block, uint8_t out[HK_SHA256_SIZE])
{
  struct hk_sha256 sha;
  size_t got = 1;
  hk_sha256_init(&sha);
  while (got != 0) {
    HK_TRY(os_read(f, block, BLOCK_BYTES, &got));
    hk_sha256_add(&sha, block, got);
  }
  hk_sha256_end(&sha, out);
  return hk_ok();
}

hk_str hk_run_self_sha256(struct hk_arena *a)
{
  struct os_file *f = NULL;
  uint8_t digest[HK_SHA256_SIZE];
  uint8_t *const block = hk_alloc(a, BLOCK_BYTES);
  char *const hex = hk_alloc(a, 2 * HK_SHA256_SIZE + 1);
  if (block == NULL || hex == NULL || os_open(os_self_path(a), OS_READ, &f).code != HK_OK) return hk_str_of("");
  const hk_err e = digest_file(f, block, digest);
  os_close(f);
  if (e.code != HK_OK) return hk_str_of("");
  hk_hex(digest, sizeof digest, hex);
  return hk_str_of(hex);
}
