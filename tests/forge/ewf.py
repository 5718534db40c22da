"""Write Expert Witness images (E01) section by section, with the faults and oddities that no acquisition program can be asked for. The
format is that of libewf's documentation; ewf-tools read what is written here (tests/source/disk/test_ewf_images.py).

    Writer(path, media_bytes).segment([chunk, …]).segment([…]).close()"""
import struct
import zlib


def section(kind, at, payload, next_at=None):
    """With `next_at` the payload need not be given."""
    size = 76 + len(payload) if next_at is None else next_at - at
    head = struct.pack("<16sQQ40x", kind.encode(), at + size, size)
    return head + struct.pack("<I", zlib.adler32(head)) + payload


def name(first, number):
    """case.E01 and 27 give case.E27, 100 gives case.EAA."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if number < 100:
        return first[:-2] + "%02d" % number
    return first[:-3] + next(suffix for n, suffix in enumerate(
        (a + b + c for a in letters[letters.index(first[-3].upper()):] for b in letters for c in letters), 100) if n == number)


class Writer:
    def __init__(self, path, media_bytes, chunk_bytes=32768, set_id=bytes(16)):
        self.path, self.media_bytes, self.chunk_bytes, self.set_id, self.n = path, media_bytes, chunk_bytes, set_id, 0

    def volume(self, kind, at):
        n_chunks = -(-self.media_bytes // self.chunk_bytes)
        head = struct.pack("<IIIIQ", 1, n_chunks, self.chunk_bytes // 512, 512, self.media_bytes // 512)
        body = head.ljust(64, b"\0") + self.set_id
        body = body.ljust(1048, b"\0")
        return section(kind, at, body + struct.pack("<I", zlib.adler32(body)))

    def tables(self, at, base, entries, bad=()):
        """`bad`: which parts are damaged: "table", "table entries", "table2", "table2 entries"."""
        out = b""
        for kind in ("table", "table2"):
            head = struct.pack("<I4xQ4x", len(entries), base)
            sums = zlib.adler32(head) ^ (kind in bad)
            body = b"".join(struct.pack("<I", e) for e in entries)
            tail = zlib.adler32(body) ^ (kind + " entries" in bad)
            out += section(kind, at + len(out), head + struct.pack("<I", sums) + body + struct.pack("<I", tail))
        return out

    def segment(self, groups, last=False, number=None, bad=()):
        """A segment file with a section of chunks and two tables for each group of chunks."""
        self.n += 1
        out = b"EVF\x09\x0d\x0a\xff\x00\x01" + struct.pack("<HH", number or self.n, 0)
        if self.n == 1:
            text = zlib.compress(b"1\nmain\nc\tn\ta\te\tt\tav\tov\tm\tu\tp\tr\n1\t1\t1\t1\t\t1\tx\t2020 1 1 0 0 0\t2020 1 1 0 0 0\t0\tf\n\n")
            out += section("header", len(out), text)
        out += self.volume("volume" if self.n == 1 else "data", len(out))
        for k, chunks in enumerate(groups):
            base, data, entries = len(out), b"", []
            for i, chunk in enumerate(chunks):
                packed = zlib.compress(chunk)
                entries.append((76 + len(data)) | (0x80000000 if i % 2 == 0 else 0))
                data += packed if i % 2 == 0 else chunk + struct.pack("<I", zlib.adler32(chunk))
            out += section("sectors", base, data)
            out += self.tables(len(out), base, entries, [b.partition(" ")[2] for b in bad if b.startswith("%d " % k)])
        out += section("done" if last else "next", len(out), b"", len(out))
        with open(name(self.path, self.n), "wb") as f:
            f.write(out)
        return self


def split(raw, chunk_bytes=32768):
    return [raw[i:i + chunk_bytes] for i in range(0, len(raw), chunk_bytes)]


def long_section(path, media_chunks, chunk_bytes=16 << 20):
    """One section of more than 2 GiB as EnCase 6.7 wrote it: offsets of 32 bits, whose highest bit says "packed" in every other image.
    `media_chunks`: {number: how it begins}; the others have no checksum. Sparse."""
    n = 2 * (2 << 30) // (chunk_bytes + 4) - 8
    w = Writer(path, n * chunk_bytes, chunk_bytes)
    head = b"EVF\x09\x0d\x0a\xff\x00\x01" + struct.pack("<HH", 1, 0)
    head += w.volume("volume", len(head))
    start = len(head) + 76
    end = start + n * (chunk_bytes + 4)
    with open(path, "wb") as f:
        f.write(head + section("sectors", len(head), b"", end))
        for i, chunk in media_chunks.items():
            f.seek(start + i * (chunk_bytes + 4))
            f.write(chunk)
            f.seek(start + i * (chunk_bytes + 4) + chunk_bytes)
            f.write(struct.pack("<I", zlib.adler32(chunk.ljust(chunk_bytes, b"\0"))))
        f.seek(end)
        tables = w.tables(end, 0, [start + i * (chunk_bytes + 4) for i in range(n)])
        f.write(tables + section("done", end + len(tables), b"", end + len(tables)))
