"""Directory indexes ($I30): what is in use and what slack holds. Real ones ($HIKESHI_DATA/ntfs/i30: a folder before and after two rounds of
deleting, made for Eric Zimmerman's MFT library) beside dissect.ntfs, which reads what is in use, and beside the number of names that
dfir_ntfs 1.1 carves out of their slack; forged ones, of which it is known what lies where."""
import io
import os
import random
import re
import struct
import subprocess

import pytest

from forge import index, times
from run.pc import data_dir

TOOL = os.path.join(os.environ.get("HIKESHI_BUILD_DIR", "."), "tests", "tool_index")
AT = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
FOLDER = 900 | 7 << 48
REAL = {"Start": (50, 21), "FirstDelete": (20, 37), "SecondDelete": (10, 42)}


def read(tmp_path, root=None, blocks=None, bitmap=None, code=0):
    """(entries as tuples of place, file, parent, times, size, namespace, listed, offset, name; the counts)."""
    args = []
    for name, data in (("root", root), ("blocks", blocks), ("bitmap", bitmap)):
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        args.append("-" if data is None else str(path))
    run = subprocess.run([TOOL, *args], capture_output=True, timeout=60)
    assert run.returncode == code, run.stderr
    *rows, last = [line.split("\t") for line in run.stdout.decode().split("\n")[:-1]]
    found = [(r[0], int(r[1]) | int(r[2]) << 48, int(r[3]) | int(r[4]) << 48, tuple(map(int, r[5:9])), int(r[10]), int(r[12]), r[13] == "1", int(r[14]), r[15])
             for r in rows]
    return found, last


def counts(last):
    return dict(zip(("used", "slack", "blocks", "empty", "free", "damaged", "block_bytes"), map(int, last[1:])))


def name(text, number=50, **more):
    return index.Name(text, number, more.pop("born", AT), more.pop("parent", FOLDER), **more)


def names(found, *places):
    return [f[-1] for f in found if f[0] in (places or ("node", "free"))]


def sample(which):
    path = data_dir() / "ntfs/i30" / which / "$I30"
    if not path.exists():
        pytest.skip(f"no real evidence here: ntfs/i30/{which}")
    return path.read_bytes()


@pytest.mark.parametrize("which", REAL)
def test_index__what_is_in_use_equals_dissect(which, tmp_path):
    reader = pytest.importorskip("dissect.ntfs.index")
    attr = pytest.importorskip("dissect.ntfs.attr")
    data = sample(which)

    theirs = set()
    for at in range(0, len(data), 4096):
        for e in reader.IndexBuffer(None, io.BytesIO(data), at, 4096).entries():
            if e.is_end:
                break
            f = attr.FileName(io.BytesIO(e.key), None)
            head, = struct.unpack_from("<Q", e.header.dumps())
            theirs.add((head, tuple(t // 100 + 116_444_736_000_000_000 for t in (f.creation_time_ns, f.last_modification_time_ns, f.last_change_time_ns,
                                                                                 f.last_access_time_ns)), f.file_size, f.file_name))
    found, last = read(tmp_path, blocks=data)
    ours = {(f[1], f[3], f[4], f[8]) for f in found if f[0] == "used"}
    assert ours == theirs and len(theirs) == REAL[which][0] == counts(last)["used"]


@pytest.mark.parametrize("which", REAL)
def test_index__slack_is_every_name_that_lies_in_no_entry_in_use(which, tmp_path):
    """Beside a search of our own for the folder's reference at every byte, aligned or not, with dissect's update sequence; and how many
    different ones dfir_ntfs found."""
    util = pytest.importorskip("dissect.ntfs.util")
    data = sample(which)
    found, last = read(tmp_path, blocks=data)
    used = {(f[8], f[3]) for f in found if f[0] == "used"}
    parent, = {f[2] for f in found}
    wanted = set()
    for at in range(0, len(data), 4096):
        block = bytes(util.apply_fixup(data[at:at + 4096]))
        for hit in re.finditer(re.escape(struct.pack("<Q", parent)), block):
            units, space = block[hit.start() + 64:hit.start() + 66]
            text = block[hit.start() + 66:hit.start() + 66 + 2 * units]
            assert space < 4 and len(text) == 2 * units
            wanted.add((text.decode("utf-16-le"), struct.unpack_from("<4Q", block, hit.start() + 8)))
    ours = [(f[8], f[3]) for f in found if f[0] != "used"]
    assert set(ours) == wanted - used and len(ours) == len(set(ours)) == REAL[which][1]
    assert counts(last)["damaged"] == 0


