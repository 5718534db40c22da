"""What the store packs is opened by Info-ZIP's unzip, 7-Zip and Python's zipfile; what they pack is opened by us."""

import datetime
import hashlib
import io
import json
import os
import random
import shutil
import struct
import subprocess
import zipfile

import packer
import pytest

RANDOM = random.Random(20260310)

# Evidence path -> content. Sizes around the window of 128 KiB, compressible, incompressible, empty.
FILES = {
    "C:\\Windows\\Prefetch\\CMD.EXE-0BD30981.pf": RANDOM.randbytes(20000),
    "C:\\Users\\利用者\\デスクトップ\\請求書(最終) [1] & 100%.txt": "日本語\n".encode() * 3000,
    "C:\\Users\\利用者\\Downloads\\invoice.exe": b"MZ" + RANDOM.randbytes(300000),
    "C:\\Users\\利用者\\Downloads\\invoice.exe:Zone.Identifier": b"[ZoneTransfer]\r\nZoneId=3\r\n",
    "C:\\Windows\\empty.log": b"",
    "C:\\$Extend\\$UsnJrnl:$J": b"\0" * 500000,
    "C:\\trailing.\\sp \\.hidden": b"x",
    "C:\\CON\\nul.txt": b"device",
    "C:\\Twin.txt": b"upper",
    "C:\\twin.TXT": b"lower!",
    "C:\\" + "長" * 100 + ".evtx": b"long",
    "C:\\" + "a" * 255: b"255",
    "C:\\" + "\\".join(["d" * 100] * 40) + "\\f.lnk": b"deep",
    "C:\\か\u3099.txt": b"nfd",
    "C:\\が.txt": b"nfc",
    "C:\\tab\there\x01": b"control",
    b"C:\\bad\xff\xfename": b"no utf-8",
    "\\\\.\\C:\\$MFT": RANDOM.randbytes(40960),
    "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\Windows\\x": b"shadow",
    "D:\\..\\..\\climb": b"climb",
    "D:\\😀\u202egpj.exe": b"rtl",
}
for n in (1, 63, 64, 65, 4095, 65535, 131071, 131072, 131073, 262144, 1000000):
    FILES[f"D:\\sizes\\{n}.txt"] = (b"The quick brown fox %d\n" % n * (n // 20 + 1))[:n]
    FILES[f"D:\\sizes\\{n}.bin"] = RANDOM.randbytes(n)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    extra = [("missed", "C:\\pagefile.sys"), ("own", "results/Hikeshi.Prefetch.json", b'{"a":1}\n{"a":2}'),
             ("result", "Prefetch", 2), ("own", "hikeshi/report.html", b"<html></html>")]
    return packer.pack(tmp_path_factory.mktemp("pack"), FILES, extra)


@pytest.fixture(scope="module")
def manifest(archive):
    with zipfile.ZipFile(archive) as z:
        return [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").decode().split("\n")[:-1]]


def path_of(line):
    return bytes.fromhex(line["path_hex"]) if "path_hex" in line else line["path"].encode()


def test_zipfile_reads_every_byte_by_the_manifest(archive, manifest):
    want = {(p if isinstance(p, bytes) else p.encode()): c for p, c in FILES.items()}
    seen = set()
    with zipfile.ZipFile(archive) as z:
        assert z.testzip() is None
        for line in manifest:
            if line["role"] != "evidence":
                continue
            content = z.read(line["name"])
            assert content == want[path_of(line)], line["path"]
            assert line["size"] == len(content)
            assert line["sha256"] == hashlib.sha256(content).hexdigest()
            assert line["md5"] == hashlib.md5(content).hexdigest()
            seen.add(path_of(line))
    assert seen == set(want)


def test_manifest_lists_all_and_is_chained(archive, manifest):
    with zipfile.ZipFile(archive) as z:
        text = z.read("hikeshi/manifest.jsonl")
        names = [i.filename for i in z.infolist()]
    previous = "0" * 64
    for i, raw in enumerate(text.split(b"\n")[:-1]):
        assert manifest[i]["n"] == i
        assert manifest[i]["previous"] == previous
        previous = hashlib.sha256(raw).hexdigest()
    assert manifest[0]["role"] == "case" and manifest[-1]["role"] == "end"
    listed = {line["name"] for line in manifest if "name" in line}
    assert {n for n in names if not n.endswith("/")} - listed == {"hikeshi/manifest.jsonl", "hikeshi/seal.json"}
    assert names[-2:] == ["hikeshi/manifest.jsonl", "hikeshi/seal.json"]
    assert [line["path"] for line in manifest if line["role"] == "missed"] == ["C:\\pagefile.sys"]


def test_seal_and_digest_file(archive):
    with zipfile.ZipFile(archive) as z:
        seal = json.loads(z.read("hikeshi/seal.json"))
        assert seal["sha256"] == hashlib.sha256(z.read("hikeshi/manifest.jsonl")).hexdigest()
    beside = archive.with_name(archive.name + ".sha256").read_text()
    assert beside.split("\n")[0] == f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}"
    assert seal["sha256"] in beside
    r = subprocess.run(["sha256sum", "-c", archive.name + ".sha256"], cwd=archive.parent, capture_output=True)
    assert r.returncode == 0, r.stderr


def extras(blob):
    out = {}
    while blob:
        tag, n = struct.unpack_from("<HH", blob)
        out[tag] = blob[4 : 4 + n]
        blob = blob[4 + n :]
    return out


def test_times_are_in_all_three_forms(archive):
    day = 864000000000
    started = 116444736000000000 + 17500000001234567
    with zipfile.ZipFile(archive) as z:
        i = z.getinfo("uploads/auto/C%3A/Windows/empty.log")
    modified, accessed, born = struct.unpack("<QQQ", extras(i.extra)[0x000A][8:32])
    assert (born, modified, accessed) == (started - 3 * day, started - 2 * day - 1, started - day - 2)
    flags, unix = struct.unpack("<Bi", extras(i.extra)[0x5455][:5])
    assert unix == (modified - 116444736000000000) // 10**7 and flags == 7
    utc = datetime.datetime.fromtimestamp(unix, datetime.timezone.utc)
    assert i.date_time == (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second // 2 * 2)


def test_directory_entries_come_once_and_first(archive):
    seen = set()
    with zipfile.ZipFile(archive) as z:
        for i in z.infolist():
            assert i.filename not in seen
            seen.add(i.filename)
            parts = i.filename.rstrip("/").split("/")
            for k in range(1, len(parts)):
                assert "/".join(parts[:k]) + "/" in seen


def test_incompressible_is_stored_and_the_rest_deflated(archive):
    with zipfile.ZipFile(archive) as z:
        for i in z.infolist():
            if "/sizes/" in i.filename and i.file_size > 1000:
                assert i.compress_type == (0 if i.filename.endswith(".bin") else 8), i.filename


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_tests_and_restores_times(archive, tmp_path):
    r = subprocess.run(["unzip", "-tq", archive], capture_output=True)
    assert r.returncode == 0, r.stdout
    env = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
    name = "uploads/auto/C%3A/Users/利用者/デスクトップ/請求書(最終) [1] & 100%25.txt"
    r = subprocess.run(["unzip", "-q", archive, "-d", tmp_path, "uploads/auto/C%3A/Users/*"], env=env, capture_output=True)
    assert r.returncode == 0, r.stdout + r.stderr
    out = tmp_path / name
    assert out.read_bytes() == FILES["C:\\Users\\利用者\\デスクトップ\\請求書(最終) [1] & 100%.txt"]
    assert int(out.stat().st_mtime) == 1750000000 - 2 * 86400


@pytest.mark.skipif(not shutil.which("7z"), reason="7-Zip is not installed")
def test_7z_tests_without_a_warning_and_restores_times_to_100_ns(archive, tmp_path):
    r = subprocess.run(["7z", "t", archive], capture_output=True)
    text = r.stdout.decode() + r.stderr.decode()
    assert r.returncode == 0 and "Everything is Ok" in text, text
    assert "arning" not in text and "rror" not in text, text
    subprocess.run(["7z", "x", f"-o{tmp_path}", archive], capture_output=True, check=True)
    with zipfile.ZipFile(archive) as z:
        for i in z.infolist():
            if not i.is_dir():
                assert (tmp_path / i.filename).read_bytes() == z.read(i), i.filename
    stat = (tmp_path / "uploads/auto/C%3A/Windows/empty.log").stat()
    want = (17500000001234567 - 2 * 864000000000 - 1) * 100
    assert abs(stat.st_mtime_ns - want) < 1000


def test_our_verdict_is_good(archive):
    v = packer.verdict(archive)
    assert v["sealed"] and v["bad"] == v["missing"] == v["unlisted"] == 0 and v["first"] == ""


def entries_by_us(path):
    out = {}
    for line in packer.run("shows_what_an_archive", HK_UNPACK_IN=path):
        parts = line.split(" ")
        if parts[0] == "entry":
            out[bytes.fromhex(parts[1]).decode()] = parts[2:]
        elif line.startswith("archive error"):
            return parts[2]
    return out


def test_we_read_archives_of_zipfile(tmp_path):
    path = tmp_path / "a.zip"
    want = {"日本.txt": "日本".encode() * 1000, "stored.bin": RANDOM.randbytes(5000), "big64": b"z" * 70000}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("日本.txt", want["日本.txt"])
        z.writestr(zipfile.ZipInfo("stored.bin"), want["stored.bin"])
        with z.open("big64", "w", force_zip64=True) as f:
            f.write(want["big64"])
        z.comment = b"a comment with PK\5\6 in it"
    got = entries_by_us(path)
    assert {n: v[1] for n, v in got.items()} == {n: hashlib.sha256(c).hexdigest() for n, c in want.items()}


def test_we_read_streamed_archives(tmp_path):
    class Pipe(io.RawIOBase):
        """Cannot seek, so that zipfile writes data descriptors."""

        def __init__(self, f):
            self.f = f

        def writable(self):
            return True

        def write(self, b):
            return self.f.write(b)

    path = tmp_path / "s.zip"
    with open(path, "wb") as f, zipfile.ZipFile(Pipe(f), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", b"abc" * 5000)
        z.writestr("b", b"")
    got = entries_by_us(path)
    assert got["a"][1] == hashlib.sha256(b"abc" * 5000).hexdigest()
    out = tmp_path / "again.zip"
    packer.run("recovers", HK_RECOVER_IN=path, HK_RECOVER_OUT=out)
    with zipfile.ZipFile(out) as z:
        assert z.read("a") == b"abc" * 5000


@pytest.mark.skipif(not shutil.which("zip"), reason="zip is not installed")
def test_we_read_archives_of_info_zip(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "利用者.txt").write_bytes(b"hello\n" * 999)
    subprocess.run(["zip", "-q", "-r", "i.zip", "d"], cwd=tmp_path, check=True)
    got = entries_by_us(tmp_path / "i.zip")
    assert got["d/利用者.txt"][1] == hashlib.sha256(b"hello\n" * 999).hexdigest()


@pytest.mark.skipif(not shutil.which("7z"), reason="7-Zip is not installed")
def test_we_refuse_methods_we_do_not_know(tmp_path):
    (tmp_path / "x").write_bytes(b"hello\n" * 999)
    subprocess.run(["7z", "a", "-tzip", "-mm=LZMA", "l.zip", "x"], cwd=tmp_path, check=True, capture_output=True)
    assert entries_by_us(tmp_path / "l.zip")["x"] == ["error", "unsupported"]


def test_what_stands_in_front_of_an_archive_does_not_hide_it(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as z:
        z.writestr("a", b"abc")
    (tmp_path / "sfx.exe").write_bytes(b"MZ" + b"\0" * 4094 + inner.getvalue())
    assert entries_by_us(tmp_path / "sfx.exe")["a"][1] == hashlib.sha256(b"abc").hexdigest()


def test_lies_in_the_directory_are_found(tmp_path):
    base = io.BytesIO()
    with zipfile.ZipFile(base, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", b"a" * 10000)
        z.writestr("b", b"b" * 10000)
    data = bytearray(base.getvalue())
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)

    def check(at, form, value):
        changed = bytearray(data)
        struct.pack_into(form, changed, at, value)
        (tmp_path / "lie.zip").write_bytes(changed)
        got = entries_by_us(tmp_path / "lie.zip")
        return got if isinstance(got, str) else {k: v[0] == "error" for k, v in got.items()}

    assert check(first + 16, "<I", 0) == {"a": True, "b": False}  # CRC-32
    assert check(first + 24, "<I", 9999) == {"a": True, "b": False}  # size
    assert check(first + 24, "<I", 0xFFFFFFFE) == {"a": True, "b": False}  # a bomb's size
    assert check(first + 20, "<I", 5) == {"a": True, "b": False}  # packed
    assert check(second + 42, "<I", 0) == {"a": True, "b": True}  # two entries over one place
    assert check(second + 42, "<I", 0x7FFFFFFF) == {"a": False, "b": True}
    assert check(first + 46, "<B", ord("x")) == {"x": True, "b": False}  # another name than the local header's
    assert check(len(data) - 22 + 8, "<I", 9 << 16 | 9) == "damaged"  # more entries than there are
    assert check(len(data) - 22 + 16, "<I", 0x7FFFFFFF) == "damaged"


def test_seventy_thousand_entries(tmp_path):
    archive = packer.pack(tmp_path, {"C:\\first": b"1"}, [("many", "C:\\many\\利用者", 70000)])
    with zipfile.ZipFile(archive) as z:
        evidence = [n for n in z.namelist() if n.startswith("uploads/") and not n.endswith("/")]
        assert len(evidence) == 70001
        for k in (0, 1, 35000, 69999):
            assert z.read(f"uploads/auto/C%3A/many/利用者{k:06}") == f"C:\\many\\利用者{k:06}".encode()
    assert packer.verdict(archive)["sealed"]
    import velociraptor_rules

    found = []
    velociraptor_rules._container(archive, found.append)
    assert not found
    if shutil.which("7z"):
        r = subprocess.run(["7z", "t", archive], capture_output=True)
        assert r.returncode == 0 and b"Warning" not in r.stdout, r.stdout


def opened_by_others(archive):
    for command in (["7z", "t", archive], ["unzip", "-tq", archive]):
        if shutil.which(command[0]):
            r = subprocess.run(command, capture_output=True)
            assert r.returncode == 0 and b"arning" not in r.stdout, r.stdout[-2000:] + r.stderr[-2000:]


@pytest.mark.skipif(os.environ.get("HIKESHI_SLOW") != "1", reason="slow: set HIKESHI_SLOW=1")
def test_entries_beyond_4_gib(tmp_path):
    n = (4 << 30) + 12345
    archive = packer.pack(tmp_path, {"C:\\before": b"1"}, [("zeros", "C:\\big.bin", n), ("zeros", "C:\\after.bin", 200000)])
    with zipfile.ZipFile(archive) as z:
        assert z.getinfo("uploads/auto/C%3A/big.bin").file_size == n
        assert z.read("uploads/auto/C%3A/after.bin") == b"\0" * 200000
    v = packer.verdict(archive)
    assert v["sealed"] and v["bad"] == 0
    opened_by_others(archive)


@pytest.mark.skipif(os.environ.get("HIKESHI_SLOW") != "1", reason="slow: set HIKESHI_SLOW=1")
def test_an_archive_of_6_gb(tmp_path):
    """Noise, so that it is stored: one entry beyond 4 GiB, and others behind it, packed and empty."""
    blocks = [RANDOM.randbytes(1 << 20) for _ in range(7)]
    wanted = hashlib.sha256()
    with open(tmp_path / "noise", "wb") as f:
        for i in range(5800):
            f.write(blocks[i % 7])
            wanted.update(blocks[i % 7])
    (tmp_path / "list").write_text(
        f"evidence {packer.hexed('C:' + chr(92) + 'big')} {packer.hexed(str(tmp_path / 'noise'))}\n"
        f"zeros {packer.hexed('C:' + chr(92) + 'after')} 3000000\nzeros {packer.hexed('C:' + chr(92) + 'empty')} 0\n")
    out = packer.run("packs_what_a_list", HK_PACK_LIST=tmp_path / "list", HK_PACK_OUT=tmp_path)
    (tmp_path / "noise").unlink()
    archive = next(x.split(" ", 1)[1] for x in out if x.startswith("archive "))
    assert os.path.getsize(archive) > 6_000_000_000
    with zipfile.ZipFile(archive) as z:
        big = z.getinfo("uploads/auto/C%3A/big")
        assert big.compress_type == 0 and big.file_size == 5800 << 20
        assert z.getinfo("uploads/auto/C%3A/after").header_offset > 1 << 32
        assert z.read("uploads/auto/C%3A/after") == b"\0" * 3000000
    ours = entries_by_us(archive)
    assert ours["uploads/auto/C%3A/big"][1] == wanted.hexdigest()
    assert packer.verdict(archive)["sealed"]
    opened_by_others(archive)


@pytest.mark.skipif(os.environ.get("HIKESHI_SLOW") != "1", reason="slow: unzip looks for each entry from the beginning")
def test_seventy_thousand_entries_in_unzip(tmp_path):
    opened_by_others(packer.pack(tmp_path, {"C:\\first": b"1"}, [("many", "C:\\many\\f", 70000)]))
