"""WebCacheV01.dat of the forge, read by libesedb (pyesedb, esedbexport) and dissect.esedb; page checksums against Windows'."""
import gzip
import io
import struct

import pytest

from forge import ese, times, webcache

T0 = times.jst(2026, 3, 10, 10, 12, 40, 1234567)
FIELDS = ("url created accessed modified expires synced filename secure_directory size type flags access_count response_headers redirect_url").split()


def make(n: int) -> list[webcache.Container]:
    entries = [webcache.Entry(f"http://x.example/{i}/ページ", T0 + i, T0 + 2 * i, T0 - i, T0 + 3 * i, T0 + 4 * i, f"a{i}[1].tmp", 1 + i % 4, 100 + i, 1 + i, i % 7, 1 + i % 5,
                              "HTTP/1.1 200 OK\r\nX: é\r\n\r\n", "http://y.example/" if i % 3 else "") for i in range(n)]
    return [webcache.Container("Content", "C:\\Users\\利用者\\INetCache\\IE\\", entries, ["AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "DDDDDDDD"]),
            webcache.Container("History", "C:\\Users\\利用者\\History\\", [])]


def expected_row(e: webcache.Entry, number: int) -> dict:
    return {"EntryId": number, "ContainerId": 1, "CacheId": 0, "UrlHash": webcache.url_hash(e.url), "SecureDirectory": e.secure_directory, "FileSize": e.size, "Type": e.type,
            "Flags": e.flags, "AccessCount": e.access_count, "SyncTime": e.synced, "CreationTime": e.created, "ExpiryTime": e.expires, "ModifiedTime": e.modified,
            "AccessedTime": e.accessed, "PostCheckTime": 0, "SyncCount": 0, "ExemptionDelta": 0, "Url": e.url, "Filename": e.filename, "FileExtension": "tmp",
            "RequestHeaders": None, "ResponseHeaders": e.response_headers.encode("latin-1"), "RedirectUrl": e.redirect_url or None, "Group": None, "ExtraData": None}


@pytest.mark.parametrize("page_size", [8192, 32768])
@pytest.mark.parametrize("n", [3, 2000])
def test_libesedb__reads_back_every_column(page_size, n, reader):
    containers = make(n)
    db = reader("pyesedb").file()
    db.open_file_object(io.BytesIO(webcache.build(containers, T0, page_size)))
    table = db.get_table_by_name("Container_1")
    assert [table.get_column(i).name for i in range(table.number_of_columns)] == [c.name for c in webcache.ENTRIES]
    assert [(table.get_column(i).identifier, table.get_column(i).type) for i in range(table.number_of_columns)] == [(c.id, c.type) for c in webcache.ENTRIES]
    found = {}
    for record in table.records:
        row = {}
        for i, c in enumerate(webcache.ENTRIES):
            raw = record.get_value_data(i)
            if c.id < 256:
                row[c.name] = int.from_bytes(raw, "little")
            else:
                row[c.name] = None if raw is None else raw.decode("utf-16-le").rstrip("\0") if c.type == ese.LONG_TEXT else raw
        found[row["EntryId"]] = row
    assert found == {i: expected_row(e, i) for i, e in enumerate(containers[0].entries, 1)}
    listed = db.get_table_by_name("Containers")
    names = [listed.get_column(i).name for i in range(listed.number_of_columns)]
    row = listed.get_record(0)
    assert row.get_value_data(names.index("SecureDirectories")).decode("utf-16-le") == "AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDD\0"
    assert row.get_value_data(names.index("Directory")).decode("utf-16-le") == containers[0].directory + "\0"
    assert row.get_value_data(names.index("Name")).decode("utf-16-le") == "Content\0"


@pytest.mark.parametrize("page_size", [8192, 32768])
def test_dissect__reads_the_same_records_in_key_order(page_size, reader):
    containers = make(2000)
    db = reader("dissect.database.ese").ESE(io.BytesIO(webcache.build(containers, T0, page_size)))
    assert [t.name for t in db.tables()] == ["MSysObjects", "MSysObjectsShadow", "Containers", "Container_1", "Container_2"]
    rows = [r.as_dict() for r in db.table("Container_1").records()]
    assert [r["UrlHash"] for r in rows] == sorted(r["UrlHash"] for r in rows) and len(rows) == 2000
    by_id = {r["EntryId"]: r for r in rows}
    for i, e in enumerate(containers[0].entries, 1):
        assert {k: by_id[i].get(k) for k in expected_row(e, i)} == expected_row(e, i)


def test_dissect__searches_by_the_keys_of_the_primary_index(reader):
    containers = make(300)
    table = reader("dissect.database.ese").ESE(io.BytesIO(webcache.build(containers, T0, 8192))).table("Container_1")
    for i in (1, 150, 300):
        e = containers[0].entries[i - 1]
        assert table.index("HashEntryIdIndex").search(UrlHash=webcache.url_hash(e.url), EntryId=i).get("Url").rstrip("\0") == e.url


def test_dissect__sees_which_fixed_columns_of_the_catalog_are_empty(reader):
    """libesedb does not look at the null bits of fixed columns."""
    db = reader("dissect.database.ese").ESE(io.BytesIO(webcache.build(make(1), T0)))
    empty = {1: set(), 2: set(), 3: set()}
    for r in db.catalog._ctable.records():
        empty[r.get("Type")].add(frozenset(n for n in ("RootFlag", "RecordOffset", "LCMapFlags") if r.get(n) is None))
    assert empty == {1: {frozenset({"RecordOffset", "LCMapFlags"})}, 3: {frozenset({"RootFlag", "RecordOffset"})},
                     2: {frozenset({"RootFlag", "LCMapFlags"}), frozenset({"RootFlag", "RecordOffset", "LCMapFlags"})}}


def test_esedbexport__knows_it_for_a_webcache(tool, tmp_path):
    path = tmp_path / "WebCacheV01.dat"
    path.write_bytes(webcache.build(make(50), T0))
    text = tool("esedbexport", "-t", tmp_path / "out", path)
    assert "Database type: MSIE WebCache" in text and "Export completed" in text
    exported = next((tmp_path / "out.export").glob("Container_1.*")).read_text()
    assert exported.count(".tmp\ttmp\t") == 50 and "http://x.example/49/ページ" in exported


def check_pages(blob: bytes, most: int) -> int:
    """The number of pages whose checksums are right; a wrong one fails. The first two pages are the header and its copy."""
    size, checked = struct.unpack_from("<I", blob, 236)[0], 0
    for number in range(1, min(len(blob) // size - 1, most)):
        page = blob[(number + 1) * size:(number + 2) * size]
        if not any(page[:8]):
            continue
        block = size // 4 if size > 8192 else size
        assert ese._checksum(page[:block], number, True) == page[:8]
        if size > 8192:
            assert all(ese._checksum(page[block * i:block * (i + 1)], number, False) == page[32 + 8 * i:40 + 8 * i] for i in (1, 2, 3))
        checked += 1
    return checked


def header_checksum(blob: bytes) -> int:
    size, value = struct.unpack_from("<I", blob, 236)[0], 0x89ABCDEF
    for (word,) in struct.iter_unpack("<I", blob[4:size]):
        value ^= word
    return value


@pytest.mark.parametrize("name", ["ese/dissect/basic.edb", "ese/srum_win10_clean/SRUDB.dat", "ese/go-ese/qmgr.db", "ese/srum_win11_clean/SRUDB.dat.gz"])
def test_page_checksums__are_what_windows_wrote(name, data):
    blob = (data / name).read_bytes()
    blob = gzip.decompress(blob) if name.endswith(".gz") else blob
    assert check_pages(blob, 40) > 15
    assert struct.unpack_from("<I", blob, 0)[0] == header_checksum(blob)


@pytest.mark.parametrize("page_size", [8192, 32768])
def test_page_checksums__are_so_in_what_we_write(page_size):
    blob = webcache.build(make(2000), T0, page_size)
    assert check_pages(blob, 1 << 30) > 20 and blob[:page_size] == blob[page_size:2 * page_size]
    assert struct.unpack_from("<I", blob, 0)[0] == header_checksum(blob)
