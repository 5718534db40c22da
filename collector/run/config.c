/* Settings: the block and the text.
   Block: 16 bytes of mark, u32 length, text, SHA-256 of mark, length and text, 16 bytes of end mark. */
#include "run/config.h"

#include <string.h>

#include "base/cur.h"
#include "base/hash.h"
#include "os/os.h"

#define MARK_BYTES 16

/* The program holds its marks in disguise, so that it does not find them in itself. */
static const uint8_t disguised[2][MARK_BYTES] = {
    {0x12, 0x13, 0x11, 0x1F, 0x09, 0x12, 0x13, 0x40, 0x19, 0x15, 0x14, 0x1C, 0x13, 0x1D, 0x40, 0x5B},
    {0x12, 0x13, 0x11, 0x1F, 0x09, 0x12, 0x13, 0x40, 0x1F, 0x14, 0x1E, 0x77, 0x40, 0x5A, 0x40, 0x5B},
};

static void mark(int which, uint8_t out[MARK_BYTES])
{
  for (int i = 0; i < MARK_BYTES; i++) out[i] = disguised[which][i] ^ 0x5A;
}

void hk_config_put(struct hk_buf *out, hk_str text)
{
  uint8_t m[MARK_BYTES];
  uint8_t digest[HK_SHA256_SIZE];
  struct hk_sha256 sha;
  const size_t at = out->n;
  mark(0, m);
  hk_buf_add(out, m, sizeof m);
  hk_buf_u32le(out, (uint32_t)text.n);
  hk_buf_str(out, text);
  if (out->failed) return;
  hk_sha256_init(&sha);
  hk_sha256_add(&sha, out->p + at, out->n - at);
  hk_sha256_end(&sha, digest);
  hk_buf_add(out, digest, sizeof digest);
  mark(1, m);
  hk_buf_add(out, m, sizeof m);
}

static hk_err damaged(const char *step)
{
  return hk_fail(HK_DAMAGED, step, HK_NO_OFFSET);
}

/* The block that begins at `at`, whose mark was seen there. */
static hk_err read_block(const struct hk_cur *whole, uint64_t at, hk_str *text)
{
  uint8_t m[MARK_BYTES];
  uint8_t digest[HK_SHA256_SIZE];
  struct hk_sha256 sha;
  struct hk_cur c = *whole;
  hk_skip(&c, at + MARK_BYTES);
  const uint32_t n = hk_u32le(&c);
  const uint8_t *const body = n > HK_CONFIG_LIMIT ? NULL : hk_take(&c, n);
  const uint8_t *const told = hk_take(&c, HK_SHA256_SIZE);
  const uint8_t *const end = hk_take(&c, MARK_BYTES);
  if (body == NULL || told == NULL || end == NULL || c.bad) return damaged("read the settings in the program: they are cut off");
  struct hk_cur head = *whole;
  hk_skip(&head, at);
  hk_sha256_init(&sha);
  hk_sha256_add(&sha, hk_take(&head, MARK_BYTES + 4 + (uint64_t)n), MARK_BYTES + 4 + (size_t)n);
  hk_sha256_end(&sha, digest);
  mark(1, m);
  if (memcmp(digest, told, sizeof digest) != 0 || memcmp(m, end, sizeof m) != 0)
    return damaged("read the settings in the program: they were changed");
  *text = (hk_str){.p = (const char *)body, .n = n};
  return hk_ok();
}

hk_err hk_config_find(const uint8_t *tail, size_t n, hk_str *text, size_t *at)
{
  uint8_t m[MARK_BYTES];
  const struct hk_cur whole = hk_cur_over(tail, n);
  mark(0, m);
  for (size_t i = n < MARK_BYTES ? 0 : n - MARK_BYTES + 1; i > 0; i--) {
    if (tail[i - 1] != m[0] || memcmp(tail + i - 1, m, sizeof m) != 0) continue;
    HK_TRY(read_block(&whole, i - 1, text));
    *at = i - 1;
    return hk_ok();
  }
  return hk_fail(HK_ABSENT, "read the settings in the program", HK_NO_OFFSET);
}

