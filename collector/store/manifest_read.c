/* Reads manifest lines: flat JSON objects of strings, integers, booleans and nulls. Anything else is refused. */
#include <stdlib.h>
#include <string.h>

#include "store/manifest.h"

#define LONGEST_LINE ((size_t)4 << 20)
#define LINE_MEMORY ((size_t)32 << 20)
#define MAX_KEYS 64

struct manifest_reader {
  manifest_on_line on;
  void *ctx;
  bool check_chain;
  struct hk_buf line;
  uint64_t n_lines, at; /* at: offset of the line's start in the text */
  uint8_t previous[HK_SHA256_SIZE];
};

static hk_err damaged(const char *step)
{
  return hk_fail(HK_DAMAGED, step, HK_NO_OFFSET);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------ */

enum value_kind { STRING, INTEGER, BOOLEAN, NOTHING };
struct value {
  enum value_kind kind;
  hk_str text;
  int64_t number;
};

static bool get_unit(hk_str s, size_t at, uint32_t *out)
{
  if (at + 4 > s.n) return false;
  uint32_t v = 0;
  for (size_t i = at; i < at + 4; i++) {
    const int d = hk_hex_digit(s.p[i]);
    if (d < 0) return false;
    v = v << 4 | (uint32_t)d;
  }
  *out = v;
  return true;
}

/* \uXXXX at *i (behind the 'u'), with its low surrogate when there is one. */
static bool get_escape(hk_str s, size_t *i, uint32_t *out)
{
  uint32_t c = 0;
  uint32_t low = 0;
  if (!get_unit(s, *i, &c)) return false;
  *i += 4;
  const bool pair = c >= 0xD800 && c <= 0xDBFF && *i + 6 <= s.n && s.p[*i] == '\\' && s.p[*i + 1] == 'u' &&
                    get_unit(s, *i + 2, &low) && low >= 0xDC00 && low <= 0xDFFF;
  if (pair) {
    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    *i += 6;
  }
  *out = c;
  return true;
}

/* Bytes up to the closing quote; s.n when there is none. */
static size_t string_end(hk_str s, size_t from)
{
  size_t i = from;
  while (i < s.n && s.p[i] != '"') i += s.p[i] == '\\' ? 2 : 1;
  return i < s.n ? i : s.n;
}

static bool get_string(hk_str s, size_t *at, struct hk_arena *a, hk_str *out)
{
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  if (*at >= s.n || s.p[*at] != '"') return false;
  const size_t end = string_end(s, *at + 1);
  char *const to = end == s.n ? NULL : hk_alloc(a, end - *at);
  if (to == NULL) return false;
  const hk_str body = hk_str_sub(s, 0, end);
  size_t n = 0;
  for (size_t i = *at + 1; i < body.n;) {
    const char c = body.p[i++];
    if ((unsigned char)c < 0x20) return false;
    if (c != '\\') {
      to[n++] = c;
      continue;
    }
    const char e = i < body.n ? body.p[i++] : 0;
    const char *const plain = e == 0 ? NULL : strchr(names, e);
    uint32_t code = 0;
    if (plain != NULL)
      to[n++] = values[plain - names];
    else if (e == 'u' && get_escape(body, &i, &code))
      n += hk_utf8_put(code, to + n); /* never longer than its escape */
    else
      return false;
  }
  *at = end + 1;
  *out = (hk_str){.p = to, .n = n};
  return true;
}

static bool get_number(hk_str s, size_t *at, int64_t *out)
{
  const bool minus = *at < s.n && s.p[*at] == '-';
  size_t i = *at + (minus ? 1 : 0);
  uint64_t v = 0;
  const size_t from = i;
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
    if (i - from >= 18 && (i - from > 18 || v > (uint64_t)INT64_MAX / 10)) return false;
    v = v * 10 + (uint64_t)(s.p[i] - '0');
  }
  if (i == from || v > (uint64_t)INT64_MAX) return false;
  *out = minus ? -(int64_t)v : (int64_t)v;
  *at = i;
  return true;
}

static bool get_word(hk_str s, size_t *at, hk_str word)
{
  if (!hk_str_starts(hk_str_sub(s, *at, s.n), word)) return false;
  *at += word.n;
  return true;
}

static bool get_value(hk_str s, size_t *at, struct hk_arena *a, struct value *out)
{
  *out = (struct value){.kind = NOTHING, .text = HK_S("")};
  if (get_word(s, at, HK_S("null"))) return true;
  out->kind = BOOLEAN;
  out->number = 1;
  if (get_word(s, at, HK_S("true"))) return true;
  out->number = 0;
  if (get_word(s, at, HK_S("false"))) return true;
  if (*at < s.n && s.p[*at] == '"') {
    out->kind = STRING;
    return get_string(s, at, a, &out->text);
  }
  out->kind = INTEGER;
  return get_number(s, at, &out->number);
}

