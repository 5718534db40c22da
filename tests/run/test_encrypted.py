"""`collect` to recipients, with a passphrase, signed: the real tools open and check what is written, and nothing plain touches the
output folder."""

import hashlib
import io
import json
import os
import signal
import subprocess
import time
import zipfile

import pytest

from forge import build
from run import pc
from run.pc import collect, run
from store.age_tool import keygen, on_terminal, tool

UNTIL = ["--until", "2026-04-01T00:00:00Z"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("encrypted")
    build("bare", root / "pc", seed=1)
    return root / "pc"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    root = tmp_path_factory.mktemp("keys")
    return [keygen(root, f"{i}.key") for i in range(3)]


def age_d(identity, path):
    done = subprocess.run([tool("age"), "-d", "-i", identity, path], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def gather(tree, out, *args, exe=False):
    """Collects; returns (process, [names in the folder])."""
    out.mkdir(parents=True, exist_ok=True)
    done = run("collect", "--source", tree, "--out", out, "--lang", "en", *UNTIL, *args, exe=exe)
    return done, sorted(p.name for p in out.iterdir())


def contents(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert z.testzip() is None
        return {n: z.read(n) for n in z.namelist()}


def test_encrypted__each_recipient_opens_it_with_age_and_only_the_archive_lies_there(tree, keys, tmp_path):
    done, names = gather(tree, tmp_path / "out", "--recipient", keys[0][1], "--recipient", keys[1][1])
    assert done.returncode in (0, 1), done.stderr
    archive = tmp_path / "out" / names[0]
    assert names == [archive.name, archive.name + ".sha256"] and archive.name.endswith(".zip.age")
    digest, name = (archive.parent / names[1]).read_text().splitlines()[0].split("  ")
    assert (digest, name) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    plain = age_d(keys[0][0], archive)
    assert plain == age_d(keys[1][0], archive)
    assert subprocess.run([tool("age"), "-d", "-i", keys[2][0], archive], capture_output=True).returncode != 0
    assert any(n.startswith("uploads/") for n in contents(plain))
    assert run("verify", archive, "--identity", keys[1][0]).returncode == 0
    assert run("verify", archive, "--identity", keys[2][0]).returncode == 4


def test_encrypted__holds_what_a_plain_archive_holds(tree, keys, tmp_path):
    (tmp_path / "to.txt").write_text(f"# both of us\n{keys[0][1]}\n{keys[1][1]}\n")
    _, names = gather(tree, tmp_path / "a", "--recipients-file", tmp_path / "to.txt")
    locked = contents(age_d(keys[0][0], tmp_path / "a" / names[0]))
    _, archive = collect(tree, tmp_path / "b", *UNTIL)
    plain = contents(archive.read_bytes())
    assert sorted(locked) == sorted(plain)
    changing = ("hikeshi/", "log.json", "collection_context.json")
    assert {n: d for n, d in locked.items() if not n.startswith(changing)} == {n: d for n, d in plain.items() if not n.startswith(changing)}
    assert json.loads(locked["hikeshi/answers.json"])["answers"] == json.loads(plain["hikeshi/answers.json"])["answers"]
    assert locked["hikeshi/case.sqlite"][:16] == b"SQLite format 3\0"


def test_encrypted__the_database_in_it_is_whole(tree, keys, tmp_path):
    import sqlite3
    _, names = gather(tree, tmp_path / "out", "--recipient", keys[0][1])
    (tmp_path / "case.sqlite").write_bytes(contents(age_d(keys[0][0], tmp_path / "out" / names[0]))["hikeshi/case.sqlite"])
    with sqlite3.connect(tmp_path / "case.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM event").fetchone()[0] > 0


def test_encrypted__a_passphrase_is_asked_for_twice_and_age_opens_it(tree, tmp_path):
    command = [pc.HIKESHI, "collect", "--source", tree, "--out", tmp_path / "out", "--lang", "en", "--passphrase", *UNTIL]
    code, shown = on_terminal(command, ["blue smoke", "blue smoke"])
    assert code in (0, 1), shown
    assert "blue smoke" not in shown
    archive = next((tmp_path / "out").glob("*.zip.age"))
    code, shown = on_terminal([tool("age"), "-d", "-o", tmp_path / "plain.zip", archive], ["blue smoke"])
    assert code == 0, shown
    assert contents((tmp_path / "plain.zip").read_bytes())


def test_encrypted__secrets_are_nowhere_in_the_archive(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("HIKESHI_PASSPHRASE", "grey-smoke-7431")
    done, names = gather(tree, tmp_path / "out", "--passphrase")
    assert done.returncode in (0, 1), done.stderr
    code, _ = on_terminal([tool("age"), "-d", "-o", tmp_path / "x.zip", tmp_path / "out" / names[0]], ["grey-smoke-7431"])
    assert code == 0
    for name, data in contents((tmp_path / "x.zip").read_bytes()).items():
        assert b"grey-smoke-7431" not in data, name


@pytest.mark.parametrize("args, says", [
    (["--recipient", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwx"], "mistyped"),
    (["--recipient", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"], "secret"),
    (["--recipient", "ssh-ed25519 AAAA"], "only X25519"),
    (["--recipient", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "--passphrase"], "not both"),
    (["--recipients-file", "/nonexistent"], "not found"),
    (["--passphrase=hunter2"], "takes no value"),
    (["--sign", "/dev/null"], "none of minisign"),
])
def test_encrypted__a_wrong_key_ends_it_before_anything_is_written(tree, tmp_path, args, says):
    done = run("collect", "--source", tree, "--out", tmp_path / "out", "--lang", "en", *args)
    assert done.returncode == 2 and says in done.stderr
    assert "hunter2" not in done.stderr and "GFPYYSJ" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_encrypted__without_a_terminal_the_passphrase_cannot_be_asked_for(tree, tmp_path):
    done = subprocess.run([pc.HIKESHI, "collect", "--source", tree, "--out", tmp_path / "out", "--passphrase", "--lang", "en"],
                          capture_output=True, start_new_session=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and b"terminal" in done.stderr
    assert not (tmp_path / "out").exists()


# ---- nothing plain ----------------------------------------------------------------------------------------------------------

MARK = b"unmistakable-mark-of-evidence"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A PC with enough to read that a run can be stopped in its middle; every place of it bears the mark."""
    root = tmp_path_factory.mktemp("large")
    build("bare", root / "pc", seed=1)
    drive = next(p for p in (root / "pc").rglob("Windows") if p.is_dir()).parent
    notes = drive / "Users" / "suzuki" / "Desktop"
    notes.mkdir(parents=True, exist_ok=True)
    for i in range(2000):
        (notes / f"README_{i}_decrypt.txt").write_bytes(b"All your files are encrypted. " + MARK + os.urandom(200).hex().encode() * 40)
    return root / "pc"


def stop_in_the_middle(tree, out, recipient, behind):
    """Starts a run and stops it when the archive has `behind` bytes; gives the process."""
    out.mkdir()
    p = subprocess.Popen([pc.HIKESHI, "collect", "--source", tree, "--out", out, "--recipient", recipient, "--quiet"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while p.poll() is None:
        if any(f.stat().st_size >= behind for f in out.glob("*.partial")):
            os.kill(p.pid, signal.SIGSTOP)
            return p
        time.sleep(0.001)
    return p


def everything_in(out):
    return {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_encrypted__nothing_plain_lies_in_the_output_folder_at_any_time(large, keys, tmp_path):
    seen_work = 0
    for i, behind in enumerate([1000, 50_000, 200_000, 400_000, 600_000]):
        p = stop_in_the_middle(large, tmp_path / str(i), keys[0][1], behind)
        for path, data in everything_in(tmp_path / str(i)).items():
            seen_work += ".work" in str(path) and len(data) > 0
            for plain in (MARK, b"SQLite format 3", b'"artefact"', b"uploads/auto", b"suzuki"):
                assert plain not in data, (path, plain)
        if p.poll() is None:
            os.kill(p.pid, signal.SIGKILL)
        p.wait()
    assert seen_work > 0        # work files were there, and looked at


def test_encrypted__what_a_killed_run_leaves_is_saved_but_for_the_last_chunk(large, keys, tmp_path):
    _, archive = collect(large, tmp_path / "whole")
    whole = contents(archive.read_bytes())
    tried = 0
    for i, behind in enumerate([100_000, 300_000, 500_000]):
        p = stop_in_the_middle(large, tmp_path / str(i), keys[0][1], behind)
        if p.poll() is not None:
            continue
        os.kill(p.pid, signal.SIGKILL)
        p.wait()
        partial = next((tmp_path / str(i)).glob("*.zip.age.partial"))
        size = partial.stat().st_size
        assert subprocess.run([tool("age"), "-d", "-i", keys[0][0], partial], capture_output=True).returncode != 0
        done = run("verify", partial, "--identity", keys[0][0], "--lang", "en")
        assert done.returncode == 5 and "cut off" in done.stdout and "--identity" in done.stderr
        done = run("verify", partial, "--identity", keys[0][0], "--recover", tmp_path / f"{i}.zip", "--lang", "en")
        assert done.returncode == 0, done.stdout + done.stderr
        saved = contents((tmp_path / f"{i}.zip").read_bytes())
        evidence = {n: d for n, d in saved.items() if n.startswith("uploads/") and not n.endswith("/")}
        assert all(whole[n] == d for n, d in evidence.items())
        # Packed sizes of what was saved and one entry more make up all but less than a chunk of the file.
        with zipfile.ZipFile(tmp_path / f"{i}.zip") as z:
            packed = sum(e.compress_size for e in z.infolist() if e.filename in evidence)
        assert packed > (size - 2 * 65536 - 4000) * 0.5
        assert run("verify", tmp_path / f"{i}.zip").returncode == 0
        tried += 1
    assert tried > 0


def test_encrypted__every_cut_at_a_chunks_border_recovers_what_is_before_it(tree, keys, tmp_path):
    _, names = gather(tree, tmp_path / "out", "--recipient", keys[0][1])
    data = (tmp_path / "out" / names[0]).read_bytes()
    plain = age_d(keys[0][0], tmp_path / "out" / names[0])
    chunks = -(-len(plain) // 65536)
    start = len(data) - len(plain) - 16 * chunks
    for chunk in range(1, min(chunks, 4)):
        for d in (-1, 0, 1):
            cut = start + chunk * 65552 + d
            (tmp_path / "x.zip.age.partial").write_bytes(data[:cut])
            done = run("verify", tmp_path / "x.zip.age.partial", "--identity", keys[0][0], "--recover", tmp_path / "x.zip")
            (tmp_path / "cut.partial").write_bytes(plain[:(chunk - (d < 0)) * 65536])
            same = run("verify", tmp_path / "cut.partial", "--recover", tmp_path / "plain.zip")
            assert done.returncode == same.returncode
            if done.returncode == 0:
                ours, theirs = (sorted(contents((tmp_path / n).read_bytes())) for n in ("x.zip", "plain.zip"))
                assert ours == theirs
            for n in ("x.zip", "plain.zip", "x.zip.sha256", "plain.zip.sha256"):
                (tmp_path / n).unlink(missing_ok=True)


def test_encrypted__a_damaged_chunk_costs_its_entries_and_no_others(large, keys, tmp_path):
    _, names = gather(large, tmp_path / "out", "--recipient", keys[0][1])
    whole = contents(age_d(keys[0][0], tmp_path / "out" / names[0]))
    data = bytearray((tmp_path / "out" / names[0]).read_bytes())
    data[200 + 2 * 65552] ^= 1
    (tmp_path / "x.zip.age").write_bytes(data)
    done = run("verify", tmp_path / "x.zip.age", "--identity", keys[0][0], "--lang", "en")
    assert done.returncode == 5 and "damaged or forged: 1" in done.stdout
    assert subprocess.run([tool("age"), "-d", "-i", keys[0][0], tmp_path / "x.zip.age"], capture_output=True).returncode != 0
    done = run("verify", tmp_path / "x.zip.age", "--identity", keys[0][0], "--recover", tmp_path / "x.zip", "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    saved = contents((tmp_path / "x.zip").read_bytes())
    evidence = {n for n in whole if n.startswith("uploads/") and not n.endswith("/")}
    lost = evidence - set(saved)
    assert 0 < len(lost) < len(evidence) // 2
    assert all(saved[n] == whole[n] for n in evidence - lost)


def test_encrypted__recipients_may_be_among_the_settings_in_the_program(tree, keys, tmp_path):
    (tmp_path / "branch.conf").write_text(f"recipient = {keys[0][1]}\nrecipient = {keys[1][1]}\nquiet = yes\n")
    program = tmp_path / "hikeshi-branch"
    assert run("embed", "--config", tmp_path / "branch.conf", "-o", program).returncode == 0
    program.chmod(0o755)
    subprocess.run([program, "collect", "--source", tree, "--out", tmp_path / "out"], check=False, capture_output=True)
    archive = next((tmp_path / "out").glob("*.zip.age"))
    assert age_d(keys[0][0], archive) == age_d(keys[1][0], archive)


# ---- signatures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locked", [False, True], ids=["plain", "encrypted"])
def test_signed__minisign_checks_what_collect_signed(tree, keys, tmp_path, locked):
    subprocess.run([tool("minisign"), "-G", "-W", "-p", tmp_path / "k.pub", "-s", tmp_path / "k.key"], check=True, capture_output=True)
    args = ["--recipient", keys[0][1]] if locked else []
    done, names = gather(tree, tmp_path / "out", "--sign", tmp_path / "k.key", "--case", "2026-007 鎮火", *args)
    assert done.returncode in (0, 1), done.stderr
    archive = tmp_path / "out" / next(n for n in names if n.endswith((".zip", ".zip.age")))
    assert archive.name + ".minisig" in names
    checked = subprocess.run([tool("minisign"), "-Vm", archive, "-p", tmp_path / "k.pub"], capture_output=True)
    assert checked.returncode == 0, checked.stderr
    comment = checked.stdout.decode()
    seal = done.stdout.split("Seal (write it down): ")[1].split()[0]
    assert f"file:{archive.name}" in comment and f"seal {seal}" in comment and "case:2026-007 鎮火" in comment and "host:" in comment
    identity = ["--identity", keys[0][0]] if locked else []
    ours = run("verify", archive, *identity, "--public-key", tmp_path / "k.pub", "--lang", "en")
    assert ours.returncode == 0 and "signature holds" in ours.stdout
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 4
    archive.write_bytes(data)
    assert subprocess.run([tool("minisign"), "-Vm", archive, "-p", tmp_path / "k.pub"], capture_output=True).returncode != 0
    assert run("verify", archive, *identity, "--public-key", tmp_path / "k.pub").returncode == 5


# ---- the Windows program -------------------------------------------------------------------------------------------------------


def test_encrypted__the_windows_program_does_the_same(tree, keys, tmp_path):
    assert run("keygen", "--sign", "--out", tmp_path / "w.key", exe=True).returncode == 0
    done, names = gather(tree, tmp_path / "out", "--recipient", keys[0][1], "--sign", tmp_path / "w.key", exe=True)
    assert done.returncode in (0, 1), done.stderr
    archive = tmp_path / "out" / names[0]
    assert names == [archive.name, archive.name + ".minisig", archive.name + ".sha256"]
    assert any(n.startswith("uploads/") for n in contents(age_d(keys[0][0], archive)))
    checked = subprocess.run([tool("minisign"), "-Vm", archive, "-p", tmp_path / "w.key.pub"], capture_output=True)
    assert checked.returncode == 0, checked.stderr
    assert run("verify", archive, "--identity", keys[0][0], "--public-key", tmp_path / "w.key.pub", exe=True).returncode == 0
    assert run("verify", archive, "--identity", keys[1][0], exe=True).returncode == 4
    assert run("keygen", "--out", tmp_path / "a.key", exe=True).returncode == 0
    assert run("keygen", "--out", tmp_path / "a.key", exe=True).returncode == 3
    subprocess.run([tool("age-keygen"), "-y", tmp_path / "a.key"], check=True, capture_output=True)
