"""What the running Windows says of a program's signature, where a rule has an excuse for signed programs."""
import os

import pytest

from answer import stories
from answer.test_stories import TOOL, Tool

pytestmark = pytest.mark.skipif(not os.path.exists(TOOL), reason="the story tool is not here")


def levels(tmp_path, trusted):
    """A program run out of the browser's cache, and nothing else."""
    pc = stories.Pc(3)
    stories.noise(pc, 40)
    stories.run_from_browser(pc)
    pc.cover["signature"] = ("examined", stories.NOW - 1, None)
    path = next(row[1][7][len("path="):] for row in pc.rows if row[1][1] == "cached_program")
    if trusted is not None:
        pc.put("image_signature", "signature", path=path.upper(), trusted=trusted, seen_at=stories.NOW)
    tool = Tool(list(pc.lines()), tmp_path, f"signed-{trusted}")
    found = tool.answers()
    tool.close()
    return found.level["infected"], found.level["cause"], [v[1] for k, v in found.findings.items() if k[0] == "cause.web.cache_exec"]


def test_signature__a_trusted_one_explains_a_program_from_the_cache(tmp_path):
    infected, cause, finding = levels(tmp_path, 1)
    assert finding == ["explained"] and infected not in ("suspected", "likely", "confirmed") and cause not in ("suspected", "likely", "confirmed")


def test_signature__without_a_word_of_windows_it_stays_suspected(tmp_path):
    assert levels(tmp_path, None) == ("suspected", "suspected", ["suspected"])


def test_signature__none_that_windows_trusts_leaves_nothing_to_excuse_it(tmp_path):
    _, cause, finding = levels(tmp_path, 0)
    assert finding in (["likely"], ["confirmed"]) and cause == finding[0]
