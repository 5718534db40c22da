"""Answers of the running Windows, read back: by hand what a hostile archive could hold, and Python's json as the other reader."""
import json
import os
import random
import subprocess

import pytest

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
AT = "2026-03-10T01:41:00.1234567Z"
MODULES = {"processes": "process", "modules": "process", "connections": "network", "dns_cache": "network", "smb_sessions": "session",
           "smb_files": "session", "logons": "session", "services": "system", "updates": "system", "autostart": "system"}


def header(topic, version=1, at=AT):
    return json.dumps({"state": topic, "version": version, "asked_at": at}).encode() + b"\n"


def end(topic, rows, outcome="ok", partial=False, step="", code=0):
    return json.dumps({"end": topic, "rows": rows, "outcome": outcome, "partial": partial, "os": code, "step": step}).encode() + b"\n"


def whole(topic, *rows, **more):
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows]
    return header(topic) + b"".join(line + b"\n" for line in lines) + end(topic, len(rows), **more)


def parse(tmp_path, topic, data, module=None):
    path = tmp_path / f"{topic}.jsonl"
    path.write_bytes(data)
    done = subprocess.run([HIKESHI, "parse", module or MODULES[topic], str(path)], capture_output=True, timeout=300)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def of(records, kind):
    return [r for r in records if r["record"] == kind]


def test_state__every_member_becomes_the_field_of_its_name(tmp_path):
    row = {"pid": 1234, "parent": 4, "session": 1, "name": "a.exe", "path": "C:\\Users\\利用者\\a.exe", "parent_path": "C:\\p.exe",
           "command_line": "a \"b\" 😀\u202e", "user": "S-1-5-21-1-2-3-1001", "started_at": "2026-03-10T00:00:00.0000001Z", "wow64": True,
           "is_hikeshi": False, "file_size": 2**63 - 1, "sha256": "ab" * 32, "trust": -5, "catalogs_asked": False, "signer": "S",
           "catalog": "c.cat", "missing": "user: 5", "image_missing": "x"}
    code, records = parse(tmp_path, "processes", whole("processes", row))
    assert code == 0
    got = of(records, "running_process")[0]
    assert {k: got[k] for k in row} == row and got["seen_at"] == AT


def test_state__what_is_not_told_is_null(tmp_path):
    _, records = parse(tmp_path, "processes", whole("processes", {"pid": 7, "command_line": None, "unknown_member": "ignored"}))
    got = of(records, "running_process")[0]
    assert got["pid"] == 7 and all(got[k] is None for k in ("path", "command_line", "user", "parent", "trust", "started_at", "sha256"))


@pytest.mark.parametrize("row", [
    b'{"pid":99999999999999999999999999}', b'{"pid":1.5}', b'{"pid":1', b"", b"[]", b"null", b'{"pid":{"a":1}}', b'{"pid":1}{"pid":2}',
    b'{"name":"\xff\xfe"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\\ud800"}', b'{"name":"a\nb"}', b'{"name":"\x00"}', b'{"pid":1,"pid":2}',
    b"\x00" * 100, b'{"name":"' + b"A" * (1 << 20) + b'"}', b"{" * 5000, b'{"a":' * 5000])
def test_state__a_hostile_line_is_noted_and_the_others_stay(tmp_path, row):
    good = [{"pid": 1, "name": "first"}, {"pid": 2, "name": "last"}]
    code, records = parse(tmp_path, "processes", whole("processes", good[0], row, good[1]))
    assert [r["name"] for r in of(records, "running_process")] == ["first", "last"]
    assert code == 1 and of(records, "note")


@pytest.mark.parametrize("member,value", [("pid", "seven"), ("name", 7), ("wow64", "yes"), ("started_at", "yesterday"), ("started_at", 5),
                                          ("path", ["a"]), ("pid", True)])
