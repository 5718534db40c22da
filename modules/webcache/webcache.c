/* WebCacheV01.dat: what WinINet keeps of the web for Internet Explorer 10 and later, old Edge, and every program that
   uses WinINet or urlmon (Office, Windows Mail, Explorer's WebDAV). Table Containers lists the stores; each has a table
   Container_<n> with its entries. */
#include "ese.h"
#include "records.h"

#include <stdio.h>
#include <string.h>

enum {
  MAX_CONTAINERS = 10000,
  HEADERS_LIMIT = 4096,
  SECURE_NAME = 8,
  ROW_ARENA = 16 * 1024 * 1024,
};

static const struct hk_kind kind_content = {"webcache.content", "webcache", "webcache"};
static const struct hk_kind kind_history = {"webcache.history", "webcache", "webcache"};
static const struct hk_kind kind_other = {"webcache", "webcache", "webcache"};
static const struct hk_kind *const content_kinds[] = {&kind_content};
static const struct hk_kind *const history_kinds[] = {&kind_history};
static const struct hk_kind *const other_kinds[] = {&kind_other};

HK_RECORD_TYPE(webcache_container, WEBCACHE_CONTAINER_FIELDS, .artifact = "WebCacheContainer", .verb = HK_NO_VERB, .proof = 3,
               HK_KINDS(other_kinds), .title = {"WebCache コンテナー", "Web cache container"});
HK_RECORD_TYPE(webcache_download, WEBCACHE_DOWNLOAD_FIELDS, .artifact = "WebCacheDownload", .verb = HK_DOWNLOADED, .timeless = true,
               .proof = 3, HK_KINDS(content_kinds), .title = {"Web からの取得", "Web cache file"});
HK_RECORD_TYPE(webcache_visit, WEBCACHE_VISIT_FIELDS, .artifact = "WebCacheVisit", .verb = HK_VISITED, .proof = 3,
               HK_KINDS(history_kinds), .title = {"Web 閲覧履歴", "Web history"});
HK_RECORD_TYPE(webcache_entry, WEBCACHE_ENTRY_FIELDS, .artifact = "WebCacheEntry", .verb = HK_NO_VERB, .proof = 3,
               HK_KINDS(other_kinds), .title = {"WebCache その他", "Web cache, other"});

_Static_assert(sizeof(struct webcache_download_record) == sizeof(struct webcache_entry_record), "one field list");
_Static_assert(sizeof(struct webcache_visit_record) == sizeof(struct webcache_entry_record), "one field list");
_Static_assert(offsetof(struct webcache_download_record, user) == offsetof(struct webcache_entry_record, user), "one field list");

enum store { STORE_CONTENT, STORE_HISTORY, STORE_DOWNLOADS, STORE_OTHER };

struct container {
  int64_t id;
  hk_str name, directory, secure;
  enum store store;
};

struct span {
  hk_time lo, hi;
};

struct cache {
  struct ese ese;
  struct hk_arena row; /* emptied after each row */
  struct container *containers;
  size_t n;
  hk_str user;
  struct span content, history;
};

static void widen(struct span *s, hk_time t)
{
  if (t == HK_TIME_UNKNOWN) return;
  if (s->lo == HK_TIME_UNKNOWN || t < s->lo) s->lo = t;
  if (t > s->hi) s->hi = t;
}

static hk_time time_of(libesedb_record_t *row, int column)
{
  const int64_t n = ese_number(row, column);
  return n == HK_NO_INT ? HK_TIME_UNKNOWN : hk_time_from_filetime((uint64_t)n);
}

/* ---- containers --------------------------------------------------------------------------------------------------------- */

static enum store store_of(hk_str name)
{
  if (hk_str_ieq(name, HK_S("Content"))) return STORE_CONTENT;
  if (hk_str_ieq(name, HK_S("History")) || hk_str_ieq(hk_str_sub(name, 0, 6), HK_S("MSHist"))) return STORE_HISTORY;
  if (hk_str_ieq(name, HK_S("iedownload"))) return STORE_DOWNLOADS;
  return STORE_OTHER;
}

