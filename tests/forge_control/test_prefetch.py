"""Prefetch files of the forge, read by libscca (pyscca, sccainfo), dissect and windowsprefetch."""
import io
import random
import struct

import pytest

from forge import lzxpress_huffman, prefetch, times

FORMS = [(17, 1), (23, 1), (26, 1), (30, 1), (30, 2), (31, 2)]
RUNS = [times.jst(2026, 3, 10, 10, 59 - i, 7, 1234567 + i) for i in range(8)]


def make(version: int, n_volumes: int = 2, n_files: int = 40) -> prefetch.Prefetch:
    volumes, files = [], []
    for v in range(n_volumes):
        serial, created = 0x9A3C11D0 + v, times.jst(2024, 4, 1 + v, 8, 52, 11, 1234567)
        device = prefetch.volume_device(created, serial) if version >= 30 else f"\\DEVICE\\HARDDISKVOLUME{v + 2}"
        folders = [f"{device}\\WINDOWS\\SYSTEM32", f"{device}\\USERS\\利用者\\フォルダ {v}"]
        volumes.append(prefetch.Volume(device, created, serial, folders, [5 | 5 << 48, 77 + v | 3 << 48]))
        files += [prefetch.File(f"{folders[i % 2]}\\ファイル{i}.DLL", 1000 + 100 * v + i | 9 << 48, 3 * i, 5) for i in range(n_files)]
    hashed = "\\DEVICE\\HARDDISKVOLUME2\\USERS\\利用者\\A[1].TMP"
    return prefetch.Prefetch("A[1].TMP", prefetch.path_hash(hashed, version), 4711, RUNS, files, volumes, hashed)


@pytest.mark.parametrize("version,variant", FORMS)
def test_libscca__reads_back_every_value_it_knows(version, variant, reader):
    p = make(version)
    scca = reader("pyscca").file()
    scca.open_file_object(io.BytesIO(prefetch.build(p, version, variant)))
    kept = 1 if version < 26 else 8
    assert (scca.format_version, scca.executable_filename, scca.prefetch_hash, scca.run_count) == (version, p.executable, p.hash, p.run_count)
    assert [scca.get_last_run_time_as_integer(i) for i in range(kept)] == RUNS[:kept]
    assert [m.filename for m in scca.file_metrics_entries] == [f.path for f in p.files]
    if version > 17:
        assert [m.file_reference for m in scca.file_metrics_entries] == [f.reference for f in p.files]
    assert list(scca.filenames) == [f.path for f in p.files]
    assert [(v.device_path, v.get_creation_time_as_integer(), v.serial_number) for v in scca.volumes] == [(v.device, v.creation_time, v.serial) for v in p.volumes]


@pytest.mark.parametrize("version,variant", [f for f in FORMS if f[0] < 31])
def test_sccainfo__shows_name_hash_and_count(version, variant, tool, tmp_path):
    p = make(version)
    path = tmp_path / "a.pf"
    path.write_bytes(prefetch.build(p, version, variant))
    text = tool("sccainfo", path)
    for expected in (f": {version}", ": A[1].TMP", f"0x{p.hash:08x}", ": 4711", p.files[-1].path, p.volumes[1].device, f"0x{p.volumes[1].serial:08x}"):
        assert expected in text


@pytest.mark.parametrize("version,variant", FORMS)
def test_windowsprefetch__reads_back_directory_strings(version, variant, reader, tmp_path):
    module = reader("windowsprefetch.windowsprefetch")
    p = make(version)
    path = tmp_path / "a.pf"
    path.write_bytes(prefetch.build(p, version, variant, mam=False))
    read = module.Prefetch.__new__(module.Prefetch)
    with open(path, "rb") as f:
        read.parseHeader(f)
        {17: read.fileInformation17, 23: read.fileInformation23}.get(version, read.fileInformation26)(f)
        {17: read.volumeInformation17, 23: read.volumeInformation23, 26: read.volumeInformation23}.get(version, read.volumeInformation30)(f)
    assert [[s.rstrip("\0") for s in listed] for listed in read.directoryStringsArray] == [v.directories for v in p.volumes]
    assert read.fileSize == path.stat().st_size


@pytest.mark.parametrize("version", [17, 23, 30, 31])
def test_dissect__reads_files_and_run_times(version, reader):
    module = reader("dissect.target.plugins.os.windows.prefetch")
    p = make(version)
    read = module.Prefetch(io.BytesIO(prefetch.build(p, version)))
    assert read.metrics == [f.path for f in p.files]
    if version >= 30:
        assert [read.fn.last_run_time, *read.fn.last_run_remains] == RUNS


