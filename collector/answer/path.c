/* Windows paths to keys. Forms: Win32 and NT prefixes, drive letters, UNC, device and volume names, prefetch's
   \VOLUME{…}, variables and known-folder GUIDs (libscca's and libregf's documentation show them as Windows writes
   them). */
#include "answer/path.h"

#include <string.h>

static bool is_separator(char c)
{
  return c == '\\' || c == '/';
}

/* Folded copy with '\' only and no doubled or last separators; a leading pair (UNC) stays. */
static hk_str tidy(struct hk_arena *a, hk_str path)
{
  const hk_str folded = hk_str_fold(a, hk_str_clean(a, path));
  if (folded.p == NULL) return folded;
  char *const out = hk_alloc(a, folded.n + 1);
  if (out == NULL) return (hk_str){0};
  size_t n = 0;
  for (size_t i = 0; i < folded.n; i++) {
    const char c = is_separator(folded.p[i]) ? '\\' : folded.p[i];
    if (c == '\\' && n > 1 && out[n - 1] == '\\') continue;
    out[n++] = c;
  }
  while (n > 1 && out[n - 1] == '\\')
    n--;
  return (hk_str){.p = out, .n = n};
}

static hk_str from(hk_str s, size_t at)
{
  return hk_str_sub(s, at, s.n);
}

/* Length of the component that begins at `at`. */
static size_t component(hk_str s, size_t at)
{
  size_t n = 0;
  while (at + n < s.n && s.p[at + n] != '\\')
    n++;
  return n;
}

struct split {
  hk_str vol;
  hk_str path;
};

static struct split split_at(hk_str s, size_t vol_from, size_t vol_to)
{
  struct split r = {.vol = hk_str_sub(s, vol_from, vol_to), .path = from(s, vol_to)};
  if (r.path.n == 0) r.path = HK_S("\\");
  return r;
}

/* `at` stands behind "unc\" or "\\": server\share. */
static struct split split_unc(struct hk_arena *a, hk_str s, size_t at)
{
  const size_t server = component(s, at);
  size_t end = at + server;
  if (end < s.n) end += 1 + component(s, end + 1);
  struct split r = split_at(s, at, end);
  char *const vol = hk_alloc(a, r.vol.n + 4);
  if (vol != NULL) memcpy(vol, "unc\\", 4);
  if (vol != NULL && r.vol.n > 0) memcpy(vol + 4, r.vol.p, r.vol.n);
  r.vol = (hk_str){.p = vol, .n = r.vol.n + 4};
  return r;
}

/* A path that begins with one separator, behind any NT prefix. */
static struct split split_rooted(hk_str s)
{
  const size_t first = component(s, 1);
  const hk_str head = hk_str_sub(s, 1, 1 + first);
  if (hk_str_starts(head, HK_S("volume{")) && head.p[head.n - 1] == '}') return split_at(s, 1, 1 + first);
  if (hk_str_eq(head, HK_S("systemroot")))
    return (struct split){.vol = HK_S("%systemroot%"), .path = split_at(s, 1, 1 + first).path};
  if (hk_str_eq(head, HK_S("device"))) {
    const size_t at = 1 + first + 1;
    if (at < s.n) return split_at(s, at, at + component(s, at));
  }
  return (struct split){.vol = HK_S("?"), .path = s};
}

