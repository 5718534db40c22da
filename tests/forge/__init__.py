"""Evidence made from stories. See README.md beside this file."""
from pathlib import Path

from .assemble import assemble_pc
from .judge import judge
from .pc import Pc
from . import stories as _stories

__all__ = ["Pc", "assemble_pc", "build", "judge", "stories"]


def stories() -> dict[str, str]:
    """{name: one line} of all stories."""
    return {name: module.SUMMARY for name, module in _stories.find().items()}


def build(story: str, out, seed: int = 1, prefetch_version: int = 30, plain_names: bool = False) -> dict:
    """Write the story's tree under `out` (which must not exist or be empty); returns its truth."""
    module = _stories.find()[story]
    pc = Pc(story, seed, prefetch_version, plain_names)
    module.tell(pc)
    return pc.write(Path(out))
