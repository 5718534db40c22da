/* Catalog, store headers and bitmaps; a store's bytes. A snapshot is the present volume with the blocks of its own store laid over
   those of the next newer one, and so on: a block is looked for from the store itself upwards, and lies on the volume when none of
   them saved it. */
#include "ntfs/shadow.h"

#include <stdlib.h>
#include <string.h>

#include "ntfs/shadow_map.h"

enum {
  HEADER_AT = 0x1E00,
  HEADER_BYTES = 128, /* of every block of VSS, whatever follows */
  PART_BYTES = 512,
  TYPE_VOLUME = 1,
  TYPE_CATALOG = 2,
  TYPE_BLOCK_LIST = 3,
  TYPE_STORE = 4,
  TYPE_BITMAP = 6,
  ENTRY_BYTES = 128,
  ENTRY_SNAPSHOT = 2,
  ENTRY_STORE = 3,
  DESCRIPTOR_BYTES = 32,
};

/* {3808876b-c176-4e48-b7ae-04046e6cc752} */
static const uint8_t vss_id[16] = {0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52};

struct store {
  struct hk_ntfs_shadow_info info;
  bool placed; /* its store entry was found */
  uint64_t list_at, header_at, bitmap_at, previous_bitmap_at;
  struct hk_shadow_map map;
  bool loaded; /* map was tried; map_err says how it went */
  hk_err map_err;
};

struct hk_ntfs_shadows {
  struct hk_ntfs_device device, storage_device; /* copies: only their bytes are there for longer */
  struct hk_ntfs_volume volume, storage;
  struct hk_shadow_budget budget;
  struct store *v;
  size_t n, capacity;
  hk_err lost; /* the catalog broke off */
};

/* ---- blocks of VSS ------------------------------------------------------------------------------------------------------ */

/* The NTFS volume is a sector or a little more smaller than the partition that the snapshot shows. */
static struct hk_ntfs_volume whole(const struct hk_ntfs_volume *v, struct hk_ntfs_device *own)
{
  struct hk_ntfs_volume w = *v;
  *own = (struct hk_ntfs_device){.bytes = v->device->bytes, .sector_bytes = v->device->sector_bytes};
  w.device = own;
  const uint64_t device_bytes = v->device->bytes->size_bytes;
  const uint64_t after = device_bytes > v->start_bytes + v->size_bytes ? device_bytes - v->start_bytes - v->size_bytes : 0;
  w.size_bytes += after < v->cluster_bytes ? after : v->cluster_bytes;
  return w;
}

struct block_head {
  uint32_t type;
  uint64_t at;
  uint64_t next;
};

static bool head_parse(const struct hk_cur *block, struct block_head *out)
{
  struct hk_cur c = hk_cur_at(block, 0, HEADER_BYTES);
  const uint8_t *const id = hk_take(&c, sizeof vss_id);
  const uint32_t version = hk_u32le(&c);
  out->type = hk_u32le(&c);
  hk_skip(&c, 8);
  out->at = hk_u64le(&c);
  out->next = hk_u64le(&c);
  return !c.bad && memcmp(id, vss_id, sizeof vss_id) == 0 && version >= 1 && version <= 2;
}

/* Blocks are chained by their places on the volume; the chain is hostile. Brent's method finds a ring without remembering where one
   has been: the anchor moves up at every power of two. */
struct chain {
  const struct hk_ntfs_volume *v;
  uint64_t next, anchor;
  uint64_t n, until;
  uint8_t *block; /* HK_SHADOW_BLOCK bytes */
};

static struct chain chain_at(const struct hk_ntfs_volume *v, uint64_t at, uint8_t *block)
{
  return (struct chain){.v = v, .next = at, .until = 1, .block = block};
}

/* Reads the next block; *out is empty at the end of the chain. */
static hk_err chain_next(struct chain *c, uint32_t type, const char *step, struct hk_cur *out)
{
  *out = hk_cur_over(NULL, 0);
  if (c->next == 0) return hk_ok();
  const uint64_t at = c->next;
  if (at == c->anchor || at % PART_BYTES != 0) return hk_fail(HK_DAMAGED, step, (int64_t)at);
  if (++c->n == c->until) {
    c->anchor = at;
    c->until *= 2;
  }
  HK_TRY(hk_ntfs_volume_read(c->v, at, c->block, HK_SHADOW_BLOCK));
  struct block_head head;
  *out = hk_cur_over(c->block, HK_SHADOW_BLOCK);
  if (!head_parse(out, &head) || head.type != type || head.at != at) return hk_fail(HK_DAMAGED, step, (int64_t)at);
  c->next = head.next;
  return hk_ok();
}

