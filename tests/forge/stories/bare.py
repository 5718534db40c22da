SUMMARY = "nothing but a SYSTEM hive"

from ..pc import SYSTEM32, Pc


def tell(pc: Pc) -> None:
    pc.parts = {"system"}
    for question in ("infected", "cause", "impact", "terminal"):
        pc.answer(question, False, "cannot_say", "cannot_say")
    pc.fact("computer_name", "registry", SYSTEM32 + "config\\SYSTEM", key="ComputerName", value=pc.computer)
    pc.fact("time_zone", "registry", SYSTEM32 + "config\\SYSTEM", key="TimeZoneInformation", value="Tokyo Standard Time", bias_minutes=-540)
    for artefact in ("prefetch", "eventlog", "webcache", "mail", "ransomnote", "registry:SOFTWARE", "registry:NTUSER.DAT"):
        pc.absent(artefact, "not collected", "no file")
