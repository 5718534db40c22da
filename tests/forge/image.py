"""Make an NTFS image that holds what a Windows PC holds, on Linux: mkntfs, ntfs-3g over FUSE, and the system.ntfs_*
attributes it offers for what POSIX has no word for. Nothing of Windows is needed; the program under test is not used.

    image = make(folder)      # Image(path, sums={path: sha256}, wof=[...]) or None with the reason in `why_not`

The kernel must let us mount (/dev/fuse, root); libwim, where it is there, compresses the overlay files."""
import ctypes
import ctypes.util
import datetime
import hashlib
import os
import random
import shutil
import struct
import subprocess
import time

U1 = "S-1-5-21-1004336348-1177238915-682003330-1001"
U2 = "S-1-5-21-1004336348-1177238915-682003330-1002"


def why_not():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for tool in ("mkntfs", "ntfs-3g", "fusermount"):
        if not shutil.which(tool, path=path):
            return f"{tool} is not installed"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or os.geteuid() != 0:
        return "mounting needs root and /dev/fuse"
    return None


def need():
    """Skips the test that asks where no volume can be made."""
    import pytest
    why = why_not()
    if why:
        pytest.skip(why)


def _sid(text):
    parts = text.split("-")
    subs = [int(x) for x in parts[3:]]
    return struct.pack("BB", 1, len(subs)) + int(parts[2]).to_bytes(6, "big") + b"".join(struct.pack("<I", x) for x in subs)


def _descriptor(owner):
    o, g = _sid(owner), _sid("S-1-5-32-544")
    aces = b""
    for s in ("S-1-5-18", "S-1-5-32-544", owner):
        aces += struct.pack("<BBHI", 0, 3, 8 + len(_sid(s)), 0x1F01FF) + _sid(s)
    dacl = struct.pack("<BBHHH", 2, 0, 8 + len(aces), 3, 0) + aces
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 20 + len(o), 0, 20 + len(o) + len(g)) + o + g + dacl


def _filetime(text):
    d = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return (d - datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1) * 10


def _set(path, name, value):
    os.setxattr(path, "system.ntfs_" + name, value, follow_symlinks=False)


def _mount_point(tag, target, link=False):
    s, p = ("\\??\\" + target).encode("utf-16-le"), target.encode("utf-16-le")
    body = struct.pack("<HHHH", 0, len(s), len(s) + 2, len(p)) + (struct.pack("<I", 0) if link else b"")
    body += s + b"\0\0" + p + b"\0\0"
    return struct.pack("<IHH", tag, len(body), 0) + body


def _libwim():
    name = ctypes.util.find_library("wim")
    for candidate in (name, "libwim.so.15"):
        try:
            return candidate and ctypes.CDLL(candidate)
        except OSError:
            pass
    return None


def _wof(lib, path, data, method):
    chunk = {0: 4096, 1: 32768, 2: 8192, 3: 16384}[method]
    lib.wimlib_create_compressor.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_uint, ctypes.POINTER(ctypes.c_void_p)]
    lib.wimlib_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
    lib.wimlib_compress.restype = ctypes.c_size_t
    handle = ctypes.c_void_p()
    assert lib.wimlib_create_compressor(2 if method == 1 else 1, chunk, 0, ctypes.byref(handle)) == 0
    packed = []
    for i in range(0, len(data), chunk):
        piece = data[i:i + chunk]
        room = ctypes.create_string_buffer(len(piece))
        n = lib.wimlib_compress(piece, len(piece), room, len(piece) - 1, handle)
        packed.append(room.raw[:n] if n else piece)
    starts, at = b"", 0
    for piece in packed[:-1]:
        at += len(piece)
        starts += struct.pack("<I", at)
    open(path, "wb").close()
    with open(path + ":WofCompressedData", "wb") as f:
        f.write(starts + b"".join(packed))
    os.truncate(path, len(data))
    _set(path, "reparse_data", struct.pack("<IHH", 0x80000017, 16, 0) + struct.pack("<IIII", 1, 2, 1, method))


class Image:
    def __init__(self, path):
        self.path, self.sums, self.wof, self.owners = path, {}, [], {}


