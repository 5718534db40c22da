"""Disks in containers, against QEMU: qemu-img writes each format from a raw image and, where it says less or more than the raw image
(a VHD is rounded up to its geometry), reads it back; what we read must be that, byte for byte."""
import hashlib
import os
import random
import shutil
import struct
import subprocess

import pytest

HIKESHI = os.environ.get("HIKESHI", "")
ROOT = os.environ.get("HIKESHI_SOURCE_DIR", ".")
DATA = os.environ.get("HIKESHI_DATA") or os.path.join(ROOT, "..", "shared", "data")
TOOL = os.path.join(os.environ.get("HIKESHI_BUILD_DIR", ""), "tests", "tool_disk")

SIZE = 33 * (1 << 20) + 7 * 512        # ends within a block of every format


def tool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, timeout=300)


def bytes_of(path):
    done = tool("bytes", path)
    assert done.returncode == 0 and b"no container" not in done.stderr, done.stderr
    return done.stdout


def refused(path):
    done = subprocess.run([HIKESHI, "ls", path], capture_output=True, timeout=60)
    assert done.returncode == 4 and b"unsupported" in done.stderr, done.stderr
    return done.stderr.decode()


def qemu(*args):
    if not shutil.which("qemu-img"):
        pytest.skip("qemu-img is not installed")
    done = subprocess.run(["qemu-img", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def convert(raw, to, form, *options):
    qemu("convert", "-q", "-f", "raw", "-O", form, *options, raw, to)
    return to


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Holes, noise, text that packs, single sectors, and something in the very last one."""
    path, rnd = str(tmp_path_factory.mktemp("raw") / "disk.raw"), random.Random(11)
    with open(path, "wb") as f:
        f.truncate(SIZE)
        for at, n in ((0, 5000), (1 << 20, 300000), ((4 << 20) + 512, 512), (9 << 20, 1 << 20), (SIZE - 700, 700)):
            f.seek(at)
            f.write(rnd.randbytes(n))
        for k in range(12):
            f.seek((12 << 20) + k * 777777)
            f.write(b"".join(b"line %d of a log that says little\r\n" % i for i in range(rnd.randrange(9000))))
    return path


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


QCOW2 = [("compat=0.10",), ("compat=1.1",), ("cluster_size=512",), ("cluster_size=4096",), ("cluster_size=2M",),
         ("compat=1.1,extended_l2=on,cluster_size=128k",), ("compat=1.1,lazy_refcounts=on,refcount_bits=1",)]


@pytest.mark.parametrize("packed", [[], ["-c"]], ids=["plain", "packed"])
@pytest.mark.parametrize("options", [o[0] for o in QCOW2])
def test_disk__qcow2_holds_the_raw_image(options, packed, raw, tmp_path):
    path = convert(raw, str(tmp_path / "d.qcow2"), "qcow2", "-o", options, *packed)
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(raw)


def test_disk__qcow2_parts_of_a_cluster_written_later_and_zeroed(raw, tmp_path):
    """What QEMU leaves after writing here and there: sub-clusters, zero clusters with and without a place, packed ones written over."""
    if not shutil.which("qemu-io"):
        pytest.skip("qemu-io is not installed")
    for name, options in (("a", "extended_l2=on,cluster_size=64k"), ("b", "cluster_size=64k")):
        path = convert(raw, str(tmp_path / (name + ".qcow2")), "qcow2", "-c", "-o", options)
        commands = ["write -P 7 70000 3000", "write -P 8 20M 512", "write -z 9M 300k", "write -z -u 9500k 100k", "discard 13M 1M", "write -P 9 14M 70k"]
        subprocess.run(["qemu-io", "-f", "qcow2", *sum((["-c", c] for c in commands), []), path], check=True, capture_output=True)
        qemu("snapshot", "-c", "before", path)
        subprocess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 66 1M 2M", path], check=True, capture_output=True)
        qemu("convert", "-O", "raw", path, str(tmp_path / "now.raw"))
        assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(str(tmp_path / "now.raw"))


def test_disk__qcow2_that_is_not_all_there_is_refused_with_the_reason(raw, tmp_path):
    base = convert(raw, str(tmp_path / "base.qcow2"), "qcow2")
    qemu("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", str(tmp_path / "child.qcow2"))
    assert "backing file" in refused(str(tmp_path / "child.qcow2"))
    qemu("create", "-q", "-f", "qcow2", "-o", f"data_file={tmp_path}/elsewhere", str(tmp_path / "outside.qcow2"), "4M")
    assert "another file" in refused(str(tmp_path / "outside.qcow2"))
    qemu("create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10",
         str(tmp_path / "locked.qcow2"), "4M")
    assert "encrypted" in refused(str(tmp_path / "locked.qcow2"))
    try:
        qemu("create", "-q", "-f", "qcow2", "-o", "compression_type=zstd", str(tmp_path / "zstd.qcow2"), "4M")
    except AssertionError:
        return                              # a qemu-img that was built without zstd
    assert "zstd" in refused(str(tmp_path / "zstd.qcow2"))


def test_disk__a_table_that_the_file_cannot_hold_is_damage(raw, tmp_path):
    path = convert(raw, str(tmp_path / "d.qcow2"), "qcow2")
    whole = bytearray(open(path, "rb").read())
    whole[24:32] = struct.pack(">Q", 1 << 60)              # the disk
    whole[36:40] = struct.pack(">I", 0x80000000)           # entries of the first table: 16 GiB
    open(path, "wb").write(whole)
    done = tool("bytes", path)
    assert done.returncode == 1 and done.stderr.startswith(b"damaged at %d" % struct.unpack(">Q", whole[40:48]))


PUBLISHED = ["image/image.qcow2", "vss/vsstest.qcow2"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_disk__a_published_container_holds_what_qemu_reads_from_it(name, tmp_path):
    path = os.path.join(DATA, "ntfs", name)
    if not os.path.exists(path):
        pytest.skip(f"no real evidence here: ntfs/{name}")
    qemu("convert", "-O", "raw", path, str(tmp_path / "d.raw"))
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(str(tmp_path / "d.raw"))


HURT = [("qcow2", []), ("qcow2", ["-c", "-o", "cluster_size=4096"])]


@pytest.mark.parametrize("form, options", HURT, ids=[" ".join([f, *o]) for f, o in HURT])
def test_disk__cut_off_or_changed_it_gives_right_bytes_or_an_error(form, options, raw, tmp_path):
    small = str(tmp_path / "small.raw")
    with open(raw, "rb") as i, open(small, "wb") as o:
        i.seek((8 << 20) + 900000)
        o.write(i.read(4 << 20))
    path = convert(small, str(tmp_path / "d"), form, *options)
    tries, opened, right, wrong, lost = map(int, tool("cut", path, small, "50").stdout.split())
    print(f"{form} {options}: cut {tries}, opened {opened}, blocks right {right}, wrong {wrong}, refused {lost}")
    assert tries == 50 and opened > 10 and right > 1000 and wrong == 0 and lost > 1000
    tries, opened, right, wrong, lost = map(int, tool("flip", path, small, "500", "5").stdout.split())
    print(f"{form} {options}: changed {tries}, opened {opened}, blocks right {right}, wrong {wrong}, refused {lost}")
    assert tries == 500 and opened > 100 and wrong + lost < right / 50
