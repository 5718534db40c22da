"""Attachments in the folders of mail programs, and marks of the web, made for the purpose."""
import io
import json
import os
import pathlib
import struct
import subprocess
import zipfile

import pytest

from forge import files

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
ROOT = pathlib.Path(os.environ.get("HIKESHI_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
DATA = pathlib.Path(os.environ.get("HIKESHI_DATA") or ROOT / ".." / "shared" / "data")
OUTLOOK = "AppData/Local/Microsoft/Windows/INetCache/Content.Outlook/QX8ZL2A1"


def parse(path):
    run = subprocess.run([HIKESHI, "parse", "mail", str(path)], capture_output=True, timeout=60)
    assert run.returncode in (0, 1), run
    return [json.loads(line) for line in run.stdout.splitlines()]


def attach(tmp_path, name, data, folder=OUTLOOK):
    path = tmp_path / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return parse(path)


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def office(macro):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        z.writestr("word/document.xml", "<w/>")
        if macro:
            z.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    return out.getvalue()


def compound(macro):
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return head + ("_VBA_PROJECT" if macro else "WordDocument").encode("utf-16-le").ljust(512, b"\0")


SHORTCUT = bytes.fromhex("4c0000000114020000000000c000000000000046").ljust(76, b"\0")
TYPES = [("a.exe", files.mz_stub("x"), "program", True), ("b.pdf", files.mz_stub("x"), "program", True),
         ("c.pdf", b"%PDF-1.4\n", "pdf", False), ("d.docx", office(False), "office", False),
         ("e.docm", office(True), "office-macro", True), ("f.doc", compound(False), "ole", False),
         ("g.doc", compound(True), "ole-macro", True), ("h.zip", zipped(a="x"), "zip", False),
         ("i.lnk", SHORTCUT, "shortcut", True), ("j.js", b"var a = 1;\r\n", "script", True),
         ("k.txt", b"var a = 1;\r\n", "text", False), ("l.rtf", b"{\\rtf1}", "rtf", False), ("m.bin", b"", "empty", False),
         ("n.html", b"<!DOCTYPE html><html>", "html", False), ("o.iso", bytes(32769) + b"CD001" + bytes(99), "iso", False),
         ("p.one", bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "onenote", False), ("q.txt", b"MZ is short for Mark Z.\n" * 9, "text", False)]


@pytest.mark.parametrize("name,data,content_type,runs", TYPES, ids=[t[0] for t in TYPES])
def test_mail__content_type_comes_from_the_bytes(tmp_path, name, data, content_type, runs):
    records = attach(tmp_path, name, data)
    assert records[0]["record"] == "mail_attachment"
    assert (records[0]["content_type"], records[0]["runs"]) == (content_type, runs)
    assert [r["content"] for r in records[1:]] == ([2] if content_type == "program" else [])


def test_mail__macro_far_behind_in_a_large_document_is_seen(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        z.writestr("[Content_Types].xml", "<Types/>")
        z.writestr("word/media/image1.png", os.urandom(3 << 20))
        z.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    assert attach(tmp_path, "x.docm", out.getvalue())[0]["content_type"] == "office-macro"


@pytest.mark.parametrize("folder,store", [
    (OUTLOOK, "outlook"),
    ("AppData/Local/Microsoft/Windows/Temporary Internet Files/Content.Outlook/AB12CD34", "outlook"),
    ("Local Settings/Temporary Internet Files/OLK2F", "outlook-old"),
    ("AppData/Local/Microsoft/Olk/Attachments/ooa-1", "outlook-new"),
    ("AppData/Local/Packages/microsoft.windowscommunicationsapps_8wekyb3d8bbwe/LocalState/Files/S0/3", "windows-mail")])
def test_mail__store_comes_from_the_folder(tmp_path, folder, store):
    record = attach(tmp_path, "請求書.pdf", b"%PDF-1.4", folder)[0]
    assert (record["store"], record["folder"]) == (store, folder.split("/")[-1])
    assert record["attachment_name"] == "請求書.pdf" and record["path"].endswith("請求書.pdf")


@pytest.mark.parametrize("name,shown", [("invoice (002).pdf", "invoice.pdf"), ("invoice (3).pdf", "invoice.pdf"), ("report (2026).pdf", "report (2026).pdf"),
                                        ("a(2).pdf", "a(2).pdf"), ("(2).pdf", "(2).pdf"), ("plain", "plain"), ("x (2)", "x")])
def test_mail__number_of_a_second_copy_is_no_part_of_the_name(tmp_path, name, shown):
    assert attach(tmp_path, name, b"%PDF-1.4")[0]["attachment_name"] == shown


@pytest.mark.parametrize("name,double,reverse,padded", [
    ("invoice.pdf.exe", True, False, False), ("invoice.pdf", False, False, False), ("archive.tar.gz", False, False, False),
    ("setup.v2.exe", False, False, False), ("invoice\u202efdp.exe", False, True, False),
    ("invoice.pdf" + " " * 40 + ".exe", True, False, True), ("photo.jpg.lnk", True, False, False), ("見積書.docx.js", True, False, False)])
def test_mail__name_tricks_are_flagged(tmp_path, name, double, reverse, padded):
    record = attach(tmp_path, name, files.mz_stub("x"))[0]
    assert (record["double_extension"], record["reversed_name"], record["padded_name"]) == (double, reverse, padded)
    assert record["runs"]


def mark(tmp_path, data, name="請求書.zip:Zone.Identifier"):
    path = tmp_path / name
    path.write_bytes(data)
    return parse(path)


MARK = "[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://mail.example/read?id=1\r\nHostUrl=https://user@cdn.bad.example:8443/a/b.zip?x=y\r\n"


@pytest.mark.parametrize("coding", ["ascii", "utf-8-sig", "utf-16", "utf-16-le"])
def test_mail__mark_of_the_web_in_every_coding(tmp_path, coding):
    (record,) = mark(tmp_path, MARK.encode(coding))
    assert record["record"] == "zone_identifier" and record["zone_id"] == 3
    assert record["host_url"] == "https://user@cdn.bad.example:8443/a/b.zip?x=y"
    assert record["referrer_url"] == "https://mail.example/read?id=1"
    assert record["host"] == "cdn.bad.example"
    assert record["path"] == str(tmp_path / "請求書.zip")


def test_mail__forged_mark_is_read(tmp_path):
    (record,) = mark(tmp_path, files.zone_identifier(3, "https://a.example/", "https://b.example/x.exe"))
    assert (record["zone_id"], record["host"], record["referrer_url"]) == (3, "b.example", "https://a.example/")


@pytest.mark.parametrize("lines,field,value", [
    ("ZoneId=4", "zone_id", 4), ("zoneid = 3 ", "zone_id", 3), ("ZoneId=", "zone_id", None), ("ZoneId=99999999999", "zone_id", None),
    ("ZoneId=-1", "zone_id", None), ("HostIpAddress=203.0.113.9", "host", "203.0.113.9"), ("HostUrl=about:internet", "host", None),
    ("HostUrl=http://[2001:db8::1]:80/x", "host", "2001:db8::1"), ("LastWriterPackageFamilyName=Microsoft.MicrosoftEdge_8wekyb3d8bbwe", "writer_package", "Microsoft.MicrosoftEdge_8wekyb3d8bbwe"),
    ("AppZoneId=4", "app_zone_id", "4"), ("HostUrl=https://例え.example/ファイル", "host", "例え.example")])
def test_mail__keys_of_a_mark(tmp_path, lines, field, value):
    (record,) = mark(tmp_path, f"[ZoneTransfer]\r\n{lines}\r\n".encode())
    assert (record[field] or None if field == "host" else record[field]) == value


def test_mail__keys_of_other_sections_do_not_count(tmp_path):
    (record,) = mark(tmp_path, b"[Other]\r\nZoneId=0\r\n[ZoneTransfer]\r\nZoneId=3\r\n[More]\r\nHostUrl=http://x/\r\n")
    assert record["zone_id"] == 3 and not record["host_url"]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"ZoneId=3", b"[", b"\0" * 100, b"[ZoneTransfer"])
def test_mail__stream_without_the_section_is_damaged(tmp_path, data):
    (error,) = mark(tmp_path, data)
    assert (error["record"], error["outcome"]) == ("error", "damaged")


@pytest.mark.skipif(not (DATA / "mail").exists(), reason="no real evidence here (set HIKESHI_DATA)")
def test_mail__real_messages_are_told_from_other_files():
    for sub, wanted in (("eml", {"mail", "text"}), ("msg", {"ole"})):
        paths = [p for p in (DATA / "mail" / sub).rglob("*") if p.is_file() and p.suffix in (".eml", ".msg")]
        assert paths
        for path in paths:
            assert parse(path)[0]["content_type"] in wanted, path
