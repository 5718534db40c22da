/* 64 bits of a digest a record, keyed by chance so that nobody can prepare two that look alike. Kept only for files of which a changed
   older copy is planned. */
#include "run/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "os/os.h"
#include "record/wire.h"
#include "source/seen.h"
#include "source/shadows.h"

#define RECORD_LIMIT ((size_t)64 << 20)

struct hk_told {
  uint8_t key[16];
  struct hk_seen *paths; /* folded, as they are called on the PC */
  uint64_t *v;           /* 0 = free */
  size_t size, n;        /* size is a power of two */
  struct hk_buf wire;
  struct hk_arena scratch;
  const struct hk_planned *file; /* the one `path` is of */
  hk_str path;
  struct hk_arena of_path;
  bool wanted;
};

/* "C:\x", folded, for the file and all its older copies. */
static hk_str common_path(struct hk_arena *a, const struct hk_planned *file)
{
  hk_str device, rest;
  char letter = 0;
  if (!hk_shadow_split(file->entry.path, &device, &letter, &rest)) return hk_str_fold(a, file->entry.path);
  return hk_str_fold(a, hk_str_printf(a, "%c:%.*s", letter, (int)rest.n, rest.p));
}

static hk_err note_paths(struct hk_told *t, const struct hk_plan *p)
{
  for (size_t i = 0; i < p->n_files; i++) {
    bool is_new = false;
    struct hk_arena a;
    if (p->files[i].entry.shadow == 0 || p->files[i].entry.unchanged || p->files[i].modules == 0) continue;
    hk_arena_init(&a, 0);
    const hk_str path = common_path(&a, &p->files[i]);
    const hk_err e = path.p == NULL ? hk_fail(HK_MEMORY, "remember records", HK_NO_OFFSET) : hk_seen_add(t->paths, path, &is_new);
    hk_arena_done(&a);
    HK_TRY(e);
    t->wanted = true;
  }
  return hk_ok();
}

hk_err hk_told_open(const struct hk_plan *p, struct hk_told **out)
{
  struct hk_told *const t = calloc(1, sizeof *t);
  *out = NULL;
  if (t == NULL) return hk_fail(HK_MEMORY, "remember records", HK_NO_OFFSET);
  os_random(t->key, sizeof t->key);
  hk_buf_init(&t->wire, RECORD_LIMIT);
  hk_arena_init(&t->scratch, 0);
  hk_arena_init(&t->of_path, 0);
  hk_err e = hk_seen_open(&t->paths);
  if (e.code == HK_OK) e = note_paths(t, p);
  t->size = 1024;
  if (e.code == HK_OK && t->wanted) t->v = calloc(t->size, sizeof *t->v);
  if (e.code == HK_OK && t->v != NULL) {
    *out = t;
    return e;
  }
  if (e.code == HK_OK && t->wanted) e = hk_fail(HK_MEMORY, "remember records", HK_NO_OFFSET);
  hk_told_close(t);
  return e;
}

void hk_told_close(struct hk_told *t)
{
  if (t == NULL) return;
  hk_seen_close(t->paths);
  hk_buf_done(&t->wire);
  hk_arena_done(&t->scratch);
  hk_arena_done(&t->of_path);
  free(t->v);
  free(t);
}

static uint64_t *slot_for(uint64_t *v, size_t size, uint64_t digest)
{
  size_t i = (size_t)digest & (size - 1);
  while (v[i] != 0 && v[i] != digest) i = (i + 1) & (size - 1);
  return &v[i];
}

static bool grow(struct hk_told *t)
{
  if (t->n < t->size / 2) return true;
  uint64_t *const v = t->n >= HK_TOLD_MOST ? NULL : calloc(t->size * 2, sizeof *v);
  if (v == NULL) return false;
  for (size_t i = 0; i < t->size; i++)
    if (t->v[i] != 0) *slot_for(v, t->size * 2, t->v[i]) = t->v[i];
  free(t->v);
  t->v = v;
  t->size *= 2;
  return true;
}

static uint64_t digest_of(struct hk_told *t, const struct hk_record_type *type, size_t kind, const void *record)
{
  struct hk_sha256 s;
  uint8_t digest[HK_SHA256_SIZE];
  uint64_t out = 0;
  hk_buf_reset(&t->wire);
  hk_wire_put(&t->wire, type, record, &t->scratch);
  hk_arena_done(&t->scratch);
  hk_sha256_init(&s);
  hk_sha256_add(&s, t->key, sizeof t->key);
  hk_sha256_add(&s, t->path.p, t->path.n);
  hk_sha256_add(&s, "", 1);
  hk_sha256_add(&s, type->name, strlen(type->name) + 1);
  hk_sha256_add(&s, &kind, sizeof kind);
  hk_sha256_add(&s, t->wire.p, t->wire.n);
  hk_sha256_end(&s, digest);
  memcpy(&out, digest, sizeof out);
  return out == 0 || t->wire.failed ? 1 : out;
}

static bool is_wanted(struct hk_told *t, const struct hk_planned *file)
{
  if (t->file != file) {
    hk_arena_done(&t->of_path);
    t->file = file;
    t->path = common_path(&t->of_path, file);
    t->wanted = t->path.p != NULL && hk_seen_has(t->paths, t->path);
  }
  return t->wanted;
}

bool hk_told_before(struct hk_told *t, const struct hk_planned *file, const struct hk_record_type *type, size_t kind, const void *record)
{
  if (t == NULL || !is_wanted(t, file) || !grow(t)) return false;
  const uint64_t digest = digest_of(t, type, kind, record);
  if (t->wire.failed) return false;
  uint64_t *const slot = slot_for(t->v, t->size, digest);
  const bool before = *slot != 0;
  if (!before) t->n++;
  *slot = digest;
  return before && file->entry.shadow > 0;
}