/* ---- catalog ------------------------------------------------------------------------------------------------------------ */

static hk_err read_header(const struct hk_ntfs_volume *v, struct hk_ntfs_shadow_home *home, uint64_t *catalog_at)
{
  uint8_t bytes[PART_BYTES];
  HK_TRY(hk_ntfs_volume_read(v, HEADER_AT, bytes, sizeof bytes));
  const struct hk_cur all = hk_cur_over(bytes, sizeof bytes);
  struct block_head head;
  if (memcmp(bytes, vss_id, sizeof vss_id) != 0) return hk_fail(HK_ABSENT, "find shadow copies", HEADER_AT);
  if (!head_parse(&all, &head) || head.type != TYPE_VOLUME) return hk_fail(HK_UNSUPPORTED, "version of the shadow copies", HEADER_AT);
  struct hk_cur c = hk_cur_at(&all, 48, 48);
  *catalog_at = hk_u64le(&c);
  hk_skip(&c, 8);
  hk_copy(&c, home->volume_id, sizeof home->volume_id);
  hk_copy(&c, home->storage_id, sizeof home->storage_id);
  return c.bad ? hk_fail(HK_TRUNCATED, "find shadow copies", HEADER_AT) : hk_ok();
}

hk_err hk_ntfs_shadow_home(const struct hk_ntfs_volume *v, struct hk_ntfs_shadow_home *out)
{
  uint64_t catalog_at = 0;
  return read_header(v, out, &catalog_at);
}

static struct store *store_of(struct hk_ntfs_shadows *s, const uint8_t id[16])
{
  for (size_t i = 0; i < s->n; i++)
    if (memcmp(s->v[i].info.store_id, id, 16) == 0) return &s->v[i];
  return NULL;
}

static hk_err add_snapshot(struct hk_ntfs_shadows *s, struct hk_cur c)
{
  struct hk_ntfs_shadow_info i = {.state = hk_ok()};
  i.volume_bytes = hk_u64le(&c);
  hk_copy(&c, i.store_id, sizeof i.store_id);
  i.position = hk_u64le(&c);
  i.flags = (uint32_t)hk_u64le(&c);
  i.created_at = hk_time_from_filetime(hk_u64le(&c));
  if (c.bad || store_of(s, i.store_id) != NULL) return hk_ok();
  if (s->n == HK_NTFS_SHADOWS_MAX) return hk_fail(HK_LIMIT, "read the catalog of shadow copies: too many", HK_NO_OFFSET);
  if (s->n == s->capacity) {
    const size_t capacity = s->capacity == 0 ? 16 : s->capacity * 2;
    struct store *const v = realloc(s->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "read the catalog of shadow copies", HK_NO_OFFSET);
    s->v = v;
    s->capacity = capacity;
  }
  if (i.volume_bytes == 0 || i.volume_bytes > (uint64_t)HK_SHADOW_NO_BLOCK * HK_SHADOW_BLOCK)
    i.state = hk_fail(HK_DAMAGED, "size of the volume in the catalog of shadow copies", HK_NO_OFFSET);
  s->v[s->n++] = (struct store){.info = i};
  return hk_ok();
}

static void place_store(struct hk_ntfs_shadows *s, struct hk_cur c)
{
  uint8_t id[16];
  const uint64_t list_at = hk_u64le(&c);
  hk_copy(&c, id, sizeof id);
  const uint64_t header_at = hk_u64le(&c);
  hk_skip(&c, 8); /* which ranges the store file itself holds: the file's own runs say it, too */
  const uint64_t bitmap_at = hk_u64le(&c);
  hk_skip(&c, 16); /* file reference, allocated size */
  const uint64_t previous_bitmap_at = hk_u64le(&c);
  struct store *const t = c.bad ? NULL : store_of(s, id);
  if (t == NULL || t->placed) return;
  t->placed = true;
  t->list_at = list_at;
  t->header_at = header_at;
  t->bitmap_at = bitmap_at;
  t->previous_bitmap_at = previous_bitmap_at;
}

/* One kind of entry at a time, for a store's entry may come before its snapshot's. */
static hk_err read_catalog(struct hk_ntfs_shadows *s, const struct hk_ntfs_volume *v, uint64_t at, uint64_t wanted, uint8_t *block)
{
  struct chain chain = chain_at(v, at, block);
  for (;;) {
    struct hk_cur all;
    HK_TRY(chain_next(&chain, TYPE_CATALOG, "read the catalog of shadow copies", &all));
    if (all.size == 0) return hk_ok();
    for (size_t pos = HEADER_BYTES; pos < all.size; pos += ENTRY_BYTES) {
      struct hk_cur c = hk_cur_at(&all, pos, ENTRY_BYTES);
      /* The upper half holds a priority in later Windows. */
      const uint32_t type = hk_u32le(&c);
      hk_skip(&c, 4);
      if (type != wanted) continue;
      if (type == ENTRY_SNAPSHOT)
        HK_TRY(add_snapshot(s, c));
      else
        place_store(s, c);
    }
  }
}

