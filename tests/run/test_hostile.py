"""Evidence that is against us: files that may not be read, names that fool, trees that are too deep or too wide, archives that
are cut or foreign."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from forge import build
from run.pc import HIKESHI, collect, run


def manifest(archive):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").splitlines()]


def coverage(archive):
    with zipfile.ZipFile(archive) as z:
        found = json.loads(z.read("hikeshi/coverage.json"))
    return found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list))


def log_of(archive):
    with zipfile.ZipFile(archive) as z:
        return z.read("hikeshi/run.log").decode()


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "pc" / "C" / "Windows" / "Prefetch").mkdir(parents=True)
    (tmp_path / "pc" / "C" / "Users" / "taro" / "Desktop").mkdir(parents=True)
    yield tmp_path / "pc"
    subprocess.run(["rm", "-rf", tmp_path / "pc"], check=True)  # Python cannot remove what is a thousand folders deep


def test_denied__a_file_that_may_not_be_read_is_called_so(tmp_path):
    """Collected by a user without rights; and a second analysis of the archive knows it too."""
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        place.chmod(0o755)
        build("web", place / "pc", seed=1)
        log = place / "pc" / "C" / "Windows" / "System32" / "winevt" / "Logs" / "Security.evtx"
        assert log.exists()
        log.chmod(0)
        program = shutil.copy(HIKESHI, place / "hikeshi")
        out = place / "out"
        out.mkdir()
        drop = {}
        if os.geteuid() == 0:
            out.chmod(0o777)
            drop = {"user": 65534, "group": 65534, "extra_groups": []}
        done = subprocess.run([program, "collect", "--source", place / "pc", "--out", out, "--lang", "en"], capture_output=True, **drop)
        assert done.returncode == 1, done.stderr.decode()
        assert b"Security.evtx: denied" in done.stderr
        [archive] = out.glob("HIKESHI_*.zip")
        archive = Path(shutil.copy(archive, tmp_path))
    missed = [row for row in manifest(archive) if row["role"] == "missed"]
    assert [(row["path"].rsplit("\\", 1)[-1], row["outcome"]) for row in missed] == [("Security.evtx", "denied")]
    states = {row["state"] for row in coverage(archive) if row["instance"].endswith("Security.evtx")}
    assert states == {"denied"}
    again = run("analyze", archive, "--out", tmp_path / "again", "--lang", "en")
    assert again.returncode == 1
    rows = json.loads((tmp_path / "again" / "coverage.json").read_text())
    rows = rows if isinstance(rows, list) else next(v for v in rows.values() if isinstance(v, list))
    assert {row["state"] for row in rows if row["instance"].endswith("Security.evtx")} == {"denied"}


def test_names__that_differ_in_case_only_are_both_collected(tree, tmp_path):
    desktop = tree / "C" / "Users" / "taro" / "Desktop"
    (desktop / "HELP_DECRYPT.TXT").write_text("all your files are encrypted: pay bitcoin, tor browser, one")
    (desktop / "help_decrypt.txt").write_text("all your files are encrypted: pay bitcoin, tor browser, two")
    done, archive = collect(tree, tmp_path / "out")
    assert archive, done.stderr
    stored = {row["path"]: row["size"] for row in manifest(archive) if row["role"] == "evidence"}
    assert sum(p.lower().endswith("help_decrypt.txt") for p in stored) == 2
    again = run("analyze", archive, "--out", tmp_path / "again", "--lang", "en")
    assert again.returncode in (0, 1)
    lines = [json.loads(line) for line in (tmp_path / "again" / "Hikeshi.RansomNote.json").read_text().splitlines()]
    files = {v for line in lines for v in line.values() if isinstance(v, str) and v.lower().endswith("help_decrypt.txt")}
    assert len(files) == 2


def test_names__that_are_no_utf8_are_not_lost_in_silence(tree, tmp_path):
    desktop = os.fsencode(tree / "C" / "Users" / "taro" / "Desktop")
    with open(desktop + b"/HELP_DECRYPT\xff.TXT", "wb") as f:
        f.write(b"pay")
    done, archive = collect(tree, tmp_path / "out")
    assert archive and done.returncode == 1
    assert "HELP_DECRYPT" in log_of(archive) and "skipped" in log_of(archive)


def test_trees__a_thousand_folders_deep_are_searched_to_the_end(tree, tmp_path):
    here = os.open(tree / "C" / "Users", os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open("HELP_DECRYPT.TXT", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as f:
        f.write("pay")
    os.close(here)
    done, archive = collect(tree, tmp_path / "out")
    assert archive, done.stderr
    assert [row for row in manifest(archive) if row.get("path", "").endswith("d\\HELP_DECRYPT.TXT")]


def test_trees__beyond_what_the_system_opens_are_said_to_be_unseen(tree, tmp_path):
    here = os.open(tree / "C" / "Users", os.O_RDONLY)
    for _ in range(30):
        os.mkdir("n" * 200, dir_fd=here)
        below = os.open("n" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    done, archive = collect(tree, tmp_path / "out")
    assert archive, done.stderr
    assert [row for row in coverage(archive) if "nnn" in row["instance"] and row["state"] not in ("examined", "absent")]


def test_trees__a_folder_of_many_files_is_searched_to_the_end(tmp_path):
    folder = tmp_path / "pc" / "C" / "Users" / "u" / "Documents"
    folder.mkdir(parents=True)
    for i in range(20000):
        (folder / f"{i:06}.txt").write_text("hello")
    (folder / "HELP_DECRYPT.TXT").write_text("pay")
    done = run("analyze", tmp_path / "pc", "--out", tmp_path / "out", "--dry-run", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "20001 files" in done.stdout and "HELP_DECRYPT.TXT" in done.stdout


def test_memory__stays_flat_over_a_large_file(tree, tmp_path):
    logs = tree / "C" / "Windows" / "System32" / "winevt" / "Logs"
    logs.mkdir(parents=True)
    with open(logs / "Security.evtx", "wb") as f:
        f.truncate(500 << 20)
    process = subprocess.Popen([HIKESHI, "collect", "--source", tree, "--out", tmp_path / "out", "--quiet"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 1  # zeros are no event log
    assert used.ru_maxrss < 200 * 1024, used.ru_maxrss


# ---- files that change meanwhile -----------------------------------------------------------------------------------------


def test_changing__a_large_file_that_vanishes_before_it_is_examined_is_not_called_examined(tree, tmp_path):
    """Larger than what waits in memory, so it is opened again; the item before it hangs until then."""
    program = os.environ.get("HIKESHI_VILLAIN", "out/linux/hikeshi-villain")
    if not Path(program).exists():
        pytest.skip("the program with the villain module was not built")
    desktop = tree / "C" / "Users" / "taro" / "Desktop"
    (desktop / "1.villain").write_text("loop")
    with open(desktop / "2.villain", "wb") as f:
        f.write(b"good")
        f.truncate(70 << 20)
    out = tmp_path / "out"
    process = subprocess.Popen([program, "collect", "--source", tree, "--out", out, "--lang", "en"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    time.sleep(2)
    (desktop / "2.villain").unlink()
    assert process.wait(timeout=120) == 1
    [archive] = out.glob("HIKESHI_*.zip")
    stored = {row["path"].rsplit("\\", 1)[-1]: row["size"] for row in manifest(archive) if row["role"] == "evidence"}
    assert stored["2.villain"] == 70 << 20
    states = {r["instance"].rsplit("\\", 1)[-1]: r["state"] for r in coverage(archive) if r["instance"].endswith(".villain")}
    assert states["2.villain"] not in ("examined", "absent")


def test_changing__a_file_cut_while_it_is_read_is_called_truncated(tree, tmp_path):
    logs = tree / "C" / "Windows" / "System32" / "winevt" / "Logs"
    logs.mkdir(parents=True)
    with open(logs / "Security.evtx", "wb") as f:
        f.truncate(3000 << 20)
    out = tmp_path / "out"
    process = subprocess.Popen([HIKESHI, "collect", "--source", tree, "--out", out, "--quiet"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    limit = time.monotonic() + 60
    while time.monotonic() < limit and not any(p.stat().st_size > 100000 for p in out.glob("*.partial")):
        time.sleep(0.01)
    os.truncate(logs / "Security.evtx", 1000)
    assert process.wait(timeout=120) == 1
    [archive] = out.glob("HIKESHI_*.zip")
    [row] = [row for row in manifest(archive) if row.get("path", "").endswith("Security.evtx")]
    assert row["outcome"] == "truncated" and 1000 < row["size"] < 3000 << 20
    assert run("verify", archive).returncode == 0


# ---- archives as sources -----------------------------------------------------------------------------------------------------


def test_archive__a_wide_one_is_analyzed_in_linear_time(tmp_path):
    seconds = {}
    for n in (2000, 40000):
        path = tmp_path / f"{n}.zip"
        with zipfile.ZipFile(path, "w") as z:
            for i in range(n):
                z.writestr(f"C/Users/u/Documents/{i:06}.txt", "x")
        started = os.times()
        done = run("analyze", path, "--out", tmp_path / f"out{n}", "--quiet")
        ended = os.times()
        assert done.returncode in (0, 1), done.stderr
        seconds[n] = ended.children_user - started.children_user + ended.children_system - started.children_system
    assert seconds[40000] < 80 * seconds[2000], seconds


@pytest.mark.parametrize("command", ["analyze", "collect"])
@pytest.mark.parametrize("what", ["cut", "text", "empty", "foreign"])
def test_archive__that_is_none_of_ours_is_refused_in_plain_words(tmp_path, command, what):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("readme.txt", "hello" * 1000)
        if what == "cut":
            z.writestr("C/Windows/System32/config/SYSTEM", b"regf" * 10000)
    if what == "cut":
        path.write_bytes(path.read_bytes()[:-300])
    if what in ("text", "empty"):
        path.write_text("" if what == "empty" else "this is a letter\n" * 100)
    args = ["--source", path] if command == "collect" else [path]
    done = run(command, *args, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 4
    assert "x.zip" in done.stderr and "not found" not in done.stderr
    words = {"cut": "cut off", "text": "no folder, no archive and no disk image", "empty": "damaged", "foreign": "no evidence"}
    assert words[what] in done.stderr
    assert ("--recover" in done.stderr) == (what in ("cut", "empty"))
    assert not list(tmp_path.glob("out/*"))


def test_archive__two_entries_of_one_name_are_not_taken_for_one(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as z:
        with pytest.warns(UserWarning):
            for text in ("first", "second"):
                z.writestr("C/Windows/System32/winevt/Logs/Security.evtx", text)
    done, archive = collect(path, tmp_path / "out")
    assert archive, done.stderr
    whys = [row["why"] or "" for row in coverage(archive) if row["instance"].endswith("Security.evtx")]
    assert any("second entry" in why for why in whys)


def test_archive__names_that_climb_stay_inside_the_new_archive(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("C/Users/../../../../etc/HELP_DECRYPT.TXT", "pay")
        z.writestr("C/Users/u/HELP_DECRYPT.TXT", "pay")
    done, archive = collect(path, tmp_path / "out")
    assert archive, done.stderr
    with zipfile.ZipFile(archive) as z:
        assert not [n for n in z.namelist() if ".." in n.split("/")]


def test_source__a_link_named_by_the_user_is_followed(tree, tmp_path):
    (tree / "C" / "Windows" / "Prefetch" / "A.EXE-00000001.pf").write_bytes(b"nonsense")
    (tmp_path / "link").symlink_to(tree, target_is_directory=True)
    done, archive = collect(tmp_path / "link", tmp_path / "out")
    assert archive, done.stderr
    (tmp_path / "again.zip").symlink_to(archive)
    assert run("analyze", tmp_path / "again.zip", "--out", tmp_path / "again", "--quiet").returncode == 1
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    assert run("analyze", tmp_path / "nowhere", "--out", tmp_path / "no", "--quiet").returncode == 4


# ---- exit codes --------------------------------------------------------------------------------------------------------------


def test_exit__0_when_nothing_was_lost(tree, tmp_path):
    done, archive = collect(tree, tmp_path / "out")
    assert done.returncode == 0 and archive


def test_exit__1_when_something_was_damaged(tree, tmp_path):
    (tree / "C" / "Windows" / "Prefetch" / "A.EXE-00000001.pf").write_bytes(b"nonsense")
    done, archive = collect(tree, tmp_path / "out")
    assert done.returncode == 1 and archive


def test_exit__5_when_the_archive_was_touched(tree, tmp_path):
    _, archive = collect(tree, tmp_path / "out")
    data = bytearray(archive.read_bytes())
    at = data.index(b"report.html") + 2000
    data[at] ^= 0x55
    archive.write_bytes(data)
    assert run("verify", archive).returncode == 5


def test_exit__7_when_no_sandbox_can_be_started(tree, tmp_path):
    """No room for the child's pipes and tables: nothing is examined outside the sandbox instead."""

    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (7, 7))

    done = run("collect", "--source", tree, "--out", tmp_path / "out", "--lang", "en", preexec_fn=few_files)
    assert done.returncode == 7, done.stderr
    assert not list((tmp_path / "out").glob("*"))
