"""What a run says and leaves behind when it is interrupted, when the disk is full, on a terminal and without one."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from forge import build
from run.pc import EXE, HIKESHI, collect, run, wine

SEARCHES = {"cachefile", "ransomnote.name", "ransomnote.place"}
VILLAIN = os.environ.get("HIKESHI_VILLAIN", "out/linux/hikeshi-villain")


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    root = tmp_path_factory.mktemp("output") / "pc"
    build("web", root, seed=1)
    return root


def coverage(archive):
    with zipfile.ZipFile(archive) as z:
        return json.loads(z.read("hikeshi/coverage.json"))


def rows_of(archive):
    found = coverage(archive)
    return found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list))


# ---- interrupted -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt__seals_what_was_finished_within_seconds(tmp_path, number):
    """An examiner that hangs in a loop is the longest wait there is; the file behind it is never looked at."""
    if not Path(VILLAIN).exists():
        pytest.skip("the program with the villain module was not built")
    build("bare", tmp_path / "pc", seed=1)
    desktop = tmp_path / "pc" / "C" / "Users" / "taro" / "Desktop"
    desktop.mkdir(parents=True, exist_ok=True)
    (desktop / "1.villain").write_text("loop")
    (desktop / "2.villain").write_text("good")
    out = tmp_path / "out"
    process = subprocess.Popen([VILLAIN, "collect", "--source", tmp_path / "pc", "--out", out, "--lang", "en"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    time.sleep(1.5)  # the deadline of one item is 3 s
    assert process.poll() is None
    started = time.monotonic()
    os.killpg(process.pid, number)  # as a terminal does: the whole group hears it
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - started < 5
    assert process.returncode == 6, stderr.decode()
    assert "Interrupted" in stdout.decode()
    [archive] = out.glob("HIKESHI_*.zip")
    assert run("verify", archive).returncode == 0
    with zipfile.ZipFile(archive) as z:
        assert any("SYSTEM" in n for n in z.namelist() if n.startswith("uploads/"))
    states = {r["instance"].rsplit("\\", 1)[-1]: r["state"] for r in rows_of(archive) if r["instance"].endswith(".villain")}
    assert states == {"1.villain": "skipped", "2.villain": "skipped"}


def test_interrupt__while_looking_for_files_claims_nothing(tmp_path):
    """Before all folders were listed, no search may say that it saw everything."""
    root = tmp_path / "pc" / "C"
    (root / "Windows").mkdir(parents=True)
    for i in range(300):
        folder = root / "Users" / f"u{i}"
        folder.mkdir(parents=True)
        for k in range(100):
            (folder / f"{k}.txt").write_text("x")
    out = tmp_path / "out"
    codes = []
    for delay in (0.05, 0.1, 0.15, 0.2, 0.3):
        process = subprocess.Popen([HIKESHI, "collect", "--source", tmp_path / "pc", "--out", out, "--quiet"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        codes.append(process.wait(timeout=60))
        time.sleep(1.1)  # the archive's name has seconds
    assert 6 in codes and set(codes) <= {0, 6, -signal.SIGINT}, codes
    for archive in out.glob("HIKESHI_*.zip"):
        cut = any("find files: the run was interrupted" in (r["why"] or "") for r in rows_of(archive))
        searches = [r for r in rows_of(archive) if r["instance"] in SEARCHES]
        assert searches
        assert not cut or not [r for r in searches if r["state"] == "examined"]


# ---- a full disk (more in test_full_disk.py) ---------------------------------------------------------------------------------------------------------


def test_full_disk__parse_says_that_its_output_was_lost(pc):
    prefetch = sorted((pc / "C" / "Windows" / "Prefetch").glob("*.pf"))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HIKESHI, "parse", "prefetch", prefetch[0]], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3 and b"standard output" in done.stderr


# ---- what is shown -----------------------------------------------------------------------------------------------------------


def on_terminal(*args):
    """Runs with standard error on a terminal of its own; returns (code, what it showed)."""
    master, slave = pty.openpty()
    process = subprocess.Popen([HIKESHI, *map(str, args)], stdout=subprocess.DEVNULL, stderr=slave, stdin=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return process.wait(), shown.decode()


def test_progress__a_bar_on_a_terminal_reaches_the_end(pc, tmp_path):
    code, shown = on_terminal("collect", "--source", pc, "--out", tmp_path, "--lang", "en")
    assert code in (0, 1)
    assert re.search(r"\[#{30}\] 100%", shown.rsplit("\r[", 1)[0] + "[" + shown.rsplit("\r[", 1)[1])
    assert "about" in shown


def test_progress__a_message_takes_the_place_of_the_bar(tmp_path):
    """Not behind it on the same line."""
    build("web", tmp_path / "pc", seed=1)
    for pf in (tmp_path / "pc" / "C" / "Windows" / "Prefetch").glob("*.pf"):
        pf.write_bytes(b"broken")
    _, shown = on_terminal("collect", "--source", tmp_path / "pc", "--out", tmp_path / "out", "--lang", "en")
    messages = [line for line in shown.splitlines() if "prefetch: " in line]
    assert messages
    for line in messages:
        assert "[" not in line.rsplit("\r", 1)[-1].split("prefetch: ")[0]


def test_progress__plain_lines_without_a_terminal(pc, tmp_path):
    done, _ = collect(pc, tmp_path)
    assert "\r" not in done.stderr and "\x1b" not in done.stderr
    assert re.search(r"^100% \(\d+ MB\)$", done.stderr, re.M)


def test_quiet__prints_the_result_and_nothing_else(pc, tmp_path):
    done, archive = collect(pc, tmp_path, "--quiet")
    assert archive and done.stderr == ""
    assert f"Archive: {archive}" in done.stdout and "Seal" in done.stdout


def test_terminal__pushed_to_a_pc_never_waits_for_a_key(pc, tmp_path):
    """Nobody presses one: with a standard input that never ends the program still does."""
    reader, writer = os.pipe()
    done = subprocess.run([HIKESHI, "collect", "--source", pc, "--out", tmp_path, "--quiet"], stdin=reader, timeout=120,
                          stdout=subprocess.DEVNULL)  # fmt: skip
    os.close(reader)
    os.close(writer)
    assert done.returncode in (0, 1)


# ---- where it goes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
def test_out__is_made_when_missing_relative_and_japanese(pc, tmp_path, exe):
    program = [wine(), str(Path(EXE).resolve())] if exe else [str(Path(HIKESHI).resolve())]
    shutil.copytree(pc, tmp_path / "証拠 1")
    done = subprocess.run([*program, "collect", "--source", "証拠 1", "--out", "結果 フォルダ", "--lang", "ja", "--reason", "調査 です"],
                          cwd=tmp_path, capture_output=True, env=dict(os.environ, WINEDEBUG="-all"), timeout=600)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr.decode()
    [archive] = (tmp_path / "結果 フォルダ").glob("HIKESHI_*.zip")
    assert "アーカイブ: 結果 フォルダ" in done.stdout.decode()
    assert run("verify", archive).returncode == 0
    with zipfile.ZipFile(archive) as z:
        case = json.loads(z.read("hikeshi/manifest.jsonl").splitlines()[0])
    assert '--out "結果 フォルダ"' in case["command_line"] and case["reason"] == "調査 です"


def test_out__two_levels_are_not_made(pc, tmp_path):
    done = run("collect", "--source", pc, "--out", tmp_path / "a" / "b", "--lang", "en")
    assert done.returncode == 3 and not (tmp_path / "a").exists()


def test_analyze__leaves_no_records_of_an_earlier_analysis(pc, tmp_path):
    done = run("analyze", pc, "--out", tmp_path / "again", "--lang", "en")
    assert done.returncode in (0, 1), done.stderr
    assert (tmp_path / "again" / "Hikeshi.Prefetch.json").exists()
    build("bare", tmp_path / "other", seed=1)
    shutil.rmtree(tmp_path / "other" / "C" / "Windows" / "Prefetch", ignore_errors=True)
    assert run("analyze", tmp_path / "other", "--out", tmp_path / "again", "--lang", "en").returncode in (0, 1)
    assert not (tmp_path / "again" / "Hikeshi.Prefetch.json").exists()


# ---- the sandbox goes away ---------------------------------------------------------------------------------------------------


def test_examiner__that_cannot_start_any_more_does_not_stop_collecting(tmp_path):
    """A virus scanner takes the program away while it runs: evidence is still collected and sealed."""
    if not Path(VILLAIN).exists():
        pytest.skip("the program with the villain module was not built")
    build("web", tmp_path / "pc", seed=1)
    desktop = tmp_path / "pc" / "C" / "Users" / "taro" / "Desktop"
    desktop.mkdir(parents=True, exist_ok=True)
    (desktop / "1.villain").write_text("loop")
    (desktop / "2.villain").write_text("good")
    (desktop / "3.villain").write_text("good")
    program = Path(shutil.copy(VILLAIN, tmp_path / "program"))
    out = tmp_path / "out"
    process = subprocess.Popen([program, "collect", "--source", tmp_path / "pc", "--out", out, "--lang", "en"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    time.sleep(1.5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    children += [c for t in Path(f"/proc/{process.pid}/task").iterdir() for c in (t / "children").read_text().split()]
    assert children
    program.unlink()
    for child in set(children):
        os.kill(int(child), signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 7, stderr.decode()
    assert "hikeshi analyze" in stdout.decode()
    [archive] = out.glob("HIKESHI_*.zip")
    assert run("verify", archive).returncode == 0
    states = {r["instance"].rsplit("\\", 1)[-1]: r["state"] for r in rows_of(archive) if r["instance"].endswith(".villain")}
    assert states["2.villain"] == states["3.villain"] == "skipped"


# ---- standard output -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
def test_stdout__gets_the_archive_and_nothing_else(pc, tmp_path, exe):
    """The same evidence and records as into a folder, and no file is made anywhere."""
    program = [wine(), str(Path(EXE).resolve())] if exe else [str(Path(HIKESHI).resolve())]
    shutil.copytree(pc, tmp_path / "pc")
    done = subprocess.run([*program, "collect", "--source", "pc", "--out", "-", "--lang", "en"], cwd=tmp_path, timeout=300,
                          capture_output=True, env=dict(os.environ, WINEDEBUG="-all"))  # fmt: skip
    assert done.returncode in (0, 1), done.stderr.decode()
    assert {p.name for p in tmp_path.iterdir()} == {"pc"}
    assert "Seal (write it down)" in done.stderr.decode() and "Is it infected?" in done.stderr.decode()
    archive = tmp_path / "piped.zip"
    archive.write_bytes(done.stdout)
    assert run("verify", archive).returncode == 0
    _, reference = collect(pc, tmp_path / "folder")
    with zipfile.ZipFile(archive) as a, zipfile.ZipFile(reference) as b:
        mine = {n: a.read(n) for n in a.namelist() if n.startswith(("uploads/", "results/")) and not n.endswith("/")}
        theirs = {n: b.read(n) for n in b.namelist() if n.startswith(("uploads/", "results/")) and not n.endswith("/")}
        assert mine == theirs
        assert {"hikeshi/case.sqlite", "hikeshi/report.html", "hikeshi/run.log"} <= set(a.namelist())
        assert a.read("hikeshi/case.sqlite")[:16] == b"SQLite format 3\0"


def test_stdout__nobody_who_listens_is_said(pc):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([HIKESHI, "collect", "--source", pc, "--out", "-", "--lang", "en"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == 3, done.stderr


def test_stdout__not_to_a_terminal(pc):
    master, slave = pty.openpty()
    done = subprocess.run([HIKESHI, "collect", "--source", pc, "--out", "-", "--lang", "en"], stdout=slave, stderr=subprocess.PIPE, timeout=60)
    os.close(slave)
    os.close(master)
    assert done.returncode == 2 and b"terminal" in done.stderr


def test_double_click__one_screen_and_a_key(pc, tmp_path):
    """Under Wine, in a console of its own: greeting, bar, five answers, where it is, and it waits for a key."""
    if not shutil.which("script"):
        pytest.skip("script is not installed")
    program = shutil.copy(EXE, tmp_path / "hikeshi.exe") if Path(EXE).exists() else pytest.skip("hikeshi.exe was not built")
    shutil.copytree(pc, tmp_path / "pc")
    (tmp_path / "hikeshi.conf").write_text("source = pc\nlang = ja\n")
    process = subprocess.Popen(["script", "-qec", f"{wine()} {program}", "/dev/null"], cwd=tmp_path, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=dict(os.environ, WINEDEBUG="-all", TERM="xterm"))  # fmt: skip
    shown, end = b"", time.monotonic() + 120
    os.set_blocking(process.stdout.fileno(), False)
    while time.monotonic() < end and "何かキーを押す".encode() not in shown and process.poll() is None:
        shown += process.stdout.read() or b""
        time.sleep(0.1)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode("utf-8", "replace"))
    if "何かキーを押す" not in text:
        process.kill()
        pytest.skip("Wine gives the program no console of its own here")
    assert process.poll() is None
    for words in ("火消し", "USB メモリを抜いたり", "1 ", "5 ", "アーカイブ:", "封印値"):
        assert words in text, words
    assert "ただし" not in text
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.wait(timeout=30) in (0, 1)
    assert list(tmp_path.glob("HIKESHI_*.zip"))
