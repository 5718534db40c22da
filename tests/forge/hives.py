"""The hives of a PC: SYSTEM, SOFTWARE, SAM, SECURITY and NTUSER.DAT with the keys responders read.

Where each value lives and what it means: ForensicArtifacts definitions of the same names; UserAssist version 5 (72 bytes, names in
ROT13): libyal "Windows Registry knowledge base", UserAssist; BAM: the same, "Background Activity Moderator".
"""
import codecs
import struct

from .binxml import sid as sid_bytes
from .regf import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ, Hive

USERASSIST_PROGRAMS = "{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}"
USERASSIST_SHORTCUTS = "{F4E57C4B-2036-45F0-A9AB-443BCFE33D9F}"
KNOWN_FOLDERS = (("C:\\Windows\\System32\\", "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\"), ("C:\\Windows\\", "{F38BF404-1D43-42F2-9305-67DE0B28FC23}\\"),
                 ("C:\\Program Files (x86)\\", "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}\\"), ("C:\\Program Files\\", "{6D809377-6AF0-444B-8957-A3773F02200E}\\"))
_EXPLORER = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer"
RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def _dword(value: int) -> int:
    return value & 0xFFFFFFFF


def system(computer: str, written: int, prefetcher: int = 3, prefetcher_set: int | None = None, bam: dict | None = None,
           services: dict | None = None, shutdown: int | None = None, bias: int = -540, zone: str = "Tokyo Standard Time") -> Hive:
    """bam: {sid: {device path: FILETIME}}; services: {name: (image path, start, written)}; bias: minutes, UTC = local + bias."""
    h = Hive("SYSTEM", written)
    for name, value in (("Current", 1), ("Default", 1), ("Failed", 0), ("LastKnownGood", 1)):
        h.set("Select", name, REG_DWORD, value)
    control = "ControlSet001\\Control"
    h.set(f"{control}\\ComputerName\\ComputerName", "ComputerName", REG_SZ, computer, written)
    h.set("ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", REG_SZ, computer)
    zone_key = f"{control}\\TimeZoneInformation"
    h.set(zone_key, "Bias", REG_DWORD, _dword(bias), written)
    h.set(zone_key, "ActiveTimeBias", REG_DWORD, _dword(bias))
    h.set(zone_key, "StandardBias", REG_DWORD, 0)
    h.set(zone_key, "DaylightBias", REG_DWORD, 0)
    h.set(zone_key, "StandardName", REG_SZ, "@tzres.dll,-632")
    h.set(zone_key, "DaylightName", REG_SZ, "@tzres.dll,-631")
    h.set(zone_key, "StandardStart", REG_BINARY, bytes(16))
    h.set(zone_key, "DaylightStart", REG_BINARY, bytes(16))
    h.set(zone_key, "TimeZoneKeyName", REG_SZ, zone)
    h.set(zone_key, "DynamicDaylightTimeDisabled", REG_DWORD, 0)
    prefetch_key = f"{control}\\Session Manager\\Memory Management\\PrefetchParameters"
    h.set(prefetch_key, "EnablePrefetcher", REG_DWORD, prefetcher, prefetcher_set or written)
    h.set(prefetch_key, "BaseTime", REG_DWORD, 0x2B4E8A10)
    h.set(prefetch_key, "BootId", REG_DWORD, 214)
    h.set(f"{control}\\Windows", "ShutdownTime", REG_BINARY, struct.pack("<Q", shutdown or written))
    h.set(f"{control}\\Session Manager\\Environment", "TEMP", REG_EXPAND_SZ, "%SystemRoot%\\TEMP")
    h.set(f"{control}\\Keyboard Layout\\DosKeybCodes", "00000411", REG_SZ, "jp")
    h.set(f"{control}\\Keyboard Layouts\\00000411", "Layout Text", REG_SZ, "Japanese")
    for channel in ("Application", "Security", "System"):
        key = f"ControlSet001\\Services\\EventLog\\{channel}"
        h.set(key, "File", REG_EXPAND_SZ, f"%SystemRoot%\\system32\\winevt\\Logs\\{channel}.evtx")
        h.set(key, "MaxSize", REG_DWORD, 20971520)
    for name, (image, start, when) in (services or {}).items():
        key = f"ControlSet001\\Services\\{name}"
        h.set(key, "ImagePath", REG_EXPAND_SZ, image, when)
        h.set(key, "Start", REG_DWORD, start)
        h.set(key, "Type", REG_DWORD, 0x10)
        h.set(key, "ObjectName", REG_SZ, "LocalSystem")
    for sid, runs in (bam or {}).items():
        key = f"ControlSet001\\Services\\bam\\State\\UserSettings\\{sid}"
        h.set(key, "Version", REG_DWORD, 1, max(runs.values()))
        h.set(key, "SequenceNumber", REG_DWORD, len(runs))
        for path, when in runs.items():
            h.set(key, path, REG_BINARY, struct.pack("<QQII", when, 0, 1, 2))
    h.set("MountedDevices", "\\DosDevices\\C:", REG_BINARY, b"DMIO:ID:" + bytes(range(0x40, 0x50)))
    return h


def software(written: int, profiles: dict, installed: int, run: dict | None = None, product: str = "Windows 10 Pro", build: str = "19045",
             display: str = "22H2", revision: int = 4170, owner: str = "") -> Hive:
    """profiles: {sid: (path, loaded)}; run: {name: (command, written)}."""
    h = Hive("SOFTWARE", written)
    current = "Microsoft\\Windows NT\\CurrentVersion"
    for name, value in (("ProductName", product), ("CurrentBuild", build), ("CurrentBuildNumber", build), ("DisplayVersion", display),
                        ("ReleaseId", "2009"), ("EditionID", "Professional"), ("CurrentVersion", "6.3"), ("InstallationType", "Client"),
                        ("SystemRoot", "C:\\Windows"), ("RegisteredOwner", owner), ("RegisteredOrganization", "")):
        h.set(current, name, REG_SZ, value, written)
    h.set(current, "CurrentMajorVersionNumber", REG_DWORD, 10)
    h.set(current, "CurrentMinorVersionNumber", REG_DWORD, 0)
    h.set(current, "UBR", REG_DWORD, revision)
    h.set(current, "InstallDate", REG_DWORD, (installed - 116_444_736_000_000_000) // 10_000_000)
    h.set(current, "InstallTime", REG_QWORD, installed)
    listed = f"{current}\\ProfileList"
    h.set(listed, "ProfilesDirectory", REG_EXPAND_SZ, "%SystemDrive%\\Users")
    h.set(listed, "Default", REG_EXPAND_SZ, "%SystemDrive%\\Users\\Default")
    for sid, (path, loaded) in profiles.items():
        key = f"{listed}\\{sid}"
        h.set(key, "ProfileImagePath", REG_EXPAND_SZ, path, loaded)
        h.set(key, "Sid", REG_BINARY, sid_bytes(sid))
        h.set(key, "Flags", REG_DWORD, 0)
        h.set(key, "State", REG_DWORD, 0)
        h.set(key, "LocalProfileLoadTimeLow", REG_DWORD, loaded & 0xFFFFFFFF)
        h.set(key, "LocalProfileLoadTimeHigh", REG_DWORD, loaded >> 32)
    tokyo = f"{current}\\Time Zones\\Tokyo Standard Time"
    for name, value in (("Display", "(UTC+09:00) 大阪、札幌、東京"), ("Std", "東京 (標準時)"), ("Dlt", "東京 (夏時間)")):
        h.set(tokyo, name, REG_SZ, value)
    h.set(tokyo, "TZI", REG_BINARY, struct.pack("<iii32x", -540, 0, -60))
    run_key = "Microsoft\\Windows\\CurrentVersion\\Run"
    h.key(run_key, written)
    for name, (command, when) in (run or {}).items():
        h.set(run_key, name, REG_EXPAND_SZ, command, when)
    h.set("Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit", "ProcessCreationIncludeCmdLine_Enabled", REG_DWORD, 1)
    return h


def userassist_value(run_count: int, last_run: int, focus_count: int = 0, focus_ms: int = 0) -> bytes:
    """Version 5, 72 bytes."""
    return struct.pack("<IIII", 0, run_count, focus_count, focus_ms) + struct.pack("<10f", *[-1.0] * 10) + struct.pack("<IQI", 0xFFFFFFFF, last_run, 0)


def userassist_name(path: str) -> str:
    """The value's name: known folders as GUIDs, then ROT13 (letters of the Latin alphabet only)."""
    for folder, guid in KNOWN_FOLDERS:
        if path.lower().startswith(folder.lower()):
            path = guid + path[len(folder):]
            break
    return codecs.encode(path, "rot13")


def ntuser(written: int, userassist: dict | None = None, run: dict | None = None, secure_temp: str = "", office: str = "16.0",
           trust_records: dict | None = None, typed_urls: list | None = None, recent: list | None = None) -> Hive:
    """userassist: {path: (run count, last run, focus count, focus ms)}; run: {name: (command, written)}; trust_records: {document: FILETIME}."""
    h = Hive("NTUSER.DAT", written)
    runs = userassist or {}
    for guid in (USERASSIST_PROGRAMS, USERASSIST_SHORTCUTS):
        h.set(f"{_EXPLORER}\\UserAssist\\{guid}", "Version", REG_DWORD, 5)
        h.key(f"{_EXPLORER}\\UserAssist\\{guid}\\Count", max((r[1] for r in runs.values()), default=written))
    for path, (count, last, focus, milliseconds) in runs.items():
        h.set(f"{_EXPLORER}\\UserAssist\\{USERASSIST_PROGRAMS}\\Count", userassist_name(path), REG_BINARY, userassist_value(count, last, focus, milliseconds))
    h.key(RUN, written)
    for name, (command, when) in (run or {}).items():
        h.set(RUN, name, REG_SZ, command, when)
    if secure_temp:
        h.set(f"Software\\Microsoft\\Office\\{office}\\Outlook\\Security", "OutlookSecureTempFolder", REG_SZ, secure_temp)
    for document, when in (trust_records or {}).items():
        h.set(f"Software\\Microsoft\\Office\\{office}\\Word\\Security\\Trusted Documents\\TrustRecords", document, REG_BINARY,
              struct.pack("<QqII", when, -324_000_000_000, 0x01A4E1C2, 0x7FFFFFFF), when)
    for number, url in enumerate(typed_urls or [], 1):
        h.set("Software\\Microsoft\\Internet Explorer\\TypedURLs", f"url{number}", REG_SZ, url)
    names = recent or []
    if names:
        h.set(f"{_EXPLORER}\\RecentDocs", "MRUListEx", REG_BINARY, b"".join(struct.pack("<I", i) for i in range(len(names))) + b"\xff\xff\xff\xff")
        for number, name in enumerate(names):
            h.set(f"{_EXPLORER}\\RecentDocs", str(number), REG_BINARY, name.encode("utf-16-le") + b"\0\0")
    h.set("Environment", "TEMP", REG_EXPAND_SZ, "%USERPROFILE%\\AppData\\Local\\Temp")
    h.set("Control Panel\\International", "LocaleName", REG_SZ, "ja-JP")
    h.set("Control Panel\\Desktop", "PreferredUILanguages", REG_MULTI_SZ, ["ja-JP"])
    return h


def sam(written: int, accounts: dict) -> Hive:
    """accounts: {name: rid}. Names only: the type of each key's nameless value is the RID, as Windows writes it."""
    h = Hive("SAM", written)
    for name, rid in accounts.items():
        h.set(f"SAM\\Domains\\Account\\Users\\Names\\{name}", "", rid, b"")
    return h


def security(written: int) -> Hive:
    h = Hive("SECURITY", written)
    h.key("Policy\\Accounts", written)
    return h
