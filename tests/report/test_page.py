"""What the report's outputs are to readers that are not ours: an HTML parser, a JSON schema validator, Chromium.

The outputs come from the test program beside this file (HIKESHI_REPORT_OUT); see README.md for how to look at them."""
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from datetime import datetime, timezone
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("HIKESHI_SOURCE_DIR", Path(__file__).resolve().parents[2]))
MAKER = Path(os.environ.get("HIKESHI_REPORT_MAKER",
                            Path(os.environ.get("HIKESHI_BUILD_DIR", ROOT / "out/linux")) / "tests/report-test_report"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "input", "br", "wbr", "col", "link", "img", "hr", "base"}
PAGES = ["ja.html", "en.html", "hostile.html", "empty.html"]
# Default_Ignorable_Code_Point (DerivedCoreProperties, Unicode 15), Bidi_Control and blanks: nothing of this may be shown as it is.
UNSEEN = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
          (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
          (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF), (0xA0, 0xA0), (0x2800, 0x2800)]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    if not MAKER.exists():
        pytest.skip(f"{MAKER.name} is not built")
    out = tmp_path_factory.mktemp("report")
    done = subprocess.run([MAKER], env={**os.environ, "HIKESHI_REPORT_OUT": str(out)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return out


class Page(html.parser.HTMLParser):
    """A strict reading: every element closed in order; collects what the tests ask about"""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.tags, self.headings, self.runs = [], [], [], [], [], []
        self.text = {"style": [], "script": []}
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        attrs_seen = [k for k, _ in attrs]
        assert len(attrs_seen) == len(set(attrs_seen)), (tag, attrs)
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in self.text:
            self.text[tag].append((attrs, ""))
        if attrs.get("class") in ("j", "e"):
            self.runs.append((attrs["class"], attrs.get("lang"), tag))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert tag not in VOID
        assert self.open and self.open[-1] == tag, (tag, self.open[-5:], self.getpos())
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in self.text:
            attrs, before = self.text[self.open[-1]][-1]
            self.text[self.open[-1]][-1] = (attrs, before + data)


def read(made, name):
    return (made / name).read_bytes().decode("utf-8")


@pytest.fixture(params=PAGES)
def page(request, made):
    return Page(read(made, request.param))


def test_page__ids_are_unique_and_every_link_leads_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert [x for x in page.links if not x.startswith("#") or x[1:] not in page.ids] == []
    named = [a[k] for _, a in page.tags for k in ("aria-labelledby",) if k in a]
    assert [x for x in named if x not in page.ids] == []


def test_page__asks_nothing_of_the_network_and_has_no_handlers(page):
    for tag, attrs in page.tags:
        assert tag not in ("img", "iframe", "object", "embed", "form", "base", "link", "video", "audio")
        assert not [k for k in attrs if k.startswith("on") or k in ("src", "style", "srcset", "action")], (tag, attrs)


def test_page__headings_are_in_order_and_landmarks_are_there(page):
    assert page.headings.count(1) == 1 and page.headings[0] == 1
    assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:]))
    tags = [t for t, _ in page.tags]
    assert [tags.count(t) for t in ("header", "nav", "main")] == [1, 1, 1]
    assert ("a", {"class": "skip", "href": "#answers"}) in page.tags
    assert all("scope" in a for t, a in page.tags if t == "th")
    assert all(a.get("aria-hidden") == "true" for t, a in page.tags if t == "svg")


def test_page__every_sentence_is_in_both_languages(page):
    runs = page.runs
    assert len(runs) > 100 and len(runs) % 2 == 0
    for ja, en in zip(runs[::2], runs[1::2]):
        assert ja[:2] == ("j", "ja") and en[:2] == ("e", "en") and ja[2] == en[2]


def test_page__policy_holds_the_hashes_of_what_was_written(page):
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")

    def hashed(text):
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    rules = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["style-src"] == [hashed(text) for _, text in page.text["style"]]
    assert rules["script-src"] == [hashed(text) for a, text in page.text["script"] if "type" not in a]
    assert rules["base-uri"] == ["'none'"] and rules["form-action"] == ["'none'"]


def test_page__style_and_script_are_the_projects(page):
    assets = ROOT / "collector/report/assets"
    assert page.text["style"][0][1] == (assets / "style.css").read_text(encoding="utf-8")
    assert page.text["script"][-1][1] == (assets / "report.js").read_text(encoding="utf-8")


def test_page__both_languages_of_the_catalogue_stand_in_it(made):
    whole = read(made, "ja.html")
    for needle in ("五つの答え", "The five answers", "記録の網羅", "Records cited", "保全の記録", "Custody"):
        assert needle in whole


def framed(made):
    return json.loads(next(t for a, t in Page(read(made, "ja.html")).text["script"] if a.get("id") == "hikeshi-page"))["framed"]


