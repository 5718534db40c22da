/* ZIP headers to bytes and back. */
#include "store/zip_format.h"

#define END_SIGNATURE 0x06054b50u
#define END64_SIGNATURE 0x06064b50u
#define LOCATOR_SIGNATURE 0x07064b50u
#define EXTRA_ZIP64 0x0001
#define EXTRA_NTFS 0x000a
#define EXTRA_UNIX_TIME 0x5455
#define EXTRA_OURS 0x4b48 /* "HK" */
#define SATURATED UINT32_MAX
#define VERSION_PLAIN 20
#define VERSION_ZIP64 45

bool zip_is_directory(const struct zip_head *h)
{
  return h->name.n != 0 && h->name.p[h->name.n - 1] == '/';
}

bool zip_is_streamed(const struct zip_head *h)
{
  return (h->flags & ZIP_FLAG_STREAMED) != 0;
}

static bool is_big(const struct zip_head *h)
{
  return h->size_bytes >= SATURATED || h->packed_bytes >= SATURATED;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* MS-DOS date and time of UTC, two-second steps, 1980 to 2107. Readers that know the extra fields do not look at it. */
static uint32_t dos_time(hk_time t)
{
  const uint32_t first = UINT32_C(0x00210000); /* 1980-01-01 00:00:00 */
  if (t == HK_TIME_UNKNOWN) return first;
  const struct hk_civil c = hk_time_civil(t);
  if (c.year < 1980) return first;
  if (c.year > 2107) return UINT32_C(0xFF9FBF7D);
  return (uint32_t)(c.year - 1980) << 25 | (uint32_t)c.month << 21 | (uint32_t)c.day << 16 | (uint32_t)c.hour << 11 |
         (uint32_t)c.minute << 5 | (uint32_t)c.second / 2;
}

static bool unix_seconds(hk_time t, uint32_t *out)
{
  if (t == HK_TIME_UNKNOWN) return false;
  int64_t ticks = t - HK_UNIX_EPOCH;
  if (ticks < 0) ticks -= HK_SECOND - 1; /* towards the past, as file systems do */
  const int64_t s = ticks / HK_SECOND;
  if (s < INT32_MIN || s > INT32_MAX) return false;
  *out = (uint32_t)(int32_t)s;
  return true;
}

/* Info-ZIP: in the central directory the flags say what the local field holds, but only the modification time is there. */
static void put_unix_times(struct hk_buf *out, const struct zip_head *h, bool local)
{
  uint32_t modified = 0;
  uint32_t accessed = 0;
  uint32_t born = 0;
  const bool m = unix_seconds(h->modified_at, &modified);
  const bool a = unix_seconds(h->accessed_at, &accessed);
  const bool b = unix_seconds(h->born_at, &born);
  if (!m) return;
  hk_buf_u16le(out, EXTRA_UNIX_TIME);
  hk_buf_u16le(out, (uint16_t)(5 + (local && a ? 4 : 0) + (local && b ? 4 : 0)));
  hk_buf_u8(out, (uint8_t)(1 | (a ? 2 : 0) | (b ? 4 : 0)));
  hk_buf_u32le(out, modified);
  if (local && a) hk_buf_u32le(out, accessed);
  if (local && b) hk_buf_u32le(out, born);
}

/* An unknown time is 0, which SetFileTime reads as "leave it". */
static void put_ntfs_times(struct hk_buf *out, const struct zip_head *h)
{
  if (h->modified_at == 0 && h->accessed_at == 0 && h->born_at == 0) return;
  hk_buf_u16le(out, EXTRA_NTFS);
  hk_buf_u16le(out, 32);
  hk_buf_u32le(out, 0);
  hk_buf_u16le(out, 1);
  hk_buf_u16le(out, 24);
  hk_buf_u64le(out, (uint64_t)h->modified_at);
  hk_buf_u64le(out, (uint64_t)h->accessed_at);
  hk_buf_u64le(out, (uint64_t)h->born_at);
}

static void put_local_extras(struct hk_buf *out, const struct zip_head *h)
{
  const bool streamed = zip_is_streamed(h);
  if (streamed || is_big(h)) {
    hk_buf_u16le(out, EXTRA_ZIP64);
    hk_buf_u16le(out, 16);
    hk_buf_u64le(out, streamed ? 0 : h->size_bytes);
    hk_buf_u64le(out, streamed ? 0 : h->packed_bytes);
  }
  put_unix_times(out, h, true);
  put_ntfs_times(out, h);
  hk_buf_u16le(out, EXTRA_OURS);
  hk_buf_u16le(out, 16);
  hk_buf_u64le(out, h->archive_id);
  hk_buf_u64le(out, h->number);
}

static void put_central_extras(struct hk_buf *out, const struct zip_head *h)
{
  const bool size = h->size_bytes >= SATURATED;
  const bool packed = h->packed_bytes >= SATURATED;
  const bool at = h->at >= SATURATED;
  if (size || packed || at) {
    hk_buf_u16le(out, EXTRA_ZIP64);
    hk_buf_u16le(out, (uint16_t)((size ? 8 : 0) + (packed ? 8 : 0) + (at ? 8 : 0)));
    if (size) hk_buf_u64le(out, h->size_bytes);
    if (packed) hk_buf_u64le(out, h->packed_bytes);
    if (at) hk_buf_u64le(out, h->at);
  }
  put_unix_times(out, h, false);
  put_ntfs_times(out, h);
}

static uint32_t saturate(uint64_t v)
{
  return v >= SATURATED ? SATURATED : (uint32_t)v;
}

static uint16_t version_of(const struct zip_head *h)
{
  return zip_is_streamed(h) || is_big(h) || h->at >= SATURATED ? VERSION_ZIP64 : VERSION_PLAIN;
}

/* The extra fields' length is known only when they are written: the two bytes are patched afterwards. */
static void patch_extra_length(struct hk_buf *out, size_t length_at, size_t extras_at)
{
  if (out->failed) return;
  const size_t n = out->n - extras_at;
  out->p[length_at] = (uint8_t)n;
  out->p[length_at + 1] = (uint8_t)(n >> 8);
}

void zip_put_local(struct hk_buf *out, const struct zip_head *h)
{
  const size_t start = out->n;
  const bool streamed = zip_is_streamed(h);
  const bool big = streamed || is_big(h);
  hk_buf_u32le(out, ZIP_LOCAL_SIGNATURE);
  hk_buf_u16le(out, big ? VERSION_ZIP64 : VERSION_PLAIN);
  hk_buf_u16le(out, h->flags);
  hk_buf_u16le(out, h->method);
  hk_buf_u32le(out, dos_time(h->modified_at));
  hk_buf_u32le(out, streamed ? 0 : h->crc32);
  hk_buf_u32le(out, big ? SATURATED : (uint32_t)h->packed_bytes);
  hk_buf_u32le(out, big ? SATURATED : (uint32_t)h->size_bytes);
  hk_buf_u16le(out, (uint16_t)h->name.n);
  hk_buf_u16le(out, 0);
  hk_buf_str(out, h->name);
  const size_t extras_at = out->n;
  put_local_extras(out, h);
  patch_extra_length(out, start + 28, extras_at);
}

void zip_put_descriptor(struct hk_buf *out, const struct zip_head *h)
{
  hk_buf_u32le(out, ZIP_DESCRIPTOR_SIGNATURE);
  hk_buf_u32le(out, h->crc32);
  hk_buf_u64le(out, h->packed_bytes);
  hk_buf_u64le(out, h->size_bytes);
}

void zip_put_central(struct hk_buf *out, const struct zip_head *h)
{
  const size_t start = out->n;
  hk_buf_u32le(out, ZIP_CENTRAL_SIGNATURE);
  hk_buf_u16le(out, VERSION_ZIP64); /* made by: MS-DOS attributes, specification 4.5 */
  hk_buf_u16le(out, version_of(h));
  hk_buf_u16le(out, h->flags);
  hk_buf_u16le(out, h->method);
  hk_buf_u32le(out, dos_time(h->modified_at));
  hk_buf_u32le(out, h->crc32);
  hk_buf_u32le(out, saturate(h->packed_bytes));
  hk_buf_u32le(out, saturate(h->size_bytes));
  hk_buf_u16le(out, (uint16_t)h->name.n);
  hk_buf_u16le(out, 0); /* extra */
  hk_buf_u16le(out, 0); /* comment */
  hk_buf_u16le(out, 0); /* disk */
  hk_buf_u16le(out, 0); /* internal attributes */
  hk_buf_u32le(out, zip_is_directory(h) ? 0x10 : 0x20);
  hk_buf_u32le(out, saturate(h->at));
  hk_buf_str(out, h->name);
  const size_t extras_at = out->n;
  put_central_extras(out, h);
  patch_extra_length(out, start + 30, extras_at);
}

void zip_put_end(struct hk_buf *out, uint64_t n_entries, uint64_t directory_at, uint64_t directory_bytes)
{
  const bool big = n_entries >= UINT16_MAX || directory_at >= SATURATED || directory_bytes >= SATURATED;
  if (big) {
    hk_buf_u32le(out, END64_SIGNATURE);
    hk_buf_u64le(out, ZIP_END64_SIZE - 12);
    hk_buf_u16le(out, VERSION_ZIP64);
    hk_buf_u16le(out, VERSION_ZIP64);
    hk_buf_u32le(out, 0);
    hk_buf_u32le(out, 0);
    hk_buf_u64le(out, n_entries);
    hk_buf_u64le(out, n_entries);
    hk_buf_u64le(out, directory_bytes);
    hk_buf_u64le(out, directory_at);
    hk_buf_u32le(out, LOCATOR_SIGNATURE);
    hk_buf_u32le(out, 0);
    hk_buf_u64le(out, directory_at + directory_bytes);
    hk_buf_u32le(out, 1);
  }
  hk_buf_u32le(out, END_SIGNATURE);
  hk_buf_u32le(out, 0);
  hk_buf_u16le(out, big ? UINT16_MAX : (uint16_t)n_entries);
  hk_buf_u16le(out, big ? UINT16_MAX : (uint16_t)n_entries);
  hk_buf_u32le(out, big ? SATURATED : (uint32_t)directory_bytes);
  hk_buf_u32le(out, big ? SATURATED : (uint32_t)directory_at);
  hk_buf_u16le(out, 0);
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static hk_time from_dos(uint16_t time, uint16_t date)
{
  const struct hk_civil c = {.year = 1980 + (date >> 9),
                             .month = date >> 5 & 15,
                             .day = date & 31,
                             .hour = time >> 11,
                             .minute = time >> 5 & 63,
                             .second = 2 * (time & 31)};
  const bool first = date == 0x21 && time == 0; /* what a writer says who does not know */
  if (first || c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 59)
    return HK_TIME_UNKNOWN;
  return hk_time_from_civil(&c);
}

/* Only the fields that are saturated are there, in this order. */
static void get_zip64(struct hk_cur e, struct zip_head *h, bool central)
{
  h->has_zip64 = true;
  uint64_t size = h->size_bytes;
  uint64_t packed = h->packed_bytes;
  uint64_t at = h->at;
  if (size == SATURATED && hk_cur_left(&e) >= 8) size = hk_u64le(&e);
  if (packed == SATURATED && hk_cur_left(&e) >= 8) packed = hk_u64le(&e);
  if (central && at == SATURATED && hk_cur_left(&e) >= 8) at = hk_u64le(&e);
  h->size_bytes = size;
  h->packed_bytes = packed;
  h->at = at;
}

static void get_unix_times(struct hk_cur e, struct zip_head *h, bool have_ntfs)
{
  const uint8_t flags = hk_u8(&e);
  if ((flags & 1) == 0 || have_ntfs) return;
  const uint32_t modified = hk_u32le(&e);
  if (e.bad) return;
  h->modified_at = hk_time_from_unix((int32_t)modified, 0);
  if ((flags & 2) != 0 && hk_cur_left(&e) >= 4) h->accessed_at = hk_time_from_unix((int32_t)hk_u32le(&e), 0);
  if ((flags & 4) != 0 && hk_cur_left(&e) >= 4) h->born_at = hk_time_from_unix((int32_t)hk_u32le(&e), 0);
}

static bool get_ntfs_times(struct hk_cur e, struct zip_head *h)
{
  hk_skip(&e, 4);
  while (hk_cur_left(&e) >= 4) {
    const uint16_t tag = hk_u16le(&e);
    const uint16_t n = hk_u16le(&e);
    if (tag != 1 || n < 24) {
      hk_skip(&e, n); /* past the end: the cursor is bad and nothing is left */
      continue;
    }
    const uint64_t modified = hk_u64le(&e);
    const uint64_t accessed = hk_u64le(&e);
    const uint64_t born = hk_u64le(&e);
    if (e.bad) return false;
    h->modified_at = hk_time_from_filetime(modified);
    h->accessed_at = hk_time_from_filetime(accessed);
    h->born_at = hk_time_from_filetime(born);
    return true;
  }
  return false;
}

static void get_extras(struct hk_cur e, struct zip_head *h, bool central)
{
  bool ntfs = false;
  while (hk_cur_left(&e) >= 4) {
    const uint16_t id = hk_u16le(&e);
    const uint16_t n = hk_u16le(&e);
    if (n > hk_cur_left(&e)) return; /* some writers pad; what was read stays */
    struct hk_cur body = hk_cur_at(&e, e.pos, n);
    hk_skip(&e, n);
    if (id == EXTRA_ZIP64 && !h->has_zip64) get_zip64(body, h, central);
    if (id == EXTRA_NTFS) ntfs = get_ntfs_times(body, h);
    if (id == EXTRA_UNIX_TIME) get_unix_times(body, h, ntfs);
    if (id == EXTRA_OURS && n == 16 && !central) {
      h->has_id = true;
      h->archive_id = hk_u64le(&body);
      h->number = hk_u64le(&body);
    }
  }
}

struct lengths {
  uint16_t name, extra;
};

/* From the version that is needed on, both headers have the same. */
static struct lengths get_common(struct hk_cur *c, struct zip_head *h)
{
  h->version = hk_u16le(c);
  h->flags = hk_u16le(c);
  h->method = hk_u16le(c);
  const uint16_t time = hk_u16le(c);
  const uint16_t date = hk_u16le(c);
  h->modified_at = from_dos(time, date);
  h->crc32 = hk_u32le(c);
  h->packed_bytes = hk_u32le(c);
  h->size_bytes = hk_u32le(c);
  const uint16_t name = hk_u16le(c);
  return (struct lengths){.name = name, .extra = hk_u16le(c)};
}

hk_err zip_get_local(struct hk_cur *in, struct zip_head *out)
{
  struct hk_cur c = *in;
  struct zip_head h = {0};
  if (hk_u32le(&c) != ZIP_LOCAL_SIGNATURE) return hk_fail(HK_ABSENT, "find local header", (int64_t)in->pos);
  const struct lengths n = get_common(&c, &h);
  h.name = (hk_str){.p = (const char *)hk_take(&c, n.name), .n = n.name};
  struct hk_cur extras = hk_cur_at(&c, c.pos, n.extra);
  hk_skip(&c, n.extra);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read local header", (int64_t)in->pos);
  if (n.name == 0) return hk_fail(HK_DAMAGED, "read name in local header", (int64_t)in->pos);
  get_extras(extras, &h, false);
  *out = h;
  *in = c;
  return hk_ok();
}

hk_err zip_get_central(struct hk_cur *in, struct zip_head *out)
{
  struct hk_cur c = *in;
  struct zip_head h = {0};
  if (hk_u32le(&c) != ZIP_CENTRAL_SIGNATURE) return hk_fail(HK_ABSENT, "find central header", (int64_t)in->pos);
  hk_skip(&c, 2);
  const struct lengths n = get_common(&c, &h);
  const uint16_t comment = hk_u16le(&c);
  hk_skip(&c, 8); /* disk, attributes */
  h.at = hk_u32le(&c);
  h.name = (hk_str){.p = (const char *)hk_take(&c, n.name), .n = n.name};
  struct hk_cur extras = hk_cur_at(&c, c.pos, n.extra);
  hk_skip(&c, n.extra);
  hk_skip(&c, comment);
  if (c.bad) return hk_fail(HK_TRUNCATED, "read central header", (int64_t)in->pos);
  if (n.name == 0) return hk_fail(HK_DAMAGED, "read name in central header", (int64_t)in->pos);
  get_extras(extras, &h, true);
  *out = h;
  *in = c;
  return hk_ok();
}

hk_err zip_get_end(struct hk_cur *in, struct zip_end *out)
{
  if (hk_u32le(in) != END_SIGNATURE) return hk_fail(HK_ABSENT, "find end of central directory", HK_NO_OFFSET);
  const uint16_t disk = hk_u16le(in);
  const uint16_t first_disk = hk_u16le(in);
  const uint16_t here = hk_u16le(in);
  const uint16_t n = hk_u16le(in);
  const uint32_t bytes = hk_u32le(in);
  const uint32_t at = hk_u32le(in);
  if (in->bad) return hk_fail(HK_TRUNCATED, "read end of central directory", HK_NO_OFFSET);
  const bool needs64 = n == UINT16_MAX || bytes == SATURATED || at == SATURATED;
  if (!needs64 && (disk != 0 || first_disk != 0 || here != n))
    return hk_fail(HK_UNSUPPORTED, "read end of central directory: several disks", HK_NO_OFFSET);
  *out = (struct zip_end){.n_entries = n, .directory_at = at, .directory_bytes = bytes, .needs64 = needs64};
  return hk_ok();
}

hk_err zip_get_locator(struct hk_cur *in, uint64_t *end64_at)
{
  if (hk_u32le(in) != LOCATOR_SIGNATURE) return hk_fail(HK_ABSENT, "find ZIP64 locator", HK_NO_OFFSET);
  hk_skip(in, 4);
  const uint64_t at = hk_u64le(in);
  if (in->bad) return hk_fail(HK_TRUNCATED, "read ZIP64 locator", HK_NO_OFFSET);
  *end64_at = at;
  return hk_ok();
}

hk_err zip_get_end64(struct hk_cur *in, struct zip_end *out)
{
  if (hk_u32le(in) != END64_SIGNATURE) return hk_fail(HK_DAMAGED, "find ZIP64 end record", HK_NO_OFFSET);
  hk_skip(in, 8 + 2 + 2 + 4 + 4);
  const uint64_t here = hk_u64le(in);
  const uint64_t n = hk_u64le(in);
  const uint64_t bytes = hk_u64le(in);
  const uint64_t at = hk_u64le(in);
  if (in->bad) return hk_fail(HK_TRUNCATED, "read ZIP64 end record", HK_NO_OFFSET);
  if (here != n) return hk_fail(HK_UNSUPPORTED, "read ZIP64 end record: several disks", HK_NO_OFFSET);
  *out = (struct zip_end){.n_entries = n, .directory_at = at, .directory_bytes = bytes};
  return hk_ok();
}
