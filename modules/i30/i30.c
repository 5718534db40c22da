/* A collected directory index: $INDEX_ALLOCATION, or the $INDEX_ROOT of a small folder. What is in use the module mft tells; here it is
   counted, and what only slack still has is told where it matters (lib/interest.h). */
#include "i30/i30.h"

#include "lib/drive.h"
#include "lib/interest.h"
#include "ntfs/index.h"
#include "ntfs/tree.h"

enum {
  LIMIT_BYTES = 64 << 20,
  ROOT_LIMIT = 64 << 10,
  TOLD_MAX = 5000, /* records of one folder */
};

struct reader {
  struct hk_item *item;
  hk_str folder; /* "C:\Users\a\Desktop", "C:" for the root, "" = not known */
  struct hk_arena scratch;
  struct i30_folder_record counts;
  bool limited;
};

static const struct hk_kind i30_kind = {.name = "i30", .source = "i30", .group = "mft"};
static const struct hk_kind *const i30_kinds[] = {&i30_kind};

HK_RECORD_TYPE(i30_slack, I30_SLACK_FIELDS, .artifact = "I30Slack", .verb = HK_NAME_LEFT, .timeless = true, .proof = 2, HK_KINDS(i30_kinds),
               .title = {.ja = "フォルダーの索引に残る名前（$I30）", .en = "Name left in a folder's index ($I30)"});
HK_RECORD_TYPE(i30_folder, I30_FOLDER_FIELDS, .artifact = "I30Folder", .verb = HK_NO_VERB, .proof = 2, HK_KINDS(i30_kinds),
               .title = {.ja = "フォルダーの索引（$I30）", .en = "Index of a folder ($I30)"});

/* ---- one entry ---------------------------------------------------------------------------------------------------------- */

/* As `hikeshi ls` has it: what passes for a path or a stream is replaced. */
static hk_str name_of(struct hk_arena *a, const struct hk_ntfs_name *n)
{
  struct hk_buf b;
  hk_buf_init(&b, 4096);
  hk_ntfs_name_utf8(n->name, &b);
  const hk_str copy = hk_str_copy(a, hk_buf_view(&b));
  hk_buf_done(&b);
  return copy;
}

static hk_str path_of(struct hk_arena *a, hk_str folder, hk_str name)
{
  return folder.n == 0 ? HK_S("") : hk_str_printf(a, "%.*s\\%.*s", (int)folder.n, folder.p, (int)name.n, name.p);
}

/* Why the name matters there; NULL when it does not. A folder does not. */
static const char *why_of(const struct reader *r, const struct hk_ntfs_name *n, hk_str name, hk_str path)
{
  if ((n->attributes & HK_NTFS_NAME_IS_DIRECTORY) != 0) return hk_item_info(r->item)->every_record ? "" : NULL;
  const char *const sort = interest_of(name, path.n == 0 ? INTEREST_DROP : interest_place_of(path));
  if (sort != NULL) return sort;
  if (interest_added_extension(name).n > 0) return "added_extension";
  return hk_item_info(r->item)->every_record ? "" : NULL;
}

static void on_slack(struct reader *r, const struct hk_ntfs_index_entry *e)
{
  const struct hk_ntfs_name *const n = &e->name;
  const hk_str name = name_of(&r->scratch, n);
  const hk_str path = path_of(&r->scratch, r->folder, name);
  const char *const why = why_of(r, n, name, path);
  if (why == NULL || name.p == NULL) return;
  if (r->counts.n_told == TOLD_MAX) {
    r->limited = true;
    return;
  }
  r->counts.n_told++;
  hk_str reason = hk_str_of(why);
  const struct i30_slack_record x = {.path = path,
                                     .name = name,
                                     .created = n->times.born_at,
                                     .why = {.v = &reason, .n = reason.n > 0 ? 1 : 0},
                                     .listed = e->listed,
                                     .modified = n->times.modified_at,
                                     .changed = n->times.changed_at,
                                     .accessed = n->times.accessed_at,
                                     .size = (int64_t)n->size_bytes,
                                     .attributes = n->attributes & ~HK_NTFS_NAME_IS_DIRECTORY,
                                     .entry = e->file.sequence == 0 ? HK_NO_INT : (int64_t)e->file.record,
                                     .sequence = e->file.sequence == 0 ? HK_NO_INT : e->file.sequence,
                                     .offset = (int64_t)e->offset};
  hk_emit(r->item, &i30_slack_record_type, 0, &x);
}

