"""The self-test says what works on this machine, and leaves nothing behind."""

import re

from run.pc import run

NATIVE_GOOD = ("sandbox: open a file", "sandbox: create a file", "sandbox: connect", "sandbox: start a process", "output folder",
               "free space", "long path", "Unicode file name", "restore file times (unpack)", "clock", "time zone")  # fmt: skip


def table(text):
    """Rows of the table: name -> mark."""
    return {m[2]: m[1].strip() for m in re.finditer(r"^\[(.{1,4})\] (.*?): .*$", text.replace("sandbox: ", "sandbox; "), re.M)}


def marks(text):
    return {name.replace("sandbox; ", "sandbox: "): mark for name, mark in table(text).items()}


def test_selftest__native_rows_are_good(tmp_path):
    done = run("selftest", "--out", tmp_path, "--lang", "en")
    got = marks(done.stdout)
    assert {n: got.get(n) for n in NATIVE_GOOD} == {n: "ok" for n in NATIVE_GOOD}, done.stdout
    assert got["shadow copies"] == "--" and got["registry hive in use"] == "--"  # on Windows only
    assert done.returncode == (1 if "FAIL" in got.values() else 0)
    assert list(tmp_path.iterdir()) == []


def test_selftest__speaks_japanese_with_the_same_rows(tmp_path):
    ja = run("selftest", "--out", tmp_path, "--lang", "ja")
    en = run("selftest", "--out", tmp_path, "--lang", "en")
    assert "長いパス" in ja.stdout and "隔離" in ja.stdout
    assert ja.returncode == en.returncode and len(ja.stdout.splitlines()) == len(en.stdout.splitlines())


def test_selftest__removes_a_folder_it_made(tmp_path):
    assert run("selftest", "--out", tmp_path / "new").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_selftest__fails_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    done = run("selftest", "--out", tmp_path / "file", "--lang", "en")
    assert done.returncode == 1 and marks(done.stdout)["output folder"] == "FAIL"


def test_selftest__under_wine_sees_a_locked_file(tmp_path):
    done = run("selftest", "--out", "Z:" + str(tmp_path).replace("/", "\\"), "--lang", "en", exe=True)
    got = marks(done.stdout)
    for name in ("output folder", "long path", "Unicode file name", "locked file", "clock"):
        assert got.get(name) == "ok", done.stdout
    assert "shadow copies" in got and "registry hive in use" in got
    # Wine enforces no token rights: what was not refused there must be told, not passed.
    assert done.returncode == (1 if "FAIL" in got.values() else 0)
    assert list(tmp_path.iterdir()) == []
