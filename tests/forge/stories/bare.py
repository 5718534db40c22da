SUMMARY = "nothing but a SYSTEM hive"

from ..pc import SYSTEM32, Pc


def tell(pc: Pc) -> None:
    pc.parts = {"system"}
    for question in ("infected", "cause", "impact", "terminal"):
        pc.answer(question, None, "cannot_say", "cannot_say")
    pc.fact("computer", "system_info", SYSTEM32 + "config\\SYSTEM", computer_name=pc.computer, time_zone="Tokyo Standard Time", bias_minutes=-540)
    for artefact in ("prefetch", "eventlog", "webcache", "mail", "ransomnote", "registry:SOFTWARE", "registry:NTUSER.DAT"):
        pc.absent(artefact, "not collected", "no file")
