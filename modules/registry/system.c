/* What the computer is: name, time zone, version; whose profiles are on it; and settings that decide what the other
   evidence can show. */
#include "records.h"

#define NT "Microsoft\\Windows NT\\CurrentVersion"

/* "ControlSet001" of a SYSTEM hive: the one in use, else 1. */
static hk_str control_set(struct hive *h, int64_t *number)
{
  libregf_key_t *select = hive_key(h, "Select");
  int64_t n = key_number(h, select, "Current");
  key_done(&select);
  if (number != NULL) *number = n;
  if (n == HK_NO_INT || n < 1 || n > 999) n = 1;
  return hk_str_printf(h->arena, "ControlSet%03d", (int)n);
}

libregf_key_t *system_key(struct hive *h, const char *below, hk_str *path)
{
  const hk_str set = control_set(h, NULL);
  const hk_str full = hk_str_printf(h->arena, "%.*s\\%s", (int)set.n, set.p, below);
  if (full.p == NULL) return NULL;
  if (path != NULL) *path = full;
  return hive_key(h, full.p);
}

/* A bias is a signed number in a REG_DWORD: Japan has fffffde4. */
static int64_t signed_number(int64_t n)
{
  if (n == HK_NO_INT || n < 0 || n > UINT32_MAX) return n;
  return n > INT32_MAX ? n - (INT64_C(1) << 32) : n;
}

static void system_part(struct hive *h, struct system_info_record *r)
{
  libregf_key_t *k = system_key(h, "Control\\ComputerName\\ComputerName", NULL);
  (void)control_set(h, &r->current_control_set);
  r->computer_name = key_text(h, k, "ComputerName");
  key_done(&k);
  k = system_key(h, "Services\\Tcpip\\Parameters", NULL);
  r->domain = key_text(h, k, "Domain");
  key_done(&k);
  k = system_key(h, "Control\\TimeZoneInformation", NULL);
  /* Vista and later name the zone here; XP's StandardName is in the language of the system. */
  r->time_zone = key_text(h, k, "TimeZoneKeyName");
  if (r->time_zone.n == 0) r->time_zone = key_text(h, k, "StandardName");
  r->bias_minutes = signed_number(key_number(h, k, "ActiveTimeBias"));
  r->standard_bias_minutes = signed_number(key_number(h, k, "Bias"));
  key_done(&k);
  k = system_key(h, "Control\\Windows", NULL);
  struct value v;
  if (k != NULL && key_value(h, k, "ShutdownTime", &v) && v.n_data == 8) {
    struct hk_cur c = hk_cur_over(v.data, v.n_data);
    r->last_shutdown = hk_time_from_filetime(hk_u64le(&c));
  }
  key_done(&k);
}

static void software_part(struct hive *h, struct system_info_record *r)
{
  libregf_key_t *k = hive_key(h, NT);
  if (k == NULL) return;
  r->product_name = key_text(h, k, "ProductName");
  r->edition = key_text(h, k, "EditionID");
  r->display_version = key_text(h, k, "DisplayVersion");
  if (r->display_version.n == 0) r->display_version = key_text(h, k, "ReleaseId");
  if (r->display_version.n == 0) r->display_version = key_text(h, k, "CSDVersion");
  r->build = key_text(h, k, "CurrentBuildNumber");
  if (r->build.n == 0) r->build = key_text(h, k, "CurrentBuild");
  const int64_t revision = key_number(h, k, "UBR");
  if (revision != HK_NO_INT && r->build.n > 0)
    r->build = hk_str_printf(h->arena, "%.*s.%lld", (int)r->build.n, r->build.p, (long long)revision);
  const int64_t installed = key_number(h, k, "InstallDate");
  if (installed != HK_NO_INT && installed > 0) r->install_date = hk_time_from_unix(installed, 0);
  struct value v;
  /* Windows 10 and later: the same with 100 ns. */
  if (key_value(h, k, "InstallTime", &v) && v.type == 11) r->install_date = hk_time_from_filetime((uint64_t)value_number(&v));
  r->registered_owner = key_text(h, k, "RegisteredOwner");
  r->registered_organization = key_text(h, k, "RegisteredOrganization");
  r->system_root = key_text(h, k, "SystemRoot");
  key_done(&k);
}

