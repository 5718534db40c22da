/* Evidence paths to entry names and back. */
#include "store/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/ranges.h"

#define MAX_PARTS 400
#define LONGEST_COMPONENT 255 /* NAME_MAX of Linux and macOS, in escaped bytes */
#define LONGEST_HEAD 200
/* A server that stores names hex-escaped has 4,096 bytes for a path with its own folders before it. */
#define LONGEST_NAME 3000
#define KEY_BYTES 16

/* A name, folded and hashed. Folders know how they were first spelled: `Windows` and `WINDOWS` are one folder. */
struct folder {
  hk_str spelled;
  bool made;
};
struct slot {
  uint8_t key[KEY_BYTES];
  struct folder *folder; /* NULL: a file */
  bool used;
};

struct layout {
  struct slot *slots;
  size_t n_slots, n_used; /* n_slots is a power of two */
  struct hk_arena names;
  uint64_t n_renamed;
};

hk_err layout_open(struct layout **out)
{
  struct layout *const l = calloc(1, sizeof *l);
  struct slot *const slots = calloc(1024, sizeof *slots);
  if (l == NULL || slots == NULL) {
    free(l);
    free(slots);
    return hk_fail(HK_MEMORY, "open layout", HK_NO_OFFSET);
  }
  *l = (struct layout){.slots = slots, .n_slots = 1024};
  hk_arena_init(&l->names, (size_t)512 << 20);
  *out = l;
  return hk_ok();
}

void layout_close(struct layout *l)
{
  if (l == NULL) return;
  hk_arena_done(&l->names);
  free(l->slots);
  free(l);
}

/* ---- the set of names -------------------------------------------------------------------------------------------------- */

struct range {
  uint32_t from, to;
};

/* Readers fold case by tables wider than NTFS's. Alphabets where upper and lower case alternate are merged pair by pair:
   at worst two different names are told apart by a suffix that was not needed. */
static uint32_t fold_widely(uint32_t c)
{
  static const struct range pairs[] = {{0x100, 0x24F},   {0x370, 0x373},   {0x3D8, 0x3EF},   {0x460, 0x52F},
                                       {0x1E00, 0x1EFF}, {0x2C60, 0x2CFF}, {0xA640, 0xA7FF}};
  if (c < 0x80) return hk_fold(c);
  if (c == 0x130 || c == 0x131) return 'i';
  if (c == 0x17F || c == 0x1E9B) return 's';
  if (c == 0x212A) return 'k';
  if (c == 0x212B) return 0xE5;
  if (c == 0x1E9E) return 0xDF;
  if (c == 0x3C2) return 0x3C3;
  if (c == 0x2126) return 0x3C9;
  if (c == 0xB5) return 0x3BC;
  if (c == 0x178) return 0xFF;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (c >= pairs[i].from && c <= pairs[i].to) return c | 1;
  if (c >= 0x10A0 && c <= 0x10C5) return c + 0x1C60;
  if (c >= 0x1F00 && c <= 0x1FFF) return c & ~UINT32_C(8);
  if (c >= 0x2160 && c <= 0x216F) return c + 16;
  if (c >= 0x24B6 && c <= 0x24CF) return c + 26;
  if (c >= 0x2C00 && c <= 0x2C2F) return c + 48;
  if (c >= 0x10400 && c <= 0x10427) return c + 40;
  return hk_fold(c);
}

static void make_key(hk_str name, uint8_t key[KEY_BYTES])
{
  struct hk_sha256 s;
  hk_sha256_init(&s);
  for (size_t i = 0; i < name.n;) {
    char c[4];
    hk_sha256_add(&s, c, hk_utf8_put(fold_widely(hk_str_next(name, &i)), c));
  }
  uint8_t digest[HK_SHA256_SIZE];
  hk_sha256_end(&s, digest);
  memcpy(key, digest, KEY_BYTES);
}

static struct slot *slot_for(struct slot *slots, size_t n_slots, const uint8_t key[KEY_BYTES])
{
  uint64_t h = 0;
  memcpy(&h, key, sizeof h);
  for (size_t i = (size_t)h & (n_slots - 1);; i = (i + 1) & (n_slots - 1))
    if (!slots[i].used || memcmp(slots[i].key, key, KEY_BYTES) == 0) return &slots[i];
}

