"""What a disk in a container gives is what the same disk as a raw image gives: listings, files, a whole collection. The raw image is made by
qemu-img, also of containers that somebody else published."""
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import zipfile

import pytest

from forge import image as forge_image

HIKESHI = os.environ.get("HIKESHI", "")
ROOT = os.environ.get("HIKESHI_SOURCE_DIR", ".")
DATA = os.environ.get("HIKESHI_DATA") or os.path.join(ROOT, "..", "shared", "data")


def hikeshi(*args):
    done = subprocess.run([HIKESHI, *args], capture_output=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


def qemu(*args):
    if not shutil.which("qemu-img"):
        pytest.skip("qemu-img is not installed")
    done = subprocess.run(["qemu-img", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


FORMS = {"qcow2": ["-O", "qcow2"], "packed.qcow2": ["-O", "qcow2", "-c"], "vhd": ["-O", "vpc", "-o", "force_size=on"], "vhdx": ["-O", "vhdx"],
         "vmdk": ["-O", "vmdk"], "packed.vmdk": ["-O", "vmdk", "-o", "subformat=streamOptimized"], "flat.vmdk": ["-O", "vmdk", "-o", "subformat=monolithicFlat"],
         "vdi": ["-O", "vdi"]}


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    forge_image.need()
    return forge_image.make(str(tmp_path_factory.mktemp("forged")))


@pytest.fixture(scope="module")
def contained(forged, tmp_path_factory):
    """name -> path of the forged volume in that container, made when first asked for."""
    folder, made = tmp_path_factory.mktemp("contained"), {}

    def get(name):
        if name not in made:
            made[name] = str(folder / ("d." + name))
            qemu("convert", "-q", "-f", "raw", *FORMS[name], forged.path, made[name])
        return made[name]

    return get


@pytest.mark.parametrize("name", FORMS)
def test_disk__a_container_gives_the_listing_of_its_raw_image(name, forged, contained):
    for form in (["--jsonl", "--deleted"], ["--bodyfile"]):
        raw = hikeshi("ls", forged.path, *form)
        assert hikeshi("ls", contained(name), *form) == raw and len(raw) > 100000
    for path in ("Windows/System32/config/SAM", "Compressed/mixed.bin", "many_runs.bin", "Users/taro/Documents/notes.txt:hidden.bin"):
        assert hashlib.sha256(hikeshi("cat", contained(name), "C:\\" + path.replace("/", "\\"))).hexdigest() == forged.sums[path]


def test_disk__a_qcow2_that_calls_itself_corrupt_is_read_and_said(forged, contained, tmp_path):
    path = str(tmp_path / "d.qcow2")
    shutil.copy(contained("qcow2"), path)
    with open(path, "r+b") as f:
        f.seek(79)
        f.write(b"\x02")
    done = subprocess.run([HIKESHI, "ls", path, "--jsonl"], capture_output=True, timeout=60)
    assert done.returncode == 1 and done.stdout == hikeshi("ls", forged.path, "--jsonl") and b"(!)" in done.stderr


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """Calls hikeshi.exe in a Windows of its own."""
    exe, wine = os.environ.get("HIKESHI_EXE", ""), shutil.which("wine64") or shutil.which("wine")
    if not wine or not os.path.exists(exe):
        pytest.skip("no Wine or no hikeshi.exe here")
    env = dict(os.environ, WINEPREFIX=str(tmp_path_factory.mktemp("wine") / "prefix"), WINEDEBUG="-all")
    subprocess.run([wine, "wineboot", "-i"], env=env, capture_output=True, timeout=300)
    return lambda *args: subprocess.run([wine, exe, *args], env=env, capture_output=True, timeout=300)


@pytest.mark.parametrize("name", ["vhdx", "packed.qcow2", "flat.vmdk"])
def test_disk__a_windows_reads_a_container_as_linux_does(name, contained, windows):
    path = "Z:" + contained(name).replace("/", "\\")
    for command in (["ls", path, "--jsonl"], ["cat", path, "C:\\many_runs.bin"]):
        done, native = windows(*command), hikeshi(command[0], contained(name), *command[2:])
        assert done.stdout == native and len(native) > 100000, done.stderr


def stored(source, folder):
    folder.mkdir()
    done = subprocess.run([HIKESHI, "collect", "--source", source, "--out", str(folder), "--quiet"], capture_output=True, timeout=600)
    archives = list(folder.glob("*.zip"))
    assert len(archives) == 1, done.stderr
    with zipfile.ZipFile(archives[0]) as z:
        return {n: hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist() if n.startswith("uploads/") and not n.endswith("/")}


@pytest.mark.parametrize("name", ["packed.qcow2", "vhdx", "flat.vmdk"])
def test_disk__collecting_from_a_container_stores_what_its_raw_image_gives(name, forged, contained, tmp_path):
    theirs = stored(forged.path, tmp_path / "raw")
    assert stored(contained(name), tmp_path / "contained") == theirs and len(theirs) >= 5


PUBLISHED = ["vss/vsstest.qcow2", "plaso/usnjrnl.qcow2.xz"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_disk__a_published_container_gives_the_listing_of_its_raw_image(name, tmp_path):
    path = os.path.join(DATA, "ntfs", name)
    if not os.path.exists(path):
        pytest.skip(f"no real evidence here: ntfs/{name}")
    if name.endswith(".xz"):
        packed, path = path, str(tmp_path / os.path.basename(name)[:-3])
        with lzma.open(packed) as i, open(path, "wb") as o:
            shutil.copyfileobj(i, o)
    raw = str(tmp_path / "d.raw")
    qemu("convert", "-O", "raw", path, raw)
    listing = hikeshi("ls", path, "--jsonl", "--deleted")
    assert listing == hikeshi("ls", raw, "--jsonl", "--deleted") and len(listing) > 3000
    files = [json.loads(line) for line in listing.splitlines()]
    files = [i["path"] for i in files if not i["directory"] and not i["deleted"] and 0 < i["size"] < 1 << 20]
    for file in files[:20]:
        ours, theirs = (subprocess.run([HIKESHI, "cat", image, file], capture_output=True) for image in (path, raw))
        assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode), file
    assert len(files) > 5
