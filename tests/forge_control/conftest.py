import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """tree("mail") -> (path, truth); each story is written once."""
    import forge
    made = {}

    def get(story: str, **options):
        key = (story, tuple(sorted(options.items())))
        if key not in made:
            out = tmp_path_factory.mktemp("tree") / "pc"
            made[key] = (out, forge.build(story, out, **options))
        return made[key]
    return get


@pytest.fixture(scope="session")
def reader():
    """reader("pyscca") -> the module; the test is skipped where it is not installed."""
    def get(name: str):
        try:
            return importlib.import_module(name)
        except ImportError:
            pytest.skip(f"{name} is not installed")
    return get


@pytest.fixture(scope="session")
def tool():
    """tool("sccainfo", args…) -> its output; the test is skipped where it is not installed."""
    def run(name: str, *args) -> str:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")
        done = subprocess.run([name, *map(str, args)], capture_output=True, text=True, timeout=120, env=dict(os.environ, LC_ALL="C.UTF-8"))
        assert done.returncode == 0, done.stderr
        return done.stdout
    return run


@pytest.fixture(scope="session")
def data():
    """The folder of real evidence."""
    path = Path(os.environ.get("HIKESHI_DATA") or TESTS.parents[1] / "shared" / "data")
    if not (path / "CORPUS.tsv").is_file():
        pytest.skip("no real evidence: HIKESHI_DATA is not set and ../shared/data is not there")
    return path
