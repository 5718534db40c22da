"""`hikeshi keygen`: key files that age and minisign take, and theirs taken here; secrets stay where they belong."""

import re
import stat
import subprocess

import pytest

from run.pc import run
from store.age_tool import on_terminal, tool
from run import pc


def call(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, timeout=120, **more)


def test_keygen__makes_an_identity_that_age_takes(tmp_path):
    done = run("keygen", "--out", tmp_path / "my.key", "--lang", "en")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "my.key").read_text()
    recipient = re.search(r"^# public key: (age1[0-9a-z]{58})$", text, re.M).group(1)
    assert re.fullmatch(r"# created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z\n# public key: \S+\nAGE-SECRET-KEY-1[0-9A-Z]{58}\n", text)
    assert recipient in done.stdout and "AGE-SECRET-KEY" not in done.stdout + done.stderr
    assert call(tool("age-keygen"), "-y", tmp_path / "my.key").stdout.decode().strip() == recipient
    (tmp_path / "x.age").write_bytes(call(tool("age"), "-r", recipient, input=b"hello").stdout)
    assert call(tool("age"), "-d", "-i", tmp_path / "my.key", tmp_path / "x.age").stdout == b"hello"


@pytest.mark.parametrize("args, name", [([], "my.key"), (["--sign"], "my.key"), (["--sign"], "my.key.pub")])
def test_keygen__overwrites_nothing(tmp_path, args, name):
    (tmp_path / name).write_text("precious")
    done = run("keygen", *args, "--out", tmp_path / "my.key", "--lang", "en")
    assert done.returncode == 3
    assert (tmp_path / name).read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("args", [[], ["--sign"]])
def test_keygen__only_the_owner_may_read_the_secret(tmp_path, args):
    assert run("keygen", *args, "--out", tmp_path / "my.key").returncode == 0
    assert stat.S_IMODE((tmp_path / "my.key").stat().st_mode) == 0o600


def test_keygen__two_keys_differ(tmp_path):
    for name in "ab":
        assert run("keygen", "--out", tmp_path / name).returncode == 0
    assert (tmp_path / "a").read_text().splitlines()[2] != (tmp_path / "b").read_text().splitlines()[2]


def test_keygen__makes_a_pair_that_minisign_signs_and_checks_with(tmp_path):
    assert run("keygen", "--sign", "--out", tmp_path / "s.key").returncode == 0
    (tmp_path / "file").write_bytes(b"hello")
    done = call(tool("minisign"), "-S", "-s", tmp_path / "s.key", "-m", tmp_path / "file")
    assert done.returncode == 0, done.stderr
    assert call(tool("minisign"), "-Vm", tmp_path / "file", "-p", tmp_path / "s.key.pub").returncode == 0
    # minisign shows the same public key for the secret one
    assert call(tool("minisign"), "-R", "-s", tmp_path / "s.key", "-p", tmp_path / "again.pub").returncode == 0
    assert (tmp_path / "again.pub").read_text() == (tmp_path / "s.key.pub").read_text()


def test_keygen__a_protected_pair_is_asked_about_twice_and_opens_with_its_passphrase_in_minisign(tmp_path):
    # One test: scrypt takes 1 GiB and seconds each time.
    command = [pc.HIKESHI, "keygen", "--sign", "--passphrase", "--lang", "en", "--out"]
    code, shown = on_terminal([*command, tmp_path / "s.key"], ["top secret", "top secret"])
    assert code == 0, shown
    assert "top secret" not in shown
    (tmp_path / "file").write_bytes(b"hello")
    done = call(tool("minisign"), "-S", "-s", tmp_path / "s.key", "-m", tmp_path / "file", input=b"top secret\n")
    assert done.returncode == 0, done.stderr
    assert call(tool("minisign"), "-Vm", tmp_path / "file", "-p", tmp_path / "s.key.pub").returncode == 0
    code, shown = on_terminal([*command, tmp_path / "t.key"], ["top secret", "top secert"])
    assert code == 2 and "differ" in shown and not (tmp_path / "t.key").exists()


def test_keygen__a_passphrase_is_no_argument(tmp_path):
    done = run("keygen", "--sign", "--passphrase=hunter2", "--out", tmp_path / "s.key", "--lang", "en")
    assert done.returncode == 2 and "hunter2" not in done.stdout + done.stderr
    assert not (tmp_path / "s.key").exists()
