"""What an ordinary office PC does all day. Not a story: the ground every story stands on."""
from .. import events, files
from ..pc import CHROME, EXPLORER, IEXPLORE, MINUTE, OFFICE, SECOND, SYSTEM32, WINDOWS, Pc, day
from ..times import DAY, HOUR

WORD, EXCEL, OUTLOOK = OFFICE + "WINWORD.EXE", OFFICE + "EXCEL.EXE", OFFICE + "OUTLOOK.EXE"
SERVICES = SYSTEM32 + "services.exe"
_BACKGROUND = [SYSTEM32 + n for n in ("svchost.exe", "conhost.exe", "taskhostw.exe", "RuntimeBroker.exe", "SearchIndexer.exe", "dllhost.exe", "sihost.exe",
                                      "ctfmon.exe", "smartscreen.exe", "backgroundTaskHost.exe")]
_BY_HAND = [SYSTEM32 + "notepad.exe", SYSTEM32 + "calc.exe", SYSTEM32 + "mspaint.exe", CHROME, WORD, EXCEL,
            "C:\\Program Files\\会計ソフト\\Kaikei.exe", "C:\\Program Files (x86)\\Lhaplus\\Lhaplus.exe"]
_SITES = [("http://www.example.jp/", "index[%d].htm", "text/html", files.html_page("例のページ")),
          ("http://news.example.jp/top.css", "top[%d].css", "text/css", b"body { margin: 1em }\n"),
          ("http://www.example.jp/img/logo.png", "logo[%d].png", "image/png", files.png(16, 16, lambda x, y: 16 * x ^ y)),
          ("http://intra.example.jp/勤怠/menu.js", "menu[%d].js", "text/javascript", b"var menu = [];\n"),
          ("http://weather.example.jp/tokyo.json", "tokyo[%d].json", "application/json", b'{"max": 14, "min": 5}\n')]
_TITLES = ["議事録_3月", "見積書_山田商店", "請求書_控え", "年間計画", "出張報告", "備品一覧", "電話番号簿", "名刺データ", "研修資料", "給与明細の見方", "社内報_春号", "引き継ぎメモ"]


def documents(pc: Pc, folders: list[str]) -> None:
    """Ordinary documents, spread over the folders, written in February."""
    for i, title in enumerate(_TITLES * 2):
        folder = folders[i % len(folders)]
        at = day(-20, 9) + i * 11 * HOUR
        name = f"{title}_{i:02d}"
        if i % 4 == 0:
            pc.file(f"{folder}{name}.docx", files.docx([title, "本文です。", f"第 {i} 版"]), at)
        elif i % 4 == 1:
            pc.file(f"{folder}{name}.pdf", files.pdf(f"Document {i}"), at)
        elif i % 4 == 2:
            pc.file(f"{folder}{name}.txt", files.plain_text(title, ["担当: 総務", "保存期間: 5 年"]), at)
        else:
            pc.file(f"{folder}{name}.csv", "\r\n".join(["番号,名前,数", *(f"{n},品目{n},{n * 3}" for n in range(12))]).encode("cp932"), at)


def _working_day(pc: Pc, morning: int) -> None:
    r = pc.rng
    pc.event(events.eventlog_started_6005(morning, pc.computer))
    for service in ("Windows Update", "Background Intelligent Transfer Service", "Windows Search"):
        pc.event(events.service_7036(morning + r.randrange(40) * SECOND, pc.computer, service, "running"))
    pc.logon(morning + MINUTE)
    pc.run(EXPLORER, morning + MINUTE + SECOND, SYSTEM32 + "userinit.exe")
    pc.run(OUTLOOK, morning + 4 * MINUTE + r.randrange(60) * SECOND, traces="4688 sysmon prefetch userassist bam", focus_ms=900_000)
    for path in r.sample(_BACKGROUND, 6):
        pc.run(path, morning + 5 * MINUTE + r.randrange(9 * 60) * MINUTE // 2, SERVICES)
    for path in r.sample(_BY_HAND, 4):
        pc.run(path, morning + 10 * MINUTE + r.randrange(8 * 60) * MINUTE, traces="4688 sysmon prefetch userassist bam", focus_ms=r.randrange(600_000))
    at = morning + 30 * MINUTE + r.randrange(60) * MINUTE
    pc.run(IEXPLORE, at, traces="4688 sysmon prefetch userassist bam", focus_ms=300_000)
    number = 1 + sum(1 for e in pc.history)            # WinINet counts names it already has
    for i, (url, name, kind, data) in enumerate(_SITES):
        pc.fetch(f"{url}?d={morning // DAY}", at + i * SECOND, name % number, data, 1 + r.randrange(4), kind)
    pc.visit(_SITES[0][0], at, 1 + r.randrange(5))
    pc.event(events.classic("MsiInstaller", 1035, "Application", morning + 2 * HOUR, pc.computer, ["会計ソフト", "8.1.2", "1041", "0", "株式会社例", "(NULL)"]))
    pc.event(events.eventlog_stopped_6006(morning + 10 * HOUR, pc.computer))


def ordinary(pc: Pc, first: int = -8, last: int = 12) -> list[str]:
    """The days first..last of March 2026 (Monday to Friday). Returns the folders with the user's documents."""
    folders = [pc.home + "Documents\\", pc.home + "Desktop\\", pc.home + "Documents\\経理\\", pc.home + "Documents\\経理\\令和7年度\\"]
    documents(pc, folders)
    for number in range(first, last + 1):
        if (number - 2) % 7 < 5:                       # 2 March 2026 is a Monday
            _working_day(pc, day(number, 8, 30, pc.rng.randrange(60), pc.rng.randrange(SECOND)))
    pc.file(pc.home + "Downloads\\会社案内.pdf", files.pdf("Company"), day(-3, 11))
    pc.mark(pc.home + "Downloads\\会社案内.pdf", day(-3, 11), "http://www.example.jp/annai.pdf", "http://www.example.jp/")
    pc.machine_run["SecurityHealth"] = ("%windir%\\system32\\SecurityHealthSystray.exe", pc.installed)
    pc.user_run["OneDrive"] = (f'"{pc.home}AppData\\Local\\Microsoft\\OneDrive\\OneDrive.exe" /background', day(-18, 9))
    return folders
