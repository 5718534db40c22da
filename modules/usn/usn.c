/* The journal is read twice: first for the folders it names and how far it reaches, then for what happened. A folder's first
   name and place hold from the journal's beginning on; renames move it while the second pass goes. */
#include "usn/usn.h"

#include <string.h>

#include "lib/drive.h"
#include "lib/interest.h"
#include "lib/wave.h"
#include "ntfs/tree.h"
#include "usn/folders.h"
#include "usn/scan.h"

enum {
  PENDING = 1024,      /* renames of which the new name is still to come; it follows at once */
  OPEN_FILES = 65536,  /* power of two: files whose creation was told and that are not closed yet */
  FACTS_MAX = 100000,  /* of each sort; past it only summaries */
  FIRST_ENTRIES = 16,
  NAME_UNITS = 255,
};
#define PATH_LIMIT ((size_t)256 * 1024)
#define DATA_CHANGED (USN_DATA_OVERWRITE | USN_DATA_EXTEND | USN_DATA_TRUNCATION)

/* One name by which a file went away. */
struct pending {
  uint64_t file;
  uint64_t parent;
  uint16_t name_bytes;
  uint8_t name[NAME_UNITS * 2];
};

struct reader {
  struct hk_item *item;
  const struct hk_file_info *info;
  struct usn_folders folders;
  struct usn_scan scan;
  struct usn_journal_record journal;
  hk_time reach; /* since when it would have shown */
  struct pending *pending;
  size_t next_pending;
  uint64_t *open_files;
  struct waves renamed, created;
  struct hk_buf name, old_name, path, old_path;
  uint64_t last_parent; /* whose path `folder` is */
  bool last_whole;
  struct hk_buf folder;
  uint64_t n_created, n_written, n_deleted, n_renamed;
};

static const struct hk_kind usn_kind = {.name = "usn", .source = "usn", .group = "usn"};
static const struct hk_kind *const usn_kinds[] = {&usn_kind};

#define TYPE(record, FIELDS, artifact_, verb_, ja_, en_)                                                               \
  HK_RECORD_TYPE(record, FIELDS, .artifact = artifact_, .verb = verb_, .proof = 3, HK_KINDS(usn_kinds),   \
                 .title = {.ja = ja_, .en = en_})

TYPE(usn_entry, USN_ENTRY_FIELDS, "UsnEntry", HK_NO_VERB, "USN ジャーナルの項目", "Entry of the USN journal");
TYPE(usn_created, USN_FACT_FIELDS, "UsnCreated", HK_CREATED, "作成（USN）", "Creation (USN)");
TYPE(usn_written, USN_FACT_FIELDS, "UsnWritten", HK_MODIFIED, "書き換え（USN）", "Change of content (USN)");
TYPE(usn_deleted, USN_FACT_FIELDS, "UsnDeleted", HK_DELETED, "削除（USN）", "Deletion (USN)");
TYPE(usn_renamed, USN_RENAMED_FIELDS, "UsnRenamed", HK_RENAMED, "名前の変更（USN）", "Rename (USN)");
TYPE(usn_rename_wave, USN_WAVE_FIELDS, "UsnRenameWave", HK_RENAMED, "拡張子を付ける一斉の変更（USN）",
     "Many documents renamed to one more extension (USN)");
TYPE(usn_create_wave, USN_WAVE_FIELDS, "UsnCreateWave", HK_CREATED, "拡張子の付いた文書の一斉の作成（USN）",
     "Many documents created with one more extension (USN)");
TYPE(usn_journal, USN_JOURNAL_FIELDS, "UsnJournal", HK_NO_VERB, "USN ジャーナル", "USN journal");

static int64_t entry_of(struct usn_id id)
{
  return (int64_t)hk_ntfs_ref_from(id.low).record;
}

static int64_t sequence_of(struct usn_id id)
{
  return hk_ntfs_ref_from(id.low).sequence;
}

