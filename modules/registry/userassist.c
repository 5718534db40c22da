/* UserAssist: what a user started through Explorer (Start menu, desktop, taskbar, double click). Names are stored in
   ROT13. Formats: libyal winreg-kb, "User Assist": version 3 (XP, Vista) 16 bytes, version 5 (7 and later) 72 bytes. */
#include "records.h"

#include <stdlib.h>

#define KEY "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist"

enum { MAX_ENTRIES = 100000 };

/* Known folders (Windows SDK, KNOWNFOLDERID). `below` is a place for a Windows on C:, `profile` one below the profile. */
static const struct {
  const char *guid, *below, *profile;
} folders[] = {
  {"{6D809377-6AF0-444B-8957-A3773F02200E}", "C:\\Program Files", NULL},
  {"{905E63B6-C1BF-494E-B29C-65B732D3D21A}", "C:\\Program Files", NULL},
  {"{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}", "C:\\Program Files (x86)", NULL},
  {"{6365D5A7-0F0D-45E5-87F6-0DA56B6A4F7D}", "C:\\Program Files\\Common Files", NULL},
  {"{F7F1ED05-9F6D-47A2-AAAE-29D317C6F066}", "C:\\Program Files\\Common Files", NULL},
  {"{DE974D24-D9C6-4D3E-BF91-F4455120B917}", "C:\\Program Files (x86)\\Common Files", NULL},
  {"{F38BF404-1D43-42F2-9305-67DE0B28FC23}", "C:\\Windows", NULL},
  {"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}", "C:\\Windows\\System32", NULL},
  {"{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}", "C:\\Windows\\SysWOW64", NULL},
  {"{62AB5D82-FDC1-4DC3-A9DD-070D1D495D97}", "C:\\ProgramData", NULL},
  {"{A4115719-D62E-491D-AA7C-E74B8BE3B067}", "C:\\ProgramData\\Microsoft\\Windows\\Start Menu", NULL},
  {"{0139D44E-6AFE-49F2-8690-3DAFCAE6FFB8}", "C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs", NULL},
  {"{82A5EA35-D9CD-47C5-9629-E15D2F714E6E}", "C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\StartUp", NULL},
  {"{DFDF76A2-C82A-4D63-906A-5644AC457385}", "C:\\Users\\Public", NULL},
  {"{C4AA340D-F20F-4863-AFEF-F87EF2E6BA25}", "C:\\Users\\Public\\Desktop", NULL},
  {"{5E6C858F-0E22-4760-9AFE-EA3317B67173}", NULL, ""},
  {"{B4BFCC3A-DB2C-424C-B029-7FE99A87C641}", NULL, "\\Desktop"},
  {"{374DE290-123F-4565-9164-39C4925E467B}", NULL, "\\Downloads"},
  {"{FDD39AD0-238F-46AF-ADB4-6C85480369C7}", NULL, "\\Documents"},
  {"{33E28130-4E1E-4676-835A-98395C3BC3BB}", NULL, "\\Pictures"},
  {"{4BD8D571-6D19-48D3-BE97-422220080E43}", NULL, "\\Music"},
  {"{18989B1D-99B5-455B-841C-AB7C74E4DDFC}", NULL, "\\Videos"},
  {"{F1B32785-6FBA-4FCF-9D55-7B8E7F157091}", NULL, "\\AppData\\Local"},
  {"{A520A1A4-1780-4FF6-BD18-167343C5AF16}", NULL, "\\AppData\\LocalLow"},
  {"{3EB685DB-65F9-4CF6-A03A-E3EF65729F3D}", NULL, "\\AppData\\Roaming"},
  {"{625B53C3-AB48-4EC1-BA1F-A1EF4146FC19}", NULL, "\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu"},
  {"{A77F5D77-2E2B-44C3-A6A2-ABA601054A51}", NULL, "\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs"},
  {"{B97D20BB-F46A-4C97-BA10-5E3608430854}", NULL, "\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup"},
  {"{AE50C081-EBD2-438A-8655-8A092E34987A}", NULL, "\\AppData\\Roaming\\Microsoft\\Windows\\Recent"},
  {"{52A4F021-7B75-48A9-9F6B-4B87A210BC8F}", NULL, "\\AppData\\Roaming\\Microsoft\\Internet Explorer\\Quick Launch"},
  {"{9E3995AB-1F9C-4F13-B827-48B24B6C7174}", NULL,
   "\\AppData\\Roaming\\Microsoft\\Internet Explorer\\Quick Launch\\User Pinned"},
};

static hk_str rot13(struct hk_arena *a, hk_str s)
{
  char *p = hk_alloc(a, s.n + 1);
  if (p == NULL) return (hk_str){0};
  for (size_t i = 0; i < s.n; i++) {
    const char c = s.p[i];
    if (c >= 'a' && c <= 'z') p[i] = (char)('a' + (c - 'a' + 13) % 26);
    else if (c >= 'A' && c <= 'Z') p[i] = (char)('A' + (c - 'A' + 13) % 26);
    else p[i] = c;
  }
  return (hk_str){.p = p, .n = s.n};
}

