"""Writes seeds for fuzz_wire and fuzz_frame after the descriptions in record/wire.h and examine/frame.h, not with our own
writer: python3 make_frames.py FOLDER makes FOLDER/wire and FOLDER/frame."""
import os
import struct
import sys

NULL = 0xFFFFFFFF
RECORD, NOTE, REMARK, COVER, DONE = 67, 68, 69, 70, 71


def text(s):
    if s is None:
        return struct.pack("<I", NULL)
    b = s if isinstance(s, bytes) else s.encode()
    return struct.pack("<I", len(b)) + b


def record(s="text", texts=("one", "二"), times=(1, 133500000000000000), pairs=(("a", "b"), ("c", None)), yes=1, at=133500000000000000):
    out = text(s) + struct.pack("<qqBIq", -5, -(2**63), yes, 0xB29F6629, at)
    out += struct.pack("<I", len(texts)) + b"".join(text(t) for t in texts)
    out += struct.pack("<I", len(times)) + b"".join(struct.pack("<q", t) for t in times)
    return out + struct.pack("<I", len(pairs)) + b"".join(text(a) + text(b) for a, b in pairs)


def frame(kind, body):
    return struct.pack("<IB", len(body), kind) + body


def sent(wire, number=0, kind=0):
    return frame(RECORD, struct.pack("<HH", number, kind) + wire)


def problem(kind, code, step="read it"):
    return frame(kind, struct.pack("<BQI", code, 42, 5) + text(step))


def cover(kind=0, lo=1, hi=2, partial=0):
    return frame(COVER, struct.pack("<HQQB", kind, lo, hi, partial) + text("instance") + text("why"))


def seeds():
    done = problem(DONE, 0, "")
    wires = {
        "full": record(),
        "empty": record("", (), (), ()),
        "null": record(None, (None,), (0,), ((None, None),)),
        "bad_utf8": record(b"a\xffb"),
        "bad_bool": record(yes=2),
        "bad_time": record(at=-1),
        "many": record(texts=["x"] * 50, times=[7] * 50, pairs=[("k", "v")] * 50),
    }
    frames = {
        "item": sent(record()) * 3 + problem(NOTE, 3) + frame(REMARK, text("said")) + cover() + done,
        "undeclared": sent(record(), 7),
        "kind": sent(record(), 0, 9),
        "behind_done": done + sent(record()),
        "cover_time": cover(lo=2**63),
        "cover_kind": cover(kind=3),
        "note_ok": problem(NOTE, 0),
        "done_crashed": problem(DONE, 11),
        "huge": struct.pack("<IB", 0xFFFFFFFF, RECORD),
        "long_text": frame(REMARK, text("x" * 5000)),
    }
    return {"wire": wires, "frame": frames}


if __name__ == "__main__":
    for target, files in seeds().items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
