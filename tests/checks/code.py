"""Reading our own C files, for the checks: which there are, and what they say without comments and strings."""
import os
import re

ROOT = os.environ.get("HIKESHI_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*folders, endings=(".c", ".h", ".def")):
    """Paths below the project's root, with '/', in order."""
    found = []
    for folder in folders:
        for where, dirs, names in os.walk(os.path.join(ROOT, folder)):
            dirs.sort()
            found += [os.path.relpath(os.path.join(where, n), ROOT).replace(os.sep, "/")
                      for n in names if n.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def bare(text):
    """The code without comments and without the insides of strings; line numbers stay."""
    def blank(m):
        t = m.group(0)
        if t[0] in "\"'":
            return t[0] + t[0]
        return "\n" * t.count("\n") or " "
    return _TOKEN.sub(blank, text)


def includes(path):
    """[(line number, text between the quotes, True for "..." or False for <...>)]"""
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if m:
            found.append((number, m.group(2), m.group(1) == '"'))
    return found
