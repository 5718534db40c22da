"""Shadow copies of real volumes: against libvshadow (pyvshadow), The Sleuth Kit over libvshadow's view, and digests of blocks that were
published with the volumes, as Windows showed them. The volumes: $HIKESHI_DATA/ntfs/vss. What is not there is skipped."""
import hashlib
import os
import re
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "source", "ntfs"))
from test_ntfs_images import DATA, HIKESHI, compare_listings, hikeshi, items, need, unpack        # noqa: E402

TOOL = os.path.join(os.environ.get("HIKESHI_BUILD_DIR", "."), "tests", "tool_shadow")
BLOCK = 16384
VSS = bytes.fromhex("6B87083876C1484EB7AE04046E6CC752")
FOUR = 67584 * 512          # where the volume begins in vss_1_vol and vss_2_stor


def data(name):
    path = os.path.join(DATA, "ntfs", "vss", name)
    if not os.path.exists(path):
        pytest.skip(f"no real evidence here: ntfs/vss/{name}")
    return path


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Raw images by name, unpacked once; they are sparse."""
    folder, made = tmp_path_factory.mktemp("vss"), {}

    def get(name):
        if name not in made:
            data(name)
            target = folder / name.split(".")[0]
            target.mkdir()
            if name.endswith("gz"):
                subprocess.run(["tar", "xzSf", data(name), "-C", target], check=True)
                made[name] = str(next(target.iterdir()))
            else:
                made[name] = unpack("vss/" + name, str(target))
        return made[name]
    return get


def shown(args, requests):
    """Bytes of shadow copies: requests are (store, offset, length)."""
    text = "".join("%d %d %d\n" % r for r in requests)
    done = subprocess.run([TOOL, "read", *map(str, args)], input=text.encode(), capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) == sum(r[2] for r in requests)
    return done.stdout


class Part:
    """A file from an offset on, for pyvshadow."""

    def __init__(self, path, start):
        self.f, self.start, self.size = open(path, "rb"), start, os.path.getsize(path) - start
        self.f.seek(start)

    def read(self, n):
        return self.f.read(n)

    def seek(self, offset, whence=0):
        self.f.seek(offset + (self.start if whence == 0 else 0), whence)

    def tell(self):
        return self.f.tell() - self.start

    def get_size(self):
        return self.size


def control(path, start):
    volume = pytest.importorskip("pyvshadow").volume()
    volume.open_file_object(Part(path, start))
    return volume


def guid(hex_text):
    b = bytes.fromhex(hex_text)
    h = b[3::-1].hex(), b[5:3:-1].hex(), b[7:5:-1].hex(), b[8:10].hex(), b[10:].hex()
    return "-".join(h)


# Not vss_2_stor: libvshadow gives its snapshot the blocks of a store that belongs to another volume.
REAL = [("vsstest.qcow2", 0, 2), ("vss_2003.tgz", 63 * 512, 6)]


@pytest.mark.parametrize("name, start, n", REAL)
def test_shadow__catalog_equals_libvshadow(name, start, n, image):
    path = image(name)
    ours = subprocess.run([TOOL, "list", path, str(start)], capture_output=True, text=True, check=True).stdout.splitlines()
    volume = control(path, start)
    assert len(ours) == volume.number_of_stores == n
    for line, store in zip(ours, (volume.get_store(i) for i in range(n))):
        f = line.split()
        assert [guid(f[1]), guid(f[2]), guid(f[3])] == [store.identifier, store.copy_identifier, store.copy_set_identifier]
        assert int(f[5]) == store.volume_size
        at = store.get_creation_time()
        assert f[4][:26] == at.strftime("%Y-%m-%dT%H:%M:%S.") + "%06d" % at.microsecond


@pytest.mark.parametrize("store", [1, 2])
def test_shadow__a_whole_store_equals_libvshadow(store, image):
    path = image("vsstest.qcow2")
    theirs, at = hashlib.sha256(), 0
    view = control(path, 0).get_store(store - 1)
    while at < view.volume_size:
        theirs.update(view.read_buffer_at_offset(min(1 << 20, view.volume_size - at), at))
        at += 1 << 20
    with subprocess.Popen([HIKESHI, "cat", path, "C:", "--shadow", str(store)], stdout=subprocess.PIPE) as ours:
        digest = hashlib.sha256()
        while block := ours.stdout.read(1 << 20):
            digest.update(block)
    assert ours.returncode == 0
    assert digest.hexdigest() == theirs.hexdigest()


@pytest.mark.parametrize("name, start, n", REAL)
def test_shadow__every_saved_block_and_its_neighbours_equal_libvshadow(name, start, n, image):
    path = image(name)
    volume = control(path, start)
    saved = 0
    for i in range(n):
        view = volume.get_store(i)
        places = {0, view.volume_size - BLOCK}
        for k in range(view.number_of_blocks):
            offset = view.get_block(k).original_offset // BLOCK * BLOCK
            places.update(x for x in (offset - BLOCK, offset, offset + BLOCK) if 0 <= x <= view.volume_size - BLOCK)
        saved += len(places)
        places = sorted(places)
        ours = shown([path, start], [(i + 1, x, BLOCK) for x in places])
        for k, x in enumerate(places):
            assert ours[k * BLOCK:(k + 1) * BLOCK] == view.read_buffer_at_offset(BLOCK, x), (i + 1, x)
    print(f"{name}: {saved} blocks")
    assert saved > 20


@pytest.mark.parametrize("store", [1, 2])
def test_shadow__listing_equals_fls_over_libvshadow(store, image, tmp_path):
    need("fls", "istat")
    path, raw = image("vsstest.qcow2"), tmp_path / "view.raw"
    view = control(path, 0).get_store(store - 1)
    with open(raw, "wb") as f:
        for at in range(0, view.volume_size, 1 << 20):
            block = view.read_buffer_at_offset(min(1 << 20, view.volume_size - at), at)
            f.seek(at)
            if any(block):
                f.write(block)
        f.truncate(view.volume_size)
    ours = hikeshi("ls", path, "--bodyfile", "--deleted", "--shadow", str(store))
    assert ours.startswith(b"0|VSS%d/C:/" % store)
    compare_listings(ours.replace(b"0|VSS%d/" % store, b"0|"), str(raw), 0)
    n = 0
    for i in items(path, "--shadow", str(store)):
        assert i["shadow"] == store
        if i["stream"] or i["directory"] or not i["data"] or i["size"] > 1 << 20 or i["orphan"]:
            continue
        theirs = subprocess.run(["icat", str(raw), "%d-128" % i["record"]], capture_output=True)
        if theirs.returncode == 0:
            assert hikeshi("cat", path, i["path"], "--shadow", str(store)) == theirs.stdout, i["path"]
            n += 1
    assert n > 10


def test_shadow__all_stores_are_listed_one_after_the_other(image):
    path = image("vsstest.qcow2")
    one, two = (hikeshi("ls", path, "--jsonl", "--shadow", n) for n in "12")
    assert hikeshi("ls", path, "--jsonl", "--shadow", "all") == one + two and one != two
    text = hikeshi("ls", path, "--shadow", "list").decode()
    assert re.findall(r"^C: +(\d) +(\S+) +(\S+) ", text, re.M) == [
        ("1", "2013-12-03T06:35:09.7363787Z", "4e3c03c2-7bc6-4288-ad96-c1eac1a55f71"),
        ("2", "2013-12-03T06:37:48.9190583Z", "18f1ac6e-959d-436f-bdcc-e797a729e290")]     # as vshadowinfo prints them
    assert subprocess.run([HIKESHI, "ls", path, "--shadow", "3"], capture_output=True).returncode == 4


def test_shadow__the_volume_of_a_windows_shows_the_same(image, tmp_path):
    """hikeshi.exe through the volume E: of a Windows (Wine), which reads whole sectors of 4096 bytes."""
    exe, wine = os.environ.get("HIKESHI_EXE", ""), shutil.which("wine64") or shutil.which("wine")
    if not wine or not os.path.exists(exe):
        pytest.skip("no Wine or no hikeshi.exe here")
    path, env = image("vsstest.qcow2"), dict(os.environ, WINEPREFIX=str(tmp_path / "prefix"), WINEDEBUG="-all")
    subprocess.run([wine, "wineboot", "-i"], env=env, capture_output=True, timeout=300)
    os.symlink(tmp_path, tmp_path / "prefix" / "dosdevices" / "e:")
    os.symlink(path, tmp_path / "prefix" / "dosdevices" / "e::")
    for form in (["--shadow", "list", "--jsonl"], ["--shadow", "all", "--jsonl"]):
        done = subprocess.run([wine, exe, "ls", r"\\.\E:", *form], env=env, capture_output=True, timeout=300)
        native = hikeshi("ls", path, *form)
        assert done.stdout.replace(b'"E:', b'"C:') == native and len(native) > 500, done.stderr


@pytest.mark.parametrize("name", ["vss_2003_hashes.txt", "vss_2003_all_hashes.txt"])
def test_shadow__blocks_equal_their_published_digests(name, image):
    published = [line.rstrip("\n").split("\t") for line in open(data(name), encoding="ascii")]
    wanted = [(int(f[0]), int(f[1]), f[-1].split(" ")) for f in published]
    ours = shown([image("vss_2003.tgz"), 63 * 512], [(store, offset, BLOCK) for store, offset, _ in wanted])
    for k, (store, offset, digests) in enumerate(wanted):
        block = ours[k * BLOCK:(k + 1) * BLOCK]
        assert [hashlib.md5(block[i:i + 512]).hexdigest() for i in range(0, BLOCK, 512)] == digests, (store, offset)
    assert len(wanted) >= 80


def test_shadow__a_volume_that_keeps_its_stores_on_another_disk_equals_its_published_digests(image):
    two = [image("vss_1_vol.tar.gz"), FOUR, image("vss_2_stor.tar.gz"), FOUR]
    for store in (1, 2):
        assert shown(two, [(store, 1837 * 4096, 172 * 4096)]) == (b"%d" % store) * 703800 + bytes(712)
    bitmap = open(data("vss_1_vol_bm.bin"), "rb").read()
    used = [k for k in range(len(bitmap) * 8 - 1) if bitmap[k // 8] >> k % 8 & 1]     # the last one is not in the published digest
    for store, digest in ((1, "1c3920a329d6ce78bd6b837fad79e4e4"), (2, "2f2e7ea121b37b2d83ff6a86648441fd")):
        ours, h = shown(two, [(store, k * 4096, 4096) for k in used]), hashlib.md5()
        for at in range(0, len(ours), 4096):
            cluster = ours[at:at + 4096]
            # Windows shows its own administration of later stores as zeroes; here it is shown as it lies.
            h.update(bytes(4096) if store == 2 and cluster.startswith(VSS) else cluster)
        assert h.hexdigest() == digest


def test_shadow__a_volume_that_also_keeps_another_ones_stores_equals_its_published_digests(image):
    path = image("vss_2_stor.tar.gz")
    text, after = (shown([path, FOUR], [(1, at, 8192)]) for at in (40 * 4096, 44 * 4096))
    assert text == b"STORAGE" * 1100 + bytes(492)
    assert hashlib.md5(after).hexdigest() == "5149c33b9453e2bf30a5e6ec944654f7"
    assert hashlib.md5(hikeshi("cat", path, "C:\\$MFT", "--shadow", "1")).hexdigest() == "58f3e851fa2c9b9c7a631db912386e21"


def test_shadow__stores_on_another_volume_of_the_same_disk_are_found(image):
    path = image("vss_3_volstor.tar.gz")
    text = hikeshi("ls", path, "--shadow", "list").decode()
    assert len(re.findall(r"^D: .* ok$", text, re.M)) == 2
    for store in (1, 2):
        assert shown([path, 4196352 * 512, path, 2048 * 512], [(store, 261856 * 4096, 52272)]) == (b"%d" % store) * 52272
        assert len(hikeshi("ls", path, "--shadow", str(store))) > 1000


def test_shadow__stores_that_lie_elsewhere_are_listed_and_cannot_be_opened(image):
    path = image("vss_1_vol.tar.gz")
    text = hikeshi("ls", path, "--shadow", "list").decode()
    assert len(re.findall(r"absent: .*another volume", text)) == 2
    done = subprocess.run([HIKESHI, "cat", path, "C:", "--shadow", "1"], capture_output=True)
    assert done.returncode == 4 and not done.stdout
