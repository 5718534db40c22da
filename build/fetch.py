#!/usr/bin/env python3
"""Fetch and unpack the archives named in deps.lock: fetch.py LOCK FOLDER

FOLDER/dl gets the archives, FOLDER/src their contents. pip does the fetching, so index, mirror, proxy and certificates
are what the user configured for pip; it refuses an archive whose SHA-256 is not the lock's. A stub build backend
(deps/pipstub) is put first on its path, so that pip runs no code of any archive and fetches no build requirements.
What already lies in FOLDER/dl is hashed again before it is unpacked. A wrong archive stops the build with its name.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))


def read_lock(path):
    """[(name, version, sha256)]"""
    wanted = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#") or line.startswith("--no-binary"):
                continue
            m = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._-]+) --hash=sha256:([0-9a-f]{64})", line)
            if not m:
                sys.exit(f"{path}:{number}: not 'name==version --hash=sha256:<64 hex digits>': {line}")
            wanted.append(m.groups())
    return wanted


def archive_name(name, version):
    return f"{re.sub(r'[-.]+', '_', name)}-{version}.tar.gz"


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def wrong_archives(wanted, dl):
    """(missing, [(name, digest found, digest wanted)])"""
    missing, wrong = [], []
    for name, version, digest in wanted:
        path = os.path.join(dl, archive_name(name, version))
        if not os.path.exists(path):
            missing.append(os.path.basename(path))
            continue
        found = sha256(path)
        if found != digest:
            wrong.append((os.path.basename(path), found, digest))
    return missing, wrong


def download(lock, dl):
    env = dict(os.environ)
    env["PYTHONPATH"] = os.path.join(HERE, "deps", "pipstub")
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "--no-cache-dir",
         "--no-build-isolation", "--use-pep517", "-d", dl, "-r", lock],
        env=env, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        sys.exit("fetch: pip refused or could not fetch an archive of deps.lock; its message above names it")


def unpack(archive, into):
    """Regular files and folders below `into` only; an archive that wants anything else is refused."""
    with tarfile.open(archive, "r:gz") as t:
        for m in t:
            parts = m.name.split("/")
            if m.name.startswith("/") or ".." in parts or not (m.isfile() or m.isdir()):
                sys.exit(f"{os.path.basename(archive)}: refused entry {m.name}")
            target = os.path.join(into, *parts)
            if m.isdir():
                os.makedirs(target, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with t.extractfile(m) as source, open(target, "wb") as out:
                shutil.copyfileobj(source, out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lock, folder = sys.argv[1:]
    wanted = read_lock(lock)
    dl, src, stamp = (os.path.join(folder, n) for n in ("dl", "src", "unpacked"))
    if os.path.exists(stamp):
        return
    os.makedirs(dl, exist_ok=True)
    missing, wrong = wrong_archives(wanted, dl)
    if missing and not wrong:
        print(f"fetching {len(wanted)} archives named in {lock}", file=sys.stderr)
        download(lock, dl)
        missing, wrong = wrong_archives(wanted, dl)
    for name, found, digest in wrong:
        print(f"fetch: {name}: SHA-256 is {found}, the lock says {digest}", file=sys.stderr)
    for name in missing:
        print(f"fetch: {name}: not delivered", file=sys.stderr)
    if wrong or missing:
        sys.exit("fetch: stopped; nothing was unpacked")
    shutil.rmtree(src, ignore_errors=True)
    for name, version, _ in wanted:
        unpack(os.path.join(dl, archive_name(name, version)), src)
    with open(stamp, "w", encoding="utf-8") as f:
        f.write("done\n")


main()
