SUMMARY = "attachments were opened in Outlook and executed; Zone.Identifier, Office parents, prefetch, UserAssist; hostile names"

from .. import files
from ..pc import MINUTE, SECOND, SYSTEM32, Pc, day, tree_path
from .daily import OUTLOOK, WORD, ordinary

RTL_NAME = "請求書_0412\u202efdp.exe"                 # shown by a careless program as 請求書_0412exe.pdf
HOSTILE = ["<script>alert(1)<script>.txt", "<img src=x onerror=alert(1)>.html", "memo\x07\x1b[31m赤.txt", "二行\nの名前.txt"]
POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"


def _attachment(pc: Pc, name: str, data: bytes, at: int) -> str:
    path = pc.file(pc.outlook + name, data, at)
    pc.mark(path, at)
    return path


def tell(pc: Pc) -> None:
    folders = ordinary(pc)
    at = day(10, 9, 5, 12, 9876543)
    document = _attachment(pc, "御見積書.docm", files.docx(["御見積書", "コンテンツの有効化を押してください。"]), at)
    archive = _attachment(pc, "資料一式.zip", files.zip_of({"資料.txt": "資料です。\r\n".encode()}), at + 2 * SECOND)
    program = _attachment(pc, "請求書_202603.pdf.exe", files.mz_stub("This is no program: a stub for a test.\r\n", 768), at + 4 * SECOND)
    hidden = _attachment(pc, "請求書_0412.exe" if pc.plain_names else RTL_NAME, files.mz_stub("Nor is this.\r\n", 300), at + 6 * SECOND)
    if not pc.plain_names:
        for i, name in enumerate(HOSTILE):
            _attachment(pc, name, files.plain_text("名前の試験", [str(i)]), at + (8 + i) * SECOND)

    word = pc.run(WORD, at + 20 * SECOND, OUTLOOK, f'"{WORD}" /n "{document}" /o ""', "4688 sysmon prefetch userassist", loads=[document])
    pc.trust_records[document] = at + 31 * SECOND
    shell = pc.run(SYSTEM32 + "cmd.exe", at + 33 * SECOND, WORD, 'cmd.exe /c powershell -nop -w hidden -c "Write-Output test"')
    pc.run(POWERSHELL, at + 34 * SECOND, SYSTEM32 + "cmd.exe", 'powershell  -nop -w hidden -c "Write-Output test"')
    run_at = at + 6 * MINUTE + 7
    made = pc.run(program, run_at, OUTLOOK, traces="4688 sysmon prefetch userassist bam", loads=[SYSTEM32 + "rsaenh.dll"], focus_ms=1200)
    other = pc.run(hidden, run_at + 30 * SECOND, OUTLOOK, traces="4688 sysmon prefetch userassist bam")
    stay = pc.home + "AppData\\Roaming\\winhelper\\winhelper.exe"
    pc.file(stay, files.mz_stub("This is no program either.\r\n", 768), run_at + 40 * SECOND)
    pc.user_run["WinHelper"] = (f'"{stay}"', run_at + 41 * SECOND)
    pc.recent += ["御見積書.docm", "資料一式.zip", "年間計画_03.csv"]
    shadows = pc.run(SYSTEM32 + "vssadmin.exe", run_at + 90 * SECOND, program, "vssadmin.exe delete shadows /all /quiet")
    targets = folders + [f"{pc.home}Documents\\取引先{i:02d}\\" for i in range(12)]
    notes = pc.ransom(run_at + 2 * MINUTE, targets, "mail", extension=".lockd")
    pc.dirty_system = True

    pc.answer("infected", True, "likely", "confirmed")
    pc.answer("cause", True, "likely", "confirmed")
    pc.answer("impact", True, "suspected", "confirmed")
    pc.answer("terminal", False, "cannot_say", "suspected")
    pc.candidate("cause", "mail", True, "likely", "confirmed")
    pc.candidate("cause", "web", False, "cannot_say", "suspected")
    for identifier, path in (("prefetch.attachment", program), ("prefetch.rtl", hidden), ("prefetch.word", WORD)):
        pc.fact_run(identifier, path)
    for identifier, e in (("4688.attachment", made["4688"]), ("4688.rtl", other["4688"]), ("4688.word", word["4688"]), ("4688.cmd_of_word", shell["4688"]),
                          ("sysmon1.attachment", made["sysmon"]), ("4688.vssadmin", shadows["4688"])):
        pc.fact_event(identifier, e)
    for identifier, path in (("docm", document), ("zip", archive), ("exe", program), ("rtl", hidden)):
        pc.fact(f"mail.{identifier}", "mail_attachment", path, attachment_name=path.rpartition("\\")[2], size=len(pc.contents[tree_path(path)][0]))
        pc.fact(f"zone.{identifier}", "zone_identifier", path + ":Zone.Identifier", zone_id=3)
    hive = pc.home + "NTUSER.DAT"
    pc.fact("userassist.attachment", "userassist", hive, path=program, run_count=1, last_run_time=run_at)
    pc.fact("run.winhelper", "autorun", hive, name="WinHelper", command_line=f'"{stay}"', path=stay, key_written=run_at + 41 * SECOND)
    pc.fact("outlook.secure_temp", "setting", hive, name="OutlookSecureTempFolder", value=pc.outlook)
    pc.fact("bam.attachment", "bam", SYSTEM32 + "config\\SYSTEM", path="\\Device\\HarddiskVolume3" + program[2:], last_run_time=run_at, user=pc.sid)
    pc.fact_wave(".lockd")
    pc.fact_notes(notes, "mail")
