#!/usr/bin/env python3
"""Times our commands beside a peer's in the same run and prints ratios. See README.md."""

import argparse
import gzip
import lzma
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
HIKESHI = os.environ.get("HIKESHI", str(ROOT / "out/linux/hikeshi"))


def measure(commands):
    """Runs the commands one after the other; returns (CPU seconds, wall seconds) of them all."""
    before = os.times()
    started = time.perf_counter()
    for command in commands:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - started
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, wall


def compare(name, ours, peer_name, peer, runs):
    if shutil.which(peer[0][0]) is None and not Path(peer[0][0]).exists():
        print(f"{name:10} {peer_name:24} not installed: left out")
        return
    measure(ours), measure(peer)
    pairs = [(measure(ours), measure(peer)) for _ in range(runs)]
    cpu = [statistics.median(p[i][0] for p in pairs) for i in (0, 1)]
    wall = [statistics.median(p[i][1] for p in pairs) for i in (0, 1)]
    ratio = [statistics.median(p[0][k] / max(p[1][k], 1e-6) for p in pairs) for k in (0, 1)]
    print(f"{name:10} {peer_name:24} CPU s {cpu[0]:7.3f} : {cpu[1]:7.3f}  ratio {ratio[0]:6.2f}   "
          f"wall s {wall[0]:7.3f} : {wall[1]:7.3f}  ratio {ratio[1]:6.2f}")


def each(tool, files, *options):
    return [[tool, *options, str(f)] for f in files]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", default=os.environ.get("HIKESHI_DATA", str(ROOT.parent / "shared" / "data")))
    o = parser.parse_args()
    data = Path(o.data)
    if not data.is_dir():
        sys.exit(f"no real evidence at {data}: name it with --data")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        prefetch = sorted((data / "prefetch").glob("[!b]*/**/*.pf"))
        logs = sorted((data / "evtx").glob("**/*.evtx"))
        hives = sorted(f for f in (data / "registry").glob("*/*") if f.open("rb").read(4) == b"regf")
        cache = scratch / "WebCacheV01.dat"
        cache.write_bytes(lzma.open(data / "webcache" / "WebCacheV01.dat.xz").read())

        def parse(module, files):
            return [[HIKESHI, "parse", module, *map(str, files)]]

        def prefetch_job():
            compare("prefetch", parse("prefetch", prefetch), "sccainfo", each("sccainfo", prefetch), o.runs)

        def eventlog_job():
            compare("eventlog", parse("eventlog", logs), "evtxexport", each("evtxexport", logs), o.runs)
            reader = "import sys,evtx\nfor f in sys.argv[1:]:\n  for r in evtx.PyEvtxParser(f).records_json(): sys.stdout.write(r['data'])\n"
            compare("eventlog", parse("eventlog", logs), "evtx (Rust, by Python)", [[sys.executable, "-c", reader, *map(str, logs)]], o.runs)

        def registry_job():
            compare("registry", parse("registry", hives), "regfexport", each("regfexport", hives), o.runs)

        def webcache_job():
            target = scratch / "export"
            export = [["rm", "-rf", f"{target}.export"], ["esedbexport", "-t", str(target), str(cache)]]
            if shutil.which("esedbexport"):
                compare("webcache", parse("webcache", [cache]), "esedbexport", export, o.runs)

        def usn_job():
            journal = scratch / "$J"
            journal.write_bytes(gzip.decompress((data / "ntfs" / "usnjrnl" / "$J.gz").read_bytes()))
            reader = ("import sys\nfrom dissect.ntfs.usnjrnl import UsnJrnl\n"
                      "for r in UsnJrnl(open(sys.argv[1],'rb')).records(): print(r.record, r.timestamp, r.filename)\n")
            compare("usn", parse("usn", [journal]), "dissect.ntfs (Python)", [[sys.executable, "-c", reader, str(journal)]], min(o.runs, 3))

        def mft_job():
            from forge import mft, times
            at = times.jst(2026, 3, 1)
            made = [mft.File(f"Users/u{i % 40}/Documents/d{i % 900}/file{i:06d}.docx", at + i * 12345, 5000) for i in range(100_000)]
            table = scratch / "$MFT"
            table.write_bytes(mft.build(made, at))
            peer = [["mft_dump", "-o", "csv", str(table)]]
            compare("mft", [[HIKESHI, "ls", str(table), "--bodyfile", "--deleted"]], "mft_dump (lists all)", peer, o.runs)
            compare("mft", parse("mft", [table]), "mft_dump (lists all)", peer, o.runs)

        def collect_job():
            from forge import assemble_pc
            assemble_pc(scratch / "pc", data)
            out = scratch / "out"
            ours = [["rm", "-rf", str(out)], ["mkdir", str(out)],
                    [HIKESHI, "collect", "--quiet", "--source", str(scratch / "pc"), "--out", str(out)]]
            peer = [["rm", "-f", str(scratch / "x.zip")], ["zip", "-1", "-q", "-r", str(scratch / "x.zip"), str(scratch / "pc")]]
            compare("collect", ours, "zip -1 (packs only)", peer, o.runs)

        jobs = {"prefetch": prefetch_job, "eventlog": eventlog_job, "registry": registry_job, "webcache": webcache_job,
                "usn": usn_job, "mft": mft_job, "collect": collect_job}
        for name in o.jobs or jobs:
            jobs[name]()


if __name__ == "__main__":
    main()
