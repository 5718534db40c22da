/* Clock, what starts by itself, updates, shadow copies, what protects the PC. */
#include "os/state_win32.h"

#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define MOST_DEVICES 100000u

/* ---- clock ------------------------------------------------------------------------------------------------------------------------ */

void state_ask_clock(struct state_ask *q)
{
  DYNAMIC_TIME_ZONE_INFORMATION zone;
  const HKEY key = state_reg_open(HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters");
  if (!state_row(&q->out)) return;
  state_time(&q->out, "utc", os_now());
  state_time(&q->out, "booted_at", os_boot_time());
  state_uint(&q->out, "uptime_ms", GetTickCount64());
  state_int(&q->out, "utc_offset_minutes", os_utc_offset_minutes());
  if (GetDynamicTimeZoneInformation(&zone) != TIME_ZONE_ID_INVALID) state_wide(q, "time_zone", zone.TimeZoneKeyName);
  state_str(&q->out, "host", os_host_name(&q->arena));
  state_str(&q->out, "windows", os_version(&q->arena));
  if (key != NULL) {
    state_str(&q->out, "time_source", state_reg_text(&q->arena, key, L"Type"));
    state_str(&q->out, "time_server", state_reg_text(&q->arena, key, L"NtpServer"));
    RegCloseKey(key);
  }
  state_row_end(&q->out);
}

/* ---- autostart ----------------------------------------------------------------------------------------------------------------------- */

static const WCHAR *const run_keys[] = {
    L"Software\\Microsoft\\Windows\\CurrentVersion\\Run",
    L"Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
    L"Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run",
    L"Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Run",
    L"Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce",
};

struct run_key {
  struct state_ask *q;
  const WCHAR *user; /* NULL: everybody */
  const WCHAR *key;
};

static void put_autostart(struct state_ask *q, const WCHAR *user, const WCHAR *place, const WCHAR *name, hk_str command)
{
  if (!state_row(&q->out)) return;
  state_wide(q, "place", place);
  state_wide(q, "user", user);
  state_wide(q, "name", name);
  state_str(&q->out, "command_line", command);
  state_row_end(&q->out);
}

static bool on_run_value(void *ctx, const WCHAR *name, hk_str value, DWORD type)
{
  const struct run_key *const r = ctx;
  if (type == REG_SZ || type == REG_EXPAND_SZ) put_autostart(r->q, r->user, r->key, name, value);
  return true;
}

static void ask_run_keys(struct state_ask *q, HKEY root, const WCHAR *user)
{
  for (size_t i = 0; i < sizeof run_keys / sizeof run_keys[0]; i++) {
    struct run_key r = {.q = q, .user = user, .key = run_keys[i]};
    const HKEY key = state_reg_open(root, run_keys[i]);
    if (key == NULL) continue;
    state_reg_values(&q->arena, key, on_run_value, &r);
    RegCloseKey(key);
  }
}

static bool on_loaded_user(void *ctx, HKEY parent, const WCHAR *name)
{
  const HKEY key = state_reg_open(parent, name);
  if (key == NULL) return true;
  ask_run_keys(ctx, key, name);
  RegCloseKey(key);
  return true;
}

struct startup {
  struct state_ask *q;
  const WCHAR *user;
  hk_str folder;
};

static bool on_startup_file(void *ctx, hk_str name, const struct os_info *info)
{
  const struct startup *const s = ctx;
  if (info->kind == OS_DIRECTORY || hk_str_ieq(name, HK_S("desktop.ini")) || !state_row(&s->q->out)) return true;
  state_str(&s->q->out, "place", HK_S("startup folder"));
  state_wide(s->q, "user", s->user);
  state_str(&s->q->out, "name", name);
  state_str(&s->q->out, "path", os_join(&s->q->arena, s->folder, name));
  state_time(&s->q->out, "modified_at", info->modified_at);
  state_row_end(&s->q->out);
  return true;
}

/* The folder that the registry names, for all users and for each that is loaded: it can be moved. */
static void ask_startup(struct state_ask *q, HKEY root, const WCHAR *user, const WCHAR *value)
{
  struct startup s = {.q = q, .user = user};
  const HKEY key = state_reg_open(root, L"Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Shell Folders");
  if (key == NULL) return;
  s.folder = state_reg_text(&q->arena, key, value);
  RegCloseKey(key);
  /* A folder on another machine is not asked for. */
  if (s.folder.n > 3 && s.folder.p[1] == ':') (void)os_list(s.folder, on_startup_file, &s);
}

static bool on_startup_user(void *ctx, HKEY parent, const WCHAR *name)
{
  const HKEY key = state_reg_open(parent, name);
  if (key == NULL) return true;
  ask_startup(ctx, key, name, L"Startup");
  RegCloseKey(key);
  return true;
}

void state_ask_autostart(struct state_ask *q)
{
  ask_run_keys(q, HKEY_LOCAL_MACHINE, NULL);
  state_reg_keys(HKEY_USERS, on_loaded_user, q);
  ask_startup(q, HKEY_LOCAL_MACHINE, NULL, L"Common Startup");
  state_reg_keys(HKEY_USERS, on_startup_user, q);
}

/* ---- updates ---------------------------------------------------------------------------------------------------------------------------- */

/* "Package_for_KB5012345~31bf3856ad364e35~amd64~~…", "Package_for_RollupFix~…": state 0x70 is installed (servicing stack). */
static bool on_package(void *ctx, HKEY parent, const WCHAR *name)
{
  struct state_ask *const q = ctx;
  FILETIME at;
  uint64_t high = 0;
  uint64_t low = 0;
  uint64_t state = 0;
  if (wcsncmp(name, L"Package_for_", 12) != 0 || wcschr(name, L'~') == NULL) return true;
  const HKEY key = q->out.full ? NULL : state_reg_open(parent, name);
  if (key == NULL) return !state_late(q);
  (void)state_row(&q->out);
  state_wide(q, "package", name);
  if (state_reg_number(key, L"CurrentState", &state)) state_uint(&q->out, "state", state);
  if (state_reg_number(key, L"InstallTimeHigh", &high) && state_reg_number(key, L"InstallTimeLow", &low)) {
    at.dwHighDateTime = (DWORD)high;
    at.dwLowDateTime = (DWORD)low;
    state_filetime(q, "installed_at", &at);
  }
  state_str(&q->out, "client", state_reg_text(&q->arena, key, L"InstallClient"));
  state_row_end(&q->out);
  RegCloseKey(key);
  return !state_late(q);
}

void state_ask_updates(struct state_ask *q)
{
  const HKEY key =
      state_reg_open(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages");
  if (key == NULL) {
    state_problem(&q->out, state_fail("open the list of updates", GetLastError()));
    return;
  }
  state_reg_keys(key, on_package, q);
  RegCloseKey(key);
  if (state_late(q)) state_gap(&q->out, hk_fail(HK_TIMEOUT, "list updates: some were left out", HK_NO_OFFSET));
}

/* ---- shadow copies ------------------------------------------------------------------------------------------------------------------------ */

/* The devices that shadow copies are, from the object manager's folder \Device: no service has to run for that. */
typedef LONG(NTAPI *open_folder)(PHANDLE, ACCESS_MASK, POBJECT_ATTRIBUTES);
typedef LONG(NTAPI *list_folder)(HANDLE, PVOID, ULONG, BOOLEAN, BOOLEAN, PULONG, PULONG);

static void put_shadow(struct state_ask *q, const WCHAR *name, size_t units)
{
  if (!state_row(&q->out)) return;
  const hk_str s = os_narrow(&q->arena, name, units);
  state_str(&q->out, "device", hk_str_printf(&q->arena, "\\Device\\%.*s", (int)s.n, s.p));
  state_row_end(&q->out);
}

static void list_shadows(struct state_ask *q, HANDLE folder, list_folder list)
{
  static const WCHAR prefix[] = L"HarddiskVolumeShadowCopy";
  const size_t n_prefix = sizeof prefix / sizeof prefix[0] - 1;
  union {
    struct {
      UNICODE_STRING name, type;
    } row;
    uint8_t bytes[4096];
  } block;
  ULONG at = 0;
  for (unsigned i = 0; i < MOST_DEVICES && !state_late(q); i++) {
    ULONG n = 0;
    memset(&block, 0, sizeof block);
    if (list(folder, &block, sizeof block, TRUE, i == 0, &at, &n) != 0) return; /* one at a time, until there are no more */
    const size_t units = block.row.name.Length / sizeof(WCHAR);
    if (block.row.name.Buffer == NULL || units <= n_prefix || wcsncmp(block.row.name.Buffer, prefix, n_prefix) != 0) continue;
    put_shadow(q, block.row.name.Buffer, units);
  }
}

void state_ask_shadows(struct state_ask *q)
{
  static WCHAR text[] = L"\\Device";
  UNICODE_STRING path = {.Length = sizeof text - sizeof text[0], .MaximumLength = sizeof text, .Buffer = text};
  OBJECT_ATTRIBUTES attributes;
  HANDLE folder = NULL;
  const open_folder open = (open_folder)state_function(L"ntdll.dll", "NtOpenDirectoryObject");
  const list_folder list = (list_folder)state_function(L"ntdll.dll", "NtQueryDirectoryObject");
  if (open == NULL || list == NULL) {
    state_problem(&q->out, state_no_function());
    return;
  }
  InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
  const LONG status = open(&folder, 1 /* DIRECTORY_QUERY */, &attributes);
  if (status < 0) {
    state_problem(&q->out, state_fail_nt("list devices", status));
    return;
  }
  list_shadows(q, folder, list);
  CloseHandle(folder);
}

/* ---- protection ----------------------------------------------------------------------------------------------------------------------------- */

static void put_setting(struct state_ask *q, const char *part, const char *name, hk_str value)
{
  if (value.p == NULL || !state_row(&q->out)) return;
  state_str(&q->out, "part", hk_str_of(part));
  state_str(&q->out, "name", hk_str_of(name));
  state_str(&q->out, "value", value);
  state_row_end(&q->out);
}

struct setting {
  const char *part;
  const WCHAR *key;
  const WCHAR *value;
  const char *name;
};

#define FIREWALL L"SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\"
#define FIREWALL_POLICY L"SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\"
#define DEFENDER L"SOFTWARE\\Microsoft\\Windows Defender"
#define DEFENDER_POLICY L"SOFTWARE\\Policies\\Microsoft\\Windows Defender"

static const struct setting settings[] = {
    {"firewall", FIREWALL L"DomainProfile", L"EnableFirewall", "domain profile"},
    {"firewall", FIREWALL L"StandardProfile", L"EnableFirewall", "private profile"},
    {"firewall", FIREWALL L"PublicProfile", L"EnableFirewall", "public profile"},
    {"firewall", FIREWALL_POLICY L"DomainProfile", L"EnableFirewall", "domain profile, by policy"},
    {"firewall", FIREWALL_POLICY L"StandardProfile", L"EnableFirewall", "private profile, by policy"},
    {"firewall", FIREWALL_POLICY L"PublicProfile", L"EnableFirewall", "public profile, by policy"},
    {"defender", DEFENDER, L"DisableAntiSpyware", "DisableAntiSpyware"},
    {"defender", DEFENDER, L"DisableAntiVirus", "DisableAntiVirus"},
    {"defender", DEFENDER, L"PassiveMode", "PassiveMode"},
    {"defender", DEFENDER L"\\Features", L"TamperProtection", "TamperProtection"},
    {"defender", DEFENDER L"\\Real-Time Protection", L"DisableRealtimeMonitoring", "DisableRealtimeMonitoring"},
    {"defender", DEFENDER L"\\Real-Time Protection", L"DisableBehaviorMonitoring", "DisableBehaviorMonitoring"},
    {"defender", DEFENDER L"\\Signature Updates", L"AVSignatureVersion", "AVSignatureVersion"},
    {"defender", DEFENDER L"\\Signature Updates", L"SignaturesLastUpdated", "SignaturesLastUpdated"},
    {"defender", DEFENDER_POLICY, L"DisableAntiSpyware", "DisableAntiSpyware, by policy"},
    {"defender", DEFENDER_POLICY L"\\Real-Time Protection", L"DisableRealtimeMonitoring", "DisableRealtimeMonitoring, by policy"},
};

struct exclusion {
  struct state_ask *q;
  const char *name;
};

static bool on_exclusion(void *ctx, const WCHAR *name, hk_str value, DWORD type)
{
  const struct exclusion *const x = ctx;
  (void)value;
  (void)type;
  put_setting(x->q, "defender", x->name, os_narrow(&x->q->arena, name, SIZE_MAX));
  return true;
}

/* Readable by administrators; hidden from them, too, where a policy says so. */
static void ask_exclusions(struct state_ask *q)
{
  static const struct {
    const WCHAR *key;
    const char *name;
  } keys[] = {
      {DEFENDER L"\\Exclusions\\Paths", "excluded path"},
      {DEFENDER L"\\Exclusions\\Extensions", "excluded extension"},
      {DEFENDER L"\\Exclusions\\Processes", "excluded process"},
      {DEFENDER_POLICY L"\\Exclusions\\Paths", "excluded path, by policy"},
      {DEFENDER_POLICY L"\\Exclusions\\Extensions", "excluded extension, by policy"},
      {DEFENDER_POLICY L"\\Exclusions\\Processes", "excluded process, by policy"},
  };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    struct exclusion x = {.q = q, .name = keys[i].name};
    const HKEY key = state_reg_open(HKEY_LOCAL_MACHINE, keys[i].key);
    if (key == NULL) {
      if (GetLastError() == ERROR_ACCESS_DENIED) state_gap(&q->out, state_fail("read Defender's exclusions", ERROR_ACCESS_DENIED));
      continue;
    }
    state_reg_values(&q->arena, key, on_exclusion, &x);
    RegCloseKey(key);
  }
}

/* WscGetSecurityProviderHealth (wscapi.dll, Vista; not on servers; MSDN): 0 good, 1 not monitored, 2 poor, 3 snooze; S_FALSE when
   the Security Center service does not run. */
static void ask_security_center(struct state_ask *q)
{
  typedef LONG(WINAPI * get_health)(DWORD, int *);
  static const struct {
    DWORD provider;
    const char *name;
  } providers[] = {{1, "firewall"}, {2, "automatic updates"}, {4, "antivirus"}, {32, "user account control"}};
  const get_health get = (get_health)state_function(L"wscapi.dll", "WscGetSecurityProviderHealth");
  for (size_t i = 0; get != NULL && i < sizeof providers / sizeof providers[0]; i++) {
    int health = 0;
    if (get(providers[i].provider, &health) != 0) continue;
    put_setting(q, "security center", providers[i].name, hk_str_printf(&q->arena, "%d", health));
  }
}

void state_ask_protection(struct state_ask *q)
{
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
    const HKEY key = state_reg_open(HKEY_LOCAL_MACHINE, settings[i].key);
    if (key == NULL) continue;
    put_setting(q, settings[i].part, settings[i].name, state_reg_text(&q->arena, key, settings[i].value));
    RegCloseKey(key);
  }
  ask_exclusions(q);
  ask_security_center(q);
}
