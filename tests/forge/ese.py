"""Extensible Storage Engine databases (format 0x620, revision 0x14), pages of 8 or 32 KiB.

Format: libesedb, "Extensible Storage Engine (ESE) Database File (EDB) format specification" (file header, page header, page
tags, B+-trees, catalog, data definitions, tagged data types); the order of fields and the two checksums (XOR of dwords with
the page number, error correcting code over bit numbers) are those that databases of Windows 8.1 and 10 show.

Written: header and its copy, database root with owned and available extents, catalog and catalog shadow, tables with a primary
index, branch pages, prefix compressed keys, fixed, variable and tagged columns. Not written: secondary indexes, separated
long values (a value may have up to 1,024 bytes), MSysObjids, MSysLocales, log files. Readers of records need none of these.
"""
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from . import times

BIT, UBYTE, SHORT, LONG, CURRENCY, DOUBLE, DATETIME, BINARY, TEXT, LONG_BINARY, LONG_TEXT = 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12
ULONG, LONGLONG, GUID, USHORT = 14, 15, 16, 17
_PACK = {BIT: "<B", UBYTE: "<B", SHORT: "<h", LONG: "<i", CURRENCY: "<q", DOUBLE: "<d", DATETIME: "<d", ULONG: "<I", LONGLONG: "<q", USHORT: "<H"}
_SIZE = {kind: struct.calcsize(form) for kind, form in _PACK.items()} | {GUID: 16}
ROOT, LEAF, PARENT, SPACE_TREE = 0x1, 0x2, 0x4, 0x20
_BASE_FLAGS = 0x2800            # new checksum format; primary tree
_COMPRESSED = 4
CATALOG_PAGE, SHADOW_PAGE, FIRST_FREE_PAGE = 4, 24, 35
_TABLE_EXTENT = 10              # pages a table gets at least
NOT_NULL, AUTO_INCREMENT = 1, 4


@dataclass
class Column:
    """id: 1.. fixed, 128.. variable, 256.. tagged. code_page 1200 for UTF-16 text, 1252 for ANSI text."""
    id: int
    name: str
    type: int
    size: int = 0
    flags: int = 0
    code_page: int = 0


@dataclass
class Table:
    """key: ids of the columns of the primary index, all integers."""
    name: str
    columns: list[Column]
    key: list[int]
    index: str
    rows: list[dict] = field(default_factory=list)


# ---- keys and records

def key_part(kind: int, value: int) -> bytes:
    """Normalised integer: 0x7f, then big-endian with the sign turned, so that bytes sort as numbers do."""
    size = _SIZE[kind]
    if kind not in (ULONG, USHORT, UBYTE):
        value += 1 << (8 * size - 1)
    return b"\x7f" + value.to_bytes(size, "big")


