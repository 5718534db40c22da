"""WebCacheV01.dat: the cache index, history and cookies of Internet Explorer 10/11, legacy Edge and everything that uses WinINet.

Tables and columns: as the databases of Windows 8.1 and 10 define them (catalog rows read with esedbexport); meaning of the columns:
libyal, "ESE database: Windows Explorer web cache"; container Directory + SecureDirectories[SecureDirectory] + Filename is the
path of a cached file. SecureDirectories is the eight-character folder names without separator; strings end with NUL.
"""
import hashlib
import struct
from dataclasses import dataclass, field

from . import ese
from .ese import AUTO_INCREMENT, LONG_BINARY, LONG_TEXT, LONGLONG, TEXT, ULONG, Column, Table

# EntryType bits of WinINet (wininet.h): NORMAL_CACHE_ENTRY 1, STICKY 4, COOKIE 0x100000, URLHISTORY 0x200000
NORMAL, COOKIE, HISTORY = 1, 0x100001, 0x200001


def _fixed(names: str) -> list[Column]:
    made = []
    for i, item in enumerate(names.split()):
        name, _, short = item.partition(":")
        kind = ULONG if short == "u" else LONGLONG
        made.append(Column(i + 1, name, kind, 4 if kind == ULONG else 8, AUTO_INCREMENT if i == 0 else 0))
    return made


def _tagged(names: str) -> list[Column]:
    made = []
    for i, item in enumerate(names.split()):
        name, _, short = item.partition(":")
        made.append(Column(256 + i, name, LONG_BINARY if short == "b" else LONG_TEXT, 65536, 0, 0 if short == "b" else 1200))
    return made


CONTAINERS = (_fixed("ContainerId SetId:u Flags:u Size Limit LastScavengeTime EntryMaxAge:u LastAccessTime")
              + [Column(128, "Name", TEXT, 64, 0, 1200)] + _tagged("PartitionId Directory SecureDirectories SecureUsage:b Group:b"))
ENTRIES = (_fixed("EntryId ContainerId CacheId UrlHash SecureDirectory:u FileSize Type:u Flags:u AccessCount:u SyncTime CreationTime "
                  "ExpiryTime ModifiedTime AccessedTime PostCheckTime SyncCount:u ExemptionDelta:u")
           + _tagged("Url Filename FileExtension RequestHeaders:b ResponseHeaders:b RedirectUrl Group:b ExtraData:b"))


@dataclass
class Entry:
    """Times are FILETIME; secure_directory counts from 1, 0 is none."""
    url: str
    created: int
    accessed: int
    modified: int = 0
    expires: int = 0
    synced: int = 0
    filename: str = ""
    secure_directory: int = 0
    size: int = 0
    type: int = NORMAL
    flags: int = 0
    access_count: int = 1
    response_headers: str = ""
    redirect_url: str = ""


@dataclass
class Container:
    """name: Content, History, Cookies, iedownload, MSHist01…; directory ends with a backslash."""
    name: str
    directory: str
    entries: list[Entry] = field(default_factory=list)
    secure_directories: list[str] = field(default_factory=list)
    partition: str = "M"
    last_access: int = 0


def url_hash(url: str) -> int:
    """A stable 63-bit number. WinINet's own function is not published; readers only compare and sort it."""
    return struct.unpack("<Q", hashlib.md5(url.encode()).digest()[:8])[0] >> 1


def _text(value: str) -> str | None:
    return value + "\0" if value else None


def _row(e: Entry, number: int, container: int) -> dict:
    extension = e.filename.rpartition(".")[2] if "." in e.filename else ""
    return {"EntryId": number, "ContainerId": container, "CacheId": 0, "UrlHash": url_hash(e.url), "SecureDirectory": e.secure_directory,
            "FileSize": e.size, "Type": e.type, "Flags": e.flags, "AccessCount": e.access_count, "SyncTime": e.synced or e.created,
            "CreationTime": e.created, "ExpiryTime": e.expires, "ModifiedTime": e.modified, "AccessedTime": e.accessed, "PostCheckTime": 0,
            "SyncCount": 0, "ExemptionDelta": 0, "Url": _text(e.url), "Filename": _text(e.filename), "FileExtension": _text(extension),
            "ResponseHeaders": e.response_headers.encode("latin-1") or None, "RedirectUrl": _text(e.redirect_url)}


def build(containers: list[Container], when: int, page_size: int = 32768, clean: bool = True) -> bytes:
    """The database with the table Containers and one Container_N for each container, N from 1. when: last shutdown."""
    rows = [{"ContainerId": n, "SetId": 0, "Flags": 79 if c.secure_directories else 64, "Size": sum(e.size for e in c.entries),
             "Limit": 262144000 if c.secure_directories else 1024, "LastScavengeTime": 0, "EntryMaxAge": 0, "LastAccessTime": c.last_access or when,
             "Name": _text(c.name), "PartitionId": _text(c.partition), "Directory": _text(c.directory),
             "SecureDirectories": _text("".join(c.secure_directories))} for n, c in enumerate(containers, 1)]
    tables = [Table("Containers", CONTAINERS, [1], "ContainerIdIndex", rows)]
    for n, c in enumerate(containers, 1):
        tables.append(Table(f"Container_{n}", ENTRIES, [4, 1], "HashEntryIdIndex", [_row(e, i, n) for i, e in enumerate(c.entries, 1)]))
    return ese.build(tables, when, page_size, clean)
