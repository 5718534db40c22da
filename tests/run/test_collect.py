"""From a suspect PC to a sealed archive: stories with known truth, real files, the exe under Wine, kill -9."""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest

from forge import assemble_pc, build, judge, stories
from run.pc import HIKESHI, collect, data_dir, run, wine


def members(archive, prefix):
    with zipfile.ZipFile(archive) as z:
        return {n: z.read(n) for n in z.namelist() if n.startswith(prefix) and not n.endswith("/")}


def answers_of(archive):
    return json.loads(members(archive, "hikeshi/answers.json")["hikeshi/answers.json"])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Each story collected once: name -> (truth, process, archive)."""
    made = {}

    def get(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            truth = build(name, root / "pc", seed=1)
            window = truth["window"]
            done, archive = collect(root / "pc", root / "out", "--since", window["from"], "--until", window["to"])
            made[name] = (truth, done, archive)
        return made[name]

    return get


@pytest.mark.parametrize("name", sorted(stories()))
def test_collect__answers_a_story_as_it_was(told, name):
    truth, done, archive = told(name)
    assert done.returncode in (0, 1), done.stderr
    got = {a["id"]: a["level"] for a in answers_of(archive)["answers"]}
    assert judge(truth, got) == []


@pytest.mark.parametrize("name", sorted(stories()))
def test_collect__seals_an_archive_that_verifies(told, name):
    _, done, archive = told(name)
    checked = run("verify", archive, "--lang", "en")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    seal = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("Seal")][0]
    assert f"Seal: {seal}" in checked.stdout
    manifest = members(archive, "hikeshi/manifest.jsonl")["hikeshi/manifest.jsonl"]
    assert hashlib.sha256(manifest).hexdigest() == seal


def test_collect__names_an_address_so_that_nobody_follows_it(told):
    claims = [a["claim"][lang] for a in answers_of(told("web")[2])["answers"] for lang in ("ja", "en")]
    assert any("hxxp://drop[.]evil[.]example/a" in claim for claim in claims)
    assert not any("http://" in claim for claim in claims)


def test_collect__joins_a_program_that_one_log_names_by_its_device(told, tmp_path):
    """BAM says \\Device\\HarddiskVolume3, the prefetch hash of that program proves that this is C:."""
    path = tmp_path / "case.sqlite"
    path.write_bytes(members(told("web")[2], "hikeshi/case.sqlite")["hikeshi/case.sqlite"])
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT k.name, x.key FROM event e JOIN kind k ON k.kind=e.kind JOIN file x ON x.id=e.file"
                          " WHERE x.name='a[1].tmp' AND k.name IN ('bam','prefetch')").fetchall()
    assert {kind for kind, _ in rows} == {"bam", "prefetch"} and len({key for _, key in rows}) == 1
    assert rows[0][1].startswith("c:\\users\\")


def test_collect__leaves_nothing_but_archive_and_report(told):
    _, _, archive = told("web")
    rest = sorted(p.name for p in archive.parent.iterdir())
    stem = archive.name[: -len(".zip")]
    assert all(name.startswith(stem) for name in rest) and not any(".partial" in n or ".work" in n for n in rest), rest


def test_collect__stores_every_byte_as_it_was(told):
    _, _, archive = told("web")
    root = archive.parent.parent / "pc" / "C"
    for name, data in members(archive, "uploads/auto/C%3A/").items():
        path = root / unquote(name[len("uploads/auto/C%3A/"):])
        assert path.read_bytes() == data, name


def test_analyze__gives_the_same_records_and_answers_from_the_archive(told, tmp_path):
    _, _, archive = told("mail")
    done = run("analyze", archive, "--out", tmp_path / "again", "--lang", "en")
    assert done.returncode in (0, 1), done.stderr
    for name, data in members(archive, "results/").items():
        assert (tmp_path / "again" / name[len("results/"):]).read_bytes() == data, name
    again = json.loads((tmp_path / "again" / "answers.json").read_text())
    assert [(a["id"], a["level"]) for a in again["answers"]] == [(a["id"], a["level"]) for a in answers_of(archive)["answers"]]


def test_collect__native_and_exe_give_the_same_records_of_real_files(tmp_path):
    wine()
    assemble_pc(tmp_path / "pc", data_dir())
    done, native = collect(tmp_path / "pc", tmp_path / "native")
    assert native, done.stderr
    done, exe = collect(tmp_path / "pc", tmp_path / "exe", exe=True)
    assert exe, done.stderr
    ours, theirs = members(native, "results/"), members(exe, "results/")
    assert sorted(ours) == sorted(theirs)
    assert sum(len(v.splitlines()) for v in ours.values()) > 1000
    for name in ours:
        assert ours[name] == theirs[name], name
    hashes = [{n: hashlib.sha256(d).digest() for n, d in members(a, "uploads/").items()} for a in (native, exe)]
    assert hashes[0] == hashes[1] and len(hashes[0]) > 50
    assert run("verify", exe).returncode == 0


def test_collect__dry_run_reads_and_writes_nothing(tmp_path):
    build("bare", tmp_path / "pc", seed=1)
    done = run("collect", "--source", tmp_path / "pc", "--out", tmp_path / "out", "--dry-run", "--lang", "en")
    assert done.returncode == 0 and "SYSTEM" in done.stdout and not (tmp_path / "out").exists()


def test_collect__a_killed_run_leaves_what_was_finished(tmp_path):
    """20 random moments, 200 with HIKESHI_SLOW=1: every entry that the cut-off file holds whole is recovered with the bytes of the source."""
    assemble_pc(tmp_path / "pc", data_dir())
    started = time.monotonic()
    done, archive = collect(tmp_path / "pc", tmp_path / "whole")
    duration = time.monotonic() - started
    assert archive, done.stderr
    dice = random.Random(20)
    recovered_any = 0
    for moment in range(200 if os.environ.get("HIKESHI_SLOW") == "1" else 20):
        out = tmp_path / f"cut{moment}"
        out.mkdir()
        process = subprocess.Popen([HIKESHI, "collect", "--source", str(tmp_path / "pc"), "--out", str(out), "--quiet"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.02, duration * 0.95))
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = list(out.glob("*.partial"))
        if not left:
            continue
        verified = run("verify", left[0], "--lang", "en")
        # Not sealed; but killed between the last byte and the new name it is whole, and verify says so.
        assert verified.returncode == 5 or "intact" in verified.stdout, verified.stdout
        saved = out / "saved.zip"
        run("verify", left[0], "--recover", saved)
        if not saved.exists():
            continue
        with zipfile.ZipFile(saved) as z:
            assert z.testzip() is None
        assert run("verify", saved).returncode == 0
        for name, data in members(saved, "uploads/auto/C%3A/").items():
            source = tmp_path / "pc" / "C" / unquote(name[len("uploads/auto/C%3A/"):])
            assert source.read_bytes() == data, name
            recovered_any += 1
    assert recovered_any > 100


def test_collect__lists_every_stored_file_in_the_bodyfile(told):
    """Columns as the Sleuth Kit documents them; names and sizes against the tree, times against its files."""
    _, _, archive = told("web")
    root = archive.parent.parent / "pc"
    rows = [line.split("|") for line in members(archive, "hikeshi/bodyfile")["hikeshi/bodyfile"].decode().splitlines()]
    assert all(len(row) == 11 for row in rows)
    sizes = {row[1]: (int(row[6]), int(row[8])) for row in rows}
    for name, data in members(archive, "uploads/auto/C%3A/").items():
        path = unquote(name[len("uploads/auto/C%3A/"):])
        assert sizes["C:/" + path] == (len(data), int((root / "C" / path).stat().st_mtime)), path


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A PC of real files, collected once: (tree, archive)."""
    root = tmp_path_factory.mktemp("real")
    assemble_pc(root / "pc", data_dir())
    done, archive = collect(root / "pc", root / "out")
    assert archive, done.stderr
    return root / "pc", archive


