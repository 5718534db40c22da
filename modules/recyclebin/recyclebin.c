/* $I files of Vista and later: u64 version, u64 size, FILETIME, then the path in 260 characters (1) or with its length (2).
   INFO2 before that: a header of 20 bytes, then a row of 280 (Windows 95) or 800 bytes a file. Layouts after libyal's dtformats, "Windows
   Recycler file formats". */
#include "recyclebin/recyclebin.h"

enum {
  LIMIT_BYTES = 1 << 20,
  INFO_LIMIT = 64 << 20,
  HEAD = 24,
  NAME_V1 = 520,
  NAME_AT_V2 = 28,
  LONGEST_UNITS = 32768,
  ROWS_AT = 20,
  ROW_ANSI = 280,
  ROW_WIDE = 800,
  ANSI_NAME = 260,
};

static const struct hk_kind recyclebin_kind = {.name = "recyclebin", .source = "recyclebin", .group = "recyclebin"};
static const struct hk_kind *const recyclebin_kinds[] = {&recyclebin_kind};

HK_RECORD_TYPE(recycled, RECYCLED_FIELDS, .artifact = "Recycled", .verb = HK_DELETED, .proof = 3, HK_KINDS(recyclebin_kinds),
               .title = {.ja = "ごみ箱", .en = "Recycle bin"});

/* ---- names ---------------------------------------------------------------------------------------------------------- */

static size_t last_separator(hk_str path)
{
  size_t at = path.n;
  while (at > 0 && path.p[at - 1] != '\\' && path.p[at - 1] != '/') at--;
  return at; /* behind it; 0 = none */
}

/* "S-1-5-21-…" when that is the folder's name. */
static hk_str sid_of(hk_str path)
{
  const size_t name = last_separator(path);
  if (name == 0) return HK_S("");
  const hk_str folder = hk_str_sub(path, 0, name - 1);
  const hk_str last = hk_str_sub(folder, last_separator(folder), folder.n);
  return hk_str_starts(last, HK_S("S-1-")) ? last : HK_S("");
}

/* $IXXXXXX.txt describes $RXXXXXX.txt beside it. */
static hk_str content_of(struct hk_arena *a, hk_str path)
{
  const size_t name = last_separator(path);
  if (path.n < name + 2 || path.p[name] != '$' || (path.p[name + 1] | 0x20) != 'i') return HK_S("");
  return hk_str_printf(a, "%.*s$R%.*s", (int)name, path.p, (int)(path.n - name - 2), path.p + name + 2);
}

/* ---- $I --------------------------------------------------------------------------------------------------------------- */

static hk_err parse_file(struct hk_item *item, struct hk_cur *c)
{
  const hk_str where = hk_item_info(item)->path;
  struct hk_arena *const a = hk_item_arena(item);
  const uint64_t version = hk_u64le(c);
  const uint64_t size = hk_u64le(c);
  const uint64_t at = hk_u64le(c);
  if (c->bad) return hk_fail(HK_TRUNCATED, "read a deleted file's head", (int64_t)c->size);
  if (version != 1 && version != 2) return hk_fail(HK_UNSUPPORTED, "version of a deleted file", 0);
  uint64_t bytes = NAME_V1;
  if (version == 2) bytes = 2 * (uint64_t)hk_u32le(c);
  if (bytes > 2 * (uint64_t)LONGEST_UNITS) return hk_fail(HK_DAMAGED, "length of a deleted file's name", HEAD);
  const bool cut = bytes > hk_cur_left(c);
  if (cut) bytes = hk_cur_left(c);
  const uint8_t *const p = hk_take(c, bytes);
  if (c->bad || p == NULL) return hk_fail(HK_TRUNCATED, "read a deleted file's name", (int64_t)c->size);
  if (cut) hk_note(item, hk_fail(HK_TRUNCATED, "read a deleted file's name", (int64_t)c->size));
  const struct recycled_record r = {.path = hk_str_from_utf16le_z(a, p, (size_t)bytes),
                                    .deleted_at = hk_time_from_filetime(at),
                                    .size = size > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)size,
                                    .content_path = content_of(a, where),
                                    .user_sid = sid_of(where),
                                    .version = (int64_t)version};
  hk_emit(item, &recycled_record_type, 0, &r);
  return hk_ok();
}

/* ---- INFO2 ------------------------------------------------------------------------------------------------------------ */

static hk_str ansi_name(struct hk_arena *a, const uint8_t *p)
{
  size_t n = 0;
  while (n < ANSI_NAME && p[n] != 0) n++;
  return hk_str_clean(a, (hk_str){.p = (const char *)p, .n = n});
}

/* The bin's name of a file: D, drive, number, the extension it had. */
static hk_str info_content(struct hk_arena *a, hk_str where, hk_str path, uint32_t drive, uint32_t index)
{
  const size_t folder = last_separator(where);
  const hk_str name = hk_str_sub(path, last_separator(path), path.n);
  const size_t dot = hk_str_rfind(name, '.');
  if (drive > 25) return HK_S("");
  return hk_str_printf(a, "%.*sD%c%u%.*s", (int)folder, where.p, (char)('a' + (int)drive), (unsigned)index, (int)(name.n - dot), name.p + dot);
}

