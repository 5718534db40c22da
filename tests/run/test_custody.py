"""The chain of custody, in manifest, report and answers; and a clock that is compared with a server of known error."""

import hashlib
import html
import json
import os
import re
import socket
import struct
import threading
import time
import zipfile
from pathlib import Path

import pytest

from forge import build
from run.pc import EXE, HIKESHI, collect, run

ERA = 2208988800  # 1900 to 1970, RFC 5905


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    root = tmp_path_factory.mktemp("custody") / "pc"
    build("bare", root, seed=1)
    return root


@pytest.fixture
def server():
    """server(seconds, how) -> port; a server whose clock is so far ahead of ours."""
    sockets = []

    def ntp(t):
        return struct.pack(">II", int(t) + ERA, int((t % 1) * 2**32))

    def serve(s, ahead, how):
        while True:
            try:
                question, whom = s.recvfrom(512)
            except OSError:
                return
            assert len(question) == 48 and question[0] & 7 == 3
            now = time.time() + ahead
            head = struct.pack(">BBbbII4s", 0x24, 2, 6, -20, 0, 0, b"test") + ntp(now - 10)
            good = head + question[40:48] + ntp(now) + ntp(now)
            if how == "good":
                s.sendto(good, whom)
            elif how == "other":
                s.sendto(head + b"\0" * 8 + ntp(now) + ntp(now), whom)
            elif how == "short":
                s.sendto(good[:40], whom)

    def start(ahead, how="good"):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        sockets.append(s)
        threading.Thread(target=serve, args=(s, ahead, how), daemon=True).start()
        return s.getsockname()[1]

    yield start
    for s in sockets:
        s.close()


def case_of(archive):
    with zipfile.ZipFile(archive) as z:
        line = json.loads(z.read("hikeshi/manifest.jsonl").splitlines()[0])
        answers = json.loads(z.read("hikeshi/answers.json"))["case"]
        return line, answers, z.read("hikeshi/report.html").decode()


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
def test_custody__says_who_what_when_and_on_which_machine(pc, tmp_path, exe):
    done, archive = collect(pc, tmp_path, "--case", "2026-014", "--operator", "鑑識 花子", "--reason", "ランサムノート", exe=exe)
    assert done.returncode == 0, done.stderr
    line, answers, page = case_of(archive)
    program = EXE if exe else HIKESHI
    assert line["tool_sha256"] == hashlib.sha256(Path(program).read_bytes()).hexdigest()
    assert (line["case_id"], line["operator"], line["reason"]) == ("2026-014", "鑑識 花子", "ランサムノート")
    assert line["host"] == "KEIRI-PC01"
    assert line["machine"].lower() == socket.gethostname().split(".")[0].lower() or exe
    assert line["machine_os"].startswith("Windows" if exe else "Linux")
    assert "collect --source" in line["command_line"] and line["tool_version"]
    booted = time.time() - float(Path("/proc/uptime").read_text().split()[0])
    told = time.mktime(time.strptime(line["booted_at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert abs(told - booted) < 60 or exe  # Wine's uptime is not the machine's
    assert line["time_zone"] and isinstance(line["utc_offset_minutes"], int)
    assert "ntp_server" not in line and "No NTP server was asked" in page
    assert answers["machine"]["name"] == line["machine"] and answers["machine"]["os"] == line["machine_os"]
    for word in (line["machine_os"], "2026-014", "鑑識 花子", "ランサムノート", line["tool_sha256"]):
        assert html.escape(word) in page, word


@pytest.mark.parametrize("exe", [False, True], ids=["native", "wine"])
@pytest.mark.parametrize("ahead", [7.5, -86400.0])
def test_ntp__records_how_far_the_clock_is_off(pc, tmp_path, server, ahead, exe):
    port = server(ahead)
    done, archive = collect(pc, tmp_path, "--ntp", f"127.0.0.1:{port}", exe=exe)
    assert done.returncode == 0, done.stderr
    line, answers, page = case_of(archive)
    assert line["ntp_server"] == f"127.0.0.1:{port}"
    assert re.fullmatch(r"[+-]\d+\.\d{3}", line["clock_offset"])
    assert abs(float(line["clock_offset"]) - ahead) < 1.0, line["clock_offset"]
    assert answers["machine"]["ntp"]["offset_s"] == line["clock_offset"] and line["clock_offset"] in page


@pytest.mark.parametrize("how, word", [("silent", "timeout"), ("other", "another question"), ("short", "short")])
def test_ntp__a_server_that_does_not_answer_costs_two_seconds_and_is_said(pc, tmp_path, server, how, word):
    done, archive = collect(pc, tmp_path, "--ntp", f"127.0.0.1:{server(0, how)}")
    assert done.returncode == 0, done.stderr
    line, _, page = case_of(archive)
    assert line["clock_offset"] == "" and word in line["clock_note"]
    assert "to no avail" in page


def test_custody__survives_recovery(pc, tmp_path, server):
    """The case line of an archive that was cut off is the case line of what is saved from it."""
    done, archive = collect(pc, tmp_path, "--case", "7", "--ntp", f"127.0.0.1:{server(3)}")
    assert done.returncode == 0
    cut = tmp_path / "cut.zip.partial"
    cut.write_bytes(archive.read_bytes()[: archive.stat().st_size * 2 // 3])
    assert run("verify", cut, "--recover", tmp_path / "saved.zip").returncode == 0
    with zipfile.ZipFile(tmp_path / "saved.zip") as z:
        saved = json.loads(z.read("hikeshi/manifest.jsonl").splitlines()[0])
    line, _, _ = case_of(archive)
    same = ("case_id", "operator", "machine", "machine_os", "booted_at", "time_zone", "ntp_server", "clock_offset", "clock_note", "tool_sha256")
    assert {k: saved[k] for k in same} == {k: line[k] for k in same}
