"""Contents of ordinary and less ordinary files. All texts are our own; hosts, addresses and codes are invented.

Nothing here is a program: a stub is the DOS header (MZ, Microsoft PE/COFF specification, "MS-DOS stub") with a few bytes that
end at once, and no PE header follows. Bitcoin and onion addresses have a right checksum over a made-up number, so nobody has their key.
"""
import base64
import hashlib
import io
import random
import struct
import zipfile
import zlib

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def zone_identifier(zone: int = 3, referrer: str = "", host: str = "") -> bytes:
    """The mark of the web (MS-FSCC 5.6.1 Zone.Identifier): CRLF lines, zone 3 is the Internet."""
    lines = ["[ZoneTransfer]", f"ZoneId={zone}"] + ([f"ReferrerUrl={referrer}"] if referrer else []) + ([f"HostUrl={host}"] if host else [])
    return ("\r\n".join(lines) + "\r\n").encode()


def mz_stub(text: str, size: int = 0) -> bytes:
    """A DOS header whose program returns to DOS (int 20h), then a text saying what this is."""
    code = bytes.fromhex("cd20")
    head = struct.pack("<2s13H8x2H20xI", b"MZ", 0x90, 3, 0, 4, 0, 0xFFFF, 0, 0xB8, 0, 0, 0, 0x40, 0, 0, 0, 0)
    return (head.ljust(64, b"\0") + code + text.encode()).ljust(size, b"\0")


def bitcoin_address(seed: str) -> str:
    """A pay-to-public-key-hash address (Base58Check) of a number nobody has a key for."""
    payload = b"\0" + hashlib.sha256(b"no key: " + seed.encode()).digest()[:20]
    number = int.from_bytes(payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4], "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" + text


def onion_address(seed: str) -> str:
    """A version 3 onion name (Tor rend-spec-v3, section 6): checksum and version are right, the key is a made-up number."""
    key = hashlib.sha256(b"no key: onion " + seed.encode()).digest()
    checksum = hashlib.sha3_256(b".onion checksum" + key + b"\x03").digest()[:2]
    return base64.b32encode(key + checksum + b"\x03").decode().lower() + ".onion"


def personal_code(seed: str) -> str:
    return hashlib.sha256(b"code " + seed.encode()).hexdigest()[:12].upper()


def help_decrypt_txt(seed: str) -> bytes:
    code, onion, coin = personal_code(seed), onion_address(seed), bitcoin_address(seed)
    return "\r\n".join([
        "*** YOUR FILES ARE ENCRYPTED ***", "",
        "Pictures, tables and texts on this computer and on its shared folders were encrypted with a key that only we hold.",
        "No repair program can decrypt them. Do not rename or move the encrypted files: what is lost then stays lost.", "",
        "To get the decryption program:",
        "  1. Install Tor Browser.", f"  2. Open http://{onion}/{code}", f"  3. Pay 0.85 bitcoin to {coin}",
        "  4. Download the decryptor from the same page.", "",
        "After 96 hours the price is doubled. After 10 days the private key is deleted.", "", f"Your personal code: {code}", ""]).encode()


def help_decrypt_html(seed: str) -> bytes:
    code, onion, coin = personal_code(seed), onion_address(seed), bitcoin_address(seed)
    return (f"<!doctype html>\r\n<html><head><meta charset=\"utf-8\"><title>How to decrypt your files</title></head>\r\n<body>\r\n"
            f"<h1>Your files are encrypted</h1>\r\n<p>All important files were encrypted. The private key is on our server.</p>\r\n"
            f"<ol><li>Install Tor Browser</li><li>Open <a href=\"http://{onion}/{code}\">http://{onion}/{code}</a></li>\r\n"
            f"<li>Pay 0.85 bitcoin to <b>{coin}</b></li></ol>\r\n<p>Personal code: <code>{code}</code></p>\r\n</body></html>\r\n").encode()


def _stored_zlib(data: bytes) -> bytes:
    """A zlib stream (RFC 1950, 1951) of stored blocks: the same bytes with every version of zlib."""
    parts = [data[i:i + 65535] for i in range(0, len(data), 65535)] or [b""]
    blocks = b"".join(struct.pack("<BHH", i + 1 == len(parts), len(p), len(p) ^ 0xFFFF) + p for i, p in enumerate(parts))
    return b"\x78\x01" + blocks + struct.pack(">I", zlib.adler32(data))


def png(width: int, height: int, pixel) -> bytes:
    """A PNG (RFC 2083), 8-bit grey; pixel(x, y) gives 0..255."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(pixel(x, y) & 0xFF for x in range(width)) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", _stored_zlib(rows)) + chunk(b"IEND", b"")


def help_decrypt_png(seed: str) -> bytes:
    """A picture of black and white bars; the real ones show the text of the note."""
    bars = hashlib.sha256(seed.encode()).digest()
    return png(256, 64, lambda x, y: 255 if bars[x // 8] >> (y // 8) & 1 else 0)


def zip_of(members: dict[str, bytes], moment: tuple = (2026, 3, 9, 18, 20, 0)) -> bytes:
    """A ZIP with UTF-8 names, stored and with one fixed time, so that it is the same each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, moment)
            info.compress_type, info.create_system = zipfile.ZIP_STORED, 0
            z.writestr(info, data)
    return out.getvalue()


def docx(paragraphs: list[str]) -> bytes:
    """The least that Word opens (ECMA-376 part 1): content types, one relation, one document."""
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zip_of({
        "[Content_Types].xml": ('<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                                f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>').encode(),
        "_rels/.rels": ('<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
                        'Target="word/document.xml"/></Relationships>').encode(),
        "word/document.xml": ('<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                              f"<w:body>{body}</w:body></w:document>").encode()})


def pdf(line: str) -> bytes:
    """One page, one line of ASCII (ISO 32000-1)."""
    stream = f"BT /F1 14 Tf 72 720 Td ({line}) Tj ET".encode()
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, data in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, data)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def encrypted(size: int, rng: random.Random) -> bytes:
    """Looks encrypted: even distribution, no header."""
    return rng.randbytes(size)


def readme(project: str) -> bytes:
    return (f"{project}\n{'=' * len(project)}\n\nREAD ME first. How to build: run `make`. To restore your files from a backup, use `make restore`.\n"
            "Files you encrypt with the --encrypt option can be decrypted with --decrypt and your own password.\n"
            "Please pay attention to the order of the steps.\n").encode()


def licence(project: str) -> bytes:
    return (f"Licence of {project}\n\nYou may use, copy and change these files. There is no warranty. Keep this text with every copy.\n"
            "Payment is not required. For support contact the maintainers listed in README.\n").encode()


def plain_text(title: str, lines: list[str]) -> bytes:
    """UTF-8 with a mark and CRLF, as Notepad of Windows 10 saves it."""
    return ("\ufeff" + "\r\n".join([title, ""] + lines) + "\r\n").encode()


def html_page(title: str) -> bytes:
    return f"<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><p>{title}</p></body></html>\n".encode()
