"""The ceiling on processor time, measured by the kernel's accounts of the program and the children it waited for.

The shares are ratios of processor time to the time that passed, so a busy machine makes them smaller, never larger.
HIKESHI_SLOW=1: over 60 s, in every window of 10 s as well."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from run.pc import EXE, HIKESHI, data_dir, run, wine

SLOW = os.environ.get("HIKESHI_SLOW") == "1"
CPUS = len(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    """Event logs: real ones, often enough to keep the examiner busy."""
    logs = sorted((data_dir() / "evtx").rglob("*.evtx"), key=lambda p: p.stat().st_size)
    if not logs:
        pytest.skip("no event logs")
    root = tmp_path_factory.mktemp("busy") / "pc"
    folder = root / "C" / "Windows" / "System32" / "winevt" / "Logs"
    folder.mkdir(parents=True)
    for copy in range(40 if SLOW else 6):
        for log in logs[-12:]:
            shutil.copy(log, folder / f"{copy}-{log.name}")
    return root


def ticks_of(pid):
    """Processor time of a process and of the children it has waited for, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def used_by(process):
    """The same with the children that are still running."""
    total = ticks_of(process.pid)
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                total += ticks_of(child)
            except OSError:
                pass
    return total


def watch(command, seconds):
    """Runs for so long; returns [(time, processor time)] twice a second."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    seen, end = [], time.monotonic() + seconds
    try:
        while time.monotonic() < end and process.poll() is None:
            try:
                seen.append((time.monotonic(), used_by(process)))
            except OSError:
                break
            time.sleep(0.5)
    finally:
        process.terminate()
        process.wait(timeout=120)
    return seen


def share(a, b):
    return 100 * (b[1] - a[1]) / (b[0] - a[0]) / CPUS


@pytest.mark.parametrize("percent", [10, 25])
def test_cpu__the_ceiling_holds(pc, tmp_path, percent):
    seconds = 60 if SLOW else 6
    command = [HIKESHI, "collect", "--source", pc, "--out", tmp_path, "--quiet", "--cpu", str(percent)]
    seen = watch([str(c) for c in command], seconds)
    if seen[-1][0] - seen[0][0] < seconds / 2:
        pytest.skip("there was too little to do")
    whole = share(seen[0], seen[-1])
    windows = [share(seen[i], seen[i + 20]) for i in range(len(seen) - 20)] if SLOW else []
    print(f"--cpu {percent}: {whole:.2f} % of {CPUS} processors over {seen[-1][0] - seen[0][0]:.0f} s"
          + (f", windows of 10 s: {min(windows):.1f} to {max(windows):.1f} %" if windows else ""))  # fmt: skip
    assert whole <= percent + 3
    assert all(w <= percent + 3 for w in windows)


def test_cpu__a_run_under_a_ceiling_gives_the_same_and_loses_nothing_to_deadlines(pc, tmp_path):
    """Halted for most of the time, and yet no file is called a hang."""
    small = tmp_path / "pc" / "C" / "Windows" / "System32" / "winevt" / "Logs"
    small.mkdir(parents=True)
    logs = sorted((pc / "C" / "Windows" / "System32" / "winevt" / "Logs").iterdir())[:3]
    for log in logs:
        shutil.copy(log, small)
    done = run("collect", "--source", tmp_path / "pc", "--out", tmp_path / "out", "--cpu", "8", "--background", "--lang", "en")
    assert done.returncode == 0, done.stderr + done.stdout


def test_background__lowers_the_priority(pc, tmp_path):
    process = subprocess.Popen([HIKESHI, "collect", "--source", pc, "--out", tmp_path, "--quiet", "--background"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        time.sleep(1)
        nice = [int(p.read_text().rsplit(")", 1)[1].split()[16]) for p in Path(f"/proc/{process.pid}/task").glob("*/stat")]
        assert nice and set(nice) == {19}
    finally:
        process.terminate()
        assert process.wait(timeout=120) in (0, 6)


def named(name):
    """Processor time of all processes of that name, the examiner among them."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if name.encode() in (folder / "cmdline").read_bytes():
                total += ticks_of(folder.name)
        except OSError:
            pass
    return total


def test_cpu__the_ceiling_holds_for_the_windows_program(pc, tmp_path):
    """By the accounts that Wine's processes have with the kernel, from the moment when evidence is read."""
    seconds = 60 if SLOW else 20
    command = [wine(), str(shutil.copy(EXE, tmp_path / f"ceiling{os.getpid()}.exe"))]
    process = subprocess.Popen([*command, "collect", "--source", str(pc), "--out", str(tmp_path), "--quiet", "--cpu", "15"],
                               env=dict(os.environ, WINEDEBUG="-all"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    start = time.monotonic()  # of Wine, of the examiner with its probes: not what the ceiling is for
    while not any(p.stat().st_size > 1 << 16 for p in tmp_path.glob("*.partial")) and time.monotonic() < start + 120:
        time.sleep(0.5)
    time.sleep(3)
    seen, end = [], time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        seen.append((time.monotonic(), named(f"ceiling{os.getpid()}.exe")))
        time.sleep(0.5)
    process.terminate()
    process.wait(timeout=120)
    if not seen or seen[-1][0] - seen[0][0] < seconds / 2:
        pytest.skip("there was too little to do")
    whole = share(seen[0], seen[-1])
    print(f"--cpu 15 under Wine: {whole:.2f} % of {CPUS} processors over {seen[-1][0] - seen[0][0]:.0f} s")
    assert 0 < whole <= 15 + 3
