"""Prefetch files made for the purpose: every version and layout, compressed and not, cut short and lying."""
import binascii
import json
import os
import struct
import subprocess

import pytest

from forge import lzxpress_huffman, prefetch as forge

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
DEVICE = "\\DEVICE\\HARDDISKVOLUME3"
PATH = DEVICE + "\\USERS\\TANAKA\\APPDATA\\LOCAL\\TEMP\\INVOICE.EXE"
NOW = 134_000_000_000_000_000
RUNS = [NOW - i * 36_000_000_001 for i in range(8)]
LAYOUTS = [(17, 1), (23, 1), (26, 1), (30, 1), (30, 2), (31, 2)]


def story(version=30, **changes):
    files = [forge.File(DEVICE + "\\WINDOWS\\SYSTEM32\\NTDLL.DLL", 5 << 48 | 1234), forge.File(PATH, 7 << 48 | 98765)]
    volume = forge.Volume(DEVICE, NOW - 10**15, 0xCAFE1234, [DEVICE + "\\WINDOWS", DEVICE + "\\WINDOWS\\SYSTEM32"], [1, 2, 3])
    values = dict(executable="INVOICE.EXE", hash=forge.path_hash(PATH, version), run_count=42, run_times=list(RUNS),
                  files=files, volumes=[volume])
    return forge.Prefetch(**(values | changes))


def parse(tmp_path, data, name="INVOICE.EXE-00000000.pf"):
    file = tmp_path / name
    file.write_bytes(data)
    run = subprocess.run([HIKESHI, "parse", "prefetch", str(file)], capture_output=True, timeout=60)
    assert run.returncode in (0, 1), run
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("version,variant", LAYOUTS)
@pytest.mark.parametrize("mam", [False, True])
def test_prefetch__reads_every_layout(tmp_path, version, variant, mam):
    record, volume = parse(tmp_path, forge.build(story(version), version, variant, mam))
    assert record["format_version"] == version
    assert record["compressed"] == mam
    assert record["executable_name"] == "INVOICE.EXE"
    assert record["run_count"] == 42
    assert record["executable_path"] == PATH and record["path_proven"]
    assert record["files"] == [f.path for f in story().files]
    assert record["directories"] == story().volumes[0].directories
    assert volume["serial_number"] == "CAFE1234" and volume["device_path"] == DEVICE
    assert (record["executable_mft_entry"], record["executable_mft_sequence"]) == ((None, None) if version == 17 else (98765, 7))


@pytest.mark.parametrize("version,variant", LAYOUTS[2:])
def test_prefetch__keeps_all_eight_run_times_newest_first(tmp_path, version, variant):
    record = parse(tmp_path, forge.build(story(version), version, variant))[0]
    assert len(record["run_times"]) == 8
    assert record["run_times"] == sorted(record["run_times"], reverse=True)
    assert record["last_run_time"] == record["run_times"][0]


def test_prefetch__unused_run_times_are_left_out(tmp_path):
    record = parse(tmp_path, forge.build(story(run_times=RUNS[:3]), 30))[0]
    assert len(record["run_times"]) == 3


def test_prefetch__unknown_version_is_unsupported(tmp_path):
    data = bytearray(forge.build(story(), 30, 2, False))
    struct.pack_into("<I", data, 0, 32)
    (error,) = parse(tmp_path, bytes(data))
    assert (error["record"], error["outcome"], error["offset"]) == ("error", "unsupported", 0)


def test_prefetch__two_programs_of_one_name_are_told_apart_by_the_hash(tmp_path):
    other = forge.File(DEVICE + "\\OTHER\\INVOICE.EXE")
    record = parse(tmp_path, forge.build(story(26, files=[other, *story().files]), 26))[0]
    assert record["executable_path"] == PATH and record["path_proven"]


def test_prefetch__two_programs_of_one_name_unproven_give_no_path(tmp_path):
    other = forge.File(DEVICE + "\\OTHER\\INVOICE.EXE")
    record = parse(tmp_path, forge.build(story(26, hash=1, files=[other, *story().files]), 26))[0]
    assert record["executable_path"] is None and not record["path_proven"]


def test_prefetch__first_layout_of_windows_10_proves_the_path_through_the_volume_name(tmp_path):
    device = forge.volume_device(NOW, 0xCAFE1234)
    files = [forge.File(device + PATH[len(DEVICE):])]
    volume = forge.Volume(device, NOW, 0xCAFE1234)
    record = parse(tmp_path, forge.build(story(files=files, volumes=[volume]), 30, 1))[0]
    assert record["executable_path"] == files[0].path and record["path_proven"]


