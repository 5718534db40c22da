/* Directory indexes, block by block as they lie: who only wants to know what is there needs no tree. Three passes over the bytes: what
   is in use, entries left in slack, names left in slack; a small index is read once for all three.

   What is left, and why (observed with Windows and ntfs-3g): taking an entry out moves the rest of its node down and writes the end
   entry, 16 bytes, behind them; the node's header says how far it is used, and what lies behind stays as it was. So the last entry
   of a node loses its first 16 bytes, which held the file's number, when it goes, and keeps its whole $FILE_NAME; others are kept whole
   where a node was split or became much shorter. */
#include "ntfs/index.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 20)

enum {
  ROOT_HEADER = 16,  /* in front of the root's node header */
  BLOCK_HEADER = 24, /* in front of a block's */
  NODE_HEADER = 16,
  ENTRY_HEADER = 16,
  NAME_HEADER = 66, /* of $FILE_NAME, in front of the name */
  ENTRY_HAS_NODE = 1,
  ENTRY_IS_END = 2,
  BLOCK_MIN = 512,
  BLOCK_MAX = 65536,
  STRIDE = 512, /* of the update sequence */
  DOS_UNITS = 12,
};

enum pass { PASS_USED, PASS_ENTRIES, PASS_NAMES };

enum block_state { BLOCK_EMPTY, BLOCK_USED, BLOCK_FREE, BLOCK_BAD };

struct reader {
  const struct hk_ntfs_index *in;
  bool (*on)(void *ctx, const struct hk_ntfs_index_entry *e);
  void *ctx;
  struct hk_ntfs_index_counts *counts;
  enum pass pass;
  bool stopped;
  uint64_t *seen; /* a hash set of hashes, 0 = free */
  size_t n_seen, n_slots;
  uint8_t *chunk;
  size_t chunk_bytes; /* of whole blocks */
  uint64_t chunk_at;  /* which one is there; UINT64_MAX = none */
  uint8_t state[CHUNK_BYTES / BLOCK_MIN];
};

/* A piece that holds entries, and where it stands. */
struct piece {
  struct hk_cur bytes;
  uint64_t base; /* of its first byte, in the stream */
  enum hk_ntfs_index_place place;
  bool in_root;
};

static void damaged(struct reader *r, hk_err e)
{
  if (r->pass != PASS_USED) return;
  r->counts->n_damaged++;
  if (r->counts->damage.code == HK_OK) r->counts->damage = e;
}

/* ---- what was given ------------------------------------------------------------------------------------------------------ */

/* Four facts about an entry. Whoever could forge a collision of these could have wiped the slack instead. */
struct keys {
  uint64_t name, named_file, state, state_of_file;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ (h >> 29);
}

static struct keys keys_of(const struct hk_ntfs_index_entry *e)
{
  uint64_t name = e->name.name.size;
  struct hk_cur c = e->name.name;
  while (hk_cur_left(&c) >= 2) name = mix(name, hk_u16le(&c));
  const uint64_t file = e->file.record | (uint64_t)e->file.sequence << 48;
  const struct hk_ntfs_times *const t = &e->name.times;
  const uint64_t state = mix(mix(mix(mix(name, (uint64_t)t->born_at), (uint64_t)t->modified_at), (uint64_t)t->changed_at), (uint64_t)t->accessed_at);
  return (struct keys){.name = mix(name, 1) | 1,
                       .named_file = mix(mix(name, file), 2) | 1,
                       .state = mix(state, 3) | 1,
                       .state_of_file = mix(mix(state, file), 4) | 1};
}

static size_t slot_of(const struct reader *r, uint64_t key)
{
  size_t at = (size_t)(key >> 20) & (r->n_slots - 1);
  while (r->seen[at] != 0 && r->seen[at] != key) at = (at + 1) & (r->n_slots - 1);
  return at;
}

static bool is_seen(const struct reader *r, uint64_t key)
{
  return r->n_slots > 0 && r->seen[slot_of(r, key)] == key;
}

