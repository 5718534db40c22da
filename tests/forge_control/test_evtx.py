"""Event logs of the forge, read by libevtx (pyevtx, evtxexport), evtx (Rust) and dissect.eventlog."""
import io
import json
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import pytest

from forge import binxml, events, evtx, times

PC, SID = "KEIRI-PC01", "S-1-5-21-1004336348-1177238915-682003330-1001"
T0 = times.jst(2026, 3, 10, 10, 12, 40, 1234567)
NS = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def one_of_each() -> list[evtx.Event]:
    hostile = "C:\\Users\\利用者\\請求書\u202efdp.exe"
    made = [
        events.process_4688(T0, PC, hostile, "C:\\Office\\OUTLOOK.EXE", '"a" & <b> \'c\' 日本語 🔥', SID, "利用者", PC, 0x1234, 0x99),
        events.logon_4624(T0, PC, SID, "利用者", PC, 2), events.logon_4624(T0, PC, SID, "利用者", PC, 10, "WS", "192.0.2.7", "50123"),
        events.logon_failed_4625(T0, PC, "管理者", "DOM", 3, "NAS01", "192.0.2.200"),
        events.security_cleared_1102(T0, PC, SID, "利用者", PC), events.log_cleared_104(T0, PC, SID, "利用者", PC, "System"),
        events.service_7045(T0, PC, "サービス", "%SystemRoot%\\x.exe"), events.service_7036(T0, PC, "Windows Update", "running"),
        events.eventlog_started_6005(T0, PC), events.classic("MsiInstaller", 1035, "Application", T0, PC, ["会計ソフト", "", "1041"]),
        events.sysmon_1(T0, PC, hostile, "p.exe", "c", "pc", PC + "\\利用者", 11, 12, "ab" * 32, "01234567-89ab-cdef-0123-456789abcdef", events.NO_GUID, "2026-03-10 01:12:40.123")]
    for i, e in enumerate(made):
        e.time += 17 * i
    return made


def text_of(kind: int, value) -> str:
    """How a value is written in the XML of an event (MS-EVEN6 2.2.12, rendering), hexadecimal numbers without leading zeros."""
    if kind in (binxml.HEX32, binxml.HEX64):
        return f"0x{value:x}"
    if kind == binxml.GUID:
        return value.lower()
    return str(value)


def plain(kind: int, text: str | None) -> str:
    """A reader's text, with the freedom readers take: braces of GUIDs, leading zeros of hexadecimal numbers."""
    text = text or ""
    if kind in (binxml.HEX32, binxml.HEX64):
        return f"0x{int(text, 16):x}"
    return text.strip("{}").lower() if kind == binxml.GUID else text


def test_libevtx__reads_back_every_value(reader):
    expected = one_of_each()
    log = reader("pyevtx").file()
    log.open_file_object(io.BytesIO(evtx.build(expected, first_record=4711)))
    assert not log.is_corrupted() and log.number_of_recovered_records == 0 and log.number_of_records == len(expected)
    for e, r in zip(expected, log.records):
        assert (r.identifier, r.event_identifier & 0xFFFF, r.source_name, r.computer_name, r.channel_name) == (e.record_id, e.event_id, e.provider, e.computer, e.channel)
        assert (r.event_level, r.get_written_time_as_integer()) == (e.level, e.time)
        if e.user_sid:
            assert r.user_security_identifier == e.user_sid
        root = ElementTree.fromstring(r.xml_string.rstrip("\0"))
        system = root.find(NS + "System")
        for name, value in (("Version", e.version), ("Task", e.task), ("Opcode", e.opcode)):
            assert system.find(NS + name).text == str(value)
        assert int(system.find(NS + "Keywords").text, 16) == e.keywords
        assert (system.find(NS + "Execution").get("ProcessID"), system.find(NS + "Execution").get("ThreadID")) == (str(e.pid), str(e.tid))
        assert system.find(NS + "EventID").get("Qualifiers") == (None if e.qualifiers is None else str(e.qualifiers))
        assert plain(binxml.GUID, system.find(NS + "Provider").get("Guid")) == e.guid
        data = root.find(NS + "EventData")
        if e.user_data:
            fields = list(root.find(NS + "UserData")[0])
            assert [f.tag.partition("}")[2] for f in fields] == [n for n, _, _ in e.data] and fields[0].tag.startswith("{" + e.user_data[1])
        else:
            fields = [f for f in data if f.tag == NS + "Data"] if data is not None else []
            assert [f.get("Name") for f in fields] == [n for n, _, _ in e.data]
        assert [plain(k, f.text) for f, (_, k, _) in zip(fields, e.data)] == [text_of(k, v) for _, k, v in e.data]
        if e.binary:
            assert bytes.fromhex(data.find(NS + "Binary").text) == e.binary


