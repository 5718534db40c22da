"""The NTFS engine against The Sleuth Kit (fls, istat by way of fls -m, icat), dissect.ntfs, and the files an image was made of.

What is known to differ, and is left out of the comparison by name:
- the root directory itself and the reserved records 12 to 15: fls does not print them;
- fls's virtual $OrphanFiles folder, its "x/." lines, and names it finds only in the slack of an index (their record says
  nothing of them, or is another file's by now);
- $FILE_NAME lines of files with several names: fls prints one name's size and times for all of them, and none for names that moved to
  an extension record; istat knows each, and must have that name with those times;
- deleted records that fls lists as alive because a stale index entry names them: istat must call them not allocated;
- unknown times (FILETIME 0): fls prints 1601 modulo 2^32."""
import calendar
import collections
import functools
import gzip
import hashlib
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

import pytest

from forge import image as forge_image

HIKESHI = os.environ.get("HIKESHI", "")
ROOT = os.environ.get("HIKESHI_SOURCE_DIR", ".")
DATA = os.environ.get("HIKESHI_DATA") or os.path.join(ROOT, "..", "shared", "data")


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")


def hikeshi(*args):
    done = subprocess.run([HIKESHI, *args], capture_output=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    forge_image.need()
    return forge_image.make(str(tmp_path_factory.mktemp("forged")))


def unpack(name, folder):
    """The raw image in a file of the real evidence, and fls's offset of its volume in sectors."""
    source = os.path.join(DATA, "ntfs", name)
    if not os.path.exists(source):
        pytest.skip(f"no real evidence here: ntfs/{name}")
    out = os.path.join(folder, "image.raw")
    if name.endswith(".gz") and not name.endswith(".tar.gz"):
        with gzip.open(source) as i, open(out, "wb") as o:
            shutil.copyfileobj(i, o)
    elif name.endswith(".tar.gz"):
        subprocess.run(["tar", "xzSf", source, "-C", folder], check=True)
        out = next(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(".raw"))
    elif ".qcow2" in name:
        need("qemu-img")
        packed = source
        if name.endswith(".xz"):
            packed = os.path.join(folder, "image.qcow2")
            with lzma.open(source) as i, open(packed, "wb") as o:
                shutil.copyfileobj(i, o)
        subprocess.run(["qemu-img", "convert", "-O", "raw", packed, out], check=True)
    else:
        out = source
    return out


REAL = [("image/testfs1", 0), ("image/test.ntfs.dd.gz", 0), ("vss/vss_1_vol.tar.gz", 67584), ("vss/vsstest.qcow2", 0),
        ("plaso/usnjrnl.qcow2.xz", 63)]


NO_TIME = "3373865674"      # FILETIME 0, 1601, in 32 bits of Unix time


def lines(text):
    found = collections.Counter()
    for line in text.decode("utf-8", "replace").splitlines():
        f = line.split("|")
        name, record, mode, size, times = "|".join(f[1:-9]), f[-9], f[-8], f[-5], f[-4:]
        if "/.:" in name or name.endswith("/."):
            continue
        name = name.replace(" (deleted-realloc)", " (deleted)")
        record = re.sub(r"^(\d+)-(\d+)-\d+$", r"\1-\2", record)       # TSK gives an attribute with number 0 a new one
        if name.endswith(" (deleted)"):
            mode = "-" + mode[1:]                                    # how TSK came by the name: index or record
        times = ["0" if t == NO_TIME else t for t in times]
        found[(name, record, mode, size, *times)] += 1
    return found


def is_free(image, offset, number):
    text = subprocess.run(["istat", "-o", str(offset), image, number], capture_output=True).stdout
    return b"Not Allocated" in text


def names_of(image, offset, number):
    """(name, accessed, modified, changed, born) of every $FILE_NAME that istat prints of a record."""
    text = subprocess.run(["istat", "-o", str(offset), image, number], capture_output=True, env=dict(os.environ, TZ="UTC")).stdout
    found = set()
    for part in text.decode("utf-8", "replace").split("$FILE_NAME Attribute Values:")[1:]:
        name = re.search(r"^Name: (.*)$", part, re.M).group(1)
        times = []
        for key in ("Accessed", "File Modified", "MFT Modified", "Created"):
            at = re.search(r"^%s:\t(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)" % key, part, re.M)
            times.append(str(calendar.timegm(time.strptime(at.group(1), "%Y-%m-%d %H:%M:%S"))) if at else "0")
        found.add((name, *times))
    return found


def is_known(line, other, names=None):
    """`names` tells what istat knows of a record, for lines that are ours."""
    name, record = line[0], line[1]
    number = record.split("-")[0]
    if name in ("C:/", "C:/ ($FILE_NAME)", "C:/$OrphanFiles") or re.match(r"C:/\$OrphanFiles/OrphanFile-1[2-5]$", name):
        return True
    if "($FILE_NAME)" in name and names is not None:
        last = name.split(" ($FILE_NAME)")[0].rsplit("/", 1)[-1]
        return (last, *line[4:]) in names(number)
    if "($FILE_NAME)" in name:
        return any(o[1] == record and o[4:] == line[4:] for o in other)
    if "-" not in record and line[3] == "0" and set(line[4:]) == {"0"}:                # a name in index slack only
        return True
    deleted = {o[1] for o in other if o[0].endswith(" (deleted)")}
    return number in {d.split("-")[0] for d in deleted}              # the same record, told from its index slack


def compare(image, offset):
    compare_listings(hikeshi("ls", image, "--bodyfile", "--deleted"), image, offset)


def compare_listings(bodyfile, image, offset):
    ours = lines(bodyfile)
    theirs = lines(subprocess.run(["fls", "-r", "-m", "C:", "-o", str(offset), image], capture_output=True, check=True).stdout)
    assert len(theirs) > 20
    names = functools.cache(lambda number: names_of(image, offset, number))
    only_ours = [x for x in ours if x not in theirs and not is_known(x, theirs, names)]
    only_ours = [x for x in only_ours if not (x[0].endswith(" (deleted)") and is_free(image, offset, x[1].split("-")[0]))]
    only_theirs = [x for x in theirs if x not in ours and not is_known(x, ours)]
    print(f"{os.path.basename(image)}: {len(ours)} lines, {len(theirs)} of fls, {len(set(ours) & set(theirs))} equal")
    assert not only_ours, "not in fls: %r" % only_ours[:10]
    assert not only_theirs, "only in fls: %r" % only_theirs[:10]
    assert len(set(ours) & set(theirs)) > 0.95 * len(theirs)


@pytest.mark.parametrize("name, offset", REAL)
def test_ntfs_images__listing_equals_fls(name, offset, tmp_path):
    need("fls")
    compare(unpack(name, str(tmp_path)), offset)


def test_ntfs_images__listing_of_a_forged_pc_equals_fls(forged):
    need("fls")
    compare(forged.path, 0)


def items(image, *more):
    return [json.loads(line) for line in hikeshi("ls", image, "--jsonl", *more).splitlines()]


@pytest.mark.parametrize("name, offset", REAL)
def test_ntfs_images__contents_equal_icat(name, offset, tmp_path):
    need("icat")
    image = unpack(name, str(tmp_path))
    n = 0
    for i in items(image):
        if i["stream"] or i["directory"] or i["size"] > 8 << 20 or i["orphan"] or not i["data"]:
            continue
        ours = subprocess.run([HIKESHI, "cat", image, i["path"]], capture_output=True)
        theirs = subprocess.run(["icat", "-o", str(offset), image, "%d-128" % i["record"]], capture_output=True)
        if theirs.returncode != 0:
            continue
        assert ours.returncode == 0, (i["path"], ours.stderr)
        assert hashlib.sha256(ours.stdout).digest() == hashlib.sha256(theirs.stdout).digest(), i["path"]
        n += 1
        if n == 60:
            break
    assert n > 0


def test_ntfs_images__contents_equal_what_was_written(forged):
    # icat and dissect.ntfs give zeros for overlay-compressed files; here they must be what was compressed.
    names = [n for n in forged.sums if not n.startswith("bigdir/")] + ["bigdir/file_001234_with_a_rather_long_name.txt"]
    wrong = []
    for name in names:
        path = "C:\\" + name.replace("/", "\\")
        done = subprocess.run([HIKESHI, "cat", forged.path, path], capture_output=True)
        if name.upper() == "CASE.TXT":
            continue                        # two names that differ in case only: one of them is found
        if done.returncode != 0 or hashlib.sha256(done.stdout).hexdigest() != forged.sums[name]:
            wrong.append((name, done.stderr))
    assert not wrong, wrong[:5]


def test_ntfs_images__overlay_compression_was_tested(forged):
    if not forged.wof:
        pytest.skip("libwim is not installed")
    assert len(forged.wof) == 16


def test_ntfs_images__owners_equal_dissect(forged):
    ntfs = pytest.importorskip("dissect.ntfs")
    by_record = {i["record"]: i["owner"] for i in items(forged.path) if not i["stream"]}
    with open(forged.path, "rb") as f:
        fs = ntfs.NTFS(f)
        n = 0
        for record in fs.mft.segments():
            try:
                sid = str(fs.secure.lookup(record.attributes.STANDARD_INFORMATION.security_id).owner)
            except Exception:               # noqa: BLE001  dissect has no fallback where we have one
                continue
            if record.segment in by_record:
                assert by_record[record.segment] == sid, record.segment
                n += 1
    assert n > 3000
    found = {i["path"]: i["owner"] for i in items(forged.path)}
    for name, sid in forged.owners.items():
        assert found["C:\\" + name.replace("/", "\\")] == sid


def test_ntfs_images__what_is_not_on_the_volume_is_refused_with_its_reason(forged):
    for name, reason in (("onedrive.docx", b"cloud"), ("dedup.bin", b"deduplication"), ("secret.docx", b"EFS")):
        done = subprocess.run([HIKESHI, "cat", forged.path, "C:\\Users\\taro\\Documents\\" + name], capture_output=True)
        assert done.returncode == 4 and reason in done.stderr and not done.stdout


def test_ntfs_images__an_unknown_reparse_tag_is_reported_and_stops_nothing(forged):
    path = "C:\\Users\\taro\\Documents\\unknown_tag.bin"
    found = {i["path"]: i for i in items(forged.path)}
    assert found[path]["reparse_tag"] == 0x8000F00D and found[path]["size"] == 20000
    assert found[path.replace("unknown_tag.bin", "secret.docx")]["attributes"] & 0x4000
    assert max(len(p) for p in found) == 966


def test_ntfs_images__a_journal_whose_hole_is_larger_than_its_volume_is_read(tmp_path):
    """sleuthkit refuses it ("Run length is larger than file system"); real journals are like that after some months."""
    made, why = forge_image.make_journal(str(tmp_path))
    if why:
        pytest.skip(why)
    image, base, records = made
    by_path = {i["path"]: i for i in items(image)}
    journal = by_path["C:\\$Extend\\$UsnJrnl:$J"]
    assert journal["size"] == base + len(records)
    ours = subprocess.run([HIKESHI, "cat", image, journal["path"]], capture_output=True, check=True).stdout
    assert len(ours) == journal["size"] and not any(ours[:base]) and ours[base:] == records
    assert len(hikeshi("cat", image, "C:\\$Extend\\$UsnJrnl:$Max")) == 32


def test_ntfs_images__the_volume_of_the_journal_sample_is_read_whole(tmp_path):
    """Every file and stream of it, by its digest, against icat."""
    need("icat")
    image, compared, files = unpack("plaso/usnjrnl.qcow2.xz", str(tmp_path)), set(), {}
    for line in subprocess.run(["fls", "-r", "-p", "-u", "-o", "63", image], capture_output=True, text=True, check=True).stdout.splitlines():
        kind, _, path = line.partition("\t")
        if kind.startswith("r/") and "-128-" in kind:
            files["C:\\" + path.replace("/", "\\")] = kind.split()[-1].rstrip(":")
    del files["C:\\$BadClus:$Bad"]         # as large as the volume, a hole
    for i in items(image):
        if i["path"] in files:
            theirs = subprocess.run(["icat", "-o", "63", image, files[i["path"]]], capture_output=True, check=True).stdout
            assert hashlib.sha256(hikeshi("cat", image, i["path"])).digest() == hashlib.sha256(theirs).digest(), i["path"]
            compared.add(i["path"])
    assert compared == set(files) and any(p.endswith("$UsnJrnl:$J") for p in compared)


def test_ntfs_images__both_sets_of_times_short_names_and_links(forged):
    found = {i["path"]: i for i in items(forged.path)}
    exe = found["C:\\Users\\taro\\Downloads\\invoice.exe"]
    assert exe["standard_information"]["modified"] == "2009-07-14T01:14:24.1234560Z"
    assert exe["standard_information"]["born"] == "2009-07-14T01:14:24.0000000Z"
    assert exe["file_name"]["born"] == "2009-07-14T01:14:24.0000000Z"      # ntfs-3g writes both
    assert found["C:\\Program Files"]["short_name"] == "PROGRA~1"
    assert found["C:\\hl_0"]["links"] == 61
    assert found["C:\\Users\\taro\\loop\\back"]["reparse_tag"] == 0xA0000003
    assert sum(1 for p in found if p.startswith("C:\\links\\hardlink")) == 60
    assert len([p for p in found if p.lower() == "c:\\case.txt"]) == 2
    assert "C:\\Users\\taro\\Documents:on a folder" in found


def test_ntfs_images__partitions_are_found(forged, tmp_path):
    """The same volume behind an MBR at sector 2048."""
    disk = tmp_path / "disk.raw"
    size = os.path.getsize(forged.path) // 512
    entry = bytes([0, 0, 0, 0, 7, 0, 0, 0]) + (2048).to_bytes(4, "little") + size.to_bytes(4, "little")
    with open(disk, "wb") as o:
        o.write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
        o.seek(2048 * 512)
        with open(forged.path, "rb") as i:
            while block := i.read(1 << 20):
                if any(block):
                    o.write(block)
                else:
                    o.seek(len(block), 1)
        o.truncate((2048 + size) * 512)
    assert hikeshi("ls", str(disk), "--jsonl", "--deleted") == hikeshi("ls", forged.path, "--jsonl", "--deleted")


@pytest.mark.parametrize("sector, cluster", [(512, 512), (512, 65536), (4096, 4096)])
def test_ntfs_images__other_sizes_of_sector_and_cluster(sector, cluster, tmp_path):
    forge_image.need()
    try:
        image = forge_image.make(str(tmp_path), sector, cluster)
    except OSError as e:
        pytest.skip(f"ntfs-3g cannot make it: {e}")
    paths = {i["path"] for i in items(image.path)}
    missing = [n for n in image.sums if "C:\\" + n.replace("/", "\\") not in paths]
    assert not missing, missing[:5]
    for name in ("Windows/System32/config/SAM", "many_runs.bin", "sparse.bin", "Users/taro/Documents/notes.txt:hidden.bin"):
        assert hashlib.sha256(hikeshi("cat", image.path, "C:\\" + name.replace("/", "\\"))).hexdigest() == image.sums[name], name


@pytest.fixture(scope="module")
def drive(forged, tmp_path_factory):
    """The image as drive E: of a Windows of its own; calls hikeshi.exe in it."""
    exe, wine = os.environ.get("HIKESHI_EXE", ""), shutil.which("wine64") or shutil.which("wine")
    if not wine or not os.path.exists(exe):
        pytest.skip("no Wine or no hikeshi.exe here")
    folder = str(tmp_path_factory.mktemp("wine"))
    env = dict(os.environ, WINEPREFIX=os.path.join(folder, "prefix"), WINEDEBUG="-all")
    subprocess.run([wine, "wineboot", "-i"], env=env, capture_output=True, timeout=300)
    devices = os.path.join(folder, "prefix", "dosdevices")
    os.symlink(folder, os.path.join(devices, "e:"))
    os.symlink(forged.path, os.path.join(devices, "e::"))
    def run(*args):
        return subprocess.run([wine, exe, *args], env=env, capture_output=True, timeout=300)

    run.put_c = lambda image: os.symlink(image, os.path.join(devices, "c::"))
    return run


@pytest.mark.parametrize("form", [["--bodyfile", "--deleted", "--slack"], ["--jsonl", "--deleted"], []])
def test_ntfs_images__the_volume_of_a_windows_gives_the_same_listing(form, forged, drive):
    native = hikeshi("ls", forged.path, *form)
    done = drive("ls", r"\\.\E:", *form)
    assert done.returncode in (0, 1), done.stderr
    text = done.stdout.replace(b'"path":"E:', b'"path":"C:').replace(b"0|E:", b"0|C:").replace(b" E:\\", b" C:\\")
    assert text == native and len(native) > 100000


def test_ntfs_images__the_volume_of_a_windows_gives_the_same_bytes(forged, drive):
    for name in ("Windows/System32/config/SAM", "Compressed/mixed.bin", "many_runs.bin", "Users/taro/Documents/notes.txt:hidden.bin",
                 *[n for n in forged.wof if "calls" in n]):
        done = drive("cat", r"\\.\E:", "E:\\" + name.replace("/", "\\"))
        assert hashlib.sha256(done.stdout).hexdigest() == forged.sums[name], (name, done.stderr)


def results(archive, folder):
    import zipfile
    with zipfile.ZipFile(archive) as z:
        z.extractall(folder)
        stored = {n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist() if n.startswith("uploads/") and not n.endswith("/")}
        records = {n: z.read(n) for n in z.namelist() if n.startswith("results/")}
    return stored, records


def test_ntfs_images__collecting_an_image_stores_what_was_on_it(forged, tmp_path):
    done = subprocess.run([HIKESHI, "collect", "--source", forged.path, "--out", str(tmp_path), "--quiet"], capture_output=True, timeout=600)
    archives = [n for n in os.listdir(tmp_path) if n.endswith(".zip")]
    assert len(archives) == 1, done.stderr
    stored, _ = results(os.path.join(tmp_path, archives[0]), str(tmp_path / "x"))
    for hive in ("SAM", "SYSTEM", "SOFTWARE"):
        name = next(n for n in stored if n.endswith("/Windows/System32/config/" + hive))
        assert stored[name] == forged.sums["Windows/System32/config/" + hive]
    manifest = [json.loads(x) for x in open(tmp_path / "x" / "hikeshi" / "manifest.jsonl", encoding="utf-8")]
    sam = next(x for x in manifest if str(x.get("path", "")).endswith("\\config\\SAM"))
    assert "raw" in json.dumps(sam) and "S-1-" in json.dumps(sam), sam


def test_ntfs_images__a_windows_collects_from_its_volume_what_the_image_gives(drive, tmp_path):
    """A PC with a story, as a volume: the same stored files and the same records natively and through the volume C: of a Windows (Wine)."""
    tree, native, windows = tmp_path / "pc", tmp_path / "native", tmp_path / "windows"
    subprocess.run([sys.executable, "-m", "forge", "--story", "web", "--out", str(tree), "--plain-names"], check=True, capture_output=True)
    image = forge_image.make_of_tree(str(tmp_path), str(tree / "C"))
    drive.put_c(image.path)
    native.mkdir(), windows.mkdir()
    time = ["--since", "2026-01-01T00:00:00Z", "--until", "2026-06-01T00:00:00Z", "--quiet"]
    subprocess.run([HIKESHI, "collect", "--source", image.path, "--out", str(native), *time], capture_output=True, timeout=300)
    done = drive("collect", "--source", r"\\.\C:", "--out", "Z:" + str(windows).replace("/", "\\"), *time)
    found = []
    for folder in (native, windows):
        archives = list(folder.glob("*.zip"))
        assert len(archives) == 1, done.stderr
        found.append(results(str(archives[0]), str(folder / "x")))
    assert found[0] == found[1]
    stored, records = found[0]
    print(f"{len(stored)} stored files, {len(records)} kinds of record, {sum(r.count(b'{') for r in records.values())} objects")
    assert len(stored) > 80 and len(records) > 8
    for name, digest in stored.items():
        path = urllib.parse.unquote(name).removeprefix("uploads/auto/C:/")
        assert path.startswith("$") or path.endswith(":$I30") or image.sums[path] == digest, name
    assert sum(name.endswith("%3A$I30") for name in stored) > 3


def wrap(mft, out):
    """A volume of nothing but this $MFT: a boot sector, and the table where its own run list says it lies."""
    data = open(mft, "rb").read()
    at = int.from_bytes(data[20:22], "little")
    while int.from_bytes(data[at:at + 4], "little") != 0x80:
        at += int.from_bytes(data[at + 4:at + 8], "little")
    runs = data[at + int.from_bytes(data[at + 32:at + 34], "little"):]
    n, m = runs[0] & 15, runs[0] >> 4
    cluster = int.from_bytes(runs[1 + n:1 + n + m], "little")
    boot = bytearray(512)
    boot[3:11] = b"NTFS    "
    boot[11:14] = b"\x00\x02\x08"
    boot[40:48] = (1 << 22).to_bytes(8, "little")
    boot[48:56] = boot[56:64] = cluster.to_bytes(8, "little")
    boot[64] = 0xF6
    with open(out, "wb") as f:
        f.write(boot)
        f.seek(cluster * 4096)
        f.write(data)
        f.truncate(2 << 30)


@pytest.mark.parametrize("name", ["orphan", "unicode"])
def test_ntfs_images__a_table_alone_equals_its_published_listing(name, tmp_path):
    """The listings beside these tables were made by fls when they were published."""
    folder = os.path.join(DATA, "ntfs", "mft")
    if not os.path.exists(os.path.join(folder, name + ".mft")):
        pytest.skip("no real evidence here: ntfs/mft")
    wrap(os.path.join(folder, name + ".mft"), str(tmp_path / "v.raw"))
    found = {}
    for i in items(str(tmp_path / "v.raw"), "--deleted"):
        found.setdefault((i["record"], i["path"][3:].replace("\\", "/")), i)
    n = 0
    for line in open(os.path.join(folder, name + ".fls"), encoding="utf-8"):
        kind, path, *times = line.rstrip("\n").split("\t")
        record, size = int(re.match(r"\S+ (?:\* )?(\d+)", kind).group(1)), int(times[4])
        if path == "$OrphanFiles":
            continue
        deleted = " * " in kind
        assert (record, path) in found, line
        i = found[(record, path)]
        assert i["deleted"] == deleted and i["directory"] == kind.split()[0].endswith("d"), line
        if not deleted or size:
            assert i["size"] == size, line
        zone = 3 * 3600 if "(MSK)" in times[0] else 0
        for value, key in zip(times, ("modified", "accessed", "changed", "born")):
            if value.startswith("0000"):
                continue
            at = calendar.timegm(time.strptime(value.rsplit(" ", 1)[0], "%Y-%m-%d %H:%M:%S")) - zone
            ours = i["standard_information"][key]
            assert ours is None or calendar.timegm(time.strptime(ours[:19], "%Y-%m-%dT%H:%M:%S")) == at, (line, key)
        n += 1
    assert n >= 38