def test_framed__table_of_the_page_has_all_that_is_unseen(made):
    ranges = framed(made)
    assert ranges == sorted(ranges) and all(a <= b for a, b in ranges)

    def holds(c):
        return any(a <= c <= b for a, b in ranges)

    for lo, hi in UNSEEN:
        assert all(holds(c) for c in range(lo, hi + 1)), hex(lo)
    for c in list(range(0x20)) + list(range(0x7F, 0xA0)) + [ord("<"), ord(">"), 0xD800, 0xDFFF, 0xE000, 0xF8FF, 0x10FFFD, 0xFDD0, 0x1FFFE, 0x10FFFF]:
        assert holds(c), hex(c)
    seen = "abcXYZ09 ._-\\/:%&\"'あいう漢字ｶﾅäéßЖΩשלוםعربي한글—…、。〜（）😀"
    assert [c for c in seen if holds(ord(c))] == []
    letters = [c for c in range(0x110000) if unicodedata.category(chr(c)) in ("Lu", "Ll", "Nd") and holds(c)]
    assert letters == []


def test_data__page_holds_what_answers_json_holds(made):
    data = next(t for a, t in Page(read(made, "ja.html")).text["script"] if a.get("id") == "hikeshi-data")
    assert json.loads(data) == json.loads(read(made, "answers.json"))


@pytest.mark.parametrize("name", ["answers.json", "empty.json"])
def test_answers__follow_the_schema(made, name):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "collector/report/answers.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    data = json.loads(read(made, name))
    assert [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(data)] == []
    data["answers"] = data["answers"][:4]
    assert not validator.is_valid(data)


def test_answers__refer_to_what_is_there(made):
    data = json.loads(read(made, "answers.json"))
    evidence = {e["id"] for e in data["evidence"]}
    used = [e for a in data["answers"] for f in a["findings"] for e in f["evidence"]] + [e for s in data["chain"]["steps"] for e in s["evidence"]]
    assert used and set(used) <= evidence
    assert [a["id"] for a in data["answers"]] == ["infected", "cause", "impact", "terminal", "missed"]
    events = data["events"]
    for row in events["rows"]:
        assert row[1] < len(events["sources"]) and row[2] < len(events["kinds"])
        assert row[3] < len(events["dirs"]) and row[4] is not None and row[5] < len(events["accounts"])
        assert row[6] == "" or row[6] in evidence
    times = [row[0] for row in events["rows"]]
    assert times == sorted(times) and events["onset"] in times
    assert set(events["sources"]) == set(data["labels"]["sources"]) and set(events["kinds"]) == set(data["labels"]["kinds"])
    steps = [s["time"] for s in data["chain"]["steps"] if s["time"]]
    assert steps == sorted(steps) and len(data["chain"]["links"]) == len(data["chain"]["steps"]) - 1
    assert sum(link["weakest"] for link in data["chain"]["links"]) <= 1
    for r in data["coverage"]["records"]:
        assert len(r["cells"]) == len(data["coverage"]["windows"])


def test_answers__chain_says_what_each_log_says(made):
    data = json.loads(read(made, "answers.json"))
    ran = next(s for s in data["chain"]["steps"] if s["object"].endswith("upd8[1].tmp"))
    # prefetch and the user's registry saw it; process auditing was off and Sysmon not there; nothing else could have said it
    assert ran["sources"] == {"prefetch": "seen", "ntuser": "seen", "log.security": "lost", "log.sysmon": "lost"}
    assert ran["kind"] == "danger"
    script = next(s for s in data["chain"]["steps"] if s["object"].endswith("wscript.exe"))
    # one user's registry is damaged: that the other's is silent does not make it so
    assert script["sources"]["ntuser"] == "lost"
    notes = next(s for s in data["chain"]["steps"] if s["object"].endswith("HELP_DECRYPT.TXT"))
    assert "5" in notes["text"]["en"]


def test_answers__coverage_says_erased_off_and_absent(made):
    data = json.loads(read(made, "answers.json"))
    cells = {r["kind"]: [c["state"] for c in r["cells"]] for r in data["coverage"]["records"]}
    assert cells["mft"] == ["full"] * 4
    assert cells["prefetch"] == ["part", "full", "full", "full"]
    assert cells["logon"] == ["erased", "erased", "part", "full"]
    assert cells["process.4688"] == ["off"] * 4
    assert cells["webcache"] == ["part"] * 4  # one of two profiles was denied
    assert cells["userassist"] == ["part"] * 4  # one of two hives is damaged
    assert cells["content"] == ["part"] * 4   # no claim since when
    assert cells["mail.store"] == ["unread"] * 4  # one place is not on this PC, the other was denied
    assert cells["sysmon"] == ["na"] * 4


