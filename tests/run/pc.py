"""Runs the program over evidence, natively and under Wine, for the tests of whole commands."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from store.velociraptor_rules import problems

HIKESHI = os.environ.get("HIKESHI", "out/linux/hikeshi")
EXE = os.environ.get("HIKESHI_EXE", "out/win64/hikeshi.exe")


def data_dir():
    """Folder of the real evidence; skips the test where there is none."""
    root = Path(os.environ.get("HIKESHI_SOURCE_DIR", "."))
    for candidate in (os.environ.get("HIKESHI_DATA"), root.parent / "shared" / "data"):
        if candidate and Path(candidate).is_dir():
            return Path(candidate)
    pytest.skip("no real evidence: set HIKESHI_DATA")


def need_to_mount(*tools):
    """Environment in which the tools are found; skips the test where one is missing or nothing can be mounted."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for tool in tools:
        if not shutil.which(tool, path=path):
            pytest.skip(f"{tool} is not installed")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or os.geteuid() != 0:
        pytest.skip("mounting needs root and /dev/fuse")
    return dict(os.environ, PATH=path)


def wine():
    """Path of wine; skips the test where it or the exe is missing."""
    found = shutil.which("wine64") or shutil.which("wine") or "/usr/lib/wine/wine64"
    if not Path(found).exists():
        pytest.skip("wine is not installed")
    if not Path(EXE).exists():
        pytest.skip("hikeshi.exe was not built")
    return found


def run(*args, exe=False, timeout=600, **more):
    """Runs a command; returns the finished process with text output."""
    command = [wine(), EXE] if exe else [HIKESHI]
    env = dict(os.environ, WINEDEBUG="-all")
    done = subprocess.run([*command, *map(str, args)], capture_output=True, timeout=timeout, env=env, **more)
    done.stdout = done.stdout.decode("utf-8")
    done.stderr = done.stderr.decode("utf-8", "replace")
    return done


def collect(source, out, *args, exe=False):
    """Collects; returns (process, archive path or None). Whatever was sealed must keep Velociraptor's rules."""
    Path(out).mkdir(parents=True, exist_ok=True)
    done = run("collect", "--source", source, "--out", out, "--lang", "en", *args, exe=exe)
    archives = sorted(Path(out).glob("HIKESHI_*.zip"))
    for archive in archives:
        assert problems(archive) == [], archive
    return done, archives[0] if archives else None


def jsonl(text):
    return [json.loads(line) for line in text.splitlines()]
