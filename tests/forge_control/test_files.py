"""Notes, archives, pictures and marks of the forge, read by Python's own readers and checked by rules written here again."""
import base64
import hashlib
import io
import re
import struct
import zipfile
import zlib
from configparser import ConfigParser
from html.parser import HTMLParser

from forge import files


def test_note__has_code_onion_and_a_checked_bitcoin_address():
    text = files.help_decrypt_txt("x").decode()
    address = re.search(r"\b1[1-9A-HJ-NP-Za-km-z]{25,34}\b", text).group()
    number = 0
    for char in address:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(char)
    payload = number.to_bytes(25, "big")
    assert hashlib.sha256(hashlib.sha256(payload[:-4]).digest()).digest()[:4] == payload[-4:]
    onion = re.search(r"http://([a-z2-7]{56})\.onion/[0-9A-F]{12}", text).group(1)
    raw = base64.b32decode(onion.upper())
    assert raw[34] == 3 and hashlib.sha3_256(b".onion checksum" + raw[:32] + b"\x03").digest()[:2] == raw[32:34]
    assert files.personal_code("x") in text


def test_note_html__says_the_same():
    seen = []

    class Reader(HTMLParser):
        def handle_data(self, text):
            seen.append(text)
    Reader().feed(files.help_decrypt_html("x").decode())
    assert files.personal_code("x") in seen and files.bitcoin_address("x") in seen


def test_picture__is_a_png_whose_checksums_hold():
    blob, at, kinds, packed = files.help_decrypt_png("x"), 8, [], b""
    assert blob[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(blob):
        size, kind = struct.unpack_from(">I4s", blob, at)
        body = blob[at + 8:at + 8 + size]
        assert struct.unpack_from(">I", blob, at + 8 + size)[0] == zlib.crc32(kind + body)
        kinds.append(kind)
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"] and len(zlib.decompress(packed)) == 64 * 257


def test_archives__open_and_are_the_same_each_time():
    for blob in (files.zip_of({"資料.txt": b"x"}), files.docx(["本文"])):
        with zipfile.ZipFile(io.BytesIO(blob)) as z:
            assert z.testzip() is None
    assert zipfile.ZipFile(io.BytesIO(files.zip_of({"資料.txt": b"x"}))).namelist() == ["資料.txt"]
    assert files.zip_of({"a": b"x"}) == files.zip_of({"a": b"x"})


def test_zone_identifier__is_an_ini_file():
    ini = ConfigParser()
    ini.read_string(files.zone_identifier(3, "http://r.example/", "http://h.example/a").decode())
    assert dict(ini["ZoneTransfer"]) == {"zoneid": "3", "referrerurl": "http://r.example/", "hosturl": "http://h.example/a"}


def test_stub__is_marked_as_a_program_and_is_none():
    blob = files.mz_stub("text", 512)
    assert blob[:2] == b"MZ" and len(blob) == 512 and struct.unpack_from("<I", blob, 60)[0] == 0 and b"PE\0\0" not in blob
