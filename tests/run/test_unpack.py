"""An archive as a tree again: the same bytes and times, nothing outside, nothing half, nothing overwritten."""

import csv
import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import time
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote

import pytest

from forge import assemble_pc, build, stories
from run.pc import HIKESHI, collect, data_dir, run


def unpack(archive, out, *args, exe=False, **more):
    return run("unpack", archive, "--out", out, "--lang", "en", *args, exe=exe, **more)


def rows(out):
    [log] = Path(out).glob("*_CopyLog.csv")
    text = log.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.endswith(b"\r\n") and text.split(b"\r\n")[0].endswith(b"ReadBy")
    with open(log, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def evidence_of(archive):
    """Evidence paths with their manifest lines."""
    with zipfile.ZipFile(archive) as z:
        lines = [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").splitlines()]
    return {line["path"]: line for line in lines if line["role"] == "evidence"}


def files_below(folder):
    """Relative paths of everything that is no folder; links are not followed."""
    found = set()
    for root, folders, names in os.walk(folder):
        found.update(os.path.relpath(os.path.join(root, n), folder) for n in names + [f for f in folders if os.path.islink(os.path.join(root, f))])
    return found


def made(folder, entries, mode=zipfile.ZIP_STORED):
    """A zip with names exactly as given."""
    path = Path(folder) / "other.zip"
    with zipfile.ZipFile(path, "w", mode) as z:
        for name, content in entries:
            info = zipfile.ZipInfo("x", (2026, 3, 1, 12, 0, 0))
            info.filename = name
            info.compress_type = mode
            z.writestr(info, content)
    return path


def system_path(path, exe):
    return "Z:" + str(path).replace("/", "\\") if exe else path


# ---- the same tree ---------------------------------------------------------------------------------------------------


# Tools want the journal as a file of this name.
STREAM, FILE = "$Extend/$UsnJrnl:$J", "$Extend/$J"


def check_same(archive, pc, out):
    evidence = evidence_of(archive)
    wanted = {path.replace("C:\\", "C/").replace("\\", "/").replace(STREAM, FILE) for path in evidence}
    found = {f for f in files_below(out) if not f.endswith("_CopyLog.csv")}
    assert found == wanted and len(found) > 20
    for name in found:
        ours, theirs = out / name, pc / name.replace(FILE, STREAM)
        assert ours.read_bytes() == theirs.read_bytes(), name
        # A time in the archive counts 100 ns; the source's file system may count finer.
        assert ours.stat().st_mtime_ns // 100 == theirs.stat().st_mtime_ns // 100, name
    return found


# "bare" is a PC with one hive: nothing to compare.
@pytest.fixture(scope="module", params=sorted(set(stories()) - {"bare"}) + ["real"])
def unpacked(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "real":
        assemble_pc(root / "pc", data_dir())
    else:
        build(request.param, root / "pc", seed=1)
    _, archive = collect(root / "pc", root / "out")
    done = unpack(archive, root / "tree")
    return request.param, root, archive, done


def test_unpack__gives_the_tree_that_was_collected(unpacked):
    _, root, archive, done = unpacked
    assert done.returncode == 0, done.stderr
    check_same(archive, root / "pc", root / "tree")


def test_unpack__logs_what_it_wrote(unpacked):
    _, root, archive, _ = unpacked
    logged = rows(root / "tree")
    assert {r["SourceFile"] for r in logged} == set(evidence_of(archive))
    assert list(logged[0]) == ["CopiedTimestamp", "SourceFile", "DestinationFile", "FileSize", "SourceFileSha256", "DeferredCopy",
                               "CreatedOnUtc", "ModifiedOnUtc", "LastAccessedOnUtc", "CopyDuration", "ReadBy"]  # fmt: skip
    for r in logged:
        path = Path(r["DestinationFile"])
        assert hashlib.sha256(path.read_bytes()).hexdigest() == r["SourceFileSha256"]
        assert path.stat().st_size == int(r["FileSize"])
        ticks = path.stat().st_mtime_ns // 100
        modified = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=ticks // 10**7)
        assert r["ReadBy"] == "directory"
        assert r["ModifiedOnUtc"] == f"{modified:%Y-%m-%d %H:%M:%S}.{ticks % 10**7:07d}"


def results_of(folder):
    return {p.name: sorted(p.read_text(encoding="utf-8").replace(r"\\$UsnJrnl:$J", r"\\$J").splitlines()) for p in Path(folder).glob("Hikeshi.*.json")}


def test_unpack__the_tree_analyzes_as_the_archive_does(unpacked, tmp_path):
    _, root, archive, _ = unpacked
    window = ["--since", "2026-01-01T00:00:00Z", "--until", "2026-04-01T00:00:00Z", "--lang", "en", "--quiet"]
    for source, out in ((archive, "a"), (root / "tree", "t")):
        assert run("analyze", source, "--out", tmp_path / out, *window).returncode in (0, 1)
    from_archive, from_tree = results_of(tmp_path / "a"), results_of(tmp_path / "t")
    assert sum(map(len, from_archive.values())) > 50
    assert from_tree == from_archive


def test_unpack__dissect_opens_the_tree(unpacked):
    _, root, _, _ = unpacked
    target = pytest.importorskip("dissect.target").Target.open(str(root / "tree"))
    assert target.os == "windows"
    seen = {str(p).partition("/Windows/")[2] for p in target.fs.path("sysvol/Windows").rglob("*") if p.is_file()}
    assert seen == files_below(root / "tree" / "C" / "Windows") and len(seen) > 3


def test_unpack__under_wine_gives_the_same_bytes(tmp_path):
    build("web", tmp_path / "pc", seed=1, plain_names=True)
    _, archive = collect(tmp_path / "pc", tmp_path / "out")
    done = unpack(system_path(archive, True), system_path(tmp_path / "tree", True), exe=True)
    assert done.returncode == 0, done.stderr
    evidence = evidence_of(archive)
    logged = rows(tmp_path / "tree")
    assert {r["SourceFile"] for r in logged} == set(evidence)
    for r in logged:
        name = r["DestinationFile"].split("\\tree\\")[1].replace("\\", "/")
        assert hashlib.sha256((tmp_path / "tree" / name).read_bytes()).hexdigest() == evidence[r["SourceFile"]]["sha256"]
        if ":" not in r["SourceFile"][2:]:  # a stream's name on disk is another
            source = tmp_path / "pc" / name.replace("%3A", ":")
            assert (tmp_path / "tree" / name).stat().st_mtime_ns // 100 == source.stat().st_mtime_ns // 100


@pytest.mark.parametrize("glob, fits", [("*.evtx", lambda p: p.lower().endswith(".evtx")),
                                        ("C:\\Windows\\**", lambda p: p.startswith("C:\\Windows\\")),
                                        ("c:/windows/prefetch/*.PF", lambda p: "\\Prefetch\\" in p)])  # fmt: skip
def test_unpack__takes_only_what_fits(tmp_path, glob, fits):
    build("web", tmp_path / "pc", seed=1)
    _, archive = collect(tmp_path / "pc", tmp_path / "out")
    done = unpack(archive, tmp_path / "tree", "--only", glob)
    assert done.returncode == 0
    assert {r["SourceFile"] for r in rows(tmp_path / "tree")} == {p for p in evidence_of(archive) if fits(p)}
    assert unpack(archive, tmp_path / "none", "--only", "*.nothing").returncode == 1
    assert not (tmp_path / "none").exists()


# ---- hostile zips ------------------------------------------------------------------------------------------------------

CLIMBING = [
    "../evil", "../../evil", "..\\evil", "..\\..\\evil", "a/../../evil", "a\\..\\..\\evil", "C/../../evil", "C/..\\..\\evil", "C/a/../../../evil",
    "/evil", "\\evil", "//server/share/evil", "\\\\server\\share\\evil", "\\\\?\\C:\\..\\evil", "\\\\.\\PhysicalDrive0", "C:evil", "C:../evil", "C:/../evil",
    "C:\\..\\evil", "./../evil", "..", "C/..", "uploads/auto/C%3A/%2E%2E/%2E%2E/evil", "uploads/auto/C%3A/..%5C..%5Cevil",
    "uploads/auto/C%3A/..%5C..%2Fevil", "uploads/auto/..%5C..%5Cevil/x", "uploads/auto/%2Fevil", "uploads/auto/%5C%5Cserver%5Cshare/evil",
    "fs/C:/../evil", "fs/../../evil",
]  # fmt: skip


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
def test_unpack__writes_nothing_outside(tmp_path, exe):
    inside = tmp_path / "deep" / "deeper" / "tree"
    inside.parent.mkdir(parents=True)
    archive = made(tmp_path, [(name, b"evil") for name in CLIMBING] + [("C/ok.txt", b"good")])
    before = files_below(tmp_path)
    done = unpack(system_path(archive, exe), system_path(inside, exe), exe=exe)
    assert done.returncode == 1, done.stderr
    new = files_below(tmp_path) - before
    assert all(f.startswith("deep/deeper/tree/") for f in new), new
    assert (inside / "C" / "ok.txt").read_bytes() == b"good"
    # All that climbed or was absolute was refused, and each was named; nothing of it was written.
    assert {f for f in files_below(inside) if not f.endswith(".csv")} == {"C/ok.txt"}
    assert done.stderr.count("refused") == len(CLIMBING), done.stderr
    for root in ("/evil", os.path.expanduser("~/evil")):
        assert not os.path.exists(root)


def test_unpack__links_in_the_target_are_not_followed(tmp_path):
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.mkdir()
    (tree / "C").mkdir(parents=True)
    (tree / "C" / "Users").symlink_to(outside)
    (tree / "C" / "dangling.txt").symlink_to(outside / "dangling.txt")
    archive = made(tmp_path, [("C/Users/x.txt", b"evil"), ("C/Users/a/y.txt", b"evil"), ("C/dangling.txt", b"evil"), ("C/Windows/ok.txt", b"good")])
    done = unpack(archive, tree)
    assert done.returncode == 1 and done.stderr.count("a link stands in its place") == 2, done.stderr
    assert list(outside.iterdir()) == []
    assert (tree / "C" / "Windows" / "ok.txt").read_bytes() == b"good"


def test_unpack__a_link_in_the_zip_becomes_a_file(tmp_path):
    archive = tmp_path / "other.zip"
    with zipfile.ZipFile(archive, "w") as z:
        link = zipfile.ZipInfo("C/link")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        z.writestr(link, "../..")
        z.writestr("C/link/evil.txt", b"evil")
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 1 and "file stands in its place" in done.stderr
    assert not (tmp_path / "tree" / "C" / "link").is_symlink()
    assert (tmp_path / "tree" / "C" / "link").read_text() == "../.."
    assert files_below(tmp_path) - {"other.zip"} == {"tree/C/link", *(f"tree/{p.name}" for p in (tmp_path / "tree").glob("*.csv"))}


def test_unpack__existing_files_are_not_overwritten(tmp_path):
    archive = made(tmp_path, [("C/a.txt", b"new"), ("C/b.txt", b"new")])
    (tmp_path / "tree" / "C").mkdir(parents=True)
    (tmp_path / "tree" / "C" / "a.txt").write_bytes(b"old")
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 1 and "a.txt" in done.stderr
    assert (tmp_path / "tree" / "C" / "a.txt").read_bytes() == b"old"
    assert (tmp_path / "tree" / "C" / "b.txt").read_bytes() == b"new"


def test_unpack__names_that_a_system_cannot_hold_are_reversible_under_wine(tmp_path):
    names = ["CON", "con.txt", "NUL.tar.gz", "COM1", "lpt9.log", "tail.", "tail ", "what?.txt", "a<b>.txt", "pipe|.txt", "50%", "50%?", ".hidden", "star*"]
    archive = made(tmp_path, [(f"C/{n}", n.encode()) for n in names])
    done = unpack(system_path(archive, True), system_path(tmp_path / "tree", True), exe=True)
    assert done.returncode == 0, done.stderr
    written = {p.name: p.read_bytes().decode() for p in (tmp_path / "tree" / "C").iterdir()}
    assert sorted(written.values()) == sorted(names)
    for name, truth in written.items():
        assert name == truth or unquote(name) == truth
        assert not set(name) & set('<>:"|?*') and not name.endswith((".", " "))
        assert name.split(".")[0].upper() not in ("CON", "NUL", "COM1", "LPT9")


@pytest.mark.parametrize("exe, second", [(False, "x.txt"), (True, "X.TXT")], ids=["native", "wine"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_unpack__a_second_file_of_a_name_gets_a_number(tmp_path, exe, second):
    archive = made(tmp_path, [("C/x.txt", b"one"), (f"C/{second}", b"two"), (f"C/{second}", b"three")])
    done = unpack(system_path(archive, exe), system_path(tmp_path / "tree", exe), exe=exe)
    assert done.returncode == 0
    stem, dot, extension = second.rpartition(".")
    got = {p.name: p.read_bytes() for p in (tmp_path / "tree" / "C").iterdir()}
    assert got == {"x.txt": b"one", f"{stem}~2.{extension}": b"two", f"{stem}~3.{extension}": b"three"}


def test_unpack__over_long_names_are_shortened_and_logged(tmp_path):
    name = "火" * 251 + ".txt"
    archive = made(tmp_path, [(f"C/{name}", b"long"), ("C/" + "d" * 300 + "/x", b"deep")])
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 0
    logged = {r["SourceFile"]: Path(r["DestinationFile"]) for r in rows(tmp_path / "tree")}
    assert logged[f"C:\\{name}"].read_bytes() == b"long"
    assert logged["C:\\" + "d" * 300 + "\\x"].read_bytes() == b"deep"


def test_unpack__formulas_in_the_log_are_text(tmp_path):
    archive = made(tmp_path, [("=cmd|' /C calc'!A0", b"x"), ("+1", b"x"), ("-1", b"x"), ("@x", b"x"), ("a\"b,c", b"x")])
    assert unpack(archive, tmp_path / "tree").returncode == 0
    assert {r["SourceFile"] for r in rows(tmp_path / "tree")} == {"'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", 'a"b,c'}


# ---- damage and interruption ----------------------------------------------------------------------------------------------


def test_unpack__a_damaged_entry_leaves_no_file(tmp_path):
    content = bytes(range(256)) * 4096
    archive = made(tmp_path, [("C/good.bin", content), ("C/bad.bin", content), ("C/last.bin", b"last")])
    data = bytearray(archive.read_bytes())
    data[data.index(b"C/bad.bin") + 500_000] ^= 1
    archive.write_bytes(data)
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 1 and "bad.bin" in done.stderr and "CRC-32" in done.stderr
    assert {f for f in files_below(tmp_path / "tree") if not f.endswith(".csv")} == {"C/good.bin", "C/last.bin"}


def test_unpack__content_that_is_not_the_manifests_leaves_no_file(tmp_path):
    """Somebody replaced a file in the archive and made its CRC-32 fit."""
    build("web", tmp_path / "pc", seed=1)
    _, archive = collect(tmp_path / "pc", tmp_path / "out")
    victim = next(p for p in evidence_of(archive) if p.endswith(".pf"))
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info, content[:-1] + b"X" if unquote(info.filename).endswith(victim.split("\\")[-1]) else content)
        new.writestr("uploads/auto/C%3A/planted.txt", b"planted")
    done = unpack(changed, tmp_path / "tree")
    assert done.returncode == 1 and "SHA-256" in done.stderr and "planted.txt" in done.stderr
    assert not (tmp_path / "tree" / victim.replace("C:\\", "C/").replace("\\", "/")).exists()
    assert len(rows(tmp_path / "tree")) == len(evidence_of(archive))  # one less, one planted and named


def test_unpack__a_full_disk_leaves_nothing_half(tmp_path):
    archive = made(tmp_path, [("C/small.bin", b"s"), ("C/large.bin", b"l" * (4 << 20)), ("C/never.bin", b"n")])

    def little():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = unpack(archive, tmp_path / "tree", preexec_fn=little)
    assert done.returncode == 3
    assert {f for f in files_below(tmp_path / "tree") if not f.endswith(".csv")} == {"C/small.bin"}


def test_unpack__more_than_fits_is_said_before_anything_is_written(tmp_path):
    """An honest-looking directory with sizes beyond any disk."""
    archive = made(tmp_path, [("C/x", b"x")])
    data = bytearray(archive.read_bytes())
    central = data.index(b"PK\x01\x02")
    extra = b"\x01\x00\x08\x00" + (1 << 62).to_bytes(8, "little")
    data[central + 24 : central + 28] = b"\xff\xff\xff\xff"
    data[central + 30 : central + 32] = len(extra).to_bytes(2, "little")
    name_end = central + 46 + 3
    data[name_end:name_end] = extra
    end = data.index(b"PK\x05\x06")
    data[end + 12 : end + 16] = (46 + 3 + len(extra)).to_bytes(4, "little")
    archive.write_bytes(data)
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 3 and "free space" in done.stderr
    assert files_below(tmp_path / "tree") == set()


def test_unpack__interrupted_leaves_nothing_half(tmp_path):
    archive = tmp_path / "large.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        z.writestr("C/first.bin", b"first")
        with z.open("C/zeros.bin", "w", force_zip64=True) as f:
            for _ in range(1500):
                f.write(bytes(1 << 20))
    tree = tmp_path / "tree"
    process = subprocess.Popen([HIKESHI, "unpack", archive, "--out", tree, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not list(tree.glob(".hikeshi-unpack-*-1.partial")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 6
    assert {f for f in files_below(tree) if not f.endswith(".csv")} == {"C/first.bin"}


# ---- other people's archives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["C/", "fs/C:/", "uploads/auto/C%3A/"])
def test_unpack__works_without_a_manifest(tmp_path, prefix):
    archive = made(tmp_path, [(prefix + "Users/利用者/x.txt", b"x"), ("collection_context.json", b"{}")], zipfile.ZIP_DEFLATED)
    done = unpack(archive, tmp_path / "tree")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tree" / "C" / "Users" / "利用者" / "x.txt").read_bytes() == b"x"
    assert (tmp_path / "tree" / "collection_context.json").read_bytes() == b"{}"


def test_unpack__says_what_is_no_archive(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and no end")
    done = unpack(tmp_path / "x.zip", tmp_path / "tree")
    assert done.returncode == 4 and "damaged" in done.stderr and "--recover" in done.stderr
    assert unpack(tmp_path / "none.zip", tmp_path / "tree").returncode == 4
    assert not (tmp_path / "tree").exists()
