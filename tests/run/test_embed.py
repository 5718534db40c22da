"""Settings inside the program and beside it: which one wins, and that damaged ones are refused."""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from forge import build
from run.pc import EXE, HIKESHI, run, wine

BEGIN, END = b"HIKESHI\x1aCONFIG\x1a\x01", b"HIKESHI\x1aEND-\x1a\x00\x1a\x01"


def block(text):
    """Written from the description in collector/run/config.c, not by the program."""
    body = BEGIN + struct.pack("<I", len(text)) + text
    return body + hashlib.sha256(body).digest() + END


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    root = tmp_path_factory.mktemp("embed") / "pc"
    build("bare", root, seed=1)
    return root


def embed(tmp_path, text, *args, program=None, exe=False):
    config, new = tmp_path / "settings.txt", tmp_path / "new.exe"
    config.write_text(text, encoding="utf-8")
    done = run("embed", *([program] if program else []), "--config", config, "-o", new, "--lang", "en", *args, exe=exe)
    return done, new


def start(program, *args, cwd=None, windows=False):
    command = [wine(), str(program)] if windows else [str(program)]
    return subprocess.run([*command, *map(str, args)], capture_output=True, text=True, timeout=300, cwd=cwd, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, WINEDEBUG="-all"))  # fmt: skip


def case_of(folder):
    [archive] = folder.glob("HIKESHI_*.zip")
    with zipfile.ZipFile(archive) as z:
        return json.loads(z.read("hikeshi/manifest.jsonl").splitlines()[0]), z.read("hikeshi/run.log").decode()


def test_embed__the_program_runs_with_its_settings_and_nothing_typed(pc, tmp_path):
    done, new = embed(tmp_path, f"# pushed to the branch\nsource = {pc}\nout={tmp_path}/out\ncase = 2026-014\nquiet\nlang = en\n")
    assert done.returncode == 0, done.stderr
    assert new.read_bytes() == Path(HIKESHI).read_bytes() + block((tmp_path / "settings.txt").read_bytes())
    done = start(new)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and "Archive: " in done.stdout
    case, log = case_of(tmp_path / "out")
    assert case["case_id"] == "2026-014"
    assert "settings, in the program: source out case quiet lang" in log


def test_embed__command_line_wins_over_the_file_beside_which_wins_over_the_program(pc, tmp_path):
    done, new = embed(tmp_path, f"source = {pc}\nout = {tmp_path}/out\ncase = inside\noperator = inside\nreason = inside\nlang = en\n")
    assert done.returncode == 0, done.stderr
    (tmp_path / "hikeshi.conf").write_bytes(b"\xef\xbb\xbfoperator = beside\r\nreason=beside\r\n\r\n; done\r\n")
    done = start(new, "collect", "--reason", "typed")
    assert done.returncode == 0, done.stderr
    case, log = case_of(tmp_path / "out")
    assert (case["case_id"], case["operator"], case["reason"]) == ("inside", "beside", "typed")
    assert "in the program: source out case operator reason lang; hikeshi.conf: operator reason" in log


def test_embed__new_settings_take_the_place_of_old_ones(pc, tmp_path):
    done, new = embed(tmp_path, "case = old\n")
    assert done.returncode == 0
    (tmp_path / "2").mkdir()
    done, newer = embed(tmp_path / "2", "case = new\n", program=new)
    assert done.returncode == 0, done.stderr
    assert newer.read_bytes() == Path(HIKESHI).read_bytes() + block(b"case = new\n")


@pytest.mark.parametrize("cut", [1, 16, 17, 40, 60])
def test_embed__a_program_whose_settings_were_cut_off_does_nothing(tmp_path, cut):
    program = tmp_path / "cut"
    program.write_bytes(Path(HIKESHI).read_bytes() + block(b"quiet = yes\n" * 3)[:-cut])
    program.chmod(0o755)
    done = start(program, "collect", "--lang", "en")
    assert done.returncode == 2 and "in the program" in done.stderr and "cut off" in done.stderr
    assert start(program, "version").returncode == 0  # and can still say who it is


