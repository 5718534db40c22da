"""Command line of the forge: python3 -m forge --help, from tests/."""
import argparse
import os
import sys
from pathlib import Path

from . import assemble_pc, build, stories
from .prefetch import VERSIONS


def main() -> int:
    parser = argparse.ArgumentParser(prog="forge", description="Make evidence from a story, or assemble a PC from real files.")
    parser.add_argument("--story", help="name of the story")
    parser.add_argument("--out", help="directory to make; must not exist or be empty")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefetch-version", type=int, choices=VERSIONS, default=30)
    parser.add_argument("--plain-names", action="store_true", help="no hostile names")
    parser.add_argument("--list", action="store_true", help="list the stories")
    parser.add_argument("--assemble", metavar="DIR", help="make a PC out of real files in DIR")
    parser.add_argument("--data", default=os.environ.get("HIKESHI_DATA"), help="the real files (HIKESHI_DATA)")
    args = parser.parse_args()
    known = stories()
    if args.list:
        for name, summary in known.items():
            print(f"{name:8} {summary}")
        return 0
    try:
        if args.assemble:
            data = Path(args.data or Path(__file__).resolve().parents[3] / "shared" / "data")
            print(f"{len(assemble_pc(Path(args.assemble), data))} files")
            return 0
        if args.story not in known or not args.out:
            parser.error("--story NAME and --out DIR, or --list, or --assemble DIR")
        truth = build(args.story, args.out, args.seed, args.prefetch_version, args.plain_names)
        print(f"{len(truth['files'])} files, {len(truth['facts'])} facts")
        return 0
    except OSError as error:
        print(f"forge: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
