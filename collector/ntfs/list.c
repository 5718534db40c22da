/* The two passes. Extension records are few and may lie anywhere: the first pass keeps copies of them (up to a budget), so
   that the second never jumps. */
#include "ntfs/list.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES_MAX ((size_t)48 << 20)
#define EXTENSIONS_MAX ((size_t)1 << 22)
#define NAME_BYTES_MAX ((size_t)1 << 10)

struct hk_ntfs_list {
  struct hk_ntfs_mft *mft;
  struct hk_ntfs_tree tree;
  struct hk_ntfs_list_counts counts;
  struct hk_arena kept;
  struct hk_ntfs_extension *extensions; /* by base, then by record */
  size_t n_extensions, extension_capacity;
  uint8_t *spare; /* one record */
  struct hk_buf name;
};

static void free_list(struct hk_ntfs_list *l)
{
  hk_ntfs_tree_done(&l->tree);
  hk_arena_done(&l->kept);
  free(l->extensions);
  free(l->spare);
  hk_buf_done(&l->name);
  free(l);
}

/* ---- reading the $MFT front to back ----------------------------------------------------------------------------------- */

/* A gigabyte in a row that cannot be read: the rest is not worth the time either. */
#define UNREADABLE_MAX ((uint64_t)1 << 20)

/* One block of records; where the device fails, record by record, and what cannot be read is left zero. */
static void read_block(struct hk_ntfs_sweep *s, uint8_t *block, size_t n)
{
  struct hk_ntfs_list *const l = s->list;
  struct hk_bytes *const in = &l->mft->data.bytes;
  const uint32_t size = l->mft->volume->record_bytes;
  size_t got = 0;
  const bool whole = in->read_at(in, s->next * size, block, n * size, &got).code == HK_OK && got == n * size;
  if (whole) s->in_a_row = 0;
  for (size_t i = 0; i < n && !whole; i++) {
    uint8_t *const to = block + i * size;
    const bool read = in->read_at(in, (s->next + i) * size, to, size, &got).code == HK_OK && got == size;
    s->in_a_row = read ? 0 : s->in_a_row + 1;
    if (read) continue;
    memset(to, 0, size);
    l->counts.n_unreadable++;
  }
}

bool hk_ntfs_sweep_next(struct hk_ntfs_sweep *s, uint8_t *block, uint64_t *first, size_t *n)
{
  const struct hk_ntfs_mft *const m = s->list->mft;
  const size_t per_block = HK_NTFS_BLOCK_BYTES / m->volume->record_bytes;
  if (s->next >= m->n_records) return false;
  if (s->in_a_row >= UNREADABLE_MAX) {
    s->list->counts.limited = true;
    return false;
  }
  const uint64_t left = m->n_records - s->next;
  *first = s->next;
  *n = left < per_block ? (size_t)left : per_block;
  read_block(s, block, *n);
  s->next += *n;
  return true;
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
    struct hk_ntfs_extension *const v = realloc(l->extensions, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "list extension records", HK_NO_OFFSET);
    l->extensions = v;
    l->extension_capacity = capacity;
  }
  uint8_t *const kept = hk_alloc(&l->kept, size);
  if (kept != NULL) memcpy(kept, record, size);
  l->extensions[l->n_extensions++] = (struct hk_ntfs_extension){.base = r->base.record, .record = number, .kept = kept};
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
  hk_buf_reset(&l->name);
  hk_ntfs_name_utf8(name->name, &l->name);
  d->name = hk_str_copy(&l->tree.names, hk_buf_view(&l->name));
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

static hk_err first_look(struct hk_ntfs_list *l, uint64_t number, uint8_t *record)
{
  const uint32_t size = l->mft->volume->record_bytes;
  struct hk_ntfs_record r;
  l->counts.n_records++;
  /* What decides lies in front of the first place the update sequence touches. */
  if (memcmp(record, "FILE", 4) != 0 || hk_ntfs_record_parse(record, size, &r).code != HK_OK) return hk_ok();
  if (!r.is_directory && r.base.record == 0) return hk_ok();
  if (hk_ntfs_fixup(record, size, "FILE").code != HK_OK) return hk_ok();
  if (r.base.record != 0) return keep_extension(l, number, record, &r);
  return add_directory(l, number, &r);
}

