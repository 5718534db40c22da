"""All KAPE targets and ForensicArtifacts files of the real material, read by the program and by a second reader here: PyYAML and the
rules as both formats state them. Every row is loaded with the same paths, or refused with file, line and reason."""
import json
import os
import re
from pathlib import Path

import pytest
import yaml

from run import pc

OLD = "?:\\Windows.old"
USERS = ["?:\\Users\\*", OLD + "\\Users\\*", "?:\\Windows\\ServiceProfiles\\*", "?:\\Windows\\System32\\config\\systemprofile",
         "?:\\Windows\\SysWOW64\\config\\systemprofile"]
XP = "?:\\Documents and Settings\\*"
DATA = ["?:\\ProgramData", OLD + "\\ProgramData"]
PLACES = {
    "environ_systemdrive": ["?:", OLD],
    "environ_systemroot": ["?:\\Windows", OLD + "\\Windows"],
    "environ_windir": ["?:\\Windows", OLD + "\\Windows"],
    "environ_programfiles": ["?:\\Program Files", OLD + "\\Program Files"],
    "environ_programfilesx86": ["?:\\Program Files (x86)", OLD + "\\Program Files (x86)"],
    "environ_programdata": [*DATA, "?:\\Documents and Settings\\All Users\\Application Data"],
    "environ_allusersappdata": [*DATA, "?:\\Documents and Settings\\All Users\\Application Data"],
    "environ_allusersprofile": [*DATA, "?:\\Documents and Settings\\All Users"],
    "users.homedir": [*USERS, XP],
    "users.userprofile": [*USERS, XP],
    "users.appdata": [*(u + "\\AppData\\Roaming" for u in USERS), XP + "\\Application Data"],
    "users.localappdata": [*(u + "\\AppData\\Local" for u in USERS), XP + "\\Local Settings\\Application Data"],
    "users.temp": [*(u + "\\AppData\\Local\\Temp" for u in USERS), XP + "\\Local Settings\\Temp"],
    "users.username": ["*"],
    "users.sid": ["*"],
}
HIVES = {
    "HKEY_LOCAL_MACHINE\\SYSTEM": ["SYSTEM"], "HKEY_LOCAL_MACHINE\\SOFTWARE": ["SOFTWARE"], "HKEY_LOCAL_MACHINE\\SAM": ["SAM"],
    "HKEY_LOCAL_MACHINE\\SECURITY": ["SECURITY"], "HKEY_USERS\\.DEFAULT": ["DEFAULT"], "HKEY_USERS\\S-1-5-18": ["DEFAULT"],
    "HKEY_USERS": ["user"], "HKEY_CURRENT_USER": ["user"], "HKEY_CLASSES_ROOT": ["SOFTWARE", "classes"],
    "HKEY_LOCAL_MACHINE\\BCD00000000": ["boot"],
}


def listed(folder):
    """(definitions, remarks) that came from the folder"""
    done = pc.run("list", "artefacts", "--jsonl", "--lang", "en", "--artefacts", folder)
    assert done.returncode in (0, 1), done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    ours = [r for r in rows if r["file"].startswith(str(folder))]
    return [r for r in ours if "remark" not in r], [r for r in ours if "remark" in r], done


def expand(path):
    """A path of ForensicArtifacts as the set of its globs."""
    made = [path]
    while any("%%" in p for p in made):
        made = [p.replace(m.group(0), place, 1) for p in made
                for m in [re.search("%%([^%]+)%%", p)] for place in (PLACES[m.group(1)] if m else [""])]
    return {"\\".join(part for part in re.split(r"[\\/]", p if re.match(r"[A-Za-z?]:", p) else "?:\\" + p) if part) for p in made}


def hives_of(key):
    key = key.lstrip("\\")
    for name in sorted(HIVES, key=len, reverse=True):
        if key.upper() == name.upper() or key.upper().startswith(name.upper() + "\\"):
            break
    else:
        raise AssertionError(key)
    out = set()
    for hive in HIVES[name]:
        user = {"%%users.userprofile%%\\NTUSER.DAT"} if hive == "user" else set()
        classes = {"%%users.localappdata%%\\Microsoft\\Windows\\UsrClass.dat"} if hive in ("user", "classes") else set()
        boot = {"\\Boot\\BCD"} if hive == "boot" else set()
        system = set() if user or classes or boot else {"%%environ_systemroot%%\\System32\\config\\" + hive}
        for path in user | classes | boot | system:
            out |= expand(path) | expand(path + ".LOG*")
    return out


