"""A PC to be told about: stories add files, runs, events and cache entries; write() puts the artefacts at their places.

Paths are Windows paths ("C:\\Users\\…"). What a story calls run() leaves the traces Windows would leave, minus those the story
has switched off or wiped. Nothing here reads a clock or the environment: same story and seed, same bytes.
"""
import hashlib
import json
import os
import random
import uuid
from pathlib import Path

from . import events, evtx, files, hives, mft, prefetch, recyclebin, regf, times, usn, webcache
from .times import DAY, HOUR, MINUTE, SECOND, iso

WINDOWS = "C:\\Windows\\"
SYSTEM32 = WINDOWS + "System32\\"
OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
IEXPLORE = "C:\\Program Files\\Internet Explorer\\iexplore.exe"
CHROME = "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"
EXPLORER = WINDOWS + "explorer.exe"
LOGS = "C:\\Windows\\System32\\winevt\\Logs\\"
_VOLUME_SERIAL = 0x9A3C11D0
_DEVICE = "\\Device\\HarddiskVolume3"
LEVELS = ("no_sign", "cannot_say", "suspected", "likely", "confirmed")


def day(number: int, hour: int = 0, minute: int = 0, second: int = 0, ticks: int = 0) -> int:
    """March 2026, Japan time; numbers below 1 reach back into February (0 is 28 February)."""
    return times.jst(2026, 3, 1, hour, minute, second, ticks) + (number - 1) * DAY


def tree_path(path: str, stream: str = "") -> str:
    """C:\\Users\\x as it lies in the tree: C/Users/x, with :stream for an alternate stream."""
    return path[0] + path[2:].replace("\\", "/") + (f":{stream}" if stream else "")