@pytest.mark.parametrize("size", [1, 5, 300, 65535, 65536, 65537, 200_000])
@pytest.mark.parametrize("kind", ["same", "random", "text", "two"])
def test_libscca__decompresses_what_was_compressed(size, kind, reader):
    """Any bytes can hide behind the last file name; libscca must get all of them out of the MAM container in order to read it."""
    rng = random.Random(f"{size}{kind}")
    filler = {"same": lambda: "A" * size, "random": lambda: "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(size)),
              "text": lambda: ("SYSTEM32\\NTDLL" * (size // 14 + 1))[:size], "two": lambda: "".join(rng.choice("AB") for _ in range(size))}[kind]()
    p = make(30, 1, 1)
    parts = [filler[i:i + 20_000] for i in range(0, size, 20_000)]
    p.files += [prefetch.File(p.volumes[0].device + "\\" + part, 7) for part in parts]
    scca = reader("pyscca").file()
    scca.open_file_object(io.BytesIO(prefetch.build(p, 30)))
    assert "".join(name.partition("}\\")[2] for name in list(scca.filenames)[1:]) == filler
    assert scca.get_volume_information(0).serial_number == p.volumes[0].serial


def test_compressor__uses_matches_and_bounded_codes():
    skewed = b"".join(bytes([i]) * (1 << min(i, 17)) for i in range(20))
    assert len(lzxpress_huffman.compress(b"prefetch" * 5000)) < 1500
    frequency = [0] * 512
    a, b = 1, 1
    for i in range(40):                       # Fibonacci numbers give the deepest tree
        frequency[i], a, b = a, b, a + b
    lengths = lzxpress_huffman._code_lengths(frequency)
    assert max(lengths) <= 15 and sum(2.0 ** -n for n in lengths if n) <= 1.0
    assert len(lzxpress_huffman.compress(skewed)) < len(skewed)


def test_dissect__decompresses_up_to_its_own_end(reader):
    """dissect's decoder is not told the size, so it stops when the input is read: all but the last symbols must be equal."""
    decompress = reader("dissect.util.compression.lzxpress_huffman").decompress
    data = make(30)
    plain = prefetch.build(data, 30, mam=False)
    out = decompress(prefetch.build(data, 30)[8:])
    assert out[:len(plain) - 64] == plain[:len(plain) - 64]


@pytest.mark.parametrize("length", [3, 4, 16, 17, 18, 19, 272, 273, 274, 275, 600, 4000])
def test_dissect__gets_matches_of_every_form_of_length(length, reader):
    """Lengths up to 17 fit the symbol, up to 272 one byte more, above that two bytes more (MS-XCA 2.1.4.3)."""
    decompress = reader("dissect.util.compression.lzxpress_huffman").decompress
    rng = random.Random(length)
    block = bytes(rng.sample(range(128), 128)) + rng.randbytes(length)
    data = block + b"\xf0" + block[:length] + b"\xf1" + rng.randbytes(200)
    assert (-1, length, len(block) + 1) in lzxpress_huffman._tokens(data)[0]
    assert decompress(lzxpress_huffman.compress(data))[:len(data) - 100] == data[:-100]


def test_path_hash__is_what_windows_wrote(data, reader):
    """Real files: for each we try the volume numbers 1 to 7, because a .pf of Windows 10 names its volume another way."""
    pyscca = reader("pyscca")
    agree, by_version = 0, set()
    for path in sorted((data / "prefetch").rglob("*.pf")):
        if path.parent.name == "bad":
            continue
        scca = pyscca.open(str(path))
        own = [n for n in scca.filenames if n.rpartition("\\")[2][:29] == scca.executable_filename[:29]]
        tails = {n.split("\\", 3 if n.startswith("\\DEVICE") else 2)[-1] for n in own}
        if any(prefetch.path_hash(f"\\DEVICE\\HARDDISKVOLUME{v}\\{tail}", scca.format_version) == scca.prefetch_hash for tail in tails for v in range(1, 8)):
            agree += 1
            by_version.add(scca.format_version)
    # The others are hosting programs (svchost, dllhost, …), whose command line is hashed too, and renamed paths.
    print(f"{agree} hashes agree")
    assert agree >= 50 and by_version == {17, 23, 26, 30, 31}


def test_truncation__long_names_keep_29_characters(reader):
    p = make(30)
    p.executable = "AM_DELTA_PATCH_1.443.990.0.EXE"
    scca = reader("pyscca").file()
    scca.open_file_object(io.BytesIO(prefetch.build(p, 30)))
    assert scca.executable_filename == "AM_DELTA_PATCH_1.443.990.0.EX"
    assert prefetch.file_name(p) == f"AM_DELTA_PATCH_1.443.990.0.EX-{p.hash:08X}.pf"
    assert struct.calcsize("<I4sII60sII") == 84