def test_index__what_was_deleted_between_two_readings_is_in_slack_or_gone(tmp_path):
    """The three states of one folder: names that left the index, and which of them its slack still has."""
    state = {which: read(tmp_path, blocks=sample(which))[0] for which in REAL}
    listed = {which: set(names(found, "used")) for which, found in state.items()}
    for before, after in (("Start", "FirstDelete"), ("FirstDelete", "SecondDelete")):
        gone = listed[before] - listed[after]
        left = gone & set(names(state[after]))
        assert listed[after] < listed[before] and left
        by_name = {f[8]: f for f in state[before] if f[0] == "used"}
        for f in state[after]:
            if f[0] != "used" and f[8] in gone and f[1]:
                assert f[1] == by_name[f[8]][1]         # the file it was


def test_index__a_whole_folder_root_and_blocks(tmp_path):
    """Entries in use in the order of the bytes, then slack with its file, then names alone."""
    a, b, c, d, e, f, g = (name(n, 50 + i) for i, n in enumerate("abcdefg"))
    blocks = index.block([a, b], e.headless() + f.entry(), 0) + index.block([d], g.entry(), 1)
    found, last = read(tmp_path, index.root([c], children=[0, 1]), blocks, b"\x03")
    assert [x[8] for x in found] == ["c", "a", "b", "d", "f", "g", "e"]
    assert [x[0] for x in found] == ["used"] * 4 + ["node"] * 3
    assert [x[1] & 0xFFFF for x in found] == [52, 50, 51, 53, 55, 56, 0]
    assert blocks[found[4][7]:found[4][7] + 2] == b"\x37\x00"          # its offset is that of the entry
    assert counts(last) == {"used": 4, "slack": 3, "blocks": 2, "empty": 0, "free": 0, "damaged": 0, "block_bytes": 4096}


def test_index__a_small_folder_is_its_root(tmp_path):
    found, last = read(tmp_path, index.root([name("a")], name("gone.exe", 60).entry()))
    assert [(x[0], x[8]) for x in found] == [("used", "a"), ("node", "gone.exe")] and counts(last)["block_bytes"] == 0


def test_index__a_block_that_is_free_by_the_bitmap_is_slack(tmp_path):
    blocks = index.block([name("a", 50)]) + index.block([name("b", 51), name("c", 52)], name("d", 53).entry(), 1)
    found, last = read(tmp_path, index.root([]), blocks, b"\x01")
    assert [(x[0], x[8]) for x in found] == [("used", "a"), ("free", "b"), ("free", "c"), ("free", "d")] and counts(last)["free"] == 1
    found, last = read(tmp_path, index.root([]), blocks)               # not consulted: the block says so itself
    assert [(x[0], x[8]) for x in found] == [("used", "a"), ("used", "b"), ("used", "c"), ("node", "d")]


@pytest.mark.parametrize("more,listed", [
    ({}, None),                                                       # the same state: no news
    ({"born": AT - 9}, True),                                         # an older state of it
    ({"number": 51}, False), ({"sequence": 2}, False)])               # another file of that name
def test_index__what_is_in_use_is_not_told_twice(tmp_path, more, listed):
    slack = name("a.exe", **{"number": 50, **more}).entry()
    found, _ = read(tmp_path, blocks=index.block([name("a.exe")], slack + slack))
    assert [x[6] for x in found if x[0] != "used"] == ([] if listed is None else [listed])


def test_index__a_name_without_its_file_is_told_once(tmp_path):
    gone = name("gone.exe", 60)
    for slack in (gone.headless() + gone.entry(), gone.headless() + name("x", 61).entry() + gone.headless()):
        found, _ = read(tmp_path, blocks=index.block([name("a")], slack))
        assert names(found).count("gone.exe") == 1
    found, _ = read(tmp_path, blocks=index.block([name("gone.exe", 60)], gone.headless()))
    assert names(found) == []


@pytest.mark.parametrize("what,bad", [
    ("parent", {"parent": 901 | 7 << 48}), ("use of the parent", {"parent": 900 | 6 << 48}), ("namespace", {"space": 4}), ("time", {"modified": 1 << 62}),
    ("attributes", {"attributes": 0x80000000}), ("size", {"size": 1 << 60}), ("long short name", {"text": "thirteen.name", "space": index.DOS}),
    ("character", {"text": "a\u0001"}), ("separator", {"text": "a/b"}), ("NUL", {"text": "a\0b"}), ("colon", {"text": "a:b"}), ("empty name", {"text": ""})])
