"""Encrypted archives as input: one that `age` made of ours opens everywhere an archive opens, and nothing opens without the key."""

import json
import subprocess

import pytest

from forge import build
from run.pc import collect, run
from store.age_tool import keygen, on_terminal, tool
from run import pc


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(plain archive, the same encrypted to a key by age, the key's file, a stranger's key)"""
    root = tmp_path_factory.mktemp("locked")
    build("bare", root / "pc", seed=1)
    done, archive = collect(root / "pc", root / "out")
    assert archive, done.stderr
    identity, recipient = keygen(root, "analyst.key")
    stranger, _ = keygen(root, "stranger.key")
    locked = root / (archive.name + ".age")
    subprocess.run([tool("age"), "-r", recipient, "-o", locked, archive], check=True)
    return archive, locked, identity, stranger


@pytest.fixture(scope="module")
def with_passphrase(made, tmp_path_factory):
    locked = tmp_path_factory.mktemp("pass") / "HIKESHI_PC.zip.age"
    code, shown = on_terminal([tool("age"), "-p", "-o", locked, made[0]], ["fire station", "fire station"])
    assert code == 0, shown
    return locked


def test_locked__verify_says_what_it_says_of_the_plain_one(made):
    archive, locked, identity, _ = made
    plain = run("verify", archive, "--lang", "en")
    done = run("verify", locked, "--identity", identity, "--lang", "en")
    assert plain.returncode == done.returncode == 0, done.stderr
    assert plain.stdout == done.stdout


def test_locked__unpack_writes_the_same_tree(made, tmp_path):
    archive, locked, identity, _ = made
    assert run("unpack", archive, "--out", tmp_path / "a").returncode == 0
    done = run("unpack", locked, "--identity", identity, "--out", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    trees = [{str(p.relative_to(tmp_path / d)): p.read_bytes() for p in (tmp_path / d).rglob("*") if p.is_file() and "CopyLog" not in p.name}
             for d in "ab"]
    assert trees[0] and trees[0] == trees[1]


def test_locked__analyze_gives_the_same_answers(made, tmp_path):
    archive, locked, identity, _ = made
    window = ["--until", "2026-04-01T00:00:00Z"]
    for source, out, keys in ((archive, "a", []), (locked, "b", ["--identity", identity])):
        done = run("analyze", source, *keys, "--out", tmp_path / out, *window)
        assert done.returncode in (0, 1), done.stderr
    answers = [json.loads((tmp_path / d / "answers.json").read_text())["answers"] for d in "ab"]
    assert answers[0] == answers[1]


def test_locked__collect_takes_it_as_a_source(made, tmp_path):
    _, locked, identity, _ = made
    done, archive = collect(locked, tmp_path / "out", "--identity", identity)
    assert done.returncode in (0, 1), done.stderr
    assert run("verify", archive).returncode == 0


def test_locked__a_stranger_gets_a_clear_message_and_no_output(made, tmp_path):
    _, locked, _, stranger = made
    for keys in ([], ["--identity", stranger]):
        for command in (["verify", locked], ["unpack", locked, "--out", tmp_path / "u"], ["analyze", locked, "--out", tmp_path / "a"],
                        ["verify", locked, "--recover", tmp_path / "r.zip"],
                        ["collect", "--source", locked, "--out", tmp_path / "c"]):
            done = run(*command, *keys, "--lang", "en")
            assert done.returncode == 4, (command, done.stdout, done.stderr)
            assert "encrypted" in done.stderr and "--identity" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_locked__the_passphrase_is_asked_for_and_not_shown(with_passphrase):
    code, shown = on_terminal([pc.HIKESHI, "verify", with_passphrase, "--lang", "en"], ["fire station"])
    assert code == 0 and "intact" in shown and "fire station" not in shown
    code, shown = on_terminal([pc.HIKESHI, "verify", with_passphrase, "--lang", "en"], ["fire brigade"])
    assert code == 4 and "passphrase" in shown


def test_locked__scripts_give_the_passphrase_by_file_or_variable(with_passphrase, tmp_path, monkeypatch):
    (tmp_path / "p").write_text("fire station\r\n")
    (tmp_path / "wrong").write_text("fire\n")
    assert run("verify", with_passphrase, "--passphrase-file", tmp_path / "p").returncode == 0
    assert run("verify", with_passphrase, "--passphrase-file", tmp_path / "wrong").returncode == 4
    monkeypatch.setenv("HIKESHI_PASSPHRASE", "fire station")
    assert run("verify", with_passphrase).returncode == 0


def test_locked__a_key_file_that_is_none_is_named_with_its_line(made, tmp_path):
    (tmp_path / "bad.key").write_text("# mine\nAGE-SECRET-KEY-1OOPS\n")
    done = run("verify", made[1], "--identity", tmp_path / "bad.key", "--lang", "en")
    assert done.returncode == 4 and "bad.key, line 2" in done.stderr and "OOPS" not in done.stderr


@pytest.mark.parametrize("where", ["header", "payload", "end"])
def test_locked__damage_is_told(made, tmp_path, where):
    _, locked, identity, _ = made
    data = bytearray(locked.read_bytes())
    at = {"header": 60, "payload": len(data) // 2, "end": len(data) - 3}[where]
    data[at] ^= 1
    (tmp_path / "x.zip.age").write_bytes(data)
    done = run("verify", tmp_path / "x.zip.age", "--identity", identity, "--lang", "en")
    assert done.returncode != 0 and "intact: it is" not in done.stdout
    if where != "header":
        assert done.returncode == 5 and "NOT intact" in done.stdout and "encrypted" in done.stdout


# ---- signatures -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(made, tmp_path):
    """A copy of the archive, signed by minisign itself."""
    archive = tmp_path / made[0].name
    archive.write_bytes(made[0].read_bytes())
    subprocess.run([tool("minisign"), "-G", "-W", "-p", tmp_path / "k.pub", "-s", tmp_path / "k.key"], check=True, capture_output=True)
    subprocess.run([tool("minisign"), "-S", "-s", tmp_path / "k.key", "-m", archive, "-t", "by hand"], check=True, capture_output=True)
    return archive


def test_signature__of_minisign_is_checked_with_a_file_or_the_key_itself(signed):
    public = (signed.parent / "k.pub").read_text().splitlines()[1]
    for key in (signed.parent / "k.pub", public):
        done = run("verify", signed, "--public-key", key, "--lang", "en")
        assert done.returncode == 0 and "signature holds: by hand" in done.stdout, done.stdout + done.stderr


def test_signature__a_change_another_key_or_none_is_not_intact(signed, tmp_path):
    subprocess.run([tool("minisign"), "-G", "-W", "-p", tmp_path / "other.pub", "-s", tmp_path / "other.key"], check=True, capture_output=True)
    assert run("verify", signed, "--public-key", tmp_path / "other.pub").returncode == 5
    minisig = signed.parent / (signed.name + ".minisig")
    text = minisig.read_text()
    minisig.write_text(text.replace("trusted comment: by hand", "trusted comment: by Hand"))
    assert run("verify", signed, "--public-key", signed.parent / "k.pub").returncode == 5
    minisig.unlink()
    done = run("verify", signed, "--public-key", signed.parent / "k.pub", "--lang", "en")
    assert done.returncode == 5 and "does NOT hold" in done.stdout
    assert run("verify", signed, "--public-key", "RWnonsense").returncode == 2


def test_signature__of_other_bytes_does_not_hold(signed):
    with open(signed, "ab") as f:
        f.write(b"x")
    done = run("verify", signed, "--public-key", signed.parent / "k.pub", "--lang", "en")
    assert done.returncode == 5 and "not what was signed" in done.stdout
