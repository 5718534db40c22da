/* A collected $MFT, read by the NTFS engine. A volume has a million files: a record each for those that matter, a summary for
   documents that all got one more extension, and nothing for the rest, which `hikeshi ls` lists. */
#include "mft/mft.h"

#include <string.h>

#include "lib/drive.h"
#include "lib/interest.h"
#include "lib/wave.h"
#include "ntfs/items.h"
#include "ntfs/lone.h"
#include "ntfs/secure.h"

enum {
  FILES_MAX = 200000,   /* records of files; past it only summaries */
  SET_BACK_MAX = 2000,  /* programs outside those places whose times were set back */
  STOP_EVERY = 65536,
};

struct reader {
  struct hk_item *item;
  struct hk_arena names; /* of one file */
  hk_str drive;          /* "C:", or empty */
  struct hk_buf path;
  struct waves waves;
  struct mft_volume_record volume;
  uint64_t n_files, n_elsewhere, n_looked;
  bool stopped;
};

static const struct hk_kind mft_kind = {.name = "mft", .source = "mft", .group = "mft"};
static const struct hk_kind *const mft_kinds[] = {&mft_kind};

HK_RECORD_TYPE(mft_file, MFT_FILE_FIELDS, .artifact = "MftFile", .verb = HK_CREATED, .proof = 2, HK_KINDS(mft_kinds),
               .title = {.ja = "$MFT のファイル", .en = "File in the $MFT"});
HK_RECORD_TYPE(mft_deleted, MFT_DELETED_FIELDS, .artifact = "MftDeleted", .verb = HK_DELETED, .timeless = true, .proof = 2,
               HK_KINDS(mft_kinds), .title = {.ja = "削除されたファイル（$MFT）", .en = "Deleted file ($MFT)"});
HK_RECORD_TYPE(mft_extension_wave, MFT_WAVE_FIELDS, .artifact = "MftExtensionWave", .verb = HK_MODIFIED, .proof = 2,
               HK_KINDS(mft_kinds),
               .title = {.ja = "拡張子の付いた文書（$MFT）", .en = "Documents with one more extension ($MFT)"});
HK_RECORD_TYPE(mft_volume, MFT_VOLUME_FIELDS, .artifact = "MftVolume", .verb = HK_NO_VERB, .proof = 2, HK_KINDS(mft_kinds),
               .title = {.ja = "ボリューム（$MFT）", .en = "Volume ($MFT)"});

/* ---- one file ---------------------------------------------------------------------------------------------------------- */

static hk_str path_of(struct reader *r, hk_str path)
{
  hk_buf_reset(&r->path);
  hk_buf_str(&r->path, r->drive);
  hk_buf_str(&r->path, path);
  return r->path.failed ? path : hk_buf_view(&r->path);
}

static hk_str owner_of(const struct hk_ntfs_item *i, char sid[HK_SID_SIZE])
{
  return i->descriptor.size > 0 && hk_ntfs_descriptor_owner(i->descriptor, sid) ? hk_str_of(sid) : HK_S("");
}

/* Windows writes both times at once, in ticks of 100 ns: a file that is older than its name, to the whole second, got its time
   from something else. */
static bool is_set_back(const struct hk_ntfs_item *i)
{
  const hk_time own = i->standard.times.born_at, name = i->name_times.born_at;
  return own != HK_TIME_UNKNOWN && name != HK_TIME_UNKNOWN && own < name && own % HK_SECOND == 0;
}

static void emit_file(struct reader *r, const struct hk_ntfs_item *i, hk_str path, struct hk_strs why, bool set_back)
{
  char sid[HK_SID_SIZE];
  const struct hk_ntfs_times *const si = &i->standard.times, *const fn = &i->name_times;
  if (r->n_files++ >= FILES_MAX) return;
  const struct mft_file_record x = {.path = path,
                                    .created = set_back || si->born_at == HK_TIME_UNKNOWN ? fn->born_at : si->born_at,
                                    .why = why,
                                    .deleted = !i->in_use,
                                    .set_back = set_back,
                                    .size = (int64_t)i->size_bytes,
                                    .attributes = i->standard.attributes,
                                    .si_created = si->born_at,
                                    .si_modified = si->modified_at,
                                    .si_changed = si->changed_at,
                                    .si_accessed = si->accessed_at,
                                    .fn_created = fn->born_at,
                                    .fn_modified = fn->modified_at,
                                    .entry = (int64_t)i->record,
                                    .sequence = i->sequence,
                                    .owner_sid = owner_of(i, sid)};
  hk_emit(r->item, &mft_file_record_type, 0, &x);
  if (i->in_use) return;
  const struct mft_deleted_record d = {
      .path = path, .why = why, .last_changed = si->changed_at, .size = x.size, .entry = x.entry, .sequence = x.sequence};
  hk_emit(r->item, &mft_deleted_record_type, 0, &d);
}

