/* Records of the $MFT, with what moved out of them, as items. */
#include "ntfs/items.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 2048 /* 1,024 hard links and their short names */
#define STREAMS_MAX 8192
#define PATH_BYTES_MAX ((size_t)256 * 1024)

struct hk_ntfs_items {
  const struct hk_ntfs_list *list;
  bool deleted; /* these, too */
  struct hk_ntfs_list_counts counts;
  hk_ntfs_item_fn *on;
  void *ctx;
  uint8_t *spare; /* one record */
  /* of the record in hand */
  struct hk_ntfs_name *names;
  uint16_t *name_ids;
  size_t n_names;
  struct hk_ntfs_attribute *streams;
  size_t n_streams;
  struct hk_ntfs_attribute index_root;
  bool has_index_root;
  /* the path of the directory the last item was in */
  size_t last_directory;
  bool last_whole;
  struct hk_buf path;
  size_t directory_bytes;
  struct hk_buf short_name;
  struct hk_buf stream_name;
};

hk_err hk_ntfs_items_open(const struct hk_ntfs_list *l, bool deleted, struct hk_ntfs_items **out)
{
  struct hk_ntfs_items *const s = calloc(1, sizeof *s);
  if (s == NULL) return hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  s->list = l;
  s->deleted = deleted;
  s->spare = malloc(hk_ntfs_list_mft(l)->volume->record_bytes);
  s->names = malloc(NAMES_MAX * sizeof *s->names);
  s->name_ids = malloc(NAMES_MAX * sizeof *s->name_ids);
  s->streams = malloc(STREAMS_MAX * sizeof *s->streams);
  s->last_directory = HK_NTFS_NO_DIRECTORY - 1;
  hk_buf_init(&s->path, PATH_BYTES_MAX);
  hk_buf_init(&s->short_name, PATH_BYTES_MAX);
  hk_buf_init(&s->stream_name, PATH_BYTES_MAX);
  if (s->spare == NULL || s->names == NULL || s->name_ids == NULL || s->streams == NULL) {
    hk_ntfs_items_close(s);
    return hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  }
  *out = s;
  return hk_ok();
}

void hk_ntfs_items_close(struct hk_ntfs_items *s)
{
  if (s == NULL) return;
  free(s->spare);
  free(s->names);
  free(s->name_ids);
  free(s->streams);
  hk_buf_done(&s->path);
  hk_buf_done(&s->short_name);
  hk_buf_done(&s->stream_name);
  free(s);
}

const struct hk_ntfs_list_counts *hk_ntfs_items_counts(const struct hk_ntfs_items *s)
{
  return &s->counts;
}

/* ---- what a record holds ------------------------------------------------------------------------------------------------ */

static bool is_i30(struct hk_cur name)
{
  return name.size == 8 && memcmp(name.base, "$\0I\0" "3\0" "0", 8) == 0;
}

static void take_stream(struct hk_ntfs_items *s, const struct hk_ntfs_attribute *a)
{
  if (s->n_streams == STREAMS_MAX)
    s->counts.limited = true;
  else
    s->streams[s->n_streams++] = *a;
}

static void take_attribute(struct hk_ntfs_items *s, const struct hk_ntfs_attribute *a, struct hk_ntfs_item *item)
{
  switch (a->type) {
  case HK_NTFS_STANDARD_INFORMATION:
    if (a->resident && !item->has_standard) item->has_standard = hk_ntfs_standard_parse(a->value, &item->standard);
    break;
  case HK_NTFS_FILE_NAME:
    if (s->n_names == NAMES_MAX) {
      s->counts.limited = true;
    } else if (a->resident && hk_ntfs_name_parse(a->value, &s->names[s->n_names])) {
      s->name_ids[s->n_names++] = a->id;
    }
    break;
  case HK_NTFS_SECURITY_DESCRIPTOR:
    if (a->resident) item->descriptor = a->value;
    item->descriptor_elsewhere = !a->resident;
    break;
  case HK_NTFS_DATA:
    if (a->resident || a->first_vcn == 0) take_stream(s, a);
    break;
  case HK_NTFS_INDEX_ROOT:
    /* $I30 makes a directory; the indexes of $Secure, $ObjId, $Quota and $Reparse have other names. */
    if (!is_i30(a->name)) {
      take_stream(s, a);
      break;
    }
    if (!s->has_index_root) s->index_root = *a;
    s->has_index_root = true;
    break;
  case HK_NTFS_REPARSE_POINT: {
    struct hk_cur c = a->value;
    if (a->resident) item->reparse_tag = hk_u32le(&c);
    break;
  }
  default:
    break;
  }
}