def test_evtx_crate__reads_the_same(reader):
    expected = one_of_each()
    parser = reader("evtx").PyEvtxParser(io.BytesIO(evtx.build(expected, first_record=4711)))
    records = list(parser.records_json())
    assert [r["event_record_id"] for r in records] == [e.record_id for e in expected]
    for e, r in zip(expected, records):
        event = json.loads(r["data"])["Event"]
        number = event["System"]["EventID"]
        assert (number["#text"] if isinstance(number, dict) else number) == e.event_id
        if e.data and e.data[0][0] and not e.user_data:
            assert [plain(k, str(event["EventData"][n])) for n, k, _ in e.data] == [text_of(k, v) for _, k, v in e.data]


def test_checksums__are_right_by_zlib():
    blob = evtx.build(one_of_each())
    at = 4096
    free = int.from_bytes(blob[at + 48:at + 52], "little")
    assert int.from_bytes(blob[124:128], "little") == zlib.crc32(blob[:120])
    assert int.from_bytes(blob[at + 52:at + 56], "little") == zlib.crc32(blob[at + 512:at + free])
    assert int.from_bytes(blob[at + 124:at + 128], "little") == zlib.crc32(blob[at:at + 120] + blob[at + 128:at + 512])


def test_checksums__rule_holds_for_what_windows_wrote(data):
    blob = (data / "evtx" / "museum_win11" / "Microsoft-Windows-SmbClient%4Security.evtx").read_bytes()
    at = 4096
    free = int.from_bytes(blob[at + 48:at + 52], "little")
    assert int.from_bytes(blob[124:128], "little") == zlib.crc32(blob[:120])
    assert int.from_bytes(blob[at + 52:at + 56], "little") == zlib.crc32(blob[at + 512:at + free])
    assert int.from_bytes(blob[at + 124:at + 128], "little") == zlib.crc32(blob[at:at + 120] + blob[at + 128:at + 512])


def check_tables(chunk: bytes) -> tuple[int, int]:
    """Names and template definitions that the chunk's tables lead to; each name must be in the bucket its hash says."""
    names = templates = 0
    for bucket, at in enumerate(struct.unpack_from("<64I", chunk, 128)):
        while at:
            following, value, count = struct.unpack_from("<IHH", chunk, at)
            name = chunk[at + 8:at + 8 + 2 * count].decode("utf-16-le")
            assert value == binxml.name_hash(name) and value % 64 == bucket
            at, names = following, names + 1
    for at in struct.unpack_from("<32I", chunk, 384):
        while at:
            following, size = struct.unpack_from("<I16xI", chunk, at)
            assert chunk[at + 24:at + 28] == binxml.FRAGMENT and chunk[at + 24 + size - 1] == 0
            at, templates = following, templates + 1
    return names, templates


def test_tables__lead_to_names_and_templates_as_in_what_windows_wrote(data):
    real = (data / "evtx" / "museum_win11" / "Microsoft-Windows-PowerShell%4Operational.evtx").read_bytes()
    names, templates = check_tables(real[4096:4096 + 65536])
    assert names > 15 and templates > 2
    names, templates = check_tables(evtx.build(one_of_each())[4096:4096 + 65536])
    assert names >= 30 and templates > 10


@pytest.mark.parametrize("name", ["pyevtx", "evtx", "dissect.eventlog.evtx"])
def test_many_chunks_and_gaps__every_reader_counts_the_same(name, reader):
    made = [events.process_4688(T0 + i, PC, f"C:\\x\\{i}.exe", "p", f"c{i}", SID, "u", PC, i, 1) for i in range(900)]
    blob = evtx.build(made, first_record=100, gaps={105: 7, 500: 1})
    expected = [e.record_id for e in made]
    assert expected[:7] == [100, 101, 102, 103, 104, 112, 113] and expected[-1] == 100 + 899 + 8 and (len(blob) - 4096) // 65536 > 3
    module = reader(name)
    if name == "pyevtx":
        log = module.file()
        log.open_file_object(io.BytesIO(blob))
        found = [r.identifier for r in log.records]
    elif name == "evtx":
        found = [r["event_record_id"] for r in module.PyEvtxParser(io.BytesIO(blob)).records()]
    else:
        found = [r["EventRecordID"] for r in module.Evtx(io.BytesIO(blob))]
    assert found == expected


def test_evtxexport__shows_a_cleared_log(tool, tmp_path):
    path = tmp_path / "Security.evtx"
    path.write_bytes(evtx.build([events.security_cleared_1102(T0, PC, SID, "利用者", PC)], first_record=131877))
    text = tool("evtxexport", "-f", "xml", path)
    assert "<EventID>1102</EventID>" in text and "<EventRecordID>131877</EventRecordID>" in text and f"<SubjectUserSid>{SID}</SubjectUserSid>" in text


def test_evtxinfo__sees_the_dirty_flag(tool, tmp_path):
    for dirty in (False, True):
        path = tmp_path / f"{dirty}.evtx"
        path.write_bytes(evtx.build(one_of_each(), dirty=dirty))
        assert ("dirty" in tool("evtxinfo", path).lower()) == dirty
