"""Windows event log files (.evtx 3.1).

Format: libevtx, "Windows XML Event Log (EVTX) format": file header, chunk header, event record, checksums (CRC-32 of the
first 120 bytes of the file header; of the chunk header without its last 8 bytes plus the tables; of the records).

    data = evtx.build([Event(...), ...])                     record ids 1, 2, 3, …
    data = evtx.build(events, first_record=4711)             a log that has rolled over or was cleared
    data = evtx.build(events, gaps={4713: 5})                five record ids are missing before what would be 4713
"""
import struct
import zlib
from dataclasses import dataclass, field

from . import binxml as bx
from .binxml import Element, Hole, Instance

CHUNK = 65536
CHUNK_HEADER = 512
_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


@dataclass
class Event:
    """data: (name, binxml type, value) each; a name of None makes the classic, nameless form out of all of them."""
    provider: str
    event_id: int
    channel: str
    time: int
    computer: str
    data: list = field(default_factory=list)
    guid: str = ""
    user_sid: str = ""
    level: int = 4
    task: int = 0
    opcode: int = 0
    keywords: int = 0x8000000000000000
    version: int = 0
    qualifiers: int | None = None
    pid: int = 4
    tid: int = 4
    user_data: tuple[str, str] | None = None      # (element, namespace): UserData in place of EventData
    binary: bytes | None = None                   # the Binary element of classic events
    record_id: int = 0                            # set by build()

    def fields(self) -> dict:
        """The data as a reader shows it: name to text (nameless ones Data0, Data1, …)."""
        return {name or f"Data{i}": value for i, (name, _, value) in enumerate(self.data)}


def _system(e: Event) -> Element:
    provider = (("Name", e.provider),) + ((("Guid", "{" + e.guid + "}"),) if e.guid else ())
    return Element("System", (), (
        Element("Provider", provider),
        Element("EventID", (("Qualifiers", Hole(4, bx.UINT16, True)),), (Hole(3, bx.UINT16),)),
        Element("Version", (), (Hole(11, bx.UINT8),)),
        Element("Level", (), (Hole(0, bx.UINT8),)),
        Element("Task", (), (Hole(2, bx.UINT16),)),
        Element("Opcode", (), (Hole(1, bx.UINT8),)),
        Element("Keywords", (), (Hole(5, bx.HEX64),)),
        Element("TimeCreated", (("SystemTime", Hole(6, bx.FILETIME)),)),
        Element("EventRecordID", (), (Hole(10, bx.UINT64),)),
        Element("Correlation", (("ActivityID", Hole(7, bx.GUID, True)), ("RelatedActivityID", Hole(18, bx.GUID, True)))),
        Element("Execution", (("ProcessID", Hole(8, bx.UINT32)), ("ThreadID", Hole(9, bx.UINT32)))),
        Element("Channel", (), (e.channel,)),
        Element("Computer", (), (e.computer,)),
        Element("Security", (("UserID", Hole(12, bx.SID, True)),)),
    ))


def _payload(e: Event) -> Instance:
    if e.user_data:
        element, namespace = e.user_data
        fields = tuple(Element(name, (), (Hole(i, kind),)) for i, (name, kind, _) in enumerate(e.data))
        template = Element("UserData", (), (Element(element, (("xmlns", namespace),), fields),))
    elif e.binary is not None or e.data and e.data[0][0] is None:
        parts = ((Element("Data", (), (Hole(0, bx.STRINGS),)),) if e.data else ()) + (Element("Binary", (), (Hole(1, bx.BINARY),)),)
        return Instance(Element("EventData", (), parts), [(bx.STRINGS, [value for _, _, value in e.data]), (bx.BINARY, e.binary or b"")])
    else:
        template = Element("EventData", (), tuple(Element("Data", (("Name", name),), (Hole(i, kind),)) for i, (name, kind, _) in enumerate(e.data)))
    return Instance(template, [(kind, value) for _, kind, value in e.data])


def _instance(e: Event) -> Instance:
    template = Element("Event", (("xmlns", _NAMESPACE),), (_system(e), Hole(19, bx.XML)))
    none = (bx.NULL, None)
    values = [none] * 20
    values[0], values[1], values[2], values[3] = (bx.UINT8, e.level), (bx.UINT8, e.opcode), (bx.UINT16, e.task), (bx.UINT16, e.event_id)
    values[4] = none if e.qualifiers is None else (bx.UINT16, e.qualifiers)
    values[5], values[6] = (bx.HEX64, e.keywords), (bx.FILETIME, e.time)
    values[8], values[9], values[10], values[11] = (bx.UINT32, e.pid), (bx.UINT32, e.tid), (bx.UINT64, e.record_id), (bx.UINT8, e.version)
    values[12] = (bx.SID, e.user_sid) if e.user_sid else none
    values[19] = (bx.XML, _payload(e))
    return Instance(template, values)


class _Chunk:
    def __init__(self, number: int):
        self.space = bx.Space(CHUNK_HEADER)
        self.number, self.ids, self.last_record = number, [], 0

    def add(self, e: Event) -> bool:
        """False, with nothing changed, if the record does not fit any more."""
        mark = self.space.mark()
        data = self.space.data
        start = len(data)
        data += struct.pack("<4sIQQ", b"**\0\0", 0, e.record_id, e.time)
        self.space.instance(_instance(e))
        data += bytes(-(len(data) + 4 - start) % 8)
        size = len(data) + 4 - start
        data += struct.pack("<I", size)
        struct.pack_into("<I", data, start + 4, size)
        if len(data) > CHUNK:
            self.space.back_to(mark)
            return False
        self.ids.append(e.record_id)
        self.last_record = start
        return True

    def build(self) -> bytes:
        data = self.space.data
        records = zlib.crc32(data[CHUNK_HEADER:])
        head = struct.pack("<8sQQQQIIII", b"ElfChnk\0", self.number, self.number + len(self.ids) - 1, self.ids[0], self.ids[-1],
                           128, self.last_record, len(data), records).ljust(120, b"\0")
        tables = struct.pack("<64I32I", *self.space.name_buckets, *self.space.template_buckets)
        return (head + struct.pack("<II", 0, zlib.crc32(head + tables)) + tables + bytes(data[CHUNK_HEADER:])).ljust(CHUNK, b"\0")


def build(events: list[Event], first_record: int = 1, gaps: dict[int, int] | None = None, dirty: bool = False) -> bytes:
    """The log file. gaps: {record id: how many ids are missing before it}. Sets record_id of the events."""
    chunks, record, number = [], first_record, 1
    for e in events:
        record += (gaps or {}).get(record, 0)
        e.record_id = record
        if not chunks or not chunks[-1].add(e):
            chunks.append(_Chunk(number))
            if not chunks[-1].add(e):
                raise ValueError("one event is larger than a chunk")
        record, number = record + 1, number + 1
    body = b"".join(c.build() for c in chunks)
    head = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, max(len(chunks) - 1, 0), record, 128, 1, 3, 4096, len(chunks)).ljust(120, b"\0")
    return (head + struct.pack("<II", 1 if dirty else 0, zlib.crc32(head))).ljust(4096, b"\0") + body
