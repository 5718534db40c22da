#!/usr/bin/env python3
"""The NTFS engine beside its peers, on an image of 300,000 files: see README.md.

    python3 tests/bench/bench_ntfs.py [--runs 3] [--files 300000] [--image FILE] [--records 3000000]

--image keeps the image (it is made when it is not there: mkntfs, ntfs-3g over FUSE, some minutes)."""
import argparse
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bench import HIKESHI, ROOT, compare                                                # noqa: E402

TOOL = ROOT / "out/linux/tests/tool_jumps"
ENV = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def fill(mount, n):
    """Folders as deep and names as long as Windows has them, a fifth of the files resident, some with a stream."""
    rnd = random.Random(7)
    tops = ["Windows/WinSxS", "Windows/System32", "Program Files", "Users/taro/Documents", "Users/taro/AppData/Local", "ProgramData"]
    for top in tops:
        os.makedirs(os.path.join(mount, top))
    done = folder = 0
    while done < n:
        path = os.path.join(mount, rnd.choice(tops), "amd64_component-%05d_31bf3856ad364e35_10.0.19041.%d_none" % (folder, rnd.randrange(5000)))
        for extra in [""] + ["resources", "ja-JP"][:rnd.randrange(3)]:
            path = os.path.join(path, extra) if extra else path
            os.mkdir(path)
        folder += 1
        for _ in range(min(n - done, 2000 if rnd.randrange(100) == 0 else rnd.randrange(5, 25))):
            name = os.path.join(path, "%s%06d.%s" % (rnd.choice(["component-file-", "見積書_最終版_"]), done, rnd.choice(["dll", "docx"])))
            fd = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_EXCL)
            size = rnd.choice([0, 0, 0, 500, 1500])
            if size:
                os.write(fd, b"x" * size)
            os.close(fd)
            if rnd.randrange(50) == 0:
                with open(name + ":Zone.Identifier", "wb") as f:
                    f.write(b"[ZoneTransfer]\r\nZoneId=3\r\n")
            done += 1