static hk_str utf8(struct hk_cur utf16, struct hk_buf *out)
{
  hk_buf_reset(out);
  hk_ntfs_name_utf8(utf16, out);
  return hk_buf_view(out);
}

/* ---- paths -------------------------------------------------------------------------------------------------------- */

/* "C:\a\b\name" into `out`; empty when a folder above it is not known. Entries of one folder follow each other. */
static hk_str path_of(struct reader *r, uint64_t parent, hk_str name, struct hk_buf *out)
{
  if (r->last_parent != parent) {
    hk_buf_reset(&r->folder);
    hk_buf_str(&r->folder, drive_of(r->info->path));
    r->last_whole = usn_folders_path(&r->folders, parent, &r->folder);
    r->last_parent = parent;
  }
  hk_buf_reset(out);
  if (!r->last_whole) return HK_S("");
  hk_buf_str(out, hk_buf_view(&r->folder));
  hk_buf_u8(out, '\\');
  hk_buf_str(out, name);
  return out->failed ? HK_S("") : hk_buf_view(out);
}

/* ---- first pass ----------------------------------------------------------------------------------------------------- */

static void on_first(void *ctx, uint64_t offset, const struct usn_entry *e)
{
  struct reader *const r = ctx;
  struct usn_journal_record *const j = &r->journal;
  (void)offset;
  j->n_entries++;
  if (j->n_entries == 1 || (int64_t)e->usn < j->first_usn) j->first_usn = (int64_t)e->usn;
  if ((int64_t)e->usn > j->last_usn) j->last_usn = (int64_t)e->usn;
  if (e->at == HK_TIME_UNKNOWN) return;
  if (j->oldest_at == HK_TIME_UNKNOWN || e->at < j->oldest_at) j->oldest_at = e->at;
  if (e->at > j->newest_at) j->newest_at = e->at;
  /* The latest of the first few: a clock that was wrong at start-up must not make the journal reach back for years. */
  if (j->n_entries <= FIRST_ENTRIES && e->at > r->reach) r->reach = e->at;
  if ((e->attributes & USN_DIRECTORY) != 0)
    usn_folders_put(&r->folders, e->file.low, e->parent.low, utf8(e->name, &r->name), true);
}

/* ---- what happened -------------------------------------------------------------------------------------------------- */

static void emit_entry(struct reader *r, const struct usn_entry *e, hk_str name)
{
  hk_str reasons[32];
  char file_id[40], parent_id[40];
  struct hk_buf *const path = &r->path;
  const struct usn_entry_record x = {
      .timestamp = e->at,
      .usn = (int64_t)e->usn,
      .version = e->version,
      .name = name,
      .path = name.n == 0 ? name : path_of(r, e->parent.low, name, path),
      .reasons = {.v = reasons, .n = usn_reasons(e->reason, reasons)},
      .reason = e->reason,
      .entry = entry_of(e->file),
      .sequence = sequence_of(e->file),
      .parent_entry = entry_of(e->parent),
      .parent_sequence = sequence_of(e->parent),
      .file_id = usn_wide_id(e->file, file_id),
      .parent_id = usn_wide_id(e->parent, parent_id),
      .source = e->source,
      .security_id = e->security_id,
      .attributes = e->attributes,
      .n_extents = e->n_extents,
      .record_bytes = e->length,
  };
  hk_emit(r->item, &usn_entry_record_type, 0, &x);
}

static void count(struct waves *w, hk_str extension, const struct usn_entry *e, hk_str path)
{
  waves_add(w, &(struct wave_file){.extension = extension, .folder = e->parent.low, .at = e->at, .path = path});
}

/* Creation, change, deletion: records of one shape. */
static void emit_fact(struct reader *r, const struct hk_record_type *type, uint64_t *n, const struct usn_entry *e, hk_str name, hk_str path, const char *why)
{
  if ((*n)++ >= FACTS_MAX) return;
  const struct usn_created_record x = {.path = path,
                                       .name = name,
                                       .at = e->at,
                                       .why = hk_str_of(why),
                                       .usn = (int64_t)e->usn,
                                       .entry = entry_of(e->file),
                                       .sequence = sequence_of(e->file),
                                       .parent_entry = entry_of(e->parent),
                                       .parent_sequence = sequence_of(e->parent)};
  hk_emit(r->item, type, 0, &x);
}

