"""Expert Witness images against the raw image they were made of. ewfacquire, which is not ours, makes them in every format, level and size it
knows; tests/forge/ewf.py makes those with faults and oddities, and ewfexport reads what of them is whole."""
import hashlib
import json
import os
import random
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from forge import ewf
from forge import image as forge_image

HIKESHI = os.environ.get("HIKESHI", "")
ROOT = os.environ.get("HIKESHI_SOURCE_DIR", ".")
DATA = os.environ.get("HIKESHI_DATA") or os.path.join(ROOT, "..", "shared", "data")
TOOL = os.path.join(os.environ.get("HIKESHI_BUILD_DIR", ""), "tests", "tool_pieces")
SLOW = bool(os.environ.get("HIKESHI_SLOW"))
CHUNK = 32768


def read(image, piece=1 << 20, threads=1):
    return subprocess.run([TOOL, str(image), str(piece), str(threads)], capture_output=True, timeout=300)


def whole(image, piece=1 << 20, threads=1):
    done = read(image, piece, threads)
    assert done.returncode == 0 and not done.stderr, done.stderr[-300:]
    return done.stdout


def lost(done, raw):
    """{offset: (code, at, step)} of the pieces that were refused; all others must be right."""
    found, rest = {}, bytearray(raw)
    for line in done.stderr.decode().splitlines():
        m = re.match(r"(\d+) (\d+) (\S+) (-?\d+) (.*)$", line)
        if m:
            at, n = int(m[1]), int(m[2])
            found[at] = (m[3], int(m[4]), m[5])
            rest[at:at + n] = bytes(n)
    assert done.stdout == rest, "wrong bytes were given for right ones"
    return found


def said(done):
    """What the container says of itself: (code, at, step), or None."""
    m = re.match(r"lost (\S+) (-?\d+) (.*)", done.stderr.decode())
    return m and (m[1], int(m[2]), m[3])


def acquire(raw, target, *options, tool="ewfacquire"):
    """The first segment file."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    facts = ["-C", "1", "-D", "test", "-E", "1", "-e", "nobody", "-N", "none", "-m", "fixed", "-M", "physical", "-t", str(target), *options]
    if tool == "ewfacquirestream":
        with open(raw, "rb") as i:
            done = subprocess.run([tool, "-q", *facts], stdin=i, capture_output=True, timeout=300)
    else:
        done = subprocess.run([tool, "-u", "-q", *facts, str(raw)], capture_output=True, timeout=300)
    found = [str(target) + s for s in (".E01", ".e01", ".s01") if os.path.exists(str(target) + s)]
    assert len(found) == 1, done.stderr
    return found[0]


def segments(first):
    folder, name = os.path.split(first)
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n[:-3] == name[:-3] and n != name + ".txt")


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """What cannot be packed, what is zero, what packs a little; the last chunk is not whole."""
    rng = random.Random(20)
    path = tmp_path_factory.mktemp("raw") / "disk.raw"
    text = b"".join(b"%d is a number\n" % rng.randrange(1 << 30) for _ in range(90000))
    data = rng.randbytes(1500000) + bytes(1300000) + text
    path.write_bytes(data[:len(data) // 512 * 512 // CHUNK * CHUNK + 5 * 512])
    return path


FORMATS = ["ewf", "smart", "ftk", "encase1", "encase2", "encase3", "encase4", "encase5", "encase6", "encase7", "linen5", "linen6", "ewfx"]


@pytest.mark.parametrize("form", FORMATS)
def test_ewf_images__every_format_gives_the_bytes_of_the_raw_image(form, raw, tmp_path):
    first = acquire(raw, tmp_path / "case", "-f", form, "-c", "fast", "-S", "1MiB")
    assert len(segments(first)) > 1
    assert whole(first) == raw.read_bytes()
    assert whole(first, 7000, 4) == raw.read_bytes()


@pytest.mark.parametrize("level", ["none", "empty-block", "fast", "best"])
@pytest.mark.parametrize("form, sectors", [("encase6", 16), ("encase6", 2048), ("encase5", 64), ("smart", 1024)])
def test_ewf_images__every_level_and_size_of_chunk(form, sectors, level, raw, tmp_path):
    first = acquire(raw, tmp_path / "case", "-f", form, "-c", level, "-b", str(sectors))
    assert whole(first) == raw.read_bytes()
    assert whole(first, 512 * 3) == raw.read_bytes()


def test_ewf_images__a_chunk_may_be_as_large_as_the_disk(raw, tmp_path):
    assert whole(acquire(raw, tmp_path / "case", "-f", "encase6", "-c", "fast", "-b", "32768")) == raw.read_bytes()


def test_ewf_images__made_from_a_stream(raw, tmp_path):
    assert whole(acquire(raw, tmp_path / "case", "-f", "encase6", "-c", "fast", tool="ewfacquirestream")) == raw.read_bytes()


def test_ewf_images__many_small_segments_are_found_by_the_names_of_the_series(tmp_path):
    """To EZZ are 775, then comes FAA."""
    data = random.Random(5).randbytes(780 * 4096)
    path = str(tmp_path / "case.E01")
    w = ewf.Writer(path, len(data), 4096)
    chunks = ewf.split(data, 4096)
    for i, chunk in enumerate(chunks):
        w.segment([[chunk]], last=i + 1 == len(chunks))
    assert {"case.E99", "case.EAA", "case.EZZ", "case.FAA", "case.FAE"} <= set(os.listdir(tmp_path))
    assert whole(path) == data
    assert whole(path, 5000, 4) == data
    if shutil.which("ewfexport"):
        subprocess.run(["ewfexport", "-q", "-u", "-f", "raw", "-t", str(tmp_path / "x"), path], capture_output=True, check=True)
        assert (tmp_path / "x.raw").read_bytes() == data


def test_ewf_images__real_evidence_has_the_hash_that_it_says():
    path = os.path.join(DATA, "ntfs", "image", "image.E01")
    if not os.path.exists(path):
        pytest.skip("no real evidence here: ntfs/image/image.E01")
    assert hashlib.md5(whole(path)).hexdigest() == "d73c51f10c7ee6a681b7b619ccc6f1c4"      # as ewfinfo prints it


# ---- listings -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    """A PC's volume, raw and as E01 in segments."""
    forge_image.need()
    folder = tmp_path_factory.mktemp("pc")
    image = forge_image.make(str(folder))
    image.first = acquire(image.path, folder / "case", "-f", "encase6", "-c", "fast", "-S", "1MiB")
    assert len(segments(image.first)) > 4
    return image


