"""Hives of the forge, read by libregf (pyregf, regfexport), dissect.regf and regipy."""
import io
import struct

import pytest

from forge import hives, regf, times

T0 = times.jst(2026, 3, 10, 10, 12, 40, 1234567)
VALUES = [("文字列", regf.REG_SZ, "値 é 🔥"), ("ascii", regf.REG_EXPAND_SZ, "%SystemRoot%\\x"), ("multi", regf.REG_MULTI_SZ, ["a", "利用者", "c"]),
          ("dword", regf.REG_DWORD, 0xFFFFFDE4), ("qword", regf.REG_QWORD, 1 << 40), ("empty", regf.REG_BINARY, b""), ("three", regf.REG_BINARY, b"abc"),
          ("big", regf.REG_BINARY, bytes(range(256)) * 200), ("page", regf.REG_BINARY, b"x" * 16344), ("", regf.REG_SZ, "default")]


def make(leaf: str = "lh") -> regf.Hive:
    h = regf.Hive("TEST", times.jst(2026, 1, 1), leaf=leaf)
    for name, kind, value in VALUES:
        h.set("利用者\\Key", name, kind, value, T0)
    h.key("利用者", T0 + 5, class_name="クラス名")
    for i in range(1200):
        h.set(f"many\\Sub{i:04d}", "v", regf.REG_DWORD, i)
    return h


@pytest.mark.parametrize("leaf", ["lf", "lh"])
def test_libregf__reads_back_every_value(leaf, reader):
    hive = reader("pyregf").file()
    hive.open_file_object(io.BytesIO(make(leaf).build()))
    assert not hive.is_corrupted()
    key = hive.get_key_by_path("\\利用者\\Key")
    assert key.get_last_written_time_as_integer() == T0 and key.number_of_values == len(VALUES)
    for name, kind, value in VALUES:
        v = next(v for v in key.values if (v.name or "") == name)
        assert (v.type, v.data_size) == (kind, len(regf.encode(kind, value)))
        if len(regf.encode(kind, value)) != 3:          # libregf shows b"bc\0" for three bytes kept in the vk cell; dissect is right
            assert (v.data or b"") == regf.encode(kind, value)
    parent = hive.get_key_by_path("\\利用者")
    assert (parent.class_name, parent.get_last_written_time_as_integer()) == ("クラス名", T0 + 5)
    many = hive.get_key_by_path("\\many")
    assert [k.name for k in many.sub_keys] == [f"Sub{i:04d}" for i in range(1200)]
    assert [k.get_value_by_name("v").get_data_as_integer() for k in many.sub_keys] == list(range(1200))


def test_dissect__finds_keys_by_their_hashes(reader):
    hive = reader("dissect.regf.regf").RegistryHive(io.BytesIO(make("lh").build()))
    assert hive.open("利用者\\key").value("big").value == bytes(range(256)) * 200
    assert hive.open("利用者\\key").value("three").value == b"abc"
    assert hive.open("many\\sub1199").value("v").value == 1199
    assert hive.open("利用者\\Key").value("multi").value == ["a", "利用者", "c"]


def test_regfexport__shows_names_and_data(tool, tmp_path):
    path = tmp_path / "TEST"
    path.write_bytes(make().build())
    text = tool("regfexport", path)
    assert "Key path: ROOT\\利用者\\Key" in text and "Data: 値 é 🔥" in text and text.count("Key: Sub") == 1200


def test_regipy__applies_the_log_to_a_dirty_hive(reader, tmp_path):
    h = make()
    before = h.build(dirty=True)
    h.set("many\\Sub0007", "v", regf.REG_DWORD, 4711)
    after = h.build()
    (tmp_path / "h").write_bytes(before)
    (tmp_path / "h.LOG1").write_bytes(regf.log1(before, after))
    _, pages = reader("regipy.recovery").apply_transaction_logs(str(tmp_path / "h"), str(tmp_path / "h.LOG1"), restored_hive_path=str(tmp_path / "new"))
    assert pages == 1 and (tmp_path / "new").read_bytes()[4096:] == after[4096:]
    first, second = struct.unpack_from("<II", before, 4)
    assert first == second + 1


@pytest.mark.parametrize("name", ["registry/museum_amcache_win10/Amcache.hve.LOG1", "registry/regipy/UsrClass.dat.LOG1", "registry/regipy/transactions_ntuser.dat.log1"])
def test_log_hashes__are_what_windows_wrote(name, data):
    blob, at, n = (data / name).read_bytes(), 512, 0
    while blob[at:at + 4] == b"HvLE" and n < 4:
        size = struct.unpack_from("<I", blob, at + 4)[0]
        assert struct.unpack_from("<QQ", blob, at + 24) == (regf._marvin32(blob[at + 40:at + size]), regf._marvin32(blob[at:at + 32]))
        at, n = at + size, n + 1
    assert n


def test_base_block_checksum__is_what_windows_wrote_and_we_write(data):
    real = [(data / "registry" / name).read_bytes() for name in ("plaso/NTUSER-WIN7.DAT", "museum_amcache_win10/Amcache.hve", "regipy/NTUSER.DAT", "plaso/100_sub_keys.hiv")]
    for blob in real + [make().build()]:
        assert struct.unpack_from("<I", blob, 508)[0] == regf.checksum(blob)


def test_userassist__value_is_72_bytes_and_name_rot13():
    value = hives.userassist_value(3, T0, 2, 1000)
    assert len(value) == 72 and struct.unpack_from("<I", value, 4)[0] == 3 and struct.unpack_from("<Q", value, 60)[0] == T0
    assert hives.userassist_name("C:\\Windows\\explorer.exe") == "{S38OS404-1Q43-42S2-9305-67QR0O28SP23}\\rkcybere.rkr"
