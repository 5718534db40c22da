"""What the readers of definitions take, refuse and say, on files made here."""
import json
import re
import zipfile

import pytest

from run import pc


def listed(*paths, code=0, profile="full"):
    args = [a for p in paths for a in ("--artefacts", p)]
    done = pc.run("list", "artefacts", "--jsonl", "--lang", "en", "--profile", profile, *args)
    assert done.returncode == code, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {r["name"]: r for r in rows if "remark" not in r}, [r for r in rows if "remark" in r], done


def target(folder, name, *rows, head=""):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    body = "".join("    -\n" + "".join(f"        {k}: {v}\n" for k, v in row.items()) for row in rows)
    file.write_text(f"Description: d\nAuthor: a\nVersion: 1.0\nId: 1\nRecreateDirectories: true\n{head}Targets:\n{body}", encoding="utf-8")
    return file


def row(path, **more):
    return {"Name": "n", "Category": "c", "Path": path, **more}


def artefact(name, *sources, **more):
    return {"name": name, "doc": "d", "sources": list(sources), **more}


def files_source(*paths, kind="FILE"):
    return {"type": kind, "attributes": {"paths": list(paths), "separator": "\\"}}


def write(file, *documents):
    file.write_text("".join("---\n" + json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    return file


def test_kape__reads_folders_masks_and_users(tmp_path):
    file = target(tmp_path, "T.tkape", row("C:\\A\\"), row("C:\\Users\\%user%\\X", FileMask="'*.log'", Recursive="true"),
                  row("D:\\B\\*\\C\\", FileMask="'*.*'"), row("C:\\$Extend\\", FileMask="$UsnJrnl:$J", SaveAsFileName="$J", AlwaysAddToQueue="true"),
                  row("C:\\S", FileMask="x*", MinSize="10", MaxSize="2000"))
    got, remarks, _ = listed(file)
    ours = [r["paths"][0] for r in got.values() if r["file"] == str(file) and r["paths"]]
    assert set(ours) == {"C:\\S\\x*"} and remarks == []     # one name for all rows: the last one stands in the map
    done = pc.run("list", "artefacts", "--artefacts", file)
    for glob in ("C:\\A\\*", "C:\\Users\\*\\X\\**\\*.log", "D:\\B\\*\\C\\*", "C:\\$Extend\\$UsnJrnl:$J", "C:\\S\\x*"):
        assert f" {glob}\n" in done.stdout
    assert got["T/n"]["least_bytes"] == 10 and got["T/n"]["most_bytes"] == 2000


@pytest.mark.parametrize("bad, line, words", [
    (row("C:\\A", FileMask="'regex:(?=x)'"), 10, "regular expression"),
    (row("C:\\%usr%\\A"), 10, "unknown variable: usr"),
    (row("somewhere"), 10, "neither a path"),
    (row("C:\\A", Mask="x"), 11, "unknown key: Mask"),
    (row("C:\\A", MinSize="much"), 8, "MinSize"),
    ({"Category": "c", "Path": "C:\\A"}, 8, "without a name"),
])
def test_kape__refuses_a_row_by_file_line_and_reason(tmp_path, bad, line, words):
    file = target(tmp_path, "T.tkape", bad, {**row("C:\\Good"), "Name": "good"})
    got, remarks, done = listed(file, code=1)
    assert "T/good" in got and "T/n" not in got
    assert [(r["remark"], r["file"]) for r in remarks] == [("refused", str(file))] and words in remarks[0]["text"]
    assert abs(remarks[0]["line"] - line) <= 1 and f"{file}:{remarks[0]['line']}: refused" in done.stderr


def test_kape__names_a_target_that_is_nowhere(tmp_path):
    file = target(tmp_path, "Compound/T.tkape", row("Here.tkape"), row("Gone.tkape"))
    target(tmp_path, "Windows/Here.tkape", row("C:\\A"))
    target(tmp_path, "Windows/Other.tkape", row("C:\\B"))
    got, remarks, _ = listed(file)
    assert "Here/n" in got and "Other/n" not in got
    assert [(r["remark"], r["line"]) for r in remarks] == [("missing", 14)] and "Gone.tkape" in remarks[0]["text"]


def test_kape__targets_in_a_circle_end_and_are_refused(tmp_path):
    target(tmp_path, "A.tkape", row("B.tkape"))
    target(tmp_path, "B.tkape", row("C.tkape"), row("C:\\B"))
    target(tmp_path, "C.tkape", row("A.tkape"))
    got, remarks, _ = listed(tmp_path / "A.tkape", code=1)
    assert "B/n" in got and sorted(r["text"] for r in remarks) == [f"{x}.tkape contains itself" for x in "ABC"]


def test_forensic__takes_depths_groups_and_other_systems(tmp_path):
    file = write(tmp_path / "x.yaml",
                 artefact("Deep", files_source("%%environ_systemdrive%%\\a\\**3\\*.txt", "\\b\\**.evtx", "C:/c/%%users.username%%/d")),
                 artefact("Group", {"type": "ARTIFACT_GROUP", "attributes": {"names": ["Deep", "Nowhere"]}}),
                 artefact("Linux", files_source("/etc/passwd"), supported_os=["Linux"]),
                 artefact("Folder", files_source("C:\\d", kind="DIRECTORY"), files_source("%ProgramData%\\p", kind="PATH")),
                 artefact("Command", {"type": "COMMAND", "attributes": {"cmd": "x", "args": []}}),
                 artefact("Key", {"type": "REGISTRY_KEY", "attributes": {"keys": ["HKEY_LOCAL_MACHINE\\Hardware\\x"]}}))
    got, remarks, _ = listed(file)
    assert set(got["Deep"]["paths"]) == {
        "?:\\a\\**3\\*.txt", "?:\\Windows.old\\a\\**3\\*.txt", "?:\\b\\**\\*.evtx", "C:\\c\\*\\d"}
    assert got["Group"]["state"] == "group" and got["Linux"]["state"] == "other system"
    assert set(got["Folder"]["paths"]) == {"C:\\d\\*"} | {p + t for p in ("?:\\ProgramData\\p", "?:\\Windows.old\\ProgramData\\p",
                                                          "?:\\Documents and Settings\\All Users\\Application Data\\p") for t in ("", "\\*")}
    said = {(r["remark"], r["text"].split(":")[0].split(" ")[0]) for r in remarks}
    assert said == {("missing", "Group"), ("unsupported", "Command"), ("unsupported", "Key"), ("note", "Key")}


@pytest.mark.parametrize("text, line, words", [
    ("name: A\ndoc: d\nsources:\n- type: FILE\n  attributes: {paths: ['%%users.home%%\\x']}\n", 5, "unknown variable"),
    ("name: A\ndoc: d\nsources:\n- type: MAGIC\n  attributes: {paths: ['C:\\x']}\n", 4, "unknown source type: MAGIC"),
    ("name: A\ndoc: d\nwhat: 1\nsources: []\n", 3, "unknown key: what"),
    ("name: A\ndoc: d\n", 1, "no sources"),
    ("name: A\nname: B\n", 2, "twice"),
    ("name: &a A\n", 1, "anchor"),
    ("a: " + "[" * 40 + "]" * 40 + "\n", 1, "too deeply"),
    ("name: A\ndoc: 'x\n", 3, "end of stream"),
    ("\tname: A\n", 1, "token"),
    ("- A\n", 1, "no map"),
])
def test_forensic__refuses_a_document_and_reads_the_next(tmp_path, text, line, words):
    file = tmp_path / "x.yaml"
    file.write_text("# a comment\n---\n" + text + "---\nname: Good\ndoc: d\nsources:\n- type: FILE\n  attributes: {paths: ['C:\\x']}\n")
    got, remarks, _ = listed(file, code=1)
    assert "Good" in got and "A" not in got
    assert len(remarks) == 1 and remarks[0]["remark"] == "refused" and words in remarks[0]["text"], remarks
    assert remarks[0]["line"] == line + 2


def test_forensic__a_second_definition_of_one_name_is_refused(tmp_path):
    a = write(tmp_path / "a.yaml", artefact("Same", files_source("C:\\a")))
    b = write(tmp_path / "b.yaml", artefact("Same", files_source("C:\\b")))
    got, remarks, _ = listed(f"{a},{b}", code=1)
    assert got["Same"]["paths"] == ["C:\\a"] and "is defined in" in remarks[0]["text"]


def test_attributes__lie_beside_the_definitions(tmp_path):
    write(tmp_path / "x.yaml", artefact("Mine", files_source("C:\\a")))
    (tmp_path / "x.hikeshi.yaml").write_text("artefacts:\n  Mine: {rank: 3, max_bytes: 2 MiB, set: mine}\n  Gone: {rank: 1}\n")
    got, remarks, _ = listed(tmp_path, code=1)
    assert (got["Mine"]["rank"], got["Mine"]["max_bytes"], got["Mine"]["set"]) == (3, 2 << 20, "mine")
    assert [(r["line"], r["text"]) for r in remarks] == [(3, "attributes of what is not defined: Gone")]


def test_profiles__are_data_too(tmp_path):
    (tmp_path / "profiles.yaml").write_text("name: tiny\nja: 小\nen: small\nsets: [filesystem]\nwithout: ['HikeshiBoot', 'prefetch*']\n")
    got, _, done = listed(tmp_path, profile="tiny")
    on = {n for n, r in got.items() if r["state"] == "collect only"}
    assert "HikeshiMft" in on and "HikeshiBoot" not in on and all(got[n]["set"] == "filesystem" for n in on)
    text = pc.run("list", "artefacts", "--profile", "tiny", "--artefacts", tmp_path).stdout
    assert re.search(r"prefetch +left out +C:\\Windows\\Prefetch\\\*\.pf", text)
    for name in ("quick", "standard", "full", "server"):
        assert name in pc.run("list", "profiles").stdout
    done = pc.run("list", "artefacts", "--profile", "nosuch", "--lang", "en")
    assert done.returncode == 2 and "no such profile" in done.stderr


def test_profiles__each_larger_one_holds_the_smaller():
    sets = {}
    for name in ("quick", "standard", "full"):
        got, _, _ = listed(profile=name)
        sets[name] = {n for n, r in got.items() if r["state"] == "collect only"}
    assert "HikeshiMft" in sets["quick"] < sets["full"] and sets["standard"] < sets["full"]
    assert sets["quick"] <= sets["standard"] and "HikeshiMailStores" in sets["full"] - sets["standard"]


def test_collect__stops_before_it_begins_when_nothing_can_be_read(tmp_path):
    (tmp_path / "C" / "Windows").mkdir(parents=True)
    for bad in (tmp_path / "nothing", tmp_path / "C"):
        done = pc.run("collect", "--source", tmp_path, "--dry-run", "--artefacts", bad, "--lang", "en")
        assert done.returncode == 2 and str(bad) in done.stderr


def test_collect__takes_what_definitions_name(tmp_path):
    root = tmp_path / "pc" / "C" / "Data"
    root.mkdir(parents=True)
    for name, size in (("keep.log", 50), ("small.log", 3), ("large.log", 5000), ("a.jpg", 50), ("b.png", 50)):
        (root / name).write_bytes(b"x" * size)
    file = target(tmp_path, "T.tkape", row("C:\\Data", FileMask="'*.log'", MinSize="10", MaxSize="2000"),
                  {**row("C:\\Data", FileMask="'regex:.+\\.(jpg|gif)'"), "Name": "pictures"})
    done = pc.run("collect", "--source", tmp_path / "pc", "--dry-run", "--artefacts", file, "--lang", "en")
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if "C:\\Data" in line and " T/" in line]
    assert sorted(line.split("\\")[-1] for line in lines if " = " not in line) == ["a.jpg", "keep.log"]
    done, archive = pc.collect(tmp_path / "pc", tmp_path / "out", "--artefacts", file)
    names = zipfile.ZipFile(archive).namelist()
    assert {n.split("/")[-1] for n in names if "/Data/" in n and not n.endswith("/")} == {"keep.log", "a.jpg"}
