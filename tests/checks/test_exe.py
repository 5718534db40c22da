"""hikeshi.exe: what it imports, how it is protected, what Windows is told about it."""
import os
import re

import pytest
from checks.pe import Pe

HERE = os.path.dirname(os.path.abspath(__file__))
EXE = os.environ.get("HIKESHI_EXE", "")


@pytest.fixture(scope="module")
def exe():
    if not os.path.isfile(EXE):
        pytest.skip("hikeshi.exe was not built")
    with open(EXE, "rb") as f:
        return Pe(f.read())


def allowed():
    """{(dll, function): oldest Windows}"""
    table = {}
    with open(os.path.join(HERE, "win7_functions.txt"), encoding="ascii") as f:
        for line in f:
            m = re.match(r"(\S+\.dll) (XP|Vista|7): (.*)", line)
            if m:
                table.update({(m.group(1), name): m.group(2) for name in m.group(3).split()})
            else:
                assert not line.strip() or line.startswith("#"), line
    return table


def test_exe__imports_only_what_windows_7_has(exe):
    table = allowed()
    imports = exe.imports()
    assert len(imports) > 50
    unknown = sorted(f"{dll} {function}" for dll, function in imports if (dll, function) not in table)
    assert not unknown, "not in win7_functions.txt:\n" + "\n".join(unknown)


def test_exe__imports_no_function_of_windows_8_or_later():
    """The list itself holds none of the functions that are known to be newer than Windows 7."""
    newer = {"GetSystemTimePreciseAsFileTime", "CreateFile2", "SetProcessMitigationPolicy", "GetProcessMitigationPolicy",
             "WaitOnAddress", "WakeByAddressSingle", "PathCchCombine", "GetPackageFullName", "SetThreadDescription",
             "IsWow64Process2", "CreatePseudoConsole", "GetTempPath2W", "CopyFile2", "GetFirmwareType", "FindFirstStreamTransactedW",
             "PrefetchVirtualMemory", "OpenProcessTokenEx", "CreateAppContainerProfile", "SetProcessDefaultCpuSets", "VirtualAlloc2"}
    assert not newer & {function for _, function in allowed()}


def test_exe__is_under_8_mb(exe):
    assert len(exe.data) < 8_000_000
    print(f"hikeshi.exe: {len(exe.data)} bytes")


def test_exe__is_x64_console_for_windows_7(exe):
    assert exe.machine == 0x8664
    assert exe.subsystem == 3
    assert exe.subsystem_version <= (6, 1)


def test_exe__has_aslr_high_entropy_and_dep(exe):
    assert exe.dll_characteristics & 0x0020, "high-entropy addresses"
    assert exe.dll_characteristics & 0x0040, "dynamic base"
    assert exe.dll_characteristics & 0x0100, "no-execute"
    assert not exe.characteristics & 0x0001, "relocations stripped: it could not be moved"
    assert exe.directories[5][1] > 0, "no relocations"


def test_exe__is_copied_to_memory_when_it_runs_from_a_stick_or_a_share(exe):
    """Else pulling the stick out takes pages away that were not read yet."""
    assert exe.characteristics & 0x0400, "removable: run from swap"
    assert exe.characteristics & 0x0800, "net: run from swap"


def test_exe__has_the_checksum_of_its_bytes(exe):
    pefile = pytest.importorskip("pefile")
    pe = pefile.PE(data=exe.data, fast_load=True)
    assert pe.generate_checksum() == pe.OPTIONAL_HEADER.CheckSum


def test_exe__no_section_is_writable_and_executable(exe):
    assert not [name for name, *_, flags in exe.sections if flags & 0x20000000 and flags & 0x80000000]


def test_exe__carries_no_time_symbols_or_paths(exe):
    assert exe.timestamp == 0
    assert not [name for name, *_ in exe.sections if name.startswith(("/", ".debug"))]
    root = os.environ.get("HIKESHI_SOURCE_DIR", "")
    home = os.path.expanduser("~")
    for path in (root, os.path.join(home, ".cache")):
        assert not path or path.encode() not in exe.data, path


def test_exe__manifest_asks_for_what_is_needed(exe):
    manifests = exe.resources(24)
    assert len(manifests) == 1, "one manifest, ours"
    text = manifests[0].decode("utf-8")
    assert 'level="highestAvailable"' in text
    assert re.search(r"<longPathAware[^>]*>true<", text)
    assert re.search(r"<activeCodePage[^>]*>UTF-8<", text)
    for guid in ("35138b9a-5d96-4fbd-8e2d-a2440225f93a", "4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38",
                 "1f676c76-80e1-4239-95bb-83d0f6d0da78", "8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a"):
        assert guid in text             # Windows 7, 8, 8.1, 10 and 11


def test_exe__has_a_version_resource(exe):
    versions = exe.resources(16)
    assert len(versions) == 1
    assert "Hikeshi".encode("utf-16-le") in versions[0]