static uint64_t *open_file(struct reader *r, uint64_t file)
{
  return &r->open_files[(file ^ file >> 32) & (OPEN_FILES - 1)];
}

/* Reasons add up until the file is closed: the first entry with the bit is the act. */
static void on_created(struct reader *r, const struct usn_entry *e, hk_str name, hk_str path, const char *why)
{
  uint64_t *const told = open_file(r, e->file.low);
  if ((e->reason & USN_FILE_CREATE) != 0 && *told != e->file.low) {
    *told = e->file.low;
    if (why != NULL) emit_fact(r, &usn_created_record_type, &r->n_created, e, name, path, why);
    const hk_str added = (e->attributes & USN_DIRECTORY) != 0 ? HK_S("") : interest_added_extension(name);
    if (added.n > 0) count(&r->created, added, e, path.n > 0 ? path : name);
  }
  if ((e->reason & USN_CLOSE) != 0 && *told == e->file.low) *told = 0;
}

static void keep_old_name(struct reader *r, const struct usn_entry *e)
{
  struct pending *const p = &r->pending[r->next_pending++ % PENDING];
  p->file = e->file.low;
  p->parent = e->parent.low;
  p->name_bytes = (uint16_t)(e->name.size < sizeof p->name ? e->name.size : sizeof p->name);
  memcpy(p->name, e->name.base, p->name_bytes);
}

/* The old name of this rename, NULL when the journal begins between the two. Newest first: it is nearly always the last. */
static struct pending *take_old_name(struct reader *r, uint64_t file)
{
  const size_t n = r->next_pending < PENDING ? r->next_pending : PENDING;
  for (size_t i = 1; i <= n; i++) {
    struct pending *const p = &r->pending[(r->next_pending - i) % PENDING];
    if (p->file == file) return p;
  }
  return NULL;
}

static void emit_renamed(struct reader *r, const struct usn_entry *e, const struct usn_renamed_record *names, struct usn_id old_parent)
{
  struct usn_renamed_record x = *names;
  if (r->n_renamed++ >= FACTS_MAX) return;
  x.at = e->at;
  x.usn = (int64_t)e->usn;
  x.entry = entry_of(e->file);
  x.sequence = sequence_of(e->file);
  x.parent_entry = entry_of(e->parent);
  x.parent_sequence = sequence_of(e->parent);
  x.old_parent_entry = entry_of(old_parent);
  x.old_parent_sequence = sequence_of(old_parent);
  hk_emit(r->item, &usn_renamed_record_type, 0, &x);
}

/* What updates do by the thousand: "0f3a….tmp" becomes "a.exe", "a.exe" becomes "0f3a…_a.exe" and back. */
static bool is_servicing(hk_str old_name, hk_str name)
{
  return hk_str_iends(old_name, HK_S(".tmp")) || hk_str_iends(old_name, name) || hk_str_iends(name, old_name);
}

static void on_renamed(struct reader *r, const struct usn_entry *e, hk_str name, hk_str path, const char *why)
{
  struct pending *const p = take_old_name(r, e->file.low);
  /* The bit stays until the file is closed: without an old name only an entry that says nothing else is the act. */
  if (p == NULL && e->reason != USN_RENAME_NEW_NAME) return;
  hk_str old_name = HK_S(""), old_path = HK_S("");
  struct usn_id old_parent = {.low = 0};
  if (p != NULL) {
    old_parent.low = p->parent;
    old_name = utf8(hk_cur_over(p->name, p->name_bytes), &r->old_name);
    old_path = path_of(r, p->parent, old_name, &r->old_path);
    p->file = 0;
    r->journal.n_renames++;
  }
  if ((e->attributes & USN_DIRECTORY) != 0) return;
  const hk_str added = interest_new_extension(old_name, name);
  if (added.n > 0) count(&r->renamed, added, e, path.n > 0 ? path : name);
  if (why == NULL && p != NULL) why = interest_of(old_name, interest_place_of(old_path));
  if (why == NULL || (path.n == 0 && old_path.n == 0 && p != NULL && is_servicing(old_name, name))) return;
  const struct usn_renamed_record x = {.path = path, .old_path = old_path, .name = name, .old_name = old_name, .why = hk_str_of(why)};
  emit_renamed(r, e, &x, old_parent);
}