static bool grow(struct reader *r)
{
  struct reader wider = {.n_slots = r->n_slots == 0 ? 1024 : r->n_slots * 2};
  wider.seen = calloc(wider.n_slots, sizeof *wider.seen);
  if (wider.seen == NULL) return false;
  for (size_t i = 0; i < r->n_slots; i++)
    if (r->seen[i] != 0) wider.seen[slot_of(&wider, r->seen[i])] = r->seen[i];
  free(r->seen);
  r->seen = wider.seen;
  r->n_slots = wider.n_slots;
  return true;
}

static bool see(struct reader *r, uint64_t key)
{
  if (r->n_seen >= r->n_slots / 2 && !grow(r)) return false;
  const size_t at = slot_of(r, key);
  if (r->seen[at] == 0) r->n_seen++;
  r->seen[at] = key;
  return true;
}

/* False: no more can be taken in. */
static bool give(struct reader *r, const struct hk_ntfs_index_entry *e, const struct keys *k)
{
  bool room = r->counts->n_used + r->counts->n_slack < HK_NTFS_INDEX_ENTRIES_MAX;
  if (room && !e->slack) room = see(r, k->name) && see(r, k->named_file);
  if (room) room = see(r, k->state) && see(r, k->state_of_file);
  if (!room) {
    r->counts->limited = r->stopped = true;
    return false;
  }
  if (e->slack)
    r->counts->n_slack++;
  else
    r->counts->n_used++;
  if (!r->on(r->ctx, e)) r->stopped = true;
  return !r->stopped;
}

/* ---- entries in use ------------------------------------------------------------------------------------------------------ */

/* Offsets in a piece. */
struct node {
  size_t first, used, end;
};

static bool read_node(const struct piece *p, size_t header, struct node *out)
{
  struct hk_cur c = hk_cur_at(&p->bytes, header, NODE_HEADER);
  const uint32_t first = hk_u32le(&c);
  const uint32_t used = hk_u32le(&c);
  const uint32_t allocated = hk_u32le(&c);
  const size_t most = p->bytes.size < header ? 0 : p->bytes.size - header;
  if (c.bad || first < NODE_HEADER || used < first + ENTRY_HEADER || used > allocated || allocated > most || first > most) return false;
  *out = (struct node){.first = header + first, .used = header + used, .end = p->bytes.size};
  return true;
}

static void give_used(struct reader *r, const struct piece *p, const struct node *n)
{
  size_t at = n->first;
  while (at + ENTRY_HEADER <= n->used) {
    struct hk_cur c = hk_cur_at(&p->bytes, at, ENTRY_HEADER);
    struct hk_ntfs_index_entry e = {.file = hk_ntfs_ref_from(hk_u64le(&c)), .in_root = p->in_root, .offset = p->base + at};
    const uint16_t length = hk_u16le(&c);
    const uint16_t key = hk_u16le(&c);
    const uint16_t flags = hk_u16le(&c);
    if ((flags & ENTRY_IS_END) != 0) return;
    if (length < ENTRY_HEADER || length > n->used - at) break;
    const struct hk_cur value = hk_cur_at(&p->bytes, at + ENTRY_HEADER, key);
    if (key > length - ENTRY_HEADER || !hk_ntfs_name_parse(value, &e.name)) {
      damaged(r, hk_fail(HK_DAMAGED, "read an entry of a directory's index", (int64_t)(p->base + at)));
    } else {
      if (r->counts->directory.sequence == 0) r->counts->directory = e.name.parent;
      const struct keys k = keys_of(&e);
      if (!give(r, &e, &k)) return;
    }
    at += length;
  }
  damaged(r, hk_fail(HK_DAMAGED, "find the end of a node of a directory's index", (int64_t)(p->base + at)));
}

/* ---- slack --------------------------------------------------------------------------------------------------------------- */

/* Before the year 2200: what is later was no time. */
static bool is_time(hk_time t)
{
  return t != HK_TIME_UNKNOWN && t < INT64_C(189025920000000000);
}

static bool is_text(struct hk_cur name, uint8_t space)
{
  while (hk_cur_left(&name) >= 2) {
    const uint16_t c = hk_u16le(&name);
    if (c == 0 || c == '/') return false;
    if (space != HK_NTFS_POSIX && (c < 0x20 || (c < 0x80 && strchr("\\:*?\"<>|", c) != NULL))) return false;
  }
  return true;
}

