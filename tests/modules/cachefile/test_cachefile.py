"""Programs in caches, whatever they are called; and nothing else."""
import json
import os
import subprocess

import pytest

from forge import files

HIKESHI = os.environ.get("HIKESHI", "hikeshi")


def records_of(tmp_path, where, data):
    path = tmp_path / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    run = subprocess.run([HIKESHI, "parse", "cachefile", str(path)], capture_output=True, timeout=60)
    assert run.returncode == 0, run
    return [json.loads(line) for line in run.stdout.splitlines()]


CACHE = "AppData/Local/Microsoft/Windows/INetCache/IE/7F3A1C22"


@pytest.mark.parametrize("where,place,hidden", [
    (CACHE + "/a[1].tmp", "inetcache", True), (CACHE + "/a[1].exe", "inetcache", False),
    ("AppData/Local/Microsoft/Windows/Temporary Internet Files/Content.IE5/X/photo[1].jpg", "inetcache", True),
    ("AppData/Local/Google/Chrome/User Data/Default/Cache/Cache_Data/f_00001a", "chromium-cache", True),
    ("AppData/Local/Mozilla/Firefox/Profiles/x.default/cache2/entries/0011AABB", "firefox-cache", True),
    ("AppData/Local/Temp/~DF3A.tmp", "temp", True)])
def test_cachefile__program_is_found_whatever_its_name(tmp_path, where, place, hidden):
    record = records_of(tmp_path, where, files.mz_stub("x"))[0]
    assert (record["record"], record["content"]) == ("cached_program", 2)
    assert (record["place"], record["name_hides_it"]) == (place, hidden)


@pytest.mark.parametrize("data", [b"", b"M", b"MZ", b"<html>", b"\x89PNG\r\n\x1a\n", b"MZ said the letter, and nothing more.\n" * 4, os.urandom(64).replace(b"MZ", b"ZM")])
def test_cachefile__other_content_gives_nothing(tmp_path, data):
    assert records_of(tmp_path, CACHE + "/a[1].tmp", data) == []