class Pc:
    def __init__(self, story: str, seed: int = 1, prefetch_version: int = 30, plain_names: bool = False, user: str = "利用者", computer: str = "KEIRI-PC01"):
        self.story, self.seed, self.user, self.computer, self.plain_names = story, seed, user, computer, plain_names
        self.rng = random.Random(f"{story}:{seed}")
        self.prefetch_version = prefetch_version
        rid = self.rng.randrange(1, 1 << 30)
        self.sid = f"S-1-5-21-{rid}-{self.rng.randrange(1 << 30)}-{self.rng.randrange(1 << 30)}-1001"
        self.home = f"C:\\Users\\{user}\\"
        self.inetcache = self.home + "AppData\\Local\\Microsoft\\Windows\\INetCache\\"
        self.temp = self.home + "AppData\\Local\\Temp\\"
        self.cache_folders = [self._name8() for _ in range(4)]
        self.outlook = self.inetcache + "Content.Outlook\\" + self._name8() + "\\"
        self.installed, self.end = times.jst(2024, 4, 1, 9), day(12, 18)
        self.volume_time = times.jst(2024, 4, 1, 8, 52, 11, 1234567)
        # what the PC keeps
        self.sysmon_on, self.audit_on, self.prefetcher, self.prefetcher_set = True, True, 3, None
        self.parts = {"prefetch", "logs", "system", "software", "sam", "ntuser", "webcache", "ntfs"}
        self.first_record = {"Security": 120034, "System": 40211, "Application": 8801, "Microsoft-Windows-Sysmon/Operational": 56012}
        self.gaps: dict[str, dict[int, int]] = {}
        self.dirty_system = False
        # what happened
        self.contents: dict[str, tuple[bytes, int]] = {}
        self.renamed: dict[str, tuple[str, int]] = {}      # in the tree, its name now: (name before, when)
        self.events: list[evtx.Event] = []
        self.runs: dict[str, list[int]] = {}
        self.loaded: dict[str, list[str]] = {}
        self.userassist: dict[str, tuple[int, int, int, int]] = {}
        self.bam: dict[str, int] = {}
        self.services: dict[str, tuple[str, int, int]] = {}
        self.user_run: dict[str, tuple[str, int]] = {}
        self.machine_run: dict[str, tuple[str, int]] = {}
        self.trust_records: dict[str, int] = {}
        self.recent: list[str] = []
        self.content: list[webcache.Entry] = []
        self.history: list[webcache.Entry] = []
        self.downloads: list[webcache.Entry] = []
        self.cookies: list[webcache.Entry] = []
        self._pid = 3000
        self._pids: dict[str, int] = {}
        self.truth = {"answers": {}, "candidates": {}, "facts": [], "absent": [], "traps": []}

    # ---- building blocks

    def _name8(self) -> str:
        return "".join(self.rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(8))

    def file(self, path: str, data: bytes, at: int, stream: str = "") -> str:
        self.contents[tree_path(path, stream)] = (data, at)
        return path

    def recycle(self, path: str, data: bytes, at: int) -> str:
        """Explorer puts a file into the bin. Returns the path of its $I file."""
        code, extension = self._name8()[:6], os.path.splitext(path)[1]
        bin_ = f"C:\\$Recycle.Bin\\{self.sid}\\"
        self.file(f"{bin_}$R{code}{extension}", data, at)
        return self.file(f"{bin_}$I{code}{extension}", recyclebin.build(path, len(data), at), at)

    def event(self, e: evtx.Event) -> evtx.Event:
        self.events.append(e)
        return e

    def pid_of(self, path: str) -> int:
        return self._pids.get(path.lower(), 1204)

    def run(self, path: str, at: int, parent: str = EXPLORER, command_line: str = "", traces: str = "4688 sysmon prefetch",
            loads: list[str] = (), focus_ms: int = 0) -> dict:
        """A program starts. traces: which of 4688, sysmon, prefetch, userassist, bam are left. Returns the events made."""
        traces, made = traces.split(), {}
        self._pid += 4 * self.rng.randrange(1, 9)
        pid, ppid = self._pid, self.pid_of(parent)
        self._pids[path.lower()] = pid
        command_line = command_line or f'"{path}"'
        if "4688" in traces and self.audit_on:
            made["4688"] = self.event(events.process_4688(at, self.computer, path, parent, command_line, self.sid, self.user, self.computer, pid, ppid))
        if "sysmon" in traces and self.sysmon_on:
            made["sysmon"] = self._sysmon(path, at, parent, command_line, pid, ppid)
        if "prefetch" in traces:
            self.runs.setdefault(path, []).append(at)
            self.loaded.setdefault(path, [])
            self.loaded[path] += [f for f in loads if f not in self.loaded[path]]
        if "userassist" in traces:
            count, _, focus, milliseconds = self.userassist.get(path, (0, 0, 0, 0))
            self.userassist[path] = (count + 1, at, focus + 1, milliseconds + focus_ms)
        if "bam" in traces:
            self.bam[_DEVICE + path[2:]] = at
        return made

    def _sysmon(self, path: str, at: int, parent: str, command_line: str, pid: int, ppid: int) -> evtx.Event:
        data = self.contents.get(tree_path(path), (path.encode(), 0))[0]
        own, other = (str(uuid.UUID(bytes=hashlib.md5(f"{p}{at}".encode()).digest())) for p in (path, parent))
        later = at + 23 * 10_000
        text = iso(at)[:-5].replace("T", " ")
        return self.event(events.sysmon_1(later, self.computer, path, parent, command_line, f'"{parent}"', f"{self.computer}\\{self.user}", pid, ppid,
                                          hashlib.sha256(data).hexdigest(), own, other, text))

    def logon(self, at: int, kind: int = 2, address: str = "-", workstation: str = "") -> evtx.Event:
        return self.event(events.logon_4624(at, self.computer, self.sid, self.user, self.computer, kind, workstation or self.computer, address))

    def visit(self, url: str, at: int, count: int = 1) -> None:
        self.history.append(webcache.Entry(f"Visited: {self.user}@{url}", at, at, at, type=webcache.HISTORY, access_count=count))

    def fetch(self, url: str, at: int, filename: str, data: bytes | None = None, folder: int = 1, kind: str = "application/octet-stream", count: int = 1) -> str:
        """WinINet caches a file: an entry in Content and the file in INetCache\\IE. Returns its path."""
        path = f"{self.inetcache}IE\\{self.cache_folders[folder - 1]}\\{filename}"
        size = len(data) if data is not None else 4096
        headers = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n"
        self.content.append(webcache.Entry(url, at, at, at - DAY, at + 30 * DAY, at, filename, folder, size, webcache.NORMAL, 0, count, headers))
        if data is not None:
            self.file(path, data, at)
        return path

    def mark(self, path: str, at: int, host: str = "", referrer: str = "", zone: int = 3) -> None:
        self.file(path, files.zone_identifier(zone, referrer, host), at, "Zone.Identifier")

    def ransom(self, at: int, folders: list[str], seed: str, names=("HELP_DECRYPT.TXT", "HELP_DECRYPT.HTML", "HELP_DECRYPT.PNG"),
               extension: str = ".lockd", per_folder: int = 4) -> list[str]:
        """Notes and encrypted documents in each folder, a few seconds apart. Returns the paths of the notes."""
        make = {".txt": files.help_decrypt_txt, ".html": files.help_decrypt_html, ".png": files.help_decrypt_png}
        notes = []
        for number, folder in enumerate(folders):
            when = at + number * 3 * SECOND + self.rng.randrange(SECOND)
            for i in range(per_folder):
                name = self.rng.choice(("見積書", "請求書", "議事録", "台帳", "設計図", "名簿")) + f"_{number:02d}{i}" + self.rng.choice((".xlsx", ".docx", ".pdf", ".jpg"))
                path = self.file(f"{folder}{name}{extension}", files.encrypted(2048 + self.rng.randrange(3000), self.rng), when + i * SECOND // 4)
                self.renamed[tree_path(path)] = (name, when + i * SECOND // 4)
            for name in names:
                notes.append(self.file(folder + name, make["." + name.rpartition(".")[2].lower()](seed), when + 2 * SECOND))
        return notes

    # ---- truth

    def answer(self, question: str, true: bool | None, at_least: str, at_most: str) -> None:
        self.truth["answers"][question] = {"true": true, "at_least": at_least, "at_most": at_most}

    def candidate(self, question: str, name: str, true: bool, at_least: str, at_most: str) -> None:
        self.truth["candidates"].setdefault(question, {})[name] = {"true": true, "at_least": at_least, "at_most": at_most}

    def fact(self, identifier: str, record: str, path: str, /, **fields) -> None:
        """One record that must be found in the artefact at path. Fields that are times are given as FILETIME."""
        is_time = lambda name, value: isinstance(value, int) and (name.endswith("_time") or name in ("key_written", "time_created"))
        fields = {k: iso(v) if is_time(k, v) else v for k, v in fields.items()}
        self.truth["facts"].append({"id": identifier, "record": record, "path": tree_path(path), "fields": fields})

    def fact_event(self, identifier: str, e: evtx.Event) -> None:
        self.truth["facts"].append({"id": identifier, "record": "event", "path": e, "fields": {}})

    def fact_run(self, identifier: str, path: str) -> None:
        """The prefetch file of a program."""
        self.truth["facts"].append({"id": identifier, "record": "prefetch", "path": ("prefetch", path), "fields": {}})

    def fact_notes(self, notes: list[str], seed: str) -> None:
        """Notes that ransom() left: texts are ransom_note, pictures are known by their name alone."""
        for i, note in enumerate(notes):
            if note.upper().endswith(".PNG"):
                self.fact(f"note.{i}", "ransom_note_name", note)
            else:
                self.fact(f"note.{i}", "ransom_note", note, personal_id=files.personal_code(seed), onion_addresses=[files.onion_address(seed)],
                          onion_verified=[files.onion_address(seed)], bitcoin_addresses=[files.bitcoin_address(seed)])

    def fact_wave(self, extension: str) -> None:
        """What ransom() did, as the journal and the $MFT sum it up."""
        at = [when for name, (_, when) in self.renamed.items() if name.endswith(extension)]
        self.fact("usn.wave", "usn_rename_wave", "C:\\$Extend\\$UsnJrnl:$J", extension=extension[1:], files=len(at), first_at=iso(min(at)), last_at=iso(max(at)))
        self.fact("mft.wave", "mft_extension_wave", "C:\\$MFT", extension=extension[1:], files=len(at), first_at=iso(min(at)), last_at=iso(max(at)))

    def absent(self, artefact: str, why: str, proof: str) -> None:
        self.truth["absent"].append({"artefact": artefact, "why": why, "proof": proof})

    def trap(self, identifier: str, why: str, path: str) -> None:
        self.truth["traps"].append({"id": identifier, "why": why, "path": tree_path(path)})

    # ---- artefacts

    def prefetch_of(self, path: str) -> prefetch.Prefetch:
        version = self.prefetch_version
        device = prefetch.volume_device(self.volume_time, _VOLUME_SERIAL) if version >= 30 else _DEVICE.upper()
        runs = sorted(self.runs[path], reverse=True)
        modules = [SYSTEM32 + m for m in ("ntdll.dll", "kernel32.dll", "KernelBase.dll", "locale.nls", "user32.dll")]
        listed = modules[:4] + [path] + modules[4:] + self.loaded[path]
        folders = sorted({p.rpartition("\\")[0] for p in listed})
        reference = lambda p: int.from_bytes(hashlib.md5(p.lower().encode()).digest()[:3], "little") | 3 << 48
        hashed = _DEVICE + path[2:]
        return prefetch.Prefetch(
            path.rpartition("\\")[2].upper(), prefetch.path_hash(hashed, version), len(runs), runs,
            [prefetch.File(device + p[2:].upper(), reference(p), 40 * i, 12) for i, p in enumerate(listed)],
            [prefetch.Volume(device, self.volume_time, _VOLUME_SERIAL, [device + f[2:].upper() for f in folders], [reference(p) for p in listed])],
            hashed)

    def _write_prefetch(self) -> None:
        for path in self.runs:
            p = self.prefetch_of(path)
            name = WINDOWS + "Prefetch\\" + prefetch.file_name(p)
            self.file(name, prefetch.build(p, self.prefetch_version), p.run_times[0] + 10 * SECOND)

    def _channel_file(self, channel: str) -> str:
        return LOGS + channel.replace("/", "%4") + ".evtx"

    def _write_logs(self) -> None:
        channels: dict[str, list[evtx.Event]] = {"Security": [], "System": [], "Application": []}
        for e in sorted(self.events, key=lambda e: e.time):
            channels.setdefault(e.channel, []).append(e)
        for channel, made in channels.items():
            if not made:
                continue
            data = evtx.build(made, self.first_record.get(channel, 1), self.gaps.get(channel))
            self.file(self._channel_file(channel), data, made[-1].time)

    def _write_hives(self) -> None:
        config = SYSTEM32 + "config\\"
        profiles = {"S-1-5-18": ("%systemroot%\\system32\\config\\systemprofile", self.installed),
                    "S-1-5-19": ("%systemroot%\\ServiceProfiles\\LocalService", self.installed),
                    "S-1-5-20": ("%systemroot%\\ServiceProfiles\\NetworkService", self.installed), self.sid: (self.home[:-1], day(12, 8, 31))}
        if "system" in self.parts:
            bam = {self.sid: self.bam} if self.bam else {}
            h = hives.system(self.computer, self.installed, self.prefetcher, self.prefetcher_set, bam, self.services, day(11, 18, 20))
            data = h.build(dirty=self.dirty_system)
            self.file(config + "SYSTEM", data, self.end)
            if self.dirty_system:
                h.set("ControlSet001\\Control\\Session Manager\\Memory Management\\PrefetchParameters", "BootId", regf.REG_DWORD, 215)
                self.file(config + "SYSTEM.LOG1", regf.log1(data, h.build()), self.end)
        if "software" in self.parts:
            self.file(config + "SOFTWARE", hives.software(self.installed, profiles, self.installed, self.machine_run, owner=self.user).build(), self.end)
        if "sam" in self.parts:
            self.file(config + "SAM", hives.sam(self.installed, {"Administrator": 500, "Guest": 501, self.user: 1001}).build(), self.end)
            self.file(config + "SECURITY", hives.security(self.installed).build(), self.end)
        if "ntuser" in self.parts:
            h = hives.ntuser(day(12, 8, 31), self.userassist, self.user_run, self.outlook, trust_records=self.trust_records,
                             typed_urls=["http://www.example.jp/"], recent=self.recent)
            self.file(self.home + "NTUSER.DAT", h.build(), self.end)

    def _files(self) -> list[mft.File]:
        """What the $MFT knows: all that is there, and programs that were run where users can write and are gone."""
        made: dict[str, mft.File] = {}
        for name, (data, at) in self.contents.items():
            path, _, stream = name[2:].partition(":")
            f = made.setdefault(path, mft.File(path, at))
            if stream:
                f.streams[stream] = data
                continue
            f.born, f.size = at, len(data)
            if name in self.renamed:
                f.born, f.modified = day(-20, 9), self.renamed[name][1]
        for path, at in self.runs.items():
            name = tree_path(path)
            if name not in self.contents and any(p in path for p in ("\\Temp\\", "\\INetCache\\", "\\Downloads\\")):
                made[name[2:]] = mft.File(name[2:], min(at) - SECOND, 4096, changed=max(at) + 10 * MINUTE, deleted=True)
        return list(made.values())

    def _journal(self, laid: dict[str, mft.File]) -> bytes:
        """The last days: it holds only so much, and the folders are older than it."""
        acts = []
        for path, f in laid.items():
            above, _, name = path.rpartition("/")
            where = (f.reference, mft.reference_of(laid, above))
            if "C/" + path in self.renamed:
                old, at = self.renamed["C/" + path]
                acts.append((at, lambda j, at=at, where=where, old=old, name=name: j.rename(at, *where, old, name)))
            elif not f.directory:
                acts.append((f.born, lambda j, at=f.born, where=where, name=name: j.create(at, *where, name)))
            if f.deleted:
                acts.append((f.changed, lambda j, at=f.changed, where=where, name=name: j.delete(at, *where, name)))
        journal = usn.Journal(0x2C000000)
        for _, act in sorted((a for a in acts if a[0] >= day(2)), key=lambda a: a[0]):
            act(journal)
        return bytes(journal.data)

    def _write_ntfs(self) -> None:
        laid = mft.lay_out(self._files(), self.volume_time)
        self.file("C:\\$MFT", mft.table(laid, self.volume_time), self.volume_time)
        self.file("C:\\$Extend\\$UsnJrnl", self._journal(laid), self.end, "$J")

    def containers(self) -> list[webcache.Container]:
        base = self.home + "AppData\\Local\\Microsoft\\Windows\\"
        return [webcache.Container("Content", self.inetcache + "IE\\", self.content, self.cache_folders),
                webcache.Container("History", base + "History\\History.IE5\\", self.history),
                webcache.Container("Cookies", base + "INetCookies\\", self.cookies),
                webcache.Container("iedownload", base + "IEDownloadHistory\\", self.downloads)]

    def _resolve(self, fact: dict) -> dict:
        where = fact["path"]
        if isinstance(where, evtx.Event):
            fact["path"] = tree_path(self._channel_file(where.channel))
            fact["fields"] = {"event_record_id": where.record_id, "channel": where.channel, "provider": where.provider, "event_id": where.event_id,
                              "time_created": iso(where.time), "computer": where.computer, "user_sid": where.user_sid, "data": where.fields()}
        elif isinstance(where, tuple):
            p = self.prefetch_of(where[1])
            fact["path"] = tree_path(WINDOWS + "Prefetch\\" + prefetch.file_name(p))
            kept = p.run_times[:1 if self.prefetch_version < 26 else 8]
            fact["fields"] = {"executable_name": p.executable[:29], "prefetch_hash": f"{p.hash:08X}", "format_version": self.prefetch_version,
                              "run_count": p.run_count, "run_times": [iso(t) for t in kept], "last_run_time": iso(kept[0])}
        return fact

    # ---- the tree

    def write(self, out: Path) -> dict:
        """All files under `out`, which must not exist or be empty, and truth.json. Returns the truth."""
        out = Path(out)
        if out.exists() and any(out.iterdir()):
            raise FileExistsError(f"{out} is not empty")
        if "prefetch" in self.parts:
            self._write_prefetch()
        if "logs" in self.parts:
            self._write_logs()
        self._write_hives()
        if "webcache" in self.parts:
            self.file(self.home + "AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat", webcache.build(self.containers(), self.end), self.end)
        if "ntfs" in self.parts:
            self._write_ntfs()
        folders = {"C", "C/Windows/Prefetch", "C/Windows/System32/winevt/Logs", "C/Windows/System32/config", tree_path(self.home)[:-1]}
        listed = put(out, {name: self.contents[name] for name in sorted(self.contents)}, folders)
        truth = {"story": self.story, "seed": self.seed, "host": self.computer, "computer": self.computer, "user": self.user, "user_sid": self.sid,
                 "time_zone": "Tokyo Standard Time", "bias_minutes": -540, "window": {"from": iso(day(-19)), "to": iso(self.end)},
                 "prefetch_version": self.prefetch_version}
        truth |= {k: ([self._resolve(f) for f in v] if k == "facts" else v) for k, v in self.truth.items()} | {"files": listed}
        text = json.dumps(truth, ensure_ascii=True, indent=1, sort_keys=False, default=str)
        (out / "truth.json").write_text(text + "\n", encoding="utf-8")
        os.utime(out / "truth.json", ns=(times.unix_ns(self.end),) * 2)
        return json.loads(text)


def put(out: Path, contents: dict[str, tuple[bytes, int]], folders: set[str] = frozenset()) -> list[dict]:
    """Files with their times; then the folders, each as late as the latest thing in it."""
    listed, latest = [], {}
    for folder in sorted(folders):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for name, (data, at) in contents.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        os.utime(target, ns=(times.unix_ns(at),) * 2)
        for parent in Path(name).parents:
            latest[str(parent)] = max(latest.get(str(parent), 0), at)
        listed.append({"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "mtime": iso(at)})
    default = max(latest.values(), default=times.jst(2026, 3, 1))
    everything = sorted((p for p in out.rglob("*") if p.is_dir()), key=lambda p: len(p.parts), reverse=True)
    for folder in everything + [out]:
        os.utime(folder, ns=(times.unix_ns(latest.get(str(folder.relative_to(out)), default)),) * 2)
    return listed
