"""A tampered archive, or a tampered lock, stops the build with the archive's name. Needs no network: pip is given the
archives of the cache as its only source."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

import pytest
from checks import code

BUILD = os.path.join(code.ROOT, "build")
LOCK = os.path.join(BUILD, "deps.lock")


def cached_archives():
    cache = os.environ.get("HIKESHI_CACHE") or os.path.expanduser("~/.cache/hikeshi")
    with open(LOCK, "rb") as f:
        folder = os.path.join(cache, hashlib.sha256(f.read()).hexdigest()[:16], "dl")
    found = sorted(glob.glob(os.path.join(folder, "*.tar.gz")))
    if not found:
        pytest.skip("no archives in the cache")
    return found


def fetch(lock, folder, source):
    env = dict(os.environ, PIP_NO_INDEX="1", PIP_FIND_LINKS=source, PIP_CONFIG_FILE=os.devnull)
    return subprocess.run([sys.executable, os.path.join(BUILD, "fetch.py"), str(lock), str(folder)], env=env,
                          capture_output=True, text=True, check=False)


def test_lock__untouched_archives_are_unpacked(tmp_path):
    source = os.path.dirname(cached_archives()[0])
    done = fetch(LOCK, tmp_path, source)
    assert done.returncode == 0, done.stderr
    assert len(os.listdir(tmp_path / "src")) == len(cached_archives())


def test_lock__one_digit_changed_stops_with_the_name(tmp_path):
    source = os.path.dirname(cached_archives()[0])
    with open(LOCK, encoding="utf-8") as f:
        text = f.read()
    m = re.search(r"libregf-python==\S+ --hash=sha256:([0-9a-f])", text)
    changed = text[:m.start(1)] + ("0" if m.group(1) != "0" else "1") + text[m.end(1):]
    lock = tmp_path / "deps.lock"
    lock.write_text(changed, encoding="utf-8")
    done = fetch(lock, tmp_path / "cache", source)
    assert done.returncode != 0
    assert "libregf" in done.stderr
    assert not (tmp_path / "cache" / "src").exists()


def test_lock__one_bit_changed_in_a_cached_archive_stops_with_its_name(tmp_path):
    dl = tmp_path / "dl"
    dl.mkdir()
    for path in cached_archives():
        shutil.copy(path, dl)
    victim = next(p for p in dl.iterdir() if p.name.startswith("sqlcipher3"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    done = fetch(LOCK, tmp_path, str(dl))
    assert done.returncode != 0
    assert victim.name in done.stderr and "SHA-256" in done.stderr
    assert not (tmp_path / "src").exists()


def test_lock__every_line_has_a_hash():
    with open(LOCK, encoding="utf-8") as f:
        lines = [line for line in f if "==" in line]
    assert len(lines) >= 6
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}$", line.strip()) for line in lines)
