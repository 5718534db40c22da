"""Disks in containers, against QEMU: qemu-img writes each format from a raw image and, where it says less or more than the raw image
(a VHD is rounded up to its geometry), reads it back; what we read must be that, byte for byte."""
import hashlib
import os
import random
import shutil
import struct
import subprocess
import zlib

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
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


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


# (size in sectors that the geometry of a VHD cannot say, so that qemu-img rounds it up)
VHD = ["subformat=dynamic,force_size=on", "subformat=dynamic", "subformat=fixed,force_size=on", "subformat=fixed"]
VHDX = ["subformat=dynamic", "subformat=fixed", "subformat=dynamic,block_size=1M", "subformat=dynamic,block_size=256M", "subformat=dynamic,block_state_zero=off"]


@pytest.mark.parametrize("form, options", [("vpc", o) for o in VHD] + [("vhdx", o) for o in VHDX])
def test_disk__vhd_and_vhdx_hold_the_raw_image(form, options, raw, tmp_path):
    path = convert(raw, str(tmp_path / "d"), form, "-o", options)
    qemu("convert", "-f", form, "-O", "raw", path, str(tmp_path / "back.raw"))
    ours, back, before = bytes_of(path), open(tmp_path / "back.raw", "rb").read(), open(raw, "rb").read()
    assert hashlib.sha256(ours).digest() == hashlib.sha256(back).digest()
    assert ours[:SIZE] == before and not any(ours[SIZE:])