/* The mark lies in the entry itself as long as it is small, also that of a deleted file. */
static void on_mark(struct reader *r, const struct hk_ntfs_item *i)
{
  struct zone_identifier_record z = {.zone_id = HK_NO_INT};
  r->volume.n_marked++;
  if (i->resident.size == 0 || zone_read(&r->names, i->resident, &z).code != HK_OK) return;
  z.path = path_of(r, hk_str_sub(i->path, 0, i->path.n - i->stream.n - 1));
  z.marked_at = i->standard.times.born_at;
  hk_emit(r->item, &zone_identifier_record_type, 0, &z);
}

static bool is_mark(hk_str stream)
{
  return hk_str_ieq(stream, HK_S("Zone.Identifier"));
}

static void on_file(struct reader *r, const struct hk_ntfs_item *i)
{
  hk_str why[2];
  size_t n = 0;
  const hk_str path = path_of(r, i->path);
  const enum interest_place place = interest_place_of(i->path);
  const char *const sort = interest_of(i->name, place);
  if (sort != NULL) why[n++] = hk_str_of(sort);
  const bool set_back = is_set_back(i) && interest_runs(i->name);
  if (set_back) {
    r->volume.n_set_back++;
    if (n > 0 || r->n_elsewhere++ < SET_BACK_MAX) why[n++] = HK_S("set_back");
  }
  if (n > 0) emit_file(r, i, path, (struct hk_strs){.v = why, .n = n}, set_back);
  const hk_str added = interest_added_extension(i->name);
  if (added.n == 0) return;
  char sid[HK_SID_SIZE];
  waves_add(&r->waves, &(struct wave_file){.extension = added,
                                           .folder = (uint64_t)i->directory,
                                           .at = i->standard.times.changed_at,
                                           .path = path,
                                           .owner = owner_of(i, sid),
                                           .gone = !i->in_use});
}

