/* Names of the unpacked tree. */
#include "run/unpack_name.h"

#include <string.h>

#include "base/hash.h"
#include "source/shadows.h"
#include "store/layout.h"
#include "store/store.h"

#define MAX_PARTS 1000
#define LONGEST 255   /* UTF-16 units on NTFS, bytes on Linux and macOS */
#define LONGEST_HEAD 180
#define LONGEST_EXTENSION 16

static bool is_separator(char c)
{
  return c == '/' || c == '\\';
}

static hk_err refuse(const char *why)
{
  return hk_fail(HK_REFUSED, why, HK_NO_OFFSET);
}

/* ---- one name ------------------------------------------------------------------------------------------------------------ */

/* The archive's own layout escapes the first letter of CON, NUL, COM1 … and of no other name. */
static bool is_device(struct hk_arena *a, hk_str s)
{
  const hk_str escaped = s.n > 0 && hk_is_letter(s.p[0]) ? layout_escape(a, s) : s;
  return escaped.n > 0 && hk_is_letter(s.p[0]) && escaped.p[0] == '%';
}

static bool in_the_way(hk_str s, size_t at, size_t n, bool windows, bool device)
{
  const unsigned char c = (unsigned char)s.p[at];
  if (c == 0 || c == '/' || c == '\\') return true;
  if (!windows) return false;
  if (c < 0x20 || memchr("<>:\"|?*", c, 7) != NULL) return true;
  if ((c == '.' || c == ' ') && at + 1 == s.n) return true; /* Explorer could neither open nor delete it */
  if (c >= 0x80 && n == 1) return true;                      /* no UTF-8: two such names would become one */
  return device && at == 0;
}

static void put_escaped(char *out, size_t *n, unsigned char c)
{
  static const char digits[] = "0123456789ABCDEF";
  out[(*n)++] = '%';
  out[(*n)++] = digits[c >> 4];
  out[(*n)++] = digits[c & 15];
}

/* s itself when nothing is in the way. {NULL,0}: no memory. */
static hk_str escape(struct hk_arena *a, hk_str s, bool windows)
{
  const bool device = windows && is_device(a, s);
  bool any = false;
  for (int pass = 0; pass < 2; pass++) {
    char *const out = pass == 0 ? NULL : s.n > SIZE_MAX / 4 ? NULL : hk_alloc(a, s.n * 3 + 1);
    if (pass == 1 && out == NULL) return (hk_str){.p = NULL, .n = 0};
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
      const size_t at = i;
      (void)hk_str_next(s, &i);
      const bool bad = in_the_way(s, at, i - at, windows, device);
      any = any || bad;
      if (out == NULL) continue;
      if (bad || s.p[at] == '%') {
        put_escaped(out, &n, (unsigned char)s.p[at]);
      } else {
        memcpy(out + n, s.p + at, i - at);
        n += i - at;
      }
    }
    if (!any) return s;
    if (out != NULL) return (hk_str){.p = out, .n = n};
  }
  return s;
}

static size_t length(hk_str s, bool windows)
{
  size_t units = 0;
  if (!windows) return s.n;
  for (size_t i = 0; i < s.n;) units += hk_str_next(s, &i) > 0xFFFF ? 2 : 1;
  return units;
}

static size_t extension_at(hk_str s)
{
  const size_t dot = hk_str_rfind(s, '.');
  return dot == 0 || dot == s.n || s.n - dot > LONGEST_EXTENSION ? s.n : dot;
}

/* Cut at a whole character and not inside a %XX. */
static hk_str head_of(hk_str s)
{
  size_t end = 0;
  for (size_t i = 0; i < s.n;) {
    const bool escaped = s.p[i] == '%' && i + 2 < s.n;
    (void)hk_str_next(s, &i);
    if (escaped) i += 2;
    if (i > LONGEST_HEAD) break;
    end = i;
  }
  return hk_str_sub(s, 0, end);
}

static hk_str tame(struct hk_arena *a, hk_str s, bool windows, bool *changed)
{
  const hk_str escaped = escape(a, s, windows);
  if (escaped.p == NULL) return escaped;
  if (escaped.p != s.p) *changed = true;
  if (length(escaped, windows) <= LONGEST) return escaped;
  uint8_t digest[HK_SHA256_SIZE];
  char hex[2 * HK_SHA256_SIZE + 1];
  hk_sha256_of(s.p, s.n, digest);
  hk_hex(digest, sizeof digest, hex);
  const hk_str extension = hk_str_sub(escaped, extension_at(escaped), escaped.n);
  const hk_str head = head_of(hk_str_sub(escaped, 0, escaped.n - extension.n));
  *changed = true;
  return hk_str_printf(a, "%.*s~%.16s%.*s", (int)head.n, head.p, hex, (int)extension.n, extension.p);
}

