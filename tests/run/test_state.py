"""The running Windows (Wine) is asked before any file is read; what it answered is evidence like a file, and says the same again."""
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest

from run.pc import EXE, run, wine

MARK = "hikeshi-state-test"


def in_prefix(prefix, *args, timeout=300):
    """Services that a program starts inherit its output and outlive it: files, not pipes, or nobody would see the end."""
    env = dict(os.environ, WINEPREFIX=str(prefix), WINEDEBUG="-all", WINEDLLOVERRIDES="winemenubuilder.exe=d")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        done = subprocess.run([wine(), *args], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=timeout, cwd=prefix)
        out.seek(0)
        err.seek(0)
        done.stdout, done.stderr = out.read(), err.read()
    return done


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """A Windows of its own with nothing but C:, so that only C: is searched."""
    wine()
    prefix = tmp_path_factory.mktemp("wine")
    done = in_prefix(prefix, "wineboot", "-i")
    drive = prefix / "drive_c"
    if done.returncode != 0 or not drive.is_dir():
        pytest.skip("no Wine prefix could be made")
    (prefix / "dosdevices" / "z:").unlink(missing_ok=True)
    for link in [Path(folder) / name for folder, names, _ in os.walk(drive) for name in names]:
        if link.is_symlink():  # Documents and its like lead to the home folder of who runs the test
            link.unlink()
            link.mkdir()
    (drive / "hk").mkdir()
    shutil.copy(EXE, drive / "hk" / "hikeshi.exe")
    yield prefix
    in_prefix(prefix, "wineboot", "-k")


