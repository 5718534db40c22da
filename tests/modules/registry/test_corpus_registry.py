"""Every real hive against libregf's Python binding (regfexport's library) and dissect.regf: how many keys and values, and each value
that we tell."""
import codecs
import collections
import gzip
import json
import lzma
import os
import pathlib
import struct
import subprocess

import pytest

pyregf = pytest.importorskip("pyregf")
regf = pytest.importorskip("dissect.regf.regf")

ROOT = pathlib.Path(os.environ.get("HIKESHI_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
DATA = pathlib.Path(os.environ.get("HIKESHI_DATA") or ROOT / ".." / "shared" / "data")
HIKESHI = os.environ.get("HIKESHI", "hikeshi")

if not (DATA / "registry").is_dir():
    pytest.skip("no real evidence here (set HIKESHI_DATA)", allow_module_level=True)

# Hives that are damaged on purpose: what we could walk, and why it is not what dissect walks.
DAMAGED = {
    "SAMBadHBinHeader": (1, 0, "libregf reads whole hive bins, and the first has no header"),
    "corrupt_sub_key_list.hiv": (100, 99, "one key list is damaged: dissect gives the whole list up"),
    "corrupted_system_hive": (None, None, "libregf cannot read the root key"),
}


@pytest.fixture(scope="module")
def hives(tmp_path_factory):
    """{name: path} of all real hives, unpacked; transaction logs and loose values left out."""
    folder = tmp_path_factory.mktemp("hives")
    out = {}
    lines = (DATA / "CORPUS.tsv").read_text(encoding="utf-8").splitlines()
    named = [DATA / line.split("\t")[1] for line in lines if line.startswith("registry/")]
    for path in sorted(named) + sorted((DATA / "registry" / "plaso_software").glob("*.xz")):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        elif path.suffix == ".xz":
            data = lzma.decompress(data)
        if data[:4] != b"regf" or struct.unpack_from("<I", data, 28)[0] != 0:
            continue
        name = path.stem if path.suffix in (".gz", ".xz") else path.name
        target = folder / path.parent.name / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        out[f"{path.parent.name}/{name}"] = target
    return out


@pytest.fixture(scope="module")
def ours(hives):
    run = subprocess.run([HIKESHI, "parse", "registry", *map(str, hives.values())], capture_output=True, timeout=600)
    by_file = collections.defaultdict(list)
    for line in run.stdout.decode("utf-8").splitlines():
        record = json.loads(line)
        if "file" in record:
            by_file[record["file"]].append(record)
    return {name: by_file[str(path)] for name, path in hives.items()}


def count_by_library(path):
    keys = values = 0
    stack = [pyregf.open(str(path)).root_key]
    while stack:
        key = stack.pop()
        keys += 1
        values += key.number_of_values
        for i in range(key.number_of_sub_keys):
            try:
                stack.append(key.get_sub_key(i))
            except OSError:
                pass
    return keys, values


def count_by_dissect(path):
    keys = values = 0
    with open(path, "rb") as f:
        stack = [regf.RegistryHive(f).root()]
        while stack:
            key = stack.pop()
            keys += 1
            values += len(list(key.values()))
            stack += key.subkeys()
    return keys, values


def hive_record(records):
    found = [r for r in records if r["record"] == "hive"]
    return found[0] if found else None


def test_registry__walks_every_key_and_value(hives, ours):
    total = [0, 0]
    for name, path in hives.items():
        record = hive_record(ours[name])
        short = name.partition("/")[2]
        if short in DAMAGED:
            want = DAMAGED[short][:2]
            assert (record["n_keys"], record["n_values"]) == want if record else want == (None, None), name
            continue
        counted = (record["n_keys"], record["n_values"])
        assert counted == count_by_library(path), name
        if path.stat().st_size < 4_000_000:  # it takes minutes for the largest
            assert counted == count_by_dissect(path), name
        total[0] += counted[0]
        total[1] += counted[1]
    print(f"{total[0]} keys, {total[1]} values in {len(hives)} hives")


def test_registry__knows_hives_by_their_content(ours):
    want = {"plaso_software/SYSTEM": "SYSTEM", "plaso_software/SOFTWARE": "SOFTWARE", "plaso/SAM": "SAM", "regipy/SECURITY": "SECURITY",
            "plaso/NTUSER.DAT": "NTUSER", "plaso/UsrClass.dat": "UsrClass", "regipy/amcache.hve": "Amcache", "EZ/BCD": "BCD",
            "python-registry/issue22.hive": "other"}
    assert {name: hive_record(ours[name])["hive"] for name in want} == want


def test_registry__marks_dirty_hives(hives, ours):
    for name, path in hives.items():
        record = hive_record(ours[name])
        if record:
            one, two = struct.unpack_from("<II", path.read_bytes(), 4)
            assert record["dirty"] == (one != two) and record["sequence_primary"] == one


def key_of(path, key_path):
    """The key object of the library at a path below the root, however the root is called."""
    return pyregf.open(str(path)).get_key_by_path("\\" + key_path)


def value_of(key, name):
    return next((v for v in key.values if (v.name or "").lower() == name.lower()), None)


def shown(value):
    if value.type in (1, 2):
        return value.get_data_as_string()
    if value.type in (4, 5, 11):
        return str(value.get_data_as_integer() & (2**32 - 1 if value.type != 11 else 2**64 - 1))
    return None


def test_registry__settings_are_what_the_library_reads(hives, ours):
    n = 0
    for name, records in ours.items():
        for r in records:
            if r["record"] == "setting":
                value = value_of(key_of(hives[name], r["key_path"]), r["name"].rpartition(".")[2])
                assert shown(value) == r["value"], (name, r)
                n += 1
    assert n >= 30


def test_registry__autoruns_are_all_the_values_of_the_run_keys(hives, ours):
    n = 0
    for name, records in ours.items():
        by_key = collections.defaultdict(dict)
        for r in records:
            if r["record"] == "autorun":
                by_key[r["key_path"]][r["name"]] = r["command_line"]
        for key_path, entries in by_key.items():
            if key_path.rpartition("\\")[2] not in ("Run", "RunOnce", "RunServices"):
                continue
            want = {v.name or "": v.get_data_as_string() for v in key_of(hives[name], key_path).values if v.type in (1, 2) and v.data}
            assert entries == {k: v for k, v in want.items() if v}, (name, key_path)
            n += len(entries)
    assert n >= 5


def test_registry__userassist_is_what_the_library_holds(hives, ours):
    n = 0
    for name, path in hives.items():
        record = hive_record(ours[name])
        if not record or record["hive"] != "NTUSER":
            continue
        want = collections.Counter()
        key = key_of(path, "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist")
        for guid in key.sub_keys if key else ():
            count = next((k for k in guid.sub_keys if k.name == "Count"), None)
            for value in count.values if count else ():
                plain = codecs.decode(value.name, "rot13")
                if plain.startswith("UEME_CTL") or len(value.data) not in (16, 72):
                    continue
                if len(value.data) == 72:
                    runs, time = struct.unpack_from("<I", value.data, 4)[0], struct.unpack_from("<Q", value.data, 60)[0]
                else:
                    runs, time = struct.unpack_from("<IQ", value.data, 4)
                    runs = runs - 5 if runs > 5 else runs
                want[plain, runs, time // 10_000_000 if time else 0] += 1
        have = collections.Counter()
        for r in ours[name]:
            if r["record"] == "userassist":
                time = r["last_run_time"] or r["seeded_time"]
                have[r["name"], r["run_count"], seconds(time)] += 1
                assert r["last_run_time"] is None or r["seeded_time"] is None
        assert have == want, name
        n += sum(have.values())
    print(f"{n} entries")
    assert n >= 100


def seconds(iso):
    import datetime
    if iso is None:
        return 0
    t = datetime.datetime.fromisoformat(iso[:19] + "+00:00")
    return int(t.timestamp()) + 11644473600


def test_registry__userassist_tells_seeded_entries_from_starts(ours):
    records = [r for r in ours["regipy/NTUSER.DAT"] if r["record"] == "userassist"]
    by_name = {r["name"]: r for r in records}
    assert by_name["Microsoft.Windows.StickyNotes"]["last_run_time"] is None
    assert by_name["C:\\dllhot.exe"]["last_run_time"] == "2012-04-03T22:12:41.9080000Z"


def test_registry__says_which_computer_it_is(ours):
    info = next(r for r in ours["plaso_software/SYSTEM"] if r["record"] == "system_info")
    assert info["computer_name"] == "WKS-WIN732BITA" and info["time_zone"] == "Eastern Standard Time"
    assert info["bias_minutes"] == 240 and info["standard_bias_minutes"] == 300 and info["current_control_set"] == 1


def test_registry__says_which_windows_it_is(hives, ours):
    info = next(r for r in ours["plaso_software/SOFTWARE"] if r["record"] == "system_info")
    key = key_of(hives["plaso_software/SOFTWARE"], "Microsoft\\Windows NT\\CurrentVersion")
    for field, value in (("product_name", "ProductName"), ("edition", "EditionID"), ("build", "CurrentBuildNumber"),
                         ("registered_owner", "RegisteredOwner"), ("system_root", "SystemRoot")):
        assert info[field] == value_of(key, value).get_data_as_string(), field
    assert seconds(info["install_date"]) - 11644473600 == value_of(key, "InstallDate").get_data_as_integer()


def test_registry__lists_every_profile(hives, ours):
    have = {r["sid"]: r["profile_path"] for r in ours["plaso_software/SOFTWARE"] if r["record"] == "user_profile"}
    key = key_of(hives["plaso_software/SOFTWARE"], "Microsoft\\Windows NT\\CurrentVersion\\ProfileList")
    assert have == {k.name: value_of(k, "ProfileImagePath").get_data_as_string() for k in key.sub_keys}
    assert len(have) >= 3


def test_registry__refuses_a_transaction_log():
    path = DATA / "registry" / "regipy" / "transactions_ntuser.dat.log1"
    run = subprocess.run([HIKESHI, "parse", "registry", str(path)], capture_output=True, timeout=60)
    assert b'"hive"' not in run.stdout and b"unsupported" in run.stdout
