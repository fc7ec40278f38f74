#!/usr/bin/env python3
"""Shows that the tests run every branch of the kernel, by the compiler's own counters.

usage: run.py

Swift's compiler keeps no counters for branches, but one for every region of the code: each
arm of a condition, each case, each default and each closure is one. Every region of the
kernel that no test ran is printed. Exit 0 only if there is none."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL = ROOT / "Sources" / "RenewalCore"
BUILD = ROOT / ".build" / "coverage"
# Those that use the kernel's values; none starts a program.
SUITES = "RenewalCoreTests|InventoryStoreTests|ConfigurationTests|ControlProtocolTests|" \
    "AppStreamingTests|RenewalCommandsTests|RenewalDaemonTests"
# The tests run side by side. Without atomic counters two threads lose a count now and then, and
# the arm of a condition that is the whole less the other arm looks as if it had never run.
ATOMIC = ["-Xswiftc", "-Xllvm", "-Xswiftc", "-instrprof-atomic-counter-update-all"]
FLAGS = ["--enable-code-coverage", "--scratch-path", str(BUILD), *ATOMIC]
# The kind of a region that is code, and no gap or skipped text.
CODE = 0


def regions():
    """How often each region of the kernel ran, by (file, line, column, last line, column)."""
    folder = subprocess.run(
        ["swift", "build", *FLAGS, "--show-bin-path"], cwd=ROOT, check=True,
        stdout=subprocess.PIPE, text=True).stdout.strip()
    exported = subprocess.run(
        ["llvm-cov", "export", f"{folder}/renewaldPackageTests.xctest",
         "-instr-profile", f"{folder}/codecov/default.profdata", str(KERNEL)],
        check=True, stdout=subprocess.PIPE).stdout
    counts = {}
    for function in json.loads(exported)["data"][0]["functions"]:
        for *place, count, file, _, kind in function["regions"]:
            path = pathlib.Path(function["filenames"][file])
            if kind == CODE and KERNEL in path.parents:
                # A generic function is there once for each type that it is used with.
                key = (path, *place)
                counts[key] = max(counts.get(key, 0), count)
    return counts


def main():
    os.environ["PATH"] = f"{toolchain()}:{os.environ['PATH']}"
    subprocess.run(["swift", "build", "--build-tests", *FLAGS], cwd=ROOT, check=True)
    tests = subprocess.run(
        ["swift", "test", "--skip-build", *FLAGS, "--filter", SUITES], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if tests.returncode != 0:
        sys.exit(f"{tests.stdout}\nthe tests failed")
    counts = regions()
    missed = sorted(region for region, count in counts.items() if count == 0)
    for path, line, column, *_ in missed:
        text = path.read_text().splitlines()[line - 1].strip()
        print(f"{path.relative_to(ROOT)}:{line}:{column} was never run: {text}")
    if not counts:
        sys.exit("the compiler counted nothing")
    print(f"{len(counts) - len(missed)} of {len(counts)} regions of the kernel were run, "
          f"{100 * (len(counts) - len(missed)) / len(counts):.1f} %")
    sys.exit(1 if missed else 0)


def toolchain():
    """Where the tools are that read what this compiler writes."""
    target = json.loads(subprocess.run(
        ["swift", "-print-target-info"], check=True, stdout=subprocess.PIPE).stdout)
    return str(pathlib.Path(target["paths"]["runtimeResourcePath"]).parents[1] / "bin")


if __name__ == "__main__":
    main()