@pytest.fixture(scope="module")
def machine():
    """A port that listens and a connection, seen by Python before Windows is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0]:
            yield {"listening": port, "client": client.getsockname()[1]}


@pytest.fixture(scope="module")
def collected(prefix, machine):
    env = dict(os.environ, WINEPREFIX=str(prefix), WINEDEBUG="-all")
    waiting = subprocess.Popen([wine(), "cmd", "/c", "set /p x=" + MARK], env=env, cwd=prefix, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        waiting.stdout.read(len(MARK))  # it runs
        debugger = in_prefix(prefix, "winedbg", "--command", "info proc").stdout.decode("utf-8", "replace")
        done = in_prefix(prefix, "C:\\hk\\hikeshi.exe", "collect", "--out", "C:\\hk\\out", "--lang", "en", "--quiet")
    finally:
        waiting.stdin.close()
        waiting.wait(timeout=60)
    archives = list((prefix / "drive_c/hk/out").glob("HIKESHI_*.zip"))
    assert done.returncode in (0, 1) and archives, done.stderr
    return {"archive": archives[0], "debugger": debugger}


def members(archive, start):
    with zipfile.ZipFile(archive) as z:
        return {n[len(start):]: z.read(n) for n in z.namelist() if n.startswith(start) and not n.endswith("/")}


def records(archive, name):
    return [json.loads(line) for line in members(archive, "results/").get(f"Hikeshi.{name}.json", b"").splitlines()]


def test_state__processes_are_those_that_the_debugger_lists(collected):
    """winedbg walks its own snapshot (Toolhelp). It and what was started since are in one list only."""
    listed = {int(pid, 16): name for pid, name in re.findall(r"^[> ]*([0-9a-f]{8}) +\d+ +(?:\\_ )?'([^']+)'", collected["debugger"], re.M)}
    ours = {r["pid"]: r["name"] for r in records(collected["archive"], "RunningProcess")}
    there = {pid: name for pid, name in listed.items() if name.lower() not in ("winedbg.exe", "conhost.exe", "start.exe")}
    assert len(there) >= 4
    assert {pid: name for pid, name in ours.items() if pid in there} == there
    assert sum(r["is_hikeshi"] for r in records(collected["archive"], "RunningProcess")) == 1


def test_state__a_command_line_is_read_out_of_the_process(collected):
    lines = [r["command_line"] for r in records(collected["archive"], "RunningProcess") if r["name"].lower() == "cmd.exe"]
    assert any(MARK in (line or "") and "set /p" in line for line in lines), lines


def test_state__a_programs_digest_is_that_of_its_file(prefix, collected):
    found = 0
    for r in records(collected["archive"], "RunningProcess"):
        if not r["sha256"]:
            continue
        path = prefix / "drive_c"
        for part in r["path"][3:].split("\\"):
            path = next(p for p in path.iterdir() if p.name.lower() == part.lower())
        assert r["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() and r["file_size"] == path.stat().st_size
        found += 1
    assert found >= 4


def test_state__connections_are_those_of_the_machine(machine, collected):
    rows = {(r["local_port"], r["remote_port"], r["state"]) for r in records(collected["archive"], "Connection") if r["protocol"] == "tcp"}
    assert (machine["listening"], 0, 2) in rows
    assert (machine["client"], machine["listening"], 5) in rows and (machine["listening"], machine["client"], 5) in rows


def test_state__comes_first_in_the_archive(collected):
    manifest = [json.loads(line) for line in members(collected["archive"], "hikeshi/")["manifest.jsonl"].splitlines()]
    evidence = [m for m in manifest if m["role"] in ("evidence", "missed")]
    state = [m for m in evidence if m["path"].startswith("state:\\")]
    assert len(state) > 20 and evidence[: len(state)] == state
    assert all(m["method"] == "api" and m["outcome"] == "ok" and len(m["sha256"]) == 64 for m in state)
    for m in state:
        first = json.loads(members(collected["archive"], m["name"])[""].split(b"\n")[0])
        assert m["path"] == f"state:\\{first['state']}.jsonl" and m["modified_at"] == first["asked_at"]


def test_state__another_system_makes_the_same_records_of_it(collected, tmp_path):
    """From the archive, from the archive unzipped by another tool, and from our own tree."""
    wanted = members(collected["archive"], "results/")
    assert {"Hikeshi.RunningProcess.json", "Hikeshi.Connection.json", "Hikeshi.ServiceState.json", "Hikeshi.Clock.json"} <= set(wanted)
    with zipfile.ZipFile(collected["archive"]) as z:
        z.extractall(tmp_path / "zip")
    assert run("unpack", collected["archive"], "--out", tmp_path / "tree", "--quiet").returncode in (0, 1)
    for source in (collected["archive"], tmp_path / "zip", tmp_path / "tree"):
        out = tmp_path / f"of-{Path(source).name}"
        assert run("analyze", source, "--out", out, "--lang", "en", "--quiet").returncode in (0, 1)
        got = {name: (out / name).read_bytes() for name in wanted if (out / name).exists()}
        assert got == wanted, source


def test_state__what_cannot_be_told_is_in_coverage(collected):
    """Each answer that is not "ok" has a row of coverage that says the same."""
    rows = json.loads(members(collected["archive"], "hikeshi/")["coverage.json"])
    text = json.dumps(rows)
    for name, data in members(collected["archive"], "uploads/auto/state%3A/").items():
        end = json.loads(data.splitlines()[-1])
        assert end["rows"] == len(data.splitlines()) - 2
        assert f"state:\\\\{name}" in text, name
        if end["outcome"] in ("absent", "denied", "unsupported"):
            assert end["step"] and re.search(re.escape(f"{end['outcome']}: {end['step']}"), text), name


def test_state__is_left_out_when_told_so(prefix):
    done = in_prefix(prefix, "C:\\hk\\hikeshi.exe", "collect", "--out", "C:\\hk\\none", "--lang", "en", "--quiet", "--no-state")
    archive = next((prefix / "drive_c/hk/none").glob("HIKESHI_*.zip"))
    assert done.returncode in (0, 1) and members(archive, "uploads/auto/state%3A/") == {}
    text = members(archive, "hikeshi/")["coverage.json"].decode()
    assert "left out by --no-state" in text


def test_state__a_dry_run_asks_nothing(prefix):
    done = in_prefix(prefix, "C:\\hk\\hikeshi.exe", "collect", "--lang", "en", "--dry-run")
    sizes = re.findall(r"^ *(\d+) +state\.\w+ +state:\\\w+\.jsonl", done.stdout.decode().replace("\r", ""), re.M)
    assert done.returncode == 0 and len(sizes) > 20 and set(sizes) == {"0"}