hk_str hk_unpack_numbered(struct hk_arena *a, hk_str name, unsigned number)
{
  const size_t dot = extension_at(name);
  const hk_str head = dot > LONGEST - 24 ? head_of(hk_str_sub(name, 0, dot)) : hk_str_sub(name, 0, dot);
  return hk_str_printf(a, "%.*s~%u%.*s", (int)head.n, head.p, number, (int)(name.n - dot), name.p + dot);
}

/* ---- a path ---------------------------------------------------------------------------------------------------------------- */

/* The volume at the front becomes a folder: "C:\", "\\.\C:\", "\\?\C:\" to C, shadow copy n to VSSn, one of ours to VSSC{id}. *rest is what is left,
   *slashes whether '/' separates in it, too (in an evidence path it is a letter like any other). */
static hk_err take_volume(struct hk_arena *a, hk_str path, hk_str *folder, hk_str *rest, bool *slashes)
{
  static const char shadow[] = "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy";
  const size_t n_shadow = sizeof shadow - 1;
  hk_str copy;
  char letter = 0;
  *folder = HK_S("");
  *slashes = true;
  if (hk_shadow_split(path, &copy, &letter, rest)) { /* ours: by the drive and the id that vssadmin shows */
    *folder = hk_str_printf(a, "VSS%.*s", (int)(copy.n - n_shadow), copy.p + n_shadow);
    *slashes = false;
    return folder->p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
  }
  if (path.n > n_shadow && hk_str_ieq(hk_str_sub(path, 0, n_shadow), HK_S("\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy"))) {
    const hk_str number = hk_str_sub(path, n_shadow, n_shadow + hk_str_find(hk_str_sub(path, n_shadow, path.n), '\\'));
    for (size_t i = 0; i < number.n; i++)
      if (number.p[i] < '0' || number.p[i] > '9') return refuse("find the volume: not a shadow copy's number");
    if (number.n == 0 || number.n > 9) return refuse("find the volume: not a shadow copy's number");
    *folder = hk_str_printf(a, "VSS%.*s", (int)number.n, number.p);
    *rest = hk_str_sub(path, n_shadow + number.n, path.n);
    *slashes = false;
    return folder->p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
  }
  const bool device = hk_str_starts(path, HK_S("\\\\.\\")) || hk_str_starts(path, HK_S("\\\\?\\"));
  if (device) path = hk_str_sub(path, 4, path.n);
  *rest = path;
  const bool drive = path.n >= 2 && path.p[1] == ':' && hk_is_letter(path.p[0]);
  if (path.n == 0 || is_separator(path.p[0]) || (device && !drive)) return refuse("place a file: its name is absolute");
  if (!drive) return hk_ok();
  if (path.n == 2 || !is_separator(path.p[2])) return refuse("place a file: its name is relative to a drive");
  *folder = hk_str_printf(a, "%c", path.p[0] & ~0x20);
  *slashes = path.p[2] == '/';
  *rest = hk_str_sub(path, 3, path.n);
  return folder->p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
}

/* The names KAPE gives the streams of NTFS's own files; its readers look for these. */
static hk_str metadata_name(const hk_str *folders, size_t n, hk_str last)
{
  const bool extend = n == 2 && hk_str_ieq(folders[1], HK_S("$Extend"));
  if (extend && hk_str_ieq(last, HK_S("$UsnJrnl:$J"))) return HK_S("$J");
  if (extend && hk_str_ieq(last, HK_S("$UsnJrnl:$Max"))) return HK_S("$Max");
  if (n == 1 && hk_str_ieq(last, HK_S("$Secure:$SDS"))) return HK_S("$Secure_$SDS");
  return HK_S("");
}