static bool on_entry(void *ctx, const struct hk_ntfs_index_entry *e)
{
  struct reader *const r = ctx;
  /* A short name is told with its long one, or by the $MFT. */
  if (e->slack && e->name.space != HK_NTFS_DOS) on_slack(r, e);
  hk_arena_done(&r->scratch);
  return !hk_item_stop(r->item);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------------- */

/* "C:\Dir:$I30"; "C:\Dir_$I30" is how unpack lays it down, "C:\:$I30" and "C:\$I30" the root's. In a shadow copy it speaks of the drive. */
static hk_str folder_of(struct hk_arena *a, hk_str path)
{
  static const char *const ends[] = {"\\:$I30", "\\$I30", ":$I30", "_$I30"};
  const hk_str drive = drive_of(path);
  hk_str folder = HK_S("");
  for (size_t i = 0; i < sizeof ends / sizeof ends[0] && folder.n == 0; i++)
    if (drive.n > 0 && hk_str_iends(path, hk_str_of(ends[i]))) folder = hk_str_sub(path, 0, path.n - hk_str_of(ends[i]).n);
  if (folder.n < 2 || folder.p[1] == ':') return folder;
  const hk_str below = hk_str_sub(folder, hk_str_find(folder, '}') + 1, folder.n);
  return hk_str_printf(a, "%.*s%.*s", (int)drive.n, drive.p, (int)below.n, below.p);
}

static void say_losses(const struct reader *r, const struct hk_ntfs_index_counts *c)
{
  if (c->n_damaged > 0) hk_note(r->item, c->damage);
  if (c->limited) hk_note(r->item, hk_fail(HK_LIMIT, "read a directory's index", HK_NO_OFFSET));
  if (r->limited) hk_note(r->item, hk_fail(HK_LIMIT, "records of one folder", HK_NO_OFFSET));
}

static hk_err read_index(struct reader *r, const struct hk_ntfs_index *in)
{
  struct hk_ntfs_index_counts c;
  HK_TRY(hk_ntfs_index_read(in, on_entry, r, &c));
  if (hk_item_stop(r->item)) return hk_fail(HK_CANCELLED, "read a directory's index", HK_NO_OFFSET);
  if (c.n_damaged > 0 && c.n_used + c.n_slack == 0) return c.damage;
  say_losses(r, &c);
  r->counts.path = r->folder.n > 0 ? r->folder : hk_item_info(r->item)->path;
  r->counts.n_used = (int64_t)c.n_used;
  r->counts.n_slack = (int64_t)c.n_slack;
  r->counts.n_blocks = (int64_t)c.n_blocks;
  r->counts.n_damaged = (int64_t)c.n_damaged;
  r->counts.entry = (int64_t)c.directory.record;
  r->counts.sequence = c.directory.sequence;
  hk_emit(r->item, &i30_folder_record_type, 0, &r->counts);
  const hk_time born = hk_item_info(r->item)->born_at;
  if (born != HK_TIME_UNKNOWN)
    hk_cover(r->item, &i30_kind, HK_S(""), born, HK_TIME_UNKNOWN, c.n_damaged > 0 || c.limited, "names that left, until others lie over them");
  return hk_ok();
}

static hk_err i30_parse(struct hk_item *item)
{
  struct hk_bytes *const bytes = hk_item_bytes(item);
  struct reader r = {.item = item, .folder = folder_of(hk_item_arena(item), hk_item_info(item)->path)};
  struct hk_ntfs_index in = {.blocks = NULL};
  uint8_t head[12];
  size_t got = 0;
  HK_TRY(bytes->read_at(bytes, 0, head, sizeof head, &got));
  if (!hk_ntfs_index_is(head, got) && bytes->size_bytes < 4096) return hk_fail(HK_DAMAGED, "find a directory's index", 0);
  const bool is_root = hk_ntfs_index_is(head, got) && head[0] != 'I';
  if (is_root)
    HK_TRY(hk_item_whole(item, ROOT_LIMIT, &in.root));
  else
    in.blocks = bytes;
  hk_arena_init(&r.scratch, (size_t)1 << 20);
  const hk_err e = read_index(&r, &in);
  hk_arena_done(&r.scratch);
  return e;
}

static bool i30_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)info;
  return hk_ntfs_index_is(head, n_head);
}

/* ---- tables ------------------------------------------------------------------------------------------------------------ */

/* Where what starts a break-in is laid down. There is no such file in the API: it is read from the disk or not at all. The second form is
   unpack's. The root's is there on every volume: where it is missing, none could be read. */
#define INDEX(folder)                                                                                        \
  {.glob = folder ":$I30", .name = "i30", .instance = HK_INSTANCE_FILE, .optional = true, .max_bytes = LIMIT_BYTES, .rank = 13}, \
  {                                                                                                                    \
    .glob = folder "_$I30", .name = "i30", .instance = HK_INSTANCE_FILE, .optional = true, .other_form = true, .max_bytes = LIMIT_BYTES, .rank = 13 \
  }

static const struct hk_artefact artefacts[] = {
    {.glob = "?:\\:$I30", .name = "i30", .instance = HK_INSTANCE_FILE, .max_bytes = LIMIT_BYTES, .rank = 13},
    {.glob = "?:\\$I30", .name = "i30", .instance = HK_INSTANCE_FILE, .optional = true, .other_form = true, .max_bytes = LIMIT_BYTES, .rank = 13},
    INDEX("?:\\Windows\\Temp"),
    INDEX("?:\\ProgramData"),
    INDEX("?:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\Startup"),
    INDEX("?:\\Users\\Public"),
    INDEX("?:\\Users\\*\\Desktop"),
    INDEX("?:\\Users\\*\\Documents"),
    INDEX("?:\\Users\\*\\Downloads"),
    INDEX("?:\\Users\\*\\AppData\\Local\\Temp"),
    INDEX("?:\\Users\\*\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup"),
    INDEX("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\INetCache\\**2\\*"),
    INDEX("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\**2\\*"),
};

static const struct hk_record_type *const records[] = {&i30_slack_record_type, &i30_folder_record_type};

const struct hk_module i30_module = {
    .name = "i30",
    .title = {.ja = "フォルダーの索引（$I30）", .en = "Folder indexes ($I30)"},
    .proves = {.ja = "その名前のファイルが、そのフォルダーに一度はあったこと。", .en = "That a file of this name was in the folder once."},
    .proves_not = {.ja = "削除されたこと（改名・移動でも残り、いまもあることがある）、実行されたこと。いつなくなったかは分からない。",
                   .en = "That it was deleted (a rename or a move leaves the same, and it may still be there), or run; or when it went."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(i30_kinds),
    .recognise = i30_recognise,
    .parse = i30_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
