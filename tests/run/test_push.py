"""Pushed to a PC: what a SYSTEM account without console, profile or keyboard needs, and the files that do the pushing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forge import build
from run.pc import EXE, HIKESHI, run, wine

PUSH = Path(os.environ.get("HIKESHI_SOURCE_DIR", ".")) / "collector" / "push"
SCRIPT, ARTIFACT = PUSH / "hikeshi-push.ps1", PUSH / "Hikeshi.Collect.yaml"


def options_of(command):
    return set(re.findall(r"^  (--[a-z-]+)", run(command, "--help", "--lang", "en").stdout, re.M))


def exit_codes():
    return {int(line.split()[0]): line.split()[1] for line in run("list", "exit-codes").stdout.splitlines()}


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
def test_push__without_console_profile_or_input(tmp_path, exe):
    """All three streams closed, no home, no profile, no temporary folder."""
    build("bare", tmp_path / "pc", seed=1)
    keep = ("PATH", "WINEPREFIX", "WINEDEBUG", "LD_LIBRARY_PATH") + (("HOME",) if exe else ())  # Wine itself needs HOME
    env = {k: v for k, v in os.environ.items() if k in keep} | {"WINEDEBUG": "-all"}
    program = [wine(), EXE] if exe else [HIKESHI]
    command = [*program, "collect", "--source", str(tmp_path / "pc"), "--out", str(tmp_path / "out"), "--quiet"]
    if exe:
        env |= {name: "" for name in ("USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP")}
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    else:
        closed = "exec 0<&- 1>&- 2>&-; exec \"$@\""
        done = subprocess.run(["sh", "-c", closed, "sh", *command], env=env, timeout=300)
    assert done.returncode == 0
    [archive] = (tmp_path / "out").glob("HIKESHI_*.zip")
    assert run("verify", archive).returncode == 0


def test_push_script__knows_the_exit_codes_and_options_of_the_program():
    text = SCRIPT.read_text(encoding="utf-8")
    told = {int(n): name for n, name in re.findall(r"(\d) = '(\w+)'", text)}
    assert told == exit_codes()
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert used and used <= options_of("collect"), used - options_of("collect")
    assert text.isascii()  # Windows PowerShell 5.1 reads a file without BOM in the PC's code page


def test_push_script__parses():
    """By PowerShell itself where there is one, else by the grammar that editors use."""
    shell = shutil.which("pwsh") or shutil.which("powershell")
    if shell:
        code = f"$e=$null; [void][Management.Automation.Language.Parser]::ParseFile('{SCRIPT}', [ref]$null, [ref]$e); $e; exit $e.Count"
        done = subprocess.run([shell, "-NoProfile", "-Command", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        return
    grammar = pytest.importorskip("tree_sitter_powershell", reason="neither PowerShell nor tree-sitter-powershell is installed")
    tree_sitter = pytest.importorskip("tree_sitter")
    tree = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(SCRIPT.read_bytes())
    assert not tree.root_node.has_error


def test_artifact__is_yaml_and_asks_for_options_there_are():
    text = ARTIFACT.read_text(encoding="utf-8")
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text.split("sources:")[1]))
    assert used and used <= options_of("collect"), used - options_of("collect")
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    artifact = yaml.safe_load(text)
    assert artifact["name"] == "Hikeshi.Collect" and artifact["type"] == "CLIENT"
    assert [t["name"] for t in artifact["tools"]] == ["Hikeshi"]
    query = artifact["sources"][0]["query"]
    for parameter in artifact["parameters"]:
        assert re.search(rf"\b{parameter['name']}\b", query), parameter
    assert query.count("(") == query.count(")") and query.count("{") == query.count("}")