def hikeshi(*args):
    done = subprocess.run([HIKESHI, *args], capture_output=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("form", [["--bodyfile", "--deleted"], ["--jsonl", "--deleted"], []])
def test_ewf_images__listing_equals_that_of_the_raw_image(form, pc):
    ours = hikeshi("ls", pc.first, *form)
    assert ours == hikeshi("ls", pc.path, *form) and len(ours) > 100000


def test_ewf_images__contents_equal_what_was_written(pc):
    for name in ("Windows/System32/config/SAM", "Compressed/mixed.bin", "many_runs.bin", "Users/taro/Documents/notes.txt:hidden.bin"):
        assert hashlib.sha256(hikeshi("cat", pc.first, "C:\\" + name.replace("/", "\\"))).hexdigest() == pc.sums[name], name


def test_ewf_images__collecting_stores_what_the_raw_image_gives(pc, tmp_path):
    found = []
    for source in (pc.path, pc.first):
        out = tmp_path / os.path.basename(source)
        out.mkdir()
        subprocess.run([HIKESHI, "collect", "--source", source, "--out", str(out), "--quiet"], capture_output=True, timeout=600)
        archives = list(out.glob("*.zip"))
        assert len(archives) == 1
        shutil.unpack_archive(str(archives[0]), str(out / "x"))
        manifest = [json.loads(x) for x in open(out / "x" / "hikeshi" / "manifest.jsonl", encoding="utf-8")]
        found.append({x["path"]: x["sha256"] for x in manifest if "sha256" in x and "path" in x})
    assert found[0] == found[1] and any(p.endswith("SAM") for p in found[0])


def test_ewf_images__a_windows_lists_the_same(pc, tmp_path):
    exe, wine = os.environ.get("HIKESHI_EXE", ""), shutil.which("wine64") or shutil.which("wine")
    if not wine or not os.path.exists(exe):
        pytest.skip("no Wine or no hikeshi.exe here")
    env = dict(os.environ, WINEPREFIX=str(tmp_path / "prefix"), WINEDEBUG="-all")
    subprocess.run([wine, "wineboot", "-i"], env=env, capture_output=True, timeout=300)
    done = subprocess.run([wine, exe, "ls", "Z:" + pc.first.replace("/", "\\"), "--bodyfile", "--deleted"], env=env, capture_output=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout == hikeshi("ls", pc.path, "--bodyfile", "--deleted")


# ---- what is missing, damaged or odd --------------------------------------------------------------------------------------


@pytest.fixture
def small():
    """Seven chunks, the last one short, in three segments, the first with two tables."""
    data = random.Random(1).randbytes(CHUNK * 6 + 512)
    return data, ewf.split(data)


def write(folder, data, chunks, bad=(), set_ids=(bytes(16),) * 3, numbers=(None,) * 3):
    path = str(folder / "case.E01")
    w = ewf.Writer(path, len(data))
    for i, groups in enumerate(([chunks[:2], chunks[2:3]], [chunks[3:5]], [chunks[5:]])):
        w.set_id = set_ids[i]
        w.segment(groups, last=i == 2, number=numbers[i], bad=bad if i == 0 else ())
    return path


def test_ewf_images__forged_images_are_images(small, tmp_path):
    path = write(tmp_path, *small, set_ids=(b"one image of set",) * 3)
    assert whole(path) == small[0]
    if not shutil.which("ewfexport"):
        pytest.skip("ewfexport is not installed")
    subprocess.run(["ewfexport", "-q", "-u", "-f", "raw", "-t", str(tmp_path / "x"), path], capture_output=True, check=True)
    assert (tmp_path / "x.raw").read_bytes() == small[0]


def test_ewf_images__a_missing_segment_is_named_and_the_others_are_read(small, tmp_path):
    path = write(tmp_path, *small)
    os.remove(tmp_path / "case.E02")
    done = read(path, CHUNK)
    missing = ("truncated", -1, "open the image: segment file 2 is missing")
    assert said(done) == missing
    assert lost(done, small[0]) == {3 * CHUNK: missing, 4 * CHUNK: missing}


def test_ewf_images__without_the_last_segment_the_first_ones_are_read(small, tmp_path):
    path = write(tmp_path, *small)
    os.remove(tmp_path / "case.E03")
    done = read(path, CHUNK)
    assert "segment file 3 is missing" in said(done)[2]
    assert set(lost(done, small[0])) == {5 * CHUNK, 6 * CHUNK}


def test_ewf_images__the_series_is_looked_for_beyond_the_digits(tmp_path):
    data = random.Random(5).randbytes(110 * 4096)
    path = str(tmp_path / "case.E01")
    w = ewf.Writer(path, len(data), 4096)
    for i, chunk in enumerate(ewf.split(data, 4096)):
        w.segment([[chunk]], last=i == 109)
    os.remove(tmp_path / "case.EAC")
    done = read(path, 4096)
    assert said(done) == ("truncated", 102, "open the image: the segment file of that number is missing")
    assert set(lost(done, data)) == {101 * 4096}


def test_ewf_images__behind_two_gaps_only_the_end_is_known(small, tmp_path):
    """What lies between two gaps cannot be told to be where it was."""
    data, chunks = small
    path = str(tmp_path / "case.E01")
    w = ewf.Writer(path, len(data))
    for i in range(5):
        w.segment([chunks[i:i + 1]])
    w.segment([chunks[5:]], last=True)
    os.remove(tmp_path / "case.E02")
    os.remove(tmp_path / "case.E04")
    done = read(path, CHUNK)
    assert "segment file 2 is missing" in said(done)[2]
    assert set(lost(done, data)) == {CHUNK, 2 * CHUNK, 3 * CHUNK}


@pytest.mark.parametrize("fault", [{"set_ids": (b"one image of set", b"another image's!", b"one image of set")}, {"numbers": (None, 3, None)}])
def test_ewf_images__a_segment_of_another_image_is_not_taken(fault, small, tmp_path):
    done = read(write(tmp_path, *small, **fault), CHUNK)
    assert said(done)[:2] == ("damaged", 2)
    assert set(lost(done, small[0])) == {3 * CHUNK, 4 * CHUNK}


def test_ewf_images__a_segment_that_is_not_the_first_is_refused(small, tmp_path):
    write(tmp_path, *small)
    done = subprocess.run([HIKESHI, "ls", str(tmp_path / "case.E02")], capture_output=True)
    assert done.returncode == 4 and b"give the first one" in done.stderr


def test_ewf_images__an_incomplete_image_is_told_with_its_listing(pc, tmp_path):
    parts = segments(pc.first)
    for part in parts[:-1]:
        os.symlink(part, tmp_path / os.path.basename(part))
    first = str(tmp_path / os.path.basename(pc.first))
    done = subprocess.run([HIKESHI, "ls", first], capture_output=True)
    assert done.returncode == 1 and b"segment file %d is missing" % len(parts) in done.stderr, done.stderr


def test_ewf_images__collecting_an_incomplete_image_says_so(pc, tmp_path):
    parts = segments(pc.first)
    for part in parts[:-1]:
        os.symlink(part, tmp_path / os.path.basename(part))
    first = str(tmp_path / os.path.basename(pc.first))
    done = subprocess.run([HIKESHI, "collect", "--source", first, "--out", str(tmp_path), "--quiet"], capture_output=True, timeout=300)
    assert done.returncode == 1
    shutil.unpack_archive(str(next(tmp_path.glob("*.zip"))), str(tmp_path / "x"))
    coverage = json.load(open(tmp_path / "x" / "hikeshi" / "coverage.json", encoding="utf-8"))["rows"]
    states = {r["state"] for r in coverage if f"segment file {len(parts)} is missing" in (r["why"] or "")}
    assert "damaged" in states and states <= {"damaged", "partial"}


@pytest.mark.parametrize("bad, gone", [
    (["0 table"], []), (["0 table entries"], []), (["0 table", "1 table"], []), (["0 table2", "1 table2 entries"], []),
    (["0 table entries", "0 table2 entries"], [0, 1]), (["0 table", "0 table2 entries"], [0, 1]), (["0 table", "0 table2"], [0, 1]),
    (["1 table", "1 table2"], [2]), (["0 table", "0 table2", "1 table", "1 table2"], [0, 1, 2])])
def test_ewf_images__a_damaged_table_has_a_copy(bad, gone, small, tmp_path):
    done = read(write(tmp_path, *small, bad=bad), CHUNK)
    found = lost(done, small[0])
    assert set(found) == {n * CHUNK for n in gone}
    assert {code for code, _, _ in found.values()} <= {"damaged"}


@pytest.mark.parametrize("chunk", [0, 1])       # packed, not packed
def test_ewf_images__a_damaged_chunk_costs_itself(chunk, small, tmp_path):
    path = write(tmp_path, *small)
    data = bytearray(open(path, "rb").read())
    data[data.index(b"sectors") + 76 + chunk * CHUNK + 5000] ^= 4
    open(path, "wb").write(data)
    found = lost(read(path, CHUNK), small[0])
    assert set(found) == {chunk * CHUNK}
    assert found[chunk * CHUNK][:2] == ("damaged", chunk * CHUNK)


def test_ewf_images__sections_beyond_2_gib_with_offsets_of_32_bits(tmp_path):
    """As EnCase 6.7 wrote them."""
    rng = random.Random(3)
    marks = {n: rng.randbytes(512) for n in (0, 60, 127, 128, 129, 200, 246)}
    path = str(tmp_path / "long.E01")
    ewf.long_section(path, marks)
    assert os.path.getsize(path) > 3 << 30
    for n, mark in marks.items():
        done = subprocess.run([TOOL, path, "512", "1", str(n * (16 << 20)), "512"], capture_output=True)
        assert done.returncode == 0 and done.stdout == mark, (n, done.stderr)


@pytest.mark.parametrize("magic, name", [(b"EVF2\r\n\x81\0", b"Ex01"), (b"LVF\x09\r\n\xff\0", b"L01"), (b"LEF2\r\n\x81\0", b"Lx01"),
                                         (b"ADCRYPT\0", b"encrypted"), (b"AFF10\r\n\0", b"AFF"), (b"PK\3\4", b"AFF4")])
def test_ewf_images__their_relatives_are_refused_by_name(magic, name, tmp_path):
    path = tmp_path / "x.img"
    path.write_bytes(magic + bytes(8192))
    done = subprocess.run([HIKESHI, "ls", str(path)], capture_output=True)
    assert done.returncode == 4 and name in done.stderr


# ---- hostile --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hurt(tmp_path_factory):
    """A small disk, and an image of it in each layout."""
    folder = tmp_path_factory.mktemp("hurt")
    rng = random.Random(9)
    path = folder / "disk.raw"
    path.write_bytes(rng.randbytes(9000) + bytes(60000) + b"some text, again and again " * 2000 + rng.randbytes(512 * 100 - 9000 + 560))
    data = path.read_bytes()
    path.write_bytes(data[:len(data) // 512 * 512])
    return path, {form: acquire(path, folder / form, "-f", form, "-c", "fast", "-b", "16") for form in ("encase6", "encase1", "smart")}


@pytest.mark.parametrize("form", ["encase6", "encase1", "smart"])
def test_ewf_images__cut_anywhere_gives_an_error_or_right_bytes(form, hurt, tmp_path):
    raw_path, images = hurt
    data, expected = open(images[form], "rb").read(), raw_path.read_bytes()
    path = str(tmp_path / os.path.basename(images[form]))
    n_refused = 0
    for n in range(50):
        open(path, "wb").write(data[:len(data) * n // 50])
        done = read(path, 8192)
        assert done.returncode in (0, 1, 2, 77), done
        n_refused += len(lost(done, expected)) if done.returncode < 2 else 1
    assert n_refused > 40


@pytest.mark.parametrize("form", ["encase6", "encase1", "smart"])
def test_ewf_images__flipped_bits_give_an_error_or_right_bytes(form, hurt, tmp_path):
    raw_path, images = hurt
    data, expected = open(images[form], "rb").read(), raw_path.read_bytes()
    path, rng = str(tmp_path / os.path.basename(images[form])), random.Random(form)
    codes = []
    for _ in range(5000 if SLOW else 170):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        broken = bytearray(data)
        broken[at] ^= 1 << bit
        open(path, "wb").write(broken)
        done = read(path, 8192)
        assert done.returncode in (0, 1, 2, 77), (at, bit, done)
        codes.append(done.returncode)
        if done.returncode in (0, 1):
            lost(done, expected)
    assert 1 in codes, "nothing was hit"


def rewrite(path, kind, change):
    """Changes the n-th descriptor of that kind and its checksum."""
    data = bytearray(open(path, "rb").read())
    at = data.index(kind.encode().ljust(16, b"\0"))
    change(data, at)
    data[at + 72:at + 76] = struct.pack("<I", zlib.adler32(data[at:at + 72]))
    open(path, "wb").write(data)


@pytest.mark.parametrize("kind, next_at", [("volume", 13), ("sectors", 0), ("table", 1), ("header", 13), ("sectors", 1 << 62), ("table2", (1 << 64) - 1)])
def test_ewf_images__a_chain_that_does_not_go_forward_ends(kind, next_at, small, tmp_path):
    path = write(tmp_path, *small)
    rewrite(path, kind, lambda d, at: d.__setitem__(slice(at + 16, at + 24), struct.pack("<Q", next_at)))
    done = read(path, CHUNK)
    assert done.returncode in (1, 2) and (b"damaged" in done.stderr or b"truncated" in done.stderr)
    if done.returncode == 1:
        lost(done, small[0])


@pytest.mark.parametrize("n_chunks, sectors, sector, total", [
    (7, 0, 512, 385), (7, 64, 0, 385), (7, 64, 512, 0), (7, 0xFFFFFFFF, 0xFFFFFFFF, 385), (7, 64, 512, (1 << 64) - 1), (7, 1 << 20, 512, 385),
    (7, 64, 512, 1 << 50), (0xFFFFFFFF, 64, 512, 385)])
def test_ewf_images__sizes_that_cannot_be_are_no_sizes(n_chunks, sectors, sector, total, small, tmp_path):
    data, chunks = small
    path = str(tmp_path / "case.E01")
    ewf.Writer(path, len(data)).segment([chunks], last=True)
    image = bytearray(open(path, "rb").read())
    at = image.index(b"volume") + 76
    image[at + 4:at + 24] = struct.pack("<IIIQ", n_chunks, sectors, sector, total)
    image[at + 1048:at + 1052] = struct.pack("<I", zlib.adler32(image[at:at + 1048]))
    open(path, "wb").write(image)
    done = read(path, CHUNK)
    if n_chunks != 7:
        assert done.returncode == 0 and done.stdout == data
    else:
        assert done.returncode == 2 and done.stderr, done.stderr[:200]