static bool grow(struct layout *l)
{
  struct slot *const slots = calloc(l->n_slots * 2, sizeof *slots);
  if (slots == NULL) return false;
  for (size_t i = 0; i < l->n_slots; i++)
    if (l->slots[i].used) *slot_for(slots, l->n_slots * 2, l->slots[i].key) = l->slots[i];
  free(l->slots);
  l->slots = slots;
  l->n_slots *= 2;
  return true;
}

static const struct slot *find(const struct layout *l, hk_str name)
{
  uint8_t key[KEY_BYTES];
  make_key(name, key);
  const struct slot *const s = slot_for(l->slots, l->n_slots, key);
  return s->used ? s : NULL;
}

/* The name is not there yet. folder NULL: a file. */
static bool insert(struct layout *l, hk_str name, struct folder *folder)
{
  if (l->n_used >= l->n_slots / 2 && !grow(l)) return false;
  uint8_t key[KEY_BYTES];
  make_key(name, key);
  struct slot *const s = slot_for(l->slots, l->n_slots, key);
  memcpy(s->key, key, KEY_BYTES);
  s->folder = folder;
  s->used = true;
  l->n_used++;
  return true;
}

static struct folder *insert_folder(struct layout *l, hk_str name, hk_str spelled)
{
  struct folder *const f = hk_new(&l->names, struct folder, 1);
  if (f == NULL) return NULL;
  f->spelled = hk_str_copy(&l->names, spelled);
  if (f->spelled.p == NULL || !insert(l, name, f)) return NULL;
  return f;
}

/* ---- one component ------------------------------------------------------------------------------------------------------- */

/* CON, NUL, COM1 …, with any extension, open a device on Windows. ¹ ² ³ count as digits there. */
static bool is_device(hk_str s)
{
  static const char *const plain[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"};
  static const char *const numbered[] = {"COM", "LPT"};
  hk_str stem = hk_str_sub(s, 0, hk_str_find(s, '.'));
  stem = hk_str_sub(stem, 0, hk_str_find(stem, ':'));
  while (stem.n > 0 && stem.p[stem.n - 1] == ' ') stem.n--;
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
    if (hk_str_ieq(stem, hk_str_of(plain[i]))) return true;
  for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
    if (stem.n < 4 || !hk_str_ieq(hk_str_sub(stem, 0, 3), hk_str_of(numbered[i]))) continue;
    const hk_str digit = hk_str_sub(stem, 3, stem.n);
    if (digit.n == 1 && digit.p[0] >= '0' && digit.p[0] <= '9') return true;
    if (hk_str_eq(digit, HK_S("\xC2\xB9")) || hk_str_eq(digit, HK_S("\xC2\xB2")) || hk_str_eq(digit, HK_S("\xC2\xB3")))
      return true;
  }
  return false;
}

static bool must_escape(hk_str s, size_t i, bool device)
{
  const unsigned char c = (unsigned char)s.p[i];
  if (c < 0x20 || c == 0x7F || memchr("?\"*:|<>%/\\", c, 10) != NULL) return true;
  if ((c == '.' || c == ' ') && (i == 0 || i + 1 == s.n)) return true;
  return device && i == 0;
}

hk_str layout_escape(struct hk_arena *a, hk_str s)
{
  static const char digits[] = "0123456789ABCDEF";
  const bool device = is_device(s);
  char *const out = s.n > SIZE_MAX / 4 ? NULL : hk_alloc(a, s.n * 3 + 1);
  if (out == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    const unsigned char c = (unsigned char)s.p[i];
    if (!must_escape(s, i, device)) {
      out[n++] = (char)c;
      continue;
    }
    out[n++] = '%';
    out[n++] = digits[c >> 4];
    out[n++] = digits[c & 15];
  }
  return (hk_str){.p = out, .n = n};
}

/* Where the extension of a component begins (its dot), or its length: short ones only, so that they survive shortening. */
static size_t extension_at(hk_str s)
{
  const size_t dot = hk_str_rfind(s, '.');
  return dot == 0 || dot == s.n || s.n - dot > 16 ? s.n : dot;
}

static hk_str with_suffix(struct hk_arena *a, hk_str s, uint64_t number)
{
  const size_t dot = extension_at(s);
  return hk_str_printf(a, "%.*s~hk%llu%.*s", (int)dot, s.p, (unsigned long long)number, (int)(s.n - dot), s.p + dot);
}

