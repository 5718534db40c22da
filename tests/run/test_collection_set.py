"""The collection set on an NTFS image: the metadata of the volume is in the archive as icat gives it; what is absent and matters is said."""
import json
import lzma
import shutil
import subprocess
import zipfile

import pytest

from forge import image as forge_image
from run import pc

# attribute $DATA of the records that the format reserves
ICAT = {"$MFT": "0", "$MFTMirr": "1", "$LogFile": "2", "$Bitmap": "6", "$Boot": "7"}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    why = forge_image.why_not() or (None if shutil.which("icat") else "icat is not installed")
    if why:
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("set")
    image = forge_image.make(str(folder)).path
    done, archive = pc.collect(image, folder / "out")
    assert done.returncode in (0, 1), done.stderr
    with zipfile.ZipFile(archive) as z:
        yield image, z, done


def data_of(archive, name):
    return archive.read(next(n for n in archive.namelist() if n.startswith("uploads/auto/") and n.endswith("/" + name)))


def icat(image, address):
    return subprocess.run(["icat", image, address], capture_output=True, check=True).stdout


def sds_address(image):
    lines = subprocess.run(["istat", image, "9"], capture_output=True, check=True).stdout.decode()
    return next("9-" + line.split("(")[1].split(")")[0] for line in lines.splitlines() if "$SDS" in line)


@pytest.mark.parametrize("name", ICAT)
def test_collection__volume_metadata_equals_icat(collected, name):
    image, archive, _ = collected
    theirs = icat(image, ICAT[name])
    assert theirs and data_of(archive, name) == theirs


def test_collection__the_boot_file_is_whole(collected):
    """Other collectors stored it with 0 bytes."""
    _, archive, _ = collected
    boot = data_of(archive, "$Boot")
    assert len(boot) == 8192 and boot[3:7] == b"NTFS"


def test_collection__the_security_stream_equals_icat(collected):
    image, archive, _ = collected
    assert data_of(archive, "$Secure%3A$SDS") == icat(image, sds_address(image))


def test_collection__says_what_is_absent_and_matters(collected):
    """No tasks in this image, and no Outlook either: only the first is an alarm."""
    _, archive, _ = collected
    rows = json.loads(archive.read("hikeshi/coverage.json"))["rows"]
    ours = [r for r in rows if r["kind"] == "collection"]
    assert any("System32\\Tasks" in r["instance"] and r["state"] == "absent" for r in ours)
    assert not any("$LogFile" in r["instance"] or "Outlook" in r["instance"] for r in ours)


def test_collection__every_file_carries_its_definition(collected):
    _, archive, _ = collected
    rows = [json.loads(line) for line in archive.read("hikeshi/manifest.jsonl").splitlines()]
    named = {r.get("artefact") for r in rows}
    assert {"HikeshiBitmap", "HikeshiBoot", "HikeshiSecurityDescriptors"} <= named


def test_collection__quick_leaves_out_what_it_says(collected):
    image, _, _ = collected
    seen = {}
    for profile in ("quick", "full"):
        done = pc.run("collect", "--source", image, "--dry-run", "--profile", profile, "--lang", "en")
        seen[profile] = {line.split()[-1] for line in done.stdout.splitlines() if len(line.split()) == 3 and line.split()[0].isdigit()}
    assert "C:\\$MFT" in seen["quick"] and "C:\\$Bitmap" in seen["full"] - seen["quick"] and seen["quick"] < seen["full"]


def test_collection__a_sparse_file_is_planned_by_what_it_holds(collected, tmp_path):
    """64 MiB of which three bytes are data: free space and progress must not wait for the hole."""
    image, _, _ = collected
    definition = tmp_path / "x.yaml"
    definition.write_text("name: Sparse\ndoc: d\nsources:\n- type: FILE\n  attributes: {paths: ['\\sparse.bin'], separator: '\\'}\n")
    done = pc.run("collect", "--source", image, "--dry-run", "--artefacts", definition, "--lang", "en")
    file = next(line.split() for line in done.stdout.splitlines() if line.endswith("C:\\sparse.bin"))
    total = next(line.split() for line in done.stdout.splitlines() if " Sparse " in line and " = 1 " in line)
    assert int(file[0]) == 64 << 20 and 0 < int(total[0]) <= 1 << 20


def test_collection__metadata_of_a_real_windows_volume_equals_icat(tmp_path):
    """A volume that Windows wrote, with its change journal: all eight streams."""
    packed = pc.data_dir() / "ntfs" / "plaso" / "usnjrnl.qcow2.xz"
    if not packed.exists() or not shutil.which("qemu-img") or not shutil.which("icat"):
        pytest.skip("needs ntfs/plaso/usnjrnl.qcow2.xz, qemu-img and icat")
    (tmp_path / "disk.qcow2").write_bytes(lzma.decompress(packed.read_bytes()))
    raw = tmp_path / "disk.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", tmp_path / "disk.qcow2", raw], check=True)
    done, archive = pc.collect(raw, tmp_path / "out")
    assert done.returncode in (0, 1), done.stderr
    listing = subprocess.run(["fls", "-o", "63", "-r", raw], capture_output=True, check=True).stdout.decode()
    address = {line.split("\t")[-1]: line.split(":")[0].split()[-1] for line in listing.splitlines()}
    with zipfile.ZipFile(archive) as z:
        for name in (*ICAT, "$UsnJrnl:$J", "$UsnJrnl:$Max", "$Secure:$SDS"):
            theirs = subprocess.run(["icat", "-o", "63", raw, address[name]], capture_output=True, check=True).stdout
            assert theirs and data_of(z, name.replace(":", "%3A")) == theirs, name
    raw.unlink()