void system_info_emit(struct hive *h)
{
  struct system_info_record r = {.hive = hk_str_of(hive_kind_name(h->kind)), .bias_minutes = HK_NO_INT,
                                 .standard_bias_minutes = HK_NO_INT, .current_control_set = HK_NO_INT};
  if (h->kind == HIVE_SYSTEM) system_part(h, &r);
  else if (h->kind == HIVE_SOFTWARE) software_part(h, &r);
  else return;
  hk_emit(h->item, &system_info_record_type, 0, &r);
}

/* ---- profiles ------------------------------------------------------------------------------------------------------------- */

static hk_time two_words(struct hive *h, libregf_key_t *k, const char *high, const char *low)
{
  const int64_t a = key_number(h, k, high), b = key_number(h, k, low);
  if (a == HK_NO_INT || b == HK_NO_INT || a < 0 || b < 0) return HK_TIME_UNKNOWN;
  return hk_time_from_filetime((uint64_t)a << 32 | ((uint64_t)b & UINT32_MAX));
}

void user_profile_emit(struct hive *h)
{
  libregf_key_t *list = h->kind == HIVE_SOFTWARE ? hive_key(h, NT "\\ProfileList") : NULL;
  if (list == NULL) return;
  const int n = key_n_subs(list);
  for (int i = 0; i < n && i < 100000; i++) {
    libregf_key_t *k = key_sub_at(h, list, i);
    if (k == NULL) continue;
    struct user_profile_record r = {.sid = key_name(h, k), .key_written = key_written(k)};
    r.profile_path = key_text(h, k, "ProfileImagePath");
    const size_t at = hk_str_rfind(r.profile_path, '\\');
    if (at < r.profile_path.n) r.user_name = hk_str_sub(r.profile_path, at + 1, r.profile_path.n);
    r.last_load = two_words(h, k, "LocalProfileLoadTimeHigh", "LocalProfileLoadTimeLow");
    r.last_unload = two_words(h, k, "LocalProfileUnloadTimeHigh", "LocalProfileUnloadTimeLow");
    if (hk_str_starts(r.sid, HK_S("S-1-"))) hk_emit(h->item, &user_profile_record_type, 0, &r);
    key_done(&k);
  }
  key_done(&list);
}

/* ---- settings --------------------------------------------------------------------------------------------------------------- */

static const struct {
  enum hive_kind hive;
  const char *key, *value, *name; /* name NULL: the value's own; below the control set for SYSTEM */
} settings[] = {
  {HIVE_SYSTEM, "Control\\Session Manager\\Memory Management\\PrefetchParameters", "EnablePrefetcher", NULL},
  {HIVE_SYSTEM, "Control\\Session Manager\\Memory Management\\PrefetchParameters", "EnableSuperfetch", NULL},
  {HIVE_SYSTEM, "Services\\SysMain", "Start", "SysMain.Start"},
  {HIVE_SYSTEM, "Services\\EventLog", "Start", "EventLog.Start"},
  {HIVE_SYSTEM, "Services\\EventLog\\Security", "MaxSize", "EventLog.Security.MaxSize"},
  {HIVE_SYSTEM, "Services\\EventLog\\System", "MaxSize", "EventLog.System.MaxSize"},
  {HIVE_SYSTEM, "Services\\bam", "Start", "bam.Start"},
  {HIVE_SYSTEM, "Control\\FileSystem", "NtfsDisableLastAccessUpdate", NULL},
  {HIVE_SYSTEM, "Control\\FileSystem", "NtfsDisable8dot3NameCreation", NULL},
  {HIVE_SYSTEM, "Control\\Terminal Server", "fDenyTSConnections", NULL},
  {HIVE_SYSTEM, "Control\\SecurityProviders\\WDigest", "UseLogonCredential", NULL},
  {HIVE_SYSTEM, "Services\\USBSTOR", "Start", "USBSTOR.Start"},
  {HIVE_SOFTWARE, "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableLUA", NULL},
  {HIVE_SOFTWARE, "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit", "ProcessCreationIncludeCmdLine_Enabled", NULL},
  {HIVE_SOFTWARE, "Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging", "EnableScriptBlockLogging", NULL},
  {HIVE_SOFTWARE, "Policies\\Microsoft\\Windows Defender", "DisableAntiSpyware", NULL},
  {HIVE_SOFTWARE, "Policies\\Microsoft\\Windows Defender\\Real-Time Protection", "DisableRealtimeMonitoring", NULL},
  {HIVE_SOFTWARE, "Microsoft\\Windows Defender", "DisableAntiSpyware", "Defender.DisableAntiSpyware"},
  {HIVE_SOFTWARE, "Microsoft\\Windows Defender\\Real-Time Protection", "DisableRealtimeMonitoring", "Defender.DisableRealtimeMonitoring"},
  {HIVE_SOFTWARE, "Microsoft\\Windows NT\\CurrentVersion\\SystemRestore", "DisableSR", NULL},
};