/* Its first part, a digest of the whole, its extension. */
static hk_str shorten(struct hk_arena *a, hk_str s)
{
  uint8_t digest[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  hk_sha256_of(s.p, s.n, digest);
  hk_hex(digest, sizeof digest, hex);
  const size_t dot = extension_at(s);
  size_t head = 0;
  for (size_t i = 0, escaped = 0; i < dot;) {
    const size_t from = i;
    (void)hk_str_next(s, &i);
    escaped += i - from == 1 ? 3 : i - from;
    if (escaped > LONGEST_HEAD) break;
    head = i;
  }
  return hk_str_printf(a, "%.*s~hk%.8s%.*s", (int)head, s.p, hex, (int)(s.n - dot), s.p + dot);
}

/* True for ".", ".." and for "\\..\x": who decodes a name and takes its separators for real must not climb. */
static bool climbs(hk_str s)
{
  size_t from = 0;
  for (size_t i = 0; i <= s.n; i++) {
    if (i < s.n && s.p[i] != '\\' && s.p[i] != '/') continue;
    if (hk_str_eq(hk_str_sub(s, from, i), HK_S(".."))) return true;
    from = i + 1;
  }
  return hk_str_eq(s, HK_S("."));
}

/* A component as it may stand: never empty, never climbing (even decoded), escaped at most so many bytes. */
static hk_str tame_to(struct hk_arena *a, hk_str s, size_t longest)
{
  if (climbs(s)) return HK_S("~hk-dots");
  const hk_str escaped = layout_escape(a, s);
  if (escaped.p == NULL) return escaped;
  return escaped.n > longest ? shorten(a, s) : s;
}

static hk_str tame(struct hk_arena *a, hk_str s)
{
  return tame_to(a, s, LONGEST_COMPONENT);
}

/* ---- a path ---------------------------------------------------------------------------------------------------------------- */

struct parts {
  hk_str v[MAX_PARTS + 8];
  size_t n;
  bool too_many;
};

static void add_part(struct parts *p, hk_str s)
{
  if (s.n == 0) return;
  if (p->n >= MAX_PARTS) {
    p->too_many = true;
    return;
  }
  p->v[p->n++] = s;
}

/* Bytes of the path that name its volume: "C:", "\\.\C:", "\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy1",
   "\\server\share"; 0 = none. */
static size_t volume_size(hk_str s)
{
  const bool letter = s.n >= 2 && s.p[1] == ':' && hk_is_letter(s.p[0]);
  if (letter && (s.n == 2 || s.p[2] == '\\' || s.p[2] == '/')) return 2;
  if (!hk_str_starts(s, HK_S("\\\\"))) return 0;
  int left = 2; /* \\server\share, \\.\C: */
  const hk_str rest = hk_str_sub(s, 2, s.n);
  if (rest.n > 13 && hk_str_ieq(hk_str_sub(rest, 0, 13), HK_S("?\\GLOBALROOT\\"))) left = 4;
  for (size_t i = 2; i < s.n; i++)
    if (s.p[i] == '\\' && --left == 0) return i;
  return s.n;
}

static void split(hk_str path, struct parts *out)
{
  add_part(out, HK_S("uploads"));
  add_part(out, HK_S("auto"));
  const size_t volume = volume_size(path);
  add_part(out, hk_str_sub(path, 0, volume));
  const char separator = volume == 0 && path.n > 0 && path.p[0] == '/' ? '/' : '\\';
  hk_str rest = hk_str_sub(path, volume, path.n);
  while (rest.n > 0) {
    const size_t n = hk_str_find(rest, separator);
    add_part(out, hk_str_sub(rest, 0, n));
    rest = hk_str_sub(rest, n + 1, rest.n);
  }
}

/* A path too long for a server's disk: one folder named by its digest, and the file's own name. */
static void replace_long(struct hk_arena *a, hk_str path, struct parts *p)
{
  uint8_t digest[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  hk_sha256_of(path.p, path.n, digest);
  hk_hex(digest, sizeof digest, hex);
  const size_t n_volume = volume_size(path) > 0 ? 3 : 2;
  const size_t slash = hk_str_rfind(path, '\\');
  const hk_str last = p->too_many ? hk_str_sub(path, slash == path.n ? 0 : slash + 1, path.n) : p->v[p->n - 1];
  p->n = n_volume;
  p->too_many = false;
  add_part(p, HK_S("~hk-long"));
  add_part(p, hk_str_printf(a, "%.16s", hex));
  add_part(p, last.n == 0 ? HK_S("~hk-empty") : tame(a, last));
}

/* Length with each byte that is not ASCII written as %XX, as a server may store it. */
static size_t hex_length(hk_str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) n += (unsigned char)s.p[i] < 0x80 ? 1 : 3;
  return n;
}

static hk_str join(struct hk_arena *a, hk_str prefix, hk_str component)
{
  const hk_str escaped = layout_escape(a, component);
  if (escaped.p == NULL || prefix.p == NULL) return (hk_str){.p = NULL, .n = 0};
  return prefix.n == 0 ? escaped
                       : hk_str_printf(a, "%.*s/%.*s", (int)prefix.n, prefix.p, (int)escaped.n, escaped.p);
}

/* Walks down the folders, spelling each as it was first spelled; a folder that meets a file of its name steps aside. */
static hk_str descend(struct layout *l, struct hk_arena *a, struct parts *p)
{
  hk_str prefix = HK_S("");
  for (size_t i = 0; i + 1 < p->n; i++) {
    hk_str next = join(a, prefix, p->v[i]);
    const struct slot *s = next.p == NULL ? NULL : find(l, next);
    while (s != NULL && s->folder == NULL) {
      p->v[i] = tame(a, with_suffix(a, p->v[i], ++l->n_renamed + 1));
      next = join(a, prefix, p->v[i]);
      s = next.p == NULL ? NULL : find(l, next);
    }
    if (next.p == NULL) return next;
    if (s == NULL) {
      if (insert_folder(l, next, p->v[i]) == NULL) return (hk_str){.p = NULL, .n = 0};
    } else {
      p->v[i] = s->folder->spelled;
      next = join(a, prefix, p->v[i]);
    }
    prefix = next;
  }
  return prefix;
}

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "place evidence in the archive", HK_NO_OFFSET);
}

