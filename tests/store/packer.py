"""Packs archives with the store itself (test program test_pack_posix) for the tests that open them with other people's readers."""

import os
import pathlib
import subprocess

import pytest

STARTED_AT = 1750000000.1234567


def program():
    path = pathlib.Path(os.environ.get("HIKESHI_BUILD_DIR", "out/linux")) / "tests" / "store-test_pack_posix"
    if not path.exists():
        pytest.skip(f"not built: {path}")
    return path


def run(which, **env):
    r = subprocess.run([program(), which], env={**os.environ, **{k: str(v) for k, v in env.items()}}, capture_output=True,
                       timeout=1200)
    text = r.stdout.decode()
    assert r.returncode == 0, text + r.stderr.decode()
    return text.splitlines()


def hexed(s):
    return (s if isinstance(s, bytes) else s.encode()).hex()


def pack(folder, files, extra=()):
    """files: evidence path -> content. Gives the archive's path."""
    folder = pathlib.Path(folder)
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    lines = []
    for i, (path, content) in enumerate(files.items()):
        (inputs / str(i)).write_bytes(content)
        lines.append(f"evidence {hexed(path)} {hexed(str(inputs / str(i)))}")
    for i, line in enumerate(extra):
        if line[0] == "own":
            (inputs / f"own{i}").write_bytes(line[2])
            line = ("own", line[1], hexed(str(inputs / f"own{i}")))
        elif line[0] == "sparse":  # ("sparse", path, size, [(offset, data)])
            (inputs / f"sparse{i}").write_bytes(b"".join(data for _, data in line[3]))
            pieces = ",".join(f"{at}:{len(data)}" for at, data in line[3])
            line = ("sparse", hexed(line[1]), hexed(str(inputs / f"sparse{i}")), line[2], pieces)
        elif line[0] != "result":
            line = (line[0], hexed(line[1]), *line[2:])
        lines.append(" ".join(str(x) for x in line))
    (folder / "list").write_text("\n".join(lines) + "\n")
    out = run("packs_what_a_list", HK_PACK_LIST=folder / "list", HK_PACK_OUT=folder)
    return pathlib.Path(next(x.split(" ", 1)[1] for x in out if x.startswith("archive ")))


def verdict(archive):
    out = run("gives_a_verdict", HK_VERIFY_IN=archive)
    sealed, good, bad, missing, unlisted, *first = next(x for x in out if x.startswith("verdict")).split(" ")[1:]
    return {"sealed": sealed == "1", "good": int(good), "bad": int(bad), "missing": int(missing), "unlisted": int(unlisted),
            "first": " ".join(first)}