static hk_err read_containers(struct cache *w)
{
  enum { ID, NAME, DIRECTORY, PARTITION, SECURE, FLAGS, SIZE, LIMIT, ACCESSED, SCAVENGED, N };
  static const char *const names[N] = {"ContainerId", "Name",  "Directory",      "PartitionId",     "SecureDirectories",
                                       "Flags",       "Size",  "Limit",          "LastAccessTime",  "LastScavengeTime"};
  struct ese_table t;
  int at[N];
  struct hk_arena *a = hk_item_arena(w->ese.item);
  if (!ese_table_open(&w->ese, "Containers", &t)) return hk_fail(HK_UNSUPPORTED, "find table Containers", HK_NO_OFFSET);
  ese_columns(&t, names, N, at);
  const size_t n = t.n_rows < MAX_CONTAINERS ? (size_t)t.n_rows : (size_t)MAX_CONTAINERS;
  w->containers = hk_new(a, struct container, n);
  if (w->containers == NULL) {
    ese_table_close(&t);
    return hk_fail(HK_MEMORY, "list containers", HK_NO_OFFSET);
  }
  if (n < (size_t)t.n_rows) hk_note(w->ese.item, hk_fail(HK_LIMIT, "list containers", HK_NO_OFFSET));
  for (size_t i = 0; i < n; i++) {
    libesedb_record_t *row = ese_row(&w->ese, &t, (int)i);
    if (row == NULL) continue;
    struct container *c = &w->containers[w->n];
    *c = (struct container){.id = ese_number(row, at[ID]), .name = ese_text(&w->ese, a, row, at[NAME]),
                            .directory = ese_text(&w->ese, a, row, at[DIRECTORY]),
                            .secure = ese_text(&w->ese, a, row, at[SECURE])};
    c->store = store_of(c->name);
    struct webcache_container_record r = {
      .container_id = c->id,
      .name = c->name,
      .directory = c->directory,
      .partition = ese_text(&w->ese, a, row, at[PARTITION]),
      .secure_directories = c->secure,
      .flags = ese_number(row, at[FLAGS]),
      .size_bytes = ese_number(row, at[SIZE]),
      .limit_bytes = ese_number(row, at[LIMIT]),
      .last_access_time = time_of(row, at[ACCESSED]),
      .last_scavenge_time = time_of(row, at[SCAVENGED]),
      .n_entries = HK_NO_INT,
      .user = w->user,
    };
    ese_row_done(&row);
    if (c->id == HK_NO_INT || c->id < 0 || c->id > INT32_MAX) {
      hk_note(w->ese.item, hk_fail(HK_DAMAGED, "read container", HK_NO_OFFSET));
      continue;
    }
    char name[32];
    struct ese_table entries;
    (void)snprintf(name, sizeof name, "Container_%lld", (long long)c->id);
    if (ese_table_open(&w->ese, name, &entries)) {
      r.n_entries = entries.n_rows;
      ese_table_close(&entries);
    }
    hk_emit(w->ese.item, &webcache_container_record_type, 0, &r);
    w->n++;
  }
  ese_table_close(&t);
  return hk_ok();
}

/* ---- entries ------------------------------------------------------------------------------------------------------------ */

/* History has "Visited: user@url" and ":2014051220140513: user@url", cookies "Cookie:user@host/". A user name has no '/'
   and no ':'; a URL may have an '@' of its own. */
static void split_url(const struct container *c, hk_str raw, hk_str *prefix, hk_str *url)
{
  size_t from = 0;
  *prefix = (hk_str){0};
  *url = raw;
  if (c->store == STORE_HISTORY) {
    if (hk_str_starts(raw, HK_S("Visited:"))) from = 8;
    else if (raw.n > 18 && raw.p[0] == ':' && raw.p[17] == ':') from = 18;
  } else if (hk_str_starts(raw, HK_S("Cookie:"))) {
    from = 7;
  }
  if (from == 0) return;
  for (size_t i = from; i < raw.n; i++) {
    if (raw.p[i] == '/' || raw.p[i] == ':') return;
    if (raw.p[i] != '@') continue;
    *prefix = hk_str_sub(raw, 0, i + 1);
    *url = hk_str_sub(raw, i + 1, raw.n);
    return;
  }
}

static hk_str cached_path(struct cache *w, const struct container *c, int64_t secure, hk_str filename)
{
  if (filename.n == 0 || c->directory.n == 0) return (hk_str){0};
  hk_str folder = c->directory;
  while (folder.n > 0 && folder.p[folder.n - 1] == '\\') folder.n--;
  hk_str below = {0};
  /* Counted from 1; 0 is the container's own folder. SecureUsage, which holds the number of files in each folder, agrees. */
  if (secure >= 1 && secure <= 256) below = hk_str_sub(c->secure, (size_t)(secure - 1) * SECURE_NAME, (size_t)secure * SECURE_NAME);
  if (below.n != SECURE_NAME)
    return hk_str_printf(&w->row, "%.*s\\%.*s", (int)folder.n, folder.p, (int)filename.n, filename.p);
  return hk_str_printf(&w->row, "%.*s\\%.*s\\%.*s", (int)folder.n, folder.p, (int)below.n, below.p, (int)filename.n, filename.p);
}

