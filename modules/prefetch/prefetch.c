/* Prefetch files of Windows XP to 11, after libscca's "Windows Prefetch File (PF) format": file header, file
   information, file metrics array, filename strings, volumes information. Layouts by version: 17 XP/2003, 23 Vista/7,
   26 8.x, 30 Windows 10 and early 11 (two layouts of the file information), 31 Windows 11. */
#include "prefetch/prefetch.h"

#include <string.h>

#include "lib/mam.h"
#include "prefetch/hash.h"

enum {
  HEADER_SIZE = 84,
  NAME_SIZE = 60,
  MAX_NAME_CHARS = 29,
  MAX_RUN_TIMES = 8,
  LIMIT_BYTES = 32 << 20, /* the largest seen is under 2 MiB */
  FULL_FOLDER = 32,
  MAX_CANDIDATES = 64,
  MAX_VOLUME_NUMBER = 64, /* \DEVICE\HARDDISKVOLUME1 to 64 are tried against the hash */
};

/* Where things are in one version's file information, counted from the file's start. */
struct layout {
  uint32_t version;
  uint32_t metrics_at; /* where the metrics array begins: the only mark of the two layouts of version 30 */
  uint16_t run_times_at;
  uint16_t n_run_times;
  uint16_t run_count_at;
  uint16_t hash_string_at; /* 0: not in this layout */
  uint16_t metric_size;
  uint16_t volume_size;
};

static const struct layout layouts[] = {
    {.version = 17, .metrics_at = 152, .run_times_at = 120, .n_run_times = 1, .run_count_at = 144, .metric_size = 20,
     .volume_size = 40},
    {.version = 23, .metrics_at = 240, .run_times_at = 128, .n_run_times = 1, .run_count_at = 152, .metric_size = 32,
     .volume_size = 104},
    {.version = 26, .metrics_at = 304, .run_times_at = 128, .n_run_times = 8, .run_count_at = 208, .metric_size = 32,
     .volume_size = 104},
    {.version = 30, .metrics_at = 304, .run_times_at = 128, .n_run_times = 8, .run_count_at = 208, .metric_size = 32,
     .volume_size = 96},
    {.version = 30, .metrics_at = 296, .run_times_at = 128, .n_run_times = 8, .run_count_at = 200,
     .hash_string_at = 212, .metric_size = 32, .volume_size = 96},
    /* Windows 11 writes 31 with the second layout of 30. */
    {.version = 31, .metrics_at = 296, .run_times_at = 128, .n_run_times = 8, .run_count_at = 200,
     .hash_string_at = 212, .metric_size = 32, .volume_size = 96},
};

struct section {
  uint32_t at;
  uint32_t count; /* elements, or bytes of the strings */
};

struct sections {
  struct section metrics;
  struct section strings;
  struct section volumes;
  uint32_t volumes_size;
};

struct volume {
  hk_str device_path;
  uint32_t serial_number;
  hk_time creation_time;
  uint32_t n_directories;
  uint32_t n_file_references;
};

/* One file while it is read. */
struct reader {
  struct hk_item *item;
  struct hk_arena *arena;
  struct hk_cur whole;
  const struct layout *layout;
  struct sections sections;
  struct volume *volumes;
  size_t n_volumes;
  bool name_is_cut;
  const uint32_t *string_offsets; /* of r.files, within the strings */
  struct prefetch_record r;
};

/* ---- header and file information --------------------------------------------------------------------------------- */

static hk_err choose_layout(uint32_t version, uint32_t metrics_at, const struct layout **out)
{
  bool version_known = false;
  for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
    if (layouts[i].version != version) continue;
    version_known = true;
    if (layouts[i].metrics_at == metrics_at) {
      *out = &layouts[i];
      return hk_ok();
    }
  }
  if (!version_known) return hk_fail(HK_UNSUPPORTED, "prefetch format version", 0);
  return hk_fail(HK_DAMAGED, "prefetch offset of metrics array", HEADER_SIZE);
}

/* Length in bytes of the UTF-16 string at the position, without its NUL; the position moves behind it. */
static size_t step_over_string(struct hk_cur *c)
{
  size_t n = 0;
  while (hk_cur_left(c) >= 2) {
    if (hk_u16le(c) == 0) return n;
    n += 2;
  }
  return n;
}