/* Positions are counted by Windows, whatever its clock was doing; where two are the same, time decides. */
static int by_age(const void *x, const void *y)
{
  const struct hk_ntfs_shadow_info *const a = &((const struct store *)x)->info;
  const struct hk_ntfs_shadow_info *const b = &((const struct store *)y)->info;
  if (a->position != b->position) return a->position < b->position ? -1 : 1;
  if (a->created_at != b->created_at) return a->created_at < b->created_at ? -1 : 1;
  return memcmp(a->store_id, b->store_id, sizeof a->store_id);
}

static hk_err read_store_header(const struct hk_ntfs_shadows *s, struct store *t, uint8_t *block)
{
  struct chain chain = chain_at(&s->storage, t->header_at, block);
  struct hk_cur all;
  HK_TRY(chain_next(&chain, TYPE_STORE, "read the header of a shadow copy", &all));
  struct hk_cur c = hk_cur_at(&all, HEADER_BYTES + 16, 48);
  hk_copy(&c, t->info.copy_id, sizeof t->info.copy_id);
  hk_copy(&c, t->info.set_id, sizeof t->info.set_id);
  hk_skip(&c, 8);
  t->info.attributes = hk_u32le(&c);
  return c.bad ? hk_fail(HK_DAMAGED, "read the header of a shadow copy", (int64_t)t->header_at) : hk_ok();
}

static hk_err read_all(struct hk_ntfs_shadows *s, const struct hk_ntfs_volume *storage, uint8_t *block)
{
  struct hk_ntfs_shadow_home home, storage_home;
  uint64_t catalog_at = 0, storage_catalog_at = 0;
  HK_TRY(read_header(&s->volume, &home, &catalog_at));
  s->lost = read_catalog(s, &s->volume, catalog_at, ENTRY_SNAPSHOT, block);
  if (s->n == 0) return s->lost.code != HK_OK ? s->lost : hk_fail(HK_ABSENT, "find shadow copies", (int64_t)catalog_at);
  hk_err placed = hk_ok();
  if (storage != NULL) placed = read_header(&s->storage, &storage_home, &storage_catalog_at);
  if (placed.code == HK_OK) placed = read_catalog(s, &s->storage, storage == NULL ? catalog_at : storage_catalog_at, ENTRY_STORE, block);
  qsort(s->v, s->n, sizeof *s->v, by_age);
  for (size_t i = 0; i < s->n; i++) {
    struct store *const t = &s->v[i];
    hk_shadow_map_init(&t->map, &s->budget);
    if (t->info.state.code != HK_OK) continue;
    if (t->placed)
      t->info.state = t->header_at == 0 ? hk_ok() : read_store_header(s, t, block);
    else
      t->info.state = placed.code != HK_OK ? placed : hk_fail(HK_ABSENT, "find the blocks of a shadow copy: they lie on another volume", HK_NO_OFFSET);
  }
  return hk_ok();
}

hk_err hk_ntfs_shadows_open(const struct hk_ntfs_volume *v, const struct hk_ntfs_volume *storage, struct hk_ntfs_shadows **out)
{
  struct hk_ntfs_shadows *const s = calloc(1, sizeof *s);
  uint8_t *const block = malloc(HK_SHADOW_BLOCK);
  hk_err e = s == NULL || block == NULL ? hk_fail(HK_MEMORY, "read shadow copies", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) {
    s->volume = whole(v, &s->device);
    s->storage = whole(storage == NULL ? v : storage, &s->storage_device);
    s->budget.limit_bytes = HK_NTFS_SHADOW_MEMORY_MAX;
    e = read_all(s, storage, block);
  }
  free(block);
  if (e.code != HK_OK) {
    hk_ntfs_shadows_close(s);
    return e;
  }
  *out = s;
  return e;
}

void hk_ntfs_shadows_close(struct hk_ntfs_shadows *s)
{
  if (s == NULL) return;
  for (size_t i = 0; i < s->n; i++) hk_shadow_map_done(&s->v[i].map);
  free(s->v);
  free(s);
}

size_t hk_ntfs_shadows_count(const struct hk_ntfs_shadows *s)
{
  return s->n;
}