def test_state__a_member_of_another_type_is_left_out_and_noted(tmp_path, member, value):
    code, records = parse(tmp_path, "processes", whole("processes", {"command_line": "kept", member: value}))
    got = of(records, "running_process")[0]
    assert got["command_line"] == "kept" and got[member] in (None, 0, False)
    assert code == 1 and of(records, "note")[0]["outcome"] == "damaged"


@pytest.mark.parametrize("outcome", ["absent", "denied", "unsupported", "timeout", "io", "cancelled", "limit"])
def test_state__a_question_that_failed_says_how(tmp_path, outcome):
    data = whole("smb_sessions", outcome=outcome, step="list sessions", code=5)
    code, records = parse(tmp_path, "smb_sessions", data)
    assert code == 1 and records == [{"record": "error", "file": str(tmp_path / "smb_sessions.jsonl"), "outcome": outcome,
                                      "offset": None, "step": "list sessions"}]


@pytest.mark.parametrize("outcome", ["crashed", "refused", "no such word", ""])
def test_state__an_outcome_that_is_not_its_to_tell_is_damage(tmp_path, outcome):
    _, records = parse(tmp_path, "smb_sessions", whole("smb_sessions", outcome=outcome))
    assert records[0]["outcome"] == "damaged"


def test_state__a_part_that_was_refused_keeps_the_rest(tmp_path):
    data = whole("logons", {"user": "S-1-5-18", "logon_type": 5}, outcome="denied", partial=True, step="read logon sessions of others")
    code, records = parse(tmp_path, "logons", data)
    assert code == 1 and len(of(records, "logon_session")) == 1 and of(records, "note")[0]["outcome"] == "denied"


@pytest.mark.parametrize("data,outcome", [
    (b"", "damaged"), (b"{}\n", "damaged"), (header("processes", version=2), "unsupported"), (header("fortune"), "unsupported"),
    (header("connections"), "unsupported"), (header("processes", at="soon"), "damaged"), (header("processes"), "damaged"),
    (b"MZ\x90\x00", "damaged"), (header("processes")[:-20], "damaged")])
def test_state__what_is_no_answer_is_refused(tmp_path, data, outcome):
    code, records = parse(tmp_path, "processes", data)
    assert code == 1 and (records[-1]["record"], records[-1]["outcome"]) == ("error", outcome)


def test_state__a_cut_off_answer_keeps_its_rows(tmp_path):
    data = whole("connections", *[{"protocol": "tcp", "pid": i} for i in range(50)])
    for cut in range(len(header("connections")) + 1, len(data) - 1, 37):
        code, records = parse(tmp_path, "connections", data[:cut])
        lines = data[:cut].count(b"\n") - 1
        assert code == 1 and lines <= len(of(records, "connection")) <= min(lines + 1, 50)


def test_state__rows_behind_the_end_or_a_wrong_count_are_noted(tmp_path):
    for data in (whole("smb_files", {"id": 1}) + b'{"id":2}\n', header("smb_files") + b'{"id":1}\n' + end("smb_files", 9)):
        code, records = parse(tmp_path, "smb_files", data)
        assert code == 1 and [r["id"] for r in of(records, "smb_file")] == [1] and len(of(records, "note")) == 1


def test_state__a_million_rows_are_read(tmp_path):
    n = 1_000_000
    data = header("dns_cache") + b"".join(b'{"host":"h%d.example"}\n' % i for i in range(n)) + end("dns_cache", n)
    path = tmp_path / "dns_cache.jsonl"
    path.write_bytes(data)
    done = subprocess.run([HIKESHI, "parse", "network", str(path)], capture_output=True, timeout=600)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == n and json.loads(lines[-1])["host"] == f"h{n - 1}.example"