/* "file:stream" with both parts there and nothing behind that Windows could take for a type ("::$DATA"). */
static bool take_stream(hk_str last, hk_str *base, hk_str *stream)
{
  const size_t colon = hk_str_find(last, ':');
  *base = hk_str_sub(last, 0, colon);
  *stream = hk_str_sub(last, colon + 1, last.n);
  if (base->n == 0 || stream->n == 0 || stream->n > 200 || hk_str_find(*stream, ':') < stream->n || !hk_str_valid(*stream))
    return false;
  for (size_t i = 0; i < stream->n; i++)
    if ((unsigned char)stream->p[i] < 0x20 || is_separator(stream->p[i])) return false;
  return true;
}

static hk_err place_last(struct hk_arena *a, hk_str last, bool windows, struct hk_unpack_place *to)
{
  const hk_str known = metadata_name(to->folders, to->n_folders, last);
  hk_str base = HK_S("");
  hk_str stream = HK_S("");
  if (known.n > 0) {
    to->file = known;
    to->changed = true;
    return hk_ok();
  }
  /* A directory has no such file, and asking Windows to make one is asking for trouble. */
  if (hk_str_iends(last, HK_S(":$I30"))) {
    const hk_str folder = hk_str_sub(last, 0, last.n - 5);
    to->file = tame(a, hk_str_printf(a, "%.*s%s$I30", (int)folder.n, folder.p, folder.n == 0 ? "" : "_"), windows, &to->changed);
    to->changed = true;
    return to->file.p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
  }
  bool escaped = false;
  to->file = tame(a, last, windows, &escaped);
  if (windows && take_stream(last, &base, &stream)) {
    to->base = tame(a, base, windows, &to->changed);
    to->stream = stream;
    return to->file.p == NULL || to->base.p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
  }
  to->changed = to->changed || escaped;
  return to->file.p == NULL ? hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET) : hk_ok();
}

hk_err hk_unpack_place(struct hk_arena *a, hk_str path, bool windows, struct hk_unpack_place *out)
{
  hk_str *const v = hk_new(a, hk_str, MAX_PARTS + 1);
  hk_str rest = HK_S("");
  struct hk_unpack_place to = {.folders = v, .base = HK_S(""), .stream = HK_S("")};
  bool slashes = false;
  if (v == NULL) return hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET);
  HK_TRY(take_volume(a, path, &v[0], &rest, &slashes));
  if (v[0].n > 0) to.n_folders = 1;
  hk_str last = HK_S("");
  while (rest.n > 0) {
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '\\' && !(slashes && rest.p[end] == '/')) end++;
    const hk_str part = hk_str_sub(rest, 0, end);
    rest = hk_str_sub(rest, end + 1, rest.n);
    if (part.n == 0 || hk_str_eq(part, HK_S("."))) continue;
    if (hk_str_eq(part, HK_S(".."))) return refuse("place a file: its name climbs out of its folder");
    if (last.n > 0) {
      if (to.n_folders >= MAX_PARTS) return hk_fail(HK_LIMIT, "place a file: too many folders", HK_NO_OFFSET);
      v[to.n_folders] = tame(a, last, windows, &to.changed);
      if (v[to.n_folders++].p == NULL) return hk_fail(HK_MEMORY, "place a file", HK_NO_OFFSET);
    }
    last = part;
  }
  if (last.n == 0) return refuse("place a file: its name is empty");
  HK_TRY(place_last(a, last, windows, &to));
  *out = to;
  return hk_ok();
}

hk_str hk_unpack_entry_path(struct hk_arena *a, hk_str name)
{
  const hk_str ours = hk_archive_evidence_path(a, name);
  if (ours.n > 0) return ours;
  const hk_str below = hk_str_starts(name, HK_S("fs/")) ? hk_str_sub(name, 3, name.n) : name;
  const size_t end = hk_str_find(below, '/');
  const hk_str mark = hk_str_sub(below, 1, end);
  const bool volume = mark.n == 0 || hk_str_eq(mark, HK_S(":")) || hk_str_ieq(mark, HK_S("%3A"));
  if (end == 0 || end == below.n || !hk_is_letter(below.p[0]) || !volume) return name;
  const hk_str rest = hk_str_sub(below, end, below.n);
  char *const out = hk_alloc(a, rest.n + 3);
  if (out == NULL) return (hk_str){.p = NULL, .n = 0};
  out[0] = (char)(below.p[0] & ~0x20);
  out[1] = ':';
  memcpy(out + 2, rest.p, rest.n);
  for (size_t i = 0; i < rest.n; i++)
    if (rest.p[i] == '/') out[2 + i] = '\\';
  return (hk_str){.p = out, .n = rest.n + 2};
}
