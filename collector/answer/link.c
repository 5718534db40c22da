/* Links what was written differently: volumes named by serial or device, variables and known folders to drive letters,
   and account numbers to names. Every link has a proof: a record of a kind (alias.kind), or what the source said of its
   own volumes (no kind). Nothing is linked because it looks alike.

   Prefetch: the folder C:\Windows\Prefetch and ntdll.dll of the running Windows lie on one volume, so a prefetch file
   of that folder which names V\WINDOWS\SYSTEM32\NTDLL.DLL proves that V was C:. A volume known by serial is linked as a
   whole; a device number may mean another disk at the next start, so there only the file's own program is linked. */
#include <string.h>

#include "answer/facts_impl.h"

#define MAX_VOLUMES 64

struct volume_link {
  hk_str vol;    /* as in keys */
  hk_str target; /* "c:" or "c:\windows" */
  int64_t kind;  /* 0 = the source itself */
};

struct links {
  struct volume_link v[MAX_VOLUMES];
  size_t n;
};

static hk_str column(sqlite3_stmt *s, int i)
{
  const char *const p = (const char *)sqlite3_column_text(s, i);
  return (hk_str){.p = p == NULL ? "" : p, .n = (size_t)sqlite3_column_bytes(s, i)};
}

static void add(struct hk_facts *f, struct links *l, hk_str vol, hk_str target, int64_t kind)
{
  for (size_t i = 0; i < l->n; i++)
    if (hk_str_eq(l->v[i].vol, vol)) return; /* the first proof counts; the source's own come first */
  if (l->n == MAX_VOLUMES || vol.n == 0) return;
  const struct volume_link link = {
      .vol = hk_str_copy(&f->scratch, vol), .target = hk_str_copy(&f->scratch, target), .kind = kind};
  if (link.vol.p != NULL && link.target.p != NULL) l->v[l->n++] = link;
}

/* ---- what the source says: meta ---- */

