"""A running Windows, as far as Wine goes: drive C: lies on a mounted NTFS volume, and \\\\.\\C: is that volume's image. What another process
holds without sharing is read from the volume itself."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from run.pc import EXE, need_to_mount, wine

HOLDER = r"""
#include <windows.h>
#include <stdio.h>
int main(void)
{
  HANDLE h = CreateFileW(L"C:\\windows\\system32\\config\\SAM", GENERIC_READ, 0, 0, OPEN_EXISTING, 0, 0);
  printf("%s\n", h == INVALID_HANDLE_VALUE ? "refused" : "held");
  fflush(stdout);
  getchar();
  return 0;
}
"""
# What the program and Wine's own start need; the rest of a prefix is only weight.
NEEDED = """kernel32 ntdll kernelbase advapi32 msvcrt sechost ucrtbase user32 gdi32 win32u rpcrt4 ole32 combase shell32 shlwapi iphlpapi ws2_32
netapi32 crypt32 bcrypt version imm32 psapi wtsapi32 setupapi cfgmgr32 userenv dnsapi nsi dhcpcsvc mpr secur32 wintrust wevtapi shcore coml2
comctl32 uxtheme oleaut32 wineboot services explorer conhost cmd start winedevice plugplay svchost rpcss""".split()
LOGS = "windows/system32/winevt/Logs"


def prune(drive):
    for folder in ("windows/syswow64", "windows/winsxs", "windows/Installer", "windows/mono", "Program Files", "Program Files (x86)"):
        shutil.rmtree(drive / folder, ignore_errors=True)
    # Links into the home of whoever runs the test: to Wine they are folders like others.
    shutil.rmtree(drive / "users", ignore_errors=True)
    for p in (drive / "windows/system32").iterdir():
        if p.is_file() and p.name.lower().split(".")[0] not in NEEDED:
            p.unlink()


class Live:
    def __init__(self, folder):
        self.folder, self.prefix, self.mount = folder, folder / "prefix", folder / "mount"
        self.image, self.sums = folder / "c.img", {}
        self.env = dict(os.environ, WINEPREFIX=str(self.prefix), WINEDEBUG="-all")

    def put(self, name, data):
        path = self.mount / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.sums["C:\\" + name.replace("/", "\\")] = hashlib.sha256(data).hexdigest()

    def server(self, how):
        subprocess.run([shutil.which("wineserver") or "/usr/lib/wine/wineserver64", how], env=self.env, capture_output=True, timeout=300)

    def collect(self, *args):
        """Collects while SAM is held; returns the process and its manifest by path."""
        out = self.folder / "out"
        for left in out.glob("HIKESHI_*"):
            left.unlink()
        holder = subprocess.Popen([wine(), self.folder / "holder.exe"], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert b"held" in holder.stdout.readline()
            done = subprocess.run([wine(), r"O:\hikeshi.exe", "collect", "--out", "O:\\", "--quiet", "--lang", "en", *args],
                                  env=self.env, capture_output=True, timeout=600)
        finally:
            holder.communicate(b"\n", timeout=60)
        archives = sorted(out.glob("HIKESHI_*.zip"))
        assert len(archives) == 1, (done.returncode, done.stderr)
        [archive] = archives
        with zipfile.ZipFile(archive) as z:
            self.coverage = json.loads(z.read("hikeshi/coverage.json"))["rows"]
            lines = [json.loads(x) for x in z.read("hikeshi/manifest.jsonl").splitlines()]
        return done, {x["path"]: x for x in lines if "path" in x}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    env = need_to_mount("mkntfs", "ntfs-3g", "fusermount", "x86_64-w64-mingw32-gcc")
    pc = Live(tmp_path_factory.mktemp("live"))
    (pc.folder / "holder.c").write_text(HOLDER)
    subprocess.run(["x86_64-w64-mingw32-gcc", "-O1", "-o", pc.folder / "holder.exe", pc.folder / "holder.c"], check=True)
    subprocess.run([wine(), "wineboot", "-i"], env=pc.env, capture_output=True, timeout=300)
    pc.server("-w")
    drive = pc.prefix / "drive_c"
    prune(drive)
    with open(pc.image, "wb") as f:
        f.truncate(400 << 20)
    subprocess.run(["mkntfs", "-F", "-q", "-Q", pc.image], env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pc.mount.mkdir()
    (pc.folder / "out").mkdir()
    shutil.copyfile(EXE, pc.folder / "out" / "hikeshi.exe")
    subprocess.run(["ntfs-3g", "-o", "streams_interface=windows,noatime,big_writes", pc.image, pc.mount], env=env, check=True)
    try:
        shutil.copytree(drive, pc.mount, symlinks=True, dirs_exist_ok=True, copy_function=shutil.copyfile)
        shutil.rmtree(drive)
        drive.symlink_to(pc.mount)
        rnd = random.Random(9)
        for hive in ("SAM", "SYSTEM", "SECURITY"):
            pc.put("windows/system32/config/" + hive, b"regf" + rnd.randbytes(200000))
        for name in ("Twin.evtx", "TWIN.evtx", "single.evtx"):
            pc.put(f"{LOGS}/{name}", b"ElfFile\0" + name.encode() + rnd.randbytes(70000))
        # Names that programs of Windows stumble over: a device, a last dot, what is no letter of any code page.
        for name in ("con", "trailing.dot.", "日本語😀.log", "x" * 240 + ".log"):
            pc.put(f"users/利用者/AppData/Local/Microsoft/Windows/WebCache/{name}", name.encode() + rnd.randbytes(3000))
        os.sync()
        devices = pc.prefix / "dosdevices"
        (devices / "z:").unlink()
        (devices / "o:").symlink_to(pc.folder / "out")
        (devices / "c::").symlink_to(pc.image)
        yield pc
    finally:
        pc.server("-k")
        subprocess.run(["fusermount", "-u", pc.mount], env=env)


def test_live__a_hive_held_without_sharing_is_read_from_the_volume(live):
    done, manifest = live.collect()
    assert done.returncode in (0, 1), done.stderr
    for path, want in live.sums.items():
        line = manifest[path]
        assert (line["role"], line["outcome"], line["sha256"]) == ("evidence", "ok", want), line
    sam = r"C:\windows\system32\config\SAM"
    assert manifest[sam]["method"] == "raw"
    assert manifest[r"C:\windows\system32\config\SYSTEM"]["method"] == "api"
    # Two names that differ in case only: the API would open one of them for both.
    logs = "C:\\" + LOGS.replace("/", "\\") + "\\"
    assert manifest[logs + "Twin.evtx"]["method"] == manifest[logs + "TWIN.evtx"]["method"] == "raw"
    assert manifest[logs + "single.evtx"]["method"] == "api"
    # The files of NTFS itself have no name in the API.
    assert (manifest["C:\\$MFT"]["method"], manifest["C:\\$MFT"]["outcome"]) == ("raw", "ok")
    rows = [r for r in live.coverage if r["instance"] == sam]
    assert rows and all(r["how"] == "raw" for r in rows), rows


def test_live__without_raw_reading_the_hive_is_denied_and_the_rest_is_read(live):
    link = live.prefix / "dosdevices" / "c::"
    link.unlink()
    try:
        done, manifest = live.collect()
    finally:
        link.symlink_to(live.image)
    sam = manifest[r"C:\windows\system32\config\SAM"]
    assert (sam["role"], sam["outcome"], sam["os"]) == ("missed", "denied", 32)
    assert done.returncode == 1
    assert manifest[r"C:\windows\system32\config\SYSTEM"]["outcome"] == "ok"
    # It is there and could not be read: nobody may take it for absent alone.
    states = [r["state"] for r in live.coverage if r["kind"] == "mft" and r["instance"] == "C:\\$MFT"]
    assert states and "absent" not in states, live.coverage
