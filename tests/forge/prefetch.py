"""Windows prefetch files, versions 17, 23, 26, 30 (both variants) and 31.

Format: libscca, "Windows Prefetch File (PF) format" (file header, file information, metrics, trace chains, file name
strings, volume information, file references, directory strings); hash functions: the same document, "Prefetch hash".
Where that document says "unknown" the value seen in files of Windows XP, 7, 8.1, 10 and 11 is written.
"""
import struct
from dataclasses import dataclass, field

from . import lzxpress_huffman

VERSIONS = (17, 23, 26, 30, 31)
_INFO_SIZE = {(17, 1): 68, (23, 1): 156, (26, 1): 220, (30, 1): 220, (30, 2): 212, (31, 2): 212}
_VOLUME_SIZE = {17: 40, 23: 104, 26: 104, 30: 96, 31: 96}


@dataclass
class Volume:
    """device: \\DEVICE\\HARDDISKVOLUME2 or \\VOLUME{01d…-serial}; directories and references belong to this volume."""
    device: str
    creation_time: int
    serial: int
    directories: list[str] = field(default_factory=list)
    references: list[int] = field(default_factory=list)


@dataclass
class File:
    """One loaded file: full device path, NTFS reference (entry | sequence << 48), milliseconds, flags."""
    path: str
    reference: int = 0
    start_ms: int = 0
    duration_ms: int = 1
    flags: int = 0x200


@dataclass
class Prefetch:
    executable: str                     # as in the file name, at most 29 characters are kept
    hash: int
    run_count: int
    run_times: list[int]                # newest first; versions 17 and 23 keep one, later ones eight
    files: list[File]
    volumes: list[Volume]
    hashed: str = ""                    # the text that was hashed; variant 2 and version 31 keep it


def volume_device(volume_creation: int, serial: int) -> str:
    """The device name of Windows 10 and 11: \\VOLUME{creation time-serial}."""
    return f"\\VOLUME{{{volume_creation:016x}-{serial:08x}}}"


def path_hash(device_path: str, version: int) -> int:
    """The number in the file name. device_path: upper case, with \\DEVICE\\HARDDISKVOLUMEn, plus any hashed command line."""
    data = device_path.upper().encode("utf-16-le")
    if version == 17:
        return _hash_xp(data)
    return _hash_2008(data)


def _hash_xp(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value * 37 + byte) & 0xFFFFFFFF
    value = value * 314159269 & 0xFFFFFFFF
    if value > 0x80000000:
        value = 0x100000000 - value
    return value % 1000000007


def hash_vista(device_path: str) -> int:
    """Windows Vista alone; it writes version 23 as Windows 7 does, but hashes byte by byte."""
    value = 314159
    for byte in device_path.upper().encode("utf-16-le"):
        value = (value * 37 + byte) & 0xFFFFFFFF
    return value


def _hash_2008(data: bytes) -> int:
    value, at = 314159, 0
    while at + 8 < len(data):
        part = data[at + 1]
        for i in range(2, 7):
            part = part * 37 + data[at + i]
        part = part * 37 + data[at] * 442596621 + data[at + 7]
        value = (part - value * 803794207) & 0xFFFFFFFF
        at += 8
    for byte in data[at:]:
        value = (value * 37 + byte) & 0xFFFFFFFF
    return value


def file_name(p: Prefetch) -> str:
    """The name in C:\\Windows\\Prefetch."""
    return f"{p.executable.upper()[:29]}-{p.hash:08X}.pf"


def _align(data: bytearray, size: int) -> None:
    data += bytes(-len(data) % size)


def _strings(files: list[File]) -> tuple[bytes, list[int]]:
    out, offsets = bytearray(), []
    for f in files:
        offsets.append(len(out))
        out += f.path.encode("utf-16-le") + b"\0\0"
    return bytes(out), offsets


def _metrics(p: Prefetch, offsets: list[int], version: int) -> bytes:
    out = bytearray()
    for f, offset in zip(p.files, offsets):
        chars = len(f.path.encode("utf-16-le")) // 2
        if version == 17:
            out += struct.pack("<5I", f.start_ms, f.duration_ms, offset, chars, f.flags)
        else:
            out += struct.pack("<6IQ", f.start_ms, f.duration_ms, f.duration_ms, offset, chars, f.flags, f.reference)
    return bytes(out)


