"""Time as evidence has it: FILETIME, 100 ns since 1601-01-01 UTC (MS-DTYP 2.3.3). Integers only, so nothing is rounded."""
from datetime import datetime, timedelta, timezone

SECOND = 10_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
JST = timezone(timedelta(hours=9))
_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
_UNIX_OFFSET = 116_444_736_000_000_000


def filetime(moment: datetime, ticks: int = 0) -> int:
    """A datetime with a zone as FILETIME; ticks adds single 100 ns that datetime cannot hold."""
    delta = moment - _EPOCH
    return (delta.days * 86400 + delta.seconds) * SECOND + delta.microseconds * 10 + ticks


def jst(year, month, day, hour=0, minute=0, second=0, ticks=0) -> int:
    """A Japanese wall clock time as FILETIME."""
    return filetime(datetime(year, month, day, hour, minute, second, tzinfo=JST), ticks)


def iso(ft: int) -> str:
    """ISO 8601 UTC with all 7 decimals, as `hikeshi parse` writes it."""
    moment = _EPOCH + timedelta(seconds=ft // SECOND)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ft % SECOND:07d}Z"


def from_iso(text: str) -> int:
    """Back from iso()."""
    head, _, tail = text.rstrip("Z").partition(".")
    moment = datetime.strptime(head, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return filetime(moment, int(tail.ljust(7, "0")) if tail else 0)


def unix_ns(ft: int) -> int:
    """FILETIME as nanoseconds since 1970, for os.utime."""
    return (ft - _UNIX_OFFSET) * 100


def ole_date(ft: int) -> float:
    """FILETIME as an OLE automation date (days since 1899-12-30), the JET_coltypDateTime of ESE."""
    return ft / DAY - 109205.0
