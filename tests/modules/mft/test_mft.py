"""A collected $MFT: files that matter, and only they; beside other readers in test_corpus_mft.py."""
import json
import os
import random
import subprocess

import pytest

from forge import files, mft, times

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
FORMATTED = times.jst(2024, 4, 1, 9, 0, 0, 7654321)
AT = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
HOME = "Users/利用者/"


def parse(tmp_path, data, code=0, name="$MFT"):
    path = tmp_path / name
    path.write_bytes(data)
    run = subprocess.run([HIKESHI, "parse", "mft", str(path)], capture_output=True, timeout=120)
    assert run.returncode == code, run.stdout
    return [json.loads(line) for line in run.stdout.splitlines()]


def build(*made):
    return mft.build(list(made), FORMATTED)


def told(records, kind="mft_file"):
    return [r for r in records if r["record"] == kind]


@pytest.mark.parametrize("path,why", [
    (HOME + "Downloads/invoice.exe", "program"), (HOME + "Desktop/x.js", "script"), (HOME + "AppData/Roaming/a/b.dll", "program"),
    (HOME + "AppData/Local/Temp/a81f.tmp", "temporary"), (HOME + "AppData/Local/Microsoft/Windows/INetCache/IE/7F3A/a[1].tmp", "temporary"),
    (HOME + "AppData/Local/Microsoft/Windows/INetCache/IE/7F3A/a[1].hta", "script"), ("ProgramData/x.bat", "script"), ("Users/Public/p.ps1", "script"),
    ("Windows/Temp/s.scr", "program"), ("$Recycle.Bin/S-1-5-21-1/$RA.exe", "program"), (HOME + "Documents/見積.iso", "container"), ("a.vbs", "script"),
    (HOME + "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/x.lnk", "link"), (HOME + "Documents/HELP_DECRYPT.TXT", "note"),
    (HOME + "Pictures/akira_readme.txt", "note")])
def test_mft__a_file_that_matters_has_a_record(tmp_path, path, why):
    r, = told(parse(tmp_path, build(mft.File(path, AT, 4096))))
    assert (r["path"], r["why"], r["created"], r["deleted"], r["size"]) == ("\\" + path.replace("/", "\\"), [why], times.iso(AT), False, 4096)


@pytest.mark.parametrize("path", [
    "Windows/System32/cmd.exe", "Program Files/App/app.exe", HOME + "Documents/報告.docx", HOME + "AppData/Roaming/Microsoft/Windows/Recent/a.docx.lnk",
    HOME + "AppData/Local/Microsoft/Windows/INetCache/IE/7F3A/jquery[1].js", HOME + "src/README.txt", "Windows/x.tmp", HOME + "Documents/setup.log"])
def test_mft__other_files_have_none(tmp_path, path):
    records = parse(tmp_path, build(mft.File(path, AT, 100)))
    assert told(records) == [] and told(records, "mft_volume")[0]["n_in_use"] >= 5


def test_mft__a_deleted_file_is_told_twice_as_made_and_as_gone(tmp_path):
    f = mft.File(HOME + "Downloads/a.exe", AT, 900, changed=AT + times.HOUR, deleted=True)
    records = parse(tmp_path, build(f))
    r, = told(records)
    d, = told(records, "mft_deleted")
    assert (r["deleted"], d["path"], d["last_changed"], d["entry"]) == (True, r["path"], times.iso(AT + times.HOUR), f.number)


def test_mft__a_time_that_was_set_back_is_doubted(tmp_path):
    whole = AT - AT % times.SECOND - 900 * times.DAY
    records = parse(tmp_path, build(mft.File(HOME + "Downloads/a.exe", whole, name_born=AT), mft.File("Windows/System32/b.dll", whole, name_born=AT),
                                    mft.File("Windows/System32/c.dll", whole + 1, name_born=AT), mft.File("Windows/System32/d.txt", whole, name_born=AT),
                                    mft.File("Windows/System32/e.dll", AT, name_born=AT)))
    found = {r["path"].rsplit("\\", 1)[1]: r for r in told(records)}
    assert sorted(found) == ["a.exe", "b.dll"] and found["a.exe"]["why"] == ["program", "set_back"]
    assert (found["a.exe"]["created"], found["a.exe"]["si_created"], found["a.exe"]["fn_created"]) == (times.iso(AT), times.iso(whole), times.iso(AT))
    assert told(records, "mft_volume")[0]["n_set_back"] == 2