@pytest.mark.parametrize("tool, arguments", [("unzip", ["-tq"]), ("7z", ["t", "-bso0"])])
def test_archive__is_whole_to_other_tools(real, tool, arguments):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    assert subprocess.run([tool, *arguments, real[1]], capture_output=True).returncode == 0


def test_archive__opens_in_dissect_as_it_is(real):
    target_module = pytest.importorskip("dissect.target")
    tree, archive = real
    target = target_module.Target.open(archive)
    assert target.hostname and target.os == "windows"
    rows = [json.loads(line) for line in members(archive, "hikeshi/manifest.jsonl")["hikeshi/manifest.jsonl"].splitlines()]
    checked = 0
    for row in rows:
        if not row.get("path", "").startswith("C:\\") or not row.get("sha256"):
            continue
        with target.fs.path(row["path"].replace("\\", "/").replace("C:", "c:", 1)).open("rb") as f:
            assert hashlib.sha256(f.read()).hexdigest() == row["sha256"], row["path"]
        checked += 1
    assert checked > 100


def test_archive__gives_dissect_the_run_times_that_we_report(real):
    """Every run time dissect reads out of the archive's prefetch is one of ours; it refuses some files that we read."""
    target_module = pytest.importorskip("dissect.target")
    ours = set()
    for line in members(real[1], "results/Hikeshi.Prefetch.json")["results/Hikeshi.Prefetch.json"].splitlines():
        row = json.loads(line)
        ours |= {(row["executable_name"].upper(), when[:19]) for when in row["run_times"]}
    theirs = set()
    # dissect takes counters of XP and 2003 files (version 17) for times of 1601
    for row in target_module.Target.open(real[1]).prefetch():
        if row.ts.year > 1970:
            theirs.add((str(row.filename).split("\\")[-1].upper(), row.ts.strftime("%Y-%m-%dT%H:%M:%S")))
    assert len(theirs) > 20 and theirs <= ours, sorted(theirs - ours)[:5]