static bool on_item(void *ctx, const struct hk_ntfs_item *i)
{
  struct reader *const r = ctx;
  if (++r->n_looked % STOP_EVERY == 0 && hk_item_stop(r->item)) {
    r->stopped = true;
    return false;
  }
  if (i->record == 0 && i->stream.n == 0) r->volume.formatted = i->standard.times.born_at;
  if (!i->has_name || i->is_directory) return true;
  if (i->stream.n == 0)
    on_file(r, i);
  else if (is_mark(i->stream))
    on_mark(r, i);
  hk_arena_done(&r->names);
  return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------- */

static void emit_waves(struct reader *r)
{
  size_t at = 0;
  for (const struct wave *w = waves_next(&r->waves, &at); w != NULL; w = waves_next(&r->waves, &at)) {
    const struct wave_hour peak = wave_peak(w);
    const struct mft_extension_wave_record x = {.extension = w->extension,
                                                .summary = wave_summary(r->waves.arena, w),
                                                .files = (int64_t)w->n,
                                                .deleted = (int64_t)w->n_gone,
                                                .folders = (int64_t)w->n_folders,
                                                .first_at = w->first_at,
                                                .last_at = w->last_at,
                                                .peak_at = peak.hour * HK_HOUR,
                                                .peak_files = (int64_t)peak.n,
                                                .owners = {.v = w->owners, .n = w->n_owners},
                                                .examples = {.v = w->examples, .n = w->n_examples}};
    hk_emit(r->item, &mft_extension_wave_record_type, 0, &x);
  }
  if (r->waves.limited) hk_note(r->item, hk_fail(HK_LIMIT, "count extensions", HK_NO_OFFSET));
}

static void say_losses(struct reader *r, const struct hk_ntfs_list_counts *c, uint64_t cut_bytes)
{
  if (c->n_damaged > 0) hk_note(r->item, hk_fail(HK_DAMAGED, "read entries of the $MFT", HK_NO_OFFSET));
  if (c->n_unreadable > 0) hk_note(r->item, hk_fail(HK_IO, "read entries of the $MFT", HK_NO_OFFSET));
  if (c->limited) hk_note(r->item, hk_fail(HK_LIMIT, "list the $MFT", HK_NO_OFFSET));
  if (cut_bytes > 0) hk_note(r->item, hk_fail(HK_TRUNCATED, "read the last entry of the $MFT", (int64_t)(hk_item_bytes(r->item)->size_bytes - cut_bytes)));
  if (r->n_files > FILES_MAX || r->n_elsewhere > SET_BACK_MAX) hk_note(r->item, hk_fail(HK_LIMIT, "records of files", HK_NO_OFFSET));
}

/* What is there now it shows whatever its age; deleted files until their entry is used again. */
static void cover(struct reader *r, bool partial)
{
  const hk_time lo = r->volume.formatted;
  if (lo == HK_TIME_UNKNOWN) return;
  hk_cover(r->item, &mft_kind, HK_S(""), lo, HK_TIME_UNKNOWN, partial, "files that are there; deleted ones until their entry is used again");
  hk_cover(r->item, &zone_kind, HK_S(""), lo, HK_TIME_UNKNOWN, partial, "marks that are small");
}

static hk_err list(struct reader *r, struct hk_ntfs_lone *lone)
{
  struct hk_ntfs_list *l = NULL;
  HK_TRY(hk_ntfs_list_open(&lone->mft, &l));
  const hk_err e = hk_ntfs_list_run(l, true, on_item, r);
  const struct hk_ntfs_list_counts c = *hk_ntfs_list_counts(l);
  hk_ntfs_list_close(l);
  HK_TRY(e);
  emit_waves(r);
  say_losses(r, &c, hk_item_bytes(r->item)->size_bytes % lone->volume.record_bytes);
  r->volume.path = hk_item_info(r->item)->path;
  r->volume.n_entries = (int64_t)c.n_records;
  r->volume.n_in_use = (int64_t)c.n_in_use;
  r->volume.n_deleted = (int64_t)c.n_deleted;
  r->volume.n_damaged = (int64_t)c.n_damaged;
  r->volume.record_bytes = lone->volume.record_bytes;
  hk_emit(r->item, &mft_volume_record_type, 0, &r->volume);
  if (r->stopped) return hk_fail(HK_CANCELLED, "list the $MFT", HK_NO_OFFSET);
  cover(r, c.n_damaged > 0 || c.n_unreadable > 0 || c.limited);
  return hk_ok();
}

static hk_err mft_parse(struct hk_item *item)
{
  const hk_str path = hk_item_info(item)->path;
  struct reader r = {.item = item};
  struct hk_ntfs_lone lone;
  HK_TRY(hk_ntfs_lone_open(hk_item_bytes(item), &lone));
  r.drive = drive_of(path);
  hk_arena_init(&r.names, (size_t)4 << 20);
  hk_buf_init(&r.path, (size_t)1 << 20);
  waves_init(&r.waves, hk_item_arena(item));
  const hk_err e = list(&r, &lone);
  hk_buf_done(&r.path);
  hk_arena_done(&r.names);
  return e;
}

static bool mft_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  return hk_ntfs_lone_is(head, n_head) && (hk_str_iends(info->path, HK_S("$MFT")) || hk_str_iends(info->path, HK_S(".mft")));
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

static const struct hk_record_type *const records[] = {&mft_file_record_type, &mft_deleted_record_type, &mft_extension_wave_record_type,
                                                       &mft_volume_record_type, &zone_identifier_record_type};
static const struct hk_kind *const kinds[] = {&mft_kind, &zone_kind};

static const struct hk_artefact artefacts[] = {
    {.glob = "?:\\$MFT", .name = "mft", .instance = HK_INSTANCE_FILE, .max_bytes = (uint64_t)16 << 30, .rank = 12, HK_KINDS(mft_kinds)},
};

const struct hk_module mft_module = {
    .name = "mft",
    .title = {.ja = "$MFT（ファイルの台帳）", .en = "$MFT (file table)"},
    .proves = {.ja = "そのファイルがある（または、あった）こと。多くの文書に同じ拡張子が付いていること。",
               .en = "That the file is there, or was; that many documents carry the same additional extension."},
    .proves_not = {.ja = "実行されたこと、誰が作ったか。日時は設定し直すことができる。消えて上書きされた項目は見えない。",
                   .en = "That it was run, or who made it. Times can be set. Deleted entries that were used again are not seen."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .recognise = mft_recognise,
    .parse = mft_parse,
    .deadline_s = 240,
    .memory_mib = 128,
};
