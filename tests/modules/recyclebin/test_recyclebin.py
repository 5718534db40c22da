"""Recycle bins: real files beside the values published with them, beside dissect.target's own reading, and made ones."""
import csv
import json
import os
import struct
import subprocess

import pytest

from forge import times
from run.pc import data_dir

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
AT = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
SID = "S-1-5-21-1-2-3-1001"


def parse(path, code=0):
    run = subprocess.run([HIKESHI, "parse", "recyclebin", str(path)], capture_output=True, timeout=60)
    assert run.returncode == code, run.stdout
    return [json.loads(line) for line in run.stdout.splitlines()]


def made(tmp_path, data, name="$I0A1B2C.txt", code=0):
    path = tmp_path / "$Recycle.Bin" / SID / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return parse(path, code)


def version_1(path, size=7, at=AT):
    return struct.pack("<QQQ", 1, size, at) + path.encode("utf-16-le").ljust(520, b"\0")


def version_2(path, size=7, at=AT):
    text = path.encode("utf-16-le") + b"\0\0"
    return struct.pack("<QQQI", 2, size, at, len(text) // 2) + text


def corpus():
    """(path below the data folder, published values)"""
    out = []
    with open(data_dir() / "CORPUS.tsv", encoding="utf-8") as f:
        for row in csv.reader(f, delimiter="\t"):
            values = next((c for c in row if c.startswith("size=")), "") if row and row[0] == "recyclebin" else ""
            if values:
                out.append((row[1], dict(v.split("=", 1) for v in values.split(";"))))
    return out


def test_recyclebin__real_files_have_the_published_values():
    listed = corpus()
    for name, wanted in listed:
        r, = parse(data_dir() / name)
        assert (r["path"], r["size"], times.from_iso(r["deleted_at"])) == (wanted["name"], int(wanted["size"]), int(wanted["filetime"]))
        assert r["version"] == (1 if (data_dir() / name).stat().st_size == 544 else 2)
    assert len(listed) == 5


def test_recyclebin__real_files_equal_dissect():
    reader = pytest.importorskip("dissect.target.plugins.os.windows.recyclebin")
    layouts = reader.c_recyclebin
    for name, _ in corpus():
        data = (data_dir() / name).read_bytes()
        head = layouts.header_v1(data) if data[0] == 1 else layouts.header_v2(data)
        r, = parse(data_dir() / name)
        assert (r["version"], r["size"], times.from_iso(r["deleted_at"]), r["path"]) == (head.version, head.file_size, head.timestamp, head.filename.rstrip("\0"))


def test_recyclebin__info2_has_its_four_files():
    # plaso's test of this file publishes their number (CORPUS.tsv: records=4), libyal's rifiuti listing their form
    found = parse(data_dir() / "recyclebin/INFO2")
    data = (data_dir() / "recyclebin/INFO2").read_bytes()
    assert len(found) == 4 == (len(data) - 20) // 800
    for i, r in enumerate(found):
        row = data[20 + 800 * i:820 + 800 * i]
        index, drive, at, size = struct.unpack_from("<IIQI", row, 260)
        assert (r["index"], times.from_iso(r["deleted_at"]), r["size"]) == (index, at, size)
        assert r["path"] == row[280:].decode("utf-16-le").split("\0")[0]
        assert r["path"].encode("ascii")[1:] == row[1:260].split(b"\0")[0]
        assert os.path.basename(r["content_path"]) == f"D{chr(97 + drive)}{index}" + os.path.splitext(r["path"])[1]


@pytest.mark.parametrize("make", [version_1, version_2])
def test_recyclebin__owner_and_content_come_from_the_place(tmp_path, make):
    path = "C:\\Users\\利用者\\Desktop\\見積書 😀.xlsx"
    r, = made(tmp_path, make(path), "$I0A1B2C.xlsx")
    assert (r["path"], r["user_sid"], r["deleted_at"], r["removed"]) == (path, SID, times.iso(AT), False)
    assert r["content_path"].endswith("$R0A1B2C.xlsx") and r["content_path"].startswith(str(tmp_path))


def test_recyclebin__long_names_are_whole_in_version_2(tmp_path):
    path = "C:\\" + "長い名前\\" * 400 + "x.txt"
    assert made(tmp_path, version_2(path))[0]["path"] == path


def test_recyclebin__what_was_taken_out_of_info2_is_told(tmp_path):
    name = "D:\\a.doc"
    row = (b"\0" + name.encode()[1:]).ljust(260, b"\0") + struct.pack("<IIQI", 9, 3, AT, 5) + name.encode("utf-16-le").ljust(520, b"\0")
    r, = made(tmp_path, struct.pack("<IIIII", 5, 0, 0, 800, 0) + row, "INFO2")
    assert (r["path"], r["removed"], r["index"], os.path.basename(r["content_path"])) == (name, True, 9, "Dd9.doc")


@pytest.mark.parametrize("data,outcome", [
    (b"", "damaged"), (b"\x01" + bytes(20), "damaged"), (struct.pack("<QQQ", 3, 1, AT) + bytes(600), "unsupported"),
    (struct.pack("<QQQI", 2, 1, AT, 0x7FFFFFFF) + bytes(8), "damaged"), (struct.pack("<QQQ", 2, 1, AT), "damaged")])
def test_recyclebin__hostile_files_are_refused(tmp_path, data, outcome):
    assert [r["outcome"] for r in made(tmp_path, data, code=1)] == [outcome]


def test_recyclebin__a_name_that_is_cut_off_is_kept_and_noted(tmp_path):
    records = made(tmp_path, version_2("C:\\abc\\def.txt")[:-8], code=1)
    assert [r.get("path") for r in records if r["record"] == "recycled"] == ["C:\\abc\\def."]
    assert [r["outcome"] for r in records if r["record"] == "note"] == ["damaged"]