hk_err hk_ntfs_shadows_lost(const struct hk_ntfs_shadows *s)
{
  return s->lost;
}

const struct hk_ntfs_shadow_info *hk_ntfs_shadows_info(const struct hk_ntfs_shadows *s, size_t i)
{
  return &s->v[i].info;
}

/* ---- one store ---------------------------------------------------------------------------------------------------------- */

struct shadow {
  struct hk_bytes bytes;
  struct hk_ntfs_volume volume, storage;
  const struct hk_ntfs_shadows *all;
  size_t index;
  uint8_t *unused; /* a bit a block: nobody's when the snapshot was taken; NULL = not known */
  uint64_t n_unused_bits;
};

static hk_err read_list(struct hk_ntfs_shadows *s, struct store *t, uint8_t *block)
{
  struct chain chain = chain_at(&s->storage, t->list_at, block);
  for (;;) {
    struct hk_cur all;
    HK_TRY(chain_next(&chain, TYPE_BLOCK_LIST, "read the block list of a shadow copy", &all));
    if (all.size == 0) return hk_ok();
    for (size_t pos = HEADER_BYTES; pos + DESCRIPTOR_BYTES <= all.size; pos += DESCRIPTOR_BYTES)
      HK_TRY(hk_shadow_map_add(&t->map, hk_cur_at(&all, pos, DESCRIPTOR_BYTES)));
  }
}

/* Once a store, however it goes. What was read before the damage serves the older stores. */
static void load(struct hk_ntfs_shadows *s, struct store *t, uint8_t *block)
{
  if (t->loaded) return;
  t->loaded = true;
  t->map_err = t->placed ? read_list(s, t, block) : t->info.state;
  hk_shadow_map_seal(&t->map);
  if (t->info.state.code == HK_OK) t->info.state = t->map_err;
}

/* Both bitmaps must call a block unused; without the first nothing is known. The first grows as its blocks are read: what the
   catalog says of the volume's size is only its ceiling. */
static hk_err grow_unused(struct shadow *d, size_t size)
{
  uint8_t *const more = realloc(d->unused, size);
  if (more == NULL) return hk_fail(HK_MEMORY, "read a bitmap of a shadow copy", HK_NO_OFFSET);
  d->unused = more;
  d->n_unused_bits = (uint64_t)size * 8;
  return hk_ok();
}

static hk_err read_bitmap(struct shadow *d, uint64_t at, bool first, size_t most, uint8_t *block)
{
  struct chain chain = chain_at(&d->storage, at, block);
  const size_t size = first ? most : (size_t)(d->n_unused_bits / 8);
  size_t done = 0;
  while (done < size) {
    struct hk_cur all;
    HK_TRY(chain_next(&chain, TYPE_BITMAP, "read a bitmap of a shadow copy", &all));
    if (all.size == 0) break;
    const size_t n = all.size - HEADER_BYTES < size - done ? all.size - HEADER_BYTES : size - done;
    struct hk_cur c = hk_cur_at(&all, HEADER_BYTES, n);
    if (first) HK_TRY(grow_unused(d, done + n));
    for (size_t i = 0; i < n; i++) {
      const uint8_t bits = hk_u8(&c);
      d->unused[done + i] = first ? bits : d->unused[done + i] & bits;
    }
    done += n;
  }
  if (!first && done < size) memset(d->unused + done, 0, size - done);
  return hk_ok();
}

