"""A Velociraptor server imports the archive: every row, every file, the records of a sparse journal. Runs where $VELOCIRAPTOR names the
program; the server listens on the loopback only. The rules of its import are checked always, without it: store/test_velociraptor.py."""
import json
import os
import re
import socket
import subprocess
import time
import zipfile

import pytest

from forge import build
from run.pc import collect

PROGRAM = os.environ.get("VELOCIRAPTOR", "")
PORTS = ("API", "GUI", "Frontend", "Monitoring")


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def configured(text, folder):
    """The generated settings with everything on the loopback, on ports of our own, in `folder`."""
    text = re.sub(r"(?m)^(\s+bind_address:) .*$", r"\1 127.0.0.1", text)
    for section, port in zip(PORTS, free_ports(len(PORTS))):
        text = re.sub(rf"(?ms)(^{section}:.*?^\s+bind_port:) \d+", rf"\g<1> {port}", text, count=1)
    return re.sub(r"(?m)^(\s+(?:location|filestore_directory):) .*$", rf"\1 {folder}/store", text)


class Server:
    def __init__(self, folder):
        self.folder = folder
        (folder / "store").mkdir()
        made = subprocess.run([PROGRAM, "config", "generate"], capture_output=True, timeout=120, check=True).stdout.decode()
        (folder / "server.yaml").write_text(configured(made, folder))
        subprocess.run([PROGRAM, "--config", folder / "server.yaml", "config", "api_client", "--name", "admin", "--role", "administrator",
                        folder / "api.yaml"], capture_output=True, timeout=120, check=True)
        self.process = subprocess.Popen([PROGRAM, "--config", folder / "server.yaml", "frontend"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def query(self, vql, **env):
        named = [x for k, v in env.items() for x in ("--env", f"{k}={v}")]
        done = subprocess.run([PROGRAM, "--api_config", self.folder / "api.yaml", "query", "--format", "jsonl", *named, vql],
                              capture_output=True, timeout=120)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]

    def wait(self):
        for _ in range(60):
            if self.query("SELECT 1 AS One FROM scope()") == [{"One": 1}]:
                return
            time.sleep(1)
        pytest.fail("the server does not answer")


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """(server, archive, the flow as the server tells it)"""
    if not PROGRAM:
        pytest.skip("$VELOCIRAPTOR names no program")
    root = tmp_path_factory.mktemp("velociraptor")
    truth = build("web", root / "pc", seed=1)
    done, archive = collect(root / "pc", root / "out", "--since", truth["window"]["from"])
    assert archive, done.stderr
    server = Server(root)
    try:
        server.wait()
        flow = server.query("SELECT import_collection(client_id='auto', filename=Archive) AS Flow FROM scope()", Archive=archive)
        yield server, archive, flow[0]["Flow"]
    finally:
        server.process.terminate()
        server.process.wait(timeout=60)


def results(archive):
    """{artifact: rows}"""
    with zipfile.ZipFile(archive) as z:
        return {n[len("results/"):-len(".json")]: z.read(n).count(b"\n") for n in z.namelist() if n.startswith("results/") and n.endswith(".json")}


def test_velociraptor__tells_the_flow_as_the_archive_does(imported):
    _, archive, flow = imported
    rows = results(archive)
    assert flow["state"] == 2 and sorted(flow["artifacts_with_results"]) == sorted(n for n in rows if rows[n] > 0)
    assert flow["total_collected_rows"] == sum(rows.values())


def test_velociraptor__shows_every_row_when_it_has_our_definitions(imported):
    server, archive, flow = imported
    with zipfile.ZipFile(archive) as z:
        for name in z.namelist():
            if name.startswith("hikeshi/velociraptor/") and name.endswith(".yaml"):
                server.query("SELECT artifact_set(definition=Definition) FROM scope()", Definition=z.read(name).decode())
    for artifact, rows in results(archive).items():
        if rows == 0:
            continue
        shown = server.query("SELECT count() AS N FROM source(client_id=Client, flow_id=Flow, artifact=Wanted) GROUP BY 1",
                             Client=flow["client_id"], Flow=flow["session_id"], Wanted=artifact)
        assert shown[-1]["N"] == rows, artifact


def test_velociraptor__has_every_file_byte_for_byte(imported):
    server, archive, flow = imported
    got = server.query("SELECT client_path, Type, hash(path=vfs_path, accessor='fs', hashselect='SHA256').SHA256 AS Sha256"
                       " FROM uploads(client_id=Client, flow_id=Flow)", Client=flow["client_id"], Flow=flow["session_id"])
    theirs = {row["client_path"]: row["Sha256"] for row in got if row.get("Type") != "idx"}
    with zipfile.ZipFile(archive) as z:
        lines = [json.loads(line) for line in z.read("hikeshi/manifest.jsonl").splitlines()]
    ours = {line["path"]: line["sha256"] for line in lines if line["role"] == "evidence" and line["size"] > 0}
    assert len(ours) > 50
    assert {path: theirs.get(path) for path in ours} == ours
