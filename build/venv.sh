#!/usr/bin/env bash
# Make the Python environment of the tests (test-requirements.lock) in the cache and print its python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/test-requirements.lock
cache=${HIKESHI_CACHE:-${HOME:-/root}/.cache/hikeshi}
python=${HIKESHI_PYTHON:-python3}
name=venv-$( (cat "$lock"; "$python" -VV) | sha256sum | cut -c1-16)
mkdir -p "$cache"
exec 9>"$cache/.lock-$name"
flock 9
if [ ! -e "$cache/$name/complete" ]; then
    echo "making the Python environment of the tests in $cache/$name" >&2
    started=$SECONDS
    rm -rf "${cache:?}/$name"
    "$python" -m venv "$cache/$name"
    pip=("$cache/$name/bin/python" -m pip --disable-pip-version-check -q)
    # Four packages are C sources: they are built two at a time, with the setuptools of the lock.
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    "$python" - "$lock" "$work" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
parts = re.findall(r"^[a-z0-9][^\n]*\\\n(?:    --hash=[^\n]*\n)+", text, re.M)
native = [p for p in parts if re.match(r"lib[a-z]+-python==", p)]
for p in native:
    open(f"{sys.argv[2]}/{p.split('==')[0]}.native", "w").write(p)
first = [p for p in parts if p.startswith("setuptools==")]
open(sys.argv[2] + "/first", "w").writelines(first)
open(sys.argv[2] + "/rest", "w").writelines(p for p in parts if p not in native and p not in first)
PY
    for part in first rest; do
        "${pip[@]}" install --require-hashes --no-deps --no-build-isolation -r "$work/$part" >&2
    done
    if ! ls "$work"/*.native | xargs -P 2 -I{} "${pip[@]}" install --require-hashes --no-deps --no-build-isolation \
        --no-binary :all: -r {} >"$work/log" 2>&1; then
        # They are readers to compare with: tests that need a missing one are reported as skipped.
        tail -n 20 "$work/log" >&2
        echo "venv.sh: not all of libyal's Python readers could be built; tests that need them will be skipped" >&2
    fi
    echo "$((SECONDS - started))" >"$cache/$name/complete"
    echo "made in $((SECONDS - started)) s" >&2
fi
echo "$cache/$name/bin/python"
