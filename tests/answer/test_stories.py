"""Losing evidence never makes an answer surer: the invariants of the reference (answers, section 2) over all subsets of the
sources that matter in each made-up PC, over single ones and pairs of all sources, gone or cut to the last five days; and
what is false is never called likely, what is true never "no sign". Mutants (a safeguard taken away in the engine) must be
noticed. HIKESHI_LONG=1 takes more sources and more background."""
import itertools
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from answer import stories

ROOT = os.environ.get("HIKESHI_SOURCE_DIR", ".")
TOOL = os.environ.get("HIKESHI_STORY", os.path.join(os.environ.get("HIKESHI_BUILD_DIR", "out/linux"), "tests", "answer-test_story"))
RULES = os.path.join(ROOT, "collector/answer/rules")
EXCUSES = os.path.join(ROOT, "collector/answer/excuses")
LONG = os.environ.get("HIKESHI_LONG") == "1"
MOST_SOURCES = 11 if LONG else 8
BACKGROUND = 300 if LONG else 40
CUT = stories.T0 + 25 * stories.D

ORDER = {"no_sign": -1, "cannot_say": 0, "explained": 0, "refuted": 0, "suspected": 1, "likely": 2, "confirmed": 3}
QUESTIONS = ("infected", "cause", "impact", "terminal")
MUTANTS = {"no guard": 1, "needs only": 2, "no presupposition": 4}  # the others: test_engine.c


def sure(level):
    return {"likely": 1, "confirmed": 2}.get(level, 0)