def test_timeline__is_what_timesketch_reads(made):
    lines = read(made, "timeline.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({r["event"] for r in rows}) == len(rows)
    stamps = [r["timestamp"] for r in rows]
    assert stamps == sorted(stamps)
    for r in rows:
        assert r["message"] and r["timestamp_desc"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,}\+00:00", r["datetime"])
        when = datetime.fromisoformat(r["datetime"])
        micro = (when - datetime(1970, 1, 1, tzinfo=timezone.utc)) // (when.resolution)
        assert micro == r["timestamp"]
        assert r["verb"] and r["kind"] and r["record"]
    clear = next(r for r in rows if r["verb"] == "cleared")
    assert clear["message"].startswith("Log cleared: Security") and clear["source"].endswith("Security.evtx")
    fetched = next(r for r in rows if r["verb"] == "downloaded")
    assert fetched["url"] == "http://cdn-docs.example.net/w/upd8.php?a=<b>"
    note = next(r for r in rows if r["record"] == "read")
    assert "[cryptowall]" in note["message"]


def test_coverage__rows_are_complete(made):
    data = json.loads(read(made, "coverage.json"))
    assert data["format"] == "hikeshi-coverage"
    states = [r["state"] for r in data["rows"]]
    assert len(states) == 14 and states[-2:] == ["absent", "absent"]
    assert set(states[5:-2]) == {"examined"} and set(states[:5]) == {"denied", "off", "damaged", "skipped"}
    assert next(r for r in data["rows"] if r["kind"] == "odd<b>kind")["instance"].endswith(".exe")


# ---- Chromium -----------------------------------------------------------------------------------------------------------------

def chromium(*args):
    if not CHROMIUM:
        pytest.skip("no Chromium here")
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
                               "--enable-logging=stderr", f"--user-data-dir={profile}", *args],
                              capture_output=True, timeout=180)


def dom(path, query=""):
    done = chromium("--virtual-time-budget=8000", "--dump-dom", path.as_uri() + query)
    said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode("utf-8"), said


def test_chromium__script_runs_under_the_policy_and_says_nothing(made):
    text, said = dom(made / "hostile.html", "?lang=en&theme=dark")
    assert said == []
    assert '<html lang="en" class="js" data-theme="dark">' in text
    n = len(json.loads(read(made, "answers.json"))["events"]["rows"]) - 40
    assert re.search(rf'id="tl-n"[^>]*>Showing {n} / {n}<', text)
    assert re.search(r'<tbody><tr class="sp".*aria-rowindex="2"', text, re.S)
    assert '<span class="esc">&lt;U+202E&gt;</span>' in text[text.index('id="tl-scr"'):text.index('id="tl-static"')]
    assert "<script>alert" not in text and "<img" not in text


def test_chromium__policy_refuses_any_other_script(made, tmp_path):
    whole = read(made, "en.html")
    evil = tmp_path / "evil.html"
    evil.write_text(whole.replace("</main>", "<script>document.title='owned'</script></main>"), encoding="utf-8")
    text, said = dom(evil)
    assert "<title>owned</title>" not in text
    assert any("Content Security Policy" in line for line in said)


def test_chromium__a_hundred_thousand_rows_are_shown(made):
    text, said = dom(made / "big.html", "?lang=en")
    assert said == []
    assert re.search(r"Showing (99,9\d\d|100,000) / (99,9\d\d|100,000)<", text)


def pdf_text(path, tmp_path, query=""):
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext here")
    pdf = tmp_path / "page.pdf"
    chromium("--virtual-time-budget=8000", "--no-pdf-header-footer", f"--print-to-pdf={pdf}", path.as_uri() + query)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode("utf-8")
    return text.split("\f")


def test_chromium__first_printed_page_is_the_five_answers(made, tmp_path):
    pages = pdf_text(made / "en.html", tmp_path, "?lang=en")
    for question in ("Is it infected?", "What was the cause?", "What is the damage?", "Which terminal started it?", "What have we missed?"):
        assert question in pages[0]
    assert "Prepared by" in pages[0] and "Chain of events" not in pages[0]
    assert "Chain of events" in pages[1]
    whole = "\n".join(pages)
    assert "Recorded in" in whole               # the chain's table is closed on the screen and open on paper
    assert "感染していますか" not in whole
    assert re.search(r"HK-2026-1109-01\s+SALES-PC07\s+SHA-256 8beb1391b65f013a", pages[0])


def test_chromium__language_switch_works_without_script(made, tmp_path):
    whole = read(made, "ja.html")
    bare = whole[:whole.rindex("<script>")] + "</body></html>"
    page = tmp_path / "bare.html"
    page.write_text(bare, encoding="utf-8")
    japanese = "\n".join(pdf_text(page, tmp_path))
    assert "感染していますか" in japanese and "Is it infected?" not in japanese
    page.write_text(bare.replace('value="ja" checked', 'value="ja"').replace('value="en"', 'value="en" checked'), encoding="utf-8")
    english = "\n".join(pdf_text(page, tmp_path))
    assert "Is it infected?" in english and "感染していますか" not in english
