"""Made-up PCs with known truth, as records of the program's own modules: a busy month with the traps of daily work, and an
incident. build(name) -> (lines for test_story, truth)."""
import random

SEC = 10_000_000
MIN = 60 * SEC
H = 60 * MIN
D = 24 * H
T0 = 133_500_000_000_000_000 - 133_500_000_000_000_000 % D
NOW = T0 + 30 * D + 15 * H

KINDS = (
    "prefetch process.4688 sysmon logon sec.cleared sys.cleared svc.install svc.4697 userassist bam config config.system"
    " config.software config.user hive"
    " webcache.content webcache.history zone mail.attachment content file.times ransomnote.name autorun.machine autorun.user mft usn recyclebin"
).split()

SYS = "C:\\Windows\\System32\\"
OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
USER = "C:\\Users\\tanaka"
TEMP = USER + "\\AppData\\Local\\Temp\\"
CACHE = USER + "\\AppData\\Local\\Microsoft\\Windows\\INetCache\\"
OUTLOOK = CACHE + "Content.Outlook\\K3JD\\"
IE = "C:\\Program Files\\Internet Explorer\\iexplore.exe"
VOLUME = "\\VOLUME{01d0a1b2c3d4e5f6-9A3C11D0}"


class Pc:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rows = []
        self.links = []
        self.cover = {k: ("examined", T0 - D, None) for k in KINDS}

    def put(self, type_, kind, **fields):
        if self.cover[kind][0] != "examined":
            return
        self.rows.append((kind, ["R", type_, kind, "\\N", "\\N", "\\N", "\\N"] + [f"{k}={v}" for k, v in fields.items()]))

    def off(self, *kinds):
        """Never recorded, and the registry proves it."""
        for k in kinds:
            self.cover[k] = ("off", T0 - D, "config")

    def gone(self, *kinds):
        for k in kinds:
            self.rows = [r for r in self.rows if r[0] != k]
            self.cover[k] = ("absent", None, None)

    def since(self, at, *kinds):
        """Rolled over or cleared: what was before is not there."""
        for k in kinds:
            self.rows = [r for r in self.rows if r[0] != k]
            self.cover[k] = ("examined", at, None)

    # what programs and people do, as each observer writes it

    def process(self, at, path, parent, command="", kinds=("process.4688", "sysmon")):
        for k in kinds:
            self.put("process_created", k, time_created=at + self.random.randrange(SEC // 100), path=path, parent_path=parent,
                     command_line=command or path)

    def prefetch(self, at, path):
        name = path.rsplit("\\", 1)[1].upper()[:29]
        self.put("prefetch", "prefetch", executable_name=name, executable_path=path, run_times=at)

    def userassist(self, at, path):
        self.put("userassist", "userassist", path=path, last_run_time=at)

    def bam(self, at, path):
        self.put("bam", "bam", path="\\Device\\HarddiskVolume3" + path[2:], last_run_time=at)

    def run(self, at, path, parent, command=""):
        self.process(at, path, parent, command)
        self.prefetch(at, path)

    def download(self, at, path, url):
        self.put("webcache_download", "webcache.content", created_time=at, path=path, url=url)

    def visit(self, at, url):
        self.put("webcache_visit", "webcache.history", accessed_time=at, url=url)

    def program(self, path, hidden):
        self.put("cached_program", "content", path=path, content=2, name_hides_it=1 if hidden else 0)

    def created(self, at, path):
        self.put("file_created", "file.times", path=path, created=at)

    def content(self, path, n):
        self.put("content", "content", path=path, content=n)

    def note(self, at, path, family="Locky"):
        self.put("ransom_note", "content", path=path, content=3, family=family, dropped_at=at)
        self.created(at, path)

    def setting(self, at, name, value):
        self.put("setting", "config", name=name, value=value, key_written=at)

    def cleared(self, at, channel):
        kind = "sec.cleared" if channel == "Security" else "sys.cleared"
        self.put("log_cleared", kind, time_created=at, cleared_channel=channel, user_name="tanaka")

    def lines(self):
        yield f"W\t{T0}\t{NOW}"
        for _, row in self.rows:
            yield "\t".join(row)
        for k, (state, lo, proof) in self.cover.items():
            yield "\t".join(["C", k, "-", state, "\\N" if lo is None else str(lo), "\\N" if lo is None else str(NOW), proof or "\\N"])
        for raw, path, kind in self.links:
            yield f"L\t{raw}\t{path}\t{kind}"


def noise(pc, n):
    r = pc.random
    programs = [SYS + "svchost.exe", SYS + "cmd.exe", OFFICE + "WINWORD.EXE", OFFICE + "EXCEL.EXE", OFFICE + "OUTLOOK.EXE", IE]
    programs += [f"C:\\Program Files\\App{i}\\app{i}.exe" for i in range(30)]
    parents = [SYS + "svchost.exe", "C:\\Windows\\explorer.exe", SYS + "cmd.exe"]
    folders = [f"{USER}\\Documents\\p{i}" for i in range(30)] + [f"{CACHE}IE\\{i:08X}" for i in range(8)]

    def at():
        return T0 + r.randrange(30) * D + int(min(23.9, max(0, r.gauss(14, 3.5))) * H) + r.randrange(MIN)

    for _ in range(n):
        pc.process(at(), r.choice(programs), r.choice(parents))
    for p in programs:
        pc.prefetch(at(), p)
        pc.userassist(at(), p)
        pc.bam(at(), p)
    for i in range(n // 2):
        pc.download(at(), f"{r.choice(folders)}\\f{i}[1].{r.choice(('js', 'htm', 'png', 'css'))}", f"https://site{i % 50}.example/{i}")
        pc.visit(at(), f"https://site{r.randrange(50)}.example/")
    for i in range(n // 10):
        path = f"{OUTLOOK}doc{i}.xlsx"
        pc.put("mail_attachment", "mail.attachment", path=path, attachment_name=f"doc{i}.xlsx", arrived_at=at())
    pc.setting(T0 - 300 * D, "EnablePrefetcher", "3")


def traps(pc):
    """What an honest PC does that looks like an attack."""
    x = T0 + 6 * D + 10 * H  # Inno Setup and Windows Installer run a .tmp
    pc.run(x, TEMP + "is-7Q2AB.tmp\\setup.tmp", USER + "\\Downloads\\setup.exe")
    pc.run(x, TEMP + "MSI4F21.tmp", SYS + "msiexec.exe")
    for d in range(3, 26):  # an add-in of the company, and the backup
        pc.process(T0 + d * D + 9 * H, SYS + "cmd.exe", OFFICE + "EXCEL.EXE", "cmd /c X:\\kintai\\sync.bat")
        pc.process(T0 + d * D + 2 * H, SYS + "vssadmin.exe", "C:\\Program Files\\Backup\\veeamagent.exe",
                   "vssadmin delete shadows /for=C: /oldest")
    x = T0 + 9 * D + 13 * H  # the same file in many folders, read and harmless
    for i in range(40):
        path = f"{USER}\\Documents\\src\\m{i}\\LICENSE.txt"
        pc.created(x + i * SEC, path)
        if i % 10 == 0:
            pc.content(path, 4)
    x = T0 + 16 * D + 9 * H  # an attached archive with a document in it
    zip_ = OUTLOOK + "mitsumori.zip"
    pc.put("mail_attachment", "mail.attachment", path=zip_, attachment_name="mitsumori.zip", arrived_at=x)
    pc.put("zone_identifier", "zone", path=zip_, zone_id=3, marked_at=x)
    pc.process(x + MIN, OFFICE + "EXCEL.EXE", "C:\\Windows\\explorer.exe", "excel Temp1_mitsumori.zip\\mitsumori.xlsx")


def run_from_browser(pc):
    """"Run" in Internet Explorer: an honest installer out of the cache. Nothing here can say that it is signed."""
    x = T0 + 7 * D + 11 * H
    path = CACHE + "IE\\AB12CD34\\reader[1].exe"
    pc.download(x, path, "https://get.vendor.example/reader.exe")
    pc.created(x, path)
    pc.program(path, False)
    pc.run(x + 20 * SEC, path, IE)


def ransom(pc, at, root, folders, text=True, family="Locky", name="HELP_DECRYPT.TXT"):
    for i in range(folders):
        path = f"{root}\\k{i}\\{name}"
        if text:
            pc.note(at + i * SEC, path, family)
        else:
            pc.created(at + i * SEC, path)
        pc.put("ransom_note_name", "ransomnote.name", path=f"{root}\\k{i}\\HELP_DECRYPT.PNG", created=at + i * SEC)


def shadows(pc, at, parent):
    pc.process(at, SYS + "vssadmin.exe", parent, "vssadmin.exe delete shadows /all /quiet")
    pc.prefetch(at, SYS + "vssadmin.exe")


def mail_attack(pc, at):
    exe = TEMP + "Temp1_invoice_0412.zip\\invoice_0412.exe"
    zip_ = OUTLOOK + "invoice_0412.zip"
    pc.put("mail_attachment", "mail.attachment", path=zip_, attachment_name="invoice_0412.zip", arrived_at=at)
    pc.put("zone_identifier", "zone", path=zip_, zone_id=3, marked_at=at)
    pc.run(at + MIN, exe, "C:\\Windows\\explorer.exe")
    pc.userassist(at + MIN, exe)
    pc.bam(at + MIN, exe)
    return exe


def web_attack(pc, at, observers=("process", "prefetch")):
    exe = CACHE + "IE\\7F3A1C22\\upd8[1].tmp"
    for i in range(4):
        pc.visit(at - 50 * SEC + i * 10 * SEC, f"https://redir{i}.evil.example/l")
    pc.download(at, exe, "https://drop.evil.example/a")
    pc.created(at, exe)
    pc.program(exe, True)
    if "process" in observers:
        pc.process(at + 8 * SEC, exe, IE)
    if "prefetch" in observers:  # it knows the volume by serial only; the registry proves the letter
        pc.prefetch(at + 8 * SEC, VOLUME + exe[2:])
        pc.links.append((VOLUME + exe[2:], exe, "config"))
    if "userassist" in observers:
        pc.userassist(at + 8 * SEC, exe)
    return exe


def mail(pc, x, truth):
    exe = mail_attack(pc, x)
    shadows(pc, x + 35 * MIN, exe)
    ransom(pc, x + 36 * MIN, USER + "\\Documents\\w", 24)
    truth.update(infected=True, cause={"mail"}, impact=True)


def web(pc, x, truth):
    exe = web_attack(pc, x)
    shadows(pc, x + MIN, exe)
    ransom(pc, x + 2 * MIN, USER + "\\Documents\\w", 24)
    truth.update(infected=True, cause={"web"}, impact=True)


def two(pc, x, truth):
    mail_attack(pc, x - 5 * D)
    web(pc, x, truth)
    truth.update(cause={"mail", "web"})


def clean(pc, x, truth):
    pass


def installer(pc, x, truth):
    """Near miss: nothing but an honest installer, run out of the browser's cache."""
    run_from_browser(pc)


def wiped(pc, x, truth):
    mail_attack(pc, x)
    ransom(pc, x + 36 * MIN, USER + "\\Documents\\w", 24)
    pc.gone("prefetch", "sysmon", "userassist", "bam")
    pc.since(x + 40 * MIN, "process.4688", "logon", "sec.cleared", "svc.4697", "sys.cleared", "svc.install")
    pc.cleared(x + 40 * MIN, "Security")
    pc.cleared(x + 40 * MIN, "Application")
    pc.setting(x + 39 * MIN, "EnablePrefetcher", "0")
    truth.update(infected=True, cause={"mail"}, impact=True)


def evicted(pc, x, truth):
    """Only UserAssist saw the program run."""
    web_attack(pc, x, ("userassist",))
    truth.update(infected=True, cause={"web"})


def notes(pc, x, truth):
    """The share of a victim elsewhere: notes, and nothing was run here."""
    ransom(pc, x, "D:\\share\\dep3", 40)
    truth.update(impact=True)


def pictures(pc, x, truth):
    """Notes that cannot be read as text."""
    ransom(pc, x, USER + "\\Documents\\w", 30, text=False, name="HELP_DECRYPT.HTML")
    truth.update(impact=True)


def sample(pc, x, truth):
    """Near miss: somebody keeps one ransom note as a sample, and a note-like name twice."""
    pc.note(x, USER + "\\Documents\\study\\HELP_DECRYPT.TXT")
    for i in range(2):
        pc.put("ransom_note_name", "ransomnote.name", path=f"{USER}\\Documents\\s{i}\\HELP_DECRYPT.PNG", created=x)


def office(pc, x, truth):
    """A macro."""
    command = "powershell -w hidden -enc SQBFAFgA"
    pc.process(x, SYS + "WindowsPowerShell\\v1.0\\powershell.exe", OFFICE + "WINWORD.EXE", command)
    truth.update(infected=True, cause={"document"})


def unknown(pc, x, truth):
    """Came by a way no rule knows."""
    shadows(pc, x, "C:\\Program Files\\App7\\app7.exe")
    ransom(pc, x + 2 * MIN, USER + "\\Documents\\w", 24)
    truth.update(infected=True, cause={"supply"}, impact=True)


def tmp(pc, x, truth):
    """A .tmp out of the temporary folder that removes shadow copies."""
    exe = TEMP + "a81f.tmp"
    pc.run(x, exe, IE)
    shadows(pc, x + MIN, exe)
    truth.update(infected=True, cause={"exploit"}, impact=True)


def server(pc, x, truth):
    """Near miss: prefetch is off from the start, as on servers."""
    pc.put("system_info", "hive", product_name="Windows Server 2019 Standard")
    pc.setting(T0 - 200 * D, "EnablePrefetcher", "0")


def bare(pc, x, truth):
    """Everything that could tell is gone."""
    web_attack(pc, x)
    pc.gone(*(k for k in KINDS if k != "hive"))
    truth.update(infected=True, cause={"web"})


def flood(pc, x, truth):
    """Thousands of programs out of the cache among thousands of visits: nothing may drown in them."""
    for i in range(4000):
        pc.run(x + i * SEC, f"{CACHE}IE\\K{i}\\a{i}.tmp", IE)
        pc.visit(x + i * SEC, f"http://x{i}.example/")
    truth.update(infected=True, cause={"web"})


def rolled(pc, x, truth):
    """Honest, but the Security log holds a week only and there is no Sysmon."""
    pc.since(T0 + 24 * D, "process.4688", "logon", "sec.cleared")
    pc.off("sysmon")


def appended(pc, at, n, folders, extension="lockd", kinds=("usn", "mft")):
    """Documents that got one more extension, as the journal and the file table sum it up."""
    fields = dict(extension=extension, files=n, folders=folders, first_at=at, last_at=at + 4 * MIN, peak_at=at - at % H, peak_files=n)
    if "usn" in kinds:
        pc.put("usn_rename_wave", "usn", **fields)
    if "mft" in kinds:
        pc.put("mft_extension_wave", "mft", **fields)


def wave(pc, x, truth):
    """Encrypted from elsewhere: nothing ran here, no note was left."""
    appended(pc, x, 420, 24)
    truth.update(impact=True)


def table(pc, x, truth):
    """The same when the journal had been switched off: the file table alone, and a note that names the extension."""
    appended(pc, x, 420, 24, kinds=("mft",))
    pc.put("ransom_note", "content", path="D:\\share\\README_NOW.txt", content=3, extension=".lockd", dropped_at=x + 9 * D)
    pc.gone("usn")
    truth.update(impact=True)


def batch(pc, x, truth):
    """Near miss: somebody gives a dozen files of one folder another ending."""
    appended(pc, x, 24, 1, "alt")
    appended(pc, x + H, 22, 8, "v2")


STORIES = {f.__name__: f for f in (mail, web, two, clean, installer, wiped, evicted, notes, pictures, sample, office, unknown, tmp, server, bare, rolled,
                                 wave, table, batch)}


def build(name, n=60, seed=1):
    pc = Pc(seed)
    truth = {"infected": False, "cause": set(), "impact": False, "terminal": set()}
    if name == "mail":
        pc.off("sysmon")
    if name in ("web", "two"):
        pc.off("process.4688")
    noise(pc, n)
    traps(pc)
    if name in ("mail", "two"):
        run_from_browser(pc)
    STORIES[name](pc, T0 + 22 * D + 10 * H, truth)
    return list(pc.lines()), truth
