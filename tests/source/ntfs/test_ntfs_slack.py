"""Directory indexes of whole volumes, against icat (bytes), against the $MFT (what is in use: two readings of one thing that share no
code but that of a name), against fls (names in slack), and against what was deleted and renamed when the image was made.

What fls has and `ls --slack` does not give as a line of its own, by cause:
- a name that the deleted record of the $MFT still has: `ls --deleted` lists it from there;
- a name that is in use in the same folder: an older state of a file that is there.
What `ls --slack` has and fls (4.11) has not:
- entries whose times are later than 2010: fls takes them for chance (is_time in ntfs_dent);
- names in the slack of a folder's file record, where a small folder's index lies: fls looks at indexes only."""
import collections
import json
import os
import struct
import subprocess
import sys

import pytest

from forge import image as forge_image
from forge import index

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_ntfs_images import DATA, HIKESHI, REAL, hikeshi, items, need, unpack        # noqa: E402

TOOL = os.path.join(os.environ.get("HIKESHI_BUILD_DIR", "."), "tests", "tool_index")
INDEX = REAL + [("image/ntfs_index.raw.gz", 128)]


@pytest.fixture(scope="module")
def worn(tmp_path_factory):
    forge_image.need()
    return forge_image.make_worn(str(tmp_path_factory.mktemp("worn")))


@pytest.fixture(params=[*INDEX, ("worn", 0)], ids=lambda p: p[0])
def volume(request, tmp_path):
    if request.param[0] == "worn":
        return request.getfixturevalue("worn").path, 0
    return unpack(request.param[0], str(tmp_path)), request.param[1]


def cat(image, path):
    done = subprocess.run([HIKESHI, "cat", image, path], capture_output=True, timeout=60)
    return done.stdout if done.returncode == 0 else None


def folders(image):
    """{path without a separator behind it: its item}; the root is "C:"."""
    return {i["path"].rstrip("\\"): i for i in items(image) if i["directory"] and not i["stream"]}


def of_folder(path):
    return path + "\\" if path == "C:" else path


