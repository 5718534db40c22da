#!/usr/bin/env bash
# venv.sh [test|plaso]: make the Python environment of test-requirements.lock (or plaso's) in the cache and print its python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/${1:-test}-requirements.lock
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
    # setuptools first: it builds the few that exist as sources only
    "${pip[@]}" install --require-hashes --no-deps -r <(sed -n '/^setuptools==/,/[0-9a-f]$/p' "$lock") >&2
    "${pip[@]}" install --require-hashes --no-deps --no-build-isolation --use-pep517 -r "$lock" >&2
    echo "$((SECONDS - started))" >"$cache/$name/complete"
    echo "made in $((SECONDS - started)) s" >&2
fi
echo "$cache/$name/bin/python"
