"""Each module over all real evidence of its kind, and over all of every other kind: no file brings the program down.
Also run with the program that is built with the sanitizers."""
import gzip
import json
import lzma
import os
import subprocess

import pytest

PROGRAM = os.environ.get("HIKESHI", "")
SOURCE = os.environ.get("HIKESHI_SOURCE_DIR", ".")
DATA = os.environ.get("HIKESHI_DATA") or os.path.join(SOURCE, "..", "shared", "data")

OWN = {"prefetch": ["prefetch"], "eventlog": ["evtx"], "registry": ["registry"], "webcache": ["webcache", "ese"],
       "ransomnote": ["ransom_notes"], "mail": ["mail"], "mft": ["ntfs/mft"], "usn": ["ntfs/usnjrnl"], "recyclebin": ["recyclebin"]}
# A sample of every other kind of file, for parsers that must say "not mine" or "damaged".
FOREIGN = ["evt", "lnk", "jumplist", "sqlite", "msiecf", "tasks_job", "wer"]
BAD = {"crashed", "timeout", "refused", "memory", "usage"}


def evidence(folders, tmp, most=None):
    """Paths of the files below the folders; compressed ones are unpacked into tmp."""
    found = []
    for folder in folders:
        for where, dirs, names in os.walk(os.path.join(DATA, folder)):
            dirs.sort()
            for name in sorted(names):
                path = os.path.join(where, name)
                opener = {".gz": gzip.open, ".xz": lzma.open}.get(os.path.splitext(name)[1])
                if opener:
                    target = os.path.join(tmp, f"{len(found)}-{os.path.splitext(name)[0]}")
                    with opener(path) as packed, open(target, "wb") as out:
                        out.write(packed.read())
                    path = target
                found.append(path)
    return found[:most]


def parse(module, paths):
    """Run over the files; returns {file: [records]} after checking what must always hold."""
    by_file = {}
    for start in range(0, len(paths), 200):
        done = subprocess.run([PROGRAM, "parse", module, *paths[start:start + 200]], capture_output=True, check=False)
        stderr = done.stderr.decode("utf-8", "replace")
        assert done.returncode in (0, 1), f"exit code {done.returncode}: {stderr[-3000:]}"
        for sign in ("AddressSanitizer", "runtime error:", "LeakSanitizer"):
            assert sign not in stderr, stderr[-3000:]
        for line in done.stdout.decode("utf-8").splitlines():
            record = json.loads(line)
            assert list(record)[:2] == ["record", "file"], line[:200]
            by_file.setdefault(record["file"], []).append(record)
    broken = [(f, r) for f, rs in by_file.items() for r in rs if r["record"] == "error" and r.get("outcome") in BAD]
    assert not broken, broken[:5]
    return by_file


@pytest.fixture(autouse=True)
def program():
    if not os.path.isfile(PROGRAM):
        pytest.skip("the program was not built")
    if not os.path.isdir(DATA):
        pytest.skip("no real evidence here (set HIKESHI_DATA)")


@pytest.mark.parametrize("module", sorted(OWN))
def test_corpus__own_evidence_never_breaks_the_module(module, tmp_path):
    paths = evidence(OWN[module], str(tmp_path))
    if not paths:
        pytest.skip(f"no evidence for {module}")
    by_file = parse(module, paths)
    errors = sum(r["record"] == "error" for rs in by_file.values() for r in rs)
    records = sum(len(rs) for rs in by_file.values()) - errors
    print(f"{module}: {len(paths)} files, {records} records, {errors} errors")
    assert records > 0


@pytest.mark.parametrize("module", sorted(OWN))
def test_corpus__foreign_evidence_never_breaks_the_module(module, tmp_path):
    others = [f for m, fs in OWN.items() if m != module for f in fs[:1]]
    paths = [p for f in FOREIGN + others for p in evidence([f], str(tmp_path), most=10)]
    parse(module, paths)