static hk_str index_of(struct hk_arena *a, hk_str name, bool sparse)
{
  return sparse && name.p != NULL ? hk_str_printf(a, "%.*s" RANGES_SUFFIX, (int)name.n, name.p) : HK_S("");
}

static bool is_taken(const struct layout *l, hk_str name, hk_str index)
{
  return find(l, name) != NULL || (index.n > 0 && find(l, index) != NULL);
}

static hk_err settle(struct layout *l, struct hk_arena *a, struct parts *p, bool sparse, struct layout_place *out)
{
  const size_t longest = LONGEST_COMPONENT - (sparse ? sizeof RANGES_SUFFIX - 1 : 0);
  hk_str *const last = &p->v[p->n - 1];
  const hk_str prefix = descend(l, a, p);
  if (sparse) *last = tame_to(a, *last, longest);
  hk_str name = join(a, prefix, *last);
  hk_str index = index_of(a, name, sparse);
  while (name.p != NULL && index.p != NULL && is_taken(l, name, index)) {
    *last = tame_to(a, with_suffix(a, *last, ++l->n_renamed + 1), longest);
    name = join(a, prefix, *last);
    index = index_of(a, name, sparse);
  }
  if (name.p == NULL || index.p == NULL || !insert(l, name, NULL)) return no_memory();
  if (sparse && !insert(l, index, NULL)) return no_memory();
  *out = (struct layout_place){.name = name, .index = index, .parts = p->v, .n_parts = p->n};
  return hk_ok();
}

hk_err layout_place(struct layout *l, struct hk_arena *a, hk_str path, bool sparse, struct layout_place *out)
{
  const hk_str clean = hk_str_clean(a, path);
  struct parts *const p = hk_new(a, struct parts, 1);
  if (clean.p == NULL || p == NULL) return no_memory();
  split(clean, p);
  const size_t fixed = volume_size(clean) > 0 ? 3 : 2;
  if (p->n <= fixed && !p->too_many) add_part(p, HK_S("~hk-empty"));
  size_t length = 0;
  for (size_t i = fixed; i < p->n; i++) p->v[i] = tame(a, p->v[i]);
  if (fixed == 3) p->v[2] = tame(a, p->v[2]);
  for (size_t i = 0; i < p->n; i++) {
    if (p->v[i].p == NULL) return no_memory();
    length += hex_length(layout_escape(a, p->v[i])) + 1;
  }
  if (length > LONGEST_NAME || p->too_many) replace_long(a, clean, p);
  HK_TRY(settle(l, a, p, sparse, out));
  const hk_str back = layout_evidence_path(a, out->name);
  out->renamed = !hk_str_eq(back, path);
  return a->spent ? no_memory() : hk_ok();
}

