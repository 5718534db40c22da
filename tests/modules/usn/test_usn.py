"""The change journal: what is told, what is left out, and what hostile bytes do."""
import json
import os
import random
import subprocess
import zipfile

import pytest

from forge import times, usn
from run.pc import collect

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
AT = times.jst(2026, 3, 10, 9, 30, 0, 1234567)
MINUTE = times.MINUTE
USERS, HOME, DESKTOP = 40 | 1 << 48, 41 | 1 << 48, 42 | 1 << 48


def parse(tmp_path, data, name="$J", code=0):
    path = tmp_path / name
    path.write_bytes(data)
    run = subprocess.run([HIKESHI, "parse", "usn", str(path)], capture_output=True, timeout=120)
    assert run.returncode == code, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def of(records, *kinds):
    return [r for r in records if r["record"] in kinds]


def desktop(journal, at=AT):
    """The folders above a desktop, as the journal of a new account names them."""
    journal.create(at, USERS, usn.ROOT, "Users", usn.DIRECTORY)
    journal.create(at, HOME, USERS, "tanaka", usn.DIRECTORY)
    journal.create(at, DESKTOP, HOME, "Desktop", usn.DIRECTORY)
    return journal


@pytest.mark.parametrize("version", [2, 3])
def test_usn__a_creation_is_told_once_with_its_path(tmp_path, version):
    j = desktop(usn.Journal(0x40000000, version))
    number = j.create(AT + MINUTE, 99 | 7 << 48, DESKTOP, "請求書.exe")
    j.delete(AT + 2 * MINUTE, 99 | 7 << 48, DESKTOP, "請求書.exe")
    records = parse(tmp_path, bytes(j.data))
    made, = of(records, "usn_created")
    assert (made["path"], made["name"], made["why"]) == ("\\Users\\tanaka\\Desktop\\請求書.exe", "請求書.exe", "program")
    assert (made["at"], made["usn"]) == (times.iso(AT + MINUTE), number)
    assert (made["entry"], made["sequence"], made["parent_entry"], made["parent_sequence"]) == (99, 7, 42, 1)
    gone, = of(records, "usn_deleted")
    assert (gone["path"], gone["at"]) == (made["path"], times.iso(AT + 2 * MINUTE))
    assert {r["version"] for r in of(records, "usn_entry")} == {version}


def test_usn__both_names_of_a_rename_are_one_record(tmp_path):
    j = desktop(usn.Journal())
    j.rename(AT, 99 | 1 << 48, DESKTOP, "a.txt", "a.exe")
    # Another file is renamed between the two names: names are joined by file, not by order.
    j.put(AT, usn.OLD_NAME, 100 | 1 << 48, DESKTOP, "b.exe")
    j.put(AT, usn.OLD_NAME, 101 | 1 << 48, DESKTOP, "c.exe")
    j.put(AT, usn.NEW_NAME, 100 | 1 << 48, DESKTOP, "b2.exe")
    j.put(AT, usn.NEW_NAME, 101 | 1 << 48, HOME, "c2.exe")
    found = [(r["old_path"], r["path"], r["old_name"]) for r in of(parse(tmp_path, bytes(j.data)), "usn_renamed")]
    top = "\\Users\\tanaka\\"
    assert found == [(top + "Desktop\\a.txt", top + "Desktop\\a.exe", "a.txt"), (top + "Desktop\\b.exe", top + "Desktop\\b2.exe", "b.exe"),
                     (top + "Desktop\\c.exe", top + "c2.exe", "c.exe")]


def test_usn__a_new_name_without_its_old_one_is_told(tmp_path):
    j = usn.Journal()
    j.put(AT, usn.NEW_NAME, 99 | 1 << 48, DESKTOP, "x.exe")
    j.put(AT, usn.NEW_NAME | usn.CLOSE, 99 | 1 << 48, DESKTOP, "x.exe")
    found = of(parse(tmp_path, bytes(j.data)), "usn_renamed")
    assert [(r["name"], r["old_name"], r["path"]) for r in found] == [("x.exe", "", "")]


def test_usn__paths_follow_a_folder_that_is_renamed(tmp_path):
    j = desktop(usn.Journal())
    # Known from its own entry only, which comes later: its first name holds from the beginning.
    j.create(AT, 98 | 1 << 48, 77 | 1 << 48, "early.exe")
    j.rename(AT, 77 | 1 << 48, DESKTOP, "old", "new", attributes=usn.DIRECTORY)
    j.create(AT, 99 | 1 << 48, 77 | 1 << 48, "late.exe")
    found = [r["path"] for r in of(parse(tmp_path, bytes(j.data)), "usn_created")]
    assert found == ["\\Users\\tanaka\\Desktop\\old\\early.exe", "\\Users\\tanaka\\Desktop\\new\\late.exe"]


def test_usn__folders_that_hold_each_other_give_no_path(tmp_path):
    j = usn.Journal()
    j.create(AT, 50 | 1 << 48, 51 | 1 << 48, "a", usn.DIRECTORY)
    j.create(AT, 51 | 1 << 48, 50 | 1 << 48, "b", usn.DIRECTORY)
    j.create(AT, 52 | 1 << 48, 51 | 1 << 48, "x.exe")
    made, = of(parse(tmp_path, bytes(j.data)), "usn_created")
    assert (made["path"], made["name"]) == ("", "x.exe")


