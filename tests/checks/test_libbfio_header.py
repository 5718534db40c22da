"""build/deps/include/libbfio.h declares what the archives' libbfio defines: the same return types and parameters."""
import glob
import hashlib
import os
import re

import pytest
from checks import code


def prototypes(text, start):
    """{name: normalised prototype} of declarations whose name begins with `start`"""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"^\s*#.*?(?<!\\)$", " ", text, flags=re.M).replace("\\\n", " ").replace("LIBBFIO_EXTERN", " ")
    found = {}
    for m in re.finditer(r"\b((?:int|ssize_t|off64_t)\s+(" + start + r"\w+)\s*\((?:[^;{}])*\))\s*;", text):
        flat = re.sub(r"\s+", " ", m.group(1))
        found[m.group(2)] = re.sub(r"\s*([(),*])\s*", r"\1", flat)
    return found


def test_libbfio_header__agrees_with_the_archive():
    cache = os.environ.get("HIKESHI_CACHE") or os.path.expanduser("~/.cache/hikeshi")
    with open(os.path.join(code.ROOT, "build", "deps.lock"), "rb") as f:
        folder = os.path.join(cache, hashlib.sha256(f.read()).hexdigest()[:16], "src")
    theirs = {}
    for name in ("libbfio_handle.h", "libbfio_memory_range.h"):
        for path in glob.glob(os.path.join(folder, "libevtx_python-*", "libbfio", name)):
            with open(path, encoding="utf-8") as f:
                theirs.update(prototypes(f.read(), "libbfio_"))
    if not theirs:
        pytest.skip("the archives are not unpacked here")
    ours = prototypes(code.read("build/deps/include/libbfio.h"), "libbfio_")
    assert len(ours) >= 10
    for name, prototype in ours.items():
        assert prototype == theirs.get(name), name
