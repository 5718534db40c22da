"""Our archive keeps every rule of Velociraptor's import, the validator of those rules finds what breaks them, and
dissect.target opens the archive as it is."""

import json
import struct
import zipfile

import packer
import pytest
import velociraptor_rules
from test_archive_opens import FILES

EXTRA = [("own", "results/Hikeshi.Prefetch.json", b'{"a":1}\n{"a":2}'), ("result", "Prefetch", 2),
         ("own", "results/Hikeshi.Files%2FAll.json", b'{"p":"x"}\n'), ("result", "Hikeshi.Files%2FAll", 1)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return packer.pack(tmp_path_factory.mktemp("pack"), FILES, EXTRA[:2])


def test_our_archive_breaks_no_rule(archive):
    assert velociraptor_rules.problems(archive) == []


def test_an_archive_of_nothing_breaks_no_rule(tmp_path):
    found = velociraptor_rules.problems(packer.pack(tmp_path, {}))
    assert found == []


def test_a_recovered_archive_breaks_no_rule(archive, tmp_path):
    out = tmp_path / "again.zip"
    packer.run("recovers", HK_RECOVER_IN=archive, HK_RECOVER_OUT=out)
    assert velociraptor_rules.problems(out) == []


def test_the_files_say_what_they_must(archive):
    with zipfile.ZipFile(archive) as z:
        context = json.loads(z.read("collection_context.json"))
        client = json.loads(z.read("client_info.json"))
        rows = [json.loads(x) for x in z.read("uploads.json").decode().splitlines()]
        yaml = z.read("hikeshi/velociraptor/Hikeshi.Prefetch.yaml").decode()
    assert context["artifacts_with_results"] == ["Hikeshi.Prefetch"]
    assert context["query_stats"][0]["uploaded_files"] == len(FILES) == len(rows)
    assert context["create_time"] == 1750000000123456
    assert client["HostID"] == "4c4c4544003935108052b4c04f4e4d31"
    by_path = {r["vfs_path"]: r["_Components"] for r in rows}
    assert by_path["C:\\Users\\利用者\\Downloads\\invoice.exe:Zone.Identifier"] == [
        "uploads", "auto", "C:", "Users", "利用者", "Downloads", "invoice.exe:Zone.Identifier"]
    assert yaml.startswith("name: Hikeshi.Prefetch\n") and "type: CLIENT" in yaml


def rewritten(archive, out, change):
    """A copy whose entries went through `change` (name, content) -> content or None to drop."""
    with zipfile.ZipFile(archive) as z, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as w:
        for i in z.infolist():
            content = change(i.filename, z.read(i))
            if content is not None:
                w.writestr(i.filename, content)
    return out


def edited(name, old, new):
    def change(n, content):
        if n != name:
            return content
        assert old in content
        return content.replace(old, new, 1)

    return change


BREAKS = {
    "session_id missing": edited("collection_context.json", b'"session_id"', b'"session"'),
    "a key twice": edited("collection_context.json", b'{"session_id"', b'{"state":2,"session_id"'),
    "no integer": edited("collection_context.json", b'"create_time":1750000000123456', b'"create_time":1750000000.5'),
    "request missing": edited("collection_context.json", b'"request"', b'"requests"'),
    "no list of strings": edited("collection_context.json", b'"artifacts_with_results":["Hikeshi.Prefetch"]',
                                 b'"artifacts_with_results":"Hikeshi.Prefetch"'),
    "all totals become 0": edited("collection_context.json", b'"query_stats"', b'"stats"'),
    "not FINISHED": edited("collection_context.json", b'"state":2', b'"state":99'),
    "rows said": edited("collection_context.json", b'"result_rows":2', b'"result_rows":3'),
    "byte order mark": edited("uploads.json", b"{", b"\xef\xbb\xbf{"),
    "are the components decoded": edited("uploads.json", b'"C:"', b'"C%3A"'),
    "dropped in silence": edited("uploads.json", b'["uploads",', b"["),
    "invisible": edited("uploads.json", b'"vfs_path"', b'"path"'),
    "first dash": edited("client_info.json", b"4c4c4544", b"4c4c4544-"),
    "lost in silence": lambda n, c: c.rstrip(b"\n") if n == "uploads.json" else c,
    "nothing is imported": lambda n, c: None if n == "collection_context.json" else c,
    "no uploads, no error": lambda n, c: None if n == "uploads.json" else c,
    "but not in results/": lambda n, c: None if n.startswith("results/") else c,
    "no directory entry": lambda n, c: None if n.endswith("/") else c,
}


@pytest.mark.parametrize("rule", BREAKS)
def test_the_validator_finds_a_broken_rule(archive, tmp_path, rule):
    out = rewritten(archive, tmp_path / "broken.zip", BREAKS[rule])
    assert any(rule in p for p in velociraptor_rules.problems(out)), velociraptor_rules.problems(out)


@pytest.mark.parametrize("name", ["uploads/auto/C:/x", "uploads/auto/C%3A/../x", "uploads/auto/C%3A/dot.", "uploads/auto/C%3A/NUL.txt",
                                  "uploads/auto/C%3A/TWIN.txt", "uploads/auto/C%3A/a%b", "metadata.json", "uploads/auto/C%3A/" + "x" * 256])
def test_the_validator_finds_bad_names(archive, tmp_path, name):
    out = rewritten(archive, tmp_path / "broken.zip", lambda n, c: c)
    with zipfile.ZipFile(out, "a") as z:
        z.writestr(name, b"x")
    assert any(name in p or "differ in case" in p for p in velociraptor_rules.problems(out))


def test_the_validator_finds_half_saturated_end_records(archive, tmp_path):
    data = bytearray(archive.read_bytes())
    struct.pack_into("<I", data, len(data) - 22 + 12, 0xFFFFFFFF)
    (tmp_path / "half.zip").write_bytes(data)
    found = []
    velociraptor_rules._container(tmp_path / "half.zip", found.append)
    assert any("only some" in p for p in found)


def test_dissect_opens_the_archive_as_it_is(tmp_path):
    pytest.importorskip("dissect.target")
    from dissect.target import Target

    files = {
        "C:\\Windows\\System32\\config\\SYSTEM": b"regf" + b"\0" * 5000,
        "C:\\Windows\\Prefetch\\CMD.EXE-0BD30981.pf": b"\x11\0\0\0SCCA" + b"\0" * 200000,
        "C:\\Users\\利用者\\デスクトップ\\請求書(最終).txt": "日本語\n".encode(),
        "C:\\Users\\利用者\\x.exe:Zone.Identifier": b"[ZoneTransfer]\r\nZoneId=3\r\n",
        "C:\\Users\\利用者\\con.txt": b"device",
        "C:\\$MFT": bytes(range(256)) * 16,
    }
    archive = packer.pack(tmp_path, files, EXTRA)
    target = Target.open(archive)
    assert type(target._loader).__name__ == "VelociraptorLoader"
    for path, content in files.items():
        p = target.fs.path(path.replace("\\", "/"))
        assert p.exists(), path
        assert p.read_bytes() == content, path
