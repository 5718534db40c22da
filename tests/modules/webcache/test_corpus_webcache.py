"""The real web cache against libesedb's Python binding, dissect.esedb and esedbexport: which entries, and each value."""
import collections
import datetime
import json
import lzma
import os
import pathlib
import shutil
import subprocess

import pytest

pyesedb = pytest.importorskip("pyesedb")

ROOT = pathlib.Path(os.environ.get("HIKESHI_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
DATA = pathlib.Path(os.environ.get("HIKESHI_DATA") or ROOT / ".." / "shared" / "data")
HIKESHI = os.environ.get("HIKESHI", "hikeshi")
SOURCE = DATA / "webcache" / "WebCacheV01.dat.xz"

if not SOURCE.exists():
    pytest.skip("no real evidence here (set HIKESHI_DATA)", allow_module_level=True)

EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
TYPES = ("webcache_download", "webcache_visit", "webcache_entry")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("cache") / "Users" / "test" / "WebCacheV01.dat"
    path.parent.mkdir(parents=True)
    path.write_bytes(lzma.decompress(SOURCE.read_bytes()))
    return path


def parse(path):
    run = subprocess.run([HIKESHI, "parse", "webcache", str(path)], capture_output=True, timeout=300)
    return [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]


@pytest.fixture(scope="module")
def ours(database):
    return parse(database)


def rows(table):
    names = [c.name for c in table.columns]
    for i in range(table.number_of_records):
        record = table.get_record(i)
        yield {n: value(record, k) for k, n in enumerate(names)}


def value(record, index):
    """The bytes of a value; long ones stand apart from their row."""
    if record.is_long_value(index):
        return record.get_value_data_as_long_value(index).get_data()
    return record.get_value_data(index)


def number(data):
    return None if data is None else int.from_bytes(data, "little")


def text(data):
    return (data or b"").decode("utf-16-le").rstrip("\0")


def iso(data):
    ticks = number(data)
    if not ticks:
        return None
    t = EPOCH + datetime.timedelta(seconds=ticks // 10_000_000)
    return f"{t:%Y-%m-%dT%H:%M:%S}.{ticks % 10_000_000:07}Z"


@pytest.fixture(scope="module")
def library(database):
    """{(container, entry): row} of all Container_ tables that Containers lists, and the containers."""
    file = pyesedb.open(str(database))
    containers = {number(r["ContainerId"]): r for r in rows(file.get_table_by_name("Containers"))}
    entries = {}
    for container in containers:
        table = file.get_table_by_name(f"Container_{container}")
        for row in rows(table) if table else ():
            entries[container, number(row["EntryId"])] = row
    return containers, entries


def test_webcache__lists_every_container(ours, library):
    have = {r["container_id"]: (r["name"], r["directory"] or "") for r in ours if r["record"] == "webcache_container"}
    assert have == {i: (text(r["Name"]), text(r["Directory"])) for i, r in library[0].items()}
    assert len(have) == 21


def test_webcache__lists_every_entry(ours, library):
    have = collections.Counter((r["container_id"], r["entry_id"]) for r in ours if r["record"] in TYPES)
    assert have == collections.Counter(library[1].keys())
    assert sum(have.values()) == 1549


def test_webcache__reads_every_value_as_the_library_does(ours, library):
    for r in ours:
        if r["record"] not in TYPES:
            continue
        row = library[1][r["container_id"], r["entry_id"]]
        where = (r["container_id"], r["entry_id"])
        if r["container"] != "iedownload":
            assert (r["url_prefix"] or "") + (r["url"] or "") == text(row["Url"]), where
        assert (r["filename"] or "") == text(row["Filename"]), where
        assert r["size_bytes"] == number(row["FileSize"]), where
        assert r["access_count"] == number(row["AccessCount"]), where
        assert r["created_time"] == iso(row["CreationTime"]), where
        assert r["accessed_time"] == iso(row["AccessedTime"]), where
        assert r["expiry_time"] == iso(row["ExpiryTime"]), where


def test_webcache__headers_are_text_as_stored(ours, library):
    n = 0
    for r in ours:
        if r["record"] == "webcache_download" and r["response_headers"]:
            data = library[1][r["container_id"], r["entry_id"]]["ResponseHeaders"]
            assert r["response_headers"].encode() == data[:4096].rstrip(b"\0")
            n += 1
    assert n >= 100


def test_webcache__agrees_with_the_export_tool(database, ours, tmp_path):
    tool = shutil.which("esedbexport")
    if not tool:
        pytest.skip("esedbexport is not installed (Debian: libesedb-utils)")
    n = 0
    for container in (1, 2, 21, 23):
        out = tmp_path / f"c{container}"
        subprocess.run([tool, "-T", f"Container_{container}", "-t", str(out), str(database)], capture_output=True, timeout=120)
        exported = list((tmp_path / f"c{container}.export").glob(f"Container_{container}.*"))
        assert exported, container
        lines = exported[0].read_text(encoding="utf-8", errors="replace").splitlines()
        columns = lines[0].split("\t")
        want = {int(f[0]): f[columns.index("Url")] for f in (line.split("\t") for line in lines[1:]) if f[0].isdigit()}
        have = {r["entry_id"]: (r["url_prefix"] or "") + (r["url"] or "") for r in ours if r["record"] in TYPES and r["container_id"] == container}
        assert have.keys() == want.keys()
        for entry, url in want.items():
            # The tool of 2018 prints nothing for a value that does not lie in its row.
            assert have[entry] == url or (url == "" and len(have[entry]) > 256), (container, entry)
        n += len(want)
    assert n == 26 + 17 + 128 + 20


def test_webcache__folder_numbers_agree_with_how_many_files_each_holds(ours, library):
    """SecureUsage counts the files of each folder: the paths we make must give the same counts."""
    for i, row in library[0].items():
        names, usage = text(row["SecureDirectories"]), row["SecureUsage"] or b""
        have = collections.Counter(r["path"].split("\\")[-2] for r in ours if r["record"] in TYPES and r["container_id"] == i and r["path"])
        if not names or text(row["Name"]) == "iedownload":
            continue
        want = {names[8 * k:8 * k + 8]: int.from_bytes(usage[4 * k:4 * k + 4], "little") for k in range(len(names) // 8)}
        assert all(have[n] <= want[n] for n in want) and sum(have.values()) <= sum(want.values()), i
        if text(row["Name"]) == "Content":
            assert have == collections.Counter({n: c for n, c in want.items() if c}), i


def test_webcache__splits_users_from_addresses(ours):
    visits = [r for r in ours if r["record"] == "webcache_visit"]
    assert len(visits) == 113
    assert all("@" not in r["url"].split("//")[0] for r in visits)
    first = next(r for r in visits if r["container_id"] == 2 and r["entry_id"] == 30)
    assert (first["url"], first["url_prefix"]) == ("http://code.google.com/p/libyal/wiki/Overview", "Visited: test@")


def test_webcache__tells_where_downloads_were_put(ours):
    found = [r for r in ours if r["record"] == "webcache_download" and r["container"] == "iedownload"]
    assert sorted(r["path"].rpartition("\\")[2] for r in found) == ["Windows Prefetch File (PF) format.pdf", "Windows SuperFetch (DB) format.pdf"]
    assert all(r["url"].startswith("https://googledrive.com/") and r["referrer"].startswith("http://www.forensicswiki.org/") for r in found)


def test_webcache__takes_the_user_from_the_folder(ours):
    assert {r["user"] for r in ours if r["record"] in TYPES} == {"name:test"}


def test_webcache__refuses_other_databases():
    n = 0
    for path in sorted((DATA / "ese").glob("**/*")):
        if path.is_file():
            records = parse(path)
            assert not any(r["record"] in TYPES for r in records), path
            n += 1
    assert n >= 40