def test_prefetch__long_name_is_found_in_the_file_list(tmp_path):
    path = DEVICE + "\\TEMP\\A_VERY_LONG_INSTALLER_NAME_X64.EXE"
    pf = story(executable="A_VERY_LONG_INSTALLER_NAME_X64.EXE", files=[forge.File(path)], hash=forge.path_hash(path, 30))
    record = parse(tmp_path, forge.build(pf, 30))[0]
    assert len(record["executable_name"]) == 29
    assert record["executable_path"] == path and record["path_proven"]


def test_prefetch__japanese_names_survive(tmp_path):
    path = DEVICE + "\\USERS\\田中\\DOWNLOADS\\請求書.EXE"
    pf = story(executable="請求書.EXE", files=[forge.File(path)], hash=forge.path_hash(path, 30))
    record = parse(tmp_path, forge.build(pf, 30))[0]
    assert record["executable_name"] == "請求書.EXE" and record["executable_path"] == path and record["path_proven"]


@pytest.mark.parametrize("cut", [8, 100, 200, 280])
def test_prefetch__cut_in_the_header_is_damaged_where_it_ends(tmp_path, cut):
    (error,) = parse(tmp_path, forge.build(story(), 30, 2, False)[:cut])
    assert (error["record"], error["outcome"]) == ("error", "damaged")
    assert error["offset"] == cut


def test_prefetch__cut_behind_the_header_keeps_the_runs(tmp_path):
    records = parse(tmp_path, forge.build(story(), 30, 2, False)[:320])
    record = next(r for r in records if r["record"] == "prefetch")
    assert len(record["run_times"]) == 8 and record["files"] == []
    assert {r["outcome"] for r in records if r["record"] == "note"} == {"damaged"}


def test_prefetch__cut_compressed_stream_keeps_what_came_before(tmp_path):
    many = [forge.File(f"{DEVICE}\\WINDOWS\\SYSTEM32\\{binascii.crc32(bytes([i])):08X}.DLL") for i in range(200)]
    data = forge.build(story(files=many + story().files), 30)
    records = parse(tmp_path, data[: len(data) // 2])
    record = next(r for r in records if r["record"] == "prefetch")
    assert record["run_count"] == 42 and len(record["run_times"]) == 8


def test_prefetch__compressed_over_several_blocks(tmp_path):
    many = [forge.File(f"{DEVICE}\\WINDOWS\\SYSTEM32\\{i:08X}.DLL") for i in range(3000)]
    record = parse(tmp_path, forge.build(story(files=many + story().files), 30))[0]
    assert record["file_size"] > 3 * 65536
    assert record["files"] == [f.path for f in many + story().files]


def with_checksum(plain, wrong=0):
    stream = lzxpress_huffman.compress(plain)
    head = b"MAM\x84" + struct.pack("<I", len(plain))
    crc = binascii.crc32(head + bytes(4) + stream) ^ wrong
    return head + struct.pack("<I", crc) + stream


def test_prefetch__checksum_of_compressed_file_is_checked(tmp_path):
    plain = forge.build(story(), 30, 2, False)
    assert parse(tmp_path, with_checksum(plain))[0]["run_count"] == 42
    records = parse(tmp_path, with_checksum(plain, wrong=1))
    assert any(r["record"] == "prefetch" for r in records)
    assert [r["step"] for r in records if r["record"] == "note"] == ["checksum of compressed file"]


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 1 << 28])
def test_prefetch__declared_size_beyond_the_stream_is_damaged(tmp_path, size):
    data = bytearray(forge.build(story(), 30))
    struct.pack_into("<I", data, 4, size)
    (error,) = parse(tmp_path, bytes(data))
    assert (error["record"], error["outcome"], error["offset"]) == ("error", "damaged", 4)


def test_prefetch__other_compression_is_unsupported(tmp_path):
    (error,) = parse(tmp_path, b"MAM\x02" + struct.pack("<I", 100) + bytes(300))
    assert (error["record"], error["outcome"], error["offset"]) == ("error", "unsupported", 3)


def test_prefetch__empty_file_is_damaged(tmp_path):
    (error,) = parse(tmp_path, b"")
    assert (error["record"], error["outcome"], error["offset"]) == ("error", "damaged", 0)


@pytest.mark.parametrize("at", range(84, 120, 4))
def test_prefetch__lying_section_costs_only_that_section(tmp_path, at):
    data = bytearray(forge.build(story(), 30, 2, False))
    struct.pack_into("<I", data, at, 0xFFFFFFF0)
    records = parse(tmp_path, bytes(data))
    if at == 84:
        assert records[0]["outcome"] == "damaged"
    else:
        record = next(r for r in records if r["record"] == "prefetch")
        assert record["run_count"] == 42 and len(record["run_times"]) == 8
