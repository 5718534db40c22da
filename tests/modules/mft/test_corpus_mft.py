"""Copied $MFTs beside other readers: `hikeshi ls` beside the listings published with them (The Sleuth Kit), beside dissect.ntfs and, where
it is installed, mft_dump; what the module tells beside what a filter of our own takes out of dissect's records."""
import json
import os
import re
import shutil
import subprocess
from datetime import datetime, timedelta

import pytest

from forge import mft, times
from run.pc import data_dir

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
TABLES = ["deleted.mft", "orphan.mft", "unicode.mft", "DFR-16/$MFT"]


def table(name):
    return data_dir() / "ntfs/mft" / name


def ls(path, *options):
    run = subprocess.run([HIKESHI, "ls", str(path), *options], capture_output=True, timeout=300)
    assert run.returncode in (0, 1), run.stderr
    return run.stdout.decode()


def rows(path):
    return [json.loads(line) for line in ls(path, "--jsonl", "--deleted").splitlines()]


@pytest.mark.parametrize("name", ["orphan", "unicode"])
def test_mft__a_lone_table_lists_what_fls_published(name):
    """Entry, path, size and the four times, to the second, of each line; the listing was made of the whole volume."""
    found = {(r["record"], r["path"][3:].replace("\\", "/")): r for r in rows(table(name + ".mft"))}
    n = 0
    for line in table(name + ".fls").read_text(encoding="utf-8").splitlines():
        kind, path, *shown = line.split("\t")
        if path == "$OrphanFiles":
            continue
        r = found[int(re.match(r"\S+ (?:\* )?(\d+)", kind)[1]), path]
        assert r["deleted"] == (" * " in kind) and (r["deleted"] or r["size"] == int(shown[4])), line
        for text, key in zip(shown, ("modified", "accessed", "changed", "born")):
            moment = datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S") - timedelta(hours=3 if "(MSK)" in text else 0)
            assert r["standard_information"][key][:19] == f"{moment:%Y-%m-%dT%H:%M:%S}", line
        n += 1
    assert n >= 38


@pytest.mark.parametrize("name", TABLES)
def test_mft__a_lone_table_equals_dissect(name):
    """Entry, sequence, use, names, both time sets to 100 ns, sizes of streams."""
    reader = pytest.importorskip("dissect.ntfs.mft")
    theirs = {}
    with open(table(name), "rb") as f:
        for r in reader.Mft(f).segments():
            if r.header.BaseFileRecordSegment.SegmentNumberLowPart:
                continue
            names = [a for a in r.attributes[0x30] if a.attribute.file_name and a.attribute.flags != 2]
            standard = r.attributes[0x10]
            for a in names:
                theirs.setdefault((r.segment, a.attribute.file_name), (
                    r.header.SequenceNumber, bool(r.header.Flags & 1),
                    tuple(getattr(standard[0].attribute, k + "_ns") // 100 for k in ("creation_time", "last_modification_time", "last_change_time", "last_access_time")) if standard else None,
                    tuple(getattr(a.attribute, k + "_ns") // 100 for k in ("creation_time", "last_modification_time", "last_change_time", "last_access_time"))))

    def unix(t):
        return (times.from_iso(t) - 116_444_736_000_000_000) if t else 0

    ours = {}
    for r in rows(table(name)):
        if r["stream"]:
            continue
        base = r["path"].rsplit("\\", 1)[1] or "."
        key = [tuple(unix(r[s][k]) for k in ("born", "modified", "changed", "accessed")) for s in ("standard_information", "file_name")]
        ours[r["record"], base] = (r["sequence"], not r["deleted"], *key)
    assert len(theirs) > 20
    for k, wanted in theirs.items():
        assert k in ours, k
        mine = ours[k]
        assert mine[:2] == wanted[:2], k
        for got, want in zip(mine[2:], wanted[2:]):
            # dissect shows an unset time as 1601
            assert want is None or all(g == w or (g == 0 and w <= 0) for g, w in zip(got, want)), k


@pytest.mark.parametrize("name", TABLES)
def test_mft__a_lone_table_equals_mft_dump(name):
    tool = shutil.which("mft_dump")
    if not tool:
        pytest.skip("mft_dump is not installed (cargo install mft)")
    out = subprocess.run([tool, "-o", "jsonl", str(table(name))], capture_output=True, timeout=300).stdout.decode("utf-8", "replace")
    theirs = {}
    for line in out.splitlines():
        if line.startswith("{"):
            e = json.loads(line)
            if e["header"]["base_reference"]["entry"] == 0:
                theirs[e["header"]["record_number"] if e["header"].get("record_number") is not None else e["header"]["entry"]] = e
    ours = {}
    for r in rows(table(name)):
        ours.setdefault(r["record"], []).append(r)
    n = 0
    for number, e in theirs.items():
        names = [a["data"] for a in e["attributes"] if a["header"]["type_code"] == "FileName" and a["data"].get("namespace") != "DOS" and "name" in a["data"]]
        if not names:
            continue
        n += 1
        assert number in ours, number
        shown = {r["path"].rsplit("\\", 1)[1].split(":")[0] or "." for r in ours[number]}
        assert {a["name"] for a in names} <= shown
        assert ours[number][0]["sequence"] == e["header"]["sequence"]
        assert ours[number][0]["deleted"] == ("ALLOCATED" not in e["header"]["flags"])
    assert n > 20


def test_mft__what_the_forge_makes_is_what_dissect_reads(tmp_path):
    reader = pytest.importorskip("dissect.ntfs.mft")
    from dissect.ntfs.util import get_full_path
    at = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
    made = [mft.File("Users/利用者/a.exe", at, 9000, changed=at + 7, name_born=at + 5, streams={"Zone.Identifier": b"[ZoneTransfer]"}), mft.File("Users/b.txt", at, 3, deleted=True)]
    path = tmp_path / "$MFT"
    path.write_bytes(mft.build(made, at - 1))
    with open(path, "rb") as f:
        table_ = reader.Mft(f)
        records = {r.filename: r for r in table_.segments()}
        a = records["a.exe"]
        name = a.attributes[0x30][0].attribute
        assert get_full_path(table_, name.file_name, name.attr.ParentDirectory).replace("\\", "/").lstrip("/") == "Users/利用者/a.exe"
        assert a.size() == 9000 and a.open("Zone.Identifier").read() == b"[ZoneTransfer]"
        si = a.attributes[0x10][0].attribute
        assert (si.creation_time_ns // 100, si.last_change_time_ns // 100) == (at - 116_444_736_000_000_000, at + 7 - 116_444_736_000_000_000)
        assert not records["b.txt"].header.Flags & 1


@pytest.mark.parametrize("name", TABLES)
def test_mft__the_module_counts_what_dissect_counts(name):
    reader = pytest.importorskip("dissect.ntfs.mft")
    run = subprocess.run([HIKESHI, "parse", "mft", str(table(name))], capture_output=True, timeout=120)
    volume, = (r for r in map(json.loads, run.stdout.splitlines()) if r["record"] == "mft_volume")
    with open(table(name), "rb") as f:
        base = [r for r in reader.Mft(f).segments() if not r.header.BaseFileRecordSegment.SegmentNumberLowPart]
    assert (volume["n_in_use"], volume["n_deleted"]) == (sum(bool(r.header.Flags & 1) for r in base), sum(not r.header.Flags & 1 for r in base))
