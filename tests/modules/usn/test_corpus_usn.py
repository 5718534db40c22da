"""Real journals beside dissect.ntfs, field by field, and beside the listing that fsutil made of one on the PC itself."""
import csv
import gzip
import io
import json
import lzma
import os
import re
import shutil
import subprocess
import zipfile
from datetime import datetime, timezone

import pytest

from forge.times import filetime, from_iso
from run.pc import collect, data_dir

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
SLOW = os.environ.get("HIKESHI_SLOW") == "1"
PIECE = 1 << 20


def parse(path):
    run = subprocess.run([HIKESHI, "parse", "usn", str(path)], capture_output=True, timeout=300)
    return [r for r in map(json.loads, run.stdout.splitlines()) if r["record"] == "usn_entry"], run


def theirs(data):
    reader = pytest.importorskip("dissect.ntfs.usnjrnl")
    return list(reader.UsnJrnl(io.BytesIO(data)).records())


def number(reference):
    return reference.SegmentNumberLowPart | reference.SegmentNumberHighPart << 32


def as_theirs(r):
    return (r.record.Usn, r.record.TimeStamp, r.record.Reason.value & 0xFFFFFFFF, r.record.SourceInfo.value, r.record.SecurityId, r.record.FileAttributes.value,
            number(r.record.FileReferenceNumber), r.record.FileReferenceNumber.SequenceNumber, number(r.record.ParentFileReferenceNumber),
            r.record.ParentFileReferenceNumber.SequenceNumber, r.filename, r.record.RecordLength)


def as_ours(r):
    return (r["usn"], from_iso(r["timestamp"]), int(r["reason"], 16), int(r["source"], 16), r["security_id"], int(r["attributes"], 16), r["entry"], r["sequence"],
            r["parent_entry"], r["parent_sequence"], r["name"], r["record_bytes"])


def published(name):
    """{version: count} that the corpus' list gives for a journal."""
    with open(data_dir() / "CORPUS.tsv", encoding="utf-8") as f:
        for row in csv.reader(f, delimiter="\t"):
            if len(row) > 1 and row[1] == f"ntfs/usnjrnl/{name}":
                return {int(k): int(n) for k, n in re.findall(r"\bv([234])=(\d+)", "\t".join(row))}
    pytest.skip(f"no line for {name} in the corpus' list")


def each_by_theirs(data):
    """dissect reads each entry; the way from one to the next is ours: a piece cut out of a journal has its pages elsewhere."""
    reader, at, out = pytest.importorskip("dissect.ntfs.usnjrnl"), 0, []
    stream = io.BytesIO(data)
    while at + 60 <= len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        if size == 0:
            at += 8
        elif at + size > len(data):
            break
        else:
            out.append(reader.UsnRecord(None, stream, at))
            at += size
    return out


@pytest.mark.parametrize("name", ["UsnJrnl.raw", "sample.bin"])
def test_usn__small_journals_equal_dissect(name):
    data = (data_dir() / "ntfs/usnjrnl" / name).read_bytes()
    ours, _ = parse(data_dir() / "ntfs/usnjrnl" / name)
    assert [as_ours(r) for r in ours] == [as_theirs(r) for r in each_by_theirs(data)] and len(ours) >= 19


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """(entries, finished process, bytes) of the journal of 39 MB."""
    data = gzip.decompress((data_dir() / "ntfs/usnjrnl/$J.gz").read_bytes())
    path = tmp_path_factory.mktemp("usn") / "$J"
    path.write_bytes(data)
    return *parse(path), data