/* MS-FSCC 2.6, and the two that $FILE_NAME adds: a directory, an index of another kind. */
#define ATTRIBUTES_NEVER 0xCFA00000u

static bool is_plausible(const struct hk_ntfs_name *n)
{
  const struct hk_ntfs_times *const t = &n->times;
  const size_t units = n->name.size / 2;
  return units > 0 && n->space <= HK_NTFS_WIN32_DOS && (n->space != HK_NTFS_DOS || units <= DOS_UNITS) && (n->attributes & ATTRIBUTES_NEVER) == 0 &&
         n->allocated_bytes % 8 == 0 && n->allocated_bytes >> 56 == 0 && n->size_bytes >> 56 == 0 && is_time(t->born_at) && is_time(t->modified_at) &&
         is_time(t->changed_at) && is_time(t->accessed_at) && is_text(n->name, n->space);
}

/* The head of the entry whose $FILE_NAME lies at `at`, where it is whole. */
static bool read_head(const struct piece *p, size_t from, size_t at, size_t value_bytes, struct hk_ntfs_ref *file)
{
  if (at < from + ENTRY_HEADER) return false;
  struct hk_cur c = hk_cur_at(&p->bytes, at - ENTRY_HEADER, ENTRY_HEADER);
  *file = hk_ntfs_ref_from(hk_u64le(&c));
  const uint16_t length = hk_u16le(&c);
  const uint16_t key = hk_u16le(&c);
  const uint32_t flags = hk_u32le(&c);
  const size_t plain = (ENTRY_HEADER + value_bytes + 7) & ~(size_t)7;
  return file->sequence != 0 && key == value_bytes && flags <= ENTRY_HAS_NODE && length == plain + (flags == ENTRY_HAS_NODE ? 8u : 0u);
}

/* Bytes of the $FILE_NAME at `at`, 0 when there is none. */
static size_t name_at(const struct reader *r, const struct piece *p, size_t from, size_t at, struct hk_ntfs_index_entry *out)
{
  const struct hk_ntfs_ref *const d = &r->counts->directory;
  struct hk_cur c = hk_cur_at(&p->bytes, at, 8);
  const struct hk_ntfs_ref parent = hk_ntfs_ref_from(hk_u64le(&c));
  if (parent.sequence == 0 || (d->sequence != 0 && (parent.record != d->record || parent.sequence != d->sequence))) return 0;
  struct hk_ntfs_index_entry e = {.place = p->place, .slack = true, .in_root = p->in_root, .offset = p->base + at};
  if (!hk_ntfs_name_parse(hk_cur_at(&p->bytes, at, p->bytes.size - at), &e.name) || !is_plausible(&e.name)) return 0;
  const size_t bytes = NAME_HEADER + e.name.name.size;
  if (read_head(p, from, at, bytes, &e.file))
    e.offset -= ENTRY_HEADER;
  else
    e.file = (struct hk_ntfs_ref){.sequence = 0};
  *out = e;
  return bytes;
}

/* Entries behind `from`. They begin at multiples of 8 of their node, whatever became of those before them. */
static void carve(struct reader *r, const struct piece *p, size_t from)
{
  size_t at = (from + 7) & ~(size_t)7;
  while (!r->stopped && at < p->bytes.size && p->bytes.size - at >= NAME_HEADER) {
    struct hk_ntfs_index_entry e;
    const size_t bytes = name_at(r, p, from, at, &e);
    at += bytes == 0 ? 8 : (bytes + 7) & ~(size_t)7;
    if (bytes == 0 || (e.file.sequence != 0) != (r->pass == PASS_ENTRIES)) continue;
    if (r->counts->directory.sequence == 0) r->counts->directory = e.name.parent;
    const struct keys k = keys_of(&e);
    e.listed = is_seen(r, r->pass == PASS_ENTRIES ? k.named_file : k.name);
    if (!is_seen(r, r->pass == PASS_ENTRIES ? k.state_of_file : k.state)) (void)give(r, &e, &k);
  }
}

/* ---- the root and the blocks --------------------------------------------------------------------------------------------- */