def test_usn__a_wave_of_renames_is_one_record(tmp_path):
    j = desktop(usn.Journal())
    for i in range(60):
        j.rename(AT + i * times.SECOND, 1000 + i | 1 << 48, (200 + i % 7) | 1 << 48, f"台帳{i}.xlsx", f"台帳{i}.xlsx.lockd")
    for i in range(25):
        j.rename(AT + i, 2000 + i | 1 << 48, DESKTOP, f"{i}.docx", f"{random.Random(i).getrandbits(64):016X}.odin")
    for i in range(30):     # what people and programs do
        j.rename(AT + i, 3000 + i | 1 << 48, DESKTOP, f"{i}.doc", f"{i}.docx")
        j.rename(AT + i, 4000 + i | 1 << 48, DESKTOP, f"{i}.pdf", f"{i}.pdf.bak")
        j.rename(AT + i, 5000 + i | 1 << 48, DESKTOP, f"{i}.pdf.crdownload", f"{i}.pdf")
    for i in range(19):
        j.rename(AT + i, 6000 + i | 1 << 48, DESKTOP, f"{i}.doc", f"{i}.doc.few")
    records = parse(tmp_path, bytes(j.data))
    waves = {r["extension"]: r for r in of(records, "usn_rename_wave")}
    assert sorted(waves) == ["lockd", "odin"]
    w = waves["lockd"]
    assert (w["files"], w["folders"], w["peak_files"]) == (60, 7, 60)
    assert (w["first_at"], w["last_at"]) == (times.iso(AT), times.iso(AT + 59 * times.SECOND))
    assert w["summary"] == "*.lockd: 60 files, 7 folders"
    assert w["examples"][0] == "台帳0.xlsx.lockd" and len(w["examples"]) == 5
    assert of(records, "usn_renamed", "usn_create_wave") == []


def test_usn__documents_written_under_a_new_ending_are_a_wave_too(tmp_path):
    j = desktop(usn.Journal())
    for i in range(40):
        j.create(AT + i, 1000 + i | 1 << 48, DESKTOP, f"a{i}.pdf.id-77.[x@y.example].wxyz")
        j.delete(AT + i, 2000 + i | 1 << 48, DESKTOP, f"a{i}.pdf")
    wave, = of(parse(tmp_path, bytes(j.data)), "usn_create_wave")
    assert (wave["extension"], wave["files"], wave["folders"]) == ("wxyz", 40, 1)


def test_usn__extents_are_kept_and_have_no_time(tmp_path):
    j = usn.Journal(version=3)
    number = j.put_extents(usn.EXTEND | usn.CLOSE, 44 | 1 << 48, 40 | 1 << 48, [(0, 2228224), (4194304, 65536)])
    j.put(AT, usn.EXTEND | usn.CLOSE, 44 | 1 << 48, 40 | 1 << 48, "test.txt")
    first, second = of(parse(tmp_path, bytes(j.data)), "usn_entry")
    assert (first["version"], first["usn"], first["timestamp"], first["n_extents"], first["entry"]) == (4, number, None, 2, 44)
    assert (second["version"], second["name"]) == (3, "test.txt")


def test_usn__a_hole_in_front_is_stepped_over(tmp_path):
    j = desktop(usn.Journal(64 << 20))
    path = tmp_path / "J.bin"
    with open(path, "wb") as f:
        f.seek(64 << 20)
        f.write(j.data)
    run = subprocess.run([HIKESHI, "parse", "usn", str(path)], capture_output=True, timeout=120)
    records = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0 and len(of(records, "usn_entry")) == 6
    assert of(records, "usn_journal")[0]["lost_bytes"] == 0


@pytest.mark.parametrize("shift", range(8))
def test_usn__a_journal_cut_out_by_hand_may_begin_anywhere(tmp_path, shift):
    j = desktop(usn.Journal(1 << 30))
    records = parse(tmp_path, b"\xEE" * shift + bytes(j.data), code=1 if shift else 0)
    assert len(of(records, "usn_entry")) == 6
    assert of(records, "usn_journal")[0]["lost_bytes"] == shift


def test_usn__damage_costs_what_it_hit(tmp_path):
    j = usn.Journal()
    for i in range(400):
        j.create(AT + i, 1000 + i | 1 << 48, DESKTOP, f"file{i:04d}.txt")
    whole = parse(tmp_path, bytes(j.data))
    data = bytearray(j.data)
    data[5000:5200] = random.Random(3).randbytes(200)
    records = parse(tmp_path, bytes(data), code=1)
    before, after = ({r["usn"] for r in of(x, "usn_entry")} for x in (whole, records))
    lost = before - after
    assert after < before and lost and all(5000 - 104 < number < 5200 for number in lost)
    assert [r["step"] for r in of(records, "note")] == ["read entries of the journal"]


def test_usn__bytes_that_are_no_journal_are_damage(tmp_path):
    records = parse(tmp_path, random.Random(1).randbytes(1 << 16), code=1)
    assert [r["outcome"] for r in records] == ["damaged"]


def test_usn__an_empty_journal_says_nothing(tmp_path):
    assert [r["n_entries"] for r in parse(tmp_path, bytes(8192))] == [0]


@pytest.mark.parametrize("name", ["$UsnJrnl:$J", "$J", None])
def test_usn__coverage_knows_the_journal_in_either_form(tmp_path, name):
    """As a stream, as the file other collectors make of it, and not at all."""
    folder = tmp_path / "pc" / "C" / "$Extend"
    folder.mkdir(parents=True)
    if name:
        (folder / name).write_bytes(bytes(desktop(usn.Journal()).data))
    _, archive = collect(tmp_path / "pc", tmp_path / "out")
    with zipfile.ZipFile(archive) as z:
        rows = [r for r in json.loads(z.read("hikeshi/coverage.json"))["rows"] if r["kind"] == "usn"]
    assert [r["state"] for r in rows] == ["examined" if name else "absent"]
    assert not name or rows[0]["from"] == times.iso(AT)
