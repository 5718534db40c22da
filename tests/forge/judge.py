"""Are answers within what the truth of a story allows? One rule for all tests that run the whole line over a story."""

SURE = {"no_sign": 0, "cannot_say": 0, "suspected": 0, "likely": 1, "confirmed": 2}


def _fault(name: str, level: str, wanted: dict) -> str | None:
    if level not in SURE:
        return f"{name}: {level!r} is no level"
    if wanted["true"] is None:
        return None if level == "cannot_say" else f"{name}: {level}, though nothing can be known"
    if wanted["true"] and level == "no_sign":
        return f"{name}: no_sign of what happened"
    if SURE[level] < SURE[wanted["at_least"]]:
        return f"{name}: {level}, at least {wanted['at_least']} is proven"
    if SURE[level] > SURE[wanted["at_most"]]:
        return f"{name}: {level}, at most {wanted['at_most']} is right"
    return None


def judge(truth: dict, levels: dict[str, str], candidates: dict[str, dict[str, str]] | None = None) -> list[str]:
    """levels: {question: level}; candidates: {question: {candidate: level}}. The faults, none if all is well; what is not answered is one."""
    faults = [f"{q}: not answered" if q not in levels else _fault(q, levels[q], wanted) for q, wanted in truth["answers"].items()]
    for question, named in (candidates or {}).items():
        for name, level in named.items():
            wanted = truth["candidates"].get(question, {}).get(name, {"true": False, "at_least": "no_sign", "at_most": "suspected"})
            faults.append(_fault(f"{question} by {name}", level, wanted))
    return [f for f in faults if f]
