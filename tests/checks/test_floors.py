"""The floors of collector/README.md: a file includes only what stands lower, or its own floor; no circles."""
import os

import pytest
from checks import code

# Lower number, lower floor. Floors of one number stand beside each other and do not see each other.
FLOORS = {"embed": 0, "base": 1, "os": 2, "record": 2, "ntfs": 2, "source": 3, "store": 3, "module.h": 4, "answer": 4,
          "acquire": 5, "examine": 5, "report": 5, "modules": 5, "run": 6, "main": 7}

# A module sees the records, module.h, the base and the pure NTFS parsers: nothing of the machine, the store, the case or the report.
MODULES_SEE = {"base", "record", "ntfs", "module.h", "embed"}

# Third-party headers, and the floors (or folders) that may name them.
LIBRARIES = {
    "libesedb": ["modules/"], "libregf": ["modules/"], "libevtx": ["modules/"], "libbfio": ["modules/"],
    "yara": ["modules/"],
    "sqlite3": ["collector/answer/", "collector/report/", "modules/lib/"],
    "zlib-ng": ["collector/base/", "collector/source/disk/", "collector/store/", "modules/lib/"],
    "sodium": ["collector/store/"], "yaml": ["collector/acquire/"],
}


def floor_of(path):
    parts = path.split("/")
    if parts[0] == "modules":
        return "modules"
    if parts[0] == "build":
        return "embed"
    if path == "collector/module.h":
        return "module.h"
    if path == "collector/main.c":
        return "main"
    return parts[1]


def resolve(path, name):
    """The project's file that `#include "name"` in `path` means, or None."""
    for folder in (os.path.dirname(path), "collector", "modules", "build/embed"):
        candidate = os.path.normpath(os.path.join(folder, name)).replace(os.sep, "/")
        if os.path.isfile(os.path.join(code.ROOT, candidate)):
            return candidate
    return None


def arrow_is_wrong(path, target):
    """Why `path` may not include `target`, or None."""
    here, there = floor_of(path), floor_of(target)
    if here not in FLOORS or there not in FLOORS:
        return f"unknown floor: {here if here not in FLOORS else there}"
    if here == there:
        if here != "modules":
            return None
        mine, theirs = path.split("/")[1], target.split("/")[1]
        if "/" not in target[len("modules/"):] or theirs in (mine, "lib"):
            return None
        if "/" not in path[len("modules/"):]:
            return None                     # modules.c and modules.def name all modules
        return f"module {mine} includes module {theirs}"
    if FLOORS[there] >= FLOORS[here]:
        return f"{here} includes {'upwards' if FLOORS[there] > FLOORS[here] else 'sideways'}: {there}"
    if here == "modules" and there not in MODULES_SEE:
        return f"a module may not see {there}"
    return None


def sources():
    # The villain is a module that does on purpose what modules must not.
    found = [p for p in code.files("collector", "modules") if not p.startswith("modules/villain/")]
    if not found:
        pytest.skip("no sources here")
    return found


def test_floors__no_include_goes_up_or_sideways():
    wrong = []
    for path in sources():
        for number, name, quoted in code.includes(path):
            if not quoted:
                continue
            target = resolve(path, name)
            if target is None:
                wrong.append(f'{path}:{number}: "{name}" is no file of the project')
                continue
            why = arrow_is_wrong(path, target)
            if why:
                wrong.append(f"{path}:{number}: {why} ({name})")
    assert not wrong, "\n".join(wrong)


def test_floors__no_include_circles():
    graph = {}
    for path in sources():
        graph[path] = [t for _, n, q in code.includes(path) if q for t in [resolve(path, n)] if t]
    done, circles = set(), []

    def walk(path, trail):
        if path in trail:
            circles.append(" -> ".join(trail[trail.index(path):] + [path]))
            return
        if path in done:
            return
        for target in graph.get(path, []):
            walk(target, trail + [path])
        done.add(path)

    for path in graph:
        walk(path, [])
    assert not circles, "\n".join(circles)


def test_floors__evidence_is_parsed_by_libraries_in_modules_only():
    wrong = []
    for path in sources():
        for number, name, _ in code.includes(path):
            stem = name.split("/")[0].split(".h")[0]
            allowed = LIBRARIES.get(stem)
            if allowed and not any(path.startswith(a) for a in allowed):
                wrong.append(f"{path}:{number}: {name} belongs in {' or '.join(allowed)}")
    assert not wrong, "\n".join(wrong)


def test_floors__platform_headers_stay_in_platform_files():
    wrong = []
    for path in sources():
        stem = os.path.splitext(path)[0]
        for number, name, quoted in code.includes(path):
            low = name.lower()
            windows = low in ("windows.h", "winioctl.h", "winternl.h", "ntsecapi.h", "aclapi.h", "shlobj.h", "psapi.h", "tlhelp32.h")
            linux = low.startswith(("sys/", "linux/")) and low != "sys/types.h" or low in ("unistd.h", "pthread.h", "dirent.h")
            if windows and not stem.endswith("_win32"):
                wrong.append(f"{path}:{number}: {name} outside *_win32")
            if linux and not stem.endswith(("_posix", "_linux")):
                wrong.append(f"{path}:{number}: {name} outside *_posix and *_linux")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path, target, wrong", [
    ("collector/base/a.c", "collector/os/os.h", True),
    ("collector/os/a.c", "collector/record/record.h", True),
    ("collector/store/a.c", "collector/record/record.h", False),
    ("modules/mail/mail.c", "modules/prefetch/prefetch.h", True),
    ("modules/mail/mail.c", "modules/lib/esedb.h", False),
    ("modules/lib/esedb.c", "modules/mail/mail.h", True),
    ("modules/mail/mail.c", "collector/store/store.h", True),
    ("modules/mail/mail.c", "collector/module.h", False),
    ("collector/answer/a.c", "modules/lib/a.h", True),
    ("collector/run/a.c", "modules/modules.h", False),
])
def test_floors__the_check_sees_wrong_arrows(path, target, wrong):
    assert bool(arrow_is_wrong(path, target)) == wrong
