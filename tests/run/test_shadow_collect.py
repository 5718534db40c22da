"""Shadow copies in a collection: an NTFS volume whose earlier state is kept as Windows keeps it. libvshadow reads it, too, and says what the
files of that day were."""

import csv
import hashlib
import json
import os
import shutil
import struct
import subprocess
import uuid
import zipfile
from pathlib import Path

import pytest

from forge import events, evtx, shadow
from run.pc import HIKESHI, collect, need_to_mount, run

COPY = uuid.UUID("0f0e0d0c-0b0a-0908-0706-050403020100")
DEVICE = "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopyC{" + str(COPY) + "}"
LOGS = "Windows/System32/winevt/Logs"
DAY = 24 * 3600 * 10**7
T0 = 133_800_000_000_000_000  # 2024-12-30
HOST = "PC01"
PROGRAM = "Users/taro/Downloads/tool.exe"


def with_volume(image, env, change):
    mount = Path(image).parent / "mount"
    mount.mkdir(exist_ok=True)
    subprocess.run(["ntfs-3g", "-o", "big_writes,noatime", image, mount], env=env, check=True)
    try:
        change(mount)
    finally:
        os.sync()
        subprocess.run(["fusermount", "-u", mount], env=env, check=True)
    for _ in range(100):
        if subprocess.run(["ntfs-3g.probe", "--readonly", image], env=env, capture_output=True).returncode == 0:
            return


def service(day, name):
    return events.service_7045(T0 + day * DAY, HOST, name, rf"C:\Temp\{name}.exe")


def put(root, name, data):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


