"""What Velociraptor's import (0.77) accepts, as a validator: problems(path) lists every rule an archive breaks.

Each rule was found by trying variants of an archive against a running server: what is dropped without a message, what
fails, and what ends the server's process. The reader of the ZIP structure is this file's own, because Python's zipfile
opens archives that Velociraptor's does not.
"""

import json
import re
import struct
import zipfile

RESERVED_TOP = {"hunt_info.json", "data.zip", "metadata.json", "logs.json"}
MUST_ESCAPE = set('?"*:|<>\\')
JSONL = re.compile(r"^(uploads\.json|log\.json|results/.*\.json)$")


class Duplicate(ValueError):
    pass


def _no_twins(pairs):
    keys = [k for k, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Duplicate(f"a key twice: {sorted(keys)}")
    return dict(pairs)


def _no_floats(text):
    raise ValueError(f"{text} is no integer")


def _load(text):
    return json.loads(text, object_pairs_hook=_no_twins, parse_float=_no_floats)


def unescape(component):
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), component.encode())
    return raw.decode()


def _container(path, say):
    data_tail_size = 65557 + 76
    with open(path, "rb") as f:
        f.seek(0, 2)
        size = f.tell()
        f.seek(max(0, size - data_tail_size))
        tail = f.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        return say("no end record")
    disk, first, here, n, cd_size, cd_at, comment = struct.unpack("<HHHHIIH", tail[at + 4 : at + 22])
    if disk or first:
        say("several disks")
    if at + 22 + comment != len(tail):
        say("bytes behind the end record")
    locator = tail[at - 20 : at][:4] == b"PK\6\7"
    full = (here, n, cd_size, cd_at) == (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    any_full = n == 0xFFFF or cd_size == 0xFFFFFFFF or cd_at == 0xFFFFFFFF
    if locator and not full:
        say("ZIP64 end record, but the classic one is not saturated in all fields: not a valid zip file")
    if any_full and not full:
        say("only some classic fields are saturated: Seek: invalid offset")
    if full and not locator:
        say("saturated end record without ZIP64 locator")
    return None


def _names(infos, say):
    seen = {}
    for i in infos:
        name = i.filename
        if i.orig_filename != name:
            say(f"{name}: name changes on reading")
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            say(f"{name!r}: not UTF-8")
        if any(ord(c) > 127 for c in name) and not i.flag_bits & 0x800:
            say(f"{name}: not ASCII and without the UTF-8 flag")
        if name.startswith("/") or "//" in name:
            say(f"{name}: empty component")
        for part in name.rstrip("/").split("/"):
            if part in (".", "..") or unescape(part) in (".", ".."):
                say(f"{name}: climbs")
            if set(part) & MUST_ESCAPE or any(ord(c) < 32 for c in part):
                say(f"{name}: unescaped character")
            if part[:1] in (".", " ") or part[-1:] in (".", " "):
                say(f"{name}: dot or space at an end")
            if re.search(r"%(?![0-9A-F]{2})", part):
                say(f"{name}: bare percent sign")
            stem = part.split(".")[0].split("%3A")[0].rstrip(" ").upper()
            if re.fullmatch(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]", stem):
                say(f"{name}: device name")
            if len(part.encode()) > 255:
                say(f"{name}: component longer than 255 bytes")
        if len("".join(c if ord(c) < 128 else "%XX" * len(c.encode()) for c in name)) > 3500:
            say(f"{name}: too long for the server's disk")
        for key in {name.rstrip("/").casefold(), name.rstrip("/").lower(), name.rstrip("/").upper()}:
            if seen.setdefault(key, name) != name:
                say(f"{name} and {seen[key]} differ in case only: both get the first one's bytes")
        if name in RESERVED_TOP:
            say(f"{name}: means something else to the import")
        if i.compress_type not in (0, 8):
            say(f"{name}: method {i.compress_type} is not imported")
        if i.flag_bits & 1:
            say(f"{name}: encrypted")
    names = [i.filename for i in infos]
    if len(set(names)) != len(names):
        say("a name twice")
    there = set(names)
    for name in names:
        parts = name.rstrip("/").split("/")
        for k in range(1, len(parts)):
            if "/".join(parts[:k]) + "/" not in there:
                say(f"{name}: no directory entry for its folder (plaso sees nothing in it)")
                break


def _json_text(z, name, say):
    raw = z.read(name)
    if raw.startswith(b"\xef\xbb\xbf"):
        say(f"{name}: byte order mark")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        say(f"{name}: not UTF-8")
        return None


def _lines(z, name, say):
    text = _json_text(z, name, say)
    if not text:
        return []
    if not text.endswith("\n"):
        say(f"{name}: last line without newline is lost in silence")
    rows = []
    for line in text.split("\n"):
        if not line:
            continue
        try:
            row = json.loads(line, object_pairs_hook=_no_twins)
        except ValueError as e:
            say(f"{name}: {e}")
            continue
        if not isinstance(row, dict):
            say(f"{name}: a line that is no object")
            continue
        rows.append(row)
    return rows


def _is_count(v):
    return isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**63


def _context(z, names, say):
    if "collection_context.json" not in names:
        return say("collection_context.json missing: nothing is imported")
    text = _json_text(z, "collection_context.json", say)
    try:
        c = _load(text)
    except (ValueError, TypeError) as e:
        return say(f"collection_context.json: {e}: ends the server's process")
    if not isinstance(c, dict):
        return say("collection_context.json: no object")
    session = c.get("session_id")
    if not isinstance(session, str) or not session:
        say("session_id missing: ends the server's process")
    elif not re.fullmatch(r"F\.[A-Za-z0-9]+", session):
        say("session_id without F.: imported, but not listed")
    request = c.get("request")
    if not isinstance(request, dict):
        say("request missing: invalid flow")
    elif not all(isinstance(a, str) for a in request.get("artifacts", [])):
        say("request.artifacts: not strings")
    results = c.get("artifacts_with_results")
    if not isinstance(results, list) or not all(isinstance(a, str) for a in results):
        say("artifacts_with_results: no list of strings")
        results = []
    if c.get("state") not in (2, "FINISHED"):
        say("state is not FINISHED")
    for key in ("create_time", "start_time", "active_time"):
        if not _is_count(c.get(key, 0)):
            say(f"{key}: no integer")
        elif c.get(key, 0) and not 10**15 <= c[key] < 10**16:
            say(f"{key}: not microseconds")
    for key, v in c.items():
        if key.startswith("total_") and not _is_count(v):
            say(f"{key}: no integer")
    stats = c.get("query_stats")
    if not isinstance(stats, list) or not stats:
        return say("query_stats missing: all totals become 0")
    for s in stats:
        for key in ("duration", "first_active", "last_active", "log_rows", "result_rows", "uploaded_files", "uploaded_bytes",
                    "expected_uploaded_bytes", "query_id", "total_queries"):
            if not _is_count(s.get(key, -1)):
                say(f"query_stats.{key}: no integer")
        if s.get("status") != 0:
            say("query_stats.status: an error")
        if not isinstance(s.get("Artifact"), str):
            say("query_stats.Artifact: no string")
    files = {re.sub(r"^results/(.*)\.json$", r"\1", n).replace("%2F", "/") for n in names if n.startswith("results/") and n.endswith(".json")}
    for a in results:
        if a not in files:
            say(f"{a}: named in artifacts_with_results, but not in results/")
    for a in files - set(results):
        say(f"{a}: in results/, but not named in artifacts_with_results: not copied")
    for a in results:
        name = "results/" + a.replace("/", "%2F") + ".json"
        if name in names:
            n = len(_lines(z, name, say))
            said = sum(s.get("result_rows", 0) for s in stats if a in s.get("names_with_response", []))
            if said != n:
                say(f"{a}: {said} rows said, {n} there")
    n_uploads = sum(s.get("uploaded_files", 0) for s in stats)
    return n_uploads


IDX_KEYS = {"file_offset", "original_offset", "file_length", "length"}


def _sparse(z, name, row, say):
    """X.idx: snake_case integers, in order, from 0 to the size without a gap; X holds the data back to back."""
    index = name + ".idx"
    try:
        top = _load(_json_text(z, index, say))
    except (ValueError, TypeError) as e:
        return say(f"{index}: {e}: the file stays flat")
    if not isinstance(top, dict) or set(top) != {"ranges"} or not isinstance(top["ranges"], list):
        return say(f"{index}: no object of ranges: the file stays flat")
    at = stored = 0
    for r in top["ranges"]:
        if not isinstance(r, dict) or not set(r) <= IDX_KEYS or not all(_is_count(v) for v in r.values()):
            return say(f"{index}: keys that are no snake_case integers: read wrong after the import")
        length, data = r.get("length", 0), r.get("file_length", 0)
        if r.get("original_offset", 0) != at:
            return say(f"{index}: a gap or an overlap at {at}")
        if data not in (0, length) or length == 0:
            return say(f"{index}: a range that is neither hole nor data")
        if data and r.get("file_offset", 0) != stored:
            return say(f"{index}: data are not back to back")
        at += length
        stored += data
    if stored != z.getinfo(name).file_size:
        say(f"{index}: names {stored} bytes of data, there are {z.getinfo(name).file_size}")
    if row.get("file_size") != at:
        say(f"{name}: file_size is not the size with holes")
    return None


def _uploads(z, names, n_said, say):
    if "uploads.json" not in names:
        return say("uploads.json missing: no uploads, no error")
    rows = _lines(z, "uploads.json", say)
    by_parts = {}
    for name in names:
        if name.startswith("uploads/") and not name.endswith("/"):
            by_parts[tuple(unescape(p) for p in name.split("/"))] = name
    used = set()
    for row in rows:
        parts = row.get("_Components")
        if not isinstance(parts, list) or not parts or parts[0] != "uploads":
            say("a row without _Components that begin with uploads is dropped in silence")
            continue
        if not isinstance(row.get("vfs_path"), str) or not row["vfs_path"]:
            say("a row without vfs_path is invisible")
        if tuple(parts) not in by_parts:
            say(f"{parts}: no such file (are the components decoded?)")
            continue
        name = by_parts[tuple(parts)]
        if name in used:
            say(f"{name}: two rows")
        used.add(name)
        if name + ".idx" in names and row.get("Type") != "idx":
            _sparse(z, name, row, say)
        elif row.get("file_size") != z.getinfo(name).file_size:
            say(f"{name}: file_size differs")
        if row.get("uploaded_size") != z.getinfo(name).file_size:
            say(f"{name}: uploaded_size differs")
    for name in set(by_parts.values()) - used:
        if not name.endswith(".idx") or name[:-4] not in used:
            say(f"{name}: no row")
    if n_said is not None and n_said != len(rows):
        say(f"query_stats say {n_said} uploads, uploads.json has {len(rows)}")
    return None


def _client(z, names, say):
    if "client_info.json" not in names:
        return say("client_info.json missing: a random client each time")
    try:
        c = _load(_json_text(z, "client_info.json", say))
    except (ValueError, TypeError) as e:
        return say(f"client_info.json: {e}")
    if not isinstance(c.get("Hostname"), str) or not c["Hostname"]:
        say("Hostname missing")
    host_id = c.get("HostID")
    if host_id is not None and (not isinstance(host_id, str) or "-" in host_id or not host_id):
        say("HostID is cut at its first dash: two PCs become one client")
    return None


def problems(path):
    found = []
    say = found.append
    _container(path, say)
    with zipfile.ZipFile(path) as z:
        infos = z.infolist()
        names = {i.filename for i in infos}
        _names(infos, say)
        n_said = _context(z, names, say)
        _uploads(z, names, n_said, say)
        _client(z, names, say)
        for name in sorted(names):
            if JSONL.match(name):
                _lines(z, name, say)
    return found
