/* Records to bytes and, mistrustfully, back. */
#include "record/wire.h"

#include <string.h>

#define NULL_LENGTH UINT32_MAX
#define MOST_PAIRS 8192 /* writers of JSON look for twins among them pair by pair */

static void put_str(struct hk_buf *out, hk_str s, struct hk_arena *scratch)
{
  if (s.p == NULL) {
    hk_buf_u32le(out, NULL_LENGTH);
    return;
  }
  const hk_str clean = hk_str_clean(scratch, s);
  if (clean.p == NULL || clean.n >= NULL_LENGTH) {
    out->failed = true;
    return;
  }
  hk_buf_u32le(out, (uint32_t)clean.n);
  hk_buf_str(out, clean);
}

static void put_count(struct hk_buf *out, size_t n)
{
  if (n > UINT32_MAX) out->failed = true;
  hk_buf_u32le(out, (uint32_t)n);
}

static void put_field(struct hk_buf *out, const struct hk_field *f, const void *record, struct hk_arena *scratch)
{
  switch (f->type) {
  case HK_T_STR:
    put_str(out, hk_get_str(f, record), scratch);
    break;
  case HK_T_INT:
  case HK_T_OPT:
  case HK_T_TIME:
    hk_buf_u64le(out, (uint64_t)hk_get_int(f, record));
    break;
  case HK_T_BOOL:
    hk_buf_u8(out, (uint8_t)hk_get_int(f, record));
    break;
  case HK_T_HEX32:
    hk_buf_u32le(out, (uint32_t)hk_get_int(f, record));
    break;
  case HK_T_STRS: {
    const struct hk_strs v = hk_get_strs(f, record);
    put_count(out, v.n);
    for (size_t i = 0; i < v.n; i++) put_str(out, v.v[i], scratch);
    break;
  }
  case HK_T_TIMES: {
    const struct hk_times v = hk_get_times(f, record);
    put_count(out, v.n);
    for (size_t i = 0; i < v.n; i++) hk_buf_u64le(out, (uint64_t)v.v[i]);
    break;
  }
  case HK_T_PAIRS: {
    const struct hk_pairs v = hk_get_pairs(f, record);
    put_count(out, v.n);
    for (size_t i = 0; i < v.n; i++) {
      put_str(out, v.v[i].name, scratch);
      put_str(out, v.v[i].value, scratch);
    }
    break;
  }
  case HK_T_COUNT:
    break;
  }
}

void hk_wire_put(struct hk_buf *out, const struct hk_record_type *t, const void *record, struct hk_arena *scratch)
{
  for (size_t i = 0; i < t->n_fields; i++) put_field(out, &t->fields[i], record, scratch);
}

static hk_err refuse(const struct hk_cur *in, const char *step)
{
  return hk_fail(HK_REFUSED, step, (int64_t)in->pos);
}

static hk_err get_str(struct hk_cur *in, hk_str *out)
{
  const uint32_t n = hk_u32le(in);
  if (in->bad) return refuse(in, "read string length of a record");
  *out = (hk_str){.p = NULL, .n = 0};
  if (n == NULL_LENGTH) return hk_ok();
  const uint8_t *const p = hk_take(in, n);
  if (p == NULL) return refuse(in, "read string of a record");
  *out = (hk_str){.p = (const char *)p, .n = n};
  return hk_str_valid(*out) ? hk_ok() : refuse(in, "check UTF-8 of a record");
}

/* A count whose elements take at least `least` bytes each must fit into what is left before memory is asked for. */
static hk_err get_count(struct hk_cur *in, size_t least, size_t *out)
{
  const uint32_t n = hk_u32le(in);
  if (in->bad || n > hk_cur_left(in) / least) return refuse(in, "read element count of a record");
  *out = n;
  return hk_ok();
}

static hk_err get_time(struct hk_cur *in, hk_time *out)
{
  const uint64_t v = hk_u64le(in);
  if (in->bad || v > (uint64_t)HK_TIME_MAX) return refuse(in, "read time of a record");
  *out = (hk_time)v;
  return hk_ok();
}