def test_state__random_rows_read_like_pythons_json(tmp_path):
    dice = random.Random(5)
    letters = "aZ09 \\\"/\u00e9\u5229\u202e\u0000\u0007\x7f\U0001f600<>&"
    rows = []
    for _ in range(3000):
        text = lambda: "".join(dice.choice(letters) for _ in range(dice.randrange(12)))
        rows.append({"service": text(), "display_name": text(), "type": dice.randrange(-2**63, 2**63), "account": text(), "state": None})
    spaced = [json.dumps(r, ensure_ascii=dice.random() < 0.5, separators=dice.choice([(",", ":"), (" , ", " : ")])).encode() for r in rows]
    code, records = parse(tmp_path, "services", whole("services", *spaced))
    got = of(records, "service_state")
    assert code == 0 and len(got) == len(rows)
    for want, have in zip(rows, got):
        assert {k: have[k] for k in want} == dict(want, state=have["state"]) and have["state"] is None


@pytest.mark.parametrize("trust,asked,trusted", [
    (0, False, 1), (0, True, 1),
    (-2146762496, True, 0),     # 0x800B0100 TRUST_E_NOSIGNATURE: no signature, and no catalog knows it
    (-2146762496, False, None),  # the catalogs could not be asked: nothing is known
    (-2146869232, False, 0),    # 0x80096010 TRUST_E_BAD_DIGEST
    (-2146762479, False, 0),    # 0x800B0111 TRUST_E_EXPLICIT_DISTRUST
    (-2146762487, False, None),  # 0x800B0109 CERT_E_UNTRUSTEDROOT: this PC may not know the root yet
    (-2146762495, False, None),  # 0x800B0101 CERT_E_EXPIRED
    (None, True, None)])
def test_process__a_signature_is_judged_only_where_windows_was_sure(tmp_path, trust, asked, trusted):
    row = {"pid": 1, "path": "C:\\a.exe", "sha256": "00" * 32, "catalogs_asked": asked}
    _, records = parse(tmp_path, "processes", whole("processes", {**row, "trust": trust}, {**row, "pid": 2, "trust": trust}))
    assert [r["trusted"] for r in of(records, "image_signature")] == ([] if trusted is None else [trusted])
    assert len(of(records, "running_process")) == 2


@pytest.mark.parametrize("remote,host", [("203.0.113.80", "203.0.113.80"), ("0.0.0.0", None), ("::", None), ("127.0.0.1", None),
                                         ("::1", None), ("2001:db8::1", "2001:db8::1"), (None, None)])
def test_network__only_another_machine_is_the_other_end(tmp_path, remote, host):
    _, records = parse(tmp_path, "connections", whole("connections", {"protocol": "tcp", "remote_address": remote, "pid": 1}))
    assert records[0]["host"] == host


@pytest.mark.parametrize("seconds,since", [(60, "2026-03-10T01:40:00.1234567Z"), (0, AT), (2**63 - 1, None), (-1, None), (None, None)])
def test_session__seconds_since_become_a_time(tmp_path, seconds, since):
    _, records = parse(tmp_path, "smb_sessions", whole("smb_sessions", {"client": "PC07", "user_name": "u", "active_seconds": seconds}))
    assert records[0]["since"] == since and records[0]["user"] == "name:u"


@pytest.mark.parametrize("row,path", [
    ({"command_line": "C:\\Windows\\system32\\svchost.exe -k netsvcs", "dll": "%SystemRoot%\\System32\\qmgr.dll"},
     "C:\\Windows\\System32\\qmgr.dll"),
    ({"command_line": "\"C:\\Program Files\\A\\a.exe\" /s"}, "C:\\Program Files\\A\\a.exe"), ({}, None)])
def test_system__a_services_program_is_its_own_dll_or_its_command(tmp_path, row, path):
    _, records = parse(tmp_path, "services", whole("services", {"service": "S", **row}))
    assert records[0]["path"] == path


@pytest.mark.parametrize("package,kb", [("Package_for_KB5012345~31bf3856ad364e35~amd64~~10.0.1.1", "KB5012345"),
                                        ("Package_for_KB4054590_SP1~31bf~amd64~~1", "KB4054590"), ("Package_for_RollupFix~31bf~amd64~~1", None)])
def test_system__an_updates_number_is_in_its_name(tmp_path, package, kb):
    _, records = parse(tmp_path, "updates", whole("updates", {"package": package, "state": 112}))
    assert records[0]["kb"] == kb