def systems(thing):
    return thing.get("supported_os") or ["Windows"]


def expected_paths(document):
    out = set()
    for source in document["sources"]:
        attributes = source["attributes"]
        if "Windows" not in systems(source):
            continue
        if source["type"] in ("FILE", "PATH"):
            for path in attributes["paths"]:
                out |= expand(path)
                if source["type"] == "PATH":
                    out |= expand(path + "\\*")
        for key in attributes.get("keys", []) if source["type"] == "REGISTRY_KEY" else []:
            out |= hives_of(key)
        for pair in attributes["key_value_pairs"] if source["type"] == "REGISTRY_VALUE" else []:
            out |= hives_of(pair["key"])
    return out


def documents(file):
    """(first line, document, its text), by the markers between documents"""
    lines = file.read_text(encoding="utf-8").split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("---")] + [len(lines)]
    for start, end in zip(starts, starts[1:]):
        text = "\n".join(lines[start:end])
        document = yaml.safe_load(text)
        if document is not None:
            yield start + 1, document, text


def test_corpus_definitions__forensic_artifacts_equal_a_second_reader():
    folder = pc.data_dir() / "artifacts_yaml"
    files = sorted(folder.glob("*.yaml"))
    assert len(files) == 32
    definitions, remarks, _ = listed(folder)
    by_name = {d["name"]: d for d in definitions}
    assert len(by_name) == len(definitions)
    names, bad, not_run, hives = set(), [], 0, 0
    for file in files:
        for line, document, text in documents(file):
            # "{paths:['x']}", without a blank: PyYAML takes it, libyaml does not.
            if re.search(r"\{\w+:\[", text):
                bad.append((str(file), line))
                continue
            ours = by_name[document["name"]]
            names.add(document["name"])
            assert ours["file"] == str(file) and line < ours["line"] <= line + 3
            windows = "Windows" in systems(document) and any("Windows" in systems(s) for s in document["sources"])
            assert (ours["state"] != "other system") == windows, document["name"]
            if windows:
                assert set(ours["paths"]) == expected_paths(document), document["name"]
            assert ours["members"] == [m for s in document["sources"] if s["type"] == "ARTIFACT_GROUP" and "Windows" in systems(s)
                                       for m in s["attributes"]["names"]], document["name"]
            not_run += sum(s["type"] in ("WMI", "COMMAND") and "Windows" in systems(s) for s in document["sources"])
            hives += sum(s["type"].startswith("REGISTRY") and "Windows" in systems(s) for s in document["sources"])
    assert names == set(by_name) and len(names) > 700
    refused = [r for r in remarks if r["remark"] == "refused"]
    assert len(refused) == len(bad) == 1 and refused[0]["file"] == bad[0][0] and refused[0]["line"] > bad[0][1] and refused[0]["text"]
    assert sum(r["remark"] == "unsupported" and "not run" in r["text"] for r in remarks) == not_run > 20
    assert sum(r["remark"] == "note" and "hive" in r["text"] for r in remarks) == hives > 150
    print(f"{len(names)} definitions in {len(files)} files, {len(bad)} refused, {not_run} not run, {hives} registry sources")


def kape_path(row):
    mask = str(row.get("FileMask", "*"))
    if mask == "*.*" or mask.lower().startswith("regex:"):
        mask = "*"
    path = re.sub("%user%", "*", row["Path"], flags=re.IGNORECASE)
    whole = path.rstrip("\\") + ("\\**" if row.get("Recursive") else "") + "\\" + mask
    return re.sub(r"\\+", r"\\", whole)