static hk_err read_unused(struct shadow *d, const struct store *t, uint8_t *block)
{
  if (t->bitmap_at == 0 || d->index + 1 != d->all->n) return hk_ok();
  const uint64_t n_blocks = (t->info.volume_bytes + HK_SHADOW_BLOCK - 1) / HK_SHADOW_BLOCK;
  HK_TRY(read_bitmap(d, t->bitmap_at, true, (size_t)((n_blocks + 7) / 8), block));
  return t->previous_bitmap_at == 0 ? hk_ok() : read_bitmap(d, t->previous_bitmap_at, false, 0, block);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

struct piece {
  const struct hk_ntfs_volume *from; /* NULL: zeroes */
  uint64_t at;
  size_t n;
};

/* Only for the newest store: what nobody used when it was taken is shown as zeroes. Windows leaves a reader's buffer as it was. */
static bool is_unused(const struct shadow *d, uint32_t block)
{
  if (d->unused == NULL || block >= d->n_unused_bits || (d->unused[block / 8] >> block % 8 & 1) == 0) return false;
  const struct hk_shadow_pair *const lead = hk_shadow_find(&d->all->v[d->index].map.leads, block);
  return lead == NULL || lead->target == HK_SHADOW_NO_BLOCK;
}

/* How many bytes from `skip` on, in whole parts, have the same bit as the first; sets *overlaid to that bit. */
static size_t same_parts(uint32_t bits, size_t skip, bool *overlaid)
{
  const size_t part = skip / PART_BYTES;
  *overlaid = (bits >> part & 1) != 0;
  size_t end = part + 1;
  while (end < HK_SHADOW_BLOCK / PART_BYTES && (bits >> end & 1) == (*overlaid ? 1u : 0u)) end++;
  return end * PART_BYTES - skip;
}

/* Where the bytes from `offset` on lie; at most to the end of their block. */
static struct piece locate(const struct shadow *d, uint64_t offset)
{
  uint32_t block = (uint32_t)(offset / HK_SHADOW_BLOCK);
  const size_t skip = (size_t)(offset % HK_SHADOW_BLOCK);
  const struct hk_ntfs_shadows *const s = d->all;
  struct piece p = {.from = &d->volume, .n = HK_SHADOW_BLOCK - skip};
  const struct hk_shadow_pair *const over = hk_shadow_find(&s->v[d->index].map.overlays, block);
  if (over != NULL) {
    bool overlaid = false;
    p.n = same_parts(over->bits, skip, &overlaid);
    if (overlaid) {
      p.from = &d->storage;
      p.at = (uint64_t)over->target * HK_SHADOW_BLOCK + skip;
      return p;
    }
  }
  bool forwarded = false;
  for (size_t i = d->index; i < s->n; i++) {
    const struct hk_shadow_pair *const kept = hk_shadow_find(&s->v[i].map.kept, block);
    if (kept == NULL) continue;
    if (kept->bits == HK_SHADOW_SAVED) {
      p.from = &d->storage;
      p.at = (uint64_t)kept->target * HK_SHADOW_BLOCK + skip;
      return p;
    }
    block = kept->target;
    forwarded = true;
  }
  p.at = (uint64_t)block * HK_SHADOW_BLOCK + skip;
  if (!forwarded && is_unused(d, block)) p.from = NULL;
  return p;
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct shadow *const d = (struct shadow *)(void *)self;
  uint8_t *const to = out;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  if (n > self->size_bytes - offset) n = (size_t)(self->size_bytes - offset);
  while (*got < n) {
    struct piece p = locate(d, offset + *got);
    /* What lies together is read together: most of a volume was never saved. */
    while (p.n < n - *got) {
      const struct piece next = locate(d, offset + *got + p.n);
      if (next.from != p.from || (p.from != NULL && next.at != p.at + p.n)) break;
      p.n += next.n;
    }
    if (p.n > n - *got) p.n = n - *got;
    if (p.from == NULL)
      memset(to + *got, 0, p.n);
    else
      HK_TRY(hk_ntfs_volume_read(p.from, p.at, to + *got, p.n));
    *got += p.n;
  }
  return hk_ok();
}

static void close_shadow(struct shadow *d)
{
  if (d == NULL) return;
  free(d->unused);
  free(d);
}

void hk_ntfs_shadow_close(struct hk_bytes *b)
{
  close_shadow((struct shadow *)(void *)b);
}

static hk_err open_store(struct hk_ntfs_shadows *s, size_t i, struct shadow *d, uint8_t *block)
{
  struct store *const t = &s->v[i];
  HK_TRY(t->info.state);
  for (size_t k = i; k < s->n; k++) {
    load(s, &s->v[k], block);
    if (k > i && s->v[k].map_err.code != HK_OK) t->info.doubtful = true;
  }
  HK_TRY(t->map_err);
  d->volume = s->volume;
  d->storage = s->storage;
  d->all = s;
  d->index = i;
  d->bytes.size_bytes = t->info.volume_bytes;
  d->bytes.read_at = read_at;
  return read_unused(d, t, block);
}

hk_err hk_ntfs_shadow_open(struct hk_ntfs_shadows *s, size_t i, struct hk_bytes **out)
{
  if (i >= s->n) return hk_fail(HK_ABSENT, "find a shadow copy of that number", HK_NO_OFFSET);
  struct shadow *const d = calloc(1, sizeof *d);
  uint8_t *const block = malloc(HK_SHADOW_BLOCK);
  hk_err e = d == NULL || block == NULL ? hk_fail(HK_MEMORY, "open a shadow copy", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) e = open_store(s, i, d, block);
  free(block);
  if (e.code != HK_OK) {
    close_shadow(d);
    return e;
  }
  *out = &d->bytes;
  return e;
}
