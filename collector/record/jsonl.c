/* Records as lines of JSON. */
#include "record/jsonl.h"

static void put_strs(struct hk_json *j, struct hk_strs v)
{
  hk_json_open(j, '[');
  for (size_t i = 0; i < v.n; i++) hk_json_str(j, v.v[i]);
  hk_json_close(j, ']');
}

static void put_times(struct hk_json *j, struct hk_times v)
{
  hk_json_open(j, '[');
  for (size_t i = 0; i < v.n; i++) hk_json_time(j, v.v[i]);
  hk_json_close(j, ']');
}

static bool named_before(struct hk_pairs v, size_t at)
{
  for (size_t i = 0; i < at; i++)
    if (hk_str_eq(v.v[i].name, v.v[at].name)) return true;
  return false;
}

static size_t named_behind(struct hk_pairs v, size_t at)
{
  size_t n = 0;
  for (size_t i = at + 1; i < v.n; i++)
    if (hk_str_eq(v.v[i].name, v.v[at].name)) n++;
  return n;
}

/* Pairs of one event are few hundred at most (the reader caps them), so the quadratic look for twins is cheap. */
static void put_pairs(struct hk_json *j, struct hk_pairs v)
{
  hk_json_open(j, '{');
  for (size_t i = 0; i < v.n; i++) {
    if (named_before(v, i)) continue;
    hk_json_key_str(j, v.v[i].name);
    if (named_behind(v, i) == 0) {
      hk_json_str(j, v.v[i].value);
      continue;
    }
    hk_json_open(j, '[');
    for (size_t k = i; k < v.n; k++)
      if (hk_str_eq(v.v[k].name, v.v[i].name)) hk_json_str(j, v.v[k].value);
    hk_json_close(j, ']');
  }
  hk_json_close(j, '}');
}

static void put_hex(struct hk_json *j, uint32_t v)
{
  static const char digits[] = "0123456789ABCDEF";
  char out[8];
  for (int i = 0; i < 8; i++) out[i] = digits[v >> (28 - 4 * i) & 15];
  hk_json_str(j, (hk_str){.p = out, .n = sizeof out});
}

void hk_json_field(struct hk_json *j, const struct hk_field *f, const void *record)
{
  const hk_str s = hk_get_str(f, record);
  const int64_t v = hk_get_int(f, record);
  switch (f->type) {
  case HK_T_STR:
    if (s.p == NULL)
      hk_json_null(j);
    else
      hk_json_str(j, s);
    break;
  case HK_T_INT:
    hk_json_int(j, v);
    break;
  case HK_T_OPT:
    if (v == HK_NO_INT)
      hk_json_null(j);
    else
      hk_json_int(j, v);
    break;
  case HK_T_BOOL:
    hk_json_bool(j, v != 0);
    break;
  case HK_T_HEX32:
    put_hex(j, (uint32_t)v);
    break;
  case HK_T_TIME:
    hk_json_time(j, v);
    break;
  case HK_T_STRS:
    put_strs(j, hk_get_strs(f, record));
    break;
  case HK_T_TIMES:
    put_times(j, hk_get_times(f, record));
    break;
  case HK_T_PAIRS:
    put_pairs(j, hk_get_pairs(f, record));
    break;
  case HK_T_COUNT:
    break;
  }
}

void hk_jsonl_put(struct hk_buf *out, const struct hk_record_type *t, const void *record, hk_str file)
{
  struct hk_json j;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_z(&j, "record", t->name);
  hk_json_put_str(&j, "file", file);
  for (size_t i = 0; i < t->n_fields; i++) {
    hk_json_key(&j, t->fields[i].name);
    hk_json_field(&j, &t->fields[i], record);
  }
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}
