SUMMARY = "a .tmp that Internet Explorer cached was executed; HELP_DECRYPT in many folders"

from .. import files
from ..pc import IEXPLORE, MINUTE, SECOND, SYSTEM32, Pc, day
from .daily import ordinary


def tell(pc: Pc) -> None:
    folders = ordinary(pc)
    at = day(10, 10, 12, 40, 4231877)
    for number in range(4):
        pc.visit(f"http://redir{number}.evil.example/l", at - (50 - 10 * number) * SECOND)
    url = "http://drop.evil.example/a"
    path = pc.fetch(url, at, "a[1].tmp", files.mz_stub("This is no program: a stub for a test.\r\n", 512), folder=2)
    run_at = at + 8 * SECOND + 15
    made = pc.run(path, run_at, IEXPLORE, traces="4688 sysmon prefetch bam", loads=[SYSTEM32 + "wininet.dll", SYSTEM32 + "rsaenh.dll"])
    shadows = pc.run(SYSTEM32 + "vssadmin.exe", at + 60 * SECOND, path, "vssadmin.exe delete shadows /all /quiet")
    targets = folders + [f"{pc.home}Documents\\現場{i:02d}\\" for i in range(14)] + [pc.home + "Pictures\\"]
    notes = pc.ransom(at + 2 * MINUTE, targets, "web")

    pc.answer("infected", True, "likely", "confirmed")
    pc.answer("cause", True, "likely", "confirmed")
    pc.answer("impact", True, "suspected", "confirmed")
    pc.answer("terminal", False, "cannot_say", "suspected")
    pc.candidate("cause", "web", True, "likely", "confirmed")
    pc.candidate("cause", "mail", False, "cannot_say", "suspected")
    pc.fact_run("prefetch.tmp", path)
    pc.fact_run("prefetch.vssadmin", SYSTEM32 + "vssadmin.exe")
    pc.fact_event("4688.tmp", made["4688"])
    pc.fact_event("sysmon1.tmp", made["sysmon"])
    pc.fact_event("4688.vssadmin", shadows["4688"])
    pc.fact("webcache.tmp", "webcache_download", pc.home + "AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat", container="Content", url=url,
            filename="a[1].tmp", path=path, created_time=at, accessed_time=at, size_bytes=512)
    pc.fact("mft.tmp", "mft_file", "C:\\$MFT", path=path, deleted=False)
    pc.fact_wave(".lockd")
    pc.fact_notes(notes, "web")
