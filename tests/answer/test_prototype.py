"""A control that is not ours to bend: the engine of the design's prototype (Python, its own thirteen rules, seven excuses and
eleven stories) and ours must agree, set by set, on levels, candidates, "no sign since", missing kinds and findings. Where
the prototype is not at hand the test is skipped.

Its rule files are used as they are but for four words: our verb is `arrived`, our question `missed`; the step that lifts
must be declared; and a backup program our table of tools knows. Its own volume name becomes one that Windows writes."""
import importlib
import os
import random
import re
import sys

import pytest

from answer.test_stories import ROOT, TOOL, Tool

HOME = os.environ.get("HIKESHI_PROTOTYPE", os.path.join(ROOT, "../shared/tools/answers-prototype"))
SETS = 200 if os.environ.get("HIKESHI_LONG") == "1" else 12
LEVELS = {"cannot_say": "cannot say", "no_sign": "no sign"}
NEVER = 9e18
BASE = ("path:s:path", "path2:s:path2", "user:s:user", "host:s:host", "url:s:url", "n:i:number", "at:t:when")
RECORDS = {  # what the prototype keeps in its record tables
    "process": ("EXECUTED", ("process.4688", "sysmon"), ("cmd", "cmdf")),
    "service": ("SERVICE", ("svc.install",), ("name", "image", "start")),
    "setting": ("CONFIGURED", ("config",), ("name", "value")),
    "mail": ("RECEIVED", ("mail.store",), ("subject", "sender", "attachment", "inner_name")),
}
EDITS = (
    (r"ev_received", "ev_arrived"),
    (r"(?m)^(-- question: .*)missing", r"\1missed"),
    (r"(?m)^-- steps: did!$", "-- steps: did! writes?"),
)

pytestmark = pytest.mark.skipif(not (os.path.exists(os.path.join(HOME, "run.py")) and os.path.exists(TOOL)),
                                reason="the design's prototype or the story tool is not here")


def edited(folder, into):
    into.mkdir()
    for name in os.listdir(os.path.join(HOME, folder)):
        with open(os.path.join(HOME, folder, name), encoding="utf8") as f:
            text = f.read()
        for pattern, by in EDITS:
            text = re.sub(pattern, by, text)
        (into / name).write_text(text, encoding="utf8")
    return str(into)


def shown(value):
    return "\\N" if value is None else str(value).replace("\t", " ")


def verb(name):
    return "arrived" if name == "RECEIVED" else name.lower()


def our_path(path):
    if path is None:
        return None
    path = path.replace("bkagent", "veeamagent")
    return re.sub(r"^vol9a3c11d0:", r"\\VOLUME{01d0a1b2c3d4e5f6-9A3C11D0}", path)


def as_story(stories, pc):
    """Lines for test_story from what the prototype's builder holds."""
    kind_names = {i: k for k, i in stories.K.items()}
    verb_names = {i: v for v, i in stories.V.items()}
    paths = {row[0]: row[2] for row in pc.frows}
    entities = {kind: {i: text for text, i in rows.items()} for kind, rows in pc.ent.items()}
    records = {t: {row[0]: row[1:] for row in rows} for t, rows in pc.rec.items()}
    for kind, source, group, _ in stories.KINDS:
        yield f"K\t{kind}\t{source}\t{group}"
    for t, (v, kinds, fields) in RECORDS.items():
        yield f"T\t{t}\t{verb(v)}\t3\t1\t{','.join(kinds)}\t" + ",".join(BASE + tuple(f + ":s:" for f in fields))
    for v in stories.VERBS:
        kinds = [k for k, _, _, verbs in stories.KINDS if v in verbs.split()]
        yield f"T\tany_{v.lower()}\t{verb(v)}\t3\t1\t{','.join(kinds)}\t" + ",".join(BASE)
    yield f"W\t{stories.T0}\t{stories.NOW}"
    for i, v, k, at, lo, hi, proof, _, file0, file2, account, host, url, _, _, _, n, _, _ in pc.ev:
        kind = kind_names[k]
        t = next((t for t, (of, kinds, _) in RECORDS.items() if of == verb_names[v] and kind in kinds), None)
        user = entities["account"].get(account)
        values = [("path", our_path(paths.get(file0))), ("path2", our_path(paths.get(file2))), ("user", user and "name:" + user),
                  ("host", entities["host"].get(host)), ("url", entities["url"].get(url)), ("n", n), ("at", at)]
        if t:
            values += zip(RECORDS[t][2], records[t].get(i, (None,) * 4))
        yield "\t".join(["R", t or "any_" + verb_names[v].lower(), kind, shown(at), shown(lo), shown(hi), str(proof)]
                        + [f"{name}={shown(value)}" for name, value in values if value is not None])
    for kind, rows in pc.cov.items():
        for j, (state, lo, hi, proof) in enumerate(rows):
            yield f"C\t{kind}\t{j}\t{state}\t{shown(lo)}\t{shown(hi)}\t{shown(kind_names.get(proof))}"
    for file, canon, kind in pc.alias:
        yield f"L\t{our_path(paths[file])}\t{our_path(paths[canon])}\t{kind_names[kind]}"


def differences(theirs, ours, questions):
    answers, findings = theirs
    out = []
    for q in questions:
        level = LEVELS.get(ours.level[q], ours.level[q])
        since = NEVER if answers[q]["since"] >= 1 << 62 else answers[q]["since"]
        if (answers[q]["level"], answers[q]["cands"], since) != (level, ours.candidates[q], ours.since[q]):
            out.append((q, answers[q]["level"], level, answers[q]["cands"], ours.candidates[q], since, ours.since[q]))
    missing = set().union(*(ours.missing[q] for q in questions))
    if answers["missing"]["kinds"] != missing:
        out.append(("missing", answers["missing"]["kinds"] ^ missing))
    said = sorted((f["rule"].id, f["base"], f["level"]) for f in findings)
    if said != sorted((rule, base, level) for (rule, _), (base, level, _) in ours.findings.items()):
        out.append(("findings", said))
    return out


def test_prototype__both_engines_say_the_same_of_every_set(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HOME)
    for name in ("stories", "run"):
        sys.modules.pop(name, None)
    stories, run = importlib.import_module("stories"), importlib.import_module("run")
    rules, excuses = edited("rules", tmp_path / "rules"), edited("excuses", tmp_path / "excuses")
    held = []
    done = stories.B.done
    monkeypatch.setattr(stories.B, "done", lambda pc: held.append(pc) or done(pc))
    wrong, n = [], 0
    for name in stories.STORIES:
        case, _ = stories.build(name, 500)
        run.learn(case)
        tool = Tool(list(as_story(stories, held.pop())), tmp_path, name, rules, excuses)
        rnd = random.Random(5)
        for i in range(SETS):
            lost = [s for s in run.SRC if rnd.random() < (0, .1, .3, .5)[i % 4]]
            cut = stories.T0 + 25 * stories.D if i % 3 == 0 and i > 0 else None
            differs = differences(run.runset(case, set(lost), cut), tool.answers(lost, cut or 0), run.QUESTIONS[:4])
            wrong += [(name, lost, cut, d) for d in differs]
            n += 1
        tool.close()
    print("sets:", n)
    assert wrong == []