BEFORE = {
    "Windows/System32/config/SAM": b"regf the same on both days" * 1000,
    f"{LOGS}/System.evtx": evtx.build([service(d, f"svc{d}") for d in range(5)]),
    f"{LOGS}/Deleted.evtx": evtx.build([service(9, "gone")]),
    f"{LOGS}/Dedup.evtx": evtx.build([service(7, "dedup")]),
    PROGRAM: b"MZ" + bytes(3000),
    f"{LOGS}/Same.evtx": evtx.build([service(8, "same")]),
}
# The log has rolled over: it lost days 0 and 1, and goes on.
NOW = {
    f"{LOGS}/System.evtx": evtx.build([service(d, f"svc{d}") for d in range(2, 7)], first_record=3),
    f"{LOGS}/New.evtx": evtx.build([service(20, "new")]),
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    env = need_to_mount("mkntfs", "ntfs-3g", "fusermount", "ntfs-3g.probe")
    folder = tmp_path_factory.mktemp("shadow")
    now, before = folder / "now.img", folder / "before.img"
    with open(now, "wb") as f:
        f.truncate(48 << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", now], env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def first(root):
        for name, data in BEFORE.items():
            put(root, name, data)

    def then(root):
        (root / LOGS / "Deleted.evtx").unlink()
        put(root, "Users/taro/Downloads/later.txt", b"so that the folder's index is another one now")
        # By now its content lies in the deduplication store, which only Windows opens.
        os.setxattr(root / LOGS / "Dedup.evtx", "system.ntfs_reparse_data", struct.pack("<IHH", 0x80000013, 8, 0) + bytes(8))
        for name, data in NOW.items():
            put(root, name, data)

    with_volume(now, env, first)
    shutil.copyfile(now, before)
    with_volume(now, env, then)
    assert shadow.add(now, before, T0 + 10 * DAY, COPY) > 3
    return now


def opened(archive):
    with zipfile.ZipFile(archive) as z:
        lines = [json.loads(x) for x in z.read("hikeshi/manifest.jsonl").splitlines()]
        rows = [json.loads(x) for n in z.namelist() if n == "results/Hikeshi.Event.json" or "EventLog" in n or "Evtx" in n
                for x in z.read(n).splitlines() if n.startswith("results/")]
        coverage = [r for r in json.loads(z.read("hikeshi/coverage.json"))["rows"] if r["kind"] == "shadow"]
        entries = {n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist() if n.startswith("uploads/") and not n.endswith("/")}
        services = [json.loads(x) for n in z.namelist() if n.startswith("results/") for x in z.read(n).splitlines() if b"svc" in x or b"gone" in x or b'"same"' in x or b'"dedup"' in x]
    return {x["path"]: x for x in lines if "path" in x}, services, coverage, entries, rows


def old(name):
    return DEVICE + "\\" + name.replace("/", "\\")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def collected(image, tmp_path_factory):
    done, archive = collect(image, tmp_path_factory.mktemp("out"))
    assert archive, done.stderr
    return done, archive


def test_shadow_collect__libvshadow_sees_the_same_store(image):
    need_to_mount("vshadowinfo")
    said = subprocess.run(["vshadowinfo", image], capture_output=True, text=True).stdout
    assert str(COPY) in said and "Number of stores:\t1" in said, said


def test_shadow_collect__what_differs_and_what_is_gone_is_taken_from_the_newest(collected):
    manifest, _, _, entries, _ = opened(collected[1])
    for name in (f"{LOGS}/System.evtx", f"{LOGS}/Deleted.evtx"):
        line = manifest[old(name)]
        assert (line["role"], line["method"], line["outcome"]) == ("evidence", "shadow", "ok"), line
        assert line["sha256"] == sha256(BEFORE[name]) == entries[line["name"]]
        assert line["name"].startswith("uploads/auto/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopyC{")
    now = manifest["C:\\" + LOGS.replace("/", "\\") + "\\System.evtx"]
    assert (now["method"], now["sha256"]) == ("raw", sha256(NOW[f"{LOGS}/System.evtx"]))


def test_shadow_collect__what_is_the_same_is_stored_once(collected):
    manifest, _, _, entries, _ = opened(collected[1])
    for name in ("Windows/System32/config/SAM", f"{LOGS}/Same.evtx"):
        line, now = manifest[old(name)], manifest["C:\\" + name.replace("/", "\\")]
        assert (line["role"], line["same_as"], line["sha256"]) == ("same", now["name"], sha256(BEFORE[name]))
        assert sum(1 for digest in entries.values() if digest == sha256(BEFORE[name])) == 1
    assert run("verify", collected[1], "--lang", "en").returncode == 0


def test_shadow_collect__an_older_index_of_a_folder_speaks_of_the_same_folder(collected):
    with zipfile.ZipFile(collected[1]) as z:
        rows = [json.loads(x) for x in z.read("results/Hikeshi.I30Folder.json").splitlines()]
    downloads = {r["file"]: (r["path"], r["n_used"]) for r in rows if r["file"].endswith("\\Downloads:$I30")}
    assert downloads == {"C:\\Users\\taro\\Downloads:$I30": ("C:\\Users\\taro\\Downloads", 2),
                         DEVICE + "\\Users\\taro\\Downloads:$I30": ("C:\\Users\\taro\\Downloads", 1)}


def test_shadow_collect__what_cannot_be_read_otherwise_is_read_from_a_shadow_copy_and_it_is_said(collected):
    manifest, _, _, _, _ = opened(collected[1])
    now, then = manifest["C:\\" + LOGS.replace("/", "\\") + "\\Dedup.evtx"], manifest[old(f"{LOGS}/Dedup.evtx")]
    assert (now["role"], now["method"], now["read_from"]) == ("evidence", "shadow", DEVICE), now
    assert now["sha256"] == sha256(BEFORE[f"{LOGS}/Dedup.evtx"])
    assert (then["role"], then["same_as"]) == ("same", now["name"])
    with zipfile.ZipFile(collected[1]) as z:
        rows = [r for r in json.loads(z.read("hikeshi/coverage.json"))["rows"] if r["instance"] == now["path"]]
    # Never whole: what was written since is not in it.
    assert rows and all(r["state"] == "partial" and r["how"] == "shadow" for r in rows), rows


def names_of(services):
    return sorted(str(v) for r in services for v in r.values() if isinstance(v, str) and (v.startswith("svc") or v in ("gone", "same", "new", "dedup")))


def test_shadow_collect__a_record_that_both_days_have_is_told_once(collected, image, tmp_path):
    _, both, _, _, _ = opened(collected[1])
    done, archive = collect(image, tmp_path / "none", "--shadow", "none")
    assert archive, done.stderr
    manifest, now, coverage, _, _ = opened(archive)
    assert not [p for p in manifest if p.startswith("\\\\?\\")]
    assert [r["state"] for r in coverage] == ["skipped"]
    # What the older log alone has: services 0 and 1; what the deleted one had. Nothing else is said again.
    extra = sorted(set(names_of(both)) - set(names_of(now)))
    assert extra == ["dedup", "gone", "svc0", "svc1"]
    for name in set(names_of(now)):
        assert names_of(both).count(name) == names_of(now).count(name), name


def test_shadow_collect__coverage_has_a_row_of_its_own(collected):
    [row] = opened(collected[1])[2]
    assert (row["instance"], row["state"]) == (DEVICE, "examined"), row
    assert row["to"].startswith("2025-01-")
    assert collected[0].returncode in (0, 1)


def test_shadow_collect__unpack_gives_every_file_of_both_days(collected, tmp_path):
    done = run("unpack", collected[1], "--out", tmp_path / "tree", "--lang", "en")
    assert done.returncode == 0, done.stderr
    [log] = (tmp_path / "tree").glob("*_CopyLog.csv")
    with open(log, encoding="utf-8-sig", newline="") as f:
        rows = {r["SourceFile"]: r for r in csv.DictReader(f)}
    for name, data in BEFORE.items():
        if name == PROGRAM:
            continue  # in the file table, not in the collection
        r = rows[old(name)]
        assert Path(r["DestinationFile"]).read_bytes() == data
        assert Path(r["DestinationFile"]).relative_to(tmp_path / "tree").parts[0] == "VSSC{" + str(COPY) + "}"
        assert r["ReadBy"] == "shadow"


def test_shadow_collect__the_archive_gives_the_same_records_again(collected, tmp_path):
    assert run("analyze", collected[1], "--out", tmp_path / "again", "--lang", "en", "--quiet").returncode in (0, 1)
    with zipfile.ZipFile(collected[1]) as z:
        first = {n[len("results/"):]: sorted(z.read(n).decode().splitlines()) for n in z.namelist() if n.startswith("results/") and n.endswith(".json")}
    again = {p.name: sorted(p.read_text(encoding="utf-8").splitlines()) for p in (tmp_path / "again").glob("Hikeshi.*.json")}
    assert again == first and sum(map(len, first.values())) > 5


def test_shadow_collect__a_wrong_word_is_refused(tmp_path):
    done = subprocess.run([HIKESHI, "collect", "--shadow", "every", "--out", tmp_path, "--lang", "en"], capture_output=True)
    assert done.returncode == 2 and b"none, latest or all" in done.stderr


def test_shadow_collect__the_file_table_of_an_older_day_repeats_nothing(collected):
    now, older = {}, {}
    with zipfile.ZipFile(collected[1]) as z:
        for n in z.namelist():
            for row in map(json.loads, z.read(n).splitlines() if n.startswith("results/") and n.endswith(".json") else ()):
                where = older if row["file"].startswith("\\\\?\\") else now
                where.setdefault(json.dumps({k: v for k, v in row.items() if k != "file"}, sort_keys=True), row)
    assert now and older and not set(now) & set(older)
    table = [r for r in now.values() if r["file"] == "C:\\$MFT" and r["record"] != "mft_volume"]
    assert any("tool.exe" in json.dumps(r) for r in table), table
    for row in older.values():
        if row["file"].endswith("$MFT") and row["record"] != "mft_volume":
            assert row["path"].startswith("C:\\"), row


def test_shadow_collect__dissect_keeps_the_older_day_apart(collected):
    target = pytest.importorskip("dissect.target").Target.open(str(collected[1]))
    names = lambda folder: {p.name for p in target.fs.path(folder).iterdir()}  # noqa: E731
    assert names(f"c:/{LOGS}") == names(f"sysvol/{LOGS}") == {"System.evtx", "New.evtx", "Same.evtx", "Dedup.evtx"}
    assert names(f"$fs$/fs0/{LOGS}") == {"System.evtx", "Deleted.evtx"}
    older = target.fs.path(f"$fs$/fs0/{LOGS}/System.evtx").read_bytes()
    assert older == BEFORE[f"{LOGS}/System.evtx"]


def test_shadow_collect__the_exe_takes_the_same(collected, image, tmp_path):
    done, archive = collect(image, tmp_path, exe=True)
    assert archive, done.stderr
    take = lambda manifest: {p: [x.get(k) for k in ("role", "method", "outcome", "sha256", "same_as", "read_from")]  # noqa: E731
                             for p, x in manifest.items()}
    assert take(opened(archive)[0]) == take(opened(collected[1])[0])
    assert {json.dumps(r) for r in opened(archive)[1]} == {json.dumps(r) for r in opened(collected[1])[1]}
