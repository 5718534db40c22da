"""The same sources in another folder give the same hikeshi.exe, byte for byte."""
import os
import re
import shutil
import subprocess

import pytest
from checks import code

EXE = os.environ.get("HIKESHI_EXE", "")
FOLDERS = ("build", "collector", "modules", "yara-rules")


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_reproducible__another_folder_gives_the_same_bytes(tmp_path):
    if not os.path.isfile(EXE) or not shutil.which("ninja"):
        pytest.skip("hikeshi.exe was not built")
    first = os.path.dirname(EXE)
    run("cmake", "--build", first, "--target", "hikeshi")       # current, whatever was edited since
    copy = tmp_path / "a-folder-of-another-length"
    copy.mkdir()
    for folder in FOLDERS:
        if os.path.isdir(os.path.join(code.ROOT, folder)):
            shutil.copytree(os.path.join(code.ROOT, folder), copy / folder)
    for name in ("CMakeLists.txt", "CMakePresets.json"):
        shutil.copy(os.path.join(code.ROOT, name), copy)
    with open(os.path.join(first, "CMakeCache.txt"), encoding="utf-8") as f:
        cache = f.read()
    with open(os.path.join(first, "commit.txt"), encoding="utf-8") as f:
        commit = f.read().strip()
    prefix = re.search(r"^HK_DEPS_USED:\w+=(.*)$", cache, re.M).group(1)
    run("cmake", "--preset", "win64", "-DHK_TESTS=OFF", "-DHK_TEST_MODULES=OFF", f"-DHK_DEPS_PREFIX={prefix}",
        f"-DHK_COMMIT_IS={commit}", cwd=copy)
    run("cmake", "--build", "--preset", "win64", "--target", "hikeshi", cwd=copy)
    with open(EXE, "rb") as a, open(copy / "out" / "win64" / "hikeshi.exe", "rb") as b:
        one, other = a.read(), b.read()
    if one != other:
        at = next((i for i, (x, y) in enumerate(zip(one, other)) if x != y), min(len(one), len(other)))
        pytest.fail(f"the two differ first at byte {at} of {len(one)} and {len(other)}: "
                    f"{one[at - 16:at + 32]!r} / {other[at - 16:at + 32]!r}")