/* The download list keeps strings at the end of its "headers": page, MIME type, temporary file, address, file. */
static void read_download(struct cache *w, hk_str raw, struct webcache_entry_record *r)
{
  enum { PAGE, MIME, TEMPORARY, ADDRESS, FILE_PATH, N };
  hk_str last[N] = {{0}};
  const hk_str text = hk_str_from_utf16le(&w->row, raw.p, raw.n);
  hk_str rest = text;
  size_t n = 0;
  while (rest.n > 0) {
    const size_t end = hk_str_find(rest, '\0');
    if (end >= rest.n) break;
    memmove(&last[0], &last[1], (N - 1) * sizeof last[0]);
    last[N - 1] = hk_str_sub(rest, 0, end);
    rest = hk_str_sub(rest, end + 1, rest.n);
    n++;
  }
  const hk_str path = last[FILE_PATH];
  const bool drive = path.n > 3 && path.p[1] == ':' && path.p[2] == '\\';
  if (n < N || !(drive || hk_str_starts(path, HK_S("\\\\")))) return;
  r->path = path;
  r->url = last[ADDRESS];
  r->referrer = last[PAGE];
}

/* Headers are bytes of the server's choice: what is no text is not shown as one. */
static hk_str headers_text(struct cache *w, hk_str raw)
{
  while (raw.n > 0 && raw.p[raw.n - 1] == '\0') raw.n--;
  for (size_t i = 0; i < raw.n; i++)
    if (raw.p[i] == '\0') return (hk_str){0};
  return hk_str_clean(&w->row, raw);
}

static void one_entry(struct cache *w, const struct container *c, libesedb_record_t *row, const int *at)
{
  enum { ENTRY, SECURE, SIZE, TYPE, FLAGS, COUNT, SYNC, CREATED, EXPIRY, MODIFIED, ACCESSED, URL, FILENAME, RESPONSE, REDIRECT };
  bool cut = false;
  struct webcache_entry_record r = {
    .container = c->name,
    .container_id = c->id,
    .entry_id = ese_number(row, at[ENTRY]),
    .filename = ese_text(&w->ese, &w->row, row, at[FILENAME]),
    .size_bytes = ese_number(row, at[SIZE]),
    .created_time = time_of(row, at[CREATED]),
    .accessed_time = time_of(row, at[ACCESSED]),
    .modified_time = time_of(row, at[MODIFIED]),
    .sync_time = time_of(row, at[SYNC]),
    .expiry_time = time_of(row, at[EXPIRY]),
    .access_count = ese_number(row, at[COUNT]),
    .entry_type = ese_number(row, at[TYPE]),
    .flags = ese_number(row, at[FLAGS]),
    .redirect_url = ese_text(&w->ese, &w->row, row, at[REDIRECT]),
    .user = w->user,
  };
  split_url(c, ese_text(&w->ese, &w->row, row, at[URL]), &r.url_prefix, &r.url);
  r.path = cached_path(w, c, ese_number(row, at[SECURE]), r.filename);
  const hk_str raw = ese_bytes(&w->ese, &w->row, row, at[RESPONSE], c->store == STORE_DOWNLOADS ? 65536 : HEADERS_LIMIT, &cut);
  if (c->store == STORE_DOWNLOADS) read_download(w, raw, &r);
  else r.response_headers = headers_text(w, raw);
  switch (c->store) {
  case STORE_CONTENT:
  case STORE_DOWNLOADS:
    widen(&w->content, r.created_time);
    hk_emit(w->ese.item, &webcache_download_record_type, 0, &r);
    break;
  case STORE_HISTORY:
    widen(&w->history, r.accessed_time);
    hk_emit(w->ese.item, &webcache_visit_record_type, 0, &r);
    break;
  case STORE_OTHER: hk_emit(w->ese.item, &webcache_entry_record_type, 0, &r); break;
  }
}

static hk_err read_entries(struct cache *w, const struct container *c)
{
  enum { N = 15 };
  static const char *const names[N] = {"EntryId",     "SecureDirectory", "FileSize",     "Type",         "Flags",
                                       "AccessCount", "SyncTime",        "CreationTime", "ExpiryTime",   "ModifiedTime",
                                       "AccessedTime", "Url",            "Filename",     "ResponseHeaders", "RedirectUrl"};
  char name[32];
  struct ese_table t;
  int at[N];
  hk_err e = hk_ok();
  (void)snprintf(name, sizeof name, "Container_%lld", (long long)c->id);
  if (!ese_table_open(&w->ese, name, &t)) return e;
  ese_columns(&t, names, N, at);
  for (int i = 0; i < t.n_rows && e.code == HK_OK; i++) {
    if (hk_item_stop(w->ese.item)) e = hk_fail(HK_CANCELLED, "read entries", HK_NO_OFFSET);
    libesedb_record_t *row = e.code == HK_OK ? ese_row(&w->ese, &t, i) : NULL;
    if (row != NULL) one_entry(w, c, row, at);
    ese_row_done(&row);
    hk_arena_done(&w->row);
    if (w->ese.io.failed.code != HK_OK) e = w->ese.io.failed;
  }
  ese_table_close(&t);
  return e;
}