static hk_err first_pass(struct hk_ntfs_list *l)
{
  struct hk_ntfs_sweep sweep = {.list = l};
  const uint32_t size = l->mft->volume->record_bytes;
  uint8_t *const block = malloc(HK_NTFS_BLOCK_BYTES);
  uint64_t first = 0;
  size_t n = 0;
  hk_err e = block == NULL ? hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET) : hk_ok();
  while (e.code == HK_OK && hk_ntfs_sweep_next(&sweep, block, &first, &n))
    for (size_t i = 0; i < n && e.code == HK_OK; i++) e = first_look(l, first + i, block + i * size);
  free(block);
  return e;
}

/* ---- extension records -------------------------------------------------------------------------------------------------- */

static int by_base(const void *x, const void *y)
{
  const struct hk_ntfs_extension *const a = x, *const b = y;
  if (a->base != b->base) return a->base < b->base ? -1 : 1;
  return (a->record > b->record) - (a->record < b->record);
}

const struct hk_ntfs_extension *hk_ntfs_list_extensions(const struct hk_ntfs_list *l, uint64_t base, size_t *n)
{
  size_t low = 0, high = l->n_extensions;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (l->extensions[middle].base < base)
      low = middle + 1;
    else
      high = middle;
  }
  *n = 0;
  while (low + *n < l->n_extensions && l->extensions[low + *n].base == base) ++*n;
  return l->n_extensions == 0 ? NULL : l->extensions + low;
}

bool hk_ntfs_extension_of(struct hk_ntfs_mft *m, const struct hk_ntfs_extension *x, const struct hk_ntfs_record *base, uint8_t *spare,
                          struct hk_ntfs_record *out)
{
  const uint32_t size = m->volume->record_bytes;
  const hk_err e = x->kept != NULL ? hk_ntfs_record_parse(x->kept, size, out) : hk_ntfs_mft_record(m, x->record, spare, out);
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
    if (hk_ntfs_extension_of(l->mft, &l->extensions[i], &base, l->spare, &r) && long_name(&r, &name)) name_directory(l, d, &name);
  }
}

/* ---- the list ----------------------------------------------------------------------------------------------------------- */

hk_err hk_ntfs_list_open(struct hk_ntfs_mft *m, struct hk_ntfs_list **out)
{
  struct hk_ntfs_list *const l = calloc(1, sizeof *l);
  if (l == NULL) return hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
  l->mft = m;
  l->spare = malloc(m->volume->record_bytes);
  hk_ntfs_tree_init(&l->tree);
  hk_arena_init(&l->kept, KEPT_BYTES_MAX);
  hk_buf_init(&l->name, NAME_BYTES_MAX);
  const hk_err e = l->spare != NULL ? first_pass(l) : hk_fail(HK_MEMORY, "list a volume", HK_NO_OFFSET);
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

struct hk_ntfs_mft *hk_ntfs_list_mft(const struct hk_ntfs_list *l)
{
  return l->mft;
}

/* ---- second pass -------------------------------------------------------------------------------------------------------- */

void hk_ntfs_list_recount(struct hk_ntfs_list *l)
{
  l->counts.n_damaged = l->counts.n_in_use = l->counts.n_deleted = l->counts.n_extensions = 0;
}

void hk_ntfs_list_count(struct hk_ntfs_list *l, const struct hk_ntfs_list_counts *part)
{
  l->counts.n_damaged += part->n_damaged;
  l->counts.n_in_use += part->n_in_use;
  l->counts.n_deleted += part->n_deleted;
  l->counts.n_extensions += part->n_extensions;
  l->counts.limited = l->counts.limited || part->limited;
}
