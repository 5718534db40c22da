#include "usn/folders.h"

#include <string.h>

#define DEEPEST 128
#define ROOT_ENTRY UINT64_C(5)
#define ENTRY_MASK UINT64_C(0xFFFFFFFFFFFF)

void usn_folders_init(struct usn_folders *f, struct hk_arena *a)
{
  *f = (struct usn_folders){.arena = a};
}

static size_t place_of(uint64_t reference, size_t room)
{
  uint64_t h = reference * UINT64_C(0x9E3779B97F4A7C15);
  h ^= h >> 29;
  return (size_t)h & (room - 1);
}

static struct usn_folder *slot(struct usn_folder *v, size_t room, uint64_t reference)
{
  size_t i = place_of(reference, room);
  while (v[i].reference != 0 && v[i].reference != reference) i = (i + 1) & (room - 1);
  return &v[i];
}

/* NULL when the journal has not named it. */
static struct usn_folder *find(const struct usn_folders *f, uint64_t reference)
{
  if (f->v == NULL || reference == 0) return NULL;
  struct usn_folder *const at = slot(f->v, f->room, reference);
  return at->reference != 0 ? at : NULL;
}

/* Half of the places stay free, so that looking ends soon. */
static bool grow(struct usn_folders *f)
{
  const size_t room = f->room == 0 ? 1024 : f->room * 2;
  struct usn_folder *const v = f->n < USN_FOLDERS_MAX ? hk_new(f->arena, struct usn_folder, room) : NULL;
  if (v == NULL) return false;
  for (size_t i = 0; i < f->room; i++)
    if (f->v[i].reference != 0) *slot(v, room, f->v[i].reference) = f->v[i];
  f->v = v;
  f->room = room;
  return true;
}

void usn_folders_put(struct usn_folders *f, uint64_t reference, uint64_t parent, hk_str name, bool keep)
{
  if (reference == 0) return;
  struct usn_folder *at = find(f, reference);
  if (at != NULL && keep) return;
  if (at == NULL) {
    if (f->n * 2 >= f->room && !grow(f)) {
      f->limited = true;
      return;
    }
    at = slot(f->v, f->room, reference);
    f->n++;
  }
  at->reference = reference;
  at->parent = parent;
  if (hk_str_eq(at->name, name)) return;
  const hk_str copy = hk_str_copy(f->arena, name);
  if (copy.p == NULL) f->limited = true;
  at->name = copy;
}

bool usn_folders_path(const struct usn_folders *f, uint64_t reference, struct hk_buf *out)
{
  const struct usn_folder *chain[DEEPEST];
  size_t n = 0;
  while ((reference & ENTRY_MASK) != ROOT_ENTRY && n < DEEPEST) {
    const struct usn_folder *const at = find(f, reference);
    if (at == NULL) break;
    chain[n++] = at;
    reference = at->parent;
  }
  const bool whole = n < DEEPEST && (reference & ENTRY_MASK) == ROOT_ENTRY;
  if (n == DEEPEST) n = 0; /* a loop says nothing */
  if (!whole) hk_buf_z(out, "\\…");
  while (n > 0) {
    hk_buf_u8(out, '\\');
    hk_buf_str(out, chain[--n]->name);
  }
  return whole;
}
