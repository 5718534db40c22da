# Common part of build/demo and build/test (sourced, bash): installs what is missing, builds both programs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export HIKESHI_CACHE=${HIKESHI_CACHE:-${HOME:-/root}/.cache/hikeshi}
export WINEPREFIX=${WINEPREFIX:-$HIKESHI_CACHE/wine} WINEARCH=win64 WINEDEBUG=${WINEDEBUG:--all}
export WINEDLLOVERRIDES=${WINEDLLOVERRIDES:-mscoree,mshtml=}
export DEBIAN_FRONTEND=noninteractive
# Commits are not asked for their owner: a clone made by another user is built as well.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$root

say() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_packages PACKAGE...: install what dpkg does not know as installed
apt_ready=
need_packages() {
    local missing=() p
    for p in "$@"; do
        dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    have apt-get || { echo "missing: ${missing[*]} (no apt-get here)"; return 1; }
    if [ "$(id -u)" != 0 ] && ! have sudo; then
        echo "missing: ${missing[*]} (neither root nor sudo)"; return 1
    fi
    if [ -z "$apt_ready" ]; then
        as_root apt-get -q -q update || true
        apt_ready=1
    fi
    echo "installing: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q -y --no-install-recommends install "${missing[@]}" >/dev/null
}

# What cannot be had is said; tests that need it are then reported as skipped.
want_packages() {
    need_packages "$@" || echo "not available: $* -- what needs it is skipped"
}

# The compilers, cmake 3.21 or newer, ninja, Python and git may come from elsewhere: only what is not found is installed.
prepare_build() {
    say "what is needed to build"
    local packages=(gcc-mingw-w64-x86-64 libc6-dev)
    have gcc || packages+=(gcc)
    have cmake || packages+=(cmake)
    have ninja || packages+=(ninja-build)
    have git || packages+=(git ca-certificates)
    have python3 || packages+=(python3)
    python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
    need_packages "${packages[@]}" || stop "cannot go on without: ${packages[*]}"
    have wine || want_packages wine wine64
}

prepare_tests() {
    say "what is needed to test"
    have clang || want_packages clang
    if have clang; then
        local version
        version=$(clang -dumpversion | cut -d. -f1)
        ls "$(clang -print-resource-dir)"/lib/*/libclang_rt.asan*.a >/dev/null 2>&1 || want_packages "libclang-rt-$version-dev"
    fi
    have llvm-symbolizer || want_packages llvm      # names in the sanitizers' reports
    python3 -c 'import ensurepip, venv' 2>/dev/null || want_packages python3-venv
    want_packages libscca-utils libevtx-utils libregf-utils libesedb-utils     # readers to compare with
    want_packages sleuthkit libfsntfs-utils qemu-utils    # NTFS: to compare with; disk images to raw ones
    want_packages ewf-tools                               # to make E01 images, and to compare with
    want_packages ntfs-3g ntfs-3g-dev fuse3 libwim15     # NTFS: to make images (mounting needs root and /dev/fuse)
    want_packages age
    want_packages minisign
    have unzip || want_packages unzip
    have 7z || want_packages p7zip-full
    want_packages age minisign                      # what opens and checks what we encrypt and sign
    prepare_plaso
}

# Plaso has an environment of its own; where it cannot be made, its test is skipped.
prepare_plaso() {
    local python
    if python=$("$root/build/venv.sh" plaso); then
        HIKESHI_PLASO=$(dirname "$python")
        export HIKESHI_PLASO
    else
        echo "not available: plaso -- what needs it is skipped"
    fi
}

# Clang with the sanitizers' run-time library
can_sanitize() {
    have clang && echo 'int main(void){return 0;}' | clang -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null
}

build_preset() {
    say "building: $1"
    cmake --preset "$1" "${@:2}" -Wno-dev >"$root/out/$1.configure.log" 2> >(tee -a "$root/out/$1.configure.log" >&2) ||
        { tail -n 30 "$root/out/$1.configure.log"; stop "configuring $1 failed"; }
    cmake --build --preset "$1" >"$root/out/$1.build.log" 2>&1 ||
        { grep -E -A12 'error|FAILED' "$root/out/$1.build.log" | head -n 80; stop "building $1 failed: out/$1.build.log"; }
}

build_programs() {
    mkdir -p "$root/out"
    build_preset linux "$@"
    build_preset win64
    ls -l out/linux/hikeshi out/win64/hikeshi.exe
}

prepare_wine() {
    have wine || return 1
    if [ ! -e "$WINEPREFIX/system.reg" ]; then
        say "first start of Wine"
        mkdir -p "$(dirname "$WINEPREFIX")"
        timeout 300 wine wineboot -i >/dev/null 2>&1 || return 1
        timeout 60 wineserver -w || true
    fi
}

# collect WHO COMMAND...: exit code 1 means done, and some evidence was damaged or denied; the report says which
collect() {
    local code=0
    "${@:2}" || code=$?
    [ "$code" -le 1 ] || stop "$1 ended with exit code $code"
}

# run_demo: a demonstration PC, examined by the native program and by hikeshi.exe under Wine
run_demo() {
    local pc=$root/out/demo/pc
    say "making a demonstration PC: out/demo/pc"
    rm -rf out/demo
    mkdir -p out/demo
    (cd tests && PYTHONDONTWRITEBYTECODE=1 python3 -m forge --story web --out "$pc" --plain-names)
    # What the story is about happened then; "no sign" is said of a time, by default of the last 30 days.
    local since
    since=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["window"]["from"])' "$pc/truth.json")
    say "the native program"
    mkdir -p out/demo/native
    collect "the native program" out/linux/hikeshi collect --source "$pc" --since "$since" --out out/demo/native
    if prepare_wine; then
        say "hikeshi.exe under Wine"
        mkdir -p out/demo/wine
        collect "hikeshi.exe" wine out/win64/hikeshi.exe collect --source "$(winepath -w "$pc")" --since "$since" \
            --out "$(winepath -w "$root/out/demo/wine")"
    else
        echo "Wine is not to be had here: hikeshi.exe was built but not run"
    fi
    say "results"
    local d f
    for d in native wine; do
        [ -d "out/demo/$d" ] || continue
        f=$(find "$root/out/demo/$d" -name 'HIKESHI_*.zip' | head -n 1)
        [ -n "$f" ] || stop "no archive in out/demo/$d"
        echo "$d: archive $f"
        f=$(find "$root/out/demo/$d" -name '*.html' | head -n 1)
        [ -n "$f" ] || stop "no report in out/demo/$d"
        echo "$d: report  $f"
    done
}
