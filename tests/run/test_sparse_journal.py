"""A real journal behind 3 GB of hole on a real NTFS volume: collected it costs its 188 KiB, is examined from its first record, and the
archive says the same again. The volume is made by mkntfs and ntfs-3g; what is in it is what sleuthkit's icat reads."""

import gzip
import json
import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from run.pc import collect, data_dir, run

HOLE = 3 << 30
N_DATA = 188 << 10
NAME = "$UsnJrnl"


def move_to_extend(image):
    """ntfs-3g makes no file in $Extend: its record gets that folder for its parent afterwards."""
    with open(image, "r+b") as f:
        boot = f.read(512)
        sector, per_cluster = struct.unpack_from("<HB", boot, 11)
        mft = struct.unpack_from("<Q", boot, 48)[0] * sector * per_cluster
        for record in range(64, 80):
            f.seek(mft + record * 1024)
            raw = f.read(1024)
            at = raw.find(NAME.encode("utf-16le"))
            if raw[:4] == b"FILE" and at > 66:
                f.seek(mft + record * 1024 + at - 66)
                f.write(struct.pack("<Q", 11 | 11 << 48))
                return record
    raise AssertionError("no record of that name")


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    for tool in ("mkntfs", "ntfs-3g", "fusermount", "icat"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("mounting needs root and /dev/fuse")
    data = gzip.decompress((data_dir() / "ntfs/usnjrnl/$J.gz").read_bytes())[:N_DATA]
    folder = tmp_path_factory.mktemp("journal")
    image, mount = folder / "disk.img", folder / "mount"
    mount.mkdir()
    subprocess.run(["truncate", "-s", "4G", image], check=True)
    subprocess.run(["mkntfs", "-F", "-Q", "-q", image], check=True, capture_output=True)
    done = subprocess.run(["ntfs-3g", "-o", "streams_interface=windows", image, mount], capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"the kernel does not let us mount: {done.stderr!r}")
    try:
        (mount / "Windows/System32/config").mkdir(parents=True)
        (mount / NAME).touch()
        with open(f"{mount / NAME}:$J", "wb") as f:
            f.seek(HOLE)
            f.write(data)
    finally:
        subprocess.run(["fusermount", "-u", mount], check=True)
    return image, move_to_extend(image), data


@pytest.fixture(scope="module")
def archive(volume, tmp_path_factory):
    done, path = collect(volume[0], tmp_path_factory.mktemp("out"))
    assert path is not None, done.stderr
    return path


def journal_of(archive):
    with zipfile.ZipFile(archive) as z:
        rows = [json.loads(x) for x in z.read("results/Hikeshi.UsnJournal.json").splitlines()]
    return next(r for r in rows if r["record"] == "usn_journal")


def test_sparse_journal__costs_its_data(volume, archive):
    image, record, data = volume
    with zipfile.ZipFile(archive) as z:
        name = next(n for n in z.namelist() if n.endswith("$J"))
        stored, index = z.read(name), json.loads(z.read(name + ".idx"))["ranges"]
        lines = [json.loads(x) for x in z.read("hikeshi/manifest.jsonl").splitlines()]
    assert stored[: len(data)] == data and len(stored) < N_DATA + 65536
    line = next(x for x in lines if x.get("name") == name)
    assert line["sparse"] and line["logical_size"] == HOLE + N_DATA and line["data_from"] == HOLE and line["method"] == "raw"
    assert [(r["original_offset"], r["file_length"]) for r in index] == [(0, 0), (HOLE, N_DATA)]
    assert archive.stat().st_size < 400000
    # Another reader of the volume: the whole stream, and what is behind the hole in it.
    icat = subprocess.Popen(["icat", image, f"{record}-128-4"], stdout=subprocess.PIPE)
    size, tail = 0, b""
    while piece := icat.stdout.read(1 << 24):
        size += len(piece)
        tail = (tail + piece)[-N_DATA:]
    assert icat.wait() == 0 and size == HOLE + N_DATA and tail == stored


def test_sparse_journal__is_examined_from_its_first_record(archive):
    r = journal_of(archive)
    assert r["data_from"] == HOLE and r["n_entries"] > 1000 and r["lost_bytes"] == 0


def test_sparse_journal__the_archive_says_the_same_again(archive, tmp_path):
    done = run("analyze", archive, "--out", tmp_path / "again", "--lang", "en")
    again = tmp_path / "again" / "Hikeshi.UsnJournal.json"
    assert again.exists(), done.stderr
    rows = [json.loads(x) for x in again.read_text().splitlines()]
    assert next(r for r in rows if r["record"] == "usn_journal") == journal_of(archive)


def test_sparse_journal__is_unpacked_with_its_hole(archive, volume, tmp_path):
    done = run("unpack", archive, "--out", tmp_path / "tree", "--lang", "en")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "tree" / "C" / "$Extend" / "$J"
    assert file.stat().st_size == HOLE + N_DATA and file.stat().st_blocks * 512 < N_DATA + 65536
    with open(file, "rb") as f:
        f.seek(HOLE)
        assert f.read() == volume[2]


def test_sparse_journal__verifies(archive):
    assert run("verify", archive).returncode == 0
