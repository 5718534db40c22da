"""A PC out of real files of the development corpus ($HIKESHI_DATA): for readers that must see what Windows wrote, not we.

The files come from many machines; the registry hives SYSTEM, SOFTWARE and SAM from one (WKS-WIN732BITA). Stored .gz and .xz are
unpacked on the way. The one thing made here is a Zone.Identifier beside the attachments, because the corpus has none.
"""
import gzip
import lzma
from pathlib import Path

from . import files, times
from .pc import put

HOME = "C/Users/利用者/"
_LOGS = "C/Windows/System32/winevt/Logs/"
_WHEN = times.jst(2026, 3, 10, 9)

# file in the corpus: name Windows gives the log of that channel. Further logs of a channel take the name of an archived log.
_EVTX = {
    "omerbenamram/security_bad_string_cache.evtx": "Security",
    "plaso/System.evtx": "System",
    "omerbenamram/Application_no_crc32.evtx": "Application",
    "omerbenamram/issue_201.evtx": "MSExchange Management",
    "omerbenamram/sample_with_a_bad_chunk_magic.evtx": "Microsoft-Windows-AppXDeployment%4Operational",
    "omerbenamram/E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx": "Microsoft-Windows-CAPI2%4Operational",
    "mitre_cc0/ID541-DNS server auditing changed.evtx": "Microsoft-Windows-DNSServer%4Audit",
    "python-evtx/dns_log_malformed.evtx": "Microsoft-Windows-DNSServer%4Analytical",
    "omerbenamram/Microsoft-Windows-HelloForBusiness%4Operational.evtx": "Microsoft-Windows-HelloForBusiness%4Operational",
    "omerbenamram/Microsoft-Windows-LanguagePackSetup%4Operational.evtx": "Microsoft-Windows-LanguagePackSetup%4Operational",
    "python-evtx/issue_39.evtx": "Microsoft-Windows-LiveId%4Operational",
    "museum_win11/Microsoft-Windows-PowerShell%4Operational.evtx": "Microsoft-Windows-PowerShell%4Operational",
    "museum_win11/Microsoft-Windows-SmbClient%4Security.evtx": "Microsoft-Windows-SmbClient%4Security",
    "mitre_cc0/ID13-WMIimplant registry crash control.evtx": "Microsoft-Windows-Sysmon%4Operational",
    "museum_win11/Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational.evtx": "Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational",
    "omerbenamram/2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx":
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational",
    "mitre_cc0/ID5600-proxy configuration changed.evtx": "Microsoft-Windows-WinINet-Config%4ProxyConfigChanged",
    "museum_win11/Microsoft-Windows-Windows Defender%4Operational.evtx": "Microsoft-Windows-Windows Defender%4Operational",
    "museum_win11/Windows PowerShell.evtx": "Windows PowerShell",
    "plaso/System2.evtx": "Archive-Security-2026-01-31-03-00-00-000",
    "mitre_cc0/ID4768-4771-Kerberos user enumeration (Kerbrute).evtx": "Archive-Security-2026-02-03-03-00-00-000",
    "mitre_cc0/ID4688-BITS transfer initiated.evtx": "Archive-Security-2026-02-10-03-00-00-000",
    "mitre_cc0/ID4625-OpenSSH brutforce with valid users.evtx": "Archive-Security-2026-02-17-03-00-00-000",
    "mitre_cc0/ID4697-MSF payload deployed via service.evtx": "Archive-Security-2026-02-24-03-00-00-000",
    "mitre_cc0/ID104-1102-Event log cleared.evtx": "Archive-System-2026-02-24-03-00-00-000",
    "mitre_cc0/ID11,13,17,18-PSexec as system execution.evtx": "Archive-Microsoft-Windows-Sysmon%4Operational-2026-02-24-03-00-00-000",
}
_SINGLE = {
    "registry/plaso_software/SYSTEM.xz": "C/Windows/System32/config/SYSTEM",
    "registry/plaso_software/SOFTWARE.xz": "C/Windows/System32/config/SOFTWARE",
    "registry/plaso_software/SAM.xz": "C/Windows/System32/config/SAM",
    "registry/dfwinreg/SECURITY": "C/Windows/System32/config/SECURITY",
    "registry/plaso/NTUSER-WIN7.DAT": HOME + "NTUSER.DAT",
    "registry/plaso/UsrClass.dat.gz": HOME + "AppData/Local/Microsoft/Windows/UsrClass.dat",
    "webcache/WebCacheV01.dat.xz": HOME + "AppData/Local/Microsoft/Windows/WebCache/WebCacheV01.dat",
}
_OUTLOOK = HOME + "AppData/Local/Microsoft/Windows/INetCache/Content.Outlook/QZ7K2M4X/"


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    return {".gz": gzip.decompress, ".xz": lzma.decompress}.get(path.suffix, lambda d: d)(data)


def _plan(data: Path) -> dict[str, Path]:
    """{path in the tree: file in the corpus}; the first of several files with one name wins."""
    plan: dict[str, Path] = {}
    for path in sorted((data / "prefetch").rglob("*.pf")):
        if path.parent.name != "bad":
            plan.setdefault("C/Windows/Prefetch/" + path.name.lstrip("_"), path)
    for source, name in _EVTX.items():
        plan[f"{_LOGS}{name}.evtx"] = data / "evtx" / source
    for source, target in _SINGLE.items():
        plan[target] = data / source
    for path in sorted((data / "ransom_notes").rglob("*")):
        if path.is_file():
            plan[f"{HOME}Documents/{path.relative_to(data / 'ransom_notes').as_posix()}"] = path
    for path in sorted((data / "mail" / "msg").glob("*.msg")) + sorted((data / "mail" / "eml").glob("*.eml")):
        plan[_OUTLOOK + path.name] = path
    plan["C/Users/nfury/NTUSER.DAT"] = data / "registry/plaso/NTUSER-WIN7.DAT"    # an account that SOFTWARE knows
    return plan


def assemble_pc(out, data_dir) -> list[dict]:
    """Write the tree under `out` (must not exist or be empty). Returns [{"path", "source"}]; a missing source is an error."""
    out, data = Path(out), Path(data_dir)
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")
    plan = _plan(data)
    contents = {name: (_read(source), _WHEN) for name, source in sorted(plan.items())}
    marks = {f"{name}:Zone.Identifier": (files.zone_identifier(3), _WHEN) for name in plan if name.startswith(_OUTLOOK)}
    put(out, contents | marks, {"C"})
    return ([{"path": name, "source": plan[name].relative_to(data).as_posix()} for name in contents]
            + [{"path": name, "source": ""} for name in sorted(marks)])