@pytest.mark.parametrize("at", [20, 25, 40, -1, -20])
def test_embed__changed_settings_are_refused(tmp_path, at):
    data = bytearray(block(b"case = 2026-014\n"))
    data[at] ^= 1
    program = tmp_path / "changed"
    program.write_bytes(Path(HIKESHI).read_bytes() + data)
    program.chmod(0o755)
    done = start(program, "collect", "--lang", "en")
    assert done.returncode == 2 and "in the program" in done.stderr, done.stderr


def test_embed__settings_before_a_signature_are_found(pc, tmp_path):
    """What is signed after embedding has its certificates behind the block."""
    program = tmp_path / "signed"
    program.write_bytes(Path(HIKESHI).read_bytes() + block(f"source = {pc}\nout = {tmp_path}/out\ncase = signed\n".encode()) + b"\x30\x82" * 4000)
    program.chmod(0o755)
    assert start(program).returncode == 0
    assert case_of(tmp_path / "out")[0]["case_id"] == "signed"


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("quiet = yes\nmax-totl = 2G\n", "settings.txt:2: unknown key: max-totl (did you mean max-total?)"),
        ("max-total = lots\n", "settings.txt:1: a size is written 500M or 2G, not: lots"),
        ("quiet = perhaps\n", "yes or no"),
        ("= x\n", "without a key"),
        ("out =\n", "empty"),
        ("no-evntlog = yes\n", "unknown key: no-evntlog"),
    ],
)
def test_config__says_where_it_is_wrong(tmp_path, text, wrong):
    done, new = embed(tmp_path, text)
    assert done.returncode == 2 and not new.exists()
    assert wrong in done.stderr.replace(str(tmp_path) + "/", ""), done.stderr
    program = Path(shutil.copy(HIKESHI, tmp_path / "program"))
    (tmp_path / "hikeshi.conf").write_text(text)
    done = start(program, "collect", "--lang", "en")
    assert done.returncode == 2 and wrong.replace("settings.txt", "hikeshi.conf") in done.stderr


def test_embed__refuses_what_is_no_program_and_overwrites_nothing(tmp_path):
    (tmp_path / "x.txt").write_text("not a program")
    done, new = embed(tmp_path, "quiet\n", program=tmp_path / "x.txt")
    assert done.returncode == 2 and not new.exists()
    (tmp_path / "new.exe").write_text("mine")
    done, new = embed(tmp_path, "quiet\n")
    assert done.returncode == 2 and new.read_text() == "mine"
    done = run("embed", "--config", tmp_path / "settings.txt", "--lang", "en")
    assert done.returncode == 2 and "-o" in done.stderr


@pytest.mark.parametrize("by_exe", [False, True], ids=["from-linux", "from-windows"])
def test_embed__the_windows_program_from_both_systems(pc, tmp_path, by_exe):
    wine()
    shutil.copytree(pc, tmp_path / "pc")
    done, new = embed(tmp_path, "source = pc\nout = out\ncase = 事案 1\nlang = en\n", program=None if by_exe else EXE, exe=by_exe)
    assert done.returncode == 0, done.stderr
    assert new.read_bytes() == Path(EXE).read_bytes() + block((tmp_path / "settings.txt").read_bytes())
    done = start(new, cwd=tmp_path, windows=True)
    assert done.returncode == 0, done.stderr
    assert case_of(tmp_path / "out")[0]["case_id"] == "事案 1"


def test_embed__recipients_given_with_it_are_in_the_program(pc, tmp_path):
    """Whoever double-clicks then cannot forget to encrypt."""
    done = run("keygen", "--out", tmp_path / "key", "--lang", "en")
    assert done.returncode == 0, done.stderr
    recipient = next(word for word in (done.stdout + (tmp_path / "key").read_text()).split() if word.startswith("age1"))
    done, new = embed(tmp_path, f"source = {pc}\nout = {tmp_path}/out", "--recipient", recipient)
    assert done.returncode == 0, done.stderr
    assert new.read_bytes().endswith(block(f"source = {pc}\nout = {tmp_path}/out\nrecipient = {recipient}\n".encode()))
    assert start(new).returncode == 0
    [archive] = (tmp_path / "out").glob("HIKESHI_*.zip.age")
    assert archive.read_bytes().startswith(b"age-encryption.org/v1\n")
    done, _ = embed(tmp_path / "out", "", "--recipient", "age1nonsense")
    assert done.returncode == 2
