"""A disk that fills up: what fits is sealed, most valuable first; what does not is named; nothing that was finished is lost.

A tmpfs of the size wanted where we may mount one, else a ceiling for each file (RLIMIT_FSIZE). HIKESHI_SLOW=1: 50 sizes."""

import json
import os
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from forge import build
from run.pc import HIKESHI, collect, data_dir, run

SLOW = os.environ.get("HIKESHI_SLOW") == "1"
SIZES = [64 + 160 * i for i in range(50)] if SLOW else [64, 300, 1100, 2000, 2600, 3300, 4100, 5000, 6000, 9000]
FULL = ("read: disk full", "examine: disk full")


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    root = tmp_path_factory.mktemp("full") / "pc"
    build("web", root, seed=1)
    return root


@pytest.fixture(scope="module")
def reference(pc, tmp_path_factory):
    """Everything, on a disk that is large enough."""
    done, archive = collect(pc, tmp_path_factory.mktemp("full") / "out")
    assert done.returncode in (0, 1), done.stderr
    return archive


@pytest.fixture
def small_disk(tmp_path):
    """small_disk(kilobytes) -> (folder, keyword arguments for run)."""
    mounted = []

    def make(kilobytes):
        folder = tmp_path / f"出力{kilobytes}"
        folder.mkdir()
        mount = shutil.which("mount")
        if mount and os.geteuid() == 0:
            done = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], capture_output=True)
            if done.returncode == 0:
                mounted.append(folder)
                return folder, {}
        return folder, with_largest_file(kilobytes)

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def with_largest_file(kilobytes):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    return {"preexec_fn": limit, "restore_signals": False}


def lines_of(archive):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").splitlines()]


def whole(lines):
    """path -> sha256 of what was stored whole."""
    return {line["path"]: line["sha256"] for line in lines if line["role"] == "evidence" and line["outcome"] == "ok"}


def check_sealed(archive, reference, log):
    """Every file of the plan is there or is named as missed, and what is there is the file."""
    assert run("verify", archive).returncode == 0
    lines, all_of_them = lines_of(archive), whole(lines_of(reference))
    stored = whole(lines)
    named = {line["path"] for line in lines if line["role"] in ("evidence", "missed")}
    assert {path: all_of_them[path] for path in stored} == stored
    with zipfile.ZipFile(archive) as z:
        names = set(z.namelist())
        assert "hikeshi/run.log" in names
        if "hikeshi/answers.json" not in names:
            assert "sealed without answers" in log
            return len(stored)
        coverage = json.loads(z.read("hikeshi/coverage.json"))
    rows = coverage if isinstance(coverage, list) else next(v for v in coverage.values() if isinstance(v, list))
    # What examination would have found in files that are merely looked through is unknown then: those need not be named.
    examine_first = {row.split()[1] for row in run("list", "artefacts").stdout.splitlines() if "examine first" in row}
    looked_through = {line["path"] for line in lines_of(reference) if line.get("artefact") in examine_first}
    assert set(all_of_them) - looked_through <= named, sorted(set(all_of_them) - named)[:5]
    missed = [line for line in lines if line["role"] == "missed"]
    assert all(line["step"] in FULL for line in missed), missed[:3]
    if missed:
        assert any(r["state"] in ("skipped", "partial") and r["why"] and "disk full" in r["why"] for r in rows)
    return len(stored)


@pytest.mark.parametrize("kilobytes", SIZES)
def test_full_disk__seals_what_fits_and_names_the_rest(pc, reference, small_disk, kilobytes):
    folder, more = small_disk(kilobytes)
    done = run("collect", "--source", pc, "--out", folder, "--lang", "en", **more)
    archives, partials = list(folder.glob("*.zip")), list(folder.glob("*.partial"))
    left = {p.name for p in folder.iterdir()}
    assert not [n for n in left if n.endswith(".work") or n.startswith("hikeshi-test-")], left
    if done.returncode in (0, 1):
        assert whole(lines_of(archives[0])) == whole(lines_of(reference))
        return
    assert done.returncode == 3, done.stderr
    assert len(archives) + len(partials) == 1, left
    for archive in archives:
        with zipfile.ZipFile(archive) as z:
            log = z.read("hikeshi/run.log").decode()
        check_sealed(archive, reference, log)
        assert "sealed" in done.stdout
    for partial in partials:
        assert f'hikeshi verify "{partial}" --recover' in done.stderr and "free space in" in done.stderr
        assert run("verify", partial).returncode == 5


def test_full_disk__what_is_taken_is_the_most_valuable(pc, reference, small_disk):
    """What is stored keeps the order of the plan and begins where the plan begins."""
    folder, more = small_disk(2600)
    done = run("collect", "--source", pc, "--out", folder, "--lang", "en", **more)
    assert done.returncode == 3, done.stderr
    [archive] = folder.glob("*.zip")
    stored = list(whole(lines_of(archive)))
    assert stored and stored == [path for path in whole(lines_of(reference)) if path in stored]
    assert stored[0] == list(whole(lines_of(reference)))[0]


@pytest.mark.parametrize("kilobytes", [64, 700, 3000])
def test_full_disk__a_file_system_with_a_largest_file(pc, reference, tmp_path, kilobytes):
    """As FAT32 has one of 4 GiB: nobody's space is short, and yet the archive must end in time."""
    done = run("collect", "--source", pc, "--out", tmp_path, "--lang", "en", **with_largest_file(kilobytes))
    if done.returncode in (0, 1):
        return
    assert done.returncode == 3
    assert len(list(tmp_path.glob("*.zip")) + list(tmp_path.glob("*.partial"))) == 1
    for archive in tmp_path.glob("*.zip"):
        assert run("verify", archive).returncode == 0


