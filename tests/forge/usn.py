"""A change journal ($UsnJrnl:$J), after MS-FSCC 2.3.62 (USN_RECORD_V2, V3) and winioctl.h (V4).

Entries never cross a page of 4096 bytes: what is left of one is zero. Windows writes an entry for each new reason since the file was
opened, and one more with CLOSE; a rename is an entry with the old name and one with the new.
"""
import struct

PAGE = 4096
OVERWRITE, EXTEND, CREATE, DELETE, OLD_NAME, NEW_NAME, BASIC, CLOSE = 0x1, 0x2, 0x100, 0x200, 0x1000, 0x2000, 0x8000, 0x80000000
ARCHIVE, DIRECTORY = 0x20, 0x10
ROOT = 5 | 5 << 48


def entry(usn: int, time: int, reason: int, file: int, parent: int, name: str, attributes: int = ARCHIVE, version: int = 2,
          source: int = 0, security: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    ids = struct.pack("<QQ", file, parent) if version == 2 else struct.pack("<QQQQ", file, 0, parent, 0)
    head = 60 if version == 2 else 76
    size = -(-(head + len(text)) // 8) * 8
    body = ids + struct.pack("<QQIIIIHH", usn, time, reason, source, security, attributes, len(text), head) + text
    return (struct.pack("<IHH", size, version, 0) + body).ljust(size, b"\0")


def extents(usn: int, reason: int, file: int, parent: int, ranges: list[tuple[int, int]]) -> bytes:
    """Version 4: which ranges were written; it has neither time nor name."""
    body = struct.pack("<QQQQQIIIHH", file, 0, parent, 0, usn, reason, 0, 0, len(ranges), 16)
    body += b"".join(struct.pack("<QQ", *r) for r in ranges)
    return struct.pack("<IHH", 8 + len(body), 4, 0) + body


class Journal:
    """Entries in the order they happen; `first` is the number (= offset) of the first."""

    def __init__(self, first: int = 0, version: int = 2):
        assert first % PAGE == 0
        self.first, self.version, self.data = first, version, bytearray()

    @property
    def next(self) -> int:
        return self.first + len(self.data)

    def _room(self, size: int) -> None:
        left = -len(self.data) % PAGE
        if left and size > left:
            self.data += bytes(left)

    def put(self, time: int, reason: int, file: int, parent: int, name: str, attributes: int = ARCHIVE) -> int:
        self._room(len(entry(0, time, reason, file, parent, name, attributes, self.version)))
        usn = self.next
        self.data += entry(usn, time, reason, file, parent, name, attributes, self.version)
        return usn

    def put_extents(self, reason: int, file: int, parent: int, ranges: list[tuple[int, int]]) -> int:
        self._room(len(extents(0, reason, file, parent, ranges)))
        usn = self.next
        self.data += extents(usn, reason, file, parent, ranges)
        return usn

    def create(self, time: int, file: int, parent: int, name: str, attributes: int = ARCHIVE) -> int:
        usn = self.put(time, CREATE, file, parent, name, attributes)
        if not attributes & DIRECTORY:
            self.put(time, CREATE | EXTEND, file, parent, name, attributes)
        self.put(time, CREATE | CLOSE | (0 if attributes & DIRECTORY else EXTEND), file, parent, name, attributes)
        return usn

    def write(self, time: int, file: int, parent: int, name: str) -> int:
        self.put(time, OVERWRITE, file, parent, name)
        return self.put(time, OVERWRITE | CLOSE, file, parent, name)

    def delete(self, time: int, file: int, parent: int, name: str) -> int:
        return self.put(time, DELETE | CLOSE, file, parent, name)

    def rename(self, time: int, file: int, parent: int, name: str, new: str, to: int | None = None, attributes: int = ARCHIVE) -> int:
        to = parent if to is None else to
        self.put(time, OLD_NAME, file, parent, name, attributes)
        usn = self.put(time, NEW_NAME, file, to, new, attributes)
        self.put(time, NEW_NAME | CLOSE, file, to, new, attributes)
        return usn
