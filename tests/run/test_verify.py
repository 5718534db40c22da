"""`hikeshi verify` and `--recover`: who is at fault decides the exit code and which file the message names."""

import zipfile

import pytest

from forge import build
from run.pc import collect, run


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    root = tmp_path_factory.mktemp("verify")
    build("bare", root / "pc", seed=1)
    done, archive = collect(root / "pc", root / "out")
    assert archive, done.stderr
    return archive


@pytest.fixture
def cut(sealed, tmp_path):
    path = tmp_path / "cut.zip.partial"
    path.write_bytes(sealed.read_bytes()[:-2000])
    return path


def test_verify__an_archive_that_is_not_there_or_a_folder_is_a_source_that_cannot_be_opened(tmp_path):
    done = run("verify", tmp_path / "none.zip", "--lang", "en")
    assert done.returncode == 4 and "not found" in done.stderr
    done = run("verify", tmp_path, "--lang", "en")
    assert done.returncode == 4 and "folder" in done.stderr


def test_verify__says_how_to_save_a_cut_off_archive(cut):
    done = run("verify", cut, "--lang", "en")
    assert done.returncode == 5 and f'hikeshi verify "{cut}" --recover' in done.stderr


def test_recover__saves_what_is_whole(cut, tmp_path):
    done = run("verify", cut, "--recover", tmp_path / "saved.zip", "--lang", "en")
    assert done.returncode == 0
    with zipfile.ZipFile(tmp_path / "saved.zip") as z:
        assert z.testzip() is None and any(n.startswith("uploads/") for n in z.namelist())


@pytest.mark.parametrize("where", ["none/saved.zip", "taken.zip"])
def test_recover__names_the_output_that_cannot_be_written(cut, tmp_path, where):
    (tmp_path / "taken.zip").write_text("not ours to replace")
    done = run("verify", cut, "--recover", tmp_path / where, "--lang", "en")
    assert done.returncode == 3 and where in done.stderr
    assert (tmp_path / "taken.zip").read_text() == "not ours to replace"


def test_recover__finds_nothing_in_what_is_no_archive(tmp_path):
    (tmp_path / "letter.txt").write_text("dear sir")
    done = run("verify", tmp_path / "letter.txt", "--recover", tmp_path / "saved.zip", "--lang", "en")
    assert done.returncode == 5 and "no entry" in done.stderr and not (tmp_path / "saved.zip").exists()