def _trace_chains(count: int, version: int) -> bytes:
    out = bytearray()
    for i in range(count):
        following = i + 1 if i + 1 < count else 0xFFFFFFFF
        if version >= 30:
            out += struct.pack("<IBBH", 8 * i, 2, 0xC0, 0xFFFF)
        else:
            out += struct.pack("<IIBBH", following, 2 * i, 2, 1, 0x0103)
    return bytes(out)


def _volume_blocks(p: Prefetch, version: int) -> bytes:
    """Volume information entries, then for each its device path, file references and directory strings."""
    size = _VOLUME_SIZE[version]
    heads, tail = bytearray(), bytearray()
    base = size * len(p.volumes)
    for v in p.volumes:
        device_at = base + len(tail)
        tail += v.device.encode("utf-16-le") + b"\0\0"
        _align(tail, 8)
        references_at = base + len(tail)
        if version == 17:
            references = struct.pack("<II", 1, len(v.references)) + b"".join(struct.pack("<Q", r) for r in v.references)
        else:
            references = struct.pack("<IIQ", 3, len(v.references), 0) + b"".join(struct.pack("<Q", r) for r in v.references)
        tail += references
        directories_at = base + len(tail)
        for d in v.directories:
            encoded = d.encode("utf-16-le")
            tail += struct.pack("<H", len(encoded) // 2) + encoded + b"\0\0"
        _align(tail, 8)
        n_files = sum(1 for f in p.files if f.path.startswith(v.device + "\\"))
        head = struct.pack("<IIQIIIIIII", device_at, len(v.device), v.creation_time, v.serial, references_at,
                           len(references), directories_at, len(v.directories), n_files if version > 17 else 0, 0)[:size]
        heads += head.ljust(size, b"\0")
    return bytes(heads + tail)


def _information(p: Prefetch, version: int, variant: int, sections: tuple, path_string: tuple[int, int]) -> bytes:
    n_directories = sum(len(v.directories) for v in p.volumes)
    out = struct.pack("<9I", *sections)
    if version == 17:
        out += struct.pack("<Q16xII", p.run_times[0], p.run_count, 1)
    elif version == 23:
        out += struct.pack("<IIQ16xII", n_directories, 1, p.run_times[0], p.run_count, 1)
    else:
        times = (p.run_times + [0] * 8)[:8]
        gap = 16 if variant == 1 else 8
        out += struct.pack(f"<II8Q{gap}xIII", n_directories, 1, *times, p.run_count, 1, 0)
        if variant == 2:
            out += struct.pack("<II", *path_string)
    return out.ljust(_INFO_SIZE[version, variant], b"\0")


def build(p: Prefetch, version: int, variant: int | None = None, mam: bool | None = None) -> bytes:
    """The bytes of one .pf. variant: 1 or 2 (30 only); mam: compressed, by default for 30 and 31 as Windows does."""
    if variant is None:
        variant = 2 if version >= 30 else 1
    size = _INFO_SIZE[version, variant]
    strings, offsets = _strings(p.files)
    out = bytearray(84 + size)
    metrics_at = len(out)
    out += _metrics(p, offsets, version)
    traces_at = len(out)
    out += _trace_chains(len(p.files), version)
    strings_at = len(out)
    out += strings
    path_string = (0, 0)
    if variant == 2:
        encoded = p.hashed.upper().encode("utf-16-le") + bytes(4)
        path_string = (len(out), len(encoded))
        out += encoded
    _align(out, 8)
    volumes_at = len(out)
    out += _volume_blocks(p, version)
    sections = (metrics_at, len(p.files), traces_at, len(p.files), strings_at, len(strings),
                volumes_at, len(p.volumes), len(out) - volumes_at)
    out[84:84 + size] = _information(p, version, variant, sections, path_string)
    name = p.executable.upper()[:29].encode("utf-16-le").ljust(60, b"\0")
    out[0:84] = struct.pack("<I4sII60sII", version, b"SCCA", 0x0F if version == 17 else 0x11, len(out), name, p.hash, 0)
    compressed = version >= 30 if mam is None else mam
    return lzxpress_huffman.mam(bytes(out)) if compressed else bytes(out)
