"""Collected directory indexes: names that only slack still has, and only those that matter. Beside other readers: tests/ntfs/test_index.py."""
import json
import os
import subprocess
import zipfile

import pytest

from forge import image as forge_image
from forge import index, times
from run.pc import data_dir

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
AT = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
FOLDER = 900 | 7 << 48


def name(text, number=50, **more):
    return index.Name(text, number, more.pop("born", AT), FOLDER, **more)


def parse(tmp_path, data, code=0, file="$I30"):
    path = tmp_path / file
    path.write_bytes(data)
    run = subprocess.run([HIKESHI, "parse", "i30", str(path)], capture_output=True, timeout=60)
    assert run.returncode == code, run.stdout
    return [json.loads(line) for line in run.stdout.splitlines()]


def told(records, kind="i30_slack"):
    return [r for r in records if r["record"] == kind]


def test_i30__a_name_in_slack_has_a_record_and_what_is_in_use_is_counted(tmp_path):
    gone = name("dropper.exe", 61, sequence=3, modified=AT + 1, changed=AT + 2, accessed=AT + 3, size=4096)
    records = parse(tmp_path, index.block([name("a.exe"), name("b.exe", 51)], gone.entry() + name("LAST~1.EXE", 62, space=index.DOS).entry()))
    r, = told(records)
    assert (r["name"], r["path"], r["entry"], r["sequence"], r["size"], r["why"], r["listed"]) == ("dropper.exe", "", 61, 3, 4096, ["program"], False)
    assert [r[k] for k in ("created", "modified", "changed", "accessed")] == [times.iso(AT + i) for i in range(4)]
    f, = told(records, "i30_folder")
    assert (f["n_used"], f["n_slack"], f["n_told"], f["n_damaged"], f["entry"], f["sequence"]) == (2, 2, 1, 0, 900, 7)


def test_i30__a_file_that_was_written_over_is_not_known(tmp_path):
    r, = told(parse(tmp_path, index.block([name("a")], name("x.js", 61).headless())))
    assert (r["name"], r["entry"], r["sequence"]) == ("x.js", None, None)


def test_i30__an_older_state_of_what_is_there_says_so(tmp_path):
    """A program whose times were set back: the slack has those it had before."""
    r, = told(parse(tmp_path, index.block([name("a.exe", born=AT - 900 * times.DAY)], name("a.exe").entry())))
    assert r["listed"] and r["created"] == times.iso(AT)


def test_i30__a_small_folder_is_its_root(tmp_path):
    records = parse(tmp_path, index.root([name("a")], name("x.vbs", 60).entry()))
    assert [r["name"] for r in told(records)] == ["x.vbs"] and told(records, "i30_folder")[0]["n_blocks"] == 0


def test_i30__a_bad_block_is_said_and_costs_itself(tmp_path):
    blocks = [bytearray(index.block([name(n, i)], name(n + ".exe", 60 + i).entry(), i)) for i, n in enumerate("abc")]
    blocks[1][510] ^= 1
    records = parse(tmp_path, b"".join(blocks), code=1)
    assert [r["name"] for r in told(records)] == ["a.exe", "c.exe"] and told(records, "i30_folder")[0]["n_damaged"] == 1
    note, = told(records, "note")
    assert note["outcome"] == "damaged" and note["offset"] == 4096 + 510


@pytest.mark.parametrize("data", [b"", b"INDX", b"\0" * 100, b"INDX" + b"\xff" * 8192, b"0\0\0\0\x01\0\0\0\0\x10\0\0" + b"\xff" * 60])
def test_i30__what_is_none_is_refused(tmp_path, data):
    assert [r["record"] for r in parse(tmp_path, data, code=1)] == ["error"]