/* ---- the text ------------------------------------------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static hk_str trimmed(hk_str s)
{
  while (s.n > 0 && is_blank(s.p[0])) s = hk_str_sub(s, 1, s.n);
  while (s.n > 0 && is_blank(s.p[s.n - 1])) s.n--;
  return s;
}

bool hk_config_next(struct hk_config_reader *r, hk_str *key, hk_str *value)
{
  if (r->line == 0 && hk_str_starts(r->left, HK_S("\xEF\xBB\xBF"))) r->left = hk_str_sub(r->left, 3, r->left.n);
  while (r->left.n > 0) {
    const size_t end = hk_str_find(r->left, '\n');
    const hk_str line = trimmed(hk_str_sub(r->left, 0, end));
    r->left = hk_str_sub(r->left, end + 1, r->left.n);
    r->line++;
    if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';') continue;
    const size_t equals = hk_str_find(line, '=');
    *key = trimmed(hk_str_sub(line, 0, equals));
    *value = equals == line.n ? HK_S("yes") : trimmed(hk_str_sub(line, equals + 1, line.n));
    r->bad = key->n == 0;
    return true;
  }
  return false;
}

/* ---- files --------------------------------------------------------------------------------------------------------------------- */

static hk_err read_text(struct hk_arena *a, struct os_file *f, hk_str *text)
{
  size_t n = 0;
  char *const p = hk_alloc(a, HK_CONFIG_LIMIT + 1);
  if (p == NULL) return hk_fail(HK_MEMORY, "read settings", HK_NO_OFFSET);
  HK_TRY(os_read_at(f, 0, p, HK_CONFIG_LIMIT + 1, &n));
  if (n > HK_CONFIG_LIMIT) return hk_fail(HK_LIMIT, "read settings: more than 64 KiB", HK_NO_OFFSET);
  const hk_str all = {.p = p, .n = n};
  if (!hk_str_valid(all) || hk_str_find(all, '\0') < n) return hk_fail(HK_DAMAGED, "read settings: no UTF-8 text", HK_NO_OFFSET);
  *text = all;
  return hk_ok();
}

hk_err hk_config_file(struct hk_arena *a, hk_str path, hk_str *text)
{
  struct os_file *f = NULL;
  HK_TRY(os_open(path, OS_READ, &f));
  const hk_err e = read_text(a, f, text);
  os_close(f);
  return e;
}

hk_err hk_config_beside(struct hk_arena *a, hk_str *text)
{
  const hk_str self = os_self_path(a);
  const size_t slash = hk_str_rfind(self, os_separator);
  if (slash == self.n) return hk_fail(HK_ABSENT, "read settings", HK_NO_OFFSET);
  const hk_str folder = hk_str_sub(self, 0, slash + 1);
  return hk_config_file(a, os_join(a, folder, HK_S(HK_CONFIG_NAME)), text);
}

hk_err hk_config_tail(struct hk_arena *a, hk_str program, const uint8_t **tail, size_t *n, uint64_t *from)
{
  struct os_file *f = NULL;
  uint64_t size = 0;
  uint8_t *const p = hk_alloc(a, HK_CONFIG_TAIL);
  if (p == NULL) return hk_fail(HK_MEMORY, "read the program", HK_NO_OFFSET);
  HK_TRY(os_open(program, OS_READ, &f));
  hk_err e = os_size(f, &size);
  const uint64_t at = size > HK_CONFIG_TAIL ? size - HK_CONFIG_TAIL : 0;
  size_t got = 0;
  if (e.code == HK_OK) e = os_read_at(f, at, p, HK_CONFIG_TAIL, &got);
  os_close(f);
  *tail = p;
  *n = got;
  *from = at;
  return e;
}

hk_err hk_config_embedded(struct hk_arena *a, hk_str *text)
{
  const uint8_t *tail = NULL;
  size_t n = 0;
  size_t at = 0;
  uint64_t from = 0;
  HK_TRY(hk_config_tail(a, os_self_path(a), &tail, &n, &from));
  return hk_config_find(tail, n, text, &at);
}
