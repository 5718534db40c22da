"""$I files of a recycle bin: u64 version, u64 size, FILETIME, path (libyal dtformats, "Windows Recycler file formats")."""
import struct


def build(path: str, size: int, deleted: int, version: int = 2) -> bytes:
    text = path.encode("utf-16-le")
    if version == 1:
        return struct.pack("<QQQ", 1, size, deleted) + text.ljust(520, b"\0")
    return struct.pack("<QQQI", 2, size, deleted, len(text) // 2 + 1) + text + b"\0\0"
