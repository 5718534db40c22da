"""A directory's index, $I30: entries, $INDEX_ROOT, blocks of $INDEX_ALLOCATION with their update sequence, after libfsntfs, "New
Technologies File System (NTFS)", "The index". What lies in slack is given as bytes: whole entries, or what remained of them."""
import struct
from dataclasses import dataclass

ARCHIVE, DIRECTORY = 0x20, 0x10000000
POSIX, WIN32, DOS, BOTH = 0, 1, 2, 3
BLOCK, STRIDE = 4096, 512


@dataclass
class Name:
    name: str
    number: int
    born: int
    parent: int                   # reference: record | sequence << 48
    sequence: int = 1
    modified: int = 0             # 0 = born
    changed: int = 0
    accessed: int = 0
    size: int = 0
    attributes: int = ARCHIVE
    space: int = WIN32

    @property
    def times(self):
        return self.born, self.modified or self.born, self.changed or self.born, self.accessed or self.born

    def value(self) -> bytes:
        allocated = -(-self.size // 8) * 8
        text = self.name.encode("utf-16-le", "surrogatepass")
        return struct.pack("<QQQQQQQIIBB", self.parent, *self.times, allocated, self.size, self.attributes, 0, len(text) // 2, self.space) + text

    def entry(self, child: int | None = None) -> bytes:
        value = self.value()
        size = -(-(16 + len(value)) // 8) * 8 + (0 if child is None else 8)
        head = struct.pack("<QHHI", self.number | self.sequence << 48, size, len(value), 0 if child is None else 1)
        tail = b"" if child is None else struct.pack("<Q", child)
        return (head + value).ljust(size - len(tail), b"\0") + tail

    def headless(self) -> bytes:
        """What is left of the last entry of a node when it was taken out: the end entry lies on its first 16 bytes."""
        return self.entry()[16:]


def _node(used: list[Name], slack: bytes, first: int, room: int, children: list[int] | None) -> bytes:
    body = b"".join(n.entry(children[i] if children else None) for i, n in enumerate(used))
    body += struct.pack("<QHHI", 0, 24, 0, 3) + struct.pack("<Q", children[-1]) if children else struct.pack("<QHHI", 0, 16, 0, 2)
    end = first + len(body)
    room = room or end + len(slack)
    assert end + len(slack) <= room
    return struct.pack("<IIII", first, end, room, 1 if children else 0).ljust(first, b"\0") + body + slack.ljust(room - end, b"\0")


def root(used: list[Name], slack: bytes = b"", children: list[int] | None = None, block: int = BLOCK) -> bytes:
    return struct.pack("<IIIBBH", 0x30, 1, block, 1, 0, 0) + _node(used, slack, 16, 0, children)


def block(used: list[Name], slack: bytes = b"", number: int = 0, children: list[int] | None = None, size: int = BLOCK) -> bytes:
    count = size // STRIDE + 1
    first = -(-(40 + 2 * count) // 8) * 8 - 24
    head = struct.pack("<4sHHQQ", b"INDX", 40, count, 0, number)
    out = bytearray(head + _node(used, slack, first, size - 24, children))
    out[40:42] = b"\x07\x00"
    for i in range(1, count):
        end = i * STRIDE
        out[40 + 2 * i:42 + 2 * i] = out[end - 2:end]
        out[end - 2:end] = b"\x07\x00"
    return bytes(out)
