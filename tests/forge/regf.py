"""Windows registry hive files (regf 1.5) and their new-format transaction logs (.LOG1).

Format: libregf, "Windows NT Registry File (REGF) format specification"; M. Suhanov, "Windows registry file format specification"
(base block, hive bins, nk, vk, lf, lh, ri, sk, db cells, security descriptors, log entries, Marvin32 hashes of the dirty pages).

    hive = Hive("SYSTEM", written=t)
    hive.set("Select", "Current", REG_DWORD, 1)
    hive.key("ControlSet001\\Services", written=t)
    data = hive.build()
"""
import struct
from dataclasses import dataclass, field

REG_NONE, REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_QWORD = 0, 1, 2, 3, 4, 7, 11
PAGE = 4096
BIG_DATA = 16344
LIST_LIMIT = 507            # entries a leaf list; more go under an ri cell
NO_CELL = 0xFFFFFFFF

# Owner and group SYSTEM, DACL: SYSTEM and Administrators full, Users read; self relative (MS-DTYP 2.4.6).
_SYSTEM = bytes.fromhex("010100000000000512000000")
_ADMINS = bytes.fromhex("01020000000000052000000020020000")
_USERS = bytes.fromhex("01020000000000052000000021020000")


def _ace(mask: int, sid: bytes) -> bytes:
    return struct.pack("<BBHI", 0, 2, 8 + len(sid), mask) + sid


def _security_descriptor() -> bytes:
    aces = [_ace(0xF003F, _SYSTEM), _ace(0xF003F, _ADMINS), _ace(0x20019, _USERS)]
    dacl = struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, aces)), len(aces), 0) + b"".join(aces)
    owner_at = 20 + len(dacl)
    return struct.pack("<BBHIIII", 1, 0, 0x8004, owner_at, owner_at + len(_ADMINS), 0, 20) + dacl + _ADMINS + _SYSTEM


@dataclass
class Value:
    name: str
    type: int
    data: bytes


@dataclass
class Key:
    name: str
    written: int
    keys: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    class_name: str = ""


def encode(kind: int, value) -> bytes:
    """A Python value as the bytes of a registry type; bytes pass unchanged."""
    if isinstance(value, bytes):
        return value
    if kind in (REG_SZ, REG_EXPAND_SZ):
        return value.encode("utf-16-le") + b"\0\0"
    if kind == REG_MULTI_SZ:
        return b"".join(v.encode("utf-16-le") + b"\0\0" for v in value) + b"\0\0"
    return struct.pack("<I" if kind == REG_DWORD else "<Q", value)


def _name(text: str) -> tuple[bytes, bool]:
    """A name as Latin-1 where that holds it (the compressed form), else UTF-16."""
    try:
        return text.encode("latin-1"), True
    except UnicodeEncodeError:
        return text.encode("utf-16-le"), False


def _name_hash(text: str) -> int:
    value = 0
    for char in text.upper():
        value = (value * 37 + ord(char)) & 0xFFFFFFFF
    return value


class Hive:
    """Keys keep the order Windows keeps: sorted by upper case name. leaf is "lh" (XP and later) or "lf"."""

    def __init__(self, file_name: str, written: int, root: str = "ROOT", leaf: str = "lh"):
        self.file_name, self.written, self.leaf = file_name, written, leaf
        self.root = Key(root, written)

    def key(self, path: str, written: int | None = None, class_name: str = "") -> Key:
        """The key at path, made with its parents where missing. written sets its last written time."""
        at = self.root
        for part in filter(None, path.split("\\")):
            at = at.keys.setdefault(part.upper(), Key(part, self.written))
        if written is not None:
            at.written = written
        if class_name:
            at.class_name = class_name
        return at

    def set(self, path: str, name: str, kind: int, value, written: int | None = None) -> None:
        self.key(path, written).values[name.upper()] = Value(name, kind, encode(kind, value))

    def build(self, sequence: int = 7, dirty: bool = False, minor: int = 5) -> bytes:
        """The hive file. dirty: the second sequence number stays behind, as after a crash, so that logs must be applied."""
        writer = _Writer(self.leaf)
        root = writer.tree(self.root)
        bins = writer.bins(self.written)
        return base_block(self.file_name, self.written, root, len(bins), sequence, sequence - 1 if dirty else sequence, minor) + bins