class Tool:
    def __init__(self, lines, folder, name, rules=RULES, excuses=EXCUSES):
        path = folder / f"{name}.story"
        path.write_text("\n".join(lines) + "\n", encoding="utf8")
        self.process = subprocess.Popen([TOOL, rules, excuses, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf8")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        out = []
        while True:
            row = self.process.stdout.readline()
            assert row, out
            row = row.rstrip("\n").split("\t")
            assert row[0] != "error", row
            if row == ["."]:
                return out
            out.append(row)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answers(self, lost=(), cut=0):
        r = Result()
        for row in self.ask(f"D\t{','.join(sorted(lost))}\t{cut}"):
            r.add(row)
        r.leads["terminal"] += r.leads["impact"]
        return r

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Result:
    def __init__(self):
        self.level, self.since, self.missing, self.leads = {}, {}, {}, {}
        self.groups, self.claims = {}, {}
        self.candidates = {q: {} for q in QUESTIONS}
        self.findings = {}

    def add(self, row):
        if row[0] == "S":
            self.groups[row[1]] = int(row[2])
            self.leads[row[1]] = int(row[3])
            self.claims[row[1]] = row[5:9]
        elif row[0] == "Q":
            self.level[row[1]] = row[2]
            self.since[row[1]] = float(row[3])
            self.missing[row[1]] = set(filter(None, row[4].split(",")))
        elif row[0] == "N":
            self.candidates[row[1]][row[2]] = row[3]
        elif row[0] == "F":
            steps = dict(x.split("=") for x in row[11].split(",")) if row[11] != "\\N" else {}
            self.findings[row[2], row[3]] = (row[4], row[5], {k: int(v) for k, v in steps.items()})


def compare(big, small, alias):
    """What is wrong between the answers on S and on S minus something."""
    wrong = []
    for q in QUESTIONS:
        was, now = big.level[q], small.level[q]
        if sure(now) > sure(was):
            wrong.append(("I1 surer", q, was, now))
        if now == "no_sign" and was != "no_sign":
            wrong.append(("I2 to no sign", q, was))
        if small.since[q] < big.since[q]:
            wrong.append(("I3 the window grew", q))
        for c, level in small.candidates[q].items():
            if sure(level) > sure(big.candidates[q].get(c, "none")):
                wrong.append(("I1 candidate surer", q, c, big.candidates[q].get(c), level))
        if was == "cannot_say" and now == "suspected" and not big.leads[q]:
            wrong.append(("I4 suspicion out of loss", q))
    for q in big.missing:
        if not big.missing[q] <= small.missing[q]:
            wrong.append(("I7 less is missing", q, big.missing[q] - small.missing[q]))
    for (rule, subject), (base, _, steps) in small.findings.items():
        full = big.findings.get((rule, subject)) or big.findings.get((rule, alias.get(subject)))
        if full is None:
            wrong.append(("I5 a finding appeared", rule, subject))
            continue
        if ORDER[base] > ORDER[full[0]]:
            wrong.append(("I5 a finding grew", rule, subject, full[0], base))
        if any(n > full[2].get(step, 0) for step, n in steps.items()):
            wrong.append(("I6 more kinds of log", rule, subject))
    return wrong


def against_truth(r, truth):
    wrong = []
    for q in ("infected", "impact"):
        if sure(r.level[q]) and not truth[q]:
            wrong.append(("T1 false", q, r.level[q]))
        if r.level[q] == "no_sign" and truth[q]:
            wrong.append(("T2 no sign of what is true", q))
    for q in ("cause", "terminal"):
        for c, level in r.candidates[q].items():
            if sure(level) and c not in truth[q]:
                wrong.append(("T1 false candidate", q, c, level))
        if r.level[q] == "no_sign" and truth[q]:
            wrong.append(("T2 no sign of what is true", q))
    for q, level in r.level.items():
        if level == "confirmed" and r.groups[q] < 2:
            wrong.append(("confirmed by one", q))
        if level == "cannot_say" and r.groups[q] != 0:
            wrong.append(("sources for cannot say", q))
        if not all(r.claims[q]):
            wrong.append(("empty sentence", q))
    return wrong


def sources_of(tool):
    used, every, alias = [], [], {}
    for row in tool.ask("U"):
        if row[0] == "U":
            used.append(row[1])
        if row[0] == "V":
            every.append(row[1])
        if row[0] == "L":
            alias[f"file:{row[1]}"] = f"file:{row[2]}"
    return used, every, alias


def all_subsets(tool, truth, sources, alias):
    wrong, results, n = [], {}, len(sources)
    for bits in range(1 << n):
        lost = [sources[i] for i in range(n) if bits >> i & 1]
        results[bits] = r = tool.answers(lost)
        wrong += [(lost, w) for w in against_truth(r, truth)]
        for i in range(n):
            if bits >> i & 1:
                wrong += [(lost, w) for w in compare(results[bits & ~(1 << i)], r, alias)]
    return wrong, 1 << n


def all_pairs(tool, truth, sources, alias, cut):
    full = tool.answers()
    wrong = [((), w) for w in against_truth(full, truth)]
    one = {}
    for s in sources:
        one[s] = r = tool.answers([s], cut)
        wrong += [((s,), w) for w in against_truth(r, truth) + compare(full, r, alias)]
    for s, t in itertools.combinations(sources, 2):
        r = tool.answers([s, t], cut)
        wrong += [((s, t), w) for w in against_truth(r, truth) + compare(one[s], r, alias) + compare(one[t], r, alias)]
    return wrong, 1 + len(sources) + len(sources) * (len(sources) - 1) // 2


def chosen(used, every):
    """Sources with evidence first, then those that guard."""
    guards = [s for s in ("hives", "content", "security.evtx", "prefetch", "sysmon.evtx", "ntuser") if s not in used and s in every]
    return (used + guards)[:MOST_SOURCES]


def shortest(wrong):
    return sorted(wrong, key=lambda w: (len(w[0]), str(w)))[:8]


def check_story(name, folder, mutant=0):
    lines, truth = stories.build(name, BACKGROUND)
    tool = Tool(lines, folder, f"{name}{mutant}")
    used, every, alias = sources_of(tool)
    if mutant:
        tool.tell(f"X\t{mutant}")
    wrong, n = all_subsets(tool, truth, chosen(used, every), alias)
    if not mutant:
        for cut in (0, CUT):
            more, k = all_pairs(tool, truth, every, alias, cut)
            wrong += more
            n += k
    tool.close()
    return wrong, n


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
def test_stories__losing_evidence_never_makes_an_answer_surer(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        results = dict(zip(stories.STORIES, pool.map(lambda name: check_story(name, tmp_path), stories.STORIES)))
    print("sets:", {name: n for name, (_, n) in results.items()}, "total", sum(n for _, n in results.values()))
    assert {name: shortest(wrong) for name, (wrong, _) in results.items() if wrong} == {}


# What each made-up PC must be answered on all its evidence: infected, cause, impact, candidates of the cause.
EXPECTED = {
    "mail": ("confirmed", "likely", "confirmed", {"mail": "likely", "web": "suspected"}),
    "web": ("confirmed", "confirmed", "confirmed", {"web": "confirmed"}),
    "two": ("confirmed", "confirmed", "confirmed", {"web": "confirmed", "mail": "suspected"}),
    "clean": ("no_sign", "no_sign", "no_sign", {}),
    "installer": ("suspected", "suspected", "no_sign", {"web": "suspected"}),
    "wiped": ("suspected", "cannot_say", "confirmed", {}),
    "evicted": ("suspected", "suspected", "no_sign", {"web": "suspected"}),
    "notes": ("no_sign", "no_sign", "confirmed", {}),
    "pictures": ("no_sign", "no_sign", "suspected", {}),
    "sample": ("no_sign", "no_sign", "suspected", {}),
    "office": ("likely", "cannot_say", "no_sign", {}),
    "unknown": ("likely", "cannot_say", "confirmed", {}),
    "tmp": ("confirmed", "cannot_say", "likely", {}),
    "server": ("no_sign", "no_sign", "no_sign", {}),
    "bare": ("cannot_say", "cannot_say", "cannot_say", {}),
    "wave": ("no_sign", "no_sign", "likely", {}),
    "table": ("no_sign", "no_sign", "likely", {}),
    "batch": ("no_sign", "no_sign", "no_sign", {}),
    "rolled": ("cannot_say", "cannot_say", "cannot_say", {}),
}


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
@pytest.mark.parametrize("name", list(stories.STORIES))
def test_stories__levels_on_all_evidence(name, tmp_path):
    lines, truth = stories.build(name, BACKGROUND)
    tool = Tool(lines, tmp_path, name)
    r = tool.answers()
    tool.close()
    assert (r.level["infected"], r.level["cause"], r.level["impact"], r.candidates["cause"]) == EXPECTED[name]
    assert r.level["terminal"] == "cannot_say"  # no rule looks for it yet
    assert against_truth(r, truth) == []


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
@pytest.mark.parametrize("name", list(stories.STORIES))
def test_stories__names_left_in_directory_indexes_raise_nothing(name, tmp_path):
    """Each file of the story was once in its folder, says the folder's index: a rename would leave the same, so nothing grows."""
    lines, _ = stories.build(name, BACKGROUND)
    paths = sorted({f[5:] for line in lines for f in line.split("\t") if f.startswith("path=C:\\")})
    left = [f"R\ti30_slack\ti30\t\\N\t\\N\t\\N\t\\N\tpath={p}\tcreated={stories.T0 + stories.D}" for p in paths]
    left.append(f"C\ti30\t-\texamined\t{stories.T0 - stories.D}\t{stories.NOW}\t\\N")
    results = []
    for more in ([], left):
        tool = Tool([*lines, *more], tmp_path, f"{name}{len(more)}")
        results.append(vars(tool.answers()))
        tool.close()
    assert results[0] == results[1] and not any("i30" in m for m in results[0]["missing"].values())


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
def test_stories__a_flood_hides_nothing(tmp_path):
    pc = stories.Pc(1)
    stories.noise(pc, BACKGROUND)
    truth = {"infected": False, "cause": set(), "impact": False, "terminal": set()}
    stories.flood(pc, stories.T0 + 20 * stories.D, truth)
    tool = Tool(list(pc.lines()), tmp_path, "flood")
    r = tool.answers()
    tool.close()
    assert r.candidates["cause"] == {"web": "confirmed"}
    assert len(r.findings) == 4000
    assert r.since["cause"] == stories.T0  # no rule ran out of its budget
    assert against_truth(r, truth) == []


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
@pytest.mark.parametrize("mutant", list(MUTANTS))
def test_stories__a_safeguard_taken_away_is_noticed(mutant, tmp_path):
    noticed = []
    for name in ("evicted", "installer", "mail", "rolled", "office", "web", "wiped"):
        wrong, _ = check_story(name, tmp_path, MUTANTS[mutant])
        noticed += wrong
        if noticed:
            break
    assert noticed, f"nothing notices an engine with {mutant}"


@pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not built")
def test_stories__every_rule_is_planned_over_indexes(tmp_path):
    lines, _ = stories.build("web", BACKGROUND)
    tool = Tool(lines, tmp_path, "plans")
    bad = [row for row in tool.ask("P") if "AUTOMATIC" in row[2] or "BLOOM FILTER" in row[2] or row[2] in ("SCAN event", "SCAN e")]
    tool.close()
    assert bad == []
