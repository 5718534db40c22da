/* Paths of definitions to globs. */
#include "acquire/define/variables.h"

#include <string.h>

#define GLOBS_OF_A_PATH_MAX 64

/* Where the places lie that variables stand for. "?:" is every local volume. */
#define OLD "?:\\Windows.old"
#define XP_USERS "?:\\Documents and Settings\\*"
static const char *const system_drive[] = {"?:", OLD, NULL};
static const char *const system_root[] = {"?:\\Windows", OLD "\\Windows", NULL};
static const char *const program_files[] = {"?:\\Program Files", OLD "\\Program Files", NULL};
static const char *const program_files_x86[] = {"?:\\Program Files (x86)", OLD "\\Program Files (x86)", NULL};
static const char *const program_data[] = {"?:\\ProgramData", OLD "\\ProgramData", "?:\\Documents and Settings\\All Users\\Application Data", NULL};
static const char *const all_users[] = {"?:\\ProgramData", OLD "\\ProgramData", "?:\\Documents and Settings\\All Users", NULL};
/* Services are users, too: their profiles hold caches and hives like others. */
#define USERS(tail)                                                                                                                  \
  "?:\\Users\\*" tail, OLD "\\Users\\*" tail, "?:\\Windows\\ServiceProfiles\\*" tail, "?:\\Windows\\System32\\config\\systemprofile" tail, \
      "?:\\Windows\\SysWOW64\\config\\systemprofile" tail
static const char *const profile[] = {USERS(""), XP_USERS, NULL};
static const char *const app_data[] = {USERS("\\AppData\\Roaming"), XP_USERS "\\Application Data", NULL};
static const char *const local_app_data[] = {USERS("\\AppData\\Local"), XP_USERS "\\Local Settings\\Application Data", NULL};
static const char *const local_low[] = {USERS("\\AppData\\LocalLow"), NULL};
static const char *const temp[] = {USERS("\\AppData\\Local\\Temp"), XP_USERS "\\Local Settings\\Temp", NULL};
static const char *const any_name[] = {"*", NULL};

static const struct {
  const char *name;
  const char *const *places;
} variables[] = {
    {"%environ_systemdrive%", system_drive},
    {"%environ_systemroot%", system_root},
    {"%environ_windir%", system_root},
    {"%environ_programfiles%", program_files},
    {"%environ_programfilesx86%", program_files_x86},
    {"%environ_programdata%", program_data},
    {"%environ_allusersappdata%", program_data},
    {"%environ_allusersprofile%", all_users},
    {"%users.homedir%", profile},
    {"%users.userprofile%", profile},
    {"%users.appdata%", app_data},
    {"%users.localappdata%", local_app_data},
    {"%users.localappdata_low%", local_low},
    {"%users.temp%", temp},
    {"%users.username%", any_name},
    {"%users.sid%", any_name},
    {"SystemDrive", system_drive},
    {"SystemRoot", system_root},
    {"WinDir", system_root},
    {"ProgramFiles", program_files},
    {"ProgramW6432", program_files},
    {"ProgramFiles(x86)", program_files_x86},
    {"ProgramData", program_data},
    {"AllUsersProfile", all_users},
    {"UserProfile", profile},
    {"AppData", app_data},
    {"LocalAppData", local_app_data},
    {"Temp", temp},
    {"Tmp", temp},
    {"User", any_name}, /* KAPE's */
};

bool hk_str_list_add(struct hk_arena *a, struct hk_str_list *l, hk_str s)
{
  if (l->n == l->capacity) {
    const size_t capacity = l->capacity == 0 ? 8 : l->capacity * 2;
    hk_str *const v = hk_new(a, hk_str, capacity);
    if (v == NULL) return false;
    if (l->n > 0) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->capacity = capacity;
  }
  if (s.p == NULL) return false;
  l->v[l->n++] = s;
  return true;
}

