#!/usr/bin/env python3
"""Shows that the tests notice mistakes: builds a copy of the tree with every
mistake of mutants.py in it, and runs the tests once for each.

usage: run.py             all of them, after a run without any mistake, which must pass
       run.py NAME ...    some of them

Exit 0 only if every mutant is killed."""

import os
import pathlib
import shutil
import subprocess
import sys

from mutants import MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / ".build" / "mutants"
# The tests read what is installed beside the programs, too.
FOLDERS = ["Sources", "Tests", "config", "packaging", "systemd"]
# The quick ones first: most mutants live no longer.
SUITES = [
    "RenewalCoreTests|InventoryStoreTests", "An expiry that moved back|What could be no row",
    "Limits on money|No course of events", "An order|A group too many|A crash around an order",
    "RenewalDaemonTests", "simulated world", "RenewalSimulationTests"]

# The tests that are run, and what they are built from.
TRIM = """
for target in package.targets where target.name == "TestSupport" {
  target.dependencies = ["RenewalCore", "InventoryStore"]
}
package.targets.removeAll {
  $0.name.lowercased().hasPrefix("sandbox")
    || $0.type == .executable
    || $0.type == .test
      && ![
        "RenewalCoreTests", "InventoryStoreTests", "RenewalDaemonTests", "RenewalSimulationTests",
      ].contains($0.name)
}
package.products = []
"""

SWITCH = """\
import Glibc

private let chosen = getenv("MUTANT").map { String(cString: $0) }

package func mutant(_ name: String) -> Bool { chosen == name }
"""


def mutated_tree():
    """The content of every file of the copy, by its path there."""
    tree = {
        path.relative_to(ROOT): path.read_bytes()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    tree[pathlib.Path("Package.swift")] = (ROOT / "Package.swift").read_bytes() + TRIM.encode()
    tree[pathlib.Path("Sources/RenewalCore/Mutant.swift")] = SWITCH.encode()
    for name, _, edits in MUTANTS:
        for file, text, replacement in edits:
            old = tree[pathlib.Path(file)].decode()
            if old.count(text) != 1:
                sys.exit(f"{name}: {file} has its text {old.count(text)} times:\n{text}")
            new = old.replace(text, replacement)
            if "import RenewalCore" not in new and "RenewalCore" not in file:
                new = "import RenewalCore\n" + new
            tree[pathlib.Path(file)] = new.encode()
    return tree


def write(tree):
    """Brings the copy up to date; what did not change is not built again."""
    for folder in FOLDERS:
        for path in (COPY / folder).rglob("*"):
            if path.is_file() and path.relative_to(COPY) not in tree:
                path.unlink()
    for name, content in tree.items():
        path = COPY / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    # What was fetched already is not fetched again.
    for name in ["checkouts", "repositories", "workspace-state.json"]:
        source, target = ROOT / ".build" / name, COPY / ".build" / name
        if source.exists() and not target.exists():
            target.parent.mkdir(exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)


def tests_pass(name):
    """Whether every suite passes with the mutant in it; "" is the unharmed copy."""
    environment = dict(os.environ, MUTANT=name)
    for suite in SUITES:
        try:
            run = subprocess.run(
                ["swift", "test", "--skip-build", "--filter", suite], cwd=COPY, env=environment,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
        except subprocess.TimeoutExpired:
            return False
        (COPY / "last.log").write_bytes(run.stdout)
        if run.returncode != 0:
            return False
    return True


def main():
    write(mutated_tree())
    subprocess.run(["swift", "build", "--build-tests"], cwd=COPY, check=True)
    if not sys.argv[1:] and not tests_pass(""):
        sys.exit(f"the tests fail without any mutant: {COPY / 'last.log'}")
    chosen = [m for m in MUTANTS if not sys.argv[1:] or m[0] in sys.argv[1:]]
    survivors = 0
    for name, meaning, _ in chosen:
        survived = tests_pass(name)
        survivors += survived
        print(f"{'SURVIVED' if survived else 'killed':8}  {name}: {meaning}", flush=True)
    print(f"{len(chosen) - survivors} passed, {survivors} failed")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
