"""age files between us and the others: age (Go), rage (Rust) and its library (pyrage), and the vectors every implementation is held
against (C2SP/CCTV, folder age/testdata: HIKESHI_AGE_TESTKIT names it, else Go's module cache is looked into)."""

import glob
import hashlib
import os
import random
import subprocess
import zlib

import pytest

from store.age_tool import keygen, on_terminal, opened, ours, tool

CHUNK = 65536
SIZES = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 4321]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    identity, recipient = keygen(folder, "one.key")
    recipients = folder / "to.txt"
    recipients.write_text(f"# the analyst\n{recipient}\n")
    return identity, recipient, recipients


def content(n):
    return random.Random(n).randbytes(n)


@pytest.fixture(params=["age", "rage"])
def age(request):
    """Either program: they take the same arguments."""
    program = tool(request.param)
    return lambda *args, **more: subprocess.run([program, *map(str, args)], capture_output=True, timeout=300, **more)


@pytest.mark.parametrize("size", SIZES)
def test_age__opens_what_is_written_here(age, pair, tmp_path, size):
    identity, _, recipients = pair
    (tmp_path / "plain").write_bytes(content(size))
    ours(tmp_path / "plain", tmp_path / "x.age", recipients=recipients, piece=777 if size < 10 ** 6 else 10 ** 6)
    done = age("-d", "-i", identity, tmp_path / "x.age")
    assert done.returncode == 0, done.stderr
    assert done.stdout == content(size)


@pytest.mark.parametrize("size", SIZES)
def test_age__what_it_writes_opens_here(age, pair, tmp_path, size):
    identity, recipient, _ = pair
    done = age("-r", recipient, "-o", tmp_path / "x.age", input=content(size))
    assert done.returncode == 0, done.stderr
    lines = ours(tmp_path / "x.age", tmp_path / "back", identities=identity, piece=50001)
    assert opened(lines) == ("ok", 1, "ok", size)
    assert (tmp_path / "back").read_bytes() == content(size)


@pytest.mark.parametrize("size", [0, 100, 3 * CHUNK + 4321])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_age__what_it_writes_as_text_opens_here(age, pair, tmp_path, size, end):
    identity, recipient, _ = pair
    text = age("-a", "-r", recipient, input=content(size)).stdout
    (tmp_path / "x.age").write_bytes(b"\n " + text.replace(b"\n", end) + b"\n")
    assert opened(ours(tmp_path / "x.age", tmp_path / "back", identities=identity, piece=4097)) == ("ok", 1, "ok", size)
    assert (tmp_path / "back").read_bytes() == content(size)
    lines = text.splitlines(keepends=True)
    for broken in (b"".join(lines[:-1]), b"".join(lines[:1] + lines[2:]), text.replace(b"\n", b"\n\n", 3), b"x" + text):
        (tmp_path / "y.age").write_bytes(broken)
        result = opened(ours(tmp_path / "y.age", tmp_path / "none", identities=identity))
        assert result[0] != "ok" or result[1] == 0      # not opened, or not even taken for an age file


def test_age__each_of_many_recipients_opens(age, tmp_path):
    pairs = [keygen(tmp_path, f"{i}.key") for i in range(5)]
    stranger, _ = keygen(tmp_path, "stranger.key")
    (tmp_path / "to.txt").write_text("\n".join(r for _, r in pairs))
    (tmp_path / "plain").write_bytes(content(99999))
    ours(tmp_path / "plain", tmp_path / "x.age", recipients=tmp_path / "to.txt")
    for identity, _ in pairs:
        assert age("-d", "-i", identity, tmp_path / "x.age").stdout == content(99999)
        assert opened(ours(tmp_path / "x.age", tmp_path / "back", identities=identity))[2] == "ok"
    assert age("-d", "-i", stranger, tmp_path / "x.age").returncode != 0
    assert opened(ours(tmp_path / "x.age", tmp_path / "none", identities=stranger))[:3] == ("denied", 1, None)
    assert not (tmp_path / "none").exists()


def test_age__a_passphrase_goes_both_ways(tmp_path):
    (tmp_path / "plain").write_bytes(content(70000))
    ours(tmp_path / "plain", tmp_path / "x.age", passphrase="correct horse 電池", work_factor=12)
    code, shown = on_terminal([tool("age"), "-d", "-o", tmp_path / "back", tmp_path / "x.age"], ["correct horse 電池"])
    assert code == 0, shown
    assert (tmp_path / "back").read_bytes() == content(70000)
    code, shown = on_terminal([tool("age"), "-p", "-o", tmp_path / "y.age", tmp_path / "plain"], ["their words", "their words"])
    assert code == 0, shown
    lines = ours(tmp_path / "y.age", tmp_path / "ours", passphrase="their words", decrypt=1)
    assert opened(lines) == ("ok", 2, "ok", 70000)
    assert (tmp_path / "ours").read_bytes() == content(70000)
    assert opened(ours(tmp_path / "y.age", tmp_path / "none", passphrase="other words", decrypt=1))[:3] == ("denied", 2, None)


