SUMMARY = "a busy ordinary PC with everything that looks bad and is not"

from .. import events, files, times
from ..pc import EXPLORER, HOUR, IEXPLORE, MINUTE, SECOND, SYSTEM32, Pc, day
from .daily import EXCEL, OUTLOOK, WORD, ordinary


def tell(pc: Pc) -> None:
    folders = ordinary(pc)
    at = day(3, 10, 20)
    installer = pc.file(pc.home + "Downloads\\setup_lhatool.exe", files.mz_stub("An installer, said to be one.\r\n", 900), at)
    pc.mark(installer, at, "https://soft.example.jp/setup_lhatool.exe", "https://soft.example.jp/")
    pc.run(installer, at + MINUTE, EXPLORER, traces="4688 sysmon prefetch userassist bam")
    unpacked = pc.temp + "is-7Q2KD.tmp\\setup_lhatool.tmp"
    pc.run(unpacked, at + MINUTE + SECOND, installer, f'"{unpacked}" /SL5="$30412,812004,56832,{installer}"')
    pc.trap("inno_setup", "Inno Setup runs a .tmp out of Temp; it deletes it afterwards", unpacked)

    # The cached file itself is gone again: what nobody can look at any more is not known to be bad.
    at = day(4, 11, 3)
    reader = pc.fetch("https://get.vendor.example/readerdc_jp_install.exe", at, "readerdc_jp_install[1].exe", None, 3)
    pc.run(reader, at + 20 * SECOND, IEXPLORE, traces="4688 sysmon prefetch userassist bam")
    pc.downloads.append(pc.content[-1])
    pc.trap("ie_run", "\"Run\" in Internet Explorer executes an installer out of the web cache", reader)

    for number in range(-8, 13):
        if (number - 2) % 7 < 5:
            pc.run(SYSTEM32 + "cmd.exe", day(number, 9, 1, pc.rng.randrange(59)), EXCEL, "cmd /c X:\\kintai\\sync.bat")
            pc.run("C:\\Windows\\splwow64.exe", day(number, 10, 2), WORD, "C:\\Windows\\splwow64.exe 12288")
            pc.run(SYSTEM32 + "vssadmin.exe", day(number, 12, 30), "C:\\Program Files\\Backup\\bkagent.exe", "vssadmin delete shadows /for=C: /oldest /quiet")
    pc.trap("office_cmd", "an Excel add-in starts cmd.exe every day", SYSTEM32 + "cmd.exe")
    pc.trap("backup_shadows", "the backup program deletes the oldest shadow copy every day", SYSTEM32 + "vssadmin.exe")

    at = day(5, 13)
    for i in range(60):
        where = f"{pc.home}src\\module{i:02d}\\"
        pc.file(where + "LICENSE.txt", files.licence("module"), at + i * SECOND // 5)
        pc.file(where + "README.txt", files.readme(f"module{i:02d}"), at + i * SECOND // 5)
        pc.file(where + "index.html", files.html_page("module"), at + i * SECOND // 5)
    pc.trap("same_text_many_folders", "a source tree: the same LICENSE.txt in 60 folders", f"{pc.home}src\\module00\\LICENSE.txt")
    restore = pc.file(pc.home + "Desktop\\バックアップの復元方法.txt", files.plain_text("バックアップの復元方法", ["1. NAS の電源を入れる", "2. 復元するファイルを選ぶ", "3. パスワードを入れて復号する"]), at)
    pc.trap("restore_manual", "our own manual for restoring files speaks of decrypting", restore)
    guide = pc.file(pc.home + "Documents\\how_to_decrypt_company_pdf.txt", b"To open the encrypted PDF type the password of the month.\r\nAsk the office by phone 03-0000-0000.\r\n", at)
    pc.trap("decrypt_guide", "a file whose name speaks of decrypting; no key, no payment", guide)

    at = day(6, 9, 40)
    archive = pc.file(pc.outlook + "見積一式.zip", files.zip_of({"見積.xlsx": files.zip_of({"xl/workbook.xml": b"<workbook/>"})}), at)
    pc.mark(archive, at)
    inner = pc.file(pc.temp + "Temp1_見積一式.zip\\見積.xlsx", files.zip_of({"xl/workbook.xml": b"<workbook/>"}), at + MINUTE)
    pc.run(EXCEL, at + MINUTE, EXPLORER, f'"{EXCEL}" "{inner}"', "4688 sysmon prefetch userassist")
    pc.recent += ["見積一式.zip", "見積.xlsx"]
    pc.trap("zip_with_document", "a ZIP attachment with a document, opened", archive)

    at = day(9, 2)
    for i in range(40):
        pc.event(events.logon_failed_4625(at + i * 7 * SECOND, pc.computer, pc.user, pc.computer, 3, "NAS01", "192.0.2.200"))
    pc.logon(at + 3 * HOUR, 3, "192.0.2.200", "NAS01")
    pc.trap("nas_old_password", "a NAS with an old password: 40 failures, then a logon", "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx")
    for i in range(40):
        pc.file(f"{pc.home}Documents\\cad\\z{i % 6}\\図面{i:02d}.sv$", b"AC1032" + b"autosave " * 40, at + 13 * HOUR + i * SECOND // 2)
    pc.trap("autosave", "a CAD program saves 40 drawings with an unusual extension within seconds", f"{pc.home}Documents\\cad\\z0\\図面00.sv$")
    pc.event(events.service_7045(day(3, 10, 25), pc.computer, "Lhatool Updater", "\"C:\\Program Files\\Lhatool\\updater.exe\" /service", start="auto start"))

    old = pc.recycle(pc.home + "Desktop\\古い資料.xlsx", files.zip_of({"xl/workbook.xml": b"<workbook/>"}), day(10, 11))
    pc.fact("recycled", "recycled", old, path=pc.home + "Desktop\\古い資料.xlsx", deleted_at=times.iso(day(10, 11)), user_sid=pc.sid, version=2)
    pc.fact("mft.gone", "mft_deleted", "C:\\$MFT", path=unpacked)

    pc.answer("infected", False, "no_sign", "suspected")
    pc.answer("cause", False, "no_sign", "suspected")
    pc.answer("impact", False, "no_sign", "suspected")
    pc.answer("terminal", False, "no_sign", "suspected")
    pc.candidate("cause", "web", False, "no_sign", "suspected")
    pc.candidate("cause", "mail", False, "no_sign", "suspected")
    pc.fact_run("prefetch.installer_tmp", unpacked)
    pc.fact_run("prefetch.reader", reader)
    pc.fact("mail.zip", "mail_attachment", archive, attachment_name="見積一式.zip")
    pc.fact("zone.zip", "zone_identifier", archive + ":Zone.Identifier", zone_id=3)