# ---- limits of the user ---------------------------------------------------------------------------------------------------------


def test_max_total__takes_the_first_of_the_plan_and_names_the_rest(pc, reference, tmp_path):
    done, archive = collect(pc, tmp_path, "--max-total", "600K")
    assert done.returncode == 1, done.stderr
    assert "Left out by a limit" in done.stdout
    lines = lines_of(archive)
    stored, missed = whole(lines), [line for line in lines if line["role"] == "missed"]
    assert stored and sum(line["size"] for line in lines if line["role"] == "evidence") <= 600 * 1024
    assert missed and {line["step"] for line in missed} == {"read: beyond --max-total"}
    assert {path: sha for path, sha in whole(lines_of(reference)).items() if path in stored} == stored
    assert run("verify", archive).returncode == 0
    with zipfile.ZipFile(archive) as z:
        coverage = json.loads(z.read("hikeshi/coverage.json"))
    rows = coverage if isinstance(coverage, list) else next(v for v in coverage.values() if isinstance(v, list))
    assert any(r["state"] in ("skipped", "partial") and "beyond --max-total" in (r["why"] or "") for r in rows)


@pytest.mark.skipif(not SLOW, reason="takes a minute: HIKESHI_SLOW=1")
def test_time_limit__stops_taking_and_seals(tmp_path):
    """A PC that takes longer than a minute under a low ceiling on processor time."""
    logs = sorted((data_dir() / "evtx").rglob("*.evtx"), key=lambda p: p.stat().st_size)[-12:]
    folder = tmp_path / "pc" / "C" / "Windows" / "System32" / "winevt" / "Logs"
    folder.mkdir(parents=True)
    for copy in range(40):
        for log in logs:
            shutil.copy(log, folder / f"{copy}-{log.name}")
    done, archive = collect(tmp_path / "pc", tmp_path / "out", "--time-limit", "1", "--cpu", "2")
    assert done.returncode == 1, done.stderr
    missed = [line for line in lines_of(archive) if line["role"] == "missed"]
    assert missed and {line["step"] for line in missed} == {"read: beyond --time-limit"}
    assert run("verify", archive).returncode == 0


def test_no_module__collects_the_same_and_says_what_was_not_looked_at(pc, reference, tmp_path):
    done, archive = collect(pc, tmp_path, "--no-eventlog", "--no-yara")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(archive) as z:
        names = z.namelist()
        coverage = json.loads(z.read("hikeshi/coverage.json"))
    assert "results/Hikeshi.EventLog.json" not in names and "results/Hikeshi.Prefetch.json" in names
    assert [n for n in names if n.endswith(".evtx")]
    rows = coverage if isinstance(coverage, list) else next(v for v in coverage.values() if isinstance(v, list))
    assert {r["state"] for r in rows if r["module"] in ("eventlog", "ransomnote")} == {"skipped"}
    assert all("left out" in r["why"] for r in rows if r["module"] in ("eventlog", "ransomnote"))


def test_only_modules__is_the_same_the_other_way_round(pc, tmp_path):
    done, archive = collect(pc, tmp_path, "--only-modules", "prefetch,registry")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(archive) as z:
        results = {n.split(".")[1] for n in z.namelist() if n.startswith("results/Hikeshi.")}
    assert "Prefetch" in results and "Autorun" in results and not results & {"EventLog", "WebCacheVisit", "RansomNote"}
    done = run("collect", "--only-modules", "prefetch,nothing", "--lang", "en")
    assert done.returncode == 2 and "nothing" in done.stderr


# ---- the output goes away ---------------------------------------------------------------------------------------------------------


def test_output__is_tried_before_anything_is_read(pc, tmp_path):
    """A folder that may not be written: said at once, and nothing is left behind."""
    if os.geteuid() == 0 and not os.path.isdir("/proc"):
        pytest.skip("root may write everywhere")
    done = run("collect", "--source", pc, "--out", "/proc/self/task", "--lang", "en")
    assert done.returncode == 3 and "/proc/self/task" in done.stderr


@pytest.mark.parametrize("when", [0.05, 0.15])
def test_output__a_stick_that_is_pulled_out_ends_the_run_with_a_message(pc, tmp_path, when):
    """A FUSE file system whose server dies: every call fails from one moment to the next, as on a stick that is gone."""
    for tool in ("mkntfs", "ntfs-3g"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    stick, folder = tmp_path / "stick.img", tmp_path / "stick"
    folder.mkdir()
    with open(stick, "wb") as f:
        f.truncate(64 << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", stick], check=True, capture_output=True)
    server = subprocess.Popen(["ntfs-3g", "-o", "no_detach", stick, folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.ismount(folder) or server.poll() is not None:
                break
            time.sleep(0.05)
        if not os.path.ismount(folder):
            pytest.skip("FUSE does not work here")
        process = subprocess.Popen([HIKESHI, "collect", "--source", pc, "--out", folder, "--lang", "en", "--quiet"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
        time.sleep(when)
        server.kill()
        _, stderr = process.communicate(timeout=60)
        if process.returncode in (0, 1):
            pytest.skip("it was done before")
        assert process.returncode == 3, stderr.decode()
        assert b"hikeshi: " in stderr
    finally:
        server.kill()
        server.wait()
        subprocess.run(["umount", "-l", folder], capture_output=True)
