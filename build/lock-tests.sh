#!/usr/bin/env bash
# Make test-requirements.lock from test-requirements.in: every package with all hashes that Python 3.10 to 3.14 on
# Linux x86-64 may be given. Only the maintainer runs this; the build only reads the lock.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source_only=$(grep -oE '^lib[a-z]+-python' test-requirements.in | paste -sd,)
# Names and versions as pip resolves them here
python3 -m pip install -q --dry-run --ignore-installed --no-binary "$source_only" --report "$work/report.json" \
    -r test-requirements.in
python3 - "$work" <<'PY'
import json, subprocess, sys, glob, os, hashlib
work = sys.argv[1]
report = json.load(open(os.path.join(work, "report.json")))
packages = sorted((i["metadata"]["name"].lower().replace("_", "-"), i["metadata"]["version"]) for i in report["install"])
stub = os.path.join(os.getcwd(), "deps", "pipstub")
out = ["# Made by lock-tests.sh from test-requirements.in: every package of the tests, pinned by SHA-256.\n"]
for name, version in packages:
    hashes = set()
    d = os.path.join(work, "dl", name)
    source = name.startswith("lib") and name.endswith("-python")
    runs = [["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]] if source else \
           [["--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64",
             "--python-version", v] for v in ("3.10", "3.11", "3.12", "3.13", "3.14")]
    for args in runs:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir", "-d", d, *args,
                        f"{name}=={version}"], env=dict(os.environ, PYTHONPATH=stub if source else ""),
                       stderr=subprocess.DEVNULL, check=False)
    for f in glob.glob(d + "/*"):
        hashes.add(hashlib.sha256(open(f, "rb").read()).hexdigest())
    if not hashes:
        sys.exit(f"nothing could be had for {name}=={version}")
    out.append(f"{name}=={version} \\\n" + " \\\n".join(f"    --hash=sha256:{h}" for h in sorted(hashes)) + "\n")
    print(name, version, len(hashes), file=sys.stderr)
open("test-requirements.lock", "w").writelines(out)
PY
