#!/usr/bin/env python3
"""Write files as one C table: embed.py [--deflate] NAME OUT.c FILE...   (see embed/embed.h)"""
import os
import sys
import zlib


def literal(data):
    """C string literals of 64 bytes a line; three-digit octal, so that no digit after an escape joins it"""
    for at in range(0, len(data), 64):
        chars = []
        for b in data[at:at + 64]:
            c = chr(b)
            chars.append(c if 32 <= b < 127 and c not in '"\\?' else f"\\{b:03o}")
        yield '    "' + "".join(chars) + '"\n'


def main():
    args = sys.argv[1:]
    deflate = args[0] == "--deflate"
    name, out, *files = args[1:] if deflate else args
    files.sort(key=os.path.basename)
    names = [os.path.basename(f) for f in files]
    if len(set(names)) != len(names):
        sys.exit(f"embed: two files of one name in {name}: {names}")
    text = ['#include "embed.h"\n']
    rows = []
    for i, path in enumerate(files):
        with open(path, "rb") as f:
            raw = f.read()
        data = zlib.compress(raw, 9) if deflate else raw
        if len(data) == len(raw):    # equal sizes mean "not compressed"
            data = raw
        text.append(f"static const unsigned char d{i}[{len(data) + 1}] =\n")
        text.extend(literal(data) if data else ['    ""\n'])
        text.append("    ;\n")
        rows.append(f'    {{.name = "{names[i]}", .data = d{i}, .size = {len(data)}, .raw_size = {len(raw)}}},\n')
    text.append(f"const struct hk_embed hk_embed_{name}[] = {{\n")
    text.extend(rows)
    text.append("    {.name = NULL, .data = NULL, .size = 0, .raw_size = 0},\n};\n")
    text.append(f"const size_t hk_embed_{name}_count = {len(files)};\n")
    with open(out, "w", encoding="ascii") as f:
        f.write("".join(text))


main()
