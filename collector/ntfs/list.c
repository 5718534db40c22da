/* The two passes. Extension records are few and may lie anywhere: the first pass keeps copies of them (up to a budget), so
   that the second never jumps. */
#include "ntfs/list.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)1 << 18)
#define KEPT_BYTES_MAX ((size_t)48 << 20)
#define EXTENSIONS_MAX ((size_t)1 << 22)
#define NAMES_MAX 2048 /* 1,024 hard links and their short names */
#define STREAMS_MAX 8192
#define PATH_BYTES_MAX ((size_t)256 * 1024)

struct extension {
  uint64_t base;
  uint64_t record;
  uint8_t *kept; /* the whole record, fixed up; NULL: to be read again */
};


struct hk_ntfs_list {
  struct hk_ntfs_mft *mft;
  struct hk_ntfs_tree tree;
  struct hk_ntfs_list_counts counts;
  struct hk_arena kept;
  struct extension *extensions; /* by base, then by record */
  size_t n_extensions, extension_capacity;
  uint8_t *block;
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

static void free_list(struct hk_ntfs_list *l)
{
  hk_ntfs_tree_done(&l->tree);
  hk_arena_done(&l->kept);
  free(l->extensions);
  free(l->block);
  free(l->spare);
  free(l->names);
  free(l->name_ids);
  free(l->streams);
  hk_buf_done(&l->path);
  hk_buf_done(&l->short_name);
  hk_buf_done(&l->stream_name);
  free(l);
}

/* ---- reading the $MFT front to back ----------------------------------------------------------------------------------- */

/* One block of records; where the device fails, record by record, and what cannot be read is left zero. */
static void read_block(struct hk_ntfs_list *l, uint64_t first, size_t n)
{
  struct hk_bytes *const in = &l->mft->data.bytes;
  const uint32_t size = l->mft->volume->record_bytes;
  size_t got = 0;
  if (in->read_at(in, first * size, l->block, n * size, &got).code == HK_OK && got == n * size) return;
  for (size_t i = 0; i < n; i++) {
    uint8_t *const to = l->block + i * size;
    if (in->read_at(in, (first + i) * size, to, size, &got).code == HK_OK && got == size) continue;
    memset(to, 0, size);
    l->counts.n_unreadable++;
  }
}

/* A gigabyte in a row that cannot be read: the rest is not worth the time either. */
#define UNREADABLE_MAX ((uint64_t)1 << 20)

/* `on` gets each record as it lies on the disk, not fixed up, and returns false to stop. */
static hk_err each_record(struct hk_ntfs_list *l, hk_err (*on)(struct hk_ntfs_list *l, uint64_t number, uint8_t *record, void *ctx, bool *stop),
                          void *ctx)
{
  const uint32_t size = l->mft->volume->record_bytes;
  const size_t per_block = BLOCK_BYTES / size;
  bool stop = false;
  uint64_t in_a_row = 0;
  for (uint64_t first = 0; first < l->mft->n_records && !stop; first += per_block) {
    const uint64_t left = l->mft->n_records - first;
    const size_t n = left < per_block ? (size_t)left : per_block;
    const uint64_t before = l->counts.n_unreadable;
    read_block(l, first, n);
    in_a_row = l->counts.n_unreadable - before == n ? in_a_row + n : 0;
    if (in_a_row >= UNREADABLE_MAX) {
      l->counts.limited = true;
      return hk_ok();
    }
    for (size_t i = 0; i < n && !stop; i++) HK_TRY(on(l, first + i, l->block + i * size, ctx, &stop));
  }
  return hk_ok();
}

/* ---- first pass: directories and extension records --------------------------------------------------------------------- */

static hk_err keep_extension(struct hk_ntfs_list *l, uint64_t number, const uint8_t *record, const struct hk_ntfs_record *r)
{
  const uint32_t size = l->mft->volume->record_bytes;
  if (l->n_extensions == EXTENSIONS_MAX) {
    l->counts.limited = true;
    return hk_ok();
  }
  if (l->n_extensions == l->extension_capacity) {
    const size_t capacity = l->extension_capacity == 0 ? 256 : l->extension_capacity * 2;
    struct extension *const v = realloc(l->extensions, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "list extension records", HK_NO_OFFSET);
    l->extensions = v;
    l->extension_capacity = capacity;
  }
  uint8_t *const kept = hk_alloc(&l->kept, size);
  if (kept != NULL) memcpy(kept, record, size);
  l->extensions[l->n_extensions++] = (struct extension){.base = r->base.record, .record = number, .kept = kept};
  return hk_ok();
}

/* The first long name of a record. */
static bool long_name(const struct hk_ntfs_record *r, struct hk_ntfs_name *out)
{
  struct hk_cur c = hk_ntfs_attributes(r);
  struct hk_ntfs_attribute a;
  while (hk_ntfs_attribute_next(&c, &a)) {
    const bool name = a.type == HK_NTFS_FILE_NAME && a.resident && hk_ntfs_name_parse(a.value, out);
    if (name && out->space != HK_NTFS_DOS) return true;
  }
  return false;
}

static void name_directory(struct hk_ntfs_list *l, struct hk_ntfs_directory *d, const struct hk_ntfs_name *name)
{
  hk_buf_reset(&l->short_name);
  hk_ntfs_name_utf8(name->name, &l->short_name);
  d->name = hk_str_copy(&l->tree.names, hk_buf_view(&l->short_name));
  d->parent = name->parent;
}

static hk_err add_directory(struct hk_ntfs_list *l, uint64_t number, const struct hk_ntfs_record *r)
{
  struct hk_ntfs_name name;
  struct hk_ntfs_directory d = {.record = number, .sequence = r->sequence, .in_use = r->in_use, .name = hk_str_of("")};
  if (long_name(r, &name)) name_directory(l, &d, &name);
  const hk_err e = hk_ntfs_tree_add(&l->tree, &d);
  if (e.code != HK_LIMIT) return e;
  l->counts.limited = true;
  return hk_ok();
}

static hk_err first_pass(struct hk_ntfs_list *l, uint64_t number, uint8_t *record, void *ctx, bool *stop)
{
  const uint32_t size = l->mft->volume->record_bytes;
  struct hk_ntfs_record r;
  (void)ctx;
  (void)stop;
  l->counts.n_records++;
  /* What decides lies in front of the first place the update sequence touches. */
  if (memcmp(record, "FILE", 4) != 0 || hk_ntfs_record_parse(record, size, &r).code != HK_OK) return hk_ok();
  if (!r.is_directory && r.base.record == 0) return hk_ok();
  if (hk_ntfs_fixup(record, size, "FILE").code != HK_OK) return hk_ok();
  if (r.base.record != 0) return keep_extension(l, number, record, &r);
  return add_directory(l, number, &r);
}

static int by_base(const void *x, const void *y)
{
  const struct extension *const a = x, *const b = y;
  if (a->base != b->base) return a->base < b->base ? -1 : 1;
  return (a->record > b->record) - (a->record < b->record);
}

static size_t first_extension(const struct hk_ntfs_list *l, uint64_t base)
{
  size_t low = 0, high = l->n_extensions;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (l->extensions[middle].base < base)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The extension if it is this very file's; buffers: its own copy, or l->spare. */
static bool extension_of(struct hk_ntfs_list *l, const struct extension *x, const struct hk_ntfs_record *base, struct hk_ntfs_record *out)
{
  const uint32_t size = l->mft->volume->record_bytes;
  const hk_err e = x->kept != NULL ? hk_ntfs_record_parse(x->kept, size, out) : hk_ntfs_mft_record(l->mft, x->record, l->spare, out);
  if (e.code != HK_OK || out->base.record != x->base || out->in_use != base->in_use) return false;
  return out->base.sequence == base->sequence || (!base->in_use && (uint16_t)(out->base.sequence + 1) == base->sequence);
}

/* A directory with so much in its record that its name moved out. */
static void name_nameless(struct hk_ntfs_list *l)
{
  for (size_t i = 0; i < l->n_extensions; i++) {
    const size_t at = hk_ntfs_tree_find(&l->tree, l->extensions[i].base);
    if (at == HK_NTFS_NO_DIRECTORY || l->tree.v[at].name.n > 0) continue;
    struct hk_ntfs_directory *const d = &l->tree.v[at];
    const struct hk_ntfs_record base = {.sequence = d->sequence, .in_use = d->in_use};
    struct hk_ntfs_record r;
    struct hk_ntfs_name name;
    if (extension_of(l, &l->extensions[i], &base, &r) && long_name(&r, &name)) name_directory(l, d, &name);
  }
}

static bool has_memory(const struct hk_ntfs_list *l)
{
  return l->block != NULL && l->spare != NULL && l->names != NULL && l->name_ids != NULL && l->streams != NULL;
}

hk_err hk_ntfs_list_open(struct hk_ntfs_mft *m, struct hk_ntfs_list **out)
{
  struct hk_ntfs_list *const l = calloc(1, sizeof *l);
  if (l == NULL) return hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  l->mft = m;
  l->block = malloc(BLOCK_BYTES);
  l->spare = malloc(m->volume->record_bytes);
  l->names = malloc(NAMES_MAX * sizeof *l->names);
  l->name_ids = malloc(NAMES_MAX * sizeof *l->name_ids);
  l->streams = malloc(STREAMS_MAX * sizeof *l->streams);
  l->last_directory = HK_NTFS_NO_DIRECTORY - 1;
  hk_ntfs_tree_init(&l->tree);
  hk_arena_init(&l->kept, KEPT_BYTES_MAX);
  hk_buf_init(&l->path, PATH_BYTES_MAX);
  hk_buf_init(&l->short_name, PATH_BYTES_MAX);
  hk_buf_init(&l->stream_name, PATH_BYTES_MAX);
  const hk_err e = has_memory(l) ? each_record(l, first_pass, NULL) : hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  if (e.code != HK_OK) {
    free_list(l);
    return e;
  }
  if (l->n_extensions > 1) qsort(l->extensions, l->n_extensions, sizeof *l->extensions, by_base);
  name_nameless(l);
  *out = l;
  return hk_ok();
}

void hk_ntfs_list_close(struct hk_ntfs_list *l)
{
  if (l != NULL) free_list(l);
}

const struct hk_ntfs_tree *hk_ntfs_list_tree(const struct hk_ntfs_list *l)
{
  return &l->tree;
}

const struct hk_ntfs_list_counts *hk_ntfs_list_counts(const struct hk_ntfs_list *l)
{
  return &l->counts;
}

/* ---- second pass -------------------------------------------------------------------------------------------------------- */

struct second {
  bool deleted;
  bool (*on)(void *ctx, const struct hk_ntfs_item *item);
  void *ctx;
};

static bool is_i30(struct hk_cur name)
{
  return name.size == 8 && memcmp(name.base, "$\0I\0" "3\0" "0", 8) == 0;
}

static void take_stream(struct hk_ntfs_list *l, const struct hk_ntfs_attribute *a)
{
  if (l->n_streams == STREAMS_MAX)
    l->counts.limited = true;
  else
    l->streams[l->n_streams++] = *a;
}

static void take_attribute(struct hk_ntfs_list *l, const struct hk_ntfs_attribute *a, struct hk_ntfs_item *item)
{
  switch (a->type) {
  case HK_NTFS_STANDARD_INFORMATION:
    if (a->resident && !item->has_standard) item->has_standard = hk_ntfs_standard_parse(a->value, &item->standard);
    break;
  case HK_NTFS_FILE_NAME:
    if (l->n_names == NAMES_MAX) {
      l->counts.limited = true;
    } else if (a->resident && hk_ntfs_name_parse(a->value, &l->names[l->n_names])) {
      l->name_ids[l->n_names++] = a->id;
    }
    break;
  case HK_NTFS_SECURITY_DESCRIPTOR:
    if (a->resident) item->descriptor = a->value;
    item->descriptor_elsewhere = !a->resident;
    break;
  case HK_NTFS_DATA:
    if (a->resident || a->first_vcn == 0) take_stream(l, a);
    break;
  case HK_NTFS_INDEX_ROOT:
    /* $I30 makes a directory; the indexes of $Secure, $ObjId, $Quota and $Reparse have other names. */
    if (!is_i30(a->name)) {
      take_stream(l, a);
      break;
    }
    if (!l->has_index_root) l->index_root = *a;
    l->has_index_root = true;
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

static bool take_record(struct hk_ntfs_list *l, const struct hk_ntfs_record *r, struct hk_ntfs_item *item)
{
  struct hk_cur c = hk_ntfs_attributes(r);
  struct hk_ntfs_attribute a;
  while (hk_ntfs_attribute_next(&c, &a)) take_attribute(l, &a, item);
  return !c.bad;
}

static uint64_t size_of(const struct hk_ntfs_attribute *a)
{
  return a->resident ? a->value.size : a->size_bytes;
}

/* The 8.3 name beside this long one. */
static hk_str short_name_of(struct hk_ntfs_list *l, const struct hk_ntfs_name *name)
{
  if (name == NULL || name->space != HK_NTFS_WIN32) return hk_str_of("");
  for (size_t i = 0; i < l->n_names; i++) {
    const bool beside = l->names[i].space == HK_NTFS_DOS && l->names[i].parent.record == name->parent.record;
    if (!beside) continue;
    hk_buf_reset(&l->short_name);
    hk_ntfs_name_utf8(l->names[i].name, &l->short_name);
    return hk_buf_view(&l->short_name);
  }
  return hk_str_of("");
}

/* Path of the directory, kept while items stay in one. */
static void enter_directory(struct hk_ntfs_list *l, size_t directory)
{
  if (directory == l->last_directory) {
    l->path.n = l->directory_bytes;
    l->path.failed = false;
    return;
  }
  hk_buf_reset(&l->path);
  l->last_whole = hk_ntfs_tree_path(&l->tree, directory, &l->path);
  l->last_directory = directory;
  l->directory_bytes = l->path.n;
}

static bool give_stream(struct hk_ntfs_list *l, const struct hk_ntfs_attribute *a, struct hk_ntfs_item *item, const struct second *s)
{
  const size_t base = l->path.n;
  hk_buf_reset(&l->stream_name);
  item->resident = a != NULL && a->resident ? a->value : hk_cur_over(NULL, 0);
  if (a != NULL) {
    item->data_id = a->id;
    item->data_type = a->type;
    item->data_flags = a->flags;
    item->size_bytes = size_of(a);
    item->allocated_bytes = a->resident ? a->value.size : a->allocated_bytes;
    item->held_bytes = a->resident ? a->value.size : a->held_bytes;
    if (a != &l->index_root) hk_ntfs_name_utf8(a->name, &l->stream_name);
  }
  item->has_data = a != NULL && a->type == HK_NTFS_DATA;
  item->stream = hk_buf_view(&l->stream_name);
  if (item->stream.n > 0) {
    hk_buf_u8(&l->path, ':');
    hk_buf_str(&l->path, item->stream);
  }
  item->path = hk_buf_view(&l->path);
  item->name = hk_str_sub(item->path, item->path.n - (item->stream.n > 0 ? item->stream.n + 1 : 0) - item->name.n,
                          item->path.n - (item->stream.n > 0 ? item->stream.n + 1 : 0));
  const bool go_on = l->path.failed || s->on(s->ctx, item);
  if (l->path.failed) l->counts.limited = true;
  l->path.n = base;
  l->path.failed = false;
  item->extra_index++;
  return go_on;
}

/* All streams under one name: the unnamed data (or the directory, or nothing) first. */
static bool give_name(struct hk_ntfs_list *l, const struct hk_ntfs_name *name, uint16_t id, struct hk_ntfs_item *item, const struct second *s)
{
  const size_t directory = name == NULL ? HK_NTFS_NO_DIRECTORY : hk_ntfs_tree_parent(&l->tree, name->parent);
  enter_directory(l, directory);
  item->directory = directory;
  item->has_name = name != NULL;
  item->is_orphan = !l->last_whole;
  item->name_id = id;
  item->extra_index = 0;
  if (name != NULL) item->name_times = name->times;
  item->name_units = name == NULL ? 0 : (uint8_t)(name->name.size / 2);
  item->short_name = short_name_of(l, name);
  const size_t before = l->path.n;
  if (item->record == HK_NTFS_ROOT && item->is_directory && before == 0) {
    item->name = hk_str_of("");
    hk_buf_u8(&l->path, '\\');
  } else {
    hk_buf_u8(&l->path, '\\');
    if (name != NULL)
      hk_ntfs_name_utf8(name->name, &l->path);
    else
      hk_buf_printf(&l->path, "OrphanFile-%llu", (unsigned long long)item->record);
    item->name.n = l->path.n - before - 1;
  }
  const struct hk_ntfs_attribute *unnamed = NULL;
  for (size_t i = 0; i < l->n_streams && unnamed == NULL; i++)
    if (l->streams[i].type == HK_NTFS_DATA && l->streams[i].name.size == 0) unnamed = &l->streams[i];
  if (unnamed == NULL && item->is_directory) unnamed = l->has_index_root ? &l->index_root : NULL;
  bool go_on = give_stream(l, unnamed, item, s);
  for (size_t i = 0; i < l->n_streams && go_on; i++)
    if (l->streams[i].name.size != 0) go_on = give_stream(l, &l->streams[i], item, s);
  return go_on;
}

static bool give_record(struct hk_ntfs_list *l, struct hk_ntfs_item *item, const struct second *s)
{
  bool any = false;
  for (size_t i = 0; i < l->n_names; i++) {
    const struct hk_ntfs_name *const name = &l->names[i];
    if (name->space == HK_NTFS_DOS) continue;
    any = true;
    /* Some reparse data lies in clusters: the tag is in the name, too. */
    if (item->reparse_tag == 0 && (name->attributes & 0x400) != 0) item->reparse_tag = name->reparse_tag;
    if (!give_name(l, name, l->name_ids[i], item, s)) return false;
  }
  if (any) return true;
  if (l->n_names > 0) return give_name(l, &l->names[0], l->name_ids[0], item, s); /* only a short name is left */
  /* Reserved and formatted records hold nothing. */
  if (!item->has_standard && l->n_streams == 0) return true;
  return give_name(l, NULL, 0, item, s);
}

static hk_err second_pass(struct hk_ntfs_list *l, uint64_t number, uint8_t *record, void *ctx, bool *stop)
{
  const struct second *const s = ctx;
  const uint32_t size = l->mft->volume->record_bytes;
  struct hk_ntfs_record r;
  const hk_err e = hk_ntfs_fixup(record, size, "FILE");
  if (e.code != HK_OK || hk_ntfs_record_parse(record, size, &r).code != HK_OK) {
    if (e.code != HK_ABSENT) l->counts.n_damaged++;
    return hk_ok();
  }
  if (r.base.record != 0) {
    l->counts.n_extensions++;
    return hk_ok();
  }
  if (r.in_use)
    l->counts.n_in_use++;
  else
    l->counts.n_deleted++;
  if (!r.in_use && !s->deleted) return hk_ok();
  struct hk_ntfs_item item = {.record = number, .sequence = r.sequence, .in_use = r.in_use, .is_directory = r.is_directory, .n_links = r.n_links};
  l->n_names = l->n_streams = 0;
  l->has_index_root = false;
  bool sound = take_record(l, &r, &item);
  /* The spare record holds one extension that was not kept: it must be given before the next is read. */
  size_t n_spare = 0;
  for (size_t i = first_extension(l, number); i < l->n_extensions && l->extensions[i].base == number; i++) {
    struct hk_ntfs_record x;
    if (l->extensions[i].kept == NULL && n_spare++ > 0) {
      l->counts.limited = true;
      break;
    }
    if (extension_of(l, &l->extensions[i], &r, &x)) sound = take_record(l, &x, &item) && sound;
  }
  if (!sound) l->counts.n_damaged++;
  *stop = !give_record(l, &item, s);
  return hk_ok();
}

hk_err hk_ntfs_list_run(struct hk_ntfs_list *l, bool deleted, bool (*on)(void *ctx, const struct hk_ntfs_item *item), void *ctx)
{
  struct second s = {.deleted = deleted, .on = on, .ctx = ctx};
  l->counts.n_damaged = l->counts.n_in_use = l->counts.n_deleted = l->counts.n_extensions = 0;
  return each_record(l, second_pass, &s);
}