def _write(image, mount, name, data):
    path = os.path.join(mount, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    image.sums[name] = hashlib.sha256(data).hexdigest()
    return path


def _fill(image, mount):
    rnd = random.Random(4)
    put = lambda name, data: _write(image, mount, name, data)       # noqa: E731
    for hive in ("SAM", "SYSTEM", "SOFTWARE"):
        put("Windows/System32/config/" + hive, rnd.randbytes(262144))
    _set(put("Users/taro/Documents/empty.txt", b""), "attrib", struct.pack("<I", 0x27))
    put("Users/taro/Documents/resident.txt", b"small")
    put("Users/taro/Documents/notes.txt", b"hi\n")
    put("Users/taro/Documents/notes.txt:hidden.bin", rnd.randbytes(300000))
    put("Users/taro/Documents:on a folder", b"dir-ads\n")
    exe = put("Users/taro/Downloads/invoice.exe", b"MZfake\n")
    put("Users/taro/Downloads/invoice.exe:Zone.Identifier", b"[ZoneTransfer]\r\nZoneId=3\r\n")
    _set(exe, "times", struct.pack("<4q", *(_filetime(t) for t in ("2009-07-14 01:14:24", "2009-07-14 01:14:24.123456",
                                                                    "2024-06-01 09:00:00", "2024-06-01 09:00:01"))))
    for i in range(40):
        p = put(f"Users/taro/Documents/report{i}.docx.locked", rnd.randbytes(5000))
        _set(p, "acl", _descriptor(U2))
    _set(exe, "acl", _descriptor(U1))
    _set(os.path.join(mount, "Users/taro"), "acl", _descriptor(U1))
    image.owners = {"Users/taro/Downloads/invoice.exe": U1, "Users/taro": U1, "Users/taro/Documents/report7.docx.locked": U2}

    os.mkdir(os.path.join(mount, "Compressed"))
    _set(os.path.join(mount, "Compressed"), "attrib", struct.pack("<I", 0x810))
    put("Compressed/text.log", b"The quick brown fox jumps over the lazy dog. 0123456789\r\n" * 20000)
    put("Compressed/mixed.bin", b"".join((rnd.randbytes(65536), b"A" * 65536, bytes(65536))[i % 3] for i in range(30)) + b"tail")
    put("Compressed/odd.bin", b"x" * 70001)

    with open(os.path.join(mount, "sparse.bin"), "wb") as f:
        f.truncate(64 << 20)
        f.seek(40 << 20)
        f.write(b"END")
    image.sums["sparse.bin"] = hashlib.sha256(bytes(40 << 20) + b"END" + bytes((24 << 20) - 3)).hexdigest()
    # So many pieces that the run list needs an attribute list, and that one does not fit its record either.
    whole = bytearray(1500 * 3 * 65536)
    with open(os.path.join(mount, "many_runs.bin"), "wb") as f:
        for i in range(1500):
            f.seek(i * 3 * 65536)
            f.write(b"R%06d" % i * 512)
            whole[i * 3 * 65536:i * 3 * 65536 + 7 * 512] = b"R%06d" % i * 512
    image.sums["many_runs.bin"] = hashlib.sha256(bytes(whole[:1499 * 3 * 65536 + 3584])).hexdigest()

    put("hl_0", b"hl\n")
    for i in range(60):
        name = f"links/hardlink_number_{i}_long_enough_to_force_attribute_list.txt"
        os.makedirs(os.path.join(mount, "links"), exist_ok=True)
        os.link(os.path.join(mount, "hl_0"), os.path.join(mount, name))
        image.sums[name] = image.sums["hl_0"]
        if i == 30:
            time.sleep(1.1)                 # so that the names have different times
    for i in range(3000):
        put(f"bigdir/file_{i:06d}_with_a_rather_long_name.txt", b"%d" % i)
    for name in ("n" * 251 + ".txt", "長" * 80 + ".txt", "e\u030bcombining.txt", "😀ｶﾅ①㈱髙﨑.txt", "trailing.dot.", "con", "Case.txt",
                 "CASE.TXT"):
        put(name, name.encode())
    deep = "/".join(f"deep_directory_level_{i}" for i in range(40))
    put(deep + "/" + "d" * (966 - len("C:/" + deep + "/")), b"deep")            # a path of 966 characters

    os.makedirs(os.path.join(mount, "Program Files"))
    _set(os.path.join(mount, "Program Files"), "dos_name", b"PROGRA~1")
    os.mkdir(os.path.join(mount, "Users/taro/loop"))
    for name, target in (("Documents and Settings", "C:\\Users"), ("Users/taro/loop/back", "C:\\Users\\taro")):
        os.mkdir(os.path.join(mount, name))
        _set(os.path.join(mount, name), "reparse_data", _mount_point(0xA0000003, target))
    for name, tag in (("Users/taro/Documents/onedrive.docx", 0x9000601A), ("Users/taro/Documents/dedup.bin", 0x80000013)):
        with open(os.path.join(mount, name), "wb") as f:
            f.truncate(99999)
        _set(os.path.join(mount, name), "reparse_data", struct.pack("<IHH", tag, 8, 0) + bytes(range(8)))
    _set(os.path.join(mount, "Users/taro/Documents/onedrive.docx"), "attrib", struct.pack("<I", 0x1620))
    # A tag nobody has defined, and a file that says it is encrypted (its key ring is noise: nobody is to decrypt it).
    unknown = put("Users/taro/Documents/unknown_tag.bin", rnd.randbytes(20000))
    _set(unknown, "reparse_data", struct.pack("<IHH", 0x8000F00D, 8, 0) + bytes(range(8)))
    secret = put("Users/taro/Documents/secret.docx", rnd.randbytes(30208) + struct.pack("<H", 208))      # how much of it is padding
    _set(secret, "efsinfo", struct.pack("<I", 700) + rnd.randbytes(696))
    del image.sums["Users/taro/Documents/secret.docx"]

    lib = _libwim()
    text = b"".join(b"line %d of some compressible text\r\n" % i for i in range(20000))
    calls = b"".join(b"\xe8" + struct.pack("<i", 5000 - i * 16) + rnd.randbytes(3) + b"\x90" * 8 for i in range(6000))
    os.makedirs(os.path.join(mount, "Windows/wof"))
    for method in range(4) if lib else ():
        for kind, data in (("text", text), ("calls", calls), ("noise", rnd.randbytes(100000)), ("short", b"q" * 100)):
            name = f"Windows/wof/{kind}{method}.dll"
            _wof(lib, os.path.join(mount, name), data, method)
            image.sums[name] = hashlib.sha256(data).hexdigest()
            image.wof.append(name)

    for i in range(50):
        with open(os.path.join(mount, f"Users/taro/Documents/victim{i}.docx"), "wb") as f:
            f.write(rnd.randbytes(100 * (i + 1)))
    for i in range(50):
        os.unlink(os.path.join(mount, f"Users/taro/Documents/victim{i}.docx"))
    os.mkdir(os.path.join(mount, "gone"))
    for i in range(3):
        open(os.path.join(mount, f"gone/orphan{i}.txt"), "wb").close()
    shutil.rmtree(os.path.join(mount, "gone"))


def make_journal(folder):
    """A volume of 64 MiB with a change journal whose hole is larger: (image, base in bytes, its records), or None and why."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    tool, image, out = (os.path.join(folder, n) for n in ("make_journal", "journal.img", "records"))
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_journal.c")
    if not compiler or subprocess.run([compiler, "-O1", "-o", tool, source, "-lntfs-3g"], capture_output=True).returncode != 0:
        return None, "no compiler or no ntfs-3g-dev here"
    env = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not shutil.which("mkntfs", path=env["PATH"]):
        return None, "mkntfs is not installed"
    with open(image, "wb") as f:
        f.truncate(64 << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", image], env=env, check=True, capture_output=True)
    subprocess.run([tool, image, "300", "2000", out], env=env, check=True, capture_output=True)
    with open(out, "rb") as f:
        return (image, 300 << 20, f.read()), None


def make(folder, sector=512, cluster=4096):
    image = Image(os.path.join(folder, f"pc-{sector}-{cluster}.img"))
    return _made(image, folder, sector, cluster, lambda mount: _fill(image, mount))


def _wear(image, mount):
    """Folders in which much was made, deleted and renamed, and file records used again. All times are of 2009: fls takes nothing in slack
    for an entry whose times are later than 2010 (is_time in ntfs_dent)."""
    rnd, at = random.Random(11), _filetime("2009-03-10 09:30:00")

    def put(name, data):
        nonlocal at
        at += 10_000_001
        _set(_write(image, mount, name, data), "times", struct.pack("<4Q", at, at, at, at))
    image.gone, image.renamed = [], {}
    for folder, n in (("Users/taro/AppData/Local/Temp", 500), ("Users/taro/Downloads", 60), ("ProgramData/small", 6)):
        names = [f"{folder}/{rnd.choice(('setup', 'Update', 'tmp', '請求書', 'a'))}{i:03d}.{rnd.choice(('exe', 'tmp', 'docx', 'js'))}" for i in range(n)]
        for name in names:
            put(name, b"x" * rnd.randrange(4000))
        for name in rnd.sample(names, n // 2):
            os.unlink(os.path.join(mount, name))
            del image.sums[name]
            image.gone.append(name)
        for name in rnd.sample([x for x in names if x in image.sums], n // 10):
            image.renamed[name] = name + ".locked"
            os.rename(os.path.join(mount, name), os.path.join(mount, name + ".locked"))
            image.sums[name + ".locked"] = image.sums.pop(name)
    # Whole runs at the end of the order, as a program that clears up after itself deletes them.
    for name in sorted((x for x in image.sums if "/Temp/" in x), reverse=True)[:90]:
        os.unlink(os.path.join(mount, name))
        del image.sums[name]
        image.gone.append(name)
    for i in range(1500):                   # a tree of two floors, whole blocks of which are given back
        put(f"big/file_{i:04d}_with_a_rather_long_name.docx", b"")
    for i in range(400, 1100):
        os.unlink(os.path.join(mount, f"big/file_{i:04d}_with_a_rather_long_name.docx"))
        del image.sums[f"big/file_{i:04d}_with_a_rather_long_name.docx"]
        image.gone.append(f"big/file_{i:04d}_with_a_rather_long_name.docx")
    for i in range(150):                    # takes records that were given back
        put(f"Other/new{i:03d}.dat", b"y")
    os.makedirs(os.path.join(mount, "emptied"))
    for i in range(80):
        put(f"emptied/e{i:02d}.exe", b"z")
    for i in range(80):
        os.unlink(os.path.join(mount, f"emptied/e{i:02d}.exe"))
        del image.sums[f"emptied/e{i:02d}.exe"]
        image.gone.append(f"emptied/e{i:02d}.exe")


def make_worn(folder, sector=512, cluster=4096):
    image = Image(os.path.join(folder, f"worn-{sector}-{cluster}.img"))
    return _made(image, folder, sector, cluster, lambda mount: _wear(image, mount), 64)


def make_of_tree(folder, tree):
    """The files below `tree` as a volume; "x:y" becomes the stream y of x. $MFT and its like are the volume's own."""
    image = Image(os.path.join(folder, "tree.img"))

    def fill(mount):
        for at, _, names in sorted(os.walk(tree)):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(at, name), tree)
                if path.startswith("$"):
                    continue
                with open(os.path.join(at, name), "rb") as f:
                    _write(image, mount, path, f.read())
    return _made(image, folder, 512, 4096, fill)


def _made(image, folder, sector, cluster, fill, mib=512):
    env = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    mount = os.path.join(folder, "mount")
    os.makedirs(mount, exist_ok=True)
    with open(image.path, "wb") as f:
        f.truncate(mib << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", "-s", str(sector), "-c", str(cluster), "-L", "SUSPECT", image.path], env=env, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = "streams_interface=windows,compression,big_writes,noatime,efs_raw,show_sys_files,permissions,acl"
    subprocess.run(["ntfs-3g", "-o", options, image.path, mount], env=env, check=True)
    try:
        fill(mount)
    finally:
        os.sync()
        subprocess.run(["fusermount", "-u", mount], env=env, check=True)
    # The mount ends a moment after fusermount does.
    for _ in range(100):
        if subprocess.run(["ntfs-3g.probe", "--readonly", image.path], env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            break
    return image