@pytest.mark.parametrize("size", SIZES)
def test_rage__goes_both_ways(tmp_path, size):
    pyrage = pytest.importorskip("pyrage")
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(key))
    (tmp_path / "to").write_text(str(key.to_public()))
    (tmp_path / "plain").write_bytes(content(size))
    ours(tmp_path / "plain", tmp_path / "x.age", recipients=tmp_path / "to")
    assert pyrage.decrypt((tmp_path / "x.age").read_bytes(), [key]) == content(size)
    (tmp_path / "y.age").write_bytes(pyrage.encrypt(content(size), [key.to_public()]))
    assert opened(ours(tmp_path / "y.age", tmp_path / "back", identities=tmp_path / "key")) == ("ok", 1, "ok", size)
    assert (tmp_path / "back").read_bytes() == content(size)


def test_rage__a_passphrase_goes_both_ways(tmp_path):
    pyrage = pytest.importorskip("pyrage")
    (tmp_path / "plain").write_bytes(content(1000))
    ours(tmp_path / "plain", tmp_path / "x.age", passphrase="pass", work_factor=10)
    assert pyrage.passphrase.decrypt((tmp_path / "x.age").read_bytes(), "pass") == content(1000)
    (tmp_path / "y.age").write_bytes(pyrage.passphrase.encrypt(content(1000), "pass"))
    assert opened(ours(tmp_path / "y.age", tmp_path / "back", passphrase="pass", decrypt=1)) == ("ok", 2, "ok", 1000)


# ---- the vectors ----------------------------------------------------------------------------------------------------------

def kit_folder():
    cache = os.environ.get("GOMODCACHE") or os.path.join(os.environ.get("GOPATH") or os.path.expanduser("~/go"), "pkg", "mod")
    places = [os.environ.get("HIKESHI_AGE_TESTKIT", ""), *sorted(glob.glob(f"{cache}/c2sp.org/!c!c!t!v/age@*/testdata"))]
    return next((p for p in places if p and os.path.isdir(p)), None)


def vectors():
    folder = kit_folder()
    return sorted(os.path.join(folder, n) for n in os.listdir(folder)) if folder else []


def read_vector(path):
    head, _, body = open(path, "rb").read().partition(b"\n\n")
    fields = {}
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    if "compressed" in fields:
        body = zlib.decompress(body)
    return fields, body


# What each result is called here: the code of opening, and of reading when that went well.
EXPECTED = {"success": {("ok", "ok")}, "no match": {("denied", None), ("unsupported", None)}, "HMAC failure": {("damaged", None)},
            "header failure": {("damaged", None), ("truncated", None), ("limit", None), ("unsupported", None)},
            "armor failure": {("damaged", None), ("truncated", None), ("ok", "damaged")},
            "payload failure": {("ok", "damaged"), ("truncated", None)}}


def test_testkit__is_here():
    if not kit_folder():
        pytest.skip("no age test vectors: set HIKESHI_AGE_TESTKIT, or go mod download c2sp.org/CCTV/age@latest")
    assert len(vectors()) > 100


@pytest.mark.parametrize("path", vectors(), ids=os.path.basename)
def test_testkit__each_vector_ends_as_it_must(tmp_path, path):
    fields, body = read_vector(path)
    identities = fields.get("identity", [])
    if any(i.startswith("AGE-SECRET-KEY-PQ-") for i in identities):
        pytest.skip("post-quantum keys are not read")
    (tmp_path / "x.age").write_bytes(body)
    env = {"decrypt": 1}
    if identities:
        (tmp_path / "keys").write_text("\n".join(identities))
        env["identities"] = tmp_path / "keys"
    results = [opened(ours(tmp_path / "x.age", tmp_path / "back", **env, **({"passphrase": p} if p else {})))
               for p in fields.get("passphrase", [None])]
    result = next((r for r in results if r[0] == "ok"), results[0])
    if result[:2] == ("ok", 0):     # not taken for an age file at all
        assert fields["expect"] in (["header failure"], ["armor failure"]) and not body.startswith(b"age-encryption.org/")
        return
    assert (result[0], result[2]) in EXPECTED[fields["expect"][0]]
    if fields["expect"][0] == "success":
        assert hashlib.sha256((tmp_path / "back").read_bytes()).hexdigest() == fields["payload"][0]
