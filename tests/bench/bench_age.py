#!/usr/bin/env python3
"""Encrypts and decrypts one large file with our codec and with age (and its Rust relative where pyrage is installed), A B A B,
and prints the medians; never a test.

    python3 tests/bench/bench_age.py [--megabytes 512] [--runs 5]

Ours runs as the program tool_age_file, a file to a file, as age does. Peak memory is each program's own.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = Path(os.environ.get("HIKESHI_BUILD_DIR", ROOT / "out/linux")) / "tests" / "tool_age_file"


def timed(command, env=None):
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env={**os.environ, **(env or {})})
    wall, after = time.perf_counter() - started, os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--runs", type=int, default=5)
    o = parser.parse_args()
    if not OURS.exists() or not shutil.which("age"):
        sys.exit(f"not built: {OURS}, or age is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        s = Path(scratch)
        with open(s / "plain", "wb") as f:
            for _ in range(o.megabytes):
                f.write(os.urandom(1 << 20))
        subprocess.run(["age-keygen", "-o", s / "key"], check=True, capture_output=True)
        to = subprocess.run(["age-keygen", "-y", s / "key"], check=True, capture_output=True).stdout.decode().strip()
        (s / "to").write_text(to)
        piece = {"HK_AGE_PIECE": str(1 << 18)}
        jobs = {
            "encrypt ours": ([OURS], {**piece, "HK_AGE_IN": str(s / "plain"), "HK_AGE_OUT": str(s / "o.age"), "HK_AGE_RECIPIENTS": str(s / "to")}),
            "encrypt age": (["age", "-r", to, "-o", s / "a.age", s / "plain"], {}),
            "decrypt ours": ([OURS], {**piece, "HK_AGE_IN": str(s / "a.age"), "HK_AGE_OUT": str(s / "o.plain"), "HK_AGE_IDENTITIES": str(s / "key")}),
            "decrypt age": (["age", "-d", "-i", s / "key", "-o", s / "a.plain", s / "o.age"], {}),
        }
        times = {name: [] for name in jobs}
        for run in range(o.runs + 1):
            for name, (command, env) in jobs.items():
                t = timed(command, env)
                if run > 0:             # the first warms up
                    times[name].append(t)
        for name, list_of in times.items():
            cpu, wall = (statistics.median(t[i] for t in list_of) for i in (0, 1))
            print(f"{name:14} cpu {cpu:6.2f} s  wall {wall:6.2f} s  {o.megabytes / 1024 / cpu:5.2f} GiB a CPU second")
        for what in ("encrypt", "decrypt"):
            pairs = [a[0] / b[0] for a, b in zip(times[f"{what} ours"], times[f"{what} age"])]
            print(f"{what}: ours/age, pair by pair: {statistics.median(pairs):.2f}")
        assert (s / "plain").read_bytes() == (s / "o.plain").read_bytes() == (s / "a.plain").read_bytes()
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