static hk_err get_strs(struct hk_cur *in, struct hk_strs *out, struct hk_arena *arena)
{
  size_t n = 0;
  HK_TRY(get_count(in, 4, &n));
  hk_str *const v = hk_new(arena, hk_str, n);
  if (v == NULL) return hk_fail(HK_MEMORY, "read strings of a record", (int64_t)in->pos);
  for (size_t i = 0; i < n; i++) HK_TRY(get_str(in, &v[i]));
  *out = (struct hk_strs){.v = v, .n = n};
  return hk_ok();
}

static hk_err get_times(struct hk_cur *in, struct hk_times *out, struct hk_arena *arena)
{
  size_t n = 0;
  HK_TRY(get_count(in, 8, &n));
  hk_time *const v = hk_new(arena, hk_time, n);
  if (v == NULL) return hk_fail(HK_MEMORY, "read times of a record", (int64_t)in->pos);
  for (size_t i = 0; i < n; i++) HK_TRY(get_time(in, &v[i]));
  *out = (struct hk_times){.v = v, .n = n};
  return hk_ok();
}

static hk_err get_pairs(struct hk_cur *in, struct hk_pairs *out, struct hk_arena *arena)
{
  size_t n = 0;
  HK_TRY(get_count(in, 8, &n));
  if (n > MOST_PAIRS) return refuse(in, "count pairs of a record");
  struct hk_pair *const v = hk_new(arena, struct hk_pair, n);
  if (v == NULL) return hk_fail(HK_MEMORY, "read pairs of a record", (int64_t)in->pos);
  for (size_t i = 0; i < n; i++) {
    HK_TRY(get_str(in, &v[i].name));
    HK_TRY(get_str(in, &v[i].value));
  }
  *out = (struct hk_pairs){.v = v, .n = n};
  return hk_ok();
}

static hk_err get_bool(struct hk_cur *in, bool *out)
{
  const uint8_t v = hk_u8(in);
  if (in->bad || v > 1) return refuse(in, "read boolean of a record");
  *out = v == 1;
  return hk_ok();
}

static hk_err get_field(struct hk_cur *in, const struct hk_field *f, void *record, struct hk_arena *arena)
{
  unsigned char *const to = (unsigned char *)record + f->offset;
  union {
    hk_str str;
    int64_t integer;
    uint32_t hex;
    bool boolean;
    struct hk_strs strs;
    struct hk_times times;
    struct hk_pairs pairs;
  } v;
  size_t size = 0;
  memset(&v, 0, sizeof v);
  switch (f->type) {
  case HK_T_STR:
    HK_TRY(get_str(in, &v.str));
    size = sizeof v.str;
    break;
  case HK_T_TIME:
    HK_TRY(get_time(in, &v.integer));
    size = sizeof v.integer;
    break;
  case HK_T_INT:
  case HK_T_OPT:
    v.integer = (int64_t)hk_u64le(in);
    size = sizeof v.integer;
    break;
  case HK_T_HEX32:
    v.hex = hk_u32le(in);
    size = sizeof v.hex;
    break;
  case HK_T_BOOL:
    HK_TRY(get_bool(in, &v.boolean));
    size = sizeof v.boolean;
    break;
  case HK_T_STRS:
    HK_TRY(get_strs(in, &v.strs, arena));
    size = sizeof v.strs;
    break;
  case HK_T_TIMES:
    HK_TRY(get_times(in, &v.times, arena));
    size = sizeof v.times;
    break;
  case HK_T_PAIRS:
    HK_TRY(get_pairs(in, &v.pairs, arena));
    size = sizeof v.pairs;
    break;
  case HK_T_COUNT:
    break;
  }
  if (in->bad) return refuse(in, "read field of a record");
  memcpy(to, &v, size);
  return hk_ok();
}

hk_err hk_wire_get(struct hk_cur *in, const struct hk_record_type *t, void *record, struct hk_arena *arena)
{
  for (size_t i = 0; i < t->n_fields; i++) HK_TRY(get_field(in, &t->fields[i], record, arena));
  return hk_cur_left(in) == 0 ? hk_ok() : refuse(in, "find the end of a record");
}