static void read_piece(struct reader *r, struct piece *p, size_t header)
{
  struct node n;
  if (p->place == HK_NTFS_INDEX_FREE_BLOCK) {
    if (r->pass != PASS_USED) carve(r, p, header + NODE_HEADER);
  } else if (!read_node(p, header, &n)) {
    damaged(r, hk_fail(HK_DAMAGED, "read the head of a node of a directory's index", (int64_t)(p->base + header)));
  } else if (r->pass == PASS_USED) {
    give_used(r, p, &n);
  } else {
    p->place = HK_NTFS_INDEX_NODE_SLACK;
    carve(r, p, n.used);
  }
}

static bool in_use(const struct hk_ntfs_index *in, uint64_t block)
{
  if (in->bitmap.base == NULL) return true;
  struct hk_cur c = hk_cur_at(&in->bitmap, block / 8, 1);
  return (hk_u8(&c) >> (block % 8) & 1) != 0;
}

static bool is_zero(const uint8_t *p, size_t n)
{
  return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* What a block is, with its update sequence undone; said once. */
static enum block_state look_at(struct reader *r, uint64_t block, uint8_t *p, hk_err read)
{
  const uint32_t size = r->counts->block_bytes;
  const int64_t offset = (int64_t)(block * size);
  const bool used = in_use(r->in, block);
  const bool first = r->pass == PASS_USED;
  hk_err e = read.code != HK_OK ? read : hk_ntfs_fixup(p, size, "INDX");
  if (first) r->counts->n_blocks++;
  if (first && !used) r->counts->n_free++;
  if (e.code == HK_OK) return used ? BLOCK_USED : BLOCK_FREE;
  if (e.code == HK_ABSENT && is_zero(p, size) && (r->in->bitmap.base == NULL || !used)) {
    if (first) r->counts->n_empty++;
    return BLOCK_EMPTY;
  }
  /* What is not in use need not be a block of this index at all. */
  if (!used) return BLOCK_EMPTY;
  if (e.code == HK_ABSENT) e = hk_fail(HK_DAMAGED, "find a block of a directory's index", 0);
  e.offset = e.offset == HK_NO_OFFSET ? offset : offset + e.offset;
  damaged(r, e);
  return BLOCK_BAD;
}

/* Blocks from that one on, as many as there is room for; returns how many. */
static size_t load(struct reader *r, uint64_t block, uint64_t n_blocks)
{
  struct hk_bytes *const in = r->in->blocks;
  const size_t size = r->counts->block_bytes;
  const size_t room = r->chunk_bytes / size;
  const size_t n = n_blocks - block < room ? (size_t)(n_blocks - block) : room;
  size_t got = 0;
  if (r->chunk_at == block) return n;
  const hk_err whole = in->read_at(in, block * size, r->chunk, n * size, &got);
  for (size_t i = 0; i < n; i++) {
    hk_err e = hk_ok();
    if (whole.code != HK_OK || got < n * size) {
      e = in->read_at(in, (block + i) * size, r->chunk + i * size, size, &got);
      if (e.code == HK_OK && got < size) e = hk_fail(HK_TRUNCATED, "read a block of a directory's index", 0);
      got = 0;
      e.offset = HK_NO_OFFSET;
    }
    r->state[i] = (uint8_t)look_at(r, block + i, r->chunk + i * size, e);
  }
  r->chunk_at = block;
  return n;
}

static void read_blocks(struct reader *r)
{
  const uint32_t size = r->counts->block_bytes;
  const uint64_t bytes = r->in->blocks->size_bytes;
  const uint64_t most = HK_NTFS_INDEX_BYTES_MAX / size;
  uint64_t n = bytes / size;
  if (n > most) {
    n = most;
    r->counts->limited = true;
  } else if (bytes % size != 0) {
    damaged(r, hk_fail(HK_TRUNCATED, "read the last block of a directory's index", (int64_t)(n * size)));
  }
  for (uint64_t block = 0; block < n && !r->stopped;) {
    const size_t loaded = load(r, block, n);
    for (size_t i = 0; i < loaded && !r->stopped; i++) {
      const bool used = r->state[i] == BLOCK_USED;
      if (!used && r->state[i] != BLOCK_FREE) continue;
      struct piece p = {.bytes = hk_cur_over(r->chunk + i * size, size), .base = (block + i) * size};
      p.place = used ? HK_NTFS_INDEX_USED : HK_NTFS_INDEX_FREE_BLOCK;
      read_piece(r, &p, BLOCK_HEADER);
    }
    block += loaded;
  }
}

static bool is_block_size(uint32_t n)
{
  return n >= BLOCK_MIN && n <= BLOCK_MAX && (n & (n - 1)) == 0;
}

/* Where only the blocks were collected: the update sequence of the first that has one covers a block. */
static uint32_t size_by_block(struct hk_bytes *b)
{
  for (uint64_t at = 0; at < (uint64_t)1 << 20 && at < b->size_bytes; at += 4096) {
    uint8_t head[8];
    size_t got = 0;
    if (b->read_at(b, at, head, sizeof head, &got).code != HK_OK || got < sizeof head || memcmp(head, "INDX", 4) != 0) continue;
    const uint32_t count = head[6] | (uint32_t)head[7] << 8;
    if (count > 1 && is_block_size((count - 1) * STRIDE)) return (count - 1) * STRIDE;
  }
  return 4096;
}

static uint32_t block_size(const struct hk_ntfs_index *in)
{
  struct hk_cur c = hk_cur_at(&in->root, 8, 4);
  const uint32_t said = hk_u32le(&c);
  if (in->blocks == NULL || in->blocks->size_bytes == 0) return 0;
  return !c.bad && is_block_size(said) ? said : size_by_block(in->blocks);
}

static void read_all(struct reader *r)
{
  const struct hk_ntfs_index *const in = r->in;
  if (in->root.base != NULL) {
    struct piece root = {.bytes = in->root, .in_root = true};
    read_piece(r, &root, ROOT_HEADER);
  }
  if (r->chunk != NULL && !r->stopped) read_blocks(r);
  if (in->record_slack.base != NULL && r->pass != PASS_USED && !r->stopped) {
    const struct piece rest = {.bytes = in->record_slack, .place = HK_NTFS_INDEX_RECORD};
    carve(r, &rest, 0);
  }
}

hk_err hk_ntfs_index_read(const struct hk_ntfs_index *in, bool (*on)(void *ctx, const struct hk_ntfs_index_entry *e), void *ctx,
                          struct hk_ntfs_index_counts *counts)
{
  struct hk_ntfs_index_counts c = {.block_bytes = block_size(in), .directory = in->directory};
  if (in->root.base == NULL && c.block_bytes == 0) return hk_fail(HK_ABSENT, "read a directory's index", HK_NO_OFFSET);
  struct reader *const r = calloc(1, sizeof *r);
  if (r == NULL) return hk_fail(HK_MEMORY, "read a directory's index", HK_NO_OFFSET);
  *r = (struct reader){.in = in, .on = on, .ctx = ctx, .counts = &c, .chunk_at = UINT64_MAX};
  if (c.block_bytes > 0) {
    const uint64_t all = in->blocks->size_bytes - in->blocks->size_bytes % c.block_bytes;
    r->chunk_bytes = all < CHUNK_BYTES ? (size_t)all : CHUNK_BYTES;
    r->chunk = malloc(r->chunk_bytes + 1);
  }
  const bool memory = c.block_bytes == 0 || r->chunk != NULL;
  for (r->pass = PASS_USED; memory && r->pass <= PASS_NAMES && !r->stopped; r->pass++) read_all(r);
  free(r->chunk);
  free(r->seen);
  free(r);
  if (!memory) return hk_fail(HK_MEMORY, "read a directory's index", HK_NO_OFFSET);
  *counts = c;
  return hk_ok();
}

bool hk_ntfs_index_is(const void *head, size_t n)
{
  struct hk_cur c = hk_cur_over(head, n);
  if (n >= 4 && memcmp(head, "INDX", 4) == 0) return true;
  const uint32_t type = hk_u32le(&c);
  const uint32_t collation = hk_u32le(&c);
  const uint32_t size = hk_u32le(&c);
  return !c.bad && type == HK_NTFS_FILE_NAME && collation == 1 && is_block_size(size);
}