def checksum(head: bytes) -> int:
    """XOR of the first 508 bytes as dwords; 0 and -1 are not allowed."""
    value = 0
    for (word,) in struct.iter_unpack("<I", head[:508]):
        value ^= word
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(value, value)


def base_block(file_name: str, written: int, root: int, size: int, first: int, second: int, minor: int = 5, kind: int = 0) -> bytes:
    name = file_name.encode("utf-16-le")[-62:].ljust(64, b"\0")
    head = struct.pack("<4sIIQIIIIIII64s", b"regf", first, second, written, 1, minor, kind, 1, root, size, 1, name)
    head = head.ljust(508, b"\0")
    block = head + struct.pack("<I", checksum(head))
    return block.ljust(512 if kind else PAGE, b"\0")


class _Writer:
    """Cells in the order they are asked for. A cell never crosses a hive bin; a bin grows in pages to hold a large one."""

    def __init__(self, leaf: str):
        self.leaf = leaf
        self.done: list[bytearray] = []         # closed bins
        self.open = bytearray(32)               # the bin being filled, with room for its header
        self.base = 0                           # offset of the open bin
        self.patches: dict[int, tuple[bytearray, int]] = {}
        self.security = NO_CELL
        self.keys = 0

    def cell(self, data: bytes) -> int:
        size = (len(data) + 4 + 7) // 8 * 8
        if self._room() < size:
            self._close()
            while self._room() < size:
                self.capacity += PAGE
        at = len(self.open)
        self.open += struct.pack("<i", -size) + data.ljust(size - 4, b"\0")
        self.patches[self.base + at] = (self.open, at)
        return self.base + at

    capacity = PAGE

    def _room(self) -> int:
        return self.capacity - len(self.open)

    def _close(self) -> None:
        rest = self._room()
        if rest:
            self.open += struct.pack("<i", rest).ljust(rest, b"\0")
        self.done.append(self.open)
        self.base += len(self.open)
        self.open, self.capacity = bytearray(32), PAGE

    def patch(self, offset: int, at: int, value: int) -> None:
        """A u32 in the data of a cell written earlier."""
        store, position = self.patches[offset]
        struct.pack_into("<I", store, position + 4 + at, value)

    def bins(self, written: int) -> bytes:
        self._close()
        out = bytearray()
        for data in self.done:
            struct.pack_into("<4sIIQQI", data, 0, b"hbin", len(out), len(data), 0, written if not out else 0, 0)
            out += data
        return bytes(out)

    def tree(self, root: Key) -> int:
        return self._key(root, None)

    def _key(self, key: Key, parent: int | None) -> int:
        name, compressed = _name(key.name)
        flags = (0x20 if compressed else 0) | (0x0C if parent is None else 0)
        children = [key.keys[k] for k in sorted(key.keys)]
        values = list(key.values.values())
        class_name = key.class_name.encode("utf-16-le")
        nk = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", flags, key.written, 2, parent or 0, len(children), 0, NO_CELL, NO_CELL,
                         len(values), NO_CELL, NO_CELL, NO_CELL,
                         max((len(c.name) * 2 for c in children), default=0), max((len(c.class_name) * 2 for c in children), default=0),
                         max((len(v.name) * 2 for v in values), default=0), max((len(v.data) for v in values), default=0), 0,
                         len(name), len(class_name)) + name
        at = self.cell(nk)
        if parent is None:
            self._make_security()
        self.patch(at, 44, self.security)
        self.keys += 1
        if class_name:
            self.patch(at, 48, self.cell(class_name))
        if values:
            self.patch(at, 40, self._values(values))
        if children:
            self.patch(at, 28, self._lists(children, [self._key(c, at) for c in children]))
        if parent is None:
            self.patch(self.security, 12, self.keys)
        return at

    def _make_security(self) -> None:
        descriptor = _security_descriptor()
        self.security = self.cell(struct.pack("<2sHIIII", b"sk", 0, 0, 0, 0, len(descriptor)) + descriptor)
        self.patch(self.security, 4, self.security)
        self.patch(self.security, 8, self.security)

    def _values(self, values: list[Value]) -> int:
        offsets = []
        for v in values:
            name, compressed = _name(v.name)
            size, where = len(v.data), 0
            if size <= 4:
                size, where = size | 0x80000000, struct.unpack("<I", v.data.ljust(4, b"\0"))[0]
            elif size > BIG_DATA:
                where = self._big(v.data)
            else:
                where = self.cell(v.data)
            offsets.append(self.cell(struct.pack("<2sHIIIHH", b"vk", len(name), size, where, v.type, 1 if compressed and name else 0, 0) + name))
        return self.cell(struct.pack(f"<{len(offsets)}I", *offsets))

    def _big(self, data: bytes) -> int:
        parts = [self.cell(data[i:i + BIG_DATA]) for i in range(0, len(data), BIG_DATA)]
        listed = self.cell(struct.pack(f"<{len(parts)}I", *parts))
        return self.cell(struct.pack("<2sHII", b"db", len(parts), listed, 0))

    def _leaf(self, keys: list[Key], offsets: list[int]) -> int:
        entries = b""
        for key, offset in zip(keys, offsets):
            if self.leaf == "lh":
                entries += struct.pack("<II", offset, _name_hash(key.name))
            else:
                hint = b"" if any(ord(c) > 255 for c in key.name[:4]) else key.name[:4].encode("latin-1")
                entries += struct.pack("<I4s", offset, hint)
        return self.cell(struct.pack("<2sH", self.leaf.encode(), len(keys)) + entries)

    def _lists(self, keys: list[Key], offsets: list[int]) -> int:
        leaves = [self._leaf(keys[i:i + LIST_LIMIT], offsets[i:i + LIST_LIMIT]) for i in range(0, len(keys), LIST_LIMIT)]
        if len(leaves) == 1:
            return leaves[0]
        return self.cell(struct.pack("<2sH", b"ri", len(leaves)) + struct.pack(f"<{len(leaves)}I", *leaves))