def test_i30__a_real_folder_tells_its_long_names(tmp_path):
    path = data_dir() / "ntfs/i30/SecondDelete/$I30"
    if not path.exists():
        pytest.skip("no real evidence here: ntfs/i30")
    records = parse(tmp_path, path.read_bytes())
    f, = told(records, "i30_folder")
    assert (f["n_used"], f["n_slack"], f["entry"], f["sequence"]) == (10, 42, 118852, 18)          # as dissect and dfir_ntfs have it
    assert len(told(records)) == f["n_told"] and {"SomeFile17.txt", "Folder5"} <= {r["name"] for r in told(records)}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    forge_image.need()
    folder = tmp_path_factory.mktemp("worn")
    image = forge_image.make_worn(str(folder))
    subprocess.run([HIKESHI, "collect", "--source", image.path, "--out", str(folder), "--quiet"], capture_output=True, timeout=120)
    archive, = folder.glob("*.zip")
    return image, archive


def records_of(archive, name="I30Slack"):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read(f"results/Hikeshi.{name}.json").splitlines()]


def test_i30__a_collection_takes_the_indexes_and_tells_what_was_there(collected, tmp_path):
    image, archive = collected
    with zipfile.ZipFile(archive) as z:
        stored = {n.removeprefix("uploads/auto/C%3A/"): z.read(n) for n in z.namelist() if n.endswith("%3A$I30")}
        manifest = [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").splitlines()]
    assert {"%3A$I30", "ProgramData%3A$I30", "Users/taro/Downloads%3A$I30", "Users/taro/AppData/Local/Temp%3A$I30"} == set(stored)
    for path, data in stored.items():
        folder = "C:\\" + path.removesuffix("%3A$I30").replace("/", "\\")
        assert subprocess.run([HIKESHI, "cat", image.path, folder + ":$I30"], capture_output=True).stdout == data and data
    assert all(m["method"] == "raw" for m in manifest if str(m.get("path", "")).endswith(":$I30"))
    found = records_of(archive)
    once = {*image.gone, *image.renamed, *image.renamed.values(), *image.sums}
    assert len(found) > 100 and {r["path"][3:].replace("\\", "/") for r in found} <= once
    assert {tuple(r["why"]) for r in found} == {("program",), ("script",), ("temporary",), ("added_extension",)}
    folders = {f["path"]: f for f in records_of(archive, "I30Folder")}
    path = "C:\\Users\\taro\\Downloads"
    root = subprocess.run([HIKESHI, "cat", image.path, path + ":$I30:$INDEX_ROOT"], capture_output=True).stdout
    top, = told(parse(tmp_path, root), "i30_folder")                    # a large folder keeps a few of its names in the root
    assert folders[path]["n_used"] + top["n_used"] == len([n for n in image.sums if n.startswith("Users/taro/Downloads/")])


def test_i30__the_archive_and_the_unpacked_tree_tell_the_same(collected, tmp_path):
    _, archive = collected
    kept = []
    for source in (archive, tmp_path / "tree"):
        if source != archive:
            subprocess.run([HIKESHI, "unpack", str(archive), "--out", str(source)], capture_output=True, timeout=60, check=True)
            assert (source / "C/Users/taro/Downloads_$I30").exists() and (source / "C/$I30").exists()
        out = tmp_path / f"out{len(kept)}"
        subprocess.run([HIKESHI, "analyze", str(source), "--out", str(out), "--quiet"], capture_output=True, timeout=120)
        kept.append([json.loads(line) for line in (out / "timeline.jsonl").read_text(encoding="utf-8").splitlines()])
    one, other = [sorted((e["path"], e["datetime"]) for e in events if e["record"] == "i30_slack") for events in kept]
    assert one == other and len(one) > 100


def test_i30__a_tree_without_indexes_says_absent_and_goes_on(tmp_path):
    (tmp_path / "pc/C/Windows/System32").mkdir(parents=True)
    (tmp_path / "pc/C/Windows/Temp").mkdir()
    done = subprocess.run([HIKESHI, "analyze", str(tmp_path / "pc"), "--out", str(tmp_path / "out"), "--quiet"], capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    rows = json.loads((tmp_path / "out/coverage.json").read_text(encoding="utf-8"))
    rows = rows if isinstance(rows, list) else rows.get("coverage") or rows.get("rows")
    row, = (r for r in rows if r["kind"] == "i30")
    assert row["state"] == "absent"
