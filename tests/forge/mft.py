"""A $MFT without its volume: records of 1024 bytes with update sequence, $STANDARD_INFORMATION, $FILE_NAME and $DATA, after libfsntfs,
"New Technologies File System (NTFS)". Large data points to clusters nobody has."""
import struct
from dataclasses import dataclass, field

RECORD, ROOT = 1024, 5
ARCHIVE, DIRECTORY = 0x20, 0x10000000


@dataclass
class File:
    path: str                     # "Users/x/a.txt", below the root
    born: int
    size: int = 0
    modified: int = 0             # 0 = born
    changed: int = 0
    name_born: int = 0            # of $FILE_NAME; 0 = born
    deleted: bool = False
    directory: bool = False
    streams: dict[str, bytes] = field(default_factory=dict)
    number: int = 0               # set by build()

    @property
    def reference(self) -> int:
        return self.number | 1 << 48


def _attribute(kind: int, number: int, value: bytes, name: str = "", indexed: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    at = 24 + -(-len(text) // 8) * 8
    size = -(-(at + len(value)) // 8) * 8
    head = struct.pack("<IIBBHHHIHBB", kind, size, 0, len(name), 24, 0, number, len(value), at, indexed, 0)
    return (head + text.ljust(at - 24, b"\0") + value).ljust(size, b"\0")


def _in_clusters(number: int, size: int) -> bytes:
    clusters = -(-size // 4096)
    runs = struct.pack("<BII", 0x44, clusters, 1000) + b"\0"
    length = -(-(64 + len(runs)) // 8) * 8
    head = struct.pack("<IIBBHHHQQHHIQQQ", 0x80, length, 1, 0, 64, 0, number, 0, clusters - 1, 64, 0, 0, clusters * 4096, size, size)
    return (head + runs).ljust(length, b"\0")


def _file_name(parent: int, f: File, name: str) -> bytes:
    born = f.name_born or f.born
    flags = ARCHIVE | (DIRECTORY if f.directory else 0)
    return struct.pack("<QQQQQQQIIBB", parent, born, born, born, born, 0, 0, flags, 0, len(name.encode("utf-16-le")) // 2, 1) + name.encode("utf-16-le")


def record(f: File, parent: int, name: str, sequence: int = 1) -> bytes:
    modified = f.modified or f.born
    standard = struct.pack("<QQQQI", f.born, modified, f.changed or modified, modified, ARCHIVE).ljust(72, b"\0")
    parts = [_attribute(0x10, 0, standard), _attribute(0x30, 1, _file_name(parent, f, name), indexed=1)]
    if f.directory:
        parts.append(_attribute(0x90, 2, struct.pack("<IIIIIIII", 0x30, 1, 4096, 1, 16, 16, 16, 0) + struct.pack("<QHHI", 0, 16, 0, 2), "$I30"))
    elif f.size <= 64:
        parts.append(_attribute(0x80, 2, bytes(f.size)))
    else:
        parts.append(_in_clusters(2, f.size))
    parts += [_attribute(0x80, 3 + i, data, stream) for i, (stream, data) in enumerate(f.streams.items())]
    flags = (0 if f.deleted else 1) | (2 if f.directory else 0)
    body = b"".join(parts) + struct.pack("<II", 0xFFFFFFFF, 0)
    used = 56 + len(body)
    assert used <= RECORD - 8, f.path
    # A deleted file's record counts its sequence up.
    head = struct.pack("<4sHHQHHHHIIQHHI", b"FILE", 48, 3, 0, sequence + f.deleted, 1, 56, flags, used, RECORD, 0, 8, 0, f.number)
    out = bytearray((head.ljust(56, b"\0") + body).ljust(RECORD, b"\0"))
    out[48:50] = b"\x07\x00"
    for i, end in enumerate((510, 1022)):
        out[50 + 2 * i:52 + 2 * i] = out[end:end + 2]
        out[end:end + 2] = b"\x07\x00"
    return bytes(out)


def lay_out(files: list[File], formatted: int) -> dict[str, File]:
    """Gives each file its number, and makes the folders above them. {path: file}, folders first."""
    folders: dict[str, File] = {}
    for f in files:
        parts = f.path.split("/")[:-1]
        for n in range(1, len(parts) + 1):
            path = "/".join(parts[:n])
            folders.setdefault(path, File(path, formatted, directory=True))
    for f in files:
        if f.directory:
            folders[f.path] = f
    everything = folders | {f.path: f for f in files if not f.directory}
    for number, f in enumerate(everything.values(), 24):
        f.number = number
    return everything


def reference_of(laid: dict[str, File], folder: str) -> int:
    return laid[folder].reference if folder else ROOT | ROOT << 48


def table(laid: dict[str, File], formatted: int) -> bytes:
    records = [b""] * (24 + len(laid))
    for number, name in ((0, "$MFT"), (1, "$MFTMirr"), (ROOT, ".")):
        own = File(name, formatted, size=len(records) * RECORD if number == 0 else 4096, directory=number == ROOT, number=number)
        records[number] = record(own, ROOT | ROOT << 48, name, number or 1)
    for f in laid.values():
        above, _, name = f.path.rpartition("/")
        records[f.number] = record(f, reference_of(laid, above), name)
    return b"".join(r or bytes(RECORD) for r in records)


def build(files: list[File], formatted: int) -> bytes:
    return table(lay_out(files, formatted), formatted)