def _marvin32(data: bytes, seed: int = 0x82EF4D887A4E55C5) -> int:
    """The hash of log entries (Suhanov, "Log entry": Hash-1 and Hash-2)."""
    lo, hi = seed & 0xFFFFFFFF, seed >> 32

    def turn(value: int, bits: int) -> int:
        return (value << bits | value >> (32 - bits)) & 0xFFFFFFFF

    def mix(lo: int, hi: int) -> tuple[int, int]:
        hi ^= lo
        lo = turn(lo, 20)
        lo = (lo + hi) & 0xFFFFFFFF
        hi = turn(hi, 9)
        hi ^= lo
        lo = turn(lo, 27)
        lo = (lo + hi) & 0xFFFFFFFF
        hi = turn(hi, 19)
        return lo, hi

    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        lo, hi = mix((lo + word) & 0xFFFFFFFF, hi)
    rest = data[whole:] + b"\x80"
    lo, hi = mix((lo + int.from_bytes(rest, "little")) & 0xFFFFFFFF, hi)
    lo, hi = mix(lo, hi)
    return hi << 32 | lo


def log1(before: bytes, after: bytes, sequence: int = 7) -> bytes:
    """A new-format .LOG1 with one entry of all pages of `after` that differ from `before` (both whole hive files)."""
    size = len(after) - PAGE
    root = struct.unpack_from("<I", after, 36)[0]
    written = struct.unpack_from("<Q", after, 12)[0]
    name = after[48:112].decode("utf-16-le").rstrip("\0")
    pages = [at for at in range(0, size, PAGE) if before[PAGE + at:2 * PAGE + at] != after[PAGE + at:2 * PAGE + at]]
    listed = b"".join(struct.pack("<II", at, PAGE) for at in pages)
    body = listed + b"".join(after[PAGE + at:2 * PAGE + at] for at in pages)
    total = (40 + len(body) + 511) // 512 * 512
    body = body.ljust(total - 40, b"\0")
    head = struct.pack("<4sIIIII", b"HvLE", total, 0, sequence, size, len(pages))
    first = _marvin32(body)
    second = _marvin32(head + struct.pack("<Q", first))
    return base_block(name, written, root, size, sequence, sequence, kind=6) + head + struct.pack("<QQ", first, second) + body