static hk_err read_header(struct reader *f)
{
  struct hk_cur c = f->whole;
  const uint32_t version = hk_u32le(&c);
  const uint8_t *const signature = hk_take(&c, 4);
  hk_skip(&c, 4);
  const uint32_t file_size = hk_u32le(&c);
  const uint8_t *const name = hk_take(&c, NAME_SIZE);
  const uint32_t hash = hk_u32le(&c);
  hk_skip(&c, 4);
  if (signature != NULL && memcmp(signature, "SCCA", 4) != 0) return hk_fail(HK_DAMAGED, "prefetch signature", 4);
  if (c.bad) return hk_fail(HK_TRUNCATED, "prefetch header", (int64_t)f->whole.size);
  const uint32_t metrics_at = hk_u32le(&c);
  if (c.bad) return hk_fail(HK_TRUNCATED, "prefetch file information", (int64_t)f->whole.size);
  HK_TRY(choose_layout(version, metrics_at, &f->layout));
  f->r.format_version = version;
  f->r.file_size = file_size;
  struct hk_cur n = hk_cur_over(name, NAME_SIZE);
  const size_t name_bytes = step_over_string(&n);
  f->r.executable_name = hk_str_from_utf16le(f->arena, name, name_bytes);
  f->name_is_cut = name_bytes >= 2 * MAX_NAME_CHARS;
  f->r.prefetch_hash = hash;
  return hk_ok();
}

static hk_err read_run_times(struct reader *f, struct hk_cur *info)
{
  hk_time *const times = hk_new(f->arena, hk_time, MAX_RUN_TIMES);
  if (times == NULL) return hk_fail(HK_MEMORY, "prefetch run times", f->layout->run_times_at);
  hk_seek(info, f->layout->run_times_at);
  size_t n = 0;
  for (size_t i = 0; i < f->layout->n_run_times; i++) {
    const hk_time t = hk_time_from_filetime(hk_u64le(info));
    if (t != HK_TIME_UNKNOWN) times[n++] = t;
  }
  /* The first slot by the field's usage; two starts within a second are seen in the other order now and then. */
  if (n != 0) f->r.last_run_time = times[0];
  f->r.run_times = (struct hk_times){.v = times, .n = n};
  return hk_ok();
}

/* The text that was hashed: an NT path, or a package name for hosts of store apps. What lies behind its NUL is no part
   of it. */
static void read_hash_string(struct reader *f, struct hk_cur *info)
{
  if (f->layout->hash_string_at == 0) return;
  hk_seek(info, f->layout->hash_string_at);
  const uint32_t at = hk_u32le(info);
  const uint32_t size = hk_u32le(info);
  if (size == 0) return;
  struct hk_cur s = hk_cur_at(&f->whole, at, size);
  const uint8_t *const p = hk_take(&s, size);
  if (p == NULL)
    hk_note(f->item, hk_fail(HK_DAMAGED, "prefetch hash string", f->layout->hash_string_at));
  else
    f->r.hash_string = hk_str_from_utf16le_z(f->arena, p, size);
}

