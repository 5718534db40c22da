"""The events a story needs, with the providers, tasks, keywords and field names Windows 10 gives them.

Field names and order: the manifests of Microsoft-Windows-Security-Auditing, Service Control Manager, Microsoft-Windows-Eventlog,
EventLog and Microsoft-Windows-Sysmon as their events show them in real logs. Every function returns an evtx.Event.
"""
import struct
from datetime import datetime, timedelta

from . import binxml as bx
from .evtx import Event

SECURITY_GUID = "54849625-5478-4994-a5ba-3e3b0328c30d"
EVENTLOG_GUID = "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148"
SCM_GUID = "555908d1-a6d7-4695-8e1e-26931d2012f4"
SYSMON_GUID = "5770385f-c22a-43e0-bf4c-06f5698ffbd9"
SUCCESS, FAILURE = 0x8020000000000000, 0x8010000000000000
NOBODY = "S-1-0-0"
SYSTEM_SID = "S-1-5-18"
NO_GUID = "00000000-0000-0000-0000-000000000000"
LABEL_MEDIUM, LABEL_HIGH = "S-1-16-8192", "S-1-16-12288"


def _security(event_id: int, time: int, computer: str, data: list, task: int, version: int, keywords: int = SUCCESS) -> Event:
    return Event("Microsoft-Windows-Security-Auditing", event_id, "Security", time, computer, data, SECURITY_GUID,
                 level=0, task=task, keywords=keywords, version=version, pid=4, tid=320)


def process_4688(time, computer, path, parent, command_line, user_sid, user, domain, pid, ppid, logon_id=0x3E7A1) -> Event:
    """A new process, with command line (policy on) and the parent's name (Windows 10)."""
    return _security(4688, time, computer, [
        ("SubjectUserSid", bx.SID, user_sid), ("SubjectUserName", bx.STRING, user), ("SubjectDomainName", bx.STRING, domain),
        ("SubjectLogonId", bx.HEX64, logon_id), ("NewProcessId", bx.HEX64, pid), ("NewProcessName", bx.STRING, path),
        ("TokenElevationType", bx.STRING, "%%1938"), ("ProcessId", bx.HEX64, ppid), ("CommandLine", bx.STRING, command_line),
        ("TargetUserSid", bx.SID, NOBODY), ("TargetUserName", bx.STRING, "-"), ("TargetDomainName", bx.STRING, "-"),
        ("TargetLogonId", bx.HEX64, 0), ("ParentProcessName", bx.STRING, parent), ("MandatoryLabel", bx.SID, LABEL_MEDIUM)],
        13312, 2)


def logon_4624(time, computer, user_sid, user, domain, logon_type, workstation="-", address="-", port="0", logon_id=0x3E7A1) -> Event:
    return _security(4624, time, computer, [
        ("SubjectUserSid", bx.SID, SYSTEM_SID), ("SubjectUserName", bx.STRING, computer.split(".")[0] + "$"), ("SubjectDomainName", bx.STRING, domain),
        ("SubjectLogonId", bx.HEX64, 0x3E7), ("TargetUserSid", bx.SID, user_sid), ("TargetUserName", bx.STRING, user),
        ("TargetDomainName", bx.STRING, domain), ("TargetLogonId", bx.HEX64, logon_id), ("LogonType", bx.UINT32, logon_type),
        ("LogonProcessName", bx.STRING, "User32 " if logon_type == 2 else "NtLmSsp "),
        ("AuthenticationPackageName", bx.STRING, "Negotiate" if logon_type == 2 else "NTLM"), ("WorkstationName", bx.STRING, workstation),
        ("LogonGuid", bx.GUID, NO_GUID), ("TransmittedServices", bx.STRING, "-"), ("LmPackageName", bx.STRING, "-" if logon_type == 2 else "NTLM V2"),
        ("KeyLength", bx.UINT32, 0), ("ProcessId", bx.HEX64, 0x2F8), ("ProcessName", bx.STRING, "C:\\Windows\\System32\\svchost.exe"),
        ("IpAddress", bx.STRING, address), ("IpPort", bx.STRING, port), ("ImpersonationLevel", bx.STRING, "%%1833"),
        ("RestrictedAdminMode", bx.STRING, "-"), ("TargetOutboundUserName", bx.STRING, "-"), ("TargetOutboundDomainName", bx.STRING, "-"),
        ("VirtualAccount", bx.STRING, "%%1843"), ("TargetLinkedLogonId", bx.HEX64, 0), ("ElevatedToken", bx.STRING, "%%1843")],
        12544, 2)


def logon_failed_4625(time, computer, user, domain, logon_type, workstation, address, port="0", sub_status=0xC000006A) -> Event:
    return _security(4625, time, computer, [
        ("SubjectUserSid", bx.SID, NOBODY), ("SubjectUserName", bx.STRING, "-"), ("SubjectDomainName", bx.STRING, "-"), ("SubjectLogonId", bx.HEX64, 0),
        ("TargetUserSid", bx.SID, NOBODY), ("TargetUserName", bx.STRING, user), ("TargetDomainName", bx.STRING, domain),
        ("Status", bx.HEX32, 0xC000006D), ("FailureReason", bx.STRING, "%%2313"), ("SubStatus", bx.HEX32, sub_status),
        ("LogonType", bx.UINT32, logon_type), ("LogonProcessName", bx.STRING, "NtLmSsp "), ("AuthenticationPackageName", bx.STRING, "NTLM"),
        ("WorkstationName", bx.STRING, workstation), ("TransmittedServices", bx.STRING, "-"), ("LmPackageName", bx.STRING, "-"),
        ("KeyLength", bx.UINT32, 0), ("ProcessId", bx.HEX64, 0), ("ProcessName", bx.STRING, "-"),
        ("IpAddress", bx.STRING, address), ("IpPort", bx.STRING, port)], 12544, 0, FAILURE)


