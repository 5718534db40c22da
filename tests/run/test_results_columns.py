"""Velociraptor shows a table's columns as the rows have them, once an artifact of that name is known to the server: every row of a result
has the same keys in the same order, and every result its artifact definition."""

import json
import re
import zipfile

import pytest

from forge import build
from run.pc import collect


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = tmp_path_factory.mktemp("columns")
    build("web", root / "pc", seed=1)
    done, path = collect(root / "pc", root / "out")
    assert path is not None, done.stderr
    return path


def test_columns__are_the_same_in_every_row_of_a_record(archive):
    with zipfile.ZipFile(archive) as z:
        results = [n for n in z.namelist() if n.startswith("results/") and not n.endswith("/")]
        assert len(results) > 5
        for name in results:
            keys = {}
            for line in z.read(name).decode().splitlines():
                row = json.loads(line)
                assert keys.setdefault(row["record"], list(row)) == list(row), name
            assert len(keys) == 1, f"{name} holds several records: the first row's columns would be shown for all"


def test_columns__every_result_has_its_definition(archive):
    with zipfile.ZipFile(archive) as z:
        files = [n for n in z.namelist() if not n.endswith("/")]
        results = {re.sub(r"^results/(.*)\.json$", r"\1", n).replace("%2F", "/") for n in files if n.startswith("results/")}
        known = {}
        for n in files:
            if n.startswith("hikeshi/velociraptor/"):
                text = z.read(n).decode()
                known[re.match(r"name: (\S+)\n", text)[1]] = text
    assert set(known) == results
    for text in known.values():
        assert "\ntype: CLIENT\n" in text
        # One source without a name: its rows are the artifact's own. No columns are chosen, so all are shown.
        assert re.search(r"\nsources:\n  - query: SELECT \* FROM ", text) and text.count("query:") == 1