/* volume.C.serial (8 hex digits) fits every volume{time-serial} among the paths. */
static hk_err add_serial(struct hk_facts *f, struct links *l, hk_str serial, hk_str target)
{
  sqlite3_stmt *s = NULL;
  const int rc =
      sqlite3_prepare_v2(f->db, "SELECT DISTINCT vol FROM file WHERE vol LIKE 'volume{%-' || ? || '}'", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link volumes");
  sqlite3_bind_text64(s, 1, serial.p, serial.n, SQLITE_STATIC, SQLITE_UTF8);
  while (sqlite3_step(s) == SQLITE_ROW)
    add(f, l, column(s, 0), target, 0);
  sqlite3_finalize(s);
  return hk_ok();
}

/* Known folders that lie at fixed places below the system root (KNOWNFOLDERID; UserAssist writes them). */
static const struct {
  const char *id;
  const char *below;
} folder_ids[] = {
    {"%systemroot%", ""},
    {"%windir%", ""},
    {"{f38bf404-1d43-42f2-9305-67de0b28fc23}", ""},
    {"{1ac14e77-02e7-4e5d-b744-2eb1ae5198b7}", "\\system32"},
    {"{d65231b0-b2f1-4857-a4ce-a8e7c6ea7d27}", "\\syswow64"},
};

static void add_system_root(struct hk_facts *f, struct links *l, hk_str root)
{
  const struct hk_path_key k = hk_path_key(&f->scratch, root);
  if (k.key.p == NULL || k.vol.n != 1) return;
  const bool bare = hk_str_eq(k.path, HK_S("\\"));
  const hk_str base = bare ? hk_str_sub(k.key, 0, 2) : k.key;
  for (size_t i = 0; i < sizeof folder_ids / sizeof folder_ids[0]; i++) {
    const hk_str target = hk_str_printf(&f->scratch, "%.*s%s", (int)base.n, base.p, folder_ids[i].below);
    if (target.p != NULL) add(f, l, hk_str_of(folder_ids[i].id), target, 0);
  }
}

static hk_err add_meta(struct hk_facts *f, struct links *l)
{
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(
      f->db, "SELECT key,value FROM meta WHERE key GLOB 'volume.[A-Za-z].*' OR key='system_root' ORDER BY key", -1, &s,
      NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link volumes");
  hk_err e = hk_ok();
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW) {
    const hk_str key = column(s, 0);
    const hk_str value = hk_str_fold(&f->scratch, column(s, 1));
    if (value.p == NULL || value.n == 0) continue;
    if (hk_str_eq(key, HK_S("system_root"))) {
      add_system_root(f, l, value);
      continue;
    }
    const char letter[2] = {(char)(key.p[7] | 0x20), ':'};
    const hk_str target = {.p = letter, .n = 2};
    const hk_str what = hk_str_sub(key, 9, key.n);
    if (hk_str_eq(what, HK_S("serial"))) e = add_serial(f, l, value, target);
    /* "\Device\HarddiskVolume3", "\\?\Volume{guid}\": as a path each has the key of its root */
    if (hk_str_eq(what, HK_S("device")) || hk_str_eq(what, HK_S("guid")))
      add(f, l, hk_path_key(&f->scratch, value).vol, target, 0);
  }
  sqlite3_finalize(s);
  return e;
}

/* ---- what prefetch proves ---- */

/* The letter of X:\Windows\Prefetch\…, 0 when the file lay elsewhere. */
static char prefetch_letter(hk_str artefact)
{
  if (artefact.n < 3 || !hk_glob_match(HK_S("?:\\Windows\\Prefetch\\*"), artefact)) return 0;
  const char c = (char)(artefact.p[0] | 0x20);
  return c >= 'a' && c <= 'z' ? c : (char)0;
}

static hk_err put_alias(struct hk_facts *f, int64_t file, hk_str canon_key, hk_str written, int64_t kind)
{
  int64_t canon = 0;
  const size_t colon = hk_str_find(canon_key, ':');
  const struct hk_path_key k = {
      .key = canon_key, .vol = hk_str_sub(canon_key, 0, colon), .path = hk_str_sub(canon_key, colon + 1, canon_key.n)};
  HK_TRY(hk_entity_key(f, &k, written, &canon));
  if (canon == file) return hk_ok();
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(f->db, "INSERT OR REPLACE INTO alias VALUES(?,?,?)", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link a path");
  sqlite3_bind_int64(s, 1, file);
  sqlite3_bind_int64(s, 2, canon);
  if (kind != 0) sqlite3_bind_int64(s, 3, kind);
  const hk_err e = hk_facts_run(f, s, "link a path");
  sqlite3_finalize(s);
  return e;
}

/* Upper-case letter, colon, path: what people read for a linked path whose own spelling named no letter. */
static hk_str readable(struct hk_arena *a, hk_str key)
{
  const hk_str s = hk_str_copy(a, key);
  if (s.p != NULL && s.n > 1 && s.p[0] >= 'a' && s.p[0] <= 'z') ((char *)(uintptr_t)s.p)[0] = (char)(s.p[0] - 32);
  return s;
}

static hk_err link_one_program(struct hk_facts *f, int64_t record, hk_str vol, char letter, int64_t kind)
{
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(
      f->db, "SELECT DISTINCT x.id,x.key FROM event e JOIN file x ON x.id=e.file0 WHERE e.id=? AND x.vol=?", -1, &s,
      NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link a program");
  sqlite3_bind_int64(s, 1, record);
  sqlite3_bind_text64(s, 2, vol.p, vol.n, SQLITE_STATIC, SQLITE_UTF8);
  hk_err e = hk_ok();
  if (sqlite3_step(s) == SQLITE_ROW) {
    const hk_str key = hk_str_copy(&f->scratch, column(s, 1));
    const hk_str canon = hk_str_printf(&f->scratch, "%c:%.*s", letter, (int)(key.n - vol.n - 1), key.p + vol.n + 1);
    e = put_alias(f, sqlite3_column_int64(s, 0), canon, readable(&f->scratch, canon), kind);
  }
  sqlite3_finalize(s);
  return e;
}

static hk_err add_prefetch(struct hk_facts *f, struct links *l)
{
  const int64_t type = hk_facts_type(f, "prefetch");
  if (type == 0 || hk_field_by_name(f->types[type - 1], "files") == NULL) return hk_ok();
  sqlite3_stmt *s = NULL;
  const int rc =
      sqlite3_prepare_v2(f->db,
                         "SELECT r.id,r.kind,a.path,j.value FROM rec_prefetch r JOIN artefact a ON a.id=r.art,"
                         " json_each(r.files) j WHERE j.value LIKE '%\\WINDOWS\\SYSTEM32\\NTDLL.DLL' ORDER BY r.id",
                         -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link volumes by prefetch");
  hk_err e = hk_ok();
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW) {
    const char letter = prefetch_letter(column(s, 2));
    const struct hk_path_key k = hk_path_key(&f->scratch, column(s, 3));
    if (letter == 0 || k.key.p == NULL || !hk_str_eq(k.path, HK_S("\\windows\\system32\\ntdll.dll")) || k.vol.n < 2)
      continue;
    const char target[2] = {letter, ':'};
    if (hk_str_starts(k.vol, HK_S("volume{")))
      add(f, l, k.vol, (hk_str){.p = target, .n = 2}, sqlite3_column_int64(s, 1));
    else
      e = link_one_program(f, sqlite3_column_int64(s, 0), k.vol, letter, sqlite3_column_int64(s, 1));
  }
  sqlite3_finalize(s);
  return e;
}

static const struct volume_link *link_of(const struct links *l, hk_str vol)
{
  for (size_t i = 0; i < l->n; i++)
    if (hk_str_eq(l->v[i].vol, vol) && l->v[i].target.n == 2) return &l->v[i];
  return NULL;
}

static hk_err link_device_name(struct hk_facts *f, const struct links *l, hk_str device, hk_str path, int64_t kind)
{
  const struct hk_path_key by_device = hk_path_key(&f->scratch, device);
  const struct hk_path_key by_volume = hk_path_key(&f->scratch, path);
  const struct volume_link *const volume = link_of(l, by_volume.vol);
  if (by_device.key.p == NULL || volume == NULL || !hk_str_eq(by_device.path, by_volume.path)) return hk_ok();
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(f->db, "SELECT id FROM file WHERE key=?", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link a program");
  sqlite3_bind_text64(s, 1, by_device.key.p, by_device.key.n, SQLITE_STATIC, SQLITE_UTF8);
  hk_err e = hk_ok();
  if (sqlite3_step(s) == SQLITE_ROW) {
    const hk_str canon = hk_str_printf(&f->scratch, "%.*s%.*s", (int)volume->target.n, volume->target.p,
                                       (int)by_volume.path.n, by_volume.path.p);
    e = put_alias(f, sqlite3_column_int64(s, 0), canon, readable(&f->scratch, canon), kind);
  }
  sqlite3_finalize(s);
  return e;
}

/* The hash of a prefetch file is over \DEVICE\HARDDISKVOLUMEn\…, its list names the volume by serial: so the file proves that
   for this program both are one path. BAM knows programs by the device's name only. */
static hk_err link_programs(struct hk_facts *f, const struct links *l)
{
  const int64_t type = hk_facts_type(f, "prefetch");
  if (type == 0 || hk_field_by_name(f->types[type - 1], "device_path") == NULL) return hk_ok();
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(f->db,
                                    "SELECT device_path,executable_path,kind FROM rec_prefetch WHERE device_path<>''"
                                    " AND executable_path<>device_path ORDER BY id",
                                    -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link programs by prefetch");
  hk_err e = hk_ok();
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW)
    e = link_device_name(f, l, column(s, 0), column(s, 1), sqlite3_column_int64(s, 2));
  sqlite3_finalize(s);
  return e;
}

/* ---- applying ---- */

static hk_err link_volume(struct hk_facts *f, const struct volume_link *l)
{
  sqlite3_stmt *s = NULL;
  const int rc = sqlite3_prepare_v2(f->db, "SELECT id,key FROM file WHERE vol=? AND id<=?", -1, &s, NULL);
  if (rc != SQLITE_OK) return hk_facts_sql_error(f, rc, "link a volume");
  sqlite3_bind_text64(s, 1, l->vol.p, l->vol.n, SQLITE_STATIC, SQLITE_UTF8);
  sqlite3_bind_int64(s, 2, (int64_t)f->files.n);
  hk_err e = hk_ok();
  while (e.code == HK_OK && sqlite3_step(s) == SQLITE_ROW) {
    const hk_str key = column(s, 1);
    const hk_str rest = hk_str_sub(key, l->vol.n + 1, key.n);
    struct hk_arena a;
    hk_arena_init(&a, 0);
    const bool root = hk_str_eq(rest, HK_S("\\")) && l->target.n > 2;
    const hk_str canon = hk_str_printf(&a, "%.*s%.*s", (int)l->target.n, l->target.p, root ? 0 : (int)rest.n, rest.p);
    e = canon.p == NULL ? hk_fail(HK_MEMORY, "link a volume", HK_NO_OFFSET)
                        : put_alias(f, sqlite3_column_int64(s, 0), canon, readable(&a, canon), l->kind);
    hk_arena_done(&a);
  }
  sqlite3_finalize(s);
  return e;
}

/* Names of accounts, for people to read: any record that gives a SID and a name beside it. */
static hk_err name_accounts(struct hk_facts *f)
{
  for (size_t i = 0; i < f->n_types; i++) {
    const struct hk_record_type *const t = f->types[i];
    const struct hk_field *const sid = hk_field_by_role(t, HK_ROLE_USER);
    if (sid == NULL || hk_field_by_name(t, "user_name") == NULL) continue;
    char name[96];
    hk_facts_column(sid->name, name);
    const hk_str sql =
        hk_str_printf(&f->scratch,
                      "UPDATE account SET name=q.n FROM (SELECT \"%s\" s, min(user_name) n FROM \"rec_%s\""
                      " WHERE \"%s\" LIKE 'S-1-%%' AND user_name<>'' GROUP BY 1) q"
                      " WHERE account.sid=q.s AND account.name IS NULL",
                      name, t->name, name);
    if (sql.p == NULL) return hk_fail(HK_MEMORY, "name accounts", HK_NO_OFFSET);
    HK_TRY(hk_facts_exec(f, sql.p, "name accounts"));
  }
  return hk_ok();
}

hk_err hk_facts_link(struct hk_facts *f)
{
  struct links l = {.n = 0};
  hk_err e = add_meta(f, &l);
  if (e.code == HK_OK) e = add_prefetch(f, &l);
  if (e.code == HK_OK) e = link_programs(f, &l);
  for (size_t i = 0; i < l.n && e.code == HK_OK; i++)
    e = link_volume(f, &l.v[i]);
  if (e.code == HK_OK)
    e = hk_facts_exec(f,
                      "UPDATE event SET file=(SELECT canon FROM alias a WHERE a.file=event.file0) WHERE file0 IN "
                      "(SELECT file FROM alias)",
                      "link events");
  if (e.code == HK_OK) e = name_accounts(f);
  hk_arena_done(&f->scratch);
  return e;
}