/* The path in a decoded name; empty when it is none (a package, a name without folder). */
static hk_str path_of(struct hive *h, hk_str name)
{
  /* Version 3 has "UEME_RUNPATH:C:\…" and other prefixes. */
  if (hk_str_starts(name, HK_S("UEME_RUN"))) {
    const size_t colon = hk_str_find(name, ':');
    name = hk_str_sub(name, colon + 1, name.n);
  }
  if (hk_str_find(name, '\\') >= name.n) return (hk_str){0};
  /* A drive, a share or a known folder; "::{…}" is a place in the shell and no file. */
  if (name.n > 2 && (name.p[1] == ':' || hk_str_starts(name, HK_S("\\\\")))) return name.p[0] == ':' ? (hk_str){0} : name;
  if (name.p[0] != '{') return (hk_str){0};
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
    const hk_str guid = hk_str_of(folders[i].guid);
    if (name.n <= guid.n || name.p[guid.n] != '\\' || !hk_str_ieq(hk_str_sub(name, 0, guid.n), guid)) continue;
    const hk_str rest = hk_str_sub(name, guid.n, name.n);
    if (folders[i].below != NULL) return hk_str_printf(h->arena, "%s%.*s", folders[i].below, (int)rest.n, rest.p);
    if (h->profile.n == 0) return name;
    return hk_str_printf(h->arena, "%.*s%s%.*s", (int)h->profile.n, h->profile.p, folders[i].profile, (int)rest.n, rest.p);
  }
  return name;
}

static bool read_counts(const struct value *v, struct userassist_record *r)
{
  struct hk_cur c = hk_cur_over(v->data, v->n_data);
  r->run_count = r->focus_count = r->focus_time_ms = HK_NO_INT;
  hk_skip(&c, 4);
  if (v->n_data == 16) {
    const uint32_t n = hk_u32le(&c);
    /* Version 3 begins to count at 5. */
    r->run_count = n > 5 ? (int64_t)n - 5 : (int64_t)n;
    r->last_run_time = hk_time_from_filetime(hk_u64le(&c));
    return true;
  }
  if (v->n_data != 72) return false;
  r->run_count = hk_u32le(&c);
  r->focus_count = hk_u32le(&c);
  r->focus_time_ms = hk_u32le(&c);
  hk_seek(&c, 60);
  r->last_run_time = hk_time_from_filetime(hk_u64le(&c));
  return true;
}

struct entries {
  struct userassist_record *v;
  size_t n, capacity;
};

static bool add_entry(struct hive *h, struct entries *e, const struct userassist_record *r)
{
  if (e->n == e->capacity) {
    const size_t capacity = e->capacity == 0 ? 64 : e->capacity * 2;
    struct userassist_record *p = hk_new(h->arena, struct userassist_record, capacity);
    if (p == NULL) return false;
    for (size_t i = 0; i < e->n; i++) p[i] = e->v[i];
    e->v = p;
    e->capacity = capacity;
  }
  e->v[e->n++] = *r;
  return true;
}

static void one_list(struct hive *h, libregf_key_t *count, hk_str guid, struct entries *all)
{
  const int n = key_n_values(count);
  for (int i = 0; i < n && all->n < MAX_ENTRIES; i++) {
    struct value v;
    if (hk_item_stop(h->item)) return;
    if (!key_value_at(h, count, i, &v)) continue;
    struct userassist_record r = {.guid = guid, .user = h->user};
    /* UEME_CTLSESSION and its like have another size: they count sessions, not programs. */
    if (!read_counts(&v, &r)) continue;
    r.name = rot13(h->arena, v.name);
    if (hk_str_starts(r.name, HK_S("UEME_CTL"))) continue;
    r.path = path_of(h, r.name);
    if (r.path.n == 0 && hk_str_iends(r.name, HK_S(".exe"))) r.file_name = r.name;
    if (!add_entry(h, all, &r)) return;
  }
}

static int by_time(const void *a, const void *b)
{
  const hk_time x = *(const hk_time *)a, y = *(const hk_time *)b;
  return x < y ? -1 : x > y ? 1 : 0;
}

/* Windows 7 and later fill the list of a new profile with entries that nobody started: many with one and the same time,
   counting down from 14. Nobody starts SEEDED programs within 100 ns. */
static void emit_all(struct hive *h, struct entries *e)
{
  enum { SEEDED = 3 };
  hk_time *times = hk_new(h->arena, hk_time, e->n);
  hk_time oldest = HK_TIME_UNKNOWN, newest = HK_TIME_UNKNOWN;
  if (times == NULL) return;
  for (size_t i = 0; i < e->n; i++) times[i] = e->v[i].last_run_time;
  qsort(times, e->n, sizeof times[0], by_time);
  for (size_t i = 0; i < e->n; i++) {
    struct userassist_record *r = &e->v[i];
    const hk_time t = r->last_run_time;
    if (t != HK_TIME_UNKNOWN) {
      size_t lo = 0, hi = e->n;
      while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (times[mid] < t) lo = mid + 1;
        else hi = mid;
      }
      if (lo + SEEDED <= e->n && times[lo + SEEDED - 1] == t) {
        r->seeded_time = t;
        r->last_run_time = HK_TIME_UNKNOWN;
      } else {
        if (oldest == HK_TIME_UNKNOWN || t < oldest) oldest = t;
        if (t > newest) newest = t;
      }
    }
    hk_emit(h->item, &userassist_record_type, 0, r);
  }
  /* Nothing in it ages: what was started since the oldest entry is in it, with its last time, unless it was removed. */
  if (oldest != HK_TIME_UNKNOWN) hive_cover(h, &kind_userassist, h->user, oldest, newest);
}

void userassist_emit(struct hive *h)
{
  libregf_key_t *all = h->kind == HIVE_USER ? hive_key(h, KEY) : NULL;
  struct entries entries = {0};
  if (all == NULL) return;
  const int n = key_n_subs(all);
  for (int i = 0; i < n && i < 1000; i++) {
    libregf_key_t *one = key_sub_at(h, all, i);
    if (one == NULL) continue;
    libregf_key_t *count = key_sub(h, one, "Count");
    if (count != NULL) one_list(h, count, key_name(h, one), &entries);
    key_done(&count);
    key_done(&one);
  }
  key_done(&all);
  emit_all(h, &entries);
}
