#!/usr/bin/env python3
"""Counts the instructions of what happens most often, and refuses a change that
makes any of it slower by more than a tenth.

    Tests/Benchmarks/gate.py [--bin DIR] [--write]

Instructions do not depend on how busy a machine is: valgrind counts each program
twice, with a number of rounds and with double that, and the difference is the
rounds alone. The figures that they are held against are in instructions.json;
--write puts today's there.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bench

FIGURES = bench.HERE / "instructions.json"
TOLERANCE = 0.10
# Hashes that differ from run to run would move what is counted.
HASHES = ["SWIFT_DETERMINISTIC_HASHING=1"]


class Gate:
    def __init__(self, programs):
        self.work = Path(tempfile.mkdtemp(prefix="renewald-gate-"))
        for name in ("renewal-bench", "renewald"):
            # This valgrind cannot read the debug information of this compiler.
            subprocess.run(
                ["objcopy", "--strip-debug", str(programs / name), str(self.work / name)],
                check=True)

    def program(self, name):
        return str(self.work / name)

    def valgrind(self, log):
        return ["env", *HASHES, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                f"--log-file={log}"]

    def collected(self, log):
        found = re.search(r"Collected : (\d+)", log.read_text())
        if not found:
            raise SystemExit(f"gate: valgrind did not count:\n{log.read_text()[-2000:]}")
        return int(found.group(1))

    def count(self, *arguments):
        """Instructions of one run of renewal-bench."""
        log = self.work / "log"
        subprocess.run(
            [*self.valgrind(log), self.program("renewal-bench"), *arguments], check=True,
            stdout=subprocess.DEVNULL)
        return self.collected(log)

    def rounds(self, run, rounds):
        """Instructions of one round, whatever starting and ending cost."""
        return (run(2 * rounds) - run(rounds)) / rounds

    def signing(self):
        return self.rounds(lambda n: self.count("micro", "signing", "--count", str(n)), 50)

    def page(self):
        return self.rounds(lambda n: self.count("micro", "page", "--count", str(n)), 5)

    def cycle(self):
        """One in which ten groups of two thousand come due."""
        source = self.work / "inventory"
        source.mkdir()
        subprocess.run(
            [self.program("renewal-bench"), "prepare", str(source), "--groups", "2000"],
            check=True, stdout=subprocess.DEVNULL)

        def run(rounds):
            copy = self.work / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy)
            return self.count("cycle", str(copy), "--groups", "2000", "--count", str(rounds))

        return self.rounds(run, 10)

    def status(self):
        """A call of the running daemon, over its socket."""
        def run(rounds):
            directory = self.work / f"daemon-{rounds}"
            log = self.work / "log"
            daemon = bench.Daemon(
                self, directory, "http://127.0.0.1:9", under=self.valgrind(log))
            subprocess.run(
                [self.program("renewal-bench"), "calls", daemon.status_socket, "--count",
                 str(rounds), "--ahead", "0"], check=True, stdout=subprocess.DEVNULL)
            daemon.stop()
            return self.collected(log)

        # The daemon does other things meanwhile; among so many calls they do not show.
        return self.rounds(run, 4000)


MEASUREMENTS = {
    "decision cycle, 10 of 2,000 groups due": Gate.cycle,
    "signing one payment": Gate.signing,
    "reading a page of 100 groups": Gate.page,
    "status call": Gate.status,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=str(bench.ROOT / ".build/release"))
    parser.add_argument("--write", action="store_true", help="make today's figures the limit")
    options = parser.parse_args()
    gate = Gate(Path(options.bin))
    try:
        counted = {name: round(measure(gate)) for name, measure in MEASUREMENTS.items()}
    finally:
        shutil.rmtree(gate.work, ignore_errors=True)
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    slower = 0
    for name, count in counted.items():
        ratio = count / known[name] if name in known else 1
        word = ""
        if ratio > 1 + TOLERANCE:
            slower += 1
            word = "slower: mend it, or say why in the commit that runs make instructions"
        elif ratio < 1 - TOLERANCE:
            word = "faster: make instructions keeps it so"
        print(f"{name:<42}{count:>12,} instructions, {ratio:.3f} of the committed  {word}")
    if options.write:
        FIGURES.write_text(json.dumps(counted, indent=2) + "\n")
    elif slower:
        sys.exit(1)


if __name__ == "__main__":
    main()
