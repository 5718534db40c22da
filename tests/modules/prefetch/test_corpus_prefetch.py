"""The real prefetch files against what other readers and their authors' tests say of them (CORPUS.tsv, sccainfo)."""
import csv
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(os.environ.get("HIKESHI_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
DATA = pathlib.Path(os.environ.get("HIKESHI_DATA") or ROOT / ".." / "shared" / "data")
HIKESHI = os.environ.get("HIKESHI", "hikeshi")

if not (DATA / "CORPUS.tsv").exists():
    pytest.skip("no real evidence here (set HIKESHI_DATA)", allow_module_level=True)


def parse(files):
    """The records of the files by path: {path: [record, …]}."""
    run = subprocess.run([HIKESHI, "parse", "prefetch", *map(str, files)], capture_output=True, timeout=300)
    out = {}
    for line in run.stdout.splitlines():
        record = json.loads(line)
        out.setdefault(record["file"], []).append(record)
    return out, run.returncode


def corpus():
    with open(DATA / "CORPUS.tsv", newline="", encoding="utf-8") as f:
        rows = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["path"]: row for row in rows if row["path"].startswith("prefetch/")}


ROWS = corpus()
GOOD = sorted(p for p in ROWS if "/bad/" not in p)
BAD = sorted(p for p in ROWS if "/bad/" in p)


@pytest.fixture(scope="module")
def parsed():
    records, _ = parse([DATA / p for p in GOOD])
    return records


def main_record(parsed, path):
    records = parsed[str(DATA / path)]
    assert [r["record"] for r in records].count("prefetch") == 1, records
    return next(r for r in records if r["record"] == "prefetch")


def ticks(iso):
    """ISO 8601 with up to seven decimals to 100 ns since 1970."""
    m = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T ?(\d\d): ?(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", iso)
    assert m, iso
    zone = datetime.timedelta()
    if m[8] != "Z":
        zone = datetime.timedelta(hours=int(m[8][1:3]), minutes=int(m[8][4:])) * (-1 if m[8][0] == "-" else 1)
    at = datetime.datetime(*(int(m[i]) for i in range(1, 7))) - zone
    return int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 10**7 + int((m[7] or "").ljust(7, "0")[:7])


def said_time(text):
    """'Jun 05, 2019 19:55:04.877778700 UTC' or ISO, as the corpus and sccainfo write it: (ticks, resolution in ticks)."""
    text = text.strip(": ")
    m = re.match(r"([A-Z][a-z]{2} \d\d, \d{4} \d\d:\d\d:\d\d)\.(\d{9}) UTC", text)
    if m:
        at = datetime.datetime.strptime(m[1], "%b %d, %Y %H:%M:%S")
        return int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 10**7 + int(m[2]) // 100, 0
    return ticks(text.split()[0] + "Z"), 9


def test_prefetch__corpus_is_whole():
    assert len(GOOD) + len(BAD) == 82


@pytest.mark.parametrize("path", GOOD)
def test_prefetch__agrees_with_peer_tool(parsed, path):
    said = ROWS[path]["computed_by_peer_tool"]
    fields = dict(part.split("=", 1) for part in said.split(" (")[0].split(";") if "=" in part)
    record = main_record(parsed, path)
    assert record["format_version"] == int(said[1:3])
    assert record["executable_name"] == fields["exe"]
    assert record["prefetch_hash"] == f"{int(fields['hash'], 16):08X}"
    assert record["run_count"] == int(fields["run_count"])
    assert len(record["files"]) == int(fields["filenames"])
    assert len(record["volumes"]) == int(fields["volumes"])
    at, resolution = said_time(fields["last_run"])
    assert 0 <= ticks(record["last_run_time"]) - at <= resolution
    assert record["last_run_time"] == record["run_times"][0]


PEER_TESTS = sorted(p for p in GOOD if ROWS[p]["expected_by_peer_test"])


def expected_values(path):
    for part in ROWS[path]["expected_by_peer_test"].split("|"):
        name, _, value = part.partition("=")
        yield name, value.strip('",')


def value_of(record, volumes, name):
    """The value that a test of plaso's or of EricZimmerman's Prefetch checks, out of our record."""
    m = re.fullmatch(r"LastRunTimes\[(\d)\]", name)
    if m:
        return ticks(record["run_times"][int(m[1])])
    m = re.fullmatch(r"VolumeInformation\[(\d)\]\.(\S+)", name)
    if m:
        volume = volumes[int(m[1])]
        return {"SerialNumber": volume["serial_number"], "DirectoryNames.Count": volume["n_directories"],
                "FileReferences.Count": volume["n_file_references"], "DeviceName": volume["device_path"]}.get(m[2])
    return {"executable": record["executable_name"], "Header.ExecutableFilename": record["executable_name"],
            "Header.Hash": record["prefetch_hash"], "prefetch_hash": "0x" + record["prefetch_hash"],
            "Header.FileSize": record["file_size"], "RunCount": record["run_count"], "run_count": record["run_count"],
            "VolumeCount": len(record["volumes"]), "Filenames.Count": len(record["files"]),
            "version": record["format_version"], "last_run_time": ticks(record["last_run_time"])}.get(name)


@pytest.mark.parametrize("path", PEER_TESTS)
def test_prefetch__agrees_with_peer_tests(parsed, path):
    record = main_record(parsed, path)
    volumes = [r for r in parsed[str(DATA / path)] if r["record"] == "prefetch_volume"]
    checked = 0
    for name, expected in expected_values(path):
        ours = value_of(record, volumes, name)
        if ours is None:
            continue
        if "RunTime" in name or "run_time" in name:
            expected = ticks(expected)
        assert str(ours) == str(expected), name
        checked += 1
    assert checked >= 4, ROWS[path]["expected_by_peer_test"]


@pytest.mark.parametrize("path", BAD)
def test_prefetch__bad_file_is_damaged_at_an_offset(path):
    records, code = parse([DATA / path])
    assert code == 1
    (error,) = records[str(DATA / path)]
    assert error["record"] == "error"
    assert error["outcome"] in ("damaged", "truncated")
    assert 0 <= error["offset"] < (DATA / path).stat().st_size
    assert error["step"]


def test_prefetch__bad_file_does_not_stop_the_others():
    files = [DATA / p for p in (BAD[0], GOOD[0], BAD[1], GOOD[1])]
    records, code = parse(files)
    assert code == 1
    assert [records[str(f)][0]["record"] for f in files] == ["error", "prefetch", "error", "prefetch"]


def sccainfo(path):
    """What sccainfo prints, or None when it cannot read the version."""
    run = subprocess.run(["sccainfo", str(path)], capture_output=True, text=True, timeout=60)
    if run.returncode != 0 or "Format version" not in run.stdout:
        return None
    text = run.stdout
    field = lambda name: re.search(rf"{name}\s*:\s*(.+)", text)[1]
    runs = re.findall(r"Last run time(?:: \d)?\s*:\s*(.+)", text)
    return {"version": int(field("Format version")), "hash": int(field("Prefetch hash"), 16),
            "name": field("Executable filename"), "count": int(field("Run count")),
            "runs": [said_time(r)[0] for r in runs if "Not set" not in r],
            "files": re.findall(r"Filename: \d+\s*: (.+)", text),
            "volumes": re.findall(r"Device path\s*: (.+)", text),
            "serials": [int(s, 16) for s in re.findall(r"Serial number\s*: (.+)", text)],
            "created": [said_time(s)[0] for s in re.findall(r"Creation time\s*: (.+)", text)]}


@pytest.mark.skipif(not shutil.which("sccainfo"), reason="no sccainfo (libscca-utils)")
def test_prefetch__agrees_with_libscca_on_every_file_it_reads(parsed):
    read = 0
    for path in GOOD:
        theirs = sccainfo(DATA / path)
        if theirs is None:
            assert "v31" in ROWS[path]["computed_by_peer_tool"], path
            continue
        read += 1
        ours = main_record(parsed, path)
        volumes = [r for r in parsed[str(DATA / path)] if r["record"] == "prefetch_volume"]
        assert ours["format_version"] == theirs["version"], path
        assert ours["prefetch_hash"] == f"{theirs['hash']:08X}", path
        assert ours["executable_name"] == theirs["name"], path
        assert ours["run_count"] == theirs["count"], path
        assert [ticks(t) for t in ours["run_times"]] == theirs["runs"], path
        assert ours["files"] == theirs["files"], path
        assert ours["volumes"] == theirs["volumes"], path
        assert [v["serial_number"] for v in volumes] == [f"{s:08X}" for s in theirs["serials"]], path
        assert [ticks(v["creation_time"]) for v in volumes] == theirs["created"], path
    print(f"{read} of {len(GOOD)} files read by both")
    assert read >= 70


def test_prefetch__program_path_is_proven_by_the_hash(parsed):
    """Only hosts, whose command line is hashed too, and store apps stay unproven; none stays without a path."""
    unproven = set()
    for path in GOOD:
        record = main_record(parsed, path)
        assert record["executable_path"], path
        if not record["path_proven"]:
            unproven.add(record["executable_name"])
    hosts = {"DLLHOST.EXE", "SVCHOST.EXE", "TASKHOST.EXE", "BACKGROUNDTASKHOST.EXE", "MSEDGEWEBVIEW2.EXE",
             "SECHEALTHUI.EXE", "CODE.EXE"}
    assert unproven <= hosts


def test_prefetch__device_path_hashes_to_the_prefetch_hash(parsed):
    """By the forge's own hash, which is confirmed on real file names; Vista and 7 differ from later ones and are left out."""
    from forge.prefetch import path_hash

    checked = 0
    for record in (r for rows in parsed.values() for r in rows if r["record"] == "prefetch"):
        if not record["device_path"] or record["format_version"] < 30:
            continue
        assert f"{path_hash(record['device_path'], record['format_version']):08X}" == record["prefetch_hash"]
        tails = [path.split("\\", 3)[-1] if path.startswith("\\DEVICE") else path.split("\\", 2)[-1]
                 for path in (record["device_path"], record["executable_path"])]
        assert tails[0] == tails[1]
        checked += 1
    assert checked > 20
