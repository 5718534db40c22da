"""Real note texts are recognised by content, ordinary documents are not.

The rules were written on the families with an even place in the alphabetical list; the other half was held back until the rules
had been tried on it once. The share of each half is printed."""
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(os.environ.get("HIKESHI_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
DATA = pathlib.Path(os.environ.get("HIKESHI_DATA") or ROOT / ".." / "shared" / "data")
HIKESHI = os.environ.get("HIKESHI", "hikeshi")
NOTES = DATA / "ransom_notes"
LIMIT = 128 * 1024
DOCUMENTS_WANTED = 2000

if not NOTES.exists():
    pytest.skip("no real evidence here (set HIKESHI_DATA)", allow_module_level=True)


def parse(files):
    """{path: [records]}; many files a run, so that the rules are compiled once."""
    out = {str(f): [] for f in files}
    files = [str(f) for f in files]
    for at in range(0, len(files), 500):
        run = subprocess.run([HIKESHI, "parse", "ransomnote", *files[at:at + 500]], capture_output=True, timeout=600)
        assert run.returncode in (0, 1), run.stderr[-2000:]
        for line in run.stdout.splitlines():
            record = json.loads(line)
            out[record["file"]].append(record)
    return out


def note_of(records):
    return next((r for r in records if r["record"] == "ransom_note"), None)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """The notes under names that say nothing: {(family, name): record or None}."""
    folder = tmp_path_factory.mktemp("notes")
    source = sorted(p for p in NOTES.rglob("*") if p.is_file())
    copies = {}
    for i, path in enumerate(source):
        copy = folder / f"n{i:03}.dat"
        shutil.copyfile(path, copy)
        copies[str(copy)] = (path.relative_to(NOTES).parts[0], path.name)
    parsed = parse(copies)
    return {copies[path]: note_of(records) for path, records in parsed.items()}


def test_ransomnote__all_notes_are_recognised_by_content_alone(notes):
    families = sorted({family for family, _ in notes})
    for half, name in ((0, "developed on"), (1, "held back")):
        mine = {f for i, f in enumerate(families) if i % 2 == half}
        texts = [r for (family, _), r in notes.items() if family in mine]
        by_signs = sum(1 for r in texts if r and not r["by_family"])
        found = {family for (family, _), r in notes.items() if family in mine and r}
        signs = {family for (family, _), r in notes.items() if family in mine and r and not r["by_family"]}
        print(f"{name}: {sum(map(bool, texts))} of {len(texts)} notes, {by_signs} by the signs alone; "
              f"families {len(found)} of {len(mine)} ({100 * len(found) // len(mine)} %), by the signs alone {len(signs)}")
    missed = [key for key, record in notes.items() if record is None]
    assert not missed
    assert len(notes) == 75
    assert all(r["by_content"] and not r["by_name"] and r["content"] == 3 for r in notes.values())


def test_ransomnote__most_notes_need_no_rule_of_their_family(notes):
    assert sum(1 for r in notes.values() if r and not r["by_family"]) >= 70


def test_ransomnote__families_are_named_right(notes):
    """A note without a family name is no error; one with a wrong name is."""
    plain = lambda s: "".join(c for c in s.lower() if c.isalnum())
    alias = {"inc": "inc", "hunters": "huntersinternational", "stop": "stopdjvu", "quantumlocker": "quantum"}
    named = 0
    for (family, name), record in notes.items():
        if not record["family"]:
            continue
        named += 1
        assert plain(record["family"]) == alias.get(family, plain(family)), (family, name)
    print(f"{named} of {len(notes)} notes have their family's name")
    assert named >= 68


def test_ransomnote__addresses_in_notes_are_found(notes):
    onions = {o for r in notes.values() for o in r["onion_addresses"]}
    verified = {o for r in notes.values() for o in r["onion_verified"]}
    bitcoin = {b for r in notes.values() for b in r["bitcoin_addresses"]}
    print(f"{len(onions)} onion addresses, {len(verified)} with a right checksum, {len(bitcoin)} Bitcoin addresses")
    text = "".join(p.read_bytes().replace(b"\0", b"").decode("latin-1") for p in NOTES.rglob("*") if p.is_file()).lower()
    assert all(o.lower() in text for o in onions)
    assert len(verified) >= 30 and bitcoin


def documents():
    """Ordinary documents of this machine, no two alike: licences, manuals, change logs, pages."""
    seen = set()
    for root in ("/usr/share/common-licenses", "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/lib/python3",
                 "/usr/share/perl"):
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                try:
                    data = pathlib.Path(folder, name).read_bytes()
                    if name.endswith(".gz"):
                        data = gzip.decompress(data)
                except (OSError, EOFError):
                    continue
                digest = hashlib.sha256(data).digest()
                if not data or len(data) > LIMIT or b"\0" in data or digest in seen:
                    continue
                seen.add(digest)
                yield f"{folder}/{name}", data


def test_ransomnote__no_ordinary_document_is_called_a_note(tmp_path):
    names = {}
    for i, (source, data) in enumerate(documents()):
        path = tmp_path / f"{i:05}.txt"
        path.write_bytes(data)
        names[str(path)] = source
        if len(names) == 6000:
            break
    if len(names) < DOCUMENTS_WANTED:
        pytest.skip(f"only {len(names)} documents on this machine")
    wrong = [names[path] for path, records in parse(names).items() if note_of(records)]
    print(f"{len(names)} documents, {len(wrong)} called a note")
    assert not wrong


def test_ransomnote__ordinary_document_with_a_telling_name_is_said_to_be_none(tmp_path):
    licence = next(pathlib.Path("/usr/share/common-licenses").glob("GPL-3"), None)
    if licence is None:
        pytest.skip("no licence text on this machine")
    for name in ("HOW_TO_RECOVER_FILES.txt", "HELP_DECRYPT.TXT", "readme.txt"):
        path = tmp_path / name
        shutil.copyfile(licence, path)
        (record,) = parse([path])[str(path)]
        assert (record["record"], record["content"]) == ("content", 4), name