static hk_err read_information(struct reader *f)
{
  struct hk_cur info = hk_cur_at(&f->whole, 0, f->layout->metrics_at);
  if (info.bad) return hk_fail(HK_TRUNCATED, "prefetch file information", (int64_t)f->whole.size);
  hk_seek(&info, HEADER_SIZE);
  struct sections *const s = &f->sections;
  s->metrics.at = hk_u32le(&info);
  s->metrics.count = hk_u32le(&info);
  hk_skip(&info, 8); /* trace chains: the order of page faults, nothing a record needs */
  s->strings.at = hk_u32le(&info);
  s->strings.count = hk_u32le(&info);
  s->volumes.at = hk_u32le(&info);
  s->volumes.count = hk_u32le(&info);
  s->volumes_size = hk_u32le(&info);
  HK_TRY(read_run_times(f, &info));
  hk_seek(&info, f->layout->run_count_at);
  f->r.run_count = hk_u32le(&info);
  read_hash_string(f, &info);
  return hk_ok();
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static hk_err read_files(struct reader *f)
{
  const int64_t at = f->sections.strings.at;
  const struct hk_cur strings = hk_cur_at(&f->whole, f->sections.strings.at, f->sections.strings.count);
  if (strings.bad) return hk_fail(HK_DAMAGED, "prefetch filename strings", at);
  size_t n = 0;
  for (struct hk_cur c = strings; hk_cur_left(&c) >= 2;)
    if (step_over_string(&c) != 0) n++;
  hk_str *const files = hk_new(f->arena, hk_str, n);
  uint32_t *const offsets = hk_new(f->arena, uint32_t, n);
  if (files == NULL || offsets == NULL) return hk_fail(HK_MEMORY, "prefetch filename strings", at);
  struct hk_cur c = strings;
  for (size_t i = 0; i < n;) {
    const size_t from = c.pos;
    const size_t n_bytes = step_over_string(&c);
    if (n_bytes == 0) continue;
    files[i] = hk_str_from_utf16le(f->arena, strings.base + from, n_bytes);
    if (files[i].p == NULL) return hk_fail(HK_MEMORY, "prefetch filename strings", at);
    offsets[i++] = (uint32_t)from;
  }
  f->r.files = (struct hk_strs){.v = files, .n = n};
  f->string_offsets = offsets;
  return hk_ok();
}

/* ---- volumes ----------------------------------------------------------------------------------------------------- */

/* Directory strings: each a count of characters, the characters, a NUL. */
static hk_err read_directories(struct reader *f, const struct hk_cur *section, uint32_t at, uint32_t count, hk_str *out)
{
  const int64_t offset = (int64_t)f->sections.volumes.at + at;
  struct hk_cur c = *section;
  hk_seek(&c, at);
  for (uint32_t i = 0; i < count; i++) {
    const uint16_t n_chars = hk_u16le(&c);
    const uint8_t *const p = hk_take(&c, 2 * (uint64_t)n_chars);
    hk_skip(&c, 2);
    if (c.bad) return hk_fail(HK_DAMAGED, "prefetch directory strings", offset);
    out[i] = hk_str_from_utf16le(f->arena, p, 2 * (size_t)n_chars);
    if (out[i].p == NULL) return hk_fail(HK_MEMORY, "prefetch directory strings", offset);
  }
  return hk_ok();
}

struct volume_entry {
  uint32_t device_at, device_chars, references_at, references_size, directories_at, n_directories;
};

static hk_err read_volume(struct reader *f, const struct hk_cur *section, size_t index, struct volume *v,
                          struct volume_entry *e)
{
  const uint64_t entry_at = (uint64_t)index * f->layout->volume_size;
  struct hk_cur c = hk_cur_at(section, entry_at, f->layout->volume_size);
  e->device_at = hk_u32le(&c);
  e->device_chars = hk_u32le(&c);
  v->creation_time = hk_time_from_filetime(hk_u64le(&c));
  v->serial_number = hk_u32le(&c);
  e->references_at = hk_u32le(&c);
  e->references_size = hk_u32le(&c);
  e->directories_at = hk_u32le(&c);
  e->n_directories = hk_u32le(&c);
  const int64_t offset = (int64_t)(f->sections.volumes.at + entry_at);
  if (c.bad) return hk_fail(HK_DAMAGED, "prefetch volume entry", offset);
  struct hk_cur name = hk_cur_at(section, e->device_at, 2 * (uint64_t)e->device_chars);
  const uint8_t *const p = hk_take(&name, 2 * (uint64_t)e->device_chars);
  if (p == NULL) return hk_fail(HK_DAMAGED, "prefetch volume name", offset);
  v->device_path = hk_str_from_utf16le_z(f->arena, p, 2 * (size_t)e->device_chars);
  struct hk_cur references = hk_cur_at(section, e->references_at, e->references_size);
  hk_skip(&references, 4);
  v->n_file_references = hk_u32le(&references);
  if (references.bad) v->n_file_references = 0;
  /* Each directory costs at least a count and a NUL, so the count is checked before it is believed. */
  if (e->n_directories > section->size / 4) return hk_fail(HK_DAMAGED, "prefetch directory strings", offset);
  v->n_directories = e->n_directories;
  return hk_ok();
}

static hk_err append_directories(struct reader *f, const struct hk_cur *section, const struct volume_entry *e)
{
  const size_t before = f->r.directories.n;
  hk_str *const all = hk_new(f->arena, hk_str, before + e->n_directories);
  if (all == NULL) return hk_fail(HK_MEMORY, "prefetch directory strings", f->sections.volumes.at);
  if (before != 0) memcpy(all, f->r.directories.v, before * sizeof *all);
  HK_TRY(read_directories(f, section, e->directories_at, e->n_directories, all + before));
  f->r.directories = (struct hk_strs){.v = all, .n = before + e->n_directories};
  return hk_ok();
}

static hk_err read_volumes(struct reader *f)
{
  const struct section *const where = &f->sections.volumes;
  const struct hk_cur section = hk_cur_at(&f->whole, where->at, f->sections.volumes_size);
  if (section.bad || where->count > section.size / f->layout->volume_size)
    return hk_fail(HK_DAMAGED, "prefetch volumes information", where->at);
  f->volumes = hk_new(f->arena, struct volume, where->count);
  hk_str *const names = hk_new(f->arena, hk_str, where->count);
  if (f->volumes == NULL || names == NULL) return hk_fail(HK_MEMORY, "prefetch volumes information", where->at);
  f->r.volumes.v = names;
  for (size_t i = 0; i < where->count; i++) {
    struct volume_entry e;
    HK_TRY(read_volume(f, &section, i, &f->volumes[i], &e));
    names[i] = f->volumes[i].device_path;
    f->n_volumes = f->r.volumes.n = i + 1;
    HK_TRY(append_directories(f, &section, &e));
  }
  return hk_ok();
}

/* ---- the program's own path -------------------------------------------------------------------------------------- */

/* Names are cut after 29 characters: then a file whose name merely begins so is the one. Both are stored in upper case.
 */
static bool is_named(const struct reader *f, hk_str path)
{
  const hk_str executable = f->r.executable_name;
  const size_t slash = hk_str_rfind(path, '\\');
  const hk_str name = slash == path.n ? path : hk_str_sub(path, slash + 1, path.n);
  if (executable.n == 0) return false;
  return hk_str_ieq(f->name_is_cut ? hk_str_sub(name, 0, executable.n) : name, executable);
}

/* The path without its volume: behind a device name of this file, or behind \DEVICE\HARDDISKVOLUMEn. */
static hk_str tail_of(const struct reader *f, hk_str path)
{
  for (size_t i = 0; i < f->n_volumes; i++) {
    const hk_str device = f->volumes[i].device_path;
    if (device.n != 0 && hk_str_starts(path, device) && path.n > device.n && path.p[device.n] == '\\')
      return hk_str_sub(path, device.n, path.n);
  }
  const hk_str nt = HK_S("\\DEVICE\\HARDDISKVOLUME");
  if (!hk_str_starts(path, nt)) return (hk_str){0};
  const hk_str rest = hk_str_sub(path, nt.n, path.n);
  const size_t slash = hk_str_find(rest, '\\');
  return hk_str_sub(rest, slash, rest.n);
}

/* The hash is over the NT device name. The first layout of Windows 10 has \VOLUME{…} in its file list and does not keep
   the hashed text: there the device's number is found by trying. */
static bool hash_proves(struct reader *f, hk_str path)
{
  const uint32_t version = (uint32_t)f->r.format_version;
  if (prefetch_hash_matches(f->arena, version, path, f->r.prefetch_hash)) return true;
  const hk_str tail = tail_of(f, path);
  if (version < 30 || tail.n == 0) return false;
  for (int n = 1; n <= MAX_VOLUME_NUMBER; n++) {
    const hk_str try = hk_str_printf(f->arena, "\\DEVICE\\HARDDISKVOLUME%d%.*s", n, (int)tail.n, tail.p);
    if (try.p == NULL || !prefetch_hash_matches(f->arena, version, try, f->r.prefetch_hash)) continue;
    f->r.device_path = try;
    return true;
  }
  return false;
}

/* The MFT reference of the file whose string begins at `offset`; version 17 has none. */
static void read_reference(struct reader *f, uint32_t offset)
{
  const struct section *const m = &f->sections.metrics;
  const uint16_t size = f->layout->metric_size;
  if (size < 32) return;
  const struct hk_cur all = hk_cur_at(&f->whole, m->at, (uint64_t)m->count * size);
  for (uint32_t i = 0; i < m->count && !all.bad; i++) {
    struct hk_cur c = hk_cur_at(&all, (uint64_t)i * size, size);
    hk_skip(&c, 12);
    if (hk_u32le(&c) != offset) continue;
    hk_skip(&c, 8);
    const uint64_t reference = hk_u64le(&c);
    if (reference == 0) return;
    f->r.executable_mft_entry = (int64_t)(reference & UINT64_C(0xFFFFFFFFFFFF));
    f->r.executable_mft_sequence = (int64_t)(reference >> 48);
    return;
  }
}

static void take_entry(struct reader *f, size_t i)
{
  f->r.executable_path = f->r.files.v[i];
  read_reference(f, f->string_offsets[i]);
}

/* Where the file keeps the hashed text and that is a path, it is the program's path. The same file under the volume
   name of the file list is taken if it is there, for only that name says which volume. */
static bool find_hashed_path(struct reader *f)
{
  const hk_str tail = tail_of(f, f->r.hash_string);
  if (tail.n == 0 || !is_named(f, f->r.hash_string)) return false;
  const uint32_t version = (uint32_t)f->r.format_version;
  f->r.path_proven = prefetch_hash_matches(f->arena, version, f->r.hash_string, f->r.prefetch_hash);
  f->r.executable_path = f->r.hash_string;
  if (f->r.path_proven) f->r.device_path = f->r.hash_string;
  for (size_t i = 0; i < f->r.files.n; i++) {
    if (!hk_str_eq(tail_of(f, f->r.files.v[i]), tail)) continue;
    take_entry(f, i);
    break;
  }
  return true;
}

/* Else the entry whose hash is right, else the only one of that name. Two of one name and nothing to tell them apart:
   none, for a wrong path is worse than a name. */
static void find_path(struct reader *f)
{
  if (find_hashed_path(f)) return;
  size_t n_named = 0, only = 0;
  for (size_t i = 0; i < f->r.files.n && n_named < MAX_CANDIDATES; i++) {
    if (!is_named(f, f->r.files.v[i])) continue;
    only = i;
    n_named++;
    f->r.path_proven = hash_proves(f, f->r.files.v[i]);
    if (!f->r.path_proven) continue;
    take_entry(f, i);
    return;
  }
  if (n_named == 1) take_entry(f, only);
  if (n_named > 1) hk_remark(f->item, "several files of the program's name, none proven: path left empty");
}

/* ---- checks and output ------------------------------------------------------------------------------------------- */

/* "NAME-01234567.pf": a file whose name carries another hash than its header was renamed or copied over. */
static void check_file_name(struct reader *f)
{
  const hk_str path = hk_item_info(f->item)->path;
  const hk_str end = HK_S(".pf");
  if (!hk_str_iends(path, end) || path.n < end.n + 9 || path.p[path.n - end.n - 9] != '-') return;
  uint32_t hash = 0;
  for (size_t i = path.n - end.n - 8; i < path.n - end.n; i++) {
    const int digit = hk_hex_digit(path.p[i]);
    if (digit < 0) return;
    hash = hash << 4 | (uint32_t)digit;
  }
  if (hash != f->r.prefetch_hash) hk_remark(f->item, "hash in the file name is not the hash in the header");
}

static const struct hk_kind prefetch_kind = {.name = "prefetch", .source = "prefetch", .group = "prefetch"};
static const struct hk_kind *const prefetch_kinds[] = {&prefetch_kind};

static void emit(struct reader *f)
{
  hk_emit(f->item, &prefetch_record_type, 0, &f->r);
  for (size_t i = 0; i < f->n_volumes; i++) {
    const struct volume *const v = &f->volumes[i];
    const struct prefetch_volume_record r = {.device_path = v->device_path,
                                             .serial_number = v->serial_number,
                                             .creation_time = v->creation_time,
                                             .n_directories = v->n_directories,
                                             .n_file_references = v->n_file_references,
                                             .executable_name = f->r.executable_name,
                                             .prefetch_hash = f->r.prefetch_hash};
    hk_emit(f->item, &prefetch_volume_record_type, 0, &r);
  }
  /* The folder loses the file with the oldest last run first, so every run since any last run would still be shown. */
  if (f->r.last_run_time != HK_TIME_UNKNOWN)
    hk_cover(f->item, &prefetch_kind, HK_S(""), f->r.last_run_time, f->r.last_run_time, false, "last run in this file");
}

/* Unpacks a compressed file in place. What came before damage in mid-stream is kept when it holds the header. */
static hk_err unpack(struct reader *f)
{
  if (!mam_is(f->whole.base, f->whole.size)) return hk_ok();
  f->r.compressed = true;
  struct mam_output out;
  const hk_err e = mam_unpack(f->arena, &f->whole, LIMIT_BYTES, &out);
  if (e.code != HK_OK && out.n < HEADER_SIZE) return e;
  if (e.code != HK_OK) hk_note(f->item, e);
  f->whole = hk_cur_over(out.p, out.n);
  return hk_ok();
}

static hk_err prefetch_parse(struct hk_item *item)
{
  struct reader f = {.item = item, .arena = hk_item_arena(item)};
  f.r.executable_mft_entry = f.r.executable_mft_sequence = HK_NO_INT;
  HK_TRY(hk_item_whole(item, LIMIT_BYTES, &f.whole));
  HK_TRY(unpack(&f));
  HK_TRY(read_header(&f));
  HK_TRY(read_information(&f));
  if ((uint64_t)f.r.file_size > f.whole.size)
    hk_note(item, hk_fail(HK_TRUNCATED, "prefetch size in header", (int64_t)f.whole.size));
  hk_err e = read_files(&f);
  if (e.code != HK_OK) hk_note(item, e);
  e = read_volumes(&f);
  if (e.code != HK_OK) hk_note(item, e);
  find_path(&f);
  check_file_name(&f);
  emit(&f);
  return hk_ok();
}

static bool prefetch_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  if (n_head >= 8 && memcmp((const uint8_t *)head + 4, "SCCA", 4) == 0) return true;
  return hk_str_iends(info->path, HK_S(".pf")) && mam_is(head, n_head);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

HK_RECORD_TYPE(prefetch, PREFETCH_FIELDS, .artifact = "Prefetch", .verb = HK_EXECUTED, .proof = 3,
               HK_KINDS(prefetch_kinds), .title = {.ja = "プリフェッチ", .en = "Prefetch"});
HK_RECORD_TYPE(prefetch_volume, PREFETCH_VOLUME_FIELDS, .artifact = "PrefetchVolume", .verb = HK_NO_VERB, .proof = 3,
               HK_KINDS(prefetch_kinds),
               .title = {.ja = "プリフェッチのボリューム", .en = "Volumes in prefetch"});

static const struct hk_record_type *const records[] = {&prefetch_record_type, &prefetch_volume_record_type};

/* Windows 8 and later keep 1024 files; XP to 7 keep 128 and on reaching that throw away all but about 32. So with 32
   files or more older ones may be gone, and only the oldest last run may be claimed. */
static const struct hk_artefact artefacts[] = {
    {.glob = "C:\\Windows\\Prefetch\\*.pf", .name = "prefetch", .instance = HK_INSTANCE_FOLDER, .capacity = FULL_FOLDER,
     .max_bytes = LIMIT_BYTES, .rank = 10},
    {.glob = "C:\\Windows.old\\Windows\\Prefetch\\*.pf", .name = "prefetch.old", .instance = HK_INSTANCE_FOLDER,
     .optional = true, .capacity = FULL_FOLDER, .max_bytes = LIMIT_BYTES, .rank = 20},
    {.glob = "C:\\Windows\\Prefetch\\Layout.ini", .name = "prefetch.layout", .instance = HK_INSTANCE_FOLDER,
     .collect_only = true, .max_bytes = LIMIT_BYTES, .rank = 20},
    {.glob = "C:\\Windows\\Prefetch\\Ag*.db", .name = "prefetch.superfetch", .instance = HK_INSTANCE_FOLDER,
     .collect_only = true, .max_bytes = LIMIT_BYTES, .rank = 30},
};

const struct hk_module prefetch_module = {
    .name = "prefetch",
    .title = {.ja = "プリフェッチ", .en = "Prefetch"},
    .proves = {.ja = "その名前とパスのプログラムが、記録された時刻に起動されたこと。",
               .en = "That a program of this name and path was started at the recorded times."},
    .proves_not = {.ja = "誰が起動したか、最後まで動いたか、ファイルの中身、記録がないプログラムが動いていないこと。",
                   .en = "Who started it, that it ran to the end, what the file contained, or that a program without a "
                         "prefetch file did not run."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(prefetch_kinds),
    .recognise = prefetch_recognise,
    .parse = prefetch_parse,
    .deadline_s = 20,
    .memory_mib = 192,
};
