SUMMARY = "traces were removed: prefetch emptied and switched off, Security and System logs cleared; notes remain"

from .. import events, files
from ..pc import MINUTE, SECOND, SYSTEM32, Pc, day
from .daily import ordinary


def tell(pc: Pc) -> None:
    pc.sysmon_on = False
    folders = ordinary(pc)
    at = day(10, 9, 5, 12)
    program = pc.file(pc.outlook + "請求書_202603.pdf.exe", files.mz_stub("This is no program: a stub for a test.\r\n", 768), at)
    pc.mark(program, at)
    targets = folders + [f"{pc.home}Documents\\支店{i:02d}\\" for i in range(12)]
    notes = pc.ransom(at + 6 * MINUTE, targets, "wiped", extension=".wipd")

    cleared = at + 40 * MINUTE + 123
    pc.events = [e for e in pc.events if e.time > cleared or e.channel not in ("Security", "System")]
    pc.runs.clear()
    pc.userassist = {p: (1, u[1], 1, u[3] // 20) for p, u in pc.userassist.items() if u[1] > cleared}
    pc.bam = {p: when for p, when in pc.bam.items() if when > cleared}
    pc.prefetcher, pc.prefetcher_set = 0, cleared - MINUTE
    pc.parts.discard("webcache")
    pc.first_record["Security"], pc.first_record["System"] = 131877, 41002
    pc.gaps["Application"] = {pc.first_record["Application"] + 6: 12}
    security = pc.event(events.security_cleared_1102(cleared, pc.computer, pc.sid, pc.user, pc.computer))
    system = pc.event(events.log_cleared_104(cleared + 2 * SECOND, pc.computer, pc.sid, pc.user, pc.computer, "System"))

    pc.answer("infected", True, "cannot_say", "confirmed")
    pc.answer("cause", True, "cannot_say", "suspected")
    pc.answer("impact", True, "suspected", "confirmed")
    pc.answer("terminal", False, "cannot_say", "suspected")
    pc.candidate("cause", "mail", True, "cannot_say", "suspected")
    pc.candidate("cause", "web", False, "cannot_say", "suspected")
    pc.fact_event("1102", security)
    pc.fact_event("104", system)
    pc.fact("prefetch.off", "setting", SYSTEM32 + "config\\SYSTEM", name="EnablePrefetcher", value="0", key_written=pc.prefetcher_set)
    pc.fact("mail.exe", "mail_attachment", program, attachment_name="請求書_202603.pdf.exe")
    pc.fact_wave(".wipd")
    pc.fact_notes(notes, "wiped")
    pc.absent("prefetch", "switched off and emptied", "EnablePrefetcher = 0 in SYSTEM")
    pc.absent("eventlog:Security", "cleared", "event 1102")
    pc.absent("eventlog:System", "cleared", "event 104")
    pc.absent("eventlog:Application", "12 records are missing in the middle", "record numbers 8807 to 8818 are not there")
    pc.absent("eventlog:Microsoft-Windows-Sysmon/Operational", "never installed", "no service, no file")
    pc.absent("webcache", "file missing", "no WebCache folder")
