#!/usr/bin/env python3
"""Says where the time and the memory go.

    Tests/Benchmarks/profile.py [--bin DIR] [--top N] [WHAT ...]

WHAT is sweep, cycle, page or signing; all of them without one. Time is
instructions, by function with all that it calls (valgrind --tool=callgrind);
memory is the heap at its highest, by who asked for it (--tool=massif).
"""

import argparse
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GROUPS = 2000
# What allocates for somebody else is not who asked.
ALLOCATORS = ["swift_slowAlloc", "swift_allocObject", "swift_slowAllocTyped", "CRYPTO_malloc",
              "CRYPTO_zalloc"]


def demangled(text):
    return subprocess.run(
        ["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True,
        check=True).stdout


class Profile:
    def __init__(self, programs, top):
        self.top = top
        self.work = Path(tempfile.mkdtemp(prefix="renewald-profile-"))
        self.program = str(self.work / "renewal-bench")
        # This valgrind cannot read the debug information of this compiler.
        subprocess.run(
            ["objcopy", "--strip-debug", str(programs / "renewal-bench"), self.program], check=True)

    def inventory(self):
        directory = tempfile.mkdtemp(dir=self.work)
        subprocess.run(
            [self.program, "prepare", directory, "--groups", str(GROUPS)], check=True,
            stdout=subprocess.DEVNULL)
        return directory

    def arguments(self, what):
        return {
            "sweep": lambda: ["prepare", tempfile.mkdtemp(dir=self.work), "--groups", str(GROUPS)],
            "cycle": lambda: ["cycle", self.inventory(), "--groups", str(GROUPS)],
            "page": lambda: ["micro", "page"],
            "signing": lambda: ["micro", "signing"],
        }[what]()

    def valgrind(self, tool, what, *options):
        out = self.work / "out"
        subprocess.run(
            ["valgrind", "-q", f"--tool={tool}", f"--{tool}-out-file={out}", *options,
             self.program, *self.arguments(what)], check=True, stdout=subprocess.DEVNULL)
        return out

    def time(self, what):
        out = self.valgrind("callgrind", what)
        listing = subprocess.run(
            ["callgrind_annotate", "--inclusive=yes", "--threshold=99", str(out)],
            capture_output=True, text=True, check=True).stdout
        rows = [line for line in demangled(listing).splitlines() if re.match(r"\s*[\d,]+ \(", line)]
        print(f"\n{what}: instructions, with all that is called")
        for row in rows[:self.top]:
            print("  " + re.sub(r" \S*?:(?=\S)", " ", row, count=1).split(" [")[0][:150])

    def memory(self, what):
        out = self.valgrind(
            "massif", what, "--threshold=1.0", "--depth=12",
            *[f"--alloc-fn={name}" for name in ALLOCATORS])
        snapshots = demangled(out.read_text()).split("snapshot=")
        peak = next((text for text in snapshots if "heap_tree=peak" in text), "")
        size = re.search(r"mem_heap_B=(\d+)", peak)
        print(f"\n{what}: heap at its highest, {int(size.group(1)) / 1e6 if size else 0:.1f} MB")
        sites = re.findall(r"^( {1,2})n\d+: (\d+) (?:0x[0-9A-F]+: )?(.*)$", peak, re.M)
        for indent, bytes_, site in sites[:self.top]:
            print(f"  {indent}{int(bytes_):>12,}  {site.split(' (in ')[0][:120]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=str(ROOT / ".build/release"))
    parser.add_argument("--top", type=int, default=25, help="how many lines of each")
    parser.add_argument("what", nargs="*", default=["sweep", "cycle", "page", "signing"])
    options = parser.parse_args()
    profile = Profile(Path(options.bin), options.top)
    try:
        for what in options.what:
            profile.time(what)
            profile.memory(what)
    finally:
        shutil.rmtree(profile.work, ignore_errors=True)


if __name__ == "__main__":
    main()