def test_ntfs_slack__an_index_equals_icat(volume):
    need("icat")
    image, offset = volume
    compared = collections.Counter()
    found = sorted((p, i) for p, i in folders(image).items() if not i["orphan"] and not i["reparse_tag"])
    for path, item in found[::len(found) // 20 + 1]:
        parts = {}
        for kind, number in (("$INDEX_ALLOCATION", 160), ("$INDEX_ROOT", 144), ("$BITMAP", 176)):
            run = subprocess.run(["icat", "-o", str(offset), image, f"{item['record']}-{number}"], capture_output=True)
            parts[kind] = run.stdout if run.returncode == 0 else None
            ours = cat(image, f"{of_folder(path)}:$I30:{kind}")
            if kind == "$INDEX_ALLOCATION" and ours == b"" and not any(parts[kind]):
                parts[kind] = b""                                       # its size is 0; icat gives as many zeroes as it has clusters
            assert ours == parts[kind], (path, kind)
            compared[kind] += parts[kind] is not None
        either = parts["$INDEX_ROOT"] if parts["$INDEX_ALLOCATION"] is None else parts["$INDEX_ALLOCATION"]
        assert cat(image, of_folder(path) + ":$I30") == either, path
    print(dict(compared))
    assert compared["$INDEX_ROOT"] >= 3 and compared["$INDEX_ALLOCATION"] >= 1


def index_of(image, folder, tmp_path):
    """What tool_index reads out of the three parts: (entries in use, counts)."""
    args = []
    for part in ("$INDEX_ROOT", "$INDEX_ALLOCATION", "$BITMAP"):
        data = cat(image, f"{of_folder(folder)}:$I30:{part}")
        at = tmp_path / part.strip("$")
        if data is not None:
            at.write_bytes(data)
        args.append("-" if data is None else str(at))
    run = subprocess.run([TOOL, *args], capture_output=True, timeout=60)
    assert run.returncode == 0, (folder, run.stdout)
    *rows, last = [line.split("\t") for line in run.stdout.decode().split("\n")[:-1]]
    return [r for r in rows if r[0] == "used"], last


def test_ntfs_slack__what_an_index_has_in_use_is_what_the_mft_lists_there(volume, tmp_path):
    """Of every folder: file, its sequence and name of each entry, short names among them. Nothing is left out but the root's ".". Of more than
    60 folders the fullest; HIKESHI_SLOW=1 takes all."""
    image, _ = volume
    wanted, short = collections.defaultdict(set), collections.defaultdict(set)
    for i in items(image):
        folder, _, last = i["path"].rstrip("\\").rpartition("\\")
        if i["stream"] or i["orphan"] or not folder:
            continue
        wanted[folder].add((i["record"], i["sequence"], last))
        if i["short_name"]:
            short[folder].add((i["record"], i["sequence"], i["short_name"]))
    n = 0
    found = [p for p, i in folders(image).items() if not i["orphan"] and not i["reparse_tag"]]
    found.sort(key=lambda p: -len(wanted[p]))
    for folder in found if os.environ.get("HIKESHI_SLOW") == "1" else found[:60]:
        used, last = index_of(image, folder, tmp_path)
        long_names = {(int(r[1]), int(r[2]), r[15]) for r in used if r[12] != "2" and r[15] != "."}
        short_names = {(int(r[1]), int(r[2]), r[15]) for r in used if r[12] == "2"}
        assert long_names == wanted[folder], folder
        assert short_names == short[folder], folder
        assert last[6] == "0", folder
        n += len(used)
    print(f"{n} entries in use")
    assert n > 20


def listing(image, *more):
    return [json.loads(line) for line in hikeshi("ls", image, "--jsonl", "--deleted", *more).splitlines()]


def short(path):
    return path[3:].replace("\\", "/")


def test_ntfs_slack__names_left_in_an_index_equal_fls(volume):
    need("fls")
    image, offset = volume
    found = listing(image, "--slack")
    left = collections.defaultdict(list)
    for i in found:
        if i.get("index_slack"):
            left[short(i["path"])].append(i)
    used = {short(i["path"]) for i in found if not i["deleted"]}
    deleted = {short(i["path"]) for i in found if i["deleted"] and not i.get("index_slack")}
    text = subprocess.run(["fls", "-r", "-p", "-o", str(offset), image], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    theirs = {line.partition("\t")[2] for line in text.splitlines() if " * " in line.partition("\t")[0]}
    theirs = {t.removesuffix(" (realloc)") for t in theirs}
    assert theirs - set(left) <= used | deleted
    for path in set(left) - theirs:
        assert all(max(i["file_name"].values()) >= "2010" for i in left[path]), path
    print(f"{len(left)} names in slack only, {len(theirs)} of fls, {len(theirs & set(left))} equal")


def test_ntfs_slack__every_name_left_was_once_there_and_the_listing_stays_as_it_was(worn):
    plain, with_slack = listing(worn.path), listing(worn.path, "--slack")
    left = [i for i in with_slack if i.get("index_slack")]
    assert [i for i in with_slack if not i.get("index_slack")] == plain and all(i["deleted"] for i in left)
    once = {*worn.gone, *worn.renamed, *worn.renamed.values()}
    assert {short(i["path"]) for i in left} <= once and len(left) > 200
    # Nothing that the $MFT says is said a second time.
    assert not {(i["record"], i["sequence"], i["path"]) for i in left} & {(i["record"], i["sequence"] - i["deleted"], i["path"]) for i in plain}
    by_record = {i["record"]: i for i in plain if not i["stream"]}
    reused = [i for i in left if i["record"] is not None and by_record[i["record"]]["path"].startswith("C:\\Other\\")]
    assert len(reused) > 50                                             # their records are other files' now
    assert all(i["file_name"]["born"].startswith("2009-03-10") for i in reused)


def test_ntfs_slack__the_three_formats_say_the_same(worn):
    left = [i for i in listing(worn.path, "--slack") if i.get("index_slack")]
    body = [line.split("|") for line in hikeshi("ls", worn.path, "--bodyfile", "--deleted", "--slack").decode().splitlines() if " ($I30) (deleted)|" in line]
    plain = [line for line in hikeshi("ls", worn.path, "--deleted", "--slack").decode().splitlines() if line.startswith((" $", "d$"))]
    assert len(left) == len(body) == len(plain)
    for i, b, p in zip(left, body, plain):
        assert (b[1], b[2], b[6]) == (i["path"].replace("\\", "/") + " ($I30) (deleted)", str(i["record"] or 0), str(i["size"]))
        assert p.endswith(i["path"]) and b[3].startswith("-/")
    assert b"$I30" not in hikeshi("ls", worn.path, "--bodyfile", "--deleted")
    one = hikeshi("ls", worn.path, "C:\\Users\\*\\Downloads\\*", "--slack").decode().splitlines()
    assert one and all("\\Downloads\\" in line for line in one)


def test_ntfs_slack__a_damaged_index_is_said_and_costs_itself(worn, tmp_path):
    data = bytearray(open(worn.path, "rb").read())
    whole = [i for i in listing(worn.path, "--slack") if i.get("index_slack")]
    blocks = cat(worn.path, "C:\\Users\\taro\\AppData\\Local\\Temp:$I30")
    at = data.find(blocks[4096:8192])
    assert at > 0 and len(blocks) > 8192
    data[at + 510] ^= 1
    broken = tmp_path / "broken.img"
    broken.write_bytes(data)
    done = subprocess.run([HIKESHI, "ls", str(broken), "--jsonl", "--deleted", "--slack"], capture_output=True, timeout=60)
    left = [i for i in map(json.loads, done.stdout.splitlines()) if i.get("index_slack")]
    assert b"1 damaged parts" in done.stderr and 0 < len(left)
    assert {i["path"] for i in left if "Temp" not in i["path"]} == {i["path"] for i in whole if "Temp" not in i["path"]}


def test_ntfs_slack__a_small_folder_leaves_names_in_its_file_record(worn, tmp_path):
    """A root that shrinks: what lies behind the attributes of the folder's own record. fls does not look there."""
    data = bytearray(open(worn.path, "rb").read())
    folder = folders(worn.path)["C:\\ProgramData\\small"]
    record = data.index(b"FILE", struct.unpack_from("<Q", data, 48)[0] * 4096) + 1024 * folder["record"]
    used, = struct.unpack_from("<I", data, record + 24)
    assert struct.unpack_from("<I", data, record + 44)[0] == folder["record"] and used < 880
    at = max(used, 520)
    gone = index.Name("left.exe", 777, 131_900_000_000_000_000, folder["record"] | folder["sequence"] << 48, sequence=3).entry()
    data[record + at:record + at + len(gone)] = gone
    broken = tmp_path / "small.img"
    broken.write_bytes(data)
    before = listing(worn.path, "--slack")
    new = [i for i in listing(str(broken), "--slack") if i not in before]
    assert [(i["path"], i["record"], i["sequence"]) for i in new] == [("C:\\ProgramData\\small\\left.exe", 777, 3)]


def test_ntfs_slack__a_copied_table_has_no_indexes(tmp_path):
    path = os.path.join(DATA, "ntfs", "mft", "deleted.mft")
    if not os.path.exists(path):
        pytest.skip("no real evidence here: ntfs/mft")
    done = subprocess.run([HIKESHI, "ls", path, "--slack"], capture_output=True, timeout=60)
    assert done.returncode == 1 and b"directory indexes" in done.stderr and done.stdout


def test_ntfs_slack__a_file_has_no_index(worn):
    name = sorted(worn.sums)[0]
    done = subprocess.run([HIKESHI, "cat", worn.path, "C:\\" + name.replace("/", "\\") + ":$I30"], capture_output=True)
    assert done.returncode == 4 and not done.stdout and b"not found" in done.stderr


def test_ntfs_slack__a_published_volume_shows_its_deleted_name(tmp_path):
    """dfir_ntfs' tests name what the slack of that volume's test_dir holds besides names in use."""
    image = unpack("image/ntfs_index.raw.gz", str(tmp_path))
    left = [i["path"] for i in listing(image, "--slack") if i.get("index_slack")]
    assert left == ["C:\\test_dir\\BBBBBBBBBBBBB-del.txt"]