static void parse_row(struct hk_item *item, struct hk_cur row, bool wide)
{
  struct hk_arena *const a = hk_item_arena(item);
  const hk_str where = hk_item_info(item)->path;
  const uint8_t *const ansi = hk_take(&row, ANSI_NAME);
  const uint32_t index = hk_u32le(&row);
  const uint32_t drive = hk_u32le(&row);
  const uint64_t at = hk_u64le(&row);
  const uint32_t size = hk_u32le(&row);
  if (row.bad || ansi == NULL) return;
  struct recycled_record r = {.deleted_at = hk_time_from_filetime(at), .size = size, .user_sid = sid_of(where), .version = 5, .index = index};
  /* The first byte goes when the file leaves the bin; the wide name stays. */
  r.removed = ansi[0] == 0;
  const uint8_t *const name = wide ? hk_take(&row, NAME_V1) : NULL;
  r.path = name != NULL ? hk_str_from_utf16le_z(a, name, NAME_V1) : ansi_name(a, ansi);
  if (r.path.n == 0 && index == 0 && at == 0) return;
  r.content_path = info_content(a, where, r.path, drive, index);
  hk_emit(item, &recycled_record_type, 0, &r);
}

static hk_err parse_info(struct hk_item *item, struct hk_cur *c)
{
  hk_skip(c, 12);
  const uint32_t row = hk_u32le(c);
  if (c->bad) return hk_fail(HK_TRUNCATED, "read the head of INFO2", (int64_t)c->size);
  if (row != ROW_ANSI && row != ROW_WIDE) return hk_fail(HK_UNSUPPORTED, "length of a row of INFO2", 12);
  for (uint64_t at = ROWS_AT; at + row <= c->size; at += row) {
    if (hk_item_stop(item)) return hk_fail(HK_CANCELLED, "read INFO2", (int64_t)at);
    parse_row(item, hk_cur_at(c, at, row), row == ROW_WIDE);
  }
  if (c->size > ROWS_AT && (c->size - ROWS_AT) % row != 0) hk_note(item, hk_fail(HK_TRUNCATED, "read the last row of INFO2", (int64_t)c->size));
  return hk_ok();
}

static bool is_info(hk_str path)
{
  const hk_str name = hk_str_sub(path, last_separator(path), path.n);
  return hk_str_ieq(name, HK_S("INFO2")) || hk_str_ieq(name, HK_S("INFO"));
}

static hk_err recyclebin_parse(struct hk_item *item)
{
  struct hk_cur c;
  const bool info = is_info(hk_item_info(item)->path);
  HK_TRY(hk_item_whole(item, info ? INFO_LIMIT : LIMIT_BYTES, &c));
  return info ? parse_info(item, &c) : parse_file(item, &c);
}

static bool recyclebin_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  const hk_str name = hk_str_sub(info->path, last_separator(info->path), info->path.n);
  struct hk_cur c = hk_cur_over(head, n_head);
  const uint64_t version = hk_u64le(&c);
  if (is_info(info->path)) return true;
  return name.n > 2 && name.p[0] == '$' && (name.p[1] | 0x20) == 'i' && !c.bad && (version == 1 || version == 2);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

/* What is in the bin stays until it is emptied: a search through what is there now. The contents, which may be large and private, are
   the profiles' to take (HikeshiRecycleBinContent, set "deleted"). */
static const struct hk_artefact artefacts[] = {
    {.glob = "?:\\$Recycle.Bin\\*\\$I*", .name = "recyclebin", .instance = HK_INSTANCE_SEARCH, .max_bytes = LIMIT_BYTES, .rank = 35},
    {.glob = "?:\\RECYCLER\\*\\INFO2", .name = "recyclebin", .instance = HK_INSTANCE_SEARCH, .max_bytes = INFO_LIMIT, .rank = 35},
};

static const struct hk_record_type *const records[] = {&recycled_record_type};

const struct hk_module recyclebin_module = {
    .name = "recyclebin",
    .title = {.ja = "ごみ箱", .en = "Recycle bin"},
    .proves = {.ja = "そのファイルが、その時刻にエクスプローラーからごみ箱へ移されたこと。", .en = "That the file was put into the recycle bin at that time."},
    .proves_not = {.ja = "利用者本人の操作であること。ごみ箱を通らない削除は記録されない。", .en = "That the user did it in person; deletions that pass the bin by are not recorded."},
    HK_ARTEFACTS(artefacts),
    .records = records,
    .n_records = 1,
    HK_KINDS(recyclebin_kinds),
    .recognise = recyclebin_recognise,
    .parse = recyclebin_parse,
    .deadline_s = 20,
    .memory_mib = 192,
};