/* The first "%name%" or "%%name%%" in [*from, *to). "100%" and a lone '%' are no variables. */
static bool find_variable(hk_str s, size_t *from, size_t *to, hk_str *name)
{
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] != '%') continue;
    const bool twice = i + 1 < s.n && s.p[i + 1] == '%';
    const size_t begin = i + (twice ? 2 : 1);
    const size_t length = hk_str_find(hk_str_sub(s, begin, s.n), '%');
    const size_t end = begin + length;
    if (end >= s.n || length == 0) return false;
    const bool path = hk_str_find(hk_str_sub(s, begin, end), '\\') < length || hk_str_find(hk_str_sub(s, begin, end), '/') < length;
    if (path) continue;
    *from = i;
    *to = end + (twice && end + 1 < s.n && s.p[end + 1] == '%' ? 2 : 1);
    /* With one '%' of each side kept, so that "%%users.sid%%" is not "%users.sid%". */
    *name = twice ? hk_str_sub(s, i + 1, end + 1) : hk_str_sub(s, begin, end);
    return true;
  }
  return false;
}

static const char *const *places_of(hk_str name)
{
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
    if (hk_str_ieq(name, hk_str_of(variables[i].name))) return variables[i].places;
  return NULL;
}

static bool is_deep(hk_str part)
{
  for (size_t i = 2; i < part.n; i++)
    if (part.p[i] < '0' || part.p[i] > '9') return false;
  return true;
}

/* "**.evtx" and "**5x" mean a folder of any depth, then the name; ours writes them as two parts. */
static hk_str split_deep(struct hk_arena *a, hk_str part)
{
  if (!hk_str_starts(part, HK_S("**")) || is_deep(part)) return part;
  size_t digits = 2;
  while (digits < part.n && part.p[digits] >= '0' && part.p[digits] <= '9') digits++;
  return hk_str_printf(a, "%.*s\\*%.*s", (int)digits, part.p, (int)(part.n - digits), part.p + digits);
}

/* One separator, none at the end, a drive at the front. {NULL,0}: no memory; "" = no path. */
static hk_str tidy(struct hk_arena *a, hk_str path)
{
  hk_str out = hk_str_of("");
  while (path.n > 0 && out.p != NULL) {
    size_t i = 0;
    while (i < path.n && path.p[i] != '\\' && path.p[i] != '/') i++;
    const hk_str part = split_deep(a, hk_str_sub(path, 0, i));
    path = hk_str_sub(path, i + 1, path.n);
    if (part.n == 0 && part.p != NULL) continue;
    const bool drive = part.n == 2 && part.p[1] == ':';
    const char *const before = out.n > 0 ? "\\" : drive ? "" : "?:\\";
    out = hk_str_printf(a, "%.*s%s%.*s", (int)out.n, out.p, before, (int)part.n, part.p);
  }
  return out;
}

hk_err hk_path_expand(struct hk_arena *a, hk_str path, struct hk_str_list *out, hk_str *why)
{
  struct hk_str_list open = {0};
  size_t n_made = 0;
  if (!hk_str_list_add(a, &open, path)) return hk_fail(HK_MEMORY, "expand a path", HK_NO_OFFSET);
  for (size_t i = 0; i < open.n; i++) {
    const hk_str p = open.v[i];
    size_t from = 0, to = 0;
    hk_str name = hk_str_of("");
    if (find_variable(p, &from, &to, &name)) {
      const char *const *const places = places_of(name);
      *why = name;
      if (places == NULL || open.n > GLOBS_OF_A_PATH_MAX) return hk_fail(HK_UNSUPPORTED, "expand a path", HK_NO_OFFSET);
      for (size_t k = 0; places[k] != NULL; k++)
        if (!hk_str_list_add(a, &open, hk_str_printf(a, "%.*s%s%.*s", (int)from, p.p, places[k], (int)(p.n - to), p.p + to)))
          return hk_fail(HK_MEMORY, "expand a path", HK_NO_OFFSET);
      continue;
    }
    const hk_str glob = tidy(a, p);
    if (glob.p == NULL) return hk_fail(HK_MEMORY, "expand a path", HK_NO_OFFSET);
    if (glob.n <= 2) return hk_fail(HK_USAGE, "expand a path", HK_NO_OFFSET);
    if (!hk_str_list_add(a, out, glob)) return hk_fail(HK_MEMORY, "expand a path", HK_NO_OFFSET);
    n_made++;
  }
  return n_made == 0 ? hk_fail(HK_USAGE, "expand a path", HK_NO_OFFSET) : hk_ok();
}

