/* One directory after the other, in the order of their records, which is about that of their clusters. */
#include "ntfs/slack.h"

#include <string.h>

#include "ntfs/index_file.h"

#define PATH_BYTES_MAX ((size_t)256 * 1024)
/* Names of one volume: more is an image made to be slow. */
#define NAMES_MAX ((uint64_t)1 << 22)

struct slack_run {
  struct hk_ntfs_mft *mft;
  const struct hk_ntfs_tree *tree;
  bool (*on)(void *ctx, const struct hk_ntfs_item *item);
  void *ctx;
  struct hk_ntfs_slack_counts *counts;
  struct hk_buf path;
  size_t directory_bytes; /* of the path in it */
  size_t directory;
  bool whole; /* the path begins at the root */
  bool stopped;
};

static bool has_name(const struct hk_ntfs_record *r, const struct hk_ntfs_name *wanted)
{
  struct hk_cur c = hk_ntfs_attributes(r);
  struct hk_ntfs_attribute a;
  struct hk_ntfs_name n;
  while (hk_ntfs_attribute_next(&c, &a)) {
    if (a.type != HK_NTFS_FILE_NAME || !a.resident || !hk_ntfs_name_parse(a.value, &n)) continue;
    const bool here = n.parent.record == wanted->parent.record && n.parent.sequence == wanted->parent.sequence;
    if (here && n.name.size == wanted->name.size && memcmp(n.name.base, wanted->name.base, n.name.size) == 0) return true;
  }
  return false;
}

/* Does the $MFT still say of that very file that it has this name here? Of a deleted one it may, too. */
static bool is_in_mft(struct slack_run *s, const struct hk_ntfs_index_entry *e)
{
  struct hk_ntfs_file f;
  if (hk_ntfs_file_open(s->mft, e->file.record, &f).code != HK_OK) return false;
  const struct hk_ntfs_record *const base = &f.records[0];
  bool found = false;
  if (base->sequence == (uint16_t)(e->file.sequence + (base->in_use ? 0 : 1)))
    for (size_t i = 0; i < f.n_records && !found; i++) found = has_name(&f.records[i], &e->name);
  hk_ntfs_file_close(&f);
  return found;
}

static bool give(struct slack_run *s, const struct hk_ntfs_index_entry *e)
{
  const struct hk_ntfs_name *const n = &e->name;
  struct hk_ntfs_item i = {.record = e->file.record,
                           .sequence = e->file.sequence,
                           .in_index = true,
                           .is_directory = (n->attributes & HK_NTFS_NAME_IS_DIRECTORY) != 0,
                           .is_orphan = !s->whole,
                           .has_name = true,
                           .directory = s->directory,
                           .standard = {.times = n->times, .attributes = n->attributes & ~HK_NTFS_NAME_IS_DIRECTORY},
                           .name_times = n->times,
                           .name_units = (uint8_t)(n->name.size / 2),
                           .size_bytes = n->size_bytes,
                           .allocated_bytes = n->allocated_bytes,
                           .reparse_tag = (n->attributes & 0x400) != 0 ? n->reparse_tag : 0};
  hk_buf_u8(&s->path, '\\');
  hk_ntfs_name_utf8(n->name, &s->path);
  i.path = hk_buf_view(&s->path);
  i.name = hk_str_sub(i.path, s->directory_bytes + 1, i.path.n);
  i.stream = i.short_name = hk_str_of("");
  const bool go_on = s->path.failed || s->on(s->ctx, &i);
  if (s->path.failed) s->counts->limited = true;
  s->path.n = s->directory_bytes;
  s->path.failed = false;
  return go_on;
}

static bool on_entry(void *ctx, const struct hk_ntfs_index_entry *e)
{
  struct slack_run *const s = ctx;
  if (!e->slack || e->listed || e->name.space == HK_NTFS_DOS) return true;
  if (e->file.sequence != 0 && is_in_mft(s, e)) return true;
  if (s->counts->n_names == NAMES_MAX) {
    s->counts->limited = s->stopped = true;
    return false;
  }
  s->counts->n_names++;
  if (!give(s, e)) s->stopped = true;
  return !s->stopped;
}

static void read_directory(struct slack_run *s, size_t directory)
{
  const struct hk_ntfs_directory *const d = &s->tree->v[directory];
  struct hk_ntfs_index_file f;
  struct hk_ntfs_index_counts c = {.n_used = 0};
  hk_buf_reset(&s->path);
  s->directory = directory;
  s->whole = hk_ntfs_tree_path(s->tree, directory, &s->path);
  s->directory_bytes = s->path.n;
  s->counts->n_directories++;
  hk_err e = hk_ntfs_index_file_open(s->mft, d->record, &f);
  if (e.code == HK_OK) {
    e = hk_ntfs_index_read(&f.index, on_entry, s, &c);
    hk_ntfs_index_file_close(&f);
  }
  /* Of a deleted one the clusters may be another's by now, and its attributes gone. */
  if (!d->in_use) return;
  s->counts->n_damaged += c.n_damaged;
  s->counts->limited = s->counts->limited || c.limited;
  if (e.code != HK_OK) s->counts->n_unreadable++;
}

hk_err hk_ntfs_slack_run(struct hk_ntfs_mft *m, const struct hk_ntfs_tree *t, bool deleted, bool (*on)(void *ctx, const struct hk_ntfs_item *item),
                         void *ctx, struct hk_ntfs_slack_counts *counts)
{
  struct hk_ntfs_slack_counts c = {.n_names = 0};
  struct slack_run s = {.mft = m, .tree = t, .on = on, .ctx = ctx, .counts = &c};
  hk_buf_init(&s.path, PATH_BYTES_MAX);
  for (size_t i = 0; i < t->n && !s.stopped; i++)
    if (deleted || t->v[i].in_use) read_directory(&s, i);
  hk_buf_done(&s.path);
  *counts = c;
  return hk_ok();
}
