"""The whole program with the villain module, natively and under Wine: every misbehaviour costs its own file, is called by its
name in the coverage, and the run goes on to an archive that verifies."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

NATIVE = os.environ.get("HIKESHI_VILLAIN", "out/linux/hikeshi-villain")
EXE = os.environ.get("HIKESHI_VILLAIN_EXE", "out/win64/hikeshi-villain.exe")

OUTCOMES = {
    "crash": "crashed", "abort": "crashed", "deep-recursion": "crashed", "close-pipe": "crashed",
    "loop": "timeout", "polite-loop": "timeout", "half-frame-and-hang": "timeout", "endless-requests": "timeout",
    "endless-records": "limit", "eat-memory": "memory", "eat-arena": "memory",
    "lie-length": "refused", "lie-type": "refused", "lie-utf8": "refused", "lie-record": "refused",
    "lie-kind": "refused", "lie-time": "refused", "lie-outcome": "refused", "huge-frame": "refused",
}  # fmt: skip
ATTEMPTS = ["open-file", "write-file", "connect", "spawn", "memory", "exec-memory"]


def command(kind):
    if kind == "native":
        if not Path(NATIVE).exists():
            pytest.skip("the program with the villain module was not built")
        return [NATIVE]
    wine = shutil.which("wine64") or shutil.which("wine") or "/usr/lib/wine/wine64"
    if not Path(wine).exists():
        pytest.skip("wine is not installed")
    if not Path(EXE).exists():
        pytest.skip("hikeshi-villain.exe was not built")
    return [wine, EXE]


def run(kind, *args):
    done = subprocess.run(
        [*command(kind), *map(str, args)], capture_output=True, timeout=600, env=dict(os.environ, WINEDEBUG="-all")
    )
    return done, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")


@pytest.fixture(scope="module", params=["native", "wine"])
def collected(request, tmp_path_factory):
    """A PC whose desktop holds one file for each misbehaviour between two good ones."""
    root = tmp_path_factory.mktemp("villain")
    desktop = root / "pc" / "C" / "Users" / "taro" / "Desktop"
    desktop.mkdir(parents=True)
    (root / "pc" / "C" / "Windows").mkdir()
    words = [*OUTCOMES, *ATTEMPTS, "lie-order"]
    for i, word in enumerate(sorted(words)):
        (desktop / f"{i:02d}a_{word}.villain").write_text(word)
        (desktop / f"{i:02d}b_good.villain").write_text("good")
    out = root / "out"
    out.mkdir()
    done, stdout, stderr = run(request.param, "collect", "--source", root / "pc", "--out", out, "--lang", "en")
    archives = list(out.glob("HIKESHI_*.zip"))
    assert archives, stdout + stderr
    return request.param, done.returncode, archives[0], len(words)


def rows(archive):
    with zipfile.ZipFile(archive) as z:
        return [r for r in json.loads(z.read("hikeshi/coverage.json"))["rows"] if r["kind"] == "villain"]


def test_villain__archive_is_sealed_and_verifies(collected):
    kind, code, archive, _ = collected
    assert code == 1  # done, but not everything could be read
    done, stdout, stderr = run(kind, "verify", archive, "--lang", "en")
    assert done.returncode == 0, stdout + stderr


def test_villain__each_misbehaviour_is_named_in_the_coverage(collected):
    _, _, archive, _ = collected
    why = {Path(r["instance"].replace("\\", "/")).stem[4:]: r["why"] for r in rows(archive)}
    wrong = {word: why.get(word) for word, code in OUTCOMES.items() if not (why.get(word) or "").startswith(code + ":")}
    assert wrong == {}


def test_villain__every_good_file_between_is_examined(collected):
    _, _, archive, n_words = collected
    with zipfile.ZipFile(archive) as z:
        records = [json.loads(line) for line in z.read("results/Hikeshi.Villain.json").decode().splitlines()]
    good = [r["file"] for r in records if r["said"] == "good"]
    assert len(good) == 2 * n_words
    assert len(set(good)) == n_words


def test_villain__attempts_are_refused_natively_and_told_elsewhere(collected):
    kind, _, archive, _ = collected
    why = {Path(r["instance"].replace("\\", "/")).stem[4:]: r["why"] for r in rows(archive)}
    with zipfile.ZipFile(archive) as z:
        log = z.read("hikeshi/run.log").decode()
        said = {json.loads(line)["said"] for line in z.read("results/Hikeshi.Villain.json").decode().splitlines()}
    for word in ATTEMPTS:
        refused = why.get(word) == f"denied: {word}"
        assert refused or word in said, word  # one of the two is on record, never silence
        if kind == "native":
            assert refused, word
        elif word != "exec-memory":
            told = log.split("not enforced:")[1].splitlines()[0]
            assert refused != (word in told), word


def test_villain__parse_goes_on_behind_a_bad_file(tmp_path):
    for word in ("good", "crash", "lie-utf8"):
        (tmp_path / f"{word}.villain").write_text(word)
    files = [tmp_path / f"{w}.villain" for w in ("good", "crash", "good", "lie-utf8", "good")]
    done, stdout, _ = run("native", "parse", "villain", *files)
    lines = [json.loads(line) for line in stdout.splitlines()]
    assert done.returncode == 1
    assert [r["record"] for r in lines] == ["villain"] * 2 + ["error"] + ["villain"] * 2 + ["error"] + ["villain"] * 2
    assert [r["outcome"] for r in lines if r["record"] == "error"] == ["crashed", "refused"]