/* ---- the module ------------------------------------------------------------------------------------------------------------ */

/* "C:\Users\利用者\AppData\…" to "name:利用者". */
static hk_str user_of(struct hk_item *item)
{
  const hk_str path = hk_item_info(item)->path;
  static const char *const below[] = {"\\Users\\", "/Users/"};
  for (size_t k = 0; k < sizeof below / sizeof below[0]; k++) {
    const hk_str want = hk_str_of(below[k]);
    for (size_t i = 0; i + want.n < path.n; i++) {
      if (!hk_str_ieq(hk_str_sub(path, i, i + want.n), want)) continue;
      const hk_str rest = hk_str_sub(path, i + want.n, path.n);
      const size_t end = hk_str_find(rest, want.p[0]);
      if (end == 0 || end >= rest.n) return HK_S("");
      return hk_str_printf(hk_item_arena(item), "name:%.*s", (int)end, rest.p);
    }
  }
  return HK_S("");
}

static hk_err read_cache(struct cache *w, struct hk_item *item)
{
  w->user = user_of(item);
  hk_arena_init(&w->row, ROW_ARENA);
  HK_TRY(ese_open(&w->ese, item));
  if (w->ese.dirty) hk_remark(item, "the database was not shut down cleanly: the latest entries may be in its logs only");
  HK_TRY(read_containers(w));
  for (size_t i = 0; i < w->n; i++) HK_TRY(read_entries(w, &w->containers[i]));
  const char *why = w->ese.dirty ? "not shut down cleanly: logs not replayed" : "";
  if (w->content.lo != HK_TIME_UNKNOWN) hk_cover(item, &kind_content, w->user, w->content.lo, w->content.hi, w->ese.dirty, why);
  if (w->history.lo != HK_TIME_UNKNOWN) hk_cover(item, &kind_history, w->user, w->history.lo, w->history.hi, w->ese.dirty, why);
  return hk_ok();
}

static hk_err webcache_parse(struct hk_item *item)
{
  struct cache *w = hk_new(hk_item_arena(item), struct cache, 1);
  if (w == NULL) return hk_fail(HK_MEMORY, "start web cache", HK_NO_OFFSET);
  const hk_err e = read_cache(w, item);
  ese_close(&w->ese);
  hk_arena_done(&w->row);
  return e;
}

static bool webcache_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  /* Any ESE database looks the same from here (SRUM, search, mail); the name decides. */
  static const uint8_t signature[] = {0xef, 0xcd, 0xab, 0x89};
  if (n_head < 8 || memcmp((const uint8_t *)head + 4, signature, 4) != 0) return false;
  const size_t a = hk_str_rfind(info->path, '\\'), b = hk_str_rfind(info->path, '/');
  size_t at = a < info->path.n ? a + 1 : 0;
  if (b < info->path.n && b + 1 > at) at = b + 1;
  return hk_str_ieq(hk_str_sub(info->path, at, at + 8), HK_S("WebCache"));
}

#define FOLDER "\\AppData\\Local\\Microsoft\\Windows\\WebCache\\"

static const struct hk_artefact artefacts[] = {
  {.glob = "C:\\Users\\*" FOLDER "WebCacheV*.dat", .name = "webcache", .instance = HK_INSTANCE_FILE, .rank = 25},
  {.glob = "C:\\Users\\*" FOLDER "*", .name = "webcache.logs", .instance = HK_INSTANCE_FOLDER, .collect_only = true, .rank = 26},
  {.glob = "C:\\Windows.old\\Users\\*" FOLDER "WebCacheV*.dat", .name = "webcache.old", .instance = HK_INSTANCE_FILE, .rank = 60,
   .optional = true, HK_KINDS(other_kinds)},
};

static const struct hk_record_type *const records[] = {
  &webcache_container_record_type, &webcache_download_record_type, &webcache_visit_record_type, &webcache_entry_record_type,
};
static const struct hk_kind *const kinds[] = {&kind_content, &kind_history, &kind_other};

const struct hk_module webcache_module = {
  .name = "webcache",
  .title = {"WebCache(WinINet)", "Web cache (WinINet)"},
  .proves = {"この利用者のプログラムがその URL を取得し、その名前でキャッシュしたこと。",
             "That a program of this user fetched that address and kept the answer under that name."},
  .proves_not = {"人が見たこと、実行したこと。Chrome や Firefox の閲覧はここに残りません。",
                 "That a person looked at it or ran it. What Chrome or Firefox fetched is not here."},
  HK_ARTEFACTS(artefacts),
  HK_RECORDS(records),
  HK_KINDS(kinds),
  .recognise = webcache_recognise,
  .parse = webcache_parse,
  .deadline_s = 300,
};
