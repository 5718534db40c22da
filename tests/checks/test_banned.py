"""Functions that our C does not call (style: WARNINGS and MEMORY)."""
import re

import pytest
from checks import code

EVERYWHERE = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|sscanf|vsscanf|gets|alloca|_alloca|system"
                        r"|LoadLibrary(?:Ex)?[AW]?|CreateFileA|wcscpy|wcscat|lstrcpy[AW]?|lstrcat[AW]?)\s*\(")
FOPEN = re.compile(r"\b(fopen|_wfopen|freopen)\s*\(")
MALLOC = re.compile(r"\b(malloc|calloc|realloc|free|strdup)\s*\(")


def found(pattern, paths):
    hits = []
    for path in paths:
        for number, line in enumerate(code.bare(code.read(path)).splitlines(), 1):
            m = pattern.search(line)
            if m:
                hits.append(f"{path}:{number}: {m.group(1)}")
    return hits


def sources(*folders):
    paths = code.files(*folders)
    if not paths:
        pytest.skip("no sources here")
    return paths


def test_banned__no_unchecked_string_functions():
    hits = found(EVERYWHERE, sources("collector", "modules", "tests"))
    hits = [h for h in hits if not (h.startswith("tests/") and h.endswith(": system"))]     # tests start programs
    # the one place where a library is loaded: by its full path below System32
    hits = [h for h in hits if not (h.startswith("collector/os/state_win32.c:") and h.endswith(": LoadLibraryExW"))]
    assert not hits, "\n".join(hits)


def test_banned__files_are_opened_in_os_and_base_only():
    paths = [p for p in sources("collector", "modules") if not p.startswith(("collector/os/", "collector/base/"))]
    hits = found(FOPEN, paths)
    assert not hits, "\n".join(hits)


def test_banned__modules_take_memory_from_their_arena():
    hits = found(MALLOC, [p for p in sources("modules") if not p.startswith(("modules/lib/", "modules/villain/"))])
    assert not hits, "\n".join(hits)


def test_banned__the_check_reads_code_not_comments():
    text = '/* strcpy(a, b) */ x("strcpy(", 1); // strcat(\nstrcpy (a, b);\nsprintf_like(1);'
    assert [m.group(1) for m in EVERYWHERE.finditer(code.bare(text))] == ["strcpy"]