/* ---- keys ---------------------------------------------------------------------------------------------------------------- */

static bool get_hex(hk_str s, uint8_t *out, size_t n)
{
  if (s.n != 2 * n) return false;
  for (size_t i = 0; i < n; i++) {
    const int high = hk_hex_digit(s.p[2 * i]);
    const int low = hk_hex_digit(s.p[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = (uint8_t)(high * 16 + low);
  }
  return true;
}

static bool get_be(hk_str s, size_t n, uint64_t *out)
{
  uint8_t b[8];
  uint64_t v = 0;
  if (!get_hex(s, b, n)) return false;
  for (size_t i = 0; i < n; i++) v = v << 8 | b[i];
  *out = v;
  return true;
}

enum target { T_TEXT, T_TIME, T_U64, T_I64, T_U32, T_U16, T_INT, T_BOOL, T_CRC };

struct key {
  const char *name;
  enum target target;
  size_t offset;
};

#define AT(member) offsetof(struct hk_manifest_line, member)
static const struct key keys[] = {
    {"n", T_U64, AT(n)},
    {"role", T_TEXT, AT(role)},
    {"path", T_TEXT, AT(path)},
    {"name", T_TEXT, AT(name)},
    {"same_as", T_TEXT, AT(same_as)},
    {"method", T_TEXT, AT(method)},
    {"owner_sid", T_TEXT, AT(owner_sid)},
    {"artefact", T_TEXT, AT(artefact)},
    {"recovered", T_TEXT, AT(recovered)},
    {"born_at", T_TIME, AT(born_at)},
    {"modified_at", T_TIME, AT(modified_at)},
    {"accessed_at", T_TIME, AT(accessed_at)},
    {"changed_at", T_TIME, AT(changed_at)},
    {"attributes", T_U32, AT(attributes)},
    {"renamed", T_BOOL, AT(renamed)},
    {"size", T_U64, AT(size_bytes)},
    {"sparse", T_BOOL, AT(sparse)},
    {"logical_size", T_U64, AT(logical_bytes)},
    {"data_from", T_U64, AT(data_from)},
    {"packed", T_U64, AT(packed_bytes)},
    {"zip_method", T_U16, AT(zip_method)},
    {"crc32", T_CRC, AT(crc32)},
    {"packed_crc32", T_CRC, AT(packed_crc32)},
    {"step", T_TEXT, AT(step)},
    {"offset", T_I64, AT(offset)},
    {"os", T_INT, AT(os)},
    {"host", T_TEXT, AT(of_case.host)},
    {"host_id", T_TEXT, AT(of_case.host_id)},
    {"case_id", T_TEXT, AT(of_case.case_id)},
    {"operator", T_TEXT, AT(of_case.operator_name)},
    {"reason", T_TEXT, AT(of_case.reason)},
    {"command_line", T_TEXT, AT(of_case.command_line)},
    {"tool_version", T_TEXT, AT(of_case.tool_version)},
    {"tool_sha256", T_TEXT, AT(of_case.tool_sha256)},
    {"started_at", T_TIME, AT(of_case.started_at)},
    {"utc_offset_minutes", T_INT, AT(of_case.utc_offset_minutes)},
    {"time_zone", T_TEXT, AT(of_case.time_zone)},
    {"machine", T_TEXT, AT(of_case.machine)},
    {"machine_os", T_TEXT, AT(of_case.machine_os)},
    {"booted_at", T_TIME, AT(of_case.booted_at)},
    {"ntp_server", T_TEXT, AT(of_case.ntp_server)},
    {"clock_offset", T_TEXT, AT(of_case.clock_offset)},
    {"clock_note", T_TEXT, AT(of_case.clock_note)},
};

/* memcpy keeps the member's own type whatever the table says of it. */
static bool put_number(unsigned char *to, enum target t, const struct value *v)
{
  if (v->kind != INTEGER) return false;
  const int64_t n = v->number;
  const uint64_t u64 = (uint64_t)n;
  const uint32_t u32 = (uint32_t)n;
  const uint16_t u16 = (uint16_t)n;
  const int i = (int)n;
  if (t == T_I64)
    memcpy(to, &n, sizeof n);
  else if (t == T_U64 && n >= 0)
    memcpy(to, &u64, sizeof u64);
  else if (t == T_U32 && n >= 0 && n <= (int64_t)UINT32_MAX)
    memcpy(to, &u32, sizeof u32);
  else if (t == T_U16 && n >= 0 && n <= UINT16_MAX)
    memcpy(to, &u16, sizeof u16);
  else if (t == T_INT && n >= INT32_MIN && n <= INT32_MAX)
    memcpy(to, &i, sizeof i);
  else
    return false;
  return true;
}

static bool put_value(struct hk_manifest_line *line, const struct key *k, const struct value *v)
{
  unsigned char *const to = (unsigned char *)line + k->offset;
  hk_time time = HK_TIME_UNKNOWN;
  uint64_t crc = 0;
  const bool yes = v->number != 0;
  if (v->kind == NOTHING) return k->target == T_TIME || k->target == T_I64; /* null: as it was */
  switch (k->target) {
  case T_TEXT:
    if (v->kind != STRING) return false;
    memcpy(to, &v->text, sizeof v->text);
    return true;
  case T_TIME:
    if (v->kind != STRING || !hk_time_parse_iso(v->text, &time)) return false;
    memcpy(to, &time, sizeof time);
    return true;
  case T_BOOL:
    if (v->kind != BOOLEAN) return false;
    memcpy(to, &yes, sizeof yes);
    return true;
  case T_CRC: {
    if (v->kind != STRING || !get_be(v->text, 4, &crc)) return false;
    const uint32_t crc32 = (uint32_t)crc;
    memcpy(to, &crc32, sizeof crc32);
    return true;
  }
  default:
    return put_number(to, k->target, v);
  }
}

static bool put_path_hex(struct hk_manifest_line *line, hk_str hex, struct hk_arena *a)
{
  char *const p = hk_alloc(a, hex.n / 2 + 1);
  if (p == NULL || !get_hex(hex, (uint8_t *)p, hex.n / 2)) return false;
  line->path = (hk_str){.p = p, .n = hex.n / 2};
  return true;
}

static int code_of(hk_str name)
{
  for (int i = 0; i < HK_CODE_COUNT; i++)
    if (hk_str_eq(name, hk_str_of(hk_code_name(i)))) return i;
  return -1;
}

struct line_extra {
  uint8_t previous[HK_SHA256_SIZE];
  bool has_previous;
};

/* Keys that are not plain members. Unknown ones are for later versions and pass. */
static bool put_special(struct hk_manifest_line *line, struct line_extra *extra, hk_str key, const struct value *v,
                        struct hk_arena *a)
{
  if (hk_str_eq(key, HK_S("sha256"))) {
    line->has_digests = true;
    return v->kind == STRING && get_hex(v->text, line->sha256, HK_SHA256_SIZE);
  }
  if (hk_str_eq(key, HK_S("md5"))) return v->kind == STRING && get_hex(v->text, line->md5, HK_MD5_SIZE);
  if (hk_str_eq(key, HK_S("path_hex"))) return v->kind == STRING && put_path_hex(line, v->text, a);
  if (hk_str_eq(key, HK_S("archive_id"))) return v->kind == STRING && get_be(v->text, 8, &line->archive_id);
  if (hk_str_eq(key, HK_S("outcome"))) {
    line->outcome = code_of(v->text);
    return line->outcome >= 0;
  }
  if (hk_str_eq(key, HK_S("previous"))) {
    extra->has_previous = true;
    return v->kind == STRING && get_hex(v->text, extra->previous, HK_SHA256_SIZE);
  }
  return true;
}

static bool put_key(struct hk_manifest_line *line, struct line_extra *extra, hk_str key, const struct value *v,
                    struct hk_arena *a)
{
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (hk_str_eq(key, hk_str_of(keys[i].name))) return put_value(line, &keys[i], v);
  return put_special(line, extra, key, v, a);
}

static bool parse_line(hk_str s, struct hk_arena *a, struct hk_manifest_line *line, struct line_extra *extra)
{
  size_t at = 0;
  if (!get_word(s, &at, HK_S("{"))) return false;
  for (int n_keys = 0; n_keys < MAX_KEYS; n_keys++) {
    hk_str key;
    struct value v;
    if (!get_string(s, &at, a, &key) || !get_word(s, &at, HK_S(":")) || !get_value(s, &at, a, &v)) return false;
    if (!put_key(line, extra, key, &v, a)) return false;
    if (get_word(s, &at, HK_S("}"))) return at == s.n;
    if (!get_word(s, &at, HK_S(","))) return false;
  }
  return false;
}

/* ---- lines ------------------------------------------------------------------------------------------------------------------ */

hk_err manifest_reader_open(manifest_on_line on, void *ctx, bool check_chain, struct manifest_reader **out)
{
  struct manifest_reader *const r = calloc(1, sizeof *r);
  if (r == NULL) return hk_fail(HK_MEMORY, "read manifest", HK_NO_OFFSET);
  r->on = on;
  r->ctx = ctx;
  r->check_chain = check_chain;
  hk_buf_init(&r->line, LONGEST_LINE);
  *out = r;
  return hk_ok();
}

void manifest_reader_close(struct manifest_reader *r)
{
  if (r == NULL) return;
  hk_buf_done(&r->line);
  free(r);
}

static hk_err take_line(struct manifest_reader *r, hk_str s)
{
  const hk_str none = HK_S("");
  struct hk_arena a;
  struct line_extra extra = {.has_previous = false};
  struct hk_manifest_line line = {.role = none,
                                  .path = none,
                                  .name = none,
                                  .same_as = none,
                                  .method = none,
                                  .owner_sid = none,
                                  .artefact = none,
                                  .recovered = none,
                                  .step = none,
                                  .outcome = -1,
                                  .of_case = {.host = none,
                                              .host_id = none,
                                              .case_id = none,
                                              .operator_name = none,
                                              .reason = none,
                                              .command_line = none,
                                              .tool_version = none,
                                              .tool_sha256 = none,
                                              .machine = none,
                                              .machine_os = none,
                                              .time_zone = none,
                                              .ntp_server = none,
                                              .clock_offset = none,
                                              .clock_note = none},
                                  .offset = HK_NO_OFFSET};
  hk_arena_init(&a, LINE_MEMORY);
  hk_err e = parse_line(s, &a, &line, &extra) ? hk_ok() : damaged("read manifest line");
  if (a.spent) e = hk_fail(HK_LIMIT, "read manifest line", HK_NO_OFFSET);
  const bool follows = extra.has_previous && memcmp(extra.previous, r->previous, HK_SHA256_SIZE) == 0;
  if (e.code == HK_OK && r->check_chain && (!follows || line.n != r->n_lines)) e = damaged("check manifest chain");
  if (e.code != HK_OK && e.offset == HK_NO_OFFSET) e.offset = (int64_t)r->at;
  hk_sha256_of(s.p, s.n, r->previous);
  if (e.code == HK_OK) {
    r->n_lines++;
    r->at += s.n + 1;
    e = r->on(r->ctx, &line);
  }
  hk_arena_done(&a);
  return e;
}

hk_err manifest_reader_add(struct manifest_reader *r, const void *p, size_t n)
{
  hk_str left = {.p = p, .n = n};
  while (left.n > 0) {
    const size_t end = hk_str_find(left, '\n');
    hk_buf_str(&r->line, hk_str_sub(left, 0, end));
    if (r->line.failed) return hk_fail(HK_LIMIT, "read manifest: over-long line", (int64_t)r->at);
    if (end == left.n) return hk_ok();
    HK_TRY(take_line(r, hk_buf_view(&r->line)));
    hk_buf_reset(&r->line);
    left = hk_str_sub(left, end + 1, left.n);
  }
  return hk_ok();
}

hk_err manifest_reader_end(struct manifest_reader *r)
{
  return r->line.n == 0 ? hk_ok() : hk_fail(HK_TRUNCATED, "read manifest: last line", (int64_t)r->at);
}

/* ---- the manifest of an archive ------------------------------------------------------------------------------------------------ */

struct telling {
  bool (*on)(void *ctx, const struct hk_manifest_line *line);
  void *ctx;
  bool stopped;
};

static hk_err tell(void *ctx, const struct hk_manifest_line *line)
{
  struct telling *const t = ctx;
  t->stopped = !t->on(t->ctx, line);
  return t->stopped ? hk_fail(HK_CANCELLED, "read manifest", HK_NO_OFFSET) : hk_ok();
}

static hk_err pump(struct hk_archive_reader *in, struct manifest_reader *r)
{
  uint8_t piece[4096];
  for (;;) {
    size_t got = 0;
    HK_TRY(hk_archive_read(in, piece, sizeof piece, &got));
    if (got == 0) return manifest_reader_end(r);
    HK_TRY(manifest_reader_add(r, piece, got));
  }
}

hk_err hk_archive_manifest(struct hk_archive *z, bool (*on)(void *ctx, const struct hk_manifest_line *line), void *ctx)
{
  const struct hk_archive_entry *const e = hk_archive_find(z, HK_S(MANIFEST_NAME));
  struct telling t = {.on = on, .ctx = ctx};
  struct hk_archive_reader *in = NULL;
  struct manifest_reader *r = NULL;
  if (e == NULL) return hk_fail(HK_ABSENT, "find manifest", HK_NO_OFFSET);
  HK_TRY(hk_archive_read_open(z, e, &in));
  hk_err result = manifest_reader_open(tell, &t, true, &r);
  if (result.code == HK_OK) result = pump(in, r);
  manifest_reader_close(r);
  hk_archive_read_close(in);
  return t.stopped ? hk_ok() : result;
}