def make_image(path, n):
    part = str(path) + ".part"
    with open(part, "wb") as f:
        f.truncate(max(n * 20000, 256 << 20) // (1 << 20) * (1 << 20))
    subprocess.run(["mkntfs", "-F", "-q", "-Q", part], env=ENV, check=True, capture_output=True)
    mount = tempfile.mkdtemp()              # never removed with what is in it: that might still be the volume
    subprocess.run(["ntfs-3g", "-o", "streams_interface=windows,big_writes,noatime", part, mount], env=ENV, check=True)
    try:
        fill(mount, n)
    finally:
        os.sync()
        while subprocess.run(["fusermount", "-u", mount], env=ENV).returncode != 0:
            time.sleep(1)
    os.rmdir(mount)
    while subprocess.run(["ntfs-3g.probe", "--readonly", part], env=ENV, capture_output=True).returncode != 0:
        time.sleep(1)
    os.rename(part, path)


def attribute(kind, value, number=0):
    body = struct.pack("<IIBBHHHIHBB", kind, (24 + len(value) + 7) // 8 * 8, 0, 0, 24, 0, number, len(value), 24, 0, 0) + value
    return body + bytes(-len(body) % 8)


def record(number, parent, name, directory):
    at = 0x01D9000000000000
    standard = attribute(0x10, struct.pack("<4QI12xIIQQ", at, at, at, at, 0x20, 0, 0x100, 0, 0))
    text = name.encode("utf-16-le")
    names = attribute(0x30, struct.pack("<Q4QQQIIBB", parent | 1 << 48, at, at, at, at, 0, 0, 0x10000000 if directory else 0x20, 0,
                                        len(name), 1) + text, 2)
    data = b"" if directory else attribute(0x80, b"x" * 100, 3)
    attributes = standard + names + data + struct.pack("<II", 0xFFFFFFFF, 0)
    head = struct.pack("<4sHHQHHHHIIQHHI", b"FILE", 48, 3, 0, 1, 1, 56, 3 if directory else 1, 56 + len(attributes), 1024, 0, 4, 0, number)
    out = bytearray((head + bytes(8) + attributes).ljust(1024, b"\0"))
    for i in (1, 2):                                                    # update sequence: number 1, the words it stands for
        out[48 + 2 * i:50 + 2 * i] = out[512 * i - 2:512 * i]
        out[512 * i - 2:512 * i] = out[48:50] = b"\x01\x00"
    return out


def make_table(path, n):
    """A volume that is nothing but an $MFT of n records, an eighth of them directories."""
    first = 4
    clusters = (n * 1024 + 4095) // 4096
    with open(path, "wb", buffering=1 << 22) as f:
        boot = bytearray(512)
        boot[3:14] = b"NTFS    \x00\x02\x08"
        boot[40:64] = struct.pack("<QQQ", (clusters + 64) * 8, first, first)
        boot[64] = 0xF6
        f.write(boot)
        f.seek(first * 4096)
        run = b"\x14" + struct.pack("<IB", clusters, first) + b"\0\0"
        table = struct.pack("<IIBBHHHQQHHIQQQ", 0x80, 64 + 8, 1, 0, 64, 0, 1, 0, clusters - 1, 64, 0, 0, clusters * 4096, n * 1024, n * 1024) + run
        zero = record(0, 5, "$MFT", False)
        at = 56 + len(attribute(0x10, bytes(72))) + len(attribute(0x30, bytes(66 + 8)))
        zero[at:at + len(table) + 8] = table + struct.pack("<II", 0xFFFFFFFF, 0)
        zero[24:28] = struct.pack("<I", at + len(table) + 8)
        f.write(zero)
        for k in range(1, n):
            if k == 5:
                f.write(record(5, 5, ".", True))
            elif k % 8 == 0:
                f.write(record(k, 5 if k < 64 else k // 64 * 8, "some-folder-of-windows-%07d" % k, True))
            else:
                f.write(record(k, 5 if k < 16 else k // 8 * 8, "a-file-with-a-usual-name-%07d.dll" % k, False))
        f.truncate((clusters + 64) * 4096)


def peak_mib(command):
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024


def jumps(image):
    if not TOOL.exists():
        return
    reads, far, size = map(int, subprocess.run([TOOL, image], capture_output=True, check=True).stdout.split())
    print(f"ntfs       far jumps: {far} in {reads} reads over both passes, $MFT of {size / 1e6:.0f} MB: {far / (size / 1e8):.1f} each 100 MB")


def beside_peers(image, scratch, runs):
    body = [HIKESHI, "ls", str(image), "--bodyfile", "--deleted"]
    owners = [HIKESHI, "ls", str(image), "--jsonl", "--deleted"]
    compare("ntfs ls", [body], "fls -r -m", [["fls", "-r", "-m", "C:", str(image)]], runs)
    plain = [HIKESHI, "ls", str(image), "--deleted"]
    compare("ntfs ls", [plain], "fls -r -m (no owners)", [["fls", "-r", "-m", "C:", str(image)]], runs)
    compare("ls --jsonl", [owners], "fls -r -m (no owners)", [["fls", "-r", "-m", "C:", str(image)]], runs)
    compare("ntfs ls", [body], "fsntfsinfo -H -B", [["fsntfsinfo", "-H", "-B", str(scratch / "body"), str(image)]], runs)
    table = scratch / "MFT"
    with open(table, "wb") as f:
        subprocess.run([HIKESHI, "cat", str(image), "C:\\$MFT"], stdout=f, check=True)
    dump = shutil.which("mft_dump", path=ENV["PATH"] + ":" + os.path.expanduser("~/.cargo/bin"))
    compare("ntfs ls", [body], "mft_dump ($MFT alone)", [[dump or "mft_dump", "-o", "csv", "-f", os.devnull, "--no-confirm-overwrite", str(table)]], runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=300000)
    parser.add_argument("--records", type=int, default=3000000)
    parser.add_argument("--image", type=Path)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        image = o.image or scratch / "many.img"
        if not image.exists():
            make_image(image, o.files)
        beside_peers(image, scratch, o.runs)
        jumps(image)
        if o.records:
            make_table(scratch / "table.img", o.records)
            for form in ("--bodyfile", "--jsonl"):
                code, mib = peak_mib([HIKESHI, "ls", str(scratch / "table.img"), form])
                print(f"ntfs       {o.records} records, ls {form}: {mib:.0f} MiB at most (exit code {code})")
            jumps(scratch / "table.img")


if __name__ == "__main__":
    main()