/* ---- registry keys ----------------------------------------------------------------------------------------------------------- */

#define CONFIG "%%environ_systemroot%%\\System32\\config\\"

/* Longest first where one begins another. */
static const struct {
  const char *key;
  const char *hives[3];
} hives[] = {
    {"HKEY_LOCAL_MACHINE\\SYSTEM", {CONFIG "SYSTEM"}},
    {"HKEY_LOCAL_MACHINE\\SOFTWARE", {CONFIG "SOFTWARE"}},
    {"HKEY_LOCAL_MACHINE\\SAM", {CONFIG "SAM"}},
    {"HKEY_LOCAL_MACHINE\\SECURITY", {CONFIG "SECURITY"}},
    {"HKEY_LOCAL_MACHINE\\COMPONENTS", {CONFIG "COMPONENTS"}},
    {"HKEY_LOCAL_MACHINE\\DRIVERS", {CONFIG "DRIVERS"}},
    {"HKEY_LOCAL_MACHINE\\BCD00000000", {"\\Boot\\BCD"}},
    {"HKEY_USERS\\.DEFAULT", {CONFIG "DEFAULT"}},
    {"HKEY_USERS\\S-1-5-18", {CONFIG "DEFAULT"}},
    {"HKEY_USERS\\S-1-5-19", {"%%environ_systemroot%%\\ServiceProfiles\\LocalService\\NTUSER.DAT"}},
    {"HKEY_USERS\\S-1-5-20", {"%%environ_systemroot%%\\ServiceProfiles\\NetworkService\\NTUSER.DAT"}},
    {"HKEY_USERS", {"%%users.userprofile%%\\NTUSER.DAT", "%%users.localappdata%%\\Microsoft\\Windows\\UsrClass.dat"}},
    {"HKEY_CURRENT_USER", {"%%users.userprofile%%\\NTUSER.DAT", "%%users.localappdata%%\\Microsoft\\Windows\\UsrClass.dat"}},
    {"HKEY_CLASSES_ROOT", {CONFIG "SOFTWARE", "%%users.localappdata%%\\Microsoft\\Windows\\UsrClass.dat"}},
    {"HKEY_CURRENT_CONFIG", {CONFIG "SYSTEM"}},
};

static bool begins_key(hk_str key, hk_str with)
{
  return key.n >= with.n && hk_str_ieq(hk_str_sub(key, 0, with.n), with) && (key.n == with.n || key.p[with.n] == '\\' || key.p[with.n] == '/');
}

hk_err hk_hives_of_key(struct hk_arena *a, hk_str key, struct hk_str_list *out)
{
  hk_str why = hk_str_of("");
  while (key.n > 0 && key.p[0] == '\\') key = hk_str_sub(key, 1, key.n);
  for (size_t i = 0; i < sizeof hives / sizeof hives[0]; i++) {
    if (!begins_key(key, hk_str_of(hives[i].key))) continue;
    for (size_t k = 0; k < 3 && hives[i].hives[k] != NULL; k++) {
      HK_TRY(hk_path_expand(a, hk_str_of(hives[i].hives[k]), out, &why));
      HK_TRY(hk_path_expand(a, hk_str_printf(a, "%s.LOG*", hives[i].hives[k]), out, &why));
    }
    return hk_ok();
  }
  return hk_fail(HK_UNSUPPORTED, "find the hive of a key", HK_NO_OFFSET);
}