def test_mft__marks_are_read_out_of_the_entry_also_of_deleted_files(tmp_path):
    mark = files.zone_identifier(3, "https://a.example/p", "https://b.example/x.iso")
    records = parse(tmp_path, build(mft.File(HOME + "Downloads/x.iso", AT, 9, deleted=True, streams={"Zone.Identifier": mark}),
                                    mft.File(HOME + "Documents/y.pdf", AT, 9, streams={"Zone.Identifier": mark}),
                                    mft.File(HOME + "Documents/z.pdf", AT, 9, streams={"other": mark, "zone.identifier": b"nothing"})))
    found = {r["path"]: r for r in told(records, "zone_identifier")}
    home = "\\Users\\利用者\\"
    assert sorted(found) == [home + "Documents\\y.pdf", home + "Downloads\\x.iso"]
    r = found[home + "Downloads\\x.iso"]
    assert (r["zone_id"], r["host_url"], r["host"], r["marked_at"]) == (3, "https://b.example/x.iso", "b.example", times.iso(AT))
    assert told(records, "mft_volume")[0]["n_marked"] == 3


def test_mft__documents_with_one_more_extension_are_a_wave(tmp_path):
    made = [mft.File(f"{HOME}Documents/d{i % 6}/台帳{i}.xlsx.lockd", AT - times.DAY, 5000, changed=AT + i * times.SECOND, deleted=i < 3) for i in range(48)]
    made += [mft.File(f"{HOME}AppData/Roaming/Microsoft/Windows/Recent/a{i}.docx.lnk", AT) for i in range(30)]
    made += [mft.File(f"{HOME}Documents/d{i}/b{i}.docx.{i:04x}", AT) for i in range(30)]
    made += [mft.File(f"{HOME}Documents/d{i}/c{i}.dwg.few", AT) for i in range(19)]
    records = parse(tmp_path, mft.build(made, FORMATTED))
    w, = told(records, "mft_extension_wave")
    assert (w["extension"], w["files"], w["deleted"], w["folders"], w["peak_files"]) == ("lockd", 48, 3, 6, 48)
    assert (w["first_at"], w["last_at"], w["peak_at"]) == (times.iso(AT), times.iso(AT + 47 * times.SECOND), times.iso(AT - AT % times.HOUR))
    assert told(records) == []


def test_mft__a_torn_entry_costs_itself(tmp_path):
    f, g = mft.File(HOME + "Downloads/a.exe", AT, 900), mft.File(HOME + "Downloads/b.exe", AT, 900)
    data = bytearray(build(f, g))
    data[f.number * 1024 + 510] ^= 1
    records = parse(tmp_path, bytes(data), code=1)
    assert [r["path"][-5:] for r in told(records)] == ["b.exe"] and told(records, "mft_volume")[0]["n_damaged"] == 1


def test_mft__a_table_that_is_cut_off_is_read_to_its_end(tmp_path):
    records = parse(tmp_path, build(mft.File(HOME + "Downloads/a.exe", AT, 900), mft.File("zzz.txt", AT))[:-500], code=1)
    assert len(told(records)) == 1 and [r["step"] for r in told(records, "note")] == ["read the last entry of the $MFT"]


@pytest.mark.parametrize("data", [b"", b"FILE", bytes(4096), random.Random(1).randbytes(1 << 16), b"FILE" + b"\xff" * 5000])
def test_mft__what_is_none_is_refused(tmp_path, data):
    assert [r["record"] for r in parse(tmp_path, data, code=1)] == ["error"]


def test_mft__folders_in_a_ring_do_not_hang(tmp_path):
    f = mft.File("a/b/x.exe", AT)
    data = bytearray(build(f))
    a = mft.record(mft.File("a", AT, directory=True, number=24), 25 | 1 << 48, "a")      # a lies in b, and b in a
    data[24 * 1024:25 * 1024] = a
    r, = told(parse(tmp_path, bytes(data))) or [None]
    assert r is None or r["path"].startswith("\\$OrphanFiles")


# ---- hikeshi ls over the same file: every file of it

def listing(path, *options):
    run = subprocess.run([HIKESHI, "ls", str(path), *options], capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout.decode()


def test_mft__ls_lists_a_lone_table(tmp_path):
    path = tmp_path / "$MFT"
    path.write_bytes(build(mft.File(HOME + "Downloads/a.exe", AT, 900, deleted=True), mft.File("b.txt", AT, 5, streams={"s": b"123"})))
    body = listing(path, "--bodyfile", "--deleted").splitlines()
    assert any(line.split("|")[1].endswith("/b.txt:s") and line.split("|")[6] == "3" for line in body)
    assert any("a.exe (deleted)" in line for line in body)
    rows = [json.loads(line) for line in listing(path, "--jsonl").splitlines()]
    assert {r["path"][2:] for r in rows} >= {"\\b.txt", "\\b.txt:s"} and not any(r["deleted"] for r in rows)
