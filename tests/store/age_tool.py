"""Our codec (program tool_age_file) and the real tools, each behind one function, for tests of both directions."""

import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess

import pytest

def program():
    path = pathlib.Path(os.environ.get("HIKESHI_BUILD_DIR", "out/linux")) / "tests" / "tool_age_file"
    if not path.exists():
        pytest.skip(f"not built: {path}")
    return path


def tool(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def ours(source, out, **env):
    """Encrypts or decrypts with our codec; returns the lines it printed."""
    given = {f"HK_AGE_{k.upper()}": str(v) for k, v in env.items()}
    done = subprocess.run([program()], env={**os.environ, "HK_AGE_IN": str(source), "HK_AGE_OUT": str(out), **given},
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode().splitlines()


def opened(lines):
    """(code of opening, lock, code of reading or None, bytes)"""
    first = next(x for x in lines if x.startswith("open ")).split(" ")
    second = next((x.split(" ") for x in lines if x.startswith("read ")), None)
    return first[1], int(first[2]), second[1] if second else None, int(second[2]) if second else 0


def on_terminal(command, answers, timeout=120):
    """Runs a command that asks on the terminal, whatever its standard input is; returns its exit code and what it showed."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], [str(c) for c in command])
    shown, since, asked = b"", b"", 0       # since: shown since the last answer
    try:
        while select.select([fd], [], [], timeout)[0]:
            try:
                piece = os.read(fd, 4096)
            except OSError:                 # the program ended
                break
            shown += piece
            since += piece
            if not piece:
                break
            if asked < len(answers) and since.strip().endswith(b":"):
                os.write(fd, answers[asked].encode() + b"\n")
                asked, since = asked + 1, b""
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(fd)
    return os.waitstatus_to_exitcode(status), shown.decode("utf-8", "replace")


def keygen(folder, name):
    """A pair made by age-keygen: (identity file, recipient)."""
    path = pathlib.Path(folder) / name
    subprocess.run([tool("age-keygen"), "-o", path], check=True, capture_output=True)
    recipient = subprocess.run([tool("age-keygen"), "-y", path], check=True, capture_output=True).stdout.decode().strip()
    return path, recipient