static bool take_record(struct hk_ntfs_items *s, const struct hk_ntfs_record *r, struct hk_ntfs_item *item)
{
  struct hk_cur c = hk_ntfs_attributes(r);
  struct hk_ntfs_attribute a;
  while (hk_ntfs_attribute_next(&c, &a)) take_attribute(s, &a, item);
  return !c.bad;
}

/* ---- giving it out ------------------------------------------------------------------------------------------------------ */

static uint64_t size_of(const struct hk_ntfs_attribute *a)
{
  return a->resident ? a->value.size : a->size_bytes;
}

/* The 8.3 name beside this long one. */
static hk_str short_name_of(struct hk_ntfs_items *s, const struct hk_ntfs_name *name)
{
  if (name == NULL || name->space != HK_NTFS_WIN32) return hk_str_of("");
  for (size_t i = 0; i < s->n_names; i++) {
    const bool beside = s->names[i].space == HK_NTFS_DOS && s->names[i].parent.record == name->parent.record;
    if (!beside) continue;
    hk_buf_reset(&s->short_name);
    hk_ntfs_name_utf8(s->names[i].name, &s->short_name);
    return hk_buf_view(&s->short_name);
  }
  return hk_str_of("");
}

/* Path of the directory, kept while items stay in one. */
static void enter_directory(struct hk_ntfs_items *s, size_t directory)
{
  if (directory == s->last_directory) {
    s->path.n = s->directory_bytes;
    s->path.failed = false;
    return;
  }
  hk_buf_reset(&s->path);
  s->last_whole = hk_ntfs_tree_path(hk_ntfs_list_tree(s->list), directory, &s->path);
  s->last_directory = directory;
  s->directory_bytes = s->path.n;
}

static bool give_stream(struct hk_ntfs_items *s, const struct hk_ntfs_attribute *a, struct hk_ntfs_item *item)
{
  const size_t base = s->path.n;
  hk_buf_reset(&s->stream_name);
  item->resident = a != NULL && a->resident ? a->value : hk_cur_over(NULL, 0);
  if (a != NULL) {
    item->data_id = a->id;
    item->data_type = a->type;
    item->data_flags = a->flags;
    item->size_bytes = size_of(a);
    item->allocated_bytes = a->resident ? a->value.size : a->allocated_bytes;
    item->held_bytes = a->resident ? a->value.size : a->held_bytes;
    if (a != &s->index_root) hk_ntfs_name_utf8(a->name, &s->stream_name);
  }
  item->has_data = a != NULL && a->type == HK_NTFS_DATA;
  item->stream = hk_buf_view(&s->stream_name);
  if (item->stream.n > 0) {
    hk_buf_u8(&s->path, ':');
    hk_buf_str(&s->path, item->stream);
  }
  item->path = hk_buf_view(&s->path);
  item->name = hk_str_sub(item->path, item->path.n - (item->stream.n > 0 ? item->stream.n + 1 : 0) - item->name.n,
                          item->path.n - (item->stream.n > 0 ? item->stream.n + 1 : 0));
  const bool go_on = s->path.failed || s->on(s->ctx, item);
  if (s->path.failed) s->counts.limited = true;
  s->path.n = base;
  s->path.failed = false;
  item->extra_index++;
  return go_on;
}

/* All streams under one name: the unnamed data (or the directory, or nothing) first. */
static bool give_name(struct hk_ntfs_items *s, const struct hk_ntfs_name *name, uint16_t id, struct hk_ntfs_item *item)
{
  const size_t directory = name == NULL ? HK_NTFS_NO_DIRECTORY : hk_ntfs_tree_parent(hk_ntfs_list_tree(s->list), name->parent);
  enter_directory(s, directory);
  item->directory = directory;
  item->has_name = name != NULL;
  item->is_orphan = !s->last_whole;
  item->name_id = id;
  item->extra_index = 0;
  if (name != NULL) item->name_times = name->times;
  item->name_units = name == NULL ? 0 : (uint8_t)(name->name.size / 2);
  item->short_name = short_name_of(s, name);
  const size_t before = s->path.n;
  if (item->record == HK_NTFS_ROOT && item->is_directory && before == 0) {
    item->name = hk_str_of("");
    hk_buf_u8(&s->path, '\\');
  } else {
    hk_buf_u8(&s->path, '\\');
    if (name != NULL)
      hk_ntfs_name_utf8(name->name, &s->path);
    else
      hk_buf_printf(&s->path, "OrphanFile-%llu", (unsigned long long)item->record);
    item->name.n = s->path.n - before - 1;
  }
  const struct hk_ntfs_attribute *unnamed = NULL;
  for (size_t i = 0; i < s->n_streams && unnamed == NULL; i++)
    if (s->streams[i].type == HK_NTFS_DATA && s->streams[i].name.size == 0) unnamed = &s->streams[i];
  if (unnamed == NULL && item->is_directory) unnamed = s->has_index_root ? &s->index_root : NULL;
  bool go_on = give_stream(s, unnamed, item);
  for (size_t i = 0; i < s->n_streams && go_on; i++)
    if (s->streams[i].name.size != 0) go_on = give_stream(s, &s->streams[i], item);
  return go_on;
}

