/* File records: update sequence, header, attributes. */
#include "ntfs/record.h"

#include <string.h>

enum {
  HEADER = 42,
  FLAG_IN_USE = 1,
  FLAG_DIRECTORY = 2,
};

struct hk_ntfs_ref hk_ntfs_ref_from(uint64_t raw)
{
  return (struct hk_ntfs_ref){.record = raw & UINT64_C(0xFFFFFFFFFFFF), .sequence = (uint16_t)(raw >> 48)};
}

hk_err hk_ntfs_fixup(uint8_t *record, size_t size, const char magic[4])
{
  struct hk_cur c = hk_cur_over(record, size);
  const uint8_t *const head = hk_take(&c, 4);
  if (head == NULL) return hk_fail(HK_TRUNCATED, "read record", 0);
  if (memcmp(head, "BAAD", 4) == 0) return hk_fail(HK_DAMAGED, "read record: marked bad", 0);
  if (memcmp(head, magic, 4) != 0) return hk_fail(HK_ABSENT, "read record: never used", 0);
  const uint16_t offset = hk_u16le(&c);
  const uint16_t count = hk_u16le(&c);
  /* One number and then one replacement for each stride; the stride is 512 bytes whatever the sector. */
  if (count < 2 || size % (count - 1u) != 0) return hk_fail(HK_DAMAGED, "read update sequence", 4);
  const size_t stride = size / (count - 1u);
  struct hk_cur fix = hk_cur_at(&c, offset, (uint64_t)count * 2);
  if (fix.bad || stride < 512 || offset + (size_t)count * 2 > stride - 2) return hk_fail(HK_DAMAGED, "read update sequence", 4);
  const uint16_t number = hk_u16le(&fix);
  for (size_t i = 1; i < count; i++) {
    uint8_t *const tail = record + i * stride - 2;
    if ((tail[0] | tail[1] << 8) != number) return hk_fail(HK_DAMAGED, "read record: torn write", (int64_t)(i * stride - 2));
  }
  for (size_t i = 1; i < count; i++) {
    const uint16_t v = hk_u16le(&fix);
    record[i * stride - 2] = (uint8_t)v;
    record[i * stride - 1] = (uint8_t)(v >> 8);
  }
  return hk_ok();
}

hk_err hk_ntfs_record_parse(const void *record, size_t size, struct hk_ntfs_record *out)
{
  const struct hk_cur whole = hk_cur_over(record, size);
  struct hk_cur c = hk_cur_at(&whole, 0, HEADER);
  hk_seek(&c, 16);
  struct hk_ntfs_record r = {.sequence = hk_u16le(&c), .n_links = hk_u16le(&c), .first_attribute = hk_u16le(&c)};
  const uint16_t flags = hk_u16le(&c);
  const uint32_t used = hk_u32le(&c);
  hk_skip(&c, 4);
  r.base = hk_ntfs_ref_from(hk_u64le(&c));
  if (c.bad) return hk_fail(HK_TRUNCATED, "read record header", 0);
  r.in_use = (flags & FLAG_IN_USE) != 0;
  r.is_directory = (flags & FLAG_DIRECTORY) != 0;
  /* A size in use that cannot be is taken as the whole record: the attributes end themselves. */
  r.bytes = hk_cur_at(&whole, 0, used < HEADER || used > size ? size : used);
  if (r.first_attribute < HEADER - 2 || r.first_attribute > r.bytes.size) return hk_fail(HK_DAMAGED, "read record header", 20);
  *out = r;
  return hk_ok();
}

struct hk_cur hk_ntfs_attributes(const struct hk_ntfs_record *r)
{
  struct hk_cur c = hk_cur_at(&r->bytes, 0, r->bytes.size);
  hk_seek(&c, r->first_attribute);
  return c;
}

static void read_resident(const struct hk_cur *whole, struct hk_ntfs_attribute *a)
{
  struct hk_cur c = hk_cur_at(whole, 16, 8);
  const uint32_t size = hk_u32le(&c);
  const uint16_t offset = hk_u16le(&c);
  a->value = hk_cur_at(whole, offset, size);
}