def test_disk__vhd_sectors_that_were_never_written_are_zeroes(raw, tmp_path):
    """What QEMU sets as a whole, others set sector by sector: the bitmap counts, not what lies in the block."""
    path = convert(raw, str(tmp_path / "d.vhd"), "vpc", "-o", "subformat=dynamic,force_size=on")
    whole = bytearray(open(path, "rb").read())
    table_at = struct.unpack(">Q", whole[512 + 16:512 + 24])[0]
    block_at = struct.unpack(">I", whole[table_at:table_at + 4])[0] * 512
    want = bytearray(open(raw, "rb").read())
    for sector in (0, 9, 2048, 2049, 2300, 4095):
        whole[block_at + sector // 8] &= ~(0x80 >> sector % 8) & 0xFF
        want[sector * 512:sector * 512 + 512] = bytes(512)
    open(path, "wb").write(whole)
    assert bytes_of(path) == want


def test_disk__vhd_with_one_of_its_two_footers_is_read(raw, tmp_path):
    path = convert(raw, str(tmp_path / "d.vhd"), "vpc", "-o", "subformat=dynamic,force_size=on")
    whole = open(path, "rb").read()
    for hurt in (whole[:-512], whole[:-700], whole[:100] + b"x" + whole[101:]):
        open(path, "wb").write(hurt)
        assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(raw)


def sum_of(sector, at):
    return struct.pack(">I", ~sum(sector[:at] + sector[at + 4:]) & 0xFFFFFFFF)


def test_disk__vhd_and_vhdx_with_a_parent_are_refused_with_the_reason(raw, tmp_path):
    """qemu-img makes none: what says so in a whole one is changed."""
    path = convert(raw, str(tmp_path / "d.vhd"), "vpc", "-o", "subformat=dynamic,force_size=on")
    whole = bytearray(open(path, "rb").read())
    for at in (0, len(whole) - 512):
        whole[at + 60:at + 64] = struct.pack(">I", 4)
        whole[at + 64:at + 68] = sum_of(whole[at:at + 512], 64)
    open(path, "wb").write(whole)
    assert "parent" in refused(path)
    path = convert(raw, str(tmp_path / "d.vhdx"), "vhdx")
    whole = bytearray(open(path, "rb").read())
    at = whole.index(bytes.fromhex("3767A1CA36FA434DB3B633F0AA44E76B"), 1 << 20)
    item = at - at % (1 << 16) + struct.unpack("<I", whole[at + 16:at + 20])[0]
    whole[item + 4] |= 2
    open(path, "wb").write(whole)
    assert "parent" in refused(path)


# ---- the log of a VHDX ---------------------------------------------------------------------------------------------------------------

CRC = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    CRC.append(n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def log_entry(log_id, sequence, tail, file_size, changes):
    """[MS-VHDX] 2.3.1: changes are (offset in the file, 4096 bytes) or (offset, number of zeroes)."""
    heads, data = b"", b""
    for at, what in changes:
        if isinstance(what, int):
            heads += b"zero" + struct.pack("<IQQQ", 0, what, at, sequence)
        else:
            heads += b"desc" + what[-4:] + what[:8] + struct.pack("<QQ", at, sequence)
            data += b"data" + struct.pack("<I", sequence >> 32) + what[8:-4] + struct.pack("<I", sequence & 0xFFFFFFFF)
    size = (64 + len(heads) + 4095) // 4096 * 4096 + len(data)
    head = struct.pack("<IIQII16sQQ", size, tail, sequence, len(changes), 0, log_id, file_size, file_size)
    whole = bytearray((b"loge" + bytes(4) + head + heads).ljust(size - len(data), b"\0") + data)
    whole[4:8] = struct.pack("<I", crc32c(whole))
    return whole


@pytest.fixture(scope="module")
def logged(raw, tmp_path_factory):
    """A VHDX whose machine crashed: its table of blocks is a stale one (the last block that was written is missing, another leads nowhere),
    what it should be is in the log, in three entries around the ring's end; older entries lie about."""
    path = str(tmp_path_factory.mktemp("logged") / "d.vhdx")
    convert(raw, path, "vhdx", "-o", "subformat=dynamic,block_size=1M")
    whole = bytearray(open(path, "rb").read())
    header = max((0x10000, 0x20000), key=lambda at: struct.unpack("<Q", whole[at + 8:at + 16])[0])
    log_size, log_at = struct.unpack("<IQ", whole[header + 68:header + 80])
    regions = whole[0x30000:0x40000]
    entry = regions.index(bytes.fromhex("6677C22D23F600429D64115E9BFD4A08"))
    bat_at = struct.unpack("<Q", regions[entry + 16:entry + 24])[0]
    right = bytes(whole[bat_at:bat_at + 4096])
    used = [i for i in range(512) if right[i * 8] & 7 == 6]
    data_at = struct.unpack("<Q", right[used[2] * 8:used[2] * 8 + 8])[0] >> 20 << 20
    whole[bat_at + used[1] * 8:bat_at + used[1] * 8 + 8] = bytes(8)
    whole[bat_at + used[-1] * 8:bat_at + used[-1] * 8 + 8] = struct.pack("<Q", 500 << 20 | 6)
    log_id, other = bytes(range(1, 17)), bytes(range(2, 18))
    half = bytearray(right)
    half[used[-1] * 8:used[-1] * 8 + 8] = bytes(8)
    first = log_size - 8192
    entries = [(0x40000, log_entry(log_id, 2, 0x40000, len(whole), [(bat_at, bytes(4096))])),
               (0x60000, log_entry(other, 900, 0x60000, len(whole), [(bat_at, bytes(4096))])),
               (first, log_entry(log_id, (7 << 32) + 1, first, len(whole), [(bat_at, bytes(half))])),
               (0, log_entry(log_id, (7 << 32) + 2, first, len(whole), [(data_at + 8192, 16384), (data_at + 32768, b"written late".ljust(4096, b"!"))])),
               (8192, log_entry(log_id, (7 << 32) + 3, first, len(whole), [(bat_at, right), (data_at + 12288, b"and over it".ljust(4096, b"?"))]))]
    for at, e in entries:
        for i in range(0, len(e), 4096):
            to = log_at + (at + i) % log_size
            whole[to:to + 4096] = e[i:i + 4096]
    for at in (0x10000, 0x20000):
        whole[at + 48:at + 64] = log_id
        whole[at + 4:at + 8] = bytes(4)
        whole[at + 4:at + 8] = struct.pack("<I", crc32c(whole[at:at + 4096]))
    open(path, "wb").write(whole)
    return path, log_at


def test_disk__vhdx_of_a_machine_that_crashed_is_read_with_its_log(logged, raw, tmp_path):
    """QEMU writes the log into its copy; ours is only read."""
    path, _ = logged
    replayed, before = str(tmp_path / "replayed.vhdx"), digest(path)
    shutil.copy(path, replayed)
    qemu("check", "-q", "-r", "all", replayed)
    qemu("convert", "-O", "raw", replayed, str(tmp_path / "d.raw"))
    ours = bytes_of(path)
    assert hashlib.sha256(ours).hexdigest() == digest(str(tmp_path / "d.raw"))
    assert b"written late" in ours and b"and over it" in ours and digest(path) == before != digest(replayed)
    assert sum(a != b for a, b in zip(ours, open(raw, "rb").read())) < 30000


def test_disk__vhdx_with_a_log_of_which_nothing_is_whole_is_damage(logged, tmp_path):
    path, log_at = logged
    whole, hurt = bytearray(open(path, "rb").read()), str(tmp_path / "d.vhdx")
    for at in range(log_at, log_at + (1 << 20), 4096):
        if whole[at:at + 4] == b"loge":
            whole[at + 30] ^= 1
    open(hurt, "wb").write(whole)
    done = tool("bytes", hurt)
    assert done.returncode == 1 and done.stderr.startswith(b"damaged at %d" % log_at) and b"attach it once" in done.stderr


# ---- VMDK -------------------------------------------------------------------------------------------------------------------------------

VMDK = ["monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized"]


@pytest.mark.parametrize("form", VMDK)
def test_disk__vmdk_holds_the_raw_image(form, raw, tmp_path):
    path = convert(raw, str(tmp_path / "d.vmdk"), "vmdk", "-o", "subformat=" + form)
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(raw)
    assert len(os.listdir(tmp_path)) == (1 if form in ("monolithicSparse", "streamOptimized") else 2)


def test_disk__vmdk_grains_that_are_called_zero(raw, tmp_path):
    if not shutil.which("qemu-io"):
        pytest.skip("qemu-io is not installed")
    path = convert(raw, str(tmp_path / "d.vmdk"), "vmdk", "-o", "zeroed_grain=on")
    subprocess.run(["qemu-io", "-f", "vmdk", "-c", "write -z 9M 256k", "-c", "write -P 5 13M 70k", path], check=True, capture_output=True)
    qemu("convert", "-O", "raw", path, str(tmp_path / "now.raw"))
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(str(tmp_path / "now.raw")) != digest(raw)


def descriptor(path, extents, parent="ffffffff", kind="custom"):
    with open(path, "w", newline="") as f:
        f.write("# Disk DescriptorFile\r\nversion=1\r\nCID=12345678\r\nparentCID=%s\r\ncreateType=\"%s\"\r\n\r\n" % (parent, kind))
        f.write("# Extent description\r\n" + "".join(e + "\r\n" for e in extents) + "\r\nddb.adapterType = \"ide\"\r\n")
    return path


@pytest.fixture
def pieces(raw, tmp_path):
    """The raw image in pieces of each kind, beside each other; gives the lines that name them."""
    first, second = str(tmp_path / "1.raw"), str(tmp_path / "2.raw")
    with open(raw, "rb") as f:
        open(first, "wb").write(f.read(10 << 20))
        open(second, "wb").write(f.read(5 << 20))
        open(tmp_path / "three-f001.vmdk", "wb").write(f.read(6 << 20))
        open(tmp_path / "\u706b-flat.vmdk", "wb").write(b"in front" * 64 + f.read())
    for path, to in ((first, "one"), (second, "two")):
        convert(path, str(tmp_path / (to + ".vmdk")), "vmdk", "-o", "subformat=twoGbMaxExtentSparse")
    rest = SIZE // 512 - 21 * 2048
    return ['RW 20480 SPARSE "one-s001.vmdk"', 'RW 10240 SPARSE "two-s001.vmdk"', 'RW 12288 FLAT "three-f001.vmdk" 0',
            f'rw {rest} FLAT "\u706b-flat.vmdk" 1', "RW 2048 ZERO", 'RW 2048 VMFS "three-f001.vmdk"']


def test_disk__vmdk_of_several_extents_is_one_disk(pieces, raw, tmp_path):
    path = descriptor(str(tmp_path / "d.vmdk"), pieces)
    ours, before = bytes_of(path), open(raw, "rb").read()
    assert ours[:SIZE] == before and ours[SIZE:] == bytes(1 << 20) + before[15 << 20:16 << 20]
    os.chdir(tmp_path)
    assert hashlib.sha256(bytes_of("d.vmdk")).digest() == hashlib.sha256(ours).digest()
    assert "names them all" in refused(str(tmp_path / "one-s001.vmdk"))
    # QEMU takes extents of one kind at a time.
    theirs = descriptor(str(tmp_path / "q.vmdk"), pieces[:2], kind="twoGbMaxExtentSparse")
    qemu("convert", "-f", "vmdk", "-O", "raw", theirs, str(tmp_path / "q.raw"))
    assert digest(str(tmp_path / "q.raw")) == hashlib.sha256(before[:15 << 20]).hexdigest()


@pytest.mark.parametrize("form, endings", [("twoGbMaxExtentSparse", ["-s001.vmdk"]), ("monolithicFlat", ["-flat.vmdk"])])
def test_disk__vmdk_of_a_japanese_pc_names_its_extents_in_its_own_code_page(form, endings, raw, tmp_path):
    convert(raw, str(tmp_path / "d.vmdk"), "vmdk", "-o", "subformat=" + form)
    stem = "\u30bd\u30d5\u30c8-\u8868"           # each with 0x5C, a backslash, in it
    text = (tmp_path / "d.vmdk").read_bytes()
    for ending in endings:
        assert b'"d' + ending.encode() + b'"' in text
        text = text.replace(b'"d' + ending.encode(), b'"' + stem.encode("shift_jis") + ending.encode())
        (tmp_path / ("d" + ending)).rename(tmp_path / (stem + ending))
    (tmp_path / "d.vmdk").unlink()
    (tmp_path / (stem + ".vmdk")).write_bytes(text)
    assert hashlib.sha256(bytes_of(str(tmp_path / (stem + ".vmdk")))).hexdigest() == digest(raw)
    (tmp_path / "other.vmdk").write_bytes(text)
    assert b"not beside it" in tool("bytes", str(tmp_path / "other.vmdk")).stderr
    (tmp_path / "other.vmdk").write_bytes(text.replace(stem.encode("shift_jis") + endings[0].encode(), b"\x83/../x"))
    assert b"never opened" in tool("bytes", str(tmp_path / "other.vmdk")).stderr


def test_disk__vmdk_that_was_written_as_a_stream_is_read_by_its_footer(raw, tmp_path):
    """As VMware exports disks: tables behind the grains they lead to, the place of the directory in a footer. qemu-img writes it in front."""
    data, path, grain = open(raw, "rb").read(), str(tmp_path / "d.vmdk"), 65536
    n_sectors = SIZE // 512

    def header(directory):
        return struct.pack("<4sIIQQQQIQQQB4sH", b"KDMV", 3, 0x30001, n_sectors, 128, 1, 20, 512, 0, directory, 128, 0, b"\n \r\n", 1).ljust(512, b"\0")

    def marker(sectors, kind):
        return struct.pack("<QII", sectors, 0, kind).ljust(512, b"\0")

    text = b'# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="streamOptimized"\nRDONLY %d SPARSE "d.vmdk"\n' % n_sectors
    out = bytearray((header(2**64 - 1) + text.ljust(10240, b"\0")).ljust(65536, b"\0"))
    directory = []
    for first in range(0, SIZE, grain * 512):
        table = [0] * 512
        for k in range(512):
            piece = data[first + k * grain:first + (k + 1) * grain].ljust(grain, b"\0")
            if any(piece):
                packed = zlib.compress(piece)
                table[k] = len(out) // 512
                out += struct.pack("<QI", (first + k * grain) // 512, len(packed)) + packed
                out += bytes(-len(out) % 512)
        out += marker(4, 1)
        directory.append(len(out) // 512)
        out += struct.pack("<512I", *table)
    out += marker(1, 2)
    at = len(out) // 512
    out += struct.pack("<%dI" % len(directory), *directory).ljust(512, b"\0") + marker(1, 3) + header(at) + bytes(512)
    open(path, "wb").write(out)
    qemu("convert", "-f", "vmdk", "-O", "raw", path, str(tmp_path / "q.raw"))
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(str(tmp_path / "q.raw")) == digest(raw)
    open(path, "wb").write(out[:-700])
    assert b"tables lie at the end" in tool("bytes", path).stderr


LARGE = [("qcow2", "cluster_size=4k"), ("qcow2", "cluster_size=2M"), ("vhdx", "block_size=1M"), ("vhdx", "block_size=256M"), ("vpc", "force_size=on"),
         ("vmdk", "subformat=monolithicSparse"), ("vmdk", "subformat=twoGbMaxExtentSparse"), ("vmdk", "subformat=twoGbMaxExtentFlat"), ("vdi", "static=off")]


@pytest.mark.parametrize("form, options", LARGE)
def test_disk__a_disk_of_many_gigabytes_has_its_bytes_where_they_belong(form, options, tmp_path):
    """Second tables of every level, chunks of a VHDX with their bitmaps' entries between, extents of 2 GB."""
    raw, rnd = str(tmp_path / "d.raw"), random.Random(5)
    written = {at: rnd.randbytes(70000) for at in (3, (2 << 30) - 30000, (4 << 30) - 40000, (4 << 30) + (9 << 20), (9 << 30) - 70000)}
    with open(raw, "wb") as f:
        f.truncate(9 << 30)
        for at, what in written.items():
            f.seek(at)
            f.write(what)
    path = convert(raw, str(tmp_path / "d.img"), form, "-o", options)
    os.remove(raw)
    for at, what in written.items():
        start, room = max(at - 5000, 0), min(80000, (9 << 30) - max(at - 5000, 0))
        want = bytes(at - start) + what + bytes(80000)
        done = tool("at", path, str(start), str(room))
        assert done.stdout == want[:room], (at, done.stderr)


def test_disk__vmdk_extent_that_is_missing_or_short_is_said(pieces, tmp_path):
    path = descriptor(str(tmp_path / "d.vmdk"), pieces)
    os.truncate(tmp_path / "three-f001.vmdk", 3 << 20)
    done = tool("bytes", path)
    assert done.returncode == 1 and len(done.stdout) == 18 << 20 and done.stderr.startswith(b"truncated at %d" % (3 << 20))
    os.remove(tmp_path / "two-s001.vmdk")
    done = tool("bytes", path)
    assert done.returncode == 1 and b"not beside it" in done.stderr and done.stderr.startswith(b"truncated")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "\\\\attacker\\share\\x", "C:\\x", "\\\\.\\PhysicalDrive0", "NUL", "d:stream", "folder", "link", "pipe"])
def test_disk__vmdk_names_lead_nowhere(name, tmp_path):
    folder = tmp_path / "in"
    (folder / "folder").mkdir(parents=True)
    for path in (tmp_path / "outside", folder / "target"):
        path.write_bytes(bytes(1 << 20))
    os.symlink("target", folder / "link")
    os.mkfifo(folder / "pipe")
    path = descriptor(str(folder / "d.vmdk"), [f'RW 2048 FLAT "{name}" 0'])
    done = subprocess.run([TOOL, "bytes", path], capture_output=True, timeout=20, cwd=folder)
    assert done.returncode == 1 and done.stderr.startswith(b"refused") and not done.stdout, done.stderr
    path = descriptor(str(folder / "good.vmdk"), ['RW 2048 FLAT "target" 0'])
    assert bytes_of(path) == bytes(1 << 20)


def test_disk__vmdk_with_a_parent_or_of_esx_is_refused_with_the_reason(raw, tmp_path):
    flat = tmp_path / "x-flat.vmdk"
    flat.write_bytes(bytes(1 << 20))
    assert "parent" in refused(descriptor(str(tmp_path / "a.vmdk"), ['RW 2048 VMFS "x-flat.vmdk"'], "0badcafe"))
    assert "COWD" in refused(descriptor(str(tmp_path / "b.vmdk"), ['RW 2048 VMFSSPARSE "x-flat.vmdk"']))
    assert "SESPARSE" in refused(descriptor(str(tmp_path / "c.vmdk"), ['RW 2048 SESPARSE "x-flat.vmdk"']))
    assert "device" in refused(descriptor(str(tmp_path / "d.vmdk"), ['RW 2048 VMFSRDM "x-flat.vmdk"']))
    (tmp_path / "e.vmdk").write_bytes(b"COWD" + struct.pack("<I", 1) + bytes(1000))
    assert "COWD" in refused(str(tmp_path / "e.vmdk"))
    base = convert(raw, str(tmp_path / "base.vmdk"), "vmdk")
    qemu("create", "-q", "-f", "vmdk", "-b", base, "-F", "vmdk", str(tmp_path / "child.vmdk"))
    assert "parent" in refused(str(tmp_path / "child.vmdk"))


# ---- VDI --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", ["static=off", "static=on"])
def test_disk__vdi_holds_the_raw_image(options, raw, tmp_path):
    path = convert(raw, str(tmp_path / "d.vdi"), "vdi", "-o", options)
    assert hashlib.sha256(bytes_of(path)).hexdigest() == digest(raw)


def test_disk__vdi_of_a_snapshot_is_refused_with_the_reason(raw, tmp_path):
    """qemu-img makes none: type, or what it links to, is changed in a whole one."""
    path = convert(raw, str(tmp_path / "d.vdi"), "vdi")
    whole = bytearray(open(path, "rb").read())
    for at, value in ((76, 4), (424, 1)):
        hurt = bytearray(whole)
        hurt[at] = value
        open(path, "wb").write(hurt)
        assert "parent" in refused(path)


def test_disk__qcow2_that_is_not_all_there_is_refused_with_the_reason(raw, tmp_path):
    base = convert(raw, str(tmp_path / "base.qcow2"), "qcow2")
    qemu("create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", str(tmp_path / "child.qcow2"))
    assert "backing file" in refused(str(tmp_path / "child.qcow2"))
    qemu("create", "-q", "-f", "qcow2", "-o", f"data_file={tmp_path}/elsewhere", str(tmp_path / "outside.qcow2"), "4M")
    assert "another file" in refused(str(tmp_path / "outside.qcow2"))
    # The method of encryption in the header: qemu-img measures the processor to make one, and fails on a busy one.
    whole = bytearray(open(base, "rb").read())
    whole[32:36] = struct.pack(">I", 2)
    (tmp_path / "locked.qcow2").write_bytes(whole)
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


PUBLISHED = ["image/image.qcow2", "vss/vsstest.qcow2", "image/image.vhd", "image/image.vmdk"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_disk__a_published_container_holds_what_qemu_reads_from_it(name, tmp_path):
    path = os.path.join(DATA, "ntfs", name)
    if not os.path.exists(path):
        pytest.skip(f"no real evidence here: ntfs/{name}")
    qemu("convert", "-O", "raw", path, str(tmp_path / "d.raw"))
    assert tool("sum", path).stdout.decode().strip() == digest(str(tmp_path / "d.raw"))


LYING = [("vpc", "subformat=dynamic", 512 + 28, ">I", 0xFFFFFFFF, lambda p: struct.unpack(">Q", p[528:536])[0]),
         ("vmdk", "subformat=monolithicSparse", 12, "<Q", 1 << 44, lambda p: struct.unpack("<Q", p[56:64])[0] * 512),
         ("vdi", "static=off", 384, "<I", 0xFFFFFFFF, lambda p: struct.unpack("<I", p[340:344])[0])]


@pytest.mark.parametrize("form, options, at, kind, value, table_at", LYING, ids=[x[0] for x in LYING])
def test_disk__a_header_that_lies_about_its_table_is_damage_with_the_tables_offset(form, options, at, kind, value, table_at, raw, tmp_path):
    path = convert(raw, str(tmp_path / "d"), form, "-o", options)
    whole = bytearray(open(path, "rb").read())
    whole[at:at + struct.calcsize(kind)] = struct.pack(kind, value)
    if form == "vpc":
        whole[548:552] = sum_of(whole[512:1536], 36)
    open(path, "wb").write(whole)
    done = tool("bytes", path)
    assert done.returncode == 1 and done.stderr.startswith(b"damaged at %d:" % table_at(whole)), done.stderr


def dissect(form, path):
    """The disk as dissect.hypervisor reads it: nothing of QEMU's code or ours is in that. It wants a disk that ends with a block, and does not come
    back from sub-clusters of qcow2 (3.21)."""
    hypervisor = pytest.importorskip("dissect.hypervisor")
    assert hypervisor
    from dissect.hypervisor.disk import qcow2, vdi, vhd, vhdx, vmdk
    h = hashlib.sha256()
    with open(path, "rb") as f:
        if form == "vmdk":
            disk = vmdk.VMDK(path)
        elif form == "qcow2":
            disk = qcow2.QCow2(f)
            disk = disk.open() if hasattr(disk, "open") else disk
        else:
            disk = {"vdi": vdi.VDI, "vpc": vhd.VHD, "vhdx": vhdx.VHDX}[form](f)
            disk = disk.open() if hasattr(disk, "open") else disk
        while block := disk.read(1 << 20):
            h.update(block)
    return h.hexdigest()


DISSECT = [("qcow2", "cluster_size=64k"), ("vpc", "subformat=dynamic,force_size=on"), ("vhdx", "subformat=dynamic"), ("vdi", "static=off"),
           *[("vmdk", "subformat=" + f) for f in ("monolithicSparse", "streamOptimized", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat")]]


@pytest.mark.parametrize("form, options", DISSECT)
def test_disk__dissect_reads_the_same(form, options, raw, tmp_path):
    even = str(tmp_path / "even.raw")
    with open(raw, "rb") as i, open(even, "wb") as o:
        o.write(i.read(32 << 20))
    path = convert(even, str(tmp_path / "d.vmdk"), form, "-o", options)
    assert tool("sum", path).stdout.decode().strip() == dissect(form, path) == digest(even)


HURT = [("qcow2", []), ("qcow2", ["-c", "-o", "cluster_size=4096"]), ("vpc", ["-o", "subformat=dynamic"]), ("vhdx", ["-o", "block_size=1M"]), ("vmdk", []),
        ("vmdk", ["-o", "subformat=streamOptimized"]), ("vdi", [])]


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
