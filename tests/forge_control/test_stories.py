"""Whole trees: the same each time, and opened as a PC by dissect.target, which must find what the truth says."""
import hashlib
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

import forge
from forge import times

STORIES = sorted(forge.stories())
FULL = ["clean", "mail", "web", "wiped"]


def snapshot(root: Path) -> dict:
    return {str(p.relative_to(root)): (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "") for p in sorted(root.rglob("*"))}


def open_target(reader, path):
    return reader("dissect.target").Target.open(str(path))


def ticks(moment: datetime) -> int:
    return times.filetime(moment.astimezone(timezone.utc))


@pytest.mark.parametrize("story", STORIES)
def test_story__is_the_same_each_time(story, tmp_path):
    forge.build(story, tmp_path / "a")
    forge.build(story, tmp_path / "b")
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_story__differs_with_the_seed(tmp_path):
    one, two = forge.build("mail", tmp_path / "a", seed=1), forge.build("mail", tmp_path / "b", seed=2)
    assert one["user_sid"] != two["user_sid"]


@pytest.mark.parametrize("story", STORIES)
def test_truth__lists_every_file_and_every_fact_has_one(story, tree):
    out, truth = tree(story)
    on_disk = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} - {"truth.json"}
    assert on_disk == {f["path"] for f in truth["files"]}
    for f in truth["files"]:
        assert times.iso(os.stat(out / f["path"]).st_mtime_ns // 100 + 116_444_736_000_000_000) == f["mtime"]
    assert {f["path"] for f in truth["facts"]} <= on_disk
    order = forge.pc.LEVELS
    for a in list(truth["answers"].values()) + [c for q in truth["candidates"].values() for c in q.values()]:
        assert order.index(a["at_least"]) <= order.index(a["at_most"])
        assert a["true"] or a["at_most"] not in ("likely", "confirmed")
        assert not a["true"] or a["at_least"] != "no_sign"
        assert a["true"] is not None or (a["at_least"], a["at_most"]) == ("cannot_say", "cannot_say")


@pytest.mark.parametrize("story", FULL)
def test_dissect__opens_the_tree_as_a_pc(story, tree, reader):
    out, truth = tree(story)
    t = open_target(reader, out)
    assert (t.hostname, t.timezone, t.os) == (truth["computer"], "Asia/Tokyo", "windows")
    assert (truth["user"], truth["user_sid"]) in [(u.name, u.sid) for u in t.users()]
    assert t.version == "Windows 10 Pro (NT 10.0) 19045.4170"


@pytest.mark.parametrize("story,version", [("web", 30), ("mail", 30), ("clean", 30), ("mail", 31), ("web", 17), ("web", 23)])
def test_dissect__finds_the_prefetch_facts(story, version, tree, reader):
    out, truth = tree(story, prefetch_version=version)
    wanted = [f for f in truth["facts"] if f["record"] == "prefetch"]
    found = {r.prefetch.name: r for r in open_target(reader, out).prefetch(compact=True)}
    assert wanted
    for fact in wanted:
        r = found[Path(fact["path"]).name]
        assert r.filename.name == fact["fields"]["executable_name"]
        if version >= 30:
            moments = [times.iso(ticks(m)) for m in [r.ts, *r.previousruns]]
            assert [m[:23] for m in moments] == [m[:23] for m in fact["fields"]["run_times"]]      # Python's datetime keeps microseconds


@pytest.mark.parametrize("story", ["web", "mail", "clean"])
@pytest.mark.parametrize("version", [17, 23, 26, 30, 31])
def test_libscca__reads_every_prefetch_file(story, version, tree, reader):
    pyscca = reader("pyscca")
    out, truth = tree(story, prefetch_version=version)
    paths = sorted((out / "C/Windows/Prefetch").iterdir())
    assert len(paths) > 15
    by_path = {f["path"]: f["fields"] for f in truth["facts"] if f["record"] == "prefetch"}
    for path in paths:
        with open(path, "rb") as stream:
            scca = pyscca.file()
            scca.open_file_object(stream)
            assert (scca.format_version, path.name) == (version, f"{scca.executable_filename}-{scca.prefetch_hash:08X}.pf")
            fields = by_path.pop(str(path.relative_to(out)), None)
            if fields:
                kept = len(fields["run_times"])
                assert [times.iso(scca.get_last_run_time_as_integer(i)) for i in range(kept)] == fields["run_times"]
                assert scca.run_count == fields["run_count"] and f"{scca.prefetch_hash:08X}" == fields["prefetch_hash"]
    assert not by_path


@pytest.mark.parametrize("story", FULL)
def test_evtx_crate__finds_the_event_facts(story, tree, reader):
    parser = reader("evtx").PyEvtxParser
    out, truth = tree(story)
    for fact in (f for f in truth["facts"] if f["record"] == "event"):
        with open(out / fact["path"], "rb") as stream:
            texts = {r["event_record_id"]: r["data"] for r in parser(stream).records()}
        text, fields = texts[fact["fields"]["event_record_id"]], fact["fields"]
        assert f">{fields['event_id']}</EventID>" in text and f"<Channel>{fields['channel']}</Channel>" in text and f'Name="{fields["provider"]}"' in text
        assert fields["time_created"][:26] in text


def test_pyregf__finds_the_registry_facts_of_mail(tree, reader):
    pyregf = reader("pyregf")
    out, truth = tree("mail")
    facts = {f["id"]: f for f in truth["facts"]}
    with open(out / facts["run.winhelper"]["path"], "rb") as stream:
        hive = pyregf.file()
        hive.open_file_object(stream)
        run = hive.get_key_by_path("\\Software\\Microsoft\\Windows\\CurrentVersion\\Run")
        assert run.get_value_by_name("WinHelper").get_data_as_string() == facts["run.winhelper"]["fields"]["command_line"]
        assert times.iso(run.get_last_written_time_as_integer()) == facts["run.winhelper"]["fields"]["key_written"]
        folder = hive.get_key_by_path("\\Software\\Microsoft\\Office\\16.0\\Outlook\\Security")
        assert folder.get_value_by_name("OutlookSecureTempFolder").get_data_as_string() == facts["outlook.secure_temp"]["fields"]["value"]


def test_dissect__finds_userassist_bam_and_run_of_mail(tree, reader):
    out, truth = tree("mail")
    t, facts = open_target(reader, out), {f["id"]: f["fields"] for f in truth["facts"]}
    wanted = facts["userassist.attachment"]
    hit = [r for r in t.userassist() if str(r.path) == wanted["path"]]
    assert [(r.number_of_executions, times.iso(ticks(r.ts))[:23]) for r in hit] == [(1, wanted["last_run_time"][:23])]
    assert [times.iso(ticks(r.ts))[:23] for r in t.bam() if str(r.path) == facts["bam.attachment"]["path"]] == [facts["bam.attachment"]["last_run_time"][:23]]
    assert "WinHelper" in [r.name for r in t.runkeys()]


def test_dissect__finds_the_visits_of_web(tree, reader):
    out, _ = tree("web")
    urls = [str(r.url) for r in open_target(reader, out).iexplore.history()]
    assert {f"http://redir{i}.evil.example/l" for i in range(4)} <= set(urls)


def test_pyesedb__finds_the_cached_tmp_of_web(tree, reader):
    out, truth = tree("web")
    fact = next(f for f in truth["facts"] if f["id"] == "webcache.tmp")
    db = reader("pyesedb").file()
    with open(out / fact["path"], "rb") as stream:
        db.open_file_object(stream)
        table = db.get_table_by_name("Container_1")
        names = [table.get_column(i).name for i in range(table.number_of_columns)]
        text = lambda r, n: (r.get_value_data(names.index(n)) or b"").decode("utf-16-le").rstrip("\0")
        number = lambda r, n: int.from_bytes(r.get_value_data(names.index(n)), "little")
        row = next(r for r in table.records if text(r, "Url") == fact["fields"]["url"])
        listed = db.get_table_by_name("Containers")
        columns = [listed.get_column(i).name for i in range(listed.number_of_columns)]
        first = listed.get_record(0)
        directory = first.get_value_data(columns.index("Directory")).decode("utf-16-le").rstrip("\0")
        secure = first.get_value_data(columns.index("SecureDirectories")).decode("utf-16-le").rstrip("\0")
        at = 8 * (number(row, "SecureDirectory") - 1)
        assert f"{directory}{secure[at:at + 8]}\\{text(row, 'Filename')}" == fact["fields"]["path"]
        assert times.iso(number(row, "CreationTime")) == fact["fields"]["created_time"]
    assert (out / forge.pc.tree_path(fact["fields"]["path"])).is_file()


def test_wiped__shows_the_wiping_and_nothing_older(tree, reader):
    out, truth = tree("wiped")
    assert not list((out / "C/Windows/Prefetch").iterdir())
    hive = reader("pyregf").file()
    with open(out / "C/Windows/System32/config/SYSTEM", "rb") as stream:
        hive.open_file_object(stream)
        key = hive.get_key_by_path("\\ControlSet001\\Control\\Session Manager\\Memory Management\\PrefetchParameters")
        assert key.get_value_by_name("EnablePrefetcher").get_data_as_integer() == 0
        fact = next(f for f in truth["facts"] if f["id"] == "prefetch.off")
        assert times.iso(key.get_last_written_time_as_integer()) == fact["fields"]["key_written"]
    for name, event in (("Security", "1102"), ("System", "104")):
        with open(out / f"C/Windows/System32/winevt/Logs/{name}.evtx", "rb") as stream:
            first = next(reader("evtx").PyEvtxParser(stream).records())
        assert f"<EventID>{event}</EventID>" in first["data"] and first["event_record_id"] > 40000
    with open(out / "C/Windows/System32/winevt/Logs/Application.evtx", "rb") as stream:
        numbers = {r["event_record_id"] for r in reader("evtx").PyEvtxParser(stream).records()}
    assert set(range(min(numbers), max(numbers) + 1)) - numbers == set(range(8807, 8819))


def test_mail__names_are_hostile_unless_told_otherwise(tree):
    names = {f["path"] for f in tree("mail")[1]["files"]}
    plain = {f["path"] for f in tree("mail", plain_names=True)[1]["files"]}
    for bad in ("\u202e", "<script>", "\x1b", "\n"):
        assert any(bad in n for n in names) and not any(bad in n for n in plain)


def test_assembled__dissect_opens_it(data, tmp_path, reader):
    listed = forge.assemble_pc(tmp_path / "pc", data)
    assert all((tmp_path / "pc" / f["path"]).is_file() for f in listed)
    assert sum(f["path"].endswith(".evtx") for f in listed) >= 25 and sum(f["path"].endswith(".pf") for f in listed) > 70
    assert sum(f["source"].startswith("ransom_notes/") for f in listed) == 75
    t = open_target(reader, tmp_path / "pc")
    assert (t.hostname, t.version[:9]) == ("WKS-WIN732BITA", "Windows 7")
    assert len(list(t.prefetch(compact=True))) > 50 and len(list(t.userassist())) > 10


def test_judge__knows_each_way_to_be_wrong():
    truth = {"answers": {"infected": {"true": True, "at_least": "likely", "at_most": "confirmed"}, "terminal": {"true": False, "at_least": "no_sign", "at_most": "suspected"},
                         "impact": {"true": None, "at_least": "cannot_say", "at_most": "cannot_say"}},
             "candidates": {"cause": {"web": {"true": True, "at_least": "likely", "at_most": "confirmed"}}}}
    good = {"infected": "likely", "terminal": "no_sign", "impact": "cannot_say"}
    assert forge.judge(truth, good, {"cause": {"web": "confirmed", "rdp": "suspected"}}) == []
    for question, level in (("infected", "no_sign"), ("infected", "suspected"), ("terminal", "likely"), ("impact", "no_sign"), ("impact", "suspected"), ("infected", "sure")):
        assert len(forge.judge(truth, good | {question: level})) == 1
    assert len(forge.judge(truth, {})) == 3
    assert len(forge.judge(truth, good, {"cause": {"web": "cannot_say", "mail": "likely"}})) == 2