def test_corpus_definitions__kape_targets_equal_a_second_reader():
    folder = pc.data_dir() / "kape_tkape"
    files = sorted(folder.rglob("*.tkape"))
    assert len(files) == 377
    definitions, remarks, _ = listed(folder)
    refused = [r for r in remarks if r["remark"] == "refused"]
    ours = {}
    for d in definitions:
        ours.setdefault(d["file"], []).append(d)
    assert set(ours) == {str(f) for f in files}
    n_rows = n_globs = n_targets = 0
    for file in files:
        rows = yaml.safe_load(file.read_text(encoding="utf-8-sig"))["Targets"]
        group, *mine = ours[str(file)]
        assert group["name"] == file.name
        assert group["members"] == [r["Path"] for r in rows if r["Path"].lower().endswith(".tkape")]
        globs = [(f"{file.stem}/{r['Name']}", [kape_path(r)]) for r in rows if not r["Path"].lower().endswith(".tkape")]
        unknown = [g for g in globs if re.search(r"%[^%\\\\]+%", g[1][0])]
        assert [r["file"] for r in refused if r["file"] == str(file)] == [str(file)] * len(unknown)
        assert [(d["name"], d["paths"]) for d in mine] == [g for g in globs if g not in unknown], file.name
        n_rows += len(rows)
        n_globs += len(globs)
        n_targets += len(group["members"])
    assert n_rows == 2416
    assert len(refused) == 1 and "%users%" in Path(refused[0]["file"]).read_text().splitlines()[refused[0]["line"] - 1]
    assert "users" in refused[0]["text"]
    print(f"{len(files)} files, {n_rows} rows: {n_globs - 1} paths, {n_targets} targets, 1 refused")


def test_corpus_definitions__the_second_reader_knows_a_wrong_path():
    """The comparison above can fail."""
    folder = pc.data_dir() / "kape_tkape"
    definitions, _, _ = listed(folder)
    row = next(d for d in definitions if d["name"].startswith("Prefetch/"))
    assert row["paths"] == ["C:\\Windows\\prefetch\\*.pf"] or row["paths"][0].lower().endswith("\\*.pf")
    assert kape_path({"Path": "C:\\Windows\\prefetch\\", "FileMask": "*.pg"}) not in row["paths"]


def test_corpus_definitions__one_target_brings_those_it_names():
    """`!SANS_Triage`-like compounds name others by file name, from any folder of the tree; nothing of the rest is loaded."""
    folder = pc.data_dir() / "kape_tkape"
    files = {f.name.lower(): f for f in folder.rglob("*.tkape")}
    compounds = sorted(f for f in folder.rglob("*.tkape") if f.parent.name == "Compound")
    assert compounds
    for compound in compounds[:6]:
        want, todo = set(), [compound.name.lower()]
        while todo:
            name = todo.pop()
            if name in want:
                continue
            want.add(name)
            rows = yaml.safe_load(files[name].read_text(encoding="utf-8-sig"))["Targets"]
            todo += [r["Path"].lower() for r in rows if r["Path"].lower().endswith(".tkape")]
        done = pc.run("list", "artefacts", "--jsonl", "--artefacts", compound)
        got = {Path(r["file"]).name.lower() for r in map(json.loads, done.stdout.splitlines()) if r["file"].endswith(".tkape")}
        assert got == want, compound.name


def test_definitions__the_built_in_set_is_valid_for_its_own_project():
    """The `artifacts` package of the ForensicArtifacts project reads every file of the collection set."""
    reader = pytest.importorskip("artifacts.reader")
    folder = Path(os.environ.get("HIKESHI_SOURCE_DIR", ".")) / "modules" / "collection"
    files = sorted(f for f in folder.glob("*.yaml") if not f.name.endswith(".hikeshi.yaml") and f.name != "profiles.yaml")
    assert len(files) > 5
    theirs = [d for f in files for d in reader.YamlArtifactsReader().ReadFile(str(f))]
    done = pc.run("list", "artefacts", "--jsonl", "--profile", "full")
    ours = {d["name"]: d for d in map(json.loads, done.stdout.splitlines()) if "remark" not in d}
    assert {d.name for d in theirs} == set(ours)
    for d in theirs:
        assert set(ours[d.name]["paths"]) == {p for s in d.sources for path in s.paths for p in expand(path)}, d.name
        assert ours[d.name]["set"] and ours[d.name]["max_bytes"] > 0