def _encode(column: Column, value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass") if column.code_page == 1200 else value.encode("cp1252")
    if column.type == BIT:
        return b"\xff" if value else b"\0"
    return struct.pack(_PACK[column.type], value)


def record(columns: list[Column], row: dict, large: bool) -> bytes:
    """One data definition: fixed columns and their null bits, ends of the variable ones, table of the tagged ones."""
    present = {c.id: _encode(c, row[c.name]) for c in columns if row.get(c.name) is not None}
    by_id = {c.id: c for c in columns}
    last_fixed = max((i for i in present if i < 128), default=0)
    fixed, nulls = bytearray(), bytearray((last_fixed + 7) // 8)
    for i in range(1, last_fixed + 1):
        size = _SIZE.get(by_id[i].type) or by_id[i].size
        fixed += present.get(i, b"").ljust(size, b"\0")
        if i not in present:
            nulls[(i - 1) // 8] |= 1 << (i - 1) % 8
    last_variable = max((i for i in present if 128 <= i < 256), default=127)
    ends, variable = bytearray(), bytearray()
    for i in range(128, last_variable + 1):
        variable += present.get(i, b"")
        ends += struct.pack("<H", len(variable) | (0 if i in present else 0x8000))
    tagged = sorted(i for i in present if i >= 256)
    table, data = bytearray(), bytearray()
    for i in tagged:
        is_long = by_id[i].type in (LONG_BINARY, LONG_TEXT)
        if len(present[i]) > 1024:
            raise ValueError(f"{by_id[i].name}: long values are not written outside the record")
        extended = large or is_long
        table += struct.pack("<HH", i, 4 * len(tagged) + len(data) | (0x4000 if extended and not large else 0))
        data += (bytes([1 if is_long else 0]) if extended else b"") + present[i]
    head = struct.pack("<BBH", last_fixed, last_variable, 4 + len(fixed) + len(nulls))
    return head + bytes(fixed + nulls + ends + variable + table + data)


# ---- pages

def _ecc(block: bytes) -> int:
    """Low half: XOR of the numbers of all set bits; high half: XOR of their complements (16 bits each for 8 KiB)."""
    columns = rows = 0
    for number, (word,) in enumerate(struct.iter_unpack("<I", block)):
        if word:
            columns ^= word
            if word.bit_count() & 1:
                rows ^= number
    index = rows << 5
    for bit in range(32):
        if columns >> bit & 1:
            index ^= bit
    width = (len(block) * 8).bit_length() - 1
    other = index ^ ((1 << width) - 1 if columns.bit_count() & 1 else 0)
    return index | other << 16


def _checksum(block: bytes, page: int, is_header: bool) -> bytes:
    if is_header:
        block = bytes(8) + block[8:]
    xor = page
    for (word,) in struct.iter_unpack("<I", block):
        xor ^= word
    return struct.pack("<II", xor, _ecc(block))


@dataclass
class _Node:
    key: bytes
    data: bytes


class _Pages:
    def __init__(self, size: int):
        self.size, self.large = size, size > 8192
        self.header = 80 if self.large else 40
        self.done: dict[int, bytes] = {}

    def room(self) -> int:
        return self.size - self.header

    def cost(self, node: _Node) -> int:
        return len(node.key) + len(node.data) + 4 + 4

    def write(self, number: int, owner: int, flags: int, first_tag: bytes, nodes: list[_Node], before: int = 0, after: int = 0) -> None:
        """first_tag: the root's space header, or the key prefix that other tags of this page may use."""
        body, tags = bytearray(first_tag), [(len(first_tag), 0, 0)]
        for node in nodes:
            prefix = 0
            if not flags & ROOT and first_tag:
                while prefix < min(len(first_tag), len(node.key)) and first_tag[prefix] == node.key[prefix]:
                    prefix += 1
            compressed = prefix > 2
            mark = _COMPRESSED << 13 if compressed and self.large else 0
            if compressed:
                cell = struct.pack("<HH", prefix | mark, len(node.key) - prefix) + node.key[prefix:] + node.data
            else:
                cell = struct.pack("<H", len(node.key)) + node.key + node.data
            tags.append((len(cell), len(body), _COMPRESSED if compressed and not self.large else 0))
            body += cell
        free = self.room() - len(body) - 4 * len(tags)
        if free < 0:
            raise ValueError("page overflow")
        head = struct.pack("<QQIIIHHHHI", 0, 0x100 + number, before, after, owner, free, 0, len(body), len(tags), _BASE_FLAGS | flags)
        if self.large:
            head += struct.pack("<QQQQQ", 0, 0, 0, number, 0)
        page = bytearray((head + body).ljust(self.size, b"\0"))
        for i, (size, offset, tag_flags) in enumerate(tags):
            struct.pack_into("<HH", page, self.size - 4 * (i + 1), size, offset | tag_flags << 13)
        if self.large:
            block = self.size // 4
            for i in range(1, 4):
                page[32 + 8 * i:40 + 8 * i] = _checksum(bytes(page[block * i:block * (i + 1)]), number, False)
            page[0:8] = _checksum(bytes(page[:block]), number, True)
        else:
            page[0:8] = _checksum(bytes(page), number, True)
        self.done[number] = bytes(page)

    def space_trees(self, owner: int, at: int, last: int, count: int) -> None:
        """Owned extents (one) and available extents (none) of a tree, at pages at and at + 1."""
        self.write(at, owner, ROOT | LEAF | SPACE_TREE, bytes(16), [_Node(struct.pack(">I", last), struct.pack("<I", count))])
        self.write(at + 1, owner, ROOT | LEAF | SPACE_TREE, bytes(16), [])

    def leaves(self, nodes: list[_Node]) -> list[list[_Node]]:
        groups, used = [[]], 0
        for node in nodes:
            if groups[-1] and used + self.cost(node) > self.room() - 300:
                groups.append([])
                used = 0
            groups[-1].append(node)
            used += self.cost(node)
        return groups

    def tree(self, owner: int, root: int, count: int, space: int, parent: int, nodes: list[_Node], free: list[int]) -> None:
        """Root, and leaves on pages from `free` when the root cannot hold all."""
        head = struct.pack("<IIII", count, parent, 1, space)
        if sum(map(self.cost, nodes)) <= self.room() - 300:
            self.write(root, owner, ROOT | LEAF, head, nodes)
            return
        groups = self.leaves(nodes)
        numbers = [free.pop(0) for _ in groups]
        links = [_Node(groups[i + 1][0].key if i + 1 < len(groups) else b"", struct.pack("<I", n)) for i, n in enumerate(numbers)]
        self.write(root, owner, ROOT | PARENT, head, links)
        for i, group in enumerate(groups):
            self.write(numbers[i], owner, LEAF, group[0].key, group, numbers[i - 1] if i else 0, numbers[i + 1] if i + 1 < len(numbers) else 0)


# ---- catalog

def _catalog_columns() -> list[Column]:
    fixed = [("ObjidTable", LONG, 1), ("Type", SHORT, 1), ("Id", LONG, 1), ("ColtypOrPgnoFDP", LONG, 1), ("SpaceUsage", LONG, 1), ("Flags", LONG, 1),
             ("PagesOrLocale", LONG, 1), ("RootFlag", BIT, 0), ("RecordOffset", SHORT, 0), ("LCMapFlags", LONG, 0), ("KeyMost", USHORT, 0)]
    variable = [("Name", TEXT, 1), ("Stats", BINARY, 0), ("TemplateTable", TEXT, 0), ("DefaultValue", BINARY, 0), ("KeyFldIDs", BINARY, 0),
                ("VarSegMac", BINARY, 0), ("ConditionalColumns", BINARY, 0), ("TupleLimits", BINARY, 0), ("Version", BINARY, 0), ("SortID", BINARY, 0)]
    tagged = ["CallbackData", "CallbackDependencies", "SeparateLV", "SpaceHints", "SpaceDeferredLVHints", "LocaleName"]
    return ([Column(i + 1, n, t, _SIZE[t], f, 1252) for i, (n, t, f) in enumerate(fixed)]
            + [Column(128 + i, n, t, 255, f, 1252) for i, (n, t, f) in enumerate(variable)]
            + [Column(256 + i, n, LONG_BINARY, 0, 0, 1252) for i, n in enumerate(tagged)])


def _catalog_rows(objid: int, name: str, page: int, pages: int, columns: list[Column], key: list[int], index: str, flags: int = 0) -> list[dict]:
    rows = [{"ObjidTable": objid, "Type": 1, "Id": objid, "ColtypOrPgnoFDP": page, "SpaceUsage": 80, "Flags": flags, "PagesOrLocale": pages,
             "RootFlag": True, "Name": name}]
    offset = 4
    for c in sorted(columns, key=lambda c: c.id):
        row = {"ObjidTable": objid, "Type": 2, "Id": c.id, "ColtypOrPgnoFDP": c.type, "SpaceUsage": c.size, "Flags": c.flags,
               "PagesOrLocale": c.code_page, "Name": c.name}
        if c.id < 128:
            row["RecordOffset"] = offset
            offset += _SIZE[c.type]
        rows.append(row)
    rows.append({"ObjidTable": objid, "Type": 3, "Id": objid, "ColtypOrPgnoFDP": page, "SpaceUsage": 80, "Flags": 65583, "PagesOrLocale": 0,
                 "LCMapFlags": 0x30401, "Name": index, "KeyFldIDs": b"".join(struct.pack("<HH", 0, c) for c in key),
                 "LocaleName": "en-US".encode("utf-16-le")})
    return rows


def _nodes(columns: list[Column], key: list[int], rows: list[dict], large: bool) -> list[_Node]:
    by_id = {c.id: c for c in columns}
    made = [_Node(b"".join(key_part(by_id[i].type, row[by_id[i].name]) for i in key), record(columns, row, large)) for row in rows]
    made.sort(key=lambda n: n.key)
    return made


def _log_time(ft: int) -> bytes:
    t = datetime(1601, 1, 1) + timedelta(seconds=ft // times.SECOND)
    return bytes([t.second, t.minute, t.hour, t.day, t.month, t.year - 1900, 0, 0])


def _file_header(page_size: int, when: int, last_objid: int, clean: bool) -> bytes:
    h = bytearray(page_size)
    struct.pack_into("<IIIIQ", h, 0, 0, 0x89ABCDEF, 0x620, 0, 0x1000)
    struct.pack_into("<I8s", h, 24, when >> 8 & 0xFFFFFFFF, _log_time(when))
    struct.pack_into("<I", h, 52, 3 if clean else 2)
    for offset in (64, 72) + ((88,) if clean else ()):
        h[offset:offset + 8] = _log_time(when)
    struct.pack_into("<IIIIIII", h, 212, last_objid, 10, 0, 19045, 0, 0x14, page_size)
    struct.pack_into("<II", h, 340, 0x620, 0x14)
    struct.pack_into("<Q", h, 508, 0xFFFFFFFFFFFFFFFF)
    checksum = 0x89ABCDEF
    for (word,) in struct.iter_unpack("<I", bytes(h[4:])):
        checksum ^= word
    struct.pack_into("<I", h, 0, checksum)
    return bytes(h)


def build(tables: list[Table], when: int, page_size: int = 32768, clean: bool = True) -> bytes:
    """The database file. Tables get pages in the order given, object ids from 9."""
    pages = _Pages(page_size)
    catalog = _catalog_columns()
    system = _catalog_rows(2, "MSysObjects", CATALOG_PAGE, 20, catalog, [1, 2, 3], "Id", -0x40000000)
    system += _catalog_rows(3, "MSysObjectsShadow", SHADOW_PAGE, 9, catalog, [1, 2, 3], "Id", -0x40000000)
    at = FIRST_FREE_PAGE
    for number, table in enumerate(tables):
        objid = 9 + 2 * number
        nodes = _nodes(table.columns, table.key, table.rows, pages.large)
        extent = max(_TABLE_EXTENT, len(pages.leaves(nodes)) + 3)
        pages.space_trees(objid, at + 1, at + extent - 1, extent)
        pages.tree(objid, at, extent, at + 1, 1, nodes, list(range(at + 3, at + extent)))
        system += _catalog_rows(objid, table.name, at, extent, table.columns, table.key, table.index)
        at += extent
    shadow_extra = at
    catalog_nodes = _nodes(catalog, [1, 2, 3], system, pages.large)
    spare = len(pages.leaves(catalog_nodes))
    last = shadow_extra + 2 * spare
    pages.space_trees(2, 5, 23, 20)
    pages.tree(2, CATALOG_PAGE, 20, 5, 1, catalog_nodes, list(range(13, 24)) + list(range(at, at + spare)))
    pages.space_trees(3, 25, 32, 9)
    pages.tree(3, SHADOW_PAGE, 9, 25, 1, catalog_nodes, list(range(27, 33)) + list(range(at + spare, last)))
    pages.space_trees(1, 2, last, last)
    pages.write(1, 1, ROOT | LEAF, struct.pack("<IIII", last, 0, 1, 2), [])
    header = _file_header(page_size, when, 9 + 2 * len(tables), clean)
    empty = bytes(page_size)
    return header + header + b"".join(pages.done.get(n, empty) for n in range(1, last + 1))
