"""Sparse files cost their data alone, and everybody gets them back: by the index (read here by this file's own reader), by
hikeshi unpack, by recovery. The sizes are those of a real $UsnJrnl:$J: gigabytes of hole, some KiB of records."""

import hashlib
import json
import os
import random
import subprocess
import zipfile
from pathlib import Path

import packer
import pytest
import velociraptor_rules

HIKESHI = Path(os.environ.get("HIKESHI_BUILD_DIR", "out/linux")) / "hikeshi"
RANDOM = random.Random(20260312)
JOURNAL = "C:\\$Extend\\$UsnJrnl:$J"
RECORDS = RANDOM.randbytes(188 << 10)

# path -> (size, [(offset, data)])
SPARSE = {
    JOURNAL: (3 << 30, [((3 << 30) - len(RECORDS), RECORDS)]),
    "C:\\holes.bin": (1000000, [(0, b"a" * 70000), (200000, b"b" * 1000), (300000, b"c" * 65536)]),
    "C:\\nothing.bin": (5 << 30, []),
    "C:\\tail.bin": (70001 + (1 << 20), [(0, b"x" * 70001)]),
    "C:\\" + "n" * 255: (9000, [(8192, b"z" * 808)]),
    "C:\\taken": (50000, [(4096, b"q")]),
}
ORDINARY = {"C:\\taken.idx": b"an ordinary file of that name", "C:\\plain.txt": b"plain", "C:\\holes.bin.idx.txt": b"{}"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    extra = [("sparse", path, size, pieces) for path, (size, pieces) in SPARSE.items()]
    return packer.pack(tmp_path_factory.mktemp("sparse"), ORDINARY, extra)


def manifest_of(archive):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").decode().splitlines()]


def pieces_by_index(z, name):
    """(size, [(offset, data)]) as the index says."""
    data, out, end = z.read(name), [], 0
    for r in json.loads(z.read(name + ".idx"))["ranges"]:
        if r["file_length"]:
            out.append((r["original_offset"], data[r["file_offset"] : r["file_offset"] + r["file_length"]]))
        end = r["original_offset"] + r["length"]
    return end, out


def check(archive):
    lines = {line["path"]: line for line in manifest_of(archive) if line["role"] == "evidence"}
    with zipfile.ZipFile(archive) as z:
        assert z.testzip() is None
        for path, (size, pieces) in SPARSE.items():
            line = lines[path]
            assert pieces_by_index(z, line["name"]) == (size, pieces)
            stored = b"".join(data for _, data in pieces)
            assert line["sparse"] is True and line["logical_size"] == size and line["size"] == len(stored)
            assert line["data_from"] == (pieces[0][0] if pieces else size)
            assert line["sha256"] == hashlib.sha256(stored).hexdigest()
        for path, content in ORDINARY.items():
            assert z.read(lines[path]["name"]) == content and "sparse" not in lines[path]
    assert velociraptor_rules.problems(archive) == []
    v = packer.verdict(archive)
    assert v["sealed"] and v["bad"] == v["missing"] == v["unlisted"] == 0


def test_sparse_files_cost_their_data_and_break_no_rule(archive):
    check(archive)
    # 188 KiB of random records and 150 KB that deflate to nothing; 8 GiB of holes cost no byte.
    assert archive.stat().st_size < len(RECORDS) + 60000


def test_a_recovered_archive_keeps_the_places_of_the_data(archive, tmp_path):
    out = tmp_path / "again.zip"
    packer.run("recovers", HK_RECOVER_IN=archive, HK_RECOVER_OUT=out)
    check(out)


def offset_of(archive, name):
    with zipfile.ZipFile(archive) as z:
        return z.getinfo(name).header_offset


def test_a_run_cut_off_before_the_journal_keeps_them_too(archive, tmp_path):
    """Data and index are whole, the line that says so is not: the index itself says it."""
    name = next(line["name"] for line in manifest_of(archive) if line.get("path") == "C:\\tail.bin")
    with zipfile.ZipFile(archive) as z:
        infos = z.infolist()
        k = next(i for i, x in enumerate(infos) if x.filename == name + ".idx")
        assert infos[k - 1].filename == name  # the index stands behind its data
        cut_at = infos[k + 1].header_offset
    part = tmp_path / "cut.zip.partial"
    part.write_bytes(archive.read_bytes()[:cut_at])
    out = tmp_path / "out.zip"
    packer.run("recovers", HK_RECOVER_IN=part, HK_RECOVER_OUT=out)
    line = next(x for x in manifest_of(out) if x.get("name") == name)
    assert line["recovered"] == "unlisted" and line["sparse"] and line["logical_size"] == SPARSE["C:\\tail.bin"][0]
    assert velociraptor_rules.problems(out) == []
    # Without the index the data are kept, flat, and nothing is claimed of their place.
    part.write_bytes(archive.read_bytes()[: offset_of(archive, name + ".idx")])
    flat = tmp_path / "flat.zip"
    packer.run("recovers", HK_RECOVER_IN=part, HK_RECOVER_OUT=flat)
    line = next(x for x in manifest_of(flat) if x.get("name") == name)
    assert "sparse" not in line and line["size"] == 70001
    assert velociraptor_rules.problems(flat) == []


def test_verify_notices_an_index_that_says_something_else(archive, tmp_path):
    """Rewritten by somebody who could also rewrite sizes and CRC: the manifest's digest of the index remains."""
    raw = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as z:
        info = next(i for i in z.infolist() if i.filename.endswith("$J.idx"))
    raw[info.header_offset + 30 + len(info.filename.encode()) + 90] ^= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(raw)
    v = packer.verdict(bad)
    assert v["bad"] >= 1 and v["first"].endswith(("$J.idx", "$J"))


def unpack(archive, out):
    if not HIKESHI.exists():
        pytest.skip("the program was not built")
    r = subprocess.run([HIKESHI, "unpack", archive, "--out", out, "--lang", "en"], capture_output=True, timeout=300)
    assert r.returncode == 0, r.stdout.decode() + r.stderr.decode()


def expect_on_disk(file, size, pieces):
    assert file.stat().st_size == size
    with open(file, "rb") as f:
        for at, data in pieces:
            f.seek(max(0, at - 10))
            assert f.read(min(at, 10)) == b"\0" * min(at, 10)
            assert f.read(len(data)) == data
        end = pieces[-1][0] + len(pieces[-1][1]) if pieces else 0
        f.seek(end)
        tail = f.read(4096)
        assert tail == b"\0" * len(tail)


def test_unpack_writes_files_with_holes(archive, tmp_path):
    out = tmp_path / "tree"
    unpack(archive, out)
    for path, (size, pieces) in SPARSE.items():
        file = out / "C" / ("$Extend/$J" if path == JOURNAL else path[3:])  # as KAPE names it
        expect_on_disk(file, size, pieces)
        assert file.stat().st_blocks * 512 < sum(len(d) for _, d in pieces) + 65536, "holes were written out"
    for path, content in ORDINARY.items():
        assert (out / "C" / path[3:]).read_bytes() == content
    assert not list(out.rglob("*$J.idx"))


def velociraptors_own(path, keys=lambda r: {k: v for k, v in r.items() if v}):
    """As Velociraptor's offline collector writes it: no manifest of ours, keys with the value 0 left out."""
    size, pieces = SPARSE[JOURNAL]
    ranges = [{"file_offset": 0, "original_offset": 0, "file_length": 0, "length": pieces[0][0]},
              {"file_offset": 0, "original_offset": pieces[0][0], "file_length": len(RECORDS), "length": len(RECORDS)}]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("uploads.json", "")
        name = "uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J"
        z.writestr(name, RECORDS)
        z.writestr(name + ".idx", json.dumps({"ranges": [keys(r) for r in ranges]}))
        z.writestr("uploads/auto/C%3A/a.txt", "a")
        z.writestr("uploads/auto/C%3A/a.txt.idx", "an ordinary file")
    return path


def test_a_collection_of_velociraptors_is_unpacked_with_its_holes(tmp_path):
    out = tmp_path / "tree"
    unpack(velociraptors_own(tmp_path / "v.zip"), out)
    files = {f.name: f for f in out.rglob("*") if f.is_file()}
    journal = next(f for name, f in files.items() if name.endswith("$J"))
    expect_on_disk(journal, *SPARSE[JOURNAL])
    assert files["a.txt"].read_text() == "a" and files["a.txt.idx"].read_text() == "an ordinary file"
    assert not [name for name in files if name.endswith("$J.idx")]


@pytest.mark.parametrize("change, say", [
    (lambda rs: rs[1:], "gap"),
    (lambda rs: [{k.replace("_o", "O").replace("_l", "L"): v for k, v in r.items()} for r in rs], "snake_case"),
    (lambda rs: [{k: str(v) for k, v in r.items()} for r in rs], "snake_case"),
    (lambda rs: rs[:-1], "bytes of data"),
])  # fmt: skip
def test_the_validator_finds_a_bad_index(archive, tmp_path, change, say):
    out = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive) as z, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as w:
        for i in z.infolist():
            content = z.read(i)
            if i.filename.endswith("$J.idx"):
                content = json.dumps({"ranges": change(json.loads(content)["ranges"])})
            w.writestr(i.filename, content)
    assert any(say in p for p in velociraptor_rules.problems(out)), velociraptor_rules.problems(out)
