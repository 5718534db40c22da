"""Binary XML as event logs have it: names, templates, substitutions and values inside one chunk.

Format: libevtx, "Windows XML Event Log (EVTX) format", sections "Binary XML", "Name", "Template definition", "Value types";
MS-EVEN6 2.2.12. All offsets are from the start of the chunk; a name or a template definition is written where it is
first used and only referred to afterwards.
"""
import hashlib
import struct
from dataclasses import dataclass, field

NULL, STRING, UINT8, UINT16, UINT32, UINT64 = 0x00, 0x01, 0x04, 0x06, 0x08, 0x0A
BOOL, BINARY, GUID, FILETIME, SID, HEX32, HEX64, XML, STRINGS = 0x0D, 0x0E, 0x0F, 0x11, 0x13, 0x14, 0x15, 0x21, 0x81
FRAGMENT = b"\x0f\x01\x01\x00"
_INTEGERS = {UINT8: "<B", UINT16: "<H", UINT32: "<I", UINT64: "<Q", FILETIME: "<Q", HEX32: "<I", HEX64: "<Q", BOOL: "<I"}


@dataclass(frozen=True)
class Hole:
    """A substitution: value number and type; an optional one leaves its element or attribute out when empty."""
    number: int
    type: int
    optional: bool = False


@dataclass(frozen=True)
class Element:
    name: str
    attributes: tuple = ()          # (name, str | Hole)
    content: tuple = ()             # str | Hole | Element


@dataclass
class Instance:
    """A template and the values for its holes: (type, Python value) each; XML values are Instances."""
    template: Element
    values: list = field(default_factory=list)


def guid(text: str) -> bytes:
    a, b, c, d, e = text.strip("{}").split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def sid(text: str) -> bytes:
    """S-1-5-21-… as bytes (MS-DTYP 2.4.2.2)."""
    _, revision, authority, *parts = text.split("-")
    return struct.pack(">BB", int(revision), len(parts)) + int(authority).to_bytes(6, "big") + b"".join(struct.pack("<I", int(p)) for p in parts)


def name_hash(name: str) -> int:
    value = 0
    for char in name:
        value = (value * 65599 + ord(char)) & 0xFFFFFFFF
    return value & 0xFFFF


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def plain_value(kind: int, value) -> bytes:
    if kind == NULL:
        return b""
    if kind == STRING:
        return _wide(value)
    if kind == STRINGS:
        return b"".join(_wide(v) + b"\0\0" for v in value)
    if kind == GUID:
        return guid(value)
    if kind == SID:
        return sid(value)
    if kind == BINARY:
        return value
    return struct.pack(_INTEGERS[kind], value)


class Space:
    """The bytes of one chunk with its table of names (64 buckets) and of templates (32 buckets).

    How Windows chooses the bucket of a template is not published and not seen from its files; ours is the id modulo 32.
    """

    def __init__(self, header: int):
        self.data = bytearray(header)
        self.names: dict[str, int] = {}
        self.templates: dict[Element, int] = {}
        self.name_buckets = [0] * 64
        self.template_buckets = [0] * 32

    def mark(self) -> tuple:
        return len(self.data), dict(self.names), dict(self.templates), list(self.name_buckets), list(self.template_buckets)

    def back_to(self, mark: tuple) -> None:
        size, self.names, self.templates, self.name_buckets, self.template_buckets = mark
        del self.data[size:]

    def _u32(self, value: int) -> int:
        self.data += struct.pack("<I", value)
        return len(self.data) - 4

    def _size_from(self, at: int) -> None:
        """A u32 at `at` becomes the number of bytes after it."""
        struct.pack_into("<I", self.data, at, len(self.data) - at - 4)

    def _name(self, name: str) -> None:
        if name in self.names:
            self._u32(self.names[name])
            return
        at = len(self.data) + 4
        self._u32(at)
        bucket = name_hash(name) % 64
        self.data += struct.pack("<IHH", self.name_buckets[bucket], name_hash(name), len(name)) + _wide(name) + b"\0\0"
        self.names[name] = self.name_buckets[bucket] = at

    def _content(self, item) -> None:
        if isinstance(item, Element):
            self._element(item)
        elif isinstance(item, Hole):
            self.data += struct.pack("<BHB", 0x0E if item.optional else 0x0D, item.number, item.type)
        else:
            encoded = _wide(item)
            self.data += struct.pack("<BBH", 0x05, STRING, len(encoded) // 2) + encoded

    def _element(self, element: Element) -> None:
        self.data += struct.pack("<BH", 0x41 if element.attributes else 0x01, 0xFFFF)
        size_at = self._u32(0)
        self._name(element.name)
        if element.attributes:
            list_at = self._u32(0)
            for number, (name, value) in enumerate(element.attributes):
                self.data.append(0x46 if number + 1 < len(element.attributes) else 0x06)
                self._name(name)
                self._content(value)
            self._size_from(list_at)
        if element.content:
            self.data.append(0x02)
            for item in element.content:
                self._content(item)
            self.data.append(0x04)
        else:
            self.data.append(0x03)
        self._size_from(size_at)

    def instance(self, it: Instance) -> None:
        """Fragment header, template instance, values, end of fragment."""
        self.data += FRAGMENT + b"\x0c\x01"
        identifier = hashlib.md5(repr(it.template).encode()).digest()
        number = struct.unpack_from("<I", identifier)[0]
        self._u32(number)
        if it.template in self.templates:
            self._u32(self.templates[it.template])
        else:
            at = len(self.data) + 4
            self._u32(at)
            bucket = number % 32
            self.data += struct.pack("<I", self.template_buckets[bucket]) + identifier
            self.templates[it.template] = self.template_buckets[bucket] = at
            size_at = self._u32(0)
            self.data += FRAGMENT
            self._element(it.template)
            self.data.append(0x00)
            self._size_from(size_at)
        self._values(it.values)
        self.data.append(0x00)

    def _values(self, values: list) -> None:
        self._u32(len(values))
        table = len(self.data)
        self.data += bytes(4 * len(values))
        for number, (kind, value) in enumerate(values):
            start = len(self.data)
            if kind == XML:
                self.instance(value)
            else:
                self.data += plain_value(kind, value)
            struct.pack_into("<HBB", self.data, table + 4 * number, len(self.data) - start, kind, 0)
