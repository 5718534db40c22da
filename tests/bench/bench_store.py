#!/usr/bin/env python3
"""Packs a tree of real evidence with the store and with pigz -1, A B A B in one run, and prints ratios; never a test.

    python3 tests/bench/bench_store.py [FOLDER] [--bytes 2G] [--runs N]

The tree is FOLDER's files, as often as it takes to reach --bytes (0: once), each a name of its own; it is made under $TMPDIR and
removed. The store also works out SHA-256 and MD5 of every file and SHA-256 of the archive; pigz does not. The deflate library
alone, on one core, without reading, hashing or writing, is the third column's unit. Threads: HK_PACK_THREADS, else all cores.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACK = Path(os.environ.get("HIKESHI_BUILD_DIR", ROOT / "out/linux")) / "tests" / "store-test_pack_posix"


def timed(command, **options):
    """(CPU seconds, wall seconds, peak KiB) of the command and its children."""
    before = os.times()
    started = time.perf_counter()
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(p.pid, 0)
    wall = time.perf_counter() - started
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"failed: {command}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, wall, usage.ru_maxrss


def size_of(text):
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]] if text[-1] in "KMG" else int(text)


def make_tree(folder, wanted, tree):
    files = [f for f in sorted(folder.rglob("*")) if f.is_file()]
    total, made, round_ = 0, [], 0
    while total < wanted or round_ == 0:
        for f in files:
            to = tree / str(round_) / f.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(f, to)
            made.append(to)
            total += to.stat().st_size
            if wanted and total >= wanted:
                break
        round_ += 1
    return made, total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("HIKESHI_DATA", str(ROOT.parent / "shared" / "data")))
    parser.add_argument("--bytes", type=size_of, default=2 << 30)
    parser.add_argument("--runs", type=int, default=3)
    o = parser.parse_args()
    if not PACK.exists() or shutil.which("pigz") is None:
        sys.exit(f"pigz is not installed, or not built: {PACK}")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        tree = scratch / "tree"
        tree.mkdir()
        files, size = make_tree(Path(o.folder).resolve(), o.bytes, tree)
        lines = [f"evidence {('C:' + chr(92) + str(f.relative_to(tree)).replace('/', chr(92))).encode().hex()} {str(f).encode().hex()}"
                 for f in files]
        (scratch / "list").write_text("\n".join(lines) + "\n")
        print(f"{len(files)} files, {size / 1e6:.0f} MB, {os.cpu_count()} cores")
        packed, peak = {}, 0

        def ours():
            nonlocal peak
            shutil.rmtree(scratch / "out", ignore_errors=True)
            (scratch / "out").mkdir()
            env = {**os.environ, "HK_PACK_LIST": str(scratch / "list"), "HK_PACK_OUT": str(scratch / "out")}
            cpu, wall, kib = timed([PACK, "packs_what_a_list"], env=env)
            peak = max(peak, kib)
            packed["store"] = next((scratch / "out").glob("*.zip")).stat().st_size
            return cpu, wall

        def pigz1():
            cpu, wall, _ = timed(["sh", "-c", f"tar cf - . | pigz -1 > {scratch}/z.tar.gz"], cwd=tree)
            packed["pigz"] = (scratch / "z.tar.gz").stat().st_size
            return cpu, wall

        def library():
            env = {**os.environ, "HK_DEFLATE_LIST": str(scratch / "list")}
            out = subprocess.run([PACK, "deflates_alone"], env=env, capture_output=True, check=True).stdout.decode()
            return float(next(x for x in out.splitlines() if x.startswith("deflate ")).split()[3])

        ours(), pigz1()
        rows = [(ours(), pigz1(), library()) for _ in range(o.runs)]
        cpu = statistics.median(a[0] / b[0] for a, b, _ in rows)
        wall = statistics.median(a[1] / b[1] for a, b, _ in rows)
        speed = statistics.median(t / a[1] for a, _, t in rows)
        print(f"store : pigz -1     CPU {cpu:.2f}   wall {wall:.2f}   size {packed['store'] / packed['pigz']:.3f}"
              f"   ({packed['store'] / 1e6:.1f} : {packed['pigz'] / 1e6:.1f} MB)")
        print(f"store's throughput : the deflate library alone on one core {speed:.2f}   peak memory {peak / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
