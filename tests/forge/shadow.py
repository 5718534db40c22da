"""A shadow copy on an NTFS image: what the volume was before, kept as Windows keeps it (libvshadow, "Volume Shadow Snapshot (VSS) format").

    add(now, before, created)        `now` and `before` are two states of one volume; `now` gets a store that shows `before`

Old blocks, catalog, block list and store header are put where both states have nothing; no file owns the place, which no reader asks."""
import struct
import uuid

BLOCK = 0x4000
VSS = uuid.UUID("3808876b-c176-4e48-b7ae-04046e6cc752").bytes_le


def _head(kind, at, next_at=0, relative=0):
    return (VSS + struct.pack("<IIQQQ", 1, kind, relative, at, next_at)).ljust(128, b"\0")


def _blocks(path):
    with open(path, "rb") as f:
        while block := f.read(BLOCK):
            yield block.ljust(BLOCK, b"\0")


def add(now, before, created, copy_id):
    """`created`: FILETIME; returns how many blocks differ."""
    empty, changed = [], []
    zero = bytes(BLOCK)
    for number, (new, old) in enumerate(zip(_blocks(now), _blocks(before), strict=True)):
        if new != old:
            changed.append((number, old))
        elif new == zero and number > 64:
            empty.append(number)
    store = uuid.UUID("11111111-2222-3333-4444-555555555555").bytes_le
    volume = uuid.UUID("aaaaaaaa-0000-0000-0000-00000000000c").bytes_le
    place = iter(empty[len(empty) // 2:])
    catalog, header = next(place) * BLOCK, next(place) * BLOCK
    per_list = (BLOCK - 128) // 32
    lists = [next(place) * BLOCK for _ in range(max(1, -(-len(changed) // per_list)))]
    size = sum(1 for _ in _blocks(now)) * BLOCK
    with open(now, "r+b") as f:
        rows = []
        for number, old in changed:
            at = next(place) * BLOCK
            f.seek(at)
            f.write(old)
            rows.append(struct.pack("<QQQII", number * BLOCK, 0, at, 0, 0))
        for i, at in enumerate(lists):
            f.seek(at)
            body = b"".join(rows[i * per_list:(i + 1) * per_list])
            f.write((_head(3, at, lists[i + 1] if i + 1 < len(lists) else 0) + body).ljust(BLOCK, b"\0"))
        f.seek(header)
        f.write((_head(4, header) + store + copy_id.bytes_le + uuid.uuid4().bytes_le + struct.pack("<IIIHHH", 0, 0, 0, 0, 0, 0)).ljust(BLOCK, b"\0"))
        f.seek(catalog)
        entries = struct.pack("<QQ", 2, size) + store + struct.pack("<QQQ", 1, 0x40, created)
        f.write(_head(2, catalog) + entries.ljust(128, b"\0") +
                (struct.pack("<QQ", 3, lists[0]) + store + struct.pack("<QQQQQQ", header, 0, 0, 0, 0, 0)).ljust(128, b"\0"))
        f.seek(0x1E00)
        f.write((VSS + struct.pack("<IIQQQ", 1, 1, 0, 0x1E00, 0) + struct.pack("<QQ", catalog, 0) + volume + volume).ljust(512, b"\0"))
    return len(changed)