static struct split split(struct hk_arena *a, hk_str s)
{
  static const char *const prefixes[] = {"\\\\?\\", "\\\\.\\", "\\?\\?\\", "\\??\\", "\\dosdevices\\", "\\global??\\"};
  bool nt = false;
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    if (!hk_str_starts(s, hk_str_of(prefixes[i]))) continue;
    s = from(s, strlen(prefixes[i]));
    nt = true;
    break;
  }
  if (nt && hk_str_starts(s, HK_S("unc\\"))) return split_unc(a, s, 4);
  if (s.n >= 2 && hk_is_letter(s.p[0]) && s.p[1] == ':') {
    struct split r = split_at(s, 0, 1);
    r.path = from(s, 2);
    if (r.path.n == 0) r.path = HK_S("\\");
    /* "c:name" is relative to a folder nobody knows. */
    return r.path.p[0] == '\\' ? r : (struct split){.vol = HK_S("?"), .path = s};
  }
  if (nt) { /* volume{guid}\…, globalroot\device\… */
    if (hk_str_starts(s, HK_S("globalroot\\"))) s = from(s, 11);
    if (hk_str_starts(s, HK_S("volume{"))) return split_at(s, 0, component(s, 0));
    if (hk_str_starts(s, HK_S("device\\"))) return split_at(s, 7, 7 + component(s, 7));
    return (struct split){.vol = HK_S("?"), .path = s};
  }
  if (hk_str_starts(s, HK_S("\\device\\mup\\"))) return split_unc(a, s, 12);
  if (hk_str_starts(s, HK_S("\\\\"))) return split_unc(a, s, 2);
  if (s.n > 0 && s.p[0] == '\\') return split_rooted(s);
  const size_t head = component(s, 0);
  const bool variable = head > 2 && s.p[0] == '%' && s.p[head - 1] == '%';
  const bool folder_id = head == 38 && s.p[0] == '{' && s.p[37] == '}';
  if (variable || folder_id) return split_at(s, 0, head);
  if (hk_str_starts(s, HK_S("admin$:")))
    return (struct split){.vol = HK_S("admin$"), .path = s.n > 7 ? from(s, 7) : HK_S("\\")};
  return (struct split){.vol = HK_S("?"), .path = s};
}

static struct hk_path_key join(struct hk_arena *a, struct split p)
{
  struct hk_path_key k = {0};
  char *const out = hk_alloc(a, p.vol.n + 1 + p.path.n + 1);
  if (out == NULL || p.vol.p == NULL || p.path.p == NULL) return k;
  memcpy(out, p.vol.p, p.vol.n);
  out[p.vol.n] = ':';
  memcpy(out + p.vol.n + 1, p.path.p, p.path.n);
  k.key = (hk_str){.p = out, .n = p.vol.n + 1 + p.path.n};
  k.vol = hk_str_sub(k.key, 0, p.vol.n);
  k.path = hk_str_sub(k.key, p.vol.n + 1, k.key.n);
  return k;
}

struct hk_path_key hk_path_key(struct hk_arena *a, hk_str path)
{
  const hk_str s = tidy(a, path);
  if (s.p == NULL || s.n == 0)
    return (struct hk_path_key){.key = {.p = s.p, .n = 0}, .vol = HK_S(""), .path = HK_S("")};
  return join(a, split(a, s));
}

struct hk_path_key hk_path_name_key(struct hk_arena *a, hk_str name)
{
  for (size_t i = 0; i < name.n; i++)
    if (is_separator(name.p[i])) return hk_path_key(a, name);
  const hk_str s = tidy(a, name);
  if (s.p == NULL || s.n == 0)
    return (struct hk_path_key){.key = {.p = s.p, .n = 0}, .vol = HK_S(""), .path = HK_S("")};
  return join(a, (struct split){.vol = HK_S("name"), .path = s});
}

size_t hk_path_parent(const struct hk_path_key *k)
{
  if (k->path.n <= 1) return 0;
  const size_t at = hk_str_rfind(k->path, '\\');
  if (at == k->path.n) return 0;
  /* The root keeps its separator. */
  return k->vol.n + 1 + (at == 0 ? 1 : at);
}

hk_str hk_path_name(const struct hk_path_key *k)
{
  const size_t at = hk_str_rfind(k->path, '\\');
  return at == k->path.n ? k->path : from(k->path, at + 1);
}

hk_str hk_path_ext(hk_str name)
{
  const size_t at = hk_str_rfind(name, '.');
  return at == name.n ? (hk_str){.p = name.p, .n = 0} : from(name, at + 1);
}
