#!/usr/bin/env bash
# lock-tests.sh [test|plaso]: make test-requirements.lock from test-requirements.in (or those of plaso): every package with
# all hashes that Python 3.10 to 3.14 on Linux x86-64 may be given. Only the maintainer runs this; the build only reads the lock.
set -euo pipefail
cd "$(dirname "$0")"
name=${1:-test}-requirements
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Names and versions as pip resolves them here
PYTHONPATH=$PWD/deps/pipstub python3 -m pip install -q --dry-run --ignore-installed \
    --no-build-isolation --use-pep517 --report "$work/report.json" -r "$name.in"
python3 - "$work" "$name" <<'PY'
import json, subprocess, sys, glob, os, hashlib
work, lock = sys.argv[1:]
report = json.load(open(os.path.join(work, "report.json")))
packages = sorted((i["metadata"]["name"].lower().replace("_", "-"), i["metadata"]["version"]) for i in report["install"])
stub = os.path.join(os.getcwd(), "deps", "pipstub")


def download(name, version, into, args):
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir", "-d", into, *args,
                    f"{name}=={version}"], env=dict(os.environ, PYTHONPATH=stub), stderr=subprocess.DEVNULL, check=False)


out = [f"# Made by lock-tests.sh from {lock}.in: every package of the tests, pinned by SHA-256.\n"]
for name, version in packages:
    hashes = set()
    d = os.path.join(work, "dl", name)
    from_source = ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
    for version_of_python in ("3.10", "3.11", "3.12", "3.13", "3.14"):
        download(name, version, d, ["--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--platform",
                                    "manylinux_2_28_x86_64", "--python-version", version_of_python])
    if not glob.glob(d + "/*"):             # no wheel of it anywhere
        download(name, version, d, from_source)
    for f in glob.glob(d + "/*"):
        hashes.add(hashlib.sha256(open(f, "rb").read()).hexdigest())
    if not hashes:
        sys.exit(f"nothing could be had for {name}=={version}")
    out.append(f"{name}=={version} \\\n" + " \\\n".join(f"    --hash=sha256:{h}" for h in sorted(hashes)) + "\n")
    print(name, version, len(hashes), file=sys.stderr)
open(lock + ".lock", "w").writelines(out)
PY
