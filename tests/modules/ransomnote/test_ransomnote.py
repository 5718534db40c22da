"""Notes made for the purpose: codings, markup, names, addresses, short and hostile texts."""
import json
import os
import subprocess

import pytest

from forge import files

HIKESHI = os.environ.get("HIKESHI", "hikeshi")
ENGLISH = ("Hello!\nAll your files have been encrypted. Only we have the private key.\n"
           "To get the decryptor you have to pay. Install Tor Browser and open {onion}\n"
           "Your personal ID: 7F3A91C2D4\nDo not rename encrypted files. After 72 hours the price will be doubled.\n")
JAPANESE = ("重要なお知らせ\nあなたのネットワークに侵入し、すべてのファイルを暗号化しました。\n"
            "復号ツールの価格はビットコインで支払ってください。ファイルの名前を変更しないでください。\n"
            "72時間以内に連絡がない場合、データを公開します。\nTor Browser で {onion} を開いてください。\n")


def parse(path):
    run = subprocess.run([HIKESHI, "parse", "ransomnote", str(path)], capture_output=True, timeout=60)
    assert run.returncode in (0, 1), run
    return [json.loads(line) for line in run.stdout.splitlines()]


def records_of(tmp_path, data, name="x.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return parse(path)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be-mark", "cp1252"])
def test_ransomnote__reads_every_usual_coding(tmp_path, coding):
    text = ENGLISH.format(onion=files.onion_address("a")).replace("\n", "\r\n")
    data = b"\xfe\xff" + text.encode("utf-16-be") if coding == "utf-16-be-mark" else text.encode(coding)
    (record,) = records_of(tmp_path, data)
    assert record["record"] == "ransom_note" and record["by_content"] and record["language"] == "en"
    assert record["onion_addresses"] == [files.onion_address("a")]
    assert record["onion_verified"] == record["onion_addresses"]
    assert record["personal_id"] == "7F3A91C2D4"


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_ransomnote__reads_japanese(tmp_path, coding):
    (record,) = records_of(tmp_path, JAPANESE.format(onion=files.onion_address("b")).encode(coding))
    assert record["record"] == "ransom_note" and record["by_content"] and record["language"] == "ja"


def test_ransomnote__forged_notes_are_notes(tmp_path):
    for name, data in (("a.dat", files.help_decrypt_txt("s")), ("HELP_DECRYPT.TXT", files.help_decrypt_txt("s")),
                       ("HELP_DECRYPT.HTML", files.help_decrypt_html("s"))):
        (record,) = records_of(tmp_path, data, name)
        assert record["record"] == "ransom_note", name
        assert record["by_name"] == name.startswith("HELP")
        assert record["onion_addresses"] == [files.onion_address("s")]
        assert record["bitcoin_addresses"] == [files.bitcoin_address("s")]
        assert record["personal_id"] == files.personal_code("s")


def test_ransomnote__markup_does_not_hide_words(tmp_path):
    html = "<html><style>p{}</style><p>All yo<b>ur</b> f&#105;les</p>" + ENGLISH.format(onion="x").replace("files", "<i>files</i>")
    (record,) = records_of(tmp_path, html.replace("encrypted", "<b>encrypted</b>").encode(), "n.hta")
    assert record["by_content"]


def test_ransomnote__rtf_is_read(tmp_path):
    text = ENGLISH.format(onion=files.onion_address("r")).replace("\n", "\\par\n")
    (record,) = records_of(tmp_path, b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 " + text.encode() + b"}", "n.rtf")
    assert record["by_content"] and record["onion_addresses"] == [files.onion_address("r")]


def test_ransomnote__wrong_bitcoin_checksum_is_not_an_address(tmp_path):
    address = files.bitcoin_address("c")
    wrong = address[:-1] + ("2" if address[-1] != "2" else "3")
    (record,) = records_of(tmp_path, (ENGLISH.format(onion="x") + f"\nbitcoin: {wrong}\n").encode())
    assert record["bitcoin_addresses"] == []


def test_ransomnote__wrong_onion_checksum_is_named_but_not_verified(tmp_path):
    onion = files.onion_address("a")
    wrong = ("b" if onion[0] == "a" else "a") + onion[1:]
    (record,) = records_of(tmp_path, ENGLISH.format(onion=wrong).encode())
    assert record["onion_addresses"] == [wrong] and record["onion_verified"] == []


def test_ransomnote__picture_with_a_telling_name_is_a_name_only(tmp_path):
    data = files.png(4, 4, lambda x, y: 0)
    (record,) = records_of(tmp_path, data, "HELP_DECRYPT.PNG")
    assert (record["record"], record["content_type"]) == ("ransom_note_name", "image")
    assert records_of(tmp_path, data, "holiday.png") == []


def test_ransomnote__ordinary_text_gives_nothing(tmp_path):
    assert records_of(tmp_path, b"Minutes of the meeting. All files were copied to the new server.\n") == []
    (record,) = records_of(tmp_path, b"This program plays music.\n", "README.txt")
    assert (record["record"], record["content"]) == ("content", 4)


REPORT = ("Ransomware is malware that encrypts files. In 2021 a company was attacked and its files were encrypted. The attackers asked "
          "for a ransom in bitcoin and threatened to publish stolen data. The company did not pay; the police were informed. "
          "Make backups, do not open unknown attachments and contact your administrator.\n")


def test_ransomnote__report_about_ransomware_is_no_note(tmp_path):
    assert records_of(tmp_path, REPORT.encode()) == []


def test_ransomnote__letter_of_the_it_department_is_no_note(tmp_path):
    text = ("Dear colleagues, all laptops will be encrypted with BitLocker next week. Your recovery key is kept by us. Do not "
            "rename your computer. If you have lost your key, contact us: helpdesk@corp.example. Files are backed up daily.\n")
    assert records_of(tmp_path, text.encode()) == []


def test_ransomnote__short_link_note_counts_with_its_name(tmp_path):
    url = f"[InternetShortcut]\r\nURL=http://{files.onion_address('u')}/\r\n".encode() + b"; contact us with your personal id: AB12CD34\r\n"
    (named,) = records_of(tmp_path, url, "HELP_DECRYPT.URL")
    assert named["record"] == "ransom_note" and named["by_name"] and not named["by_content"]
    assert records_of(tmp_path, url, "link.url") == []


def test_ransomnote__larger_than_the_limit_is_not_read(tmp_path):
    (error,) = records_of(tmp_path, b"a" * (128 * 1024 + 1))
    assert (error["record"], error["outcome"]) == ("error", "limit")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\xfe\xff\0", b"<", b"&", b"&#", b"{\\rtf", b"{\\rtf\\u", b"\\", b"<style", b"<!--", b"@", b"@.", b"\xef\xbb\xbf",
                                  b"extension", b"personal id", b"<html>" + b"<" * 50000, b"@" * 50000, b"a@" * 50000, b"your id " * 16000,
                                  b"all your files " * 8000, b"extension " * 13000])
def test_ransomnote__odd_bytes_cost_nothing(tmp_path, data):
    assert all(r["record"] != "error" for r in records_of(tmp_path, data))
