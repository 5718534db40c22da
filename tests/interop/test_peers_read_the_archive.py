"""One archive with a Japanese user folder, made by hikeshi.exe under Wine where there is Wine, read as it is by the tools that analysts
have: dissect.target and plaso, and by the import rules of Timesketch. The evidence is real, a small part of the corpus.

What they find in the archive is compared with what we say, or with what they find in the plain tree."""
import collections
import datetime
import json
import os
import shutil
import subprocess
import zipfile

import pytest

from forge import assemble_pc
from run.pc import collect, data_dir, wine

LOGS = ("Windows PowerShell", "Microsoft-Windows-PowerShell%4Operational", "Microsoft-Windows-Windows Defender%4Operational",
        "Microsoft-Windows-SmbClient%4Security", "Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational")


def kept(path):
    """A part that is read in seconds: whole logs of a Windows 11, the hives of one PC, some programs."""
    if path.suffix == ".evtx":
        return path.stem in LOGS
    if path.suffix == ".pf":
        return path.name.startswith(("CALC", "CMD", "POWERSHELL", "REGEDIT", "TASKHOST"))
    return path.name in ("SYSTEM", "SOFTWARE", "SAM", "SECURITY", "NTUSER.DAT")


def collected(root, keep):
    """(tree, archive) of the files that `keep` wants"""
    tree = root / "pc"
    assemble_pc(tree, data_dir())
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not keep(path):
            path.unlink()
    try:
        wine()
        exe = True
    except pytest.skip.Exception:
        exe = False
    done, archive = collect(tree, root / "out", exe=exe)
    assert archive, done.stderr
    return tree, archive


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    return collected(tmp_path_factory.mktemp("peers"), kept)


def rows(archive, record):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read(f"results/Hikeshi.{record}.json").splitlines()]


@pytest.fixture(scope="module")
def target(pc):
    return pytest.importorskip("dissect.target").Target.open(pc[1])


def test_dissect__counts_the_same_events_in_each_log(pc, target):
    theirs = collections.Counter(str(row.Channel) for row in target.evtx())
    ours = collections.Counter(row["channel"] for row in rows(pc[1], "EventLog") if not row["recovered"])
    assert len(ours) == len(LOGS) and sum(ours.values()) > 200
    assert theirs == ours


def test_dissect__runs_the_same_programs(pc, target):
    """Its times of version 17 files are counters, so those are left out; every other run time is one of ours."""
    theirs = {(str(row.filename).upper(), row.ts.strftime("%Y-%m-%dT%H:%M:%S")) for row in target.prefetch() if row.ts.year > 1970}
    ours = {(row["executable_name"].upper(), when[:19]) for row in rows(pc[1], "Prefetch") for when in row["run_times"]}
    assert len(theirs) > 5 and theirs <= ours, sorted(theirs - ours)[:5]


def test_dissect__names_the_same_run_keys(pc, target):
    """By value name, for the keys that both look at: dissect reads Run and RunOnce of SOFTWARE and of the users it knows."""
    theirs = {str(row.name) for row in target.runkeys()}
    ours = {row["name"] for row in rows(pc[1], "Autorun") if row["key_path"].rsplit("\\", 1)[-1].lower() in ("run", "runonce")}
    assert theirs and theirs <= ours, sorted(theirs - ours)


def test_dissect__reads_the_shim_cache_out_of_the_hive(target):
    assert len(list(target.shimcache())) > 0


def log2timeline():
    folder = os.environ.get("HIKESHI_PLASO", "")
    found = os.path.join(folder, "log2timeline") if folder else shutil.which("log2timeline") or shutil.which("log2timeline.py")
    if not found or not os.path.exists(found):
        pytest.skip("plaso is not installed")
    return found


def plaso_events(storage, *source):
    tool = log2timeline()
    done = subprocess.run([tool, "-u", "-q", "--unattended", "--single-process", "--status-view", "none", "--partitions", "all",
                           "--parsers", "prefetch,winevtx,winreg/windows_run,winreg/userassist",
                           "--storage-file", str(storage), *map(str, source)], capture_output=True, timeout=1200,
                          cwd=storage.parent)
    assert done.returncode == 0 and storage.exists(), done.stderr.decode()[-2000:]
    info = subprocess.run([tool.replace("log2timeline", "pinfo"), "--output-format", "json", "--sections", "events", str(storage)],
                          capture_output=True, timeout=300, check=True)
    text = info.stdout.decode()
    return json.loads(text[text.index("{"):])


def parsers_of(info):
    """{parser: events}, wherever this version of pinfo puts them."""
    found = {}

    def walk(node):
        if not isinstance(node, dict):
            return
        for key, value in node.items():
            if isinstance(value, int) and "total" not in key:
                found[key] = value
            walk(value)

    walk(info.get("events", info))
    return found


def test_plaso__finds_the_same_events_in_the_archive_as_in_the_tree(tmp_path):
    """Without the hives of the system, over which it takes minutes."""
    log2timeline()
    tree, archive = collected(tmp_path, lambda path: kept(path) and path.parent.name != "config")
    plain = parsers_of(plaso_events(tmp_path / "tree.plaso", tree))
    packed = parsers_of(plaso_events(tmp_path / "archive.plaso", "--archives", "zip", archive))
    assert sum(plain.values()) > 500
    assert packed == plain


def test_timesketch__accepts_every_line_of_the_timeline(pc):
    """Its documentation asks for message, datetime in ISO 8601 and timestamp_desc, and microseconds where there is a timestamp;
    fields of more than 32,766 bytes are not indexed as keywords."""
    with zipfile.ZipFile(pc[1]) as z:
        lines = z.read("hikeshi/timeline.jsonl").decode("utf-8").split("\n")
    assert lines.pop() == "" and len(lines) > 100
    for line in lines:
        row = json.loads(line)
        assert row["message"] and row["timestamp_desc"]
        at = datetime.datetime.fromisoformat(row["datetime"])
        assert at.tzinfo is not None
        assert isinstance(row["timestamp"], int)
        assert abs((at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1) - row["timestamp"]) == 0
        assert all(len(str(value).encode()) <= 32766 for value in row.values())


