#include "usn/entry.h"

enum { NAME_AT_V2 = 60, NAME_AT_V3 = 76, HEAD_V4 = 64, EXTENT_BYTES = 16, LONGEST_NAME = 510 };

/* 1980 and 2200: what a journal that Windows wrote can hold, with room. */
#define EARLIEST (INT64_C(119600064000000000))
#define LATEST (INT64_C(189025920000000000))

static struct usn_id get_id(struct hk_cur *c, bool wide)
{
  struct usn_id id = {.low = hk_u64le(c)};
  if (wide) id.high = hk_u64le(c);
  return id;
}

static bool read_v4(struct hk_cur *c, struct usn_entry *e)
{
  e->reason = hk_u32le(c);
  e->source = hk_u32le(c);
  hk_skip(c, 4); /* extents that follow in further entries */
  e->n_extents = hk_u16le(c);
  const uint16_t extent = hk_u16le(c);
  return !c->bad && extent == EXTENT_BYTES && e->n_extents > 0 && e->length >= HEAD_V4 + (uint32_t)EXTENT_BYTES * e->n_extents;
}

static bool read_v2_v3(struct hk_cur *c, struct usn_entry *e)
{
  const uint64_t at = hk_u64le(c);
  e->at = hk_time_from_filetime(at);
  e->reason = hk_u32le(c);
  e->source = hk_u32le(c);
  e->security_id = hk_u32le(c);
  e->attributes = hk_u32le(c);
  const uint16_t name_bytes = hk_u16le(c);
  const uint16_t name_at = hk_u16le(c);
  if (c->bad || e->at < EARLIEST || e->at > LATEST) return false;
  if (name_at != (e->version == 2 ? NAME_AT_V2 : NAME_AT_V3)) return false;
  if (name_bytes == 0 || name_bytes % 2 != 0 || name_bytes > LONGEST_NAME || (uint32_t)name_at + name_bytes > e->length) return false;
  e->name = hk_cur_at(c, name_at, name_bytes);
  return !e->name.bad;
}

bool usn_entry_read(const struct hk_cur *whole, struct usn_entry *out)
{
  struct hk_cur head = hk_cur_at(whole, whole->pos, USN_LEAST);
  struct usn_entry e = {.length = hk_u32le(&head)};
  e.version = hk_u16le(&head);
  const uint16_t minor = hk_u16le(&head);
  if (head.bad || minor != 0 || e.version < 2 || e.version > 4) return false;
  if (e.length < USN_LEAST || e.length > USN_PAGE || e.length % 8 != 0) return false;
  struct hk_cur c = hk_cur_at(whole, whole->pos, e.length);
  hk_skip(&c, 8);
  e.file = get_id(&c, e.version > 2);
  e.parent = get_id(&c, e.version > 2);
  e.usn = hk_u64le(&c);
  if (c.bad || e.usn > (uint64_t)INT64_MAX) return false;
  if (!(e.version == 4 ? read_v4(&c, &e) : read_v2_v3(&c, &e))) return false;
  *out = e;
  return true;
}

size_t usn_reasons(uint32_t reason, hk_str out[32])
{
  static const char *const names[32] = {
      "DATA_OVERWRITE",       "DATA_EXTEND",        "DATA_TRUNCATION",     NULL,
      "NAMED_DATA_OVERWRITE", "NAMED_DATA_EXTEND",  "NAMED_DATA_TRUNCATION", NULL,
      "FILE_CREATE",          "FILE_DELETE",        "EA_CHANGE",           "SECURITY_CHANGE",
      "RENAME_OLD_NAME",      "RENAME_NEW_NAME",    "INDEXABLE_CHANGE",    "BASIC_INFO_CHANGE",
      "HARD_LINK_CHANGE",     "COMPRESSION_CHANGE", "ENCRYPTION_CHANGE",   "OBJECT_ID_CHANGE",
      "REPARSE_POINT_CHANGE", "STREAM_CHANGE",      "TRANSACTED_CHANGE",   "INTEGRITY_CHANGE",
      "DESIRED_STORAGE_CLASS_CHANGE",
      [31] = "CLOSE",
  };
  size_t n = 0;
  for (unsigned bit = 0; bit < 32; bit++)
    if ((reason >> bit & 1) != 0) out[n++] = hk_str_of(names[bit] != NULL ? names[bit] : "UNKNOWN");
  return n;
}

hk_str usn_wide_id(struct usn_id id, char out[40])
{
  static const char digits[] = "0123456789abcdef";
  if (id.high == 0) return HK_S("");
  for (unsigned i = 0; i < 16; i++) {
    out[i] = digits[id.high >> (60 - 4 * i) & 15];
    out[16 + i] = digits[id.low >> (60 - 4 * i) & 15];
  }
  return (hk_str){.p = out, .n = 32};
}