static void on_entry(void *ctx, uint64_t offset, const struct usn_entry *e)
{
  struct reader *const r = ctx;
  const hk_str name = utf8(e->name, &r->name);
  (void)offset;
  if (r->info->every_record) emit_entry(r, e, name);
  if (name.n == 0) return;
  const bool directory = (e->attributes & USN_DIRECTORY) != 0;
  const hk_str path = path_of(r, e->parent.low, name, &r->path);
  const char *const why = directory ? NULL : interest_of(name, interest_place_of(path));
  if ((e->reason & USN_RENAME_OLD_NAME) != 0) keep_old_name(r, e);
  if ((e->reason & USN_RENAME_NEW_NAME) != 0) on_renamed(r, e, name, path, why);
  on_created(r, e, name, path, why);
  if (why != NULL && (e->reason & USN_FILE_DELETE) != 0) emit_fact(r, &usn_deleted_record_type, &r->n_deleted, e, name, path, why);
  const bool written = (e->reason & USN_CLOSE) != 0 && (e->reason & DATA_CHANGED) != 0 && (e->reason & (USN_FILE_CREATE | USN_FILE_DELETE)) == 0;
  if (why != NULL && written && interest_runs(name)) emit_fact(r, &usn_written_record_type, &r->n_written, e, name, path, why);
  if (!directory || (e->reason & USN_RENAME_OLD_NAME) != 0) return;
  usn_folders_put(&r->folders, e->file.low, e->parent.low, name, false);
  r->last_parent = 0; /* a folder may have moved */
}

/* ---- summaries -------------------------------------------------------------------------------------------------------- */

static void emit_waves(struct reader *r, const struct hk_record_type *type, const struct waves *waves)
{
  size_t at = 0;
  for (const struct wave *w = waves_next(waves, &at); w != NULL; w = waves_next(waves, &at)) {
    const struct wave_hour peak = wave_peak(w);
    const struct usn_rename_wave_record x = {.extension = w->extension,
                                             .summary = wave_summary(waves->arena, w),
                                             .files = (int64_t)w->n,
                                             .folders = (int64_t)w->n_folders,
                                             .first_at = w->first_at,
                                             .last_at = w->last_at,
                                             .peak_at = peak.hour * HK_HOUR,
                                             .peak_files = (int64_t)peak.n,
                                             .examples = {.v = w->examples, .n = w->n_examples}};
    hk_emit(r->item, type, 0, &x);
  }
  if (waves->limited) hk_note(r->item, hk_fail(HK_LIMIT, "count extensions", HK_NO_OFFSET));
}

static void say_losses(struct reader *r)
{
  const uint64_t most = FACTS_MAX;
  if (r->scan.lost_bytes > 0) hk_note(r->item, hk_fail(HK_DAMAGED, "read entries of the journal", (int64_t)r->scan.first_loss));
  if (r->folders.limited) hk_note(r->item, hk_fail(HK_LIMIT, "remember folders of the journal", HK_NO_OFFSET));
  if (r->n_created > most || r->n_written > most || r->n_deleted > most || r->n_renamed > most)
    hk_note(r->item, hk_fail(HK_LIMIT, "records of one sort", HK_NO_OFFSET));
}

