#!/usr/bin/env bash
# Build the third-party libraries for one target and print the folder they were installed to.
#   build/deps.sh linux|win64|asan
# Built once: the folder's name is made of the hash of deps.lock, the target, and the hash of the recipe and compiler.
# The cache is $HIKESHI_CACHE, else ~/.cache/hikeshi; it may be deleted at any time.
set -euo pipefail
target=${1:?usage: build/deps.sh linux|win64|asan}
here=$(cd "$(dirname "$0")" && pwd)
lock=${HIKESHI_LOCK:-$here/deps.lock}
cache=${HIKESHI_CACHE:-${HOME:-/root}/.cache/hikeshi}

args=()
case $target in
linux) compiler=${CC:-gcc}; args+=("-DCMAKE_C_COMPILER=$compiler") ;;
win64) compiler=x86_64-w64-mingw32-gcc; args+=("-DCMAKE_TOOLCHAIN_FILE=$here/toolchain/win64.cmake") ;;
asan)
    compiler=clang
    sanitize=address,undefined
    # libFuzzer's coverage hooks, where clang has the run-time library for them
    if ls "$("$compiler" -print-resource-dir)"/lib/*/libclang_rt.fuzzer*.a >/dev/null 2>&1; then
        sanitize+=,fuzzer-no-link
    fi
    args+=("-DCMAKE_TOOLCHAIN_FILE=$here/toolchain/clang.cmake" "-DHK_SANITIZE=$sanitize") ;;
*) echo "deps.sh: unknown target $target" >&2; exit 2 ;;
esac

lock_hash=$(sha256sum <"$lock" | cut -c1-16)
recipe_hash=$( (cd "$here" && find deps toolchain -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 cat; \
    "$compiler" --version; printf '%s\n' "${sanitize:-}") | sha256sum | cut -c1-12)
base=$cache/$lock_hash
prefix=$base/$target-$recipe_hash
mkdir -p "$base"
exec 9>"$base/.lock-$target"
flock 9
if [ ! -e "$prefix/complete" ]; then
    (flock 8 && python3 "$here/fetch.py" "$lock" "$base") 8>"$base/.lock-fetch"
    started=$SECONDS
    work=$base/.work-$target
    log=$base/$target.log
    rm -rf "$work" "$prefix"
    echo "building third-party libraries for $target (log: $log)" >&2
    if ! { cmake -S "$here/deps" -B "$work" -G Ninja -DSRC="$base/src" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_INSTALL_PREFIX="$prefix" "${args[@]}" && cmake --build "$work" --target install; } >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "deps.sh: building third-party libraries for $target failed; the whole log is $log" >&2
        exit 1
    fi
    rm -rf "$work"
    echo "$((SECONDS - started))" >"$prefix/complete"
    echo "built in $((SECONDS - started)) s" >&2
fi
echo "$prefix"