def test_index__what_only_looks_like_an_entry_is_left(tmp_path, what, bad):
    text = bad.pop("text", "x.exe")
    slack = index.Name(text, 60, AT, bad.pop("parent", FOLDER), **bad).entry()
    found, _ = read(tmp_path, blocks=index.block([name("a")], slack + name("good", 61).entry()))
    assert names(found) == ["good"], what


@pytest.mark.parametrize("text", ["x.exe", "見積書(最終).docx.js", "e\u030b", "😀ｶﾅ①㈱髙﨑.txt", "n" * 255, " ", "trailing."])
def test_index__names_of_every_kind(tmp_path, text):
    found, _ = read(tmp_path, blocks=index.block([name("a")], name(text, 60).entry()))
    assert names(found) == [text]


def test_index__a_name_that_runs_out_of_its_block_is_left(tmp_path):
    slack = bytes(4096 - 64 - 120 - 80) + name("n" * 40, 60).entry()
    found, last = read(tmp_path, blocks=index.block([name("a")], slack[:4096 - 64 - 120]) + index.block([name("b", 51)]))
    assert names(found) == [] and names(found, "used") == ["a", "b"] and counts(last)["damaged"] == 0


@pytest.mark.parametrize("at,byte", [(510, 1), (0, 0x20), (24 + 4, 0xFF), (24 + 5, 0xFF), (64 + 8, 1)])
def test_index__a_bad_block_costs_itself(tmp_path, at, byte):
    """A torn sector, a wrong signature, a node that is longer than its block, an entry of no length."""
    blocks = [bytearray(index.block([name(n, i)], name(n * 2, 60 + i).entry(), i)) for i, n in enumerate("abc")]
    blocks[1][at] ^= byte
    if at == 72:
        blocks[1][72:74] = bytes(2)
    found, last = read(tmp_path, blocks=b"".join(blocks))
    assert names(found, "used") == ["a", "c"] and {"aa", "cc"} <= set(names(found)) and counts(last)["damaged"] == 1


def test_index__blocks_never_written_are_no_damage(tmp_path):
    found, last = read(tmp_path, blocks=index.block([name("a")]) + bytes(8192))
    assert names(found, "used") == ["a"] and (counts(last)["empty"], counts(last)["damaged"]) == (2, 0)
    _, last = read(tmp_path, index.root([]), index.block([name("a")]) + bytes(4096), b"\x03")
    assert counts(last)["damaged"] == 1                                # the bitmap says there is one
    _, last = read(tmp_path, index.root([]), index.block([name("a")]) + b"x" * 4096, b"\x01")
    assert counts(last)["damaged"] == 0                                # what is free may hold anything


def test_index__a_stream_that_is_cut_off_keeps_what_was_whole(tmp_path):
    found, last = read(tmp_path, blocks=index.block([name("a")]) + index.block([name("b", 51)], b"", 1)[:-600])
    assert names(found, "used") == ["a"] and counts(last)["damaged"] == 1


@pytest.mark.parametrize("size", [512, 1024, 4096, 8192, 65536])
def test_index__sizes_of_blocks(tmp_path, size):
    blocks = b"".join(index.block([name(n, i)], name(n * 2, 60 + i).entry(), i, size=size) for i, n in enumerate("abcd"))
    for root in (None, index.root([], block=size)):
        found, last = read(tmp_path, root, blocks)
        assert names(found, "used") == list("abcd") and len(names(found)) == 4 and counts(last)["block_bytes"] == size


def test_index__more_than_is_held_at_once(tmp_path):
    """600 blocks, 2.4 MiB: what is in the last one is told apart from what slack of the first one says."""
    blocks = b"".join(index.block([name(f"f{i}", 100 + i)], name(f"f{599 - i}", 100 + 599 - i).entry() + name(f"g{i}", 5000 + i).entry(), i) for i in range(600))
    found, last = read(tmp_path, blocks=blocks)
    assert sorted(names(found)) == sorted(f"g{i}" for i in range(600)) and counts(last)["used"] == 600


@pytest.mark.parametrize("data", [b"", b"INDX", random.Random(3).randbytes(20000), b"INDX" + b"\xff" * 8192, bytes(4096)])
def test_index__what_is_none_gives_nothing(tmp_path, data):
    found, last = read(tmp_path, blocks=data, code=0 if data else 1)
    assert found == [] and (not data or counts(last)["used"] == 0)