static bool read_nonresident(const struct hk_cur *whole, struct hk_ntfs_attribute *a)
{
  struct hk_cur c = hk_cur_at(whole, 16, 48);
  a->first_vcn = hk_u64le(&c);
  a->last_vcn = hk_u64le(&c);
  const uint16_t runs = hk_u16le(&c);
  a->unit_shift = (uint8_t)hk_u16le(&c);
  hk_skip(&c, 4);
  a->allocated_bytes = hk_u64le(&c);
  a->size_bytes = hk_u64le(&c);
  a->initialised_bytes = hk_u64le(&c);
  if (c.bad || runs > whole->size) return false;
  /* Only these have the field (linux-ntfs documentation, attribute header). */
  struct hk_cur held = hk_cur_at(whole, 64, 8);
  a->held_bytes = a->allocated_bytes;
  if ((a->flags & (HK_NTFS_COMPRESSED | HK_NTFS_SPARSE)) != 0 && runs >= 72) a->held_bytes = hk_u64le(&held);
  a->runs = hk_cur_at(whole, runs, whole->size - runs);
  return true;
}

bool hk_ntfs_attribute_next(struct hk_cur *c, struct hk_ntfs_attribute *out)
{
  const size_t start = c->pos;
  const uint32_t type = hk_u32le(c);
  if (c->bad || type == UINT32_MAX) return false;
  const uint32_t length = hk_u32le(c);
  const struct hk_cur whole = hk_cur_at(c, start, length);
  struct hk_cur a = whole;
  *out = (struct hk_ntfs_attribute){.type = type};
  hk_seek(&a, 8);
  out->resident = hk_u8(&a) == 0;
  const uint8_t name_units = hk_u8(&a);
  const uint16_t name_offset = hk_u16le(&a);
  out->flags = hk_u16le(&a);
  out->id = hk_u16le(&a);
  out->name = hk_cur_at(&whole, name_units == 0 ? 0 : name_offset, (uint64_t)name_units * 2);
  bool good = !c->bad && !a.bad && length >= 24 && !out->name.bad;
  if (good && out->resident)
    read_resident(&whole, out);
  else if (good)
    good = read_nonresident(&whole, out);
  if (!good || (out->resident && out->value.bad)) {
    c->bad = true;
    return false;
  }
  hk_seek(c, start + length);
  return true;
}

static struct hk_ntfs_times read_times(struct hk_cur *c)
{
  struct hk_ntfs_times t;
  t.born_at = hk_time_from_filetime(hk_u64le(c));
  t.modified_at = hk_time_from_filetime(hk_u64le(c));
  t.changed_at = hk_time_from_filetime(hk_u64le(c));
  t.accessed_at = hk_time_from_filetime(hk_u64le(c));
  return t;
}

bool hk_ntfs_standard_parse(struct hk_cur value, struct hk_ntfs_standard *out)
{
  struct hk_cur c = hk_cur_at(&value, 0, value.size);
  struct hk_ntfs_standard s = {.times = read_times(&c)};
  s.attributes = hk_u32le(&c);
  if (c.bad) return false;
  if (value.size >= 72) {
    hk_seek(&c, 52);
    s.security_id = hk_u32le(&c);
  }
  *out = s;
  return true;
}

bool hk_ntfs_name_parse(struct hk_cur value, struct hk_ntfs_name *out)
{
  struct hk_cur c = hk_cur_at(&value, 0, value.size);
  struct hk_ntfs_name n = {.parent = hk_ntfs_ref_from(hk_u64le(&c))};
  n.times = read_times(&c);
  n.allocated_bytes = hk_u64le(&c);
  n.size_bytes = hk_u64le(&c);
  n.attributes = hk_u32le(&c);
  n.reparse_tag = hk_u32le(&c);
  const uint8_t units = hk_u8(&c);
  n.space = hk_u8(&c);
  n.name = hk_cur_at(&value, 66, (uint64_t)units * 2);
  if (c.bad || n.name.bad) return false;
  *out = n;
  return true;
}