static bool give_record(struct hk_ntfs_items *s, struct hk_ntfs_item *item)
{
  bool any = false;
  for (size_t i = 0; i < s->n_names; i++) {
    const struct hk_ntfs_name *const name = &s->names[i];
    if (name->space == HK_NTFS_DOS) continue;
    any = true;
    /* Some reparse data lies in clusters: the tag is in the name, too. */
    if (item->reparse_tag == 0 && (name->attributes & 0x400) != 0) item->reparse_tag = name->reparse_tag;
    if (!give_name(s, name, s->name_ids[i], item)) return false;
  }
  if (any) return true;
  if (s->n_names > 0) return give_name(s, &s->names[0], s->name_ids[0], item); /* only a short name is left */
  /* Reserved and formatted records hold nothing. */
  if (!item->has_standard && s->n_streams == 0) return true;
  return give_name(s, NULL, 0, item);
}

/* The record and its extensions. */
static void take_file(struct hk_ntfs_items *s, const struct hk_ntfs_record *r, struct hk_ntfs_item *item)
{
  size_t n = 0, n_spare = 0;
  const struct hk_ntfs_extension *const v = hk_ntfs_list_extensions(s->list, item->record, &n);
  s->n_names = s->n_streams = 0;
  s->has_index_root = false;
  bool sound = take_record(s, r, item);
  for (size_t i = 0; i < n; i++) {
    struct hk_ntfs_record x;
    /* The spare record holds one extension that was not kept: it must be given before the next is read. */
    if (v[i].kept == NULL && n_spare++ > 0) {
      s->counts.limited = true;
      break;
    }
    if (hk_ntfs_extension_of(hk_ntfs_list_mft(s->list), &v[i], r, s->spare, &x)) sound = take_record(s, &x, item) && sound;
  }
  if (!sound) s->counts.n_damaged++;
}

bool hk_ntfs_items_give(struct hk_ntfs_items *s, uint64_t number, uint8_t *record, hk_ntfs_item_fn *on, void *ctx)
{
  const uint32_t size = hk_ntfs_list_mft(s->list)->volume->record_bytes;
  struct hk_ntfs_record r;
  const hk_err e = hk_ntfs_fixup(record, size, "FILE");
  if (e.code != HK_OK || hk_ntfs_record_parse(record, size, &r).code != HK_OK) {
    if (e.code != HK_ABSENT) s->counts.n_damaged++;
    return true;
  }
  if (r.base.record != 0) {
    s->counts.n_extensions++;
    return true;
  }
  if (r.in_use)
    s->counts.n_in_use++;
  else
    s->counts.n_deleted++;
  if (!r.in_use && !s->deleted) return true;
  struct hk_ntfs_item item = {.record = number, .sequence = r.sequence, .in_use = r.in_use, .is_directory = r.is_directory, .n_links = r.n_links};
  s->on = on;
  s->ctx = ctx;
  take_file(s, &r, &item);
  return give_record(s, &item);
}

/* ---- second pass -------------------------------------------------------------------------------------------------------- */

hk_err hk_ntfs_list_run(struct hk_ntfs_list *l, bool deleted, hk_ntfs_item_fn *on, void *ctx)
{
  struct hk_ntfs_sweep sweep = {.list = l};
  struct hk_ntfs_items *items = NULL;
  const uint32_t size = hk_ntfs_list_mft(l)->volume->record_bytes;
  uint64_t first = 0;
  size_t n = 0;
  bool go_on = true;
  uint8_t *const block = malloc(HK_NTFS_BLOCK_BYTES);
  const hk_err e = block == NULL ? hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET) : hk_ntfs_items_open(l, deleted, &items);
  while (e.code == HK_OK && go_on && hk_ntfs_sweep_next(&sweep, block, &first, &n))
    for (size_t i = 0; i < n && go_on; i++) go_on = hk_ntfs_items_give(items, first + i, block + i * size, on, ctx);
  free(block);
  if (e.code != HK_OK) return e;
  hk_ntfs_list_recount(l);
  hk_ntfs_list_count(l, hk_ntfs_items_counts(items));
  hk_ntfs_items_close(items);
  return e;
}
