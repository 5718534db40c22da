/* The facts of the Security, System and Sysmon logs. Field names: the event manifests of Windows as the events show
   them; Vista writes fewer than Windows 11, so every field may be missing. */
#include "facts.h"

#include "lib/command.h"
#include "records.h"

#define SECURITY_AUDITING "Microsoft-Windows-Security-Auditing"
#define EVENTLOG_PROVIDER "Microsoft-Windows-Eventlog"

enum fact fact_of(const struct event *e)
{
  static const struct {
    const char *channel, *provider;
    int64_t id;
    enum fact fact;
  } table[] = {
    {"Security", SECURITY_AUDITING, 4624, FACT_LOGON},
    {"Security", SECURITY_AUDITING, 4625, FACT_LOGON_FAILED},
    {"Security", SECURITY_AUDITING, 4688, FACT_PROCESS_4688},
    {"Security", SECURITY_AUDITING, 4697, FACT_SERVICE_4697},
    {"Security", SECURITY_AUDITING, 4719, FACT_AUDIT_POLICY},
    {"Security", EVENTLOG_PROVIDER, 1102, FACT_CLEARED_1102},
    {"System", EVENTLOG_PROVIDER, 104, FACT_CLEARED_104},
    {"System", "Service Control Manager", 7045, FACT_SERVICE_7045},
    {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, FACT_PROCESS_SYSMON},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    if (e->id == table[i].id && hk_str_ieq(e->channel, hk_str_of(table[i].channel)) &&
        hk_str_ieq(e->provider, hk_str_of(table[i].provider)))
      return table[i].fact;
  return FACT_NONE;
}

/* The value, but {NULL,0} for "-" and for nothing: both are how Windows writes "not known". */
static hk_str known(const struct event *e, const char *name)
{
  const hk_str s = event_value(e, name);
  return s.n == 0 || hk_str_eq(s, HK_S("-")) ? (hk_str){0} : s;
}

/* A SID that names somebody. S-1-0-0 is "nobody", which events carry when there is no SID. */
static hk_str somebody(hk_str sid)
{
  return hk_str_starts(sid, HK_S("S-1-")) && !hk_str_eq(sid, HK_S("S-1-0-0")) ? sid : (hk_str){0};
}

static hk_str account(struct hk_arena *a, hk_str sid, hk_str domain, hk_str name)
{
  if (somebody(sid).n > 0) return sid;
  if (name.n == 0) return (hk_str){0};
  if (domain.n == 0) return hk_str_printf(a, "name:%.*s", (int)name.n, name.p);
  return hk_str_printf(a, "name:%.*s\\%.*s", (int)domain.n, domain.p, (int)name.n, name.p);
}

/* Where a logon came from. Loopback is this PC: no other end. */
static hk_str other_end(hk_str ip, hk_str workstation)
{
  if (hk_str_starts(ip, HK_S("::ffff:"))) ip = hk_str_sub(ip, 7, ip.n);
  if (hk_str_eq(ip, HK_S("::1")) || hk_str_starts(ip, HK_S("127."))) return (hk_str){0};
  if (ip.n > 0 && !hk_str_eq(ip, HK_S("LOCAL"))) return ip;
  while (workstation.n > 0 && workstation.p[0] == '\\') workstation = hk_str_sub(workstation, 1, workstation.n);
  return workstation;
}

#define ORIGIN(e, was_recovered)                                                                                       \
  .event_id = (e)->id, .event_record_id = (e)->record_id, .computer = (e)->computer, .recovered = (was_recovered)

#define LOGON_VALUES(a, e)                                                                                             \
  .time_created = (e)->created_at, .logon_type = event_number(known((e), "LogonType")),                                \
  .user = account((a), known((e), "TargetUserSid"), known((e), "TargetDomainName"), known((e), "TargetUserName")),     \
  .user_name = known((e), "TargetUserName"), .domain = known((e), "TargetDomainName"),                                 \
  .host = other_end(known((e), "IpAddress"), known((e), "WorkstationName")), .ip_address = known((e), "IpAddress"),    \
  .ip_port = known((e), "IpPort"), .workstation = known((e), "WorkstationName"),                                       \
  .logon_process = known((e), "LogonProcessName"), .authentication_package = known((e), "AuthenticationPackageName"),  \
  .process_path = known((e), "ProcessName")

static void emit_logon(struct hk_item *item, struct hk_arena *a, const struct event *e, bool recovered)
{
  const struct logon_record r = {LOGON_VALUES(a, e), .logon_id = known(e, "TargetLogonId"), ORIGIN(e, recovered)};
  hk_emit(item, &logon_record_type, 0, &r);
}

static void emit_logon_failed(struct hk_item *item, struct hk_arena *a, const struct event *e, bool recovered)
{
  const struct logon_failed_record r = {LOGON_VALUES(a, e), .status = known(e, "Status"), .sub_status = known(e, "SubStatus"),
                                        ORIGIN(e, recovered)};
  hk_emit(item, &logon_failed_record_type, 0, &r);
}

static void emit_process_4688(struct hk_item *item, struct hk_arena *a, const struct event *e, bool recovered)
{
  /* Windows 8.1 and later name the account the process runs as when it differs from the creator's (runas, services). */
  const bool other = somebody(known(e, "TargetUserSid")).n > 0 || known(e, "TargetUserName").n > 0;
  const hk_str sid = known(e, other ? "TargetUserSid" : "SubjectUserSid");
  const hk_str domain = known(e, other ? "TargetDomainName" : "SubjectDomainName");
  const hk_str name = known(e, other ? "TargetUserName" : "SubjectUserName");
  const struct process_created_record r = {
    .time_created = e->created_at,
    .path = known(e, "NewProcessName"),
    .parent_path = known(e, "ParentProcessName"),
    .command_line = known(e, "CommandLine"),
    .pid = event_number(known(e, "NewProcessId")),
    .parent_pid = event_number(known(e, "ProcessId")),
    .user = account(a, sid, domain, name),
    .user_name = name,
    .logon_id = known(e, other ? "TargetLogonId" : "SubjectLogonId"),
    .integrity = known(e, "MandatoryLabel"),
    ORIGIN(e, recovered),
  };
  hk_emit(item, &process_created_record_type, 0, &r);
}

/* "SHA1=…,MD5=…,SHA256=…,IMPHASH=…" to the SHA-256 in lower case. */
static hk_str sha256_of(struct hk_arena *a, hk_str hashes)
{
  while (hashes.n > 0) {
    const size_t comma = hk_str_find(hashes, ',');
    const hk_str one = hk_str_sub(hashes, 0, comma);
    if (one.n == 7 + 64 && hk_str_ieq(hk_str_sub(one, 0, 7), HK_S("SHA256=")))
      return hk_str_fold(a, hk_str_sub(one, 7, one.n));
    hashes = hk_str_sub(hashes, comma + 1, hashes.n);
  }
  return (hk_str){0};
}

static void emit_process_sysmon(struct hk_item *item, struct hk_arena *a, const struct event *e, bool recovered)
{
  const hk_str user = known(e, "User");
  hk_time at = e->created_at;
  /* UtcTime "2026-03-10 01:41:00.123" is when the process started; the event follows within moments. */
  const hk_str utc = known(e, "UtcTime");
  hk_str iso = utc.n >= 19 ? hk_str_printf(a, "%.*sT%.*sZ", 10, utc.p, (int)(utc.n - 11), utc.p + 11) : (hk_str){0};
  hk_time started = HK_TIME_UNKNOWN;
  if (iso.n > 0 && hk_time_parse_iso(iso, &started) && started != HK_TIME_UNKNOWN) at = started;
  const struct process_created_record r = {
    .time_created = at,
    .path = known(e, "Image"),
    .parent_path = known(e, "ParentImage"),
    .command_line = known(e, "CommandLine"),
    .parent_command_line = known(e, "ParentCommandLine"),
    .pid = event_number(known(e, "ProcessId")),
    .parent_pid = event_number(known(e, "ParentProcessId")),
    .user = account(a, (hk_str){0}, (hk_str){0}, user),
    .user_name = user,
    .logon_id = known(e, "LogonId"),
    .sha256 = sha256_of(a, known(e, "Hashes")),
    .integrity = known(e, "IntegrityLevel"),
    .directory = known(e, "CurrentDirectory"),
    ORIGIN(e, recovered),
  };
  hk_emit(item, &process_created_record_type, 1, &r);
}

static void emit_service(struct hk_item *item, struct hk_arena *a, const struct event *e, bool is_7045, bool recovered)
{
  const hk_str image = known(e, is_7045 ? "ImagePath" : "ServiceFileName");
  const struct service_installed_record r = {
    .time_created = e->created_at,
    .service_name = known(e, "ServiceName"),
    .path = hk_command_program(a, image),
    .image_path = image,
    .service_type = known(e, "ServiceType"),
    .start_type = known(e, is_7045 ? "StartType" : "ServiceStartType"),
    .account = known(e, is_7045 ? "AccountName" : "ServiceAccount"),
    .user = somebody(is_7045 ? e->user_sid : known(e, "SubjectUserSid")),
    ORIGIN(e, recovered),
  };
  hk_emit(item, &service_installed_record_type, is_7045 ? 0 : 1, &r);
}

static void emit_cleared(struct hk_item *item, struct hk_arena *a, const struct event *e, bool is_1102, bool recovered)
{
  const hk_str name = known(e, "SubjectUserName");
  const hk_str sid = known(e, "SubjectUserSid");
  const struct log_cleared_record r = {
    .time_created = e->created_at,
    .cleared_channel = is_1102 ? HK_S("Security") : known(e, "Channel"),
    .user = account(a, sid.n > 0 ? sid : e->user_sid, known(e, "SubjectDomainName"), name),
    .user_name = name,
    .backup_path = known(e, "BackupPath"),
    ORIGIN(e, recovered),
  };
  hk_emit(item, &log_cleared_record_type, is_1102 ? 0 : 1, &r);
}

void fact_emit(struct hk_item *item, struct hk_arena *a, const struct event *e, enum fact f, bool recovered)
{
  switch (f) {
  case FACT_LOGON: emit_logon(item, a, e, recovered); break;
  case FACT_LOGON_FAILED: emit_logon_failed(item, a, e, recovered); break;
  case FACT_PROCESS_4688: emit_process_4688(item, a, e, recovered); break;
  case FACT_PROCESS_SYSMON: emit_process_sysmon(item, a, e, recovered); break;
  case FACT_SERVICE_7045: emit_service(item, a, e, true, recovered); break;
  case FACT_SERVICE_4697: emit_service(item, a, e, false, recovered); break;
  case FACT_CLEARED_1102: emit_cleared(item, a, e, true, recovered); break;
  case FACT_CLEARED_104: emit_cleared(item, a, e, false, recovered); break;
  case FACT_NONE:
  case FACT_AUDIT_POLICY:
  case FACT_COUNT: break;
  }
}
