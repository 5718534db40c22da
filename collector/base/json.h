/* The one JSON writer. Output is one line, no spaces, keys in the order written. Strings are made valid UTF-8 first and
   escaped so that the bytes are harmless wherever they land (report/README: hostile names): C0, DEL, C1, `<`, `>`, `&`,
   U+2028/2029, all bidi controls, zero-width and other invisible characters are written as \uXXXX. */
#ifndef HK_BASE_JSON_H
#define HK_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/hktime.h"

struct hk_json {
  struct hk_buf *out;
  uint8_t depth;
  uint64_t comma; /* bit per depth: something was written there already */
  bool after_key;
};

void hk_json_init(struct hk_json *j, struct hk_buf *out);
void hk_json_open(struct hk_json *j, char bracket); /* '{' or '[' ; at most 60 deep */
void hk_json_close(struct hk_json *j, char bracket); /* '}' or ']' */
void hk_json_key_n(struct hk_json *j, const char *key, size_t n); /* keys are ours: ASCII, no escaping needed */
static inline void hk_json_key(struct hk_json *j, const char *key)
{
  hk_json_key_n(j, key, strlen(key));
}
void hk_json_key_str(struct hk_json *j, hk_str key);  /* a key out of evidence: escaped */
void hk_json_str(struct hk_json *j, hk_str s);
void hk_json_z(struct hk_json *j, const char *z);
void hk_json_int(struct hk_json *j, int64_t v);
void hk_json_bool(struct hk_json *j, bool v);
void hk_json_null(struct hk_json *j);
/* ISO 8601 UTC with 7 decimals, null when unknown. */
void hk_json_time(struct hk_json *j, hk_time t);
/* A member: key and value. */
static inline void hk_json_put_str(struct hk_json *j, const char *key, hk_str s)
{
  hk_json_key(j, key);
  hk_json_str(j, s);
}
void hk_json_put_z(struct hk_json *j, const char *key, const char *z);
static inline void hk_json_put_int(struct hk_json *j, const char *key, int64_t v)
{
  hk_json_key(j, key);
  hk_json_int(j, v);
}
void hk_json_put_size(struct hk_json *j, const char *key, uint64_t v); /* at most INT64_MAX */
static inline void hk_json_put_bool(struct hk_json *j, const char *key, bool v)
{
  hk_json_key(j, key);
  hk_json_bool(j, v);
}
void hk_json_put_time(struct hk_json *j, const char *key, hk_time t);
void hk_json_put_hex(struct hk_json *j, const char *key, const uint8_t *p, size_t n); /* at most 64 bytes */
void hk_json_put_strs(struct hk_json *j, const char *key, const hk_str *v, size_t n);
void hk_json_put_open(struct hk_json *j, const char *key, char bracket);
/* Text that is JSON already. */
void hk_json_raw(struct hk_json *j, hk_str json);

/* The body of a JSON string for s, without quotes. */
void hk_json_escape(struct hk_buf *out, hk_str s);

/* True for characters no name or log line may show as they are: C0, DEL, C1, NBSP, soft hyphen, bidi controls, zero-width,
   Hangul and Braille blanks, variation selectors, tags, private use, noncharacters. One table for HTML, JSON and the
   terminal. */
bool hk_char_is_hostile(uint32_t code_point);

#endif