def test_usn__a_journal_of_39_megabytes_equals_dissect(large):
    ours, run, data = large
    assert run.returncode == 0
    assert {v: sum(r["version"] == v for r in ours) for v in {r["version"] for r in ours}} == published("$J.gz")
    # dissect takes long for all of it: two pieces of whole pages, or everything when asked.
    base = ours[0]["usn"]
    for at in (0,) if SLOW else (0, len(data) // 2 // 4096 * 4096):
        size = len(data) if SLOW else PIECE
        mine = [as_ours(r) for r in ours if at <= r["usn"] - base < at + size]
        assert mine == [as_theirs(r) for r in theirs(data[at:at + size])]


def test_usn__paths_are_what_the_journal_itself_says(large):
    """A path is given only where every folder above is named in the journal: built here once more, from the entries before and, for
    folders not named before, from their first entry."""
    ours = large[0]
    folders = {}
    for r in ours:
        if int(r["attributes"], 16) & 0x10:
            folders.setdefault((r["entry"], r["sequence"]), (r["parent_entry"], r["parent_sequence"], r["name"]))
    known = 0
    for r in ours:
        at, parts = (r["parent_entry"], r["parent_sequence"]), [r["name"]]
        while at[0] != 5 and at in folders and len(parts) < 100:
            parts.append(folders[at][2])
            at = folders[at][:2]
        assert r["path"] == ("\\" + "\\".join(reversed(parts)) if at[0] == 5 else "")
        known += at[0] == 5
        if int(r["attributes"], 16) & 0x10 and not int(r["reason"], 16) & 0x1000:
            folders[r["entry"], r["sequence"]] = (r["parent_entry"], r["parent_sequence"], r["name"])
    assert known > 1000


# ---- fsutil usn readjournal, on the PC the journal is from; it shows version 2 as 3

def fsutil(path):
    """Entries as listed, and the number the next one would have: what was written after the listing."""
    out = []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    for block in re.split(r"(?m)^(?=Usn  )", text):
        fields = dict(re.findall(r"(?m)^([A-Z][A-Za-z ]+?) *: (.*?) *$", block))
        if "Usn" in fields:
            out.append(fields)
    return out, int(re.search(r"Next USN *: (\d+)", text)[1])


def value(fields, key):
    return int(fields[key].partition(":")[0], 16) if key in fields else 0


def test_usn__equals_the_listing_of_fsutil():
    folder = data_dir() / "ntfs/usnjrnl"
    if not (folder / "usnjrnlj.bin").exists():
        pytest.skip("usnjrnlj.bin with its listing is not in the corpus here")
    ours, run = parse(folder / "usnjrnlj.bin")
    listed, end = fsutil(folder / "usnjrnlj.fsutil.txt")
    ours = [r for r in ours if r["usn"] < end]
    assert run.returncode == 0 and len(ours) == len(listed) > 200
    offsets = set()
    for mine, fields in zip(ours, listed):
        assert mine["usn"] == int(fields["Usn"])
        assert int(mine["reason"], 16) == value(fields, "Reason")
        assert int(mine["source"], 16) == value(fields, "Source info")
        assert (mine["sequence"] << 48 | mine["entry"]) == int(fields["File ID"], 16)
        assert (mine["parent_sequence"] << 48 | mine["parent_entry"]) == int(fields["Parent file ID"], 16)
        assert (mine["version"] == 4) == (fields["Major version"] == "4")
        if mine["version"] == 4:
            assert mine["n_extents"] == int(fields["Number of extents"]) and mine["record_bytes"] == int(fields["Record length"])
            continue
        assert len(mine["name"].encode("utf-16-le")) == int(fields["File name length"])
        assert mine["name"] == fields["File name"] or not fields["File name"].isascii()
        assert int(mine["attributes"], 16) == value(fields, "File attributes")
        assert mine["security_id"] == int(fields["Security ID"])
        shown = datetime.strptime(fields["Time stamp"], "%m/%d/%Y %H:%M:%S").replace(tzinfo=timezone.utc)
        offsets.add((from_iso(mine["timestamp"]) - filetime(shown)) // 10_000_000)
    assert len(offsets) == 1     # its time zone: whole seconds, the same for all


def test_usn__the_journal_of_a_volume_is_collected_and_told(tmp_path):
    """plaso's image, whose journal lies in the corpus as a file, too: the same bytes, and coverage says since when."""
    tool = shutil.which("qemu-img")
    if not tool:
        pytest.skip("qemu-img is not installed")
    packed, raw = tmp_path / "v.qcow2", tmp_path / "v.raw"
    packed.write_bytes(lzma.decompress((data_dir() / "ntfs/plaso/usnjrnl.qcow2.xz").read_bytes()))
    subprocess.run([tool, "convert", "-O", "raw", str(packed), str(raw)], check=True, timeout=120)
    done, archive = collect(raw, tmp_path / "out")
    assert archive, done.stderr
    with zipfile.ZipFile(archive) as z:
        stored = z.read("uploads/auto/C%3A/$Extend/$UsnJrnl%3A$J")
        told, = map(json.loads, z.read("results/Hikeshi.UsnJournal.json").decode().splitlines())
        rows = [r for r in json.loads(z.read("hikeshi/coverage.json"))["rows"] if r["kind"] == "usn"]
        assert json.loads(z.read("results/Hikeshi.MftVolume.json"))["n_entries"] == 32
    assert stored == (data_dir() / "ntfs/usnjrnl/UsnJrnl.raw").read_bytes()
    assert {2: told["n_entries"]} == published("UsnJrnl.raw")
    assert [(r["state"], r["instance"]) for r in rows] == [("examined", "C:\\$Extend\\$UsnJrnl:$J")]
    assert told["oldest_at"] <= rows[0]["from"] <= told["newest_at"]