/* ---- names of our own -------------------------------------------------------------------------------------------------------- */

static bool own_name_is_harmless(hk_str name)
{
  static const char *const taken[] = {"hunt_info.json", "data.zip", "metadata.json", "logs.json"};
  for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
    if (hk_str_ieq(name, hk_str_of(taken[i]))) return false;
  if (name.n == 0 || name.n > 1000) return false;
  char before = '/';
  for (size_t i = 0; i < name.n; i++) {
    const char c = name.p[i];
    const bool letter = hk_is_letter(c) || hk_is_digit(c);
    if (!letter && (c == 0 || strchr("._-%/", c) == NULL)) return false;
    if (before == '/' && !letter) return false;
    before = c;
  }
  return before != '/' && before != '.';
}

hk_err layout_own(struct layout *l, hk_str name)
{
  if (!own_name_is_harmless(name) || find(l, name) != NULL)
    return hk_fail(HK_USAGE, "name a file of our own in the archive", HK_NO_OFFSET);
  return insert(l, name, NULL) ? hk_ok() : no_memory();
}

static bool is_harmless(hk_str name)
{
  if (name.n == 0 || !hk_str_valid(name)) return false;
  for (size_t i = 0; i < name.n; i++)
    if ((unsigned char)name.p[i] < 0x20 || memchr("\\:*?\"<>|\x7F", name.p[i], 9) != NULL) return false;
  for (hk_str rest = name; rest.n > 0;) {
    const size_t end = hk_str_find(rest, '/');
    const hk_str part = hk_str_sub(rest, 0, end);
    if (part.n == 0 || part.p[0] == '.' || end + 1 == rest.n) return false;
    rest = hk_str_sub(rest, end + 1, rest.n);
  }
  return true;
}

hk_err layout_keep(struct layout *l, hk_str name)
{
  if (!is_harmless(name)) return hk_fail(HK_REFUSED, "keep an entry's name", HK_NO_OFFSET);
  if (find(l, name) != NULL) return hk_fail(HK_USAGE, "keep an entry's name", HK_NO_OFFSET);
  return insert(l, name, NULL) ? hk_ok() : no_memory();
}

bool layout_has_file(const struct layout *l, hk_str name)
{
  const struct slot *const s = find(l, name);
  return s != NULL && s->folder == NULL;
}

hk_err layout_folders(struct layout *l, hk_str name, hk_err (*on)(void *ctx, hk_str folder), void *ctx)
{
  for (size_t i = 0; i < name.n; i++) {
    if (name.p[i] != '/') continue;
    const hk_str folder = hk_str_sub(name, 0, i);
    const struct slot *const s = find(l, folder);
    if (s != NULL && s->folder == NULL) return hk_fail(HK_USAGE, "make a folder where a file is", HK_NO_OFFSET);
    struct folder *const f = s == NULL ? insert_folder(l, folder, HK_S("")) : s->folder;
    if (f == NULL) return no_memory();
    if (f->made) continue;
    HK_TRY(on(ctx, hk_str_sub(name, 0, i + 1)));
    f->made = true;
  }
  return hk_ok();
}

/* ---- back -------------------------------------------------------------------------------------------------------------------- */

hk_str layout_evidence_path(struct hk_arena *a, hk_str name)
{
  const hk_str none = {.p = NULL, .n = 0};
  if (!hk_str_starts(name, HK_S("uploads/"))) return none;
  hk_str rest = hk_str_sub(name, 8, name.n);
  const size_t accessor = hk_str_find(rest, '/');
  if (accessor == rest.n || accessor + 1 == rest.n) return none;
  rest = hk_str_sub(rest, accessor + 1, rest.n);
  if (rest.p[rest.n - 1] == '/') return none;
  char *const out = hk_alloc(a, rest.n + 1);
  if (out == NULL) return none;
  size_t n = 0;
  while (rest.n > 0) {
    const size_t end = hk_str_find(rest, '/');
    const hk_str part = hk_percent_decode(a, hk_str_sub(rest, 0, end));
    if (part.p == NULL) return none;
    if (n > 0) out[n++] = '\\';
    memcpy(out + n, part.p, part.n);
    n += part.n;
    rest = hk_str_sub(rest, end + 1, rest.n);
  }
  return (hk_str){.p = out, .n = n};
}