static void emit_journal(struct reader *r)
{
  r->journal.lost_bytes = (int64_t)r->scan.lost_bytes;
  r->journal.n_folders = (int64_t)r->folders.n;
  r->journal.data_from = (int64_t)r->info->data_from;
  hk_emit(r->item, &usn_journal_record_type, 0, &r->journal);
  if (r->reach != HK_TIME_UNKNOWN)
    hk_cover(r->item, &usn_kind, HK_S(""), r->reach, r->journal.newest_at, r->scan.lost_bytes > 0, "oldest entry of the journal");
}

static hk_err run(struct reader *r)
{
  HK_TRY(usn_scan_run(r->item, &r->scan, on_first, r));
  if (r->scan.n_entries == 0 && r->scan.lost_bytes > 0) return hk_fail(HK_DAMAGED, "find entries of the journal", 0);
  HK_TRY(usn_scan_run(r->item, &r->scan, on_entry, r));
  emit_waves(r, &usn_rename_wave_record_type, &r->renamed);
  emit_waves(r, &usn_create_wave_record_type, &r->created);
  say_losses(r);
  emit_journal(r);
  return hk_ok();
}

static hk_err usn_parse(struct hk_item *item)
{
  struct hk_arena *const a = hk_item_arena(item);
  struct reader r = {.item = item, .info = hk_item_info(item)};
  usn_folders_init(&r.folders, a);
  waves_init(&r.renamed, a);
  waves_init(&r.created, a);
  r.pending = hk_new(a, struct pending, PENDING);
  r.open_files = hk_new(a, uint64_t, OPEN_FILES);
  if (r.pending == NULL || r.open_files == NULL) return hk_fail(HK_MEMORY, "read the journal", HK_NO_OFFSET);
  struct hk_buf *const buffers[] = {&r.name, &r.old_name, &r.path, &r.old_path, &r.folder};
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) hk_buf_init(buffers[i], PATH_LIMIT);
  const hk_err e = run(&r);
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) hk_buf_done(buffers[i]);
  return e;
}

static bool usn_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  struct usn_entry e;
  const struct hk_cur c = hk_cur_over(head, n_head);
  if (hk_str_iends(info->path, HK_S("$UsnJrnl:$J")) || hk_str_iends(info->path, HK_S("\\$J"))) return true;
  return usn_entry_read(&c, &e);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

static const struct hk_record_type *const records[] = {&usn_entry_record_type,       &usn_created_record_type,     &usn_written_record_type,
                                                       &usn_deleted_record_type,     &usn_renamed_record_type,     &usn_rename_wave_record_type,
                                                       &usn_create_wave_record_type, &usn_journal_record_type};

/* The second is how other collectors lay the stream down as a file. */
static const struct hk_artefact artefacts[] = {
    {.glob = "?:\\$Extend\\$UsnJrnl:$J", .name = "usn", .instance = HK_INSTANCE_FILE, .max_bytes = (uint64_t)8 << 30, .rank = 15},
    {.glob = "?:\\$Extend\\$J", .name = "usn", .instance = HK_INSTANCE_FILE, .optional = true, .other_form = true, .max_bytes = (uint64_t)8 << 30, .rank = 15},
    {.glob = "?:\\$Extend\\$UsnJrnl:$Max", .name = "usn.max", .instance = HK_INSTANCE_FILE, .collect_only = true, .optional = true, .max_bytes = 4096, .rank = 15},
};

const struct hk_module usn_module = {
    .name = "usn",
    .title = {.ja = "変更履歴（USN ジャーナル）", .en = "Change journal (USN)"},
    .proves = {.ja = "その名前のファイルが、記録された時刻に作成・変更・削除・改名されたこと。", .en = "That a file of this name was created, written, deleted or renamed at the recorded time."},
    .proves_not = {.ja = "誰が、どのプログラムで行ったか。記録より前に起きたこと。", .en = "Who did it or with which program, or anything before its oldest entry."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(usn_kinds),
    .recognise = usn_recognise,
    .parse = usn_parse,
    .deadline_s = 240,
    .memory_mib = 384,
};
