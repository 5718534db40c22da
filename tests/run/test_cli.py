"""The command line as a person or a script meets it."""

import json
import re
import resource

import pytest

from run.pc import run


def test_cli__explains_itself_without_arguments():
    done = run()
    assert done.returncode == 0
    for command in ("collect", "analyze", "parse", "verify", "list"):
        assert f"hikeshi {command}" in done.stdout


@pytest.mark.parametrize("language, word", [("ja", "証拠"), ("en", "evidence")])
def test_cli__helps_in_both_languages(language, word):
    done = run("collect", "--help", "--lang", language)
    assert done.returncode == 0 and word in done.stdout


def test_cli__suggests_the_nearest_option():
    done = run("collect", "--sourse", "x", "--lang", "en")
    assert done.returncode == 2 and "--source" in done.stderr


def test_cli__suggests_the_nearest_command():
    done = run("colect", "--lang", "en")
    assert done.returncode == 2 and "collect" in done.stderr


def test_cli__wants_the_value_of_an_option():
    done = run("collect", "--out", "--lang=en")
    assert done.returncode == 2 and "--out" in done.stderr
    done = run("collect", "--lang=en", "--out")
    assert done.returncode == 2 and "--out" in done.stderr


@pytest.mark.parametrize("option", ["--source", "--out", "--since"])
@pytest.mark.parametrize("form", ["inside", "behind"])
def test_cli__an_empty_value_is_not_the_default(option, form):
    """`--source "%EVIDENCE%"` with the variable unset must not collect this PC."""
    done = run("collect", *([f"{option}="] if form == "inside" else [option, ""]), "--lang", "en")
    assert done.returncode == 2 and option in done.stderr and "empty" in done.stderr


def test_cli__help_alone_is_the_overview():
    done = run("--help", "--lang", "en")
    assert done.returncode == 0 and "hikeshi analyze" in done.stdout and "hikeshi verify" in done.stdout
    done = run("verify", "--help", "--lang", "en")
    assert "--recover" in done.stdout and "hikeshi analyze" not in done.stdout


def test_cli__a_window_ends_after_it_begins():
    done = run("analyze", "x", "--since", "2026-03-02T00:00:00Z", "--until", "2026-03-01T00:00:00Z", "--lang", "en")
    assert done.returncode == 2 and "--until" in done.stderr


def test_cli__many_operands_take_little_memory():
    """30,000 files of a shell's glob: the command line is kept once, not once an argument."""

    def little():
        resource.setrlimit(resource.RLIMIT_DATA, (256 << 20, 256 << 20))

    names = [f"/nowhere/{i:05}.pf" for i in range(30000)]
    done = run("parse", "prefetch", *names, preexec_fn=little)
    assert done.returncode == 1 and done.stdout.count('"absent"') == len(names)


def test_cli__refuses_a_time_it_cannot_read():
    done = run("collect", "--since", "yesterday", "--lang", "en")
    assert done.returncode == 2 and "yesterday" in done.stderr


def test_cli__says_a_source_is_not_there(tmp_path):
    done = run("collect", "--source", tmp_path / "none", "--out", tmp_path, "--lang", "en")
    assert done.returncode == 4 and "none" in done.stderr and "not found" in done.stderr


def test_cli__says_an_output_cannot_be_written(tmp_path):
    (tmp_path / "C" / "Windows").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    done = run("collect", "--source", tmp_path, "--out", tmp_path / "file", "--lang", "en")
    assert done.returncode == 3


def test_cli__refuses_an_unknown_module():
    done = run("parse", "nothing", "x", "--lang", "en")
    assert done.returncode == 2 and "nothing" in done.stderr


def test_cli__documents_every_exit_code():
    done = run("list", "exit-codes")
    assert [int(line.split()[0]) for line in done.stdout.splitlines()] == list(range(8))


def test_cli__documents_every_record_and_field_in_both_languages():
    done = run("list", "records")
    records = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert {line.split()[0] for line in records} >= {"prefetch", "event", "logon", "userassist", "ransom_note"}
    fields = [line.rsplit("  ", 1)[-1].partition(" / ") for line in done.stdout.splitlines() if line.startswith(" ")]
    assert all(japanese.strip() and english.strip() for japanese, _, english in fields)
    in_japanese = [f for f in fields if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", f[0])]
    assert len(in_japanese) > 0.8 * len(fields)  # the rest are SID, URL, MD5 and the like


def test_cli__parse_reports_a_bad_file_and_goes_on(tmp_path):
    (tmp_path / "bad.pf").write_bytes(b"not a prefetch file")
    done = run("parse", "prefetch", tmp_path / "bad.pf", tmp_path / "absent.pf")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(line["record"], line["outcome"]) for line in lines] == [("error", "damaged"), ("error", "absent")]
    assert list(lines[0])[:2] == ["record", "file"] and lines[0]["file"] == str(tmp_path / "bad.pf")
    assert isinstance(lines[0]["offset"], int) and lines[0]["step"]