def security_cleared_1102(time, computer, user_sid, user, domain, logon_id=0x3E7A1) -> Event:
    return Event("Microsoft-Windows-Eventlog", 1102, "Security", time, computer, [
        ("SubjectUserSid", bx.SID, user_sid), ("SubjectUserName", bx.STRING, user), ("SubjectDomainName", bx.STRING, domain),
        ("SubjectLogonId", bx.HEX64, logon_id)], EVENTLOG_GUID, level=4, task=104, keywords=0x4020000000000000, pid=1044, tid=2216,
        user_data=("LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog"))


def log_cleared_104(time, computer, user_sid, user, domain, channel, backup="") -> Event:
    """Written into System when any other log, or System itself, is cleared."""
    return Event("Microsoft-Windows-Eventlog", 104, "System", time, computer, [
        ("SubjectUserName", bx.STRING, user), ("SubjectDomainName", bx.STRING, domain), ("Channel", bx.STRING, channel),
        ("BackupPath", bx.STRING, backup)], EVENTLOG_GUID, user_sid, level=4, task=104, keywords=0x8000000000000000, pid=1044, tid=2216,
        user_data=("LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog"))


def service_7045(time, computer, name, image_path, user_sid=SYSTEM_SID, start="demand start", account="LocalSystem", kind="user mode service") -> Event:
    return Event("Service Control Manager", 7045, "System", time, computer, [
        ("ServiceName", bx.STRING, name), ("ImagePath", bx.STRING, image_path), ("ServiceType", bx.STRING, kind),
        ("StartType", bx.STRING, start), ("AccountName", bx.STRING, account)], SCM_GUID, user_sid, qualifiers=16384,
        keywords=0x8080000000000000, pid=700, tid=3308)


def service_7036(time, computer, name, state) -> Event:
    return Event("Service Control Manager", 7036, "System", time, computer, [("param1", bx.STRING, name), ("param2", bx.STRING, state)],
                 SCM_GUID, qualifiers=16384, keywords=0x8080000000000000, pid=700, tid=3308)


def classic(provider, event_id, channel, time, computer, strings, level=4, qualifiers=0, binary=None) -> Event:
    """An event of the old API: a list of strings without names, and bytes."""
    return Event(provider, event_id, channel, time, computer, [(None, bx.STRING, s) for s in strings], level=level,
                 qualifiers=qualifiers, keywords=0x80000000000000, pid=0, tid=0, binary=binary)


def _system_time(ft: int) -> bytes:
    """SYSTEMTIME (MS-DTYP 2.3.13) of the Japanese wall clock, and 8 zero bytes, as 6005 and 6006 carry it."""
    at = datetime(1601, 1, 1) + timedelta(hours=9, milliseconds=ft // 10_000)
    return struct.pack("<8H8x", at.year, at.month, at.isoweekday() % 7, at.day, at.hour, at.minute, at.second, at.microsecond // 1000)


def eventlog_started_6005(time, computer) -> Event:
    return classic("EventLog", 6005, "System", time, computer, [], qualifiers=32768, binary=_system_time(time))


def eventlog_stopped_6006(time, computer) -> Event:
    return classic("EventLog", 6006, "System", time, computer, [], qualifiers=32768, binary=_system_time(time))


def sysmon_1(time, computer, path, parent, command_line, parent_command_line, user, pid, ppid, sha256, process_guid, parent_guid, utc_text) -> Event:
    return Event("Microsoft-Windows-Sysmon", 1, "Microsoft-Windows-Sysmon/Operational", time, computer, [
        ("RuleName", bx.STRING, "-"), ("UtcTime", bx.STRING, utc_text), ("ProcessGuid", bx.GUID, process_guid), ("ProcessId", bx.UINT32, pid),
        ("Image", bx.STRING, path), ("FileVersion", bx.STRING, "-"), ("Description", bx.STRING, "-"), ("Product", bx.STRING, "-"),
        ("Company", bx.STRING, "-"), ("OriginalFileName", bx.STRING, "-"), ("CommandLine", bx.STRING, command_line),
        ("CurrentDirectory", bx.STRING, "C:\\"), ("User", bx.STRING, user), ("LogonGuid", bx.GUID, NO_GUID), ("LogonId", bx.HEX64, 0x3E7A1),
        ("TerminalSessionId", bx.UINT32, 1), ("IntegrityLevel", bx.STRING, "Medium"), ("Hashes", bx.STRING, "SHA256=" + sha256.upper()),
        ("ParentProcessGuid", bx.GUID, parent_guid), ("ParentProcessId", bx.UINT32, ppid), ("ParentImage", bx.STRING, parent),
        ("ParentCommandLine", bx.STRING, parent_command_line), ("ParentUser", bx.STRING, user)],
        SYSMON_GUID, SYSTEM_SID, task=1, version=5, pid=2900, tid=3920)
