/* Entities: text is stored once, events hold numbers. */
#include <stdlib.h>
#include <string.h>

#include "answer/facts_impl.h"

#define DEEPEST 128 /* folders above a file; NTFS paths have fewer than 16384 characters, real ones far fewer parts */
#define NOT_YET 0xFF

static void bind_str(sqlite3_stmt *s, int at, hk_str v)
{
  sqlite3_bind_text64(s, at, v.p == NULL ? "" : v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_id(sqlite3_stmt *s, int at, int64_t id)
{
  if (id != 0)
    sqlite3_bind_int64(s, at, id);
  else
    sqlite3_bind_null(s, at);
}

static hk_err make_room_inside(struct hk_facts *f, int64_t id)
{
  if ((uint64_t)id < f->n_inside) return hk_ok();
  size_t n = f->n_inside == 0 ? 4096 : f->n_inside;
  while (n <= (uint64_t)id)
    n *= 2;
  uint8_t *const p = realloc(f->inside, n);
  if (p == NULL) return hk_fail(HK_MEMORY, "class a path", HK_NO_OFFSET);
  memset(p + f->n_inside, NOT_YET, n - f->n_inside);
  f->inside = p;
  f->n_inside = n;
  return hk_ok();
}

/* Class of what lies in folder `dir`, worked out once. A name or relative path has no folder: what its own text says.
 */
static enum hk_place place_of(struct hk_facts *f, const struct hk_path_key *k, int64_t dir, hk_str ext)
{
  if (hk_str_eq(k->vol, HK_S("name"))) return HK_PLACE_NONE;
  const size_t parent = hk_path_parent(k);
  const size_t from = k->vol.n + 1;
  const hk_str folder = parent > from ? hk_str_sub(k->key, from, parent) : HK_S("");
  if (dir == 0) return hk_place_of(hk_place_inside(k->vol, folder), ext);
  if (f->inside[dir] == NOT_YET)
    f->inside[dir] = (uint8_t)hk_place_inside(k->vol, hk_str_eq(folder, HK_S("\\")) ? HK_S("") : folder);
  return hk_place_of((enum hk_place)f->inside[dir], ext);
}

static hk_err put_file(struct hk_facts *f, const struct hk_path_key *k, hk_str as_written, int64_t id, int64_t dir)
{
  HK_TRY(make_room_inside(f, id));
  const hk_str name = hk_path_name(k);
  const hk_str ext = hk_path_ext(name);
  sqlite3_stmt *const s = f->sql[HK_SQL_FILE];
  sqlite3_bind_int64(s, 1, id);
  bind_str(s, 2, k->key);
  bind_str(s, 3, as_written);
  bind_str(s, 4, k->vol);
  bind_id(s, 5, dir);
  bind_str(s, 6, name);
  bind_str(s, 7, ext);
  bind_id(s, 8, place_of(f, k, dir, ext));
  bind_id(s, 9, hk_tool_of(name));
  return hk_facts_run(f, s, "write a file's row");
}

/* The part of the path as written that stands for this folder: cut at its separators from the end. */
static hk_str written_folder(hk_str written, size_t levels)
{
  size_t n = written.n;
  while (n > 1 && (written.p[n - 1] == '\\' || written.p[n - 1] == '/'))
    n--;
  for (; levels > 0; levels--) {
    while (n > 0 && written.p[n - 1] != '\\' && written.p[n - 1] != '/')
      n--;
    while (n > 0 && (written.p[n - 1] == '\\' || written.p[n - 1] == '/'))
      n--;
  }
  return hk_str_sub(written, 0, n);
}

static struct hk_path_key cut_key(const struct hk_path_key *k, size_t n)
{
  return (struct hk_path_key){
      .key = hk_str_sub(k->key, 0, n), .vol = k->vol, .path = hk_str_sub(k->key, k->vol.n + 1, n)};
}

hk_err hk_entity_key(struct hk_facts *f, const struct hk_path_key *k, hk_str as_written, int64_t *id)
{
  if (k->key.p == NULL) return hk_fail(HK_MEMORY, "make a path's key", HK_NO_OFFSET);
  *id = 0;
  if (k->key.n == 0) return hk_ok();
  const int64_t known = hk_intern_find(&f->files, k->key);
  if (known != 0) {
    *id = known;
    return hk_ok();
  }
  /* Folders first, from the outermost that is new. */
  size_t ends[DEEPEST];
  size_t n = 0;
  struct hk_path_key at = *k;
  int64_t dir = 0;
  while (n < DEEPEST) {
    const size_t parent = hk_path_parent(&at);
    if (parent == 0) break;
    at = cut_key(k, parent);
    dir = hk_intern_find(&f->files, at.key);
    if (dir != 0) break;
    ends[n++] = parent;
  }
  if (n == DEEPEST) n = 0;
  bool fresh = false;
  for (size_t i = n; i > 0; i--) {
    const struct hk_path_key folder = cut_key(k, ends[i - 1]);
    const hk_str written = written_folder(as_written, i);
    int64_t next = 0;
    HK_TRY(hk_intern_id(&f->files, folder.key, &next, &fresh));
    HK_TRY(put_file(f, &folder, written.n == 0 ? HK_S("\\") : written, next, dir));
    dir = next;
  }
  HK_TRY(hk_intern_id(&f->files, k->key, id, &fresh));
  return put_file(f, k, as_written, *id, dir);
}

hk_err hk_entity_file(struct hk_facts *f, hk_str path, int64_t *id)
{
  const struct hk_path_key k = hk_path_key(&f->scratch, path);
  return hk_entity_key(f, &k, hk_str_clean(&f->scratch, path), id);
}

hk_err hk_entity_name(struct hk_facts *f, hk_str name, int64_t *id)
{
  const struct hk_path_key k = hk_path_name_key(&f->scratch, name);
  return hk_entity_key(f, &k, hk_str_clean(&f->scratch, name), id);
}

hk_err hk_entity_account(struct hk_facts *f, hk_str sid, int64_t *id)
{
  *id = 0;
  if (sid.n == 0 || hk_str_eq(sid, HK_S("-"))) return hk_ok();
  const hk_str clean = hk_str_clean(&f->scratch, sid);
  const hk_str key = hk_str_fold(&f->scratch, clean);
  if (key.p == NULL) return hk_fail(HK_MEMORY, "make an account's key", HK_NO_OFFSET);
  bool fresh = false;
  HK_TRY(hk_intern_id(&f->accounts, key, id, &fresh));
  if (!fresh) return hk_ok();
  sqlite3_stmt *const s = f->sql[HK_SQL_ACCOUNT];
  sqlite3_bind_int64(s, 1, *id);
  bind_str(s, 2, clean);
  if (hk_str_starts(key, HK_S("name:"))) { /* name:DOM\user */
    const hk_str full = hk_str_sub(clean, 5, clean.n);
    const size_t at = hk_str_rfind(full, '\\');
    bind_str(s, 3, at == full.n ? full : hk_str_sub(full, at + 1, full.n));
    if (at != full.n) bind_str(s, 4, hk_str_sub(full, 0, at));
  }
  return hk_facts_run(f, s, "write an account's row");
}

static bool is_address(hk_str s)
{
  bool dot = false;
  bool colon = false;
  for (size_t i = 0; i < s.n; i++) {
    const char c = s.p[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (c == '.')
      dot = true;
    else if (c == ':')
      colon = true;
    else if (c == '%' && colon)
      return true; /* zone of a link-local address */
    else if (!hex || (!colon && !(c >= '0' && c <= '9') && dot))
      return false;
  }
  return dot || colon;
}

/* "-" and "LOCAL" are what Windows writes for none; ::ffff:10.0.0.1 is 10.0.0.1; \\PC01 is PC01. */
hk_err hk_entity_host(struct hk_facts *f, hk_str host, int64_t *id)
{
  *id = 0;
  hk_str clean = hk_str_clean(&f->scratch, host);
  while (clean.n > 0 && clean.p[0] == '\\')
    clean = hk_str_sub(clean, 1, clean.n);
  hk_str key = hk_str_fold(&f->scratch, clean);
  if (key.p == NULL) return hk_fail(HK_MEMORY, "make a host's key", HK_NO_OFFSET);
  if (hk_str_starts(key, HK_S("::ffff:")) && hk_str_find(key, '.') != key.n) {
    key = hk_str_sub(key, 7, key.n);
    clean = key;
  }
  if (key.n == 0 || hk_str_eq(key, HK_S("-")) || hk_str_eq(key, HK_S("local"))) return hk_ok();
  bool fresh = false;
  HK_TRY(hk_intern_id(&f->hosts, key, id, &fresh));
  if (!fresh) return hk_ok();
  sqlite3_stmt *const s = f->sql[HK_SQL_HOST];
  sqlite3_bind_int64(s, 1, *id);
  bind_str(s, 2, key);
  bind_str(s, 3, clean);
  if (is_address(key)) bind_str(s, 4, key);
  return hk_facts_run(f, s, "write a host's row");
}

static hk_str url_host(hk_str url)
{
  size_t at = 0;
  while (at + 2 < url.n && memcmp(url.p + at, "://", 3) != 0)
    at++;
  if (at + 2 >= url.n) return HK_S("");
  at += 3;
  size_t end = at;
  while (end < url.n && url.p[end] != '/' && url.p[end] != '?' && url.p[end] != '#')
    end++;
  const hk_str authority = hk_str_sub(url, at, end);
  const size_t user = hk_str_rfind(authority, '@');
  hk_str host = user == authority.n ? authority : hk_str_sub(authority, user + 1, authority.n);
  const size_t port = hk_str_rfind(host, ':');
  if (port != host.n && hk_str_find(host, ']') == host.n) host = hk_str_sub(host, 0, port);
  return host;
}

hk_err hk_entity_url(struct hk_facts *f, hk_str url, int64_t *id)
{
  *id = 0;
  if (url.n == 0) return hk_ok();
  const hk_str clean = hk_str_clean(&f->scratch, url);
  if (clean.p == NULL) return hk_fail(HK_MEMORY, "make a URL's key", HK_NO_OFFSET);
  bool fresh = false;
  HK_TRY(hk_intern_id(&f->urls, clean, id, &fresh));
  if (!fresh) return hk_ok();
  sqlite3_stmt *const s = f->sql[HK_SQL_URL];
  sqlite3_bind_int64(s, 1, *id);
  bind_str(s, 2, clean);
  const hk_str host = hk_str_fold(&f->scratch, url_host(clean));
  if (host.n != 0) bind_str(s, 3, host);
  return hk_facts_run(f, s, "write a URL's row");
}

hk_err hk_entity_hash(struct hk_facts *f, hk_str hex, int64_t *id)
{
  *id = 0;
  if (hex.n == 0) return hk_ok();
  const hk_str key = hk_str_fold(&f->scratch, hk_str_clean(&f->scratch, hex));
  if (key.p == NULL) return hk_fail(HK_MEMORY, "make a hash's key", HK_NO_OFFSET);
  bool fresh = false;
  HK_TRY(hk_intern_id(&f->hashes, key, id, &fresh));
  if (!fresh) return hk_ok();
  sqlite3_stmt *const s = f->sql[HK_SQL_HASH];
  sqlite3_bind_int64(s, 1, *id);
  bind_str(s, 2, key);
  return hk_facts_run(f, s, "write a hash's row");
}
