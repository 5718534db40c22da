#!/usr/bin/env python3
"""Packs one folder of real evidence with the store, zip -1 and pigz -1, A B A B, and prints ratios; never a test.

    python3 tests/bench/bench_store.py [FOLDER] [--runs N]

The store also works out SHA-256 and MD5 of every file and of the archive; the peers do not.
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
    before = os.times()
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, **options)
    wall = time.perf_counter() - started
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=os.environ.get("HIKESHI_DATA", str(ROOT.parent / "shared" / "data")))
    parser.add_argument("--runs", type=int, default=3)
    o = parser.parse_args()
    folder = Path(o.folder).resolve()
    files = [f for f in sorted(folder.rglob("*")) if f.is_file()]
    if not files or not PACK.exists():
        sys.exit(f"nothing to pack in {folder}, or not built: {PACK}")
    size = sum(f.stat().st_size for f in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        lines = [f"evidence {('C:' + chr(92) + str(f.relative_to(folder)).replace('/', chr(92))).encode().hex()} {str(f).encode().hex()}"
                 for f in files]
        (scratch / "list").write_text("\n".join(lines) + "\n")
        out = {}

        def ours():
            shutil.rmtree(scratch / "out", ignore_errors=True)
            (scratch / "out").mkdir()
            env = {**os.environ, "HK_PACK_LIST": str(scratch / "list"), "HK_PACK_OUT": str(scratch / "out")}
            t = timed([PACK, "packs_what_a_list"], env=env)
            out["store"] = next((scratch / "out").glob("*.zip")).stat().st_size
            return t

        def zip1():
            (scratch / "z.zip").unlink(missing_ok=True)
            t = timed(["zip", "-1", "-q", "-r", scratch / "z.zip", "."], cwd=folder)
            out["zip -1"] = (scratch / "z.zip").stat().st_size
            return t

        def pigz1():
            t = timed(["sh", "-c", f"tar cf - . | pigz -1 > {scratch}/z.tar.gz"], cwd=folder)
            out["pigz -1"] = (scratch / "z.tar.gz").stat().st_size
            return t

        ours()
        for name, peer in (("zip -1", zip1), ("pigz -1", pigz1)):
            if shutil.which(name.split(" ")[0]) is None:
                print(f"{name:8} not installed: left out")
                continue
            peer()
            pairs = [(ours(), peer()) for _ in range(o.runs)]
            cpu, wall = (statistics.median(a[k] / b[k] for a, b in pairs) for k in (0, 1))
            print(f"store : {name:8} CPU {cpu:.2f}   wall {wall:.2f}   size {out['store'] / out[name]:.3f}   "
                  f"({out['store'] / 1e6:.1f} : {out[name] / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