enum { SETTING_PREFETCH, SETTING_SYSTEM, SETTING_SOFTWARE, SETTING_USER }; /* config_kinds of registry.c */

static void emit_setting(struct hive *h, libregf_key_t *k, hk_str key_path, const char *value_name, const char *name)
{
  static const struct hk_kind *const kinds[] = {&kind_config, &kind_config_system, &kind_config_software, &kind_config_user};
  struct value v;
  if (!key_value(h, k, value_name, &v)) return;
  const struct setting_record r = {
    .name = hk_str_of(name != NULL ? name : value_name),
    .value = value_shown(h, &v),
    .value_type = hk_str_of(hive_type_name(v.type)),
    .key_path = key_path,
    .key_written = key_written(k),
    .user = h->user,
  };
  const bool prefetch = hk_str_iends(key_path, HK_S("\\PrefetchParameters"));
  const size_t kind = h->kind == HIVE_USER ? SETTING_USER : h->kind == HIVE_SOFTWARE ? SETTING_SOFTWARE
                      : prefetch           ? SETTING_PREFETCH
                                           : SETTING_SYSTEM;
  hk_emit(h->item, &setting_record_type, kind, &r);
  const hk_str instance = h->user.n > 0 ? hk_str_printf(h->arena, "%.*s %.*s", (int)h->user.n, h->user.p, (int)r.name.n, r.name.p)
                                        : r.name;
  /* A key's time is that of its last change: since then this value stood. */
  hive_cover(h, kinds[kind], instance, r.key_written, HK_TIME_UNKNOWN);
}

/* Outlook keeps opened attachments in a folder that it names itself, once for each version of Office. */
static void outlook_folders(struct hive *h)
{
  static const char office_path[] = "Software\\Microsoft\\Office";
  libregf_key_t *office = hive_key(h, office_path);
  if (office == NULL) return;
  const int n = key_n_subs(office);
  for (int i = 0; i < n && i < 1000; i++) {
    libregf_key_t *version = key_sub_at(h, office, i);
    if (version == NULL) continue;
    const hk_str name = key_name(h, version);
    const hk_str path = hk_str_printf(h->arena, "%s\\%.*s\\Outlook\\Security", office_path, (int)name.n, name.p);
    libregf_key_t *security = path.p != NULL ? hive_key(h, path.p) : NULL;
    if (security != NULL) emit_setting(h, security, path, "OutlookSecureTempFolder", NULL);
    key_done(&security);
    key_done(&version);
  }
  key_done(&office);
}

void setting_emit(struct hive *h)
{
  if (h->kind == HIVE_USER) outlook_folders(h);
  for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
    if (settings[i].hive != h->kind) continue;
    hk_str path = hk_str_of(settings[i].key);
    libregf_key_t *k = h->kind == HIVE_SYSTEM ? system_key(h, settings[i].key, &path) : hive_key(h, settings[i].key);
    if (k == NULL) continue;
    emit_setting(h, k, path, settings[i].value, settings[i].name);
    key_done(&k);
  }
}
