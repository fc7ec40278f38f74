#!/usr/bin/env python3
"""Measures the programs as they are installed, and prints one table.

    Tests/Benchmarks/bench.py [--bin DIR] [--json FILE] [--quick] [--only NAME ...]

Every row is a figure, the limit that it is held against, and the ratio of the
two: at most 1 is within the limit. Absolute times depend on the machine; where a
peer is there (the vendor's Python client, chronyd) it runs in the same minute.
The cloud is sandbox-cloud on loopback. Nothing is compared with an earlier run.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# As in its unit, microseconds.
WATCHDOG = 60_000_000 * int(re.search(
    r"^WatchdogSec=(\d+)min$", (ROOT / "systemd/renewald.service").read_text(), re.M)[1])
TICKS = os.sysconf("SC_CLK_TCK")


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, unit, limit=None, least=False, note=""):
        """`least`: the figure has to reach the limit instead of staying below it."""
        ratio = None
        if limit is not None and figure:
            ratio = limit / figure if least else figure / limit
        self.rows.append(
            {"what": what, "figure": round(figure, 3), "unit": unit, "limit": limit,
             "limitIsLeast": least, "ratio": None if ratio is None else round(ratio, 3),
             "note": note})
        self.show(self.rows[-1])

    def show(self, row):
        limit = ""
        if row["limit"] is not None:
            limit = f"{'at least' if row['limitIsLeast'] else 'at most'} {row['limit']:g}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        mark = " " if row["ratio"] is None or row["ratio"] <= 1 else "!"
        print(f"{mark} {row['what']:<58}{row['figure']:>12,.3f} {row['unit']:<10}"
              f"{limit:<16}{ratio:>7}  {row['note']}", flush=True)


class Process:
    """A running program as the kernel sees it."""

    def __init__(self, arguments, **options):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        """Seconds of processor, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Resident and private dirty memory in MiB."""
        values = {}
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size = line.split(":")
            values[name] = int(size.split()[0]) / 1024
        return values["Rss"], values["Private_Dirty"]

    def wakeups(self):
        """How often any of its threads has slept and was woken."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for line in (task / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
        return total

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(60)


class Sandbox(Process):
    def __init__(self, bench, *options):
        super().__init__(
            [bench.program("sandbox-cloud"), "--listen", "127.0.0.1:0", "--control",
             "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("CONTROL "):
                self.control = "http://" + line.split()[1].removeprefix("http://")
            if line.startswith("READY "):
                self.address = "http://" + line.split()[1].removeprefix("http://")
                break

    def get(self, path):
        with urllib.request.urlopen(self.control + path) as answer:
            return json.load(answer)

    def post(self, path, **body):
        request = urllib.request.Request(self.control + path, json.dumps(body).encode())
        urllib.request.urlopen(request).read()


class Daemon(Process):
    """renewald on a state directory of its own, under a watchdog as from its unit."""

    def __init__(self, bench, directory, address, mode="observe", lag=False, under=()):
        directory.mkdir(exist_ok=True)
        config = directory / "renewald.toml"
        config.write_text(
            f'mode = "{mode}"\n'
            '[sweep]\ninterval = "1h"\n'
            f'[[account]]\nname = "bench"\nregion = "cn-shanghai"\nendpoint = "{address}"\n'
            f'billing_endpoint = "{address}"\nbilling = true\n'
            '[defaults]\nperiod = "1 Month"\nlead_time = "7d"\nmaximum_price = "unlimited"\n'
            '[[rule]]\nname = "all"\nmatch = { name = "*" }\naction = "renew"\n'
            + ('[protocol]\nrequest_life = "2s"\nvisibility_bound = "4s"\npoll_interval = "1s"\n'
               'human_time = "1h"\nsend_window = "20s"\npayment_deadline = "20s"\n'
               if lag else ""))
        for name in ("state", "run"):
            (directory / name).mkdir(mode=0o700, exist_ok=True)
        notify = directory / "notify"
        notify.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(notify))
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()
        self.status_socket = str(directory / "run/status")
        environment = {
            "PATH": os.environ["PATH"], "STATE_DIRECTORY": str(directory / "state"),
            "RUNTIME_DIRECTORY": str(directory / "run"), "NOTIFY_SOCKET": str(notify),
            "RENEWALD_BOOT_ID": "bench",
            "WATCHDOG_USEC": str(WATCHDOG), "ALIBABA_CLOUD_ACCESS_KEY_ID": "testAccessKeyId",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testAccessKeySecret"}
        started = time.monotonic()
        super().__init__(
            [*under, bench.program("renewald"), "--config", str(config)], env=environment,
            stdout=subprocess.DEVNULL)
        self.ready_after = self.wait_for("READY=1", 120) - started

    def wait_for(self, text, limit):
        """Waits for a notification that holds the text."""
        end = time.monotonic() + limit
        while not any(text in message for message in self.said):
            if time.monotonic() > end:
                raise SystemExit(f"bench: the daemon did not say {text} within {limit} s")
            time.sleep(0.001)
        return time.monotonic()

    def listen(self):
        """Reads on: a full socket would hold the daemon up."""
        while True:
            self.said.append(self.notify.recv(4096).decode())


class Bench:
    def __init__(self, options):
        self.options = options
        self.bin = Path(options.bin)
        self.table = Table()
        self.work = Path(tempfile.mkdtemp(prefix="renewald-bench-"))
        self.running = []
        # Inventories begin now: nothing in them is due within two days.
        self.now = str(int(time.time()))

    def program(self, name):
        path = self.bin / name
        if not path.exists():
            raise SystemExit(f"bench: {path} is not there; build it with make bench")
        return str(path)

    def figures(self, *arguments):
        """What renewal-bench reports, by name."""
        output = subprocess.run(
            [self.program("renewal-bench"), *arguments], check=True, capture_output=True, text=True)
        return {name: float(value) for name, value in
                (line.split() for line in output.stdout.splitlines())}

    def start(self, process):
        self.running.append(process)
        return process

    def inventory(self, groups):
        """A state directory with so many groups, and what making it cost."""
        directory = self.work / f"inventory-{groups}"
        state = directory / "state"
        if not state.exists():
            state.mkdir(parents=True, mode=0o700)
            self.prepared = getattr(self, "prepared", {})
            self.prepared[groups] = self.figures(
                "prepare", str(state), "--groups", str(groups), "--start", self.now)
            (state / "sidecar").mkdir()
            (state / "sidecar.log").rename(state / "sidecar/renewals.log")
        return directory

    # One method a measurement.

    def size(self):
        stripped = self.work / "renewald"
        shutil.copy(self.program("renewald"), stripped)
        subprocess.run(["strip", str(stripped)], check=True)
        self.table.add("stripped daemon, Swift runtime linked in",
                       stripped.stat().st_size / 1e6, "MB", 70)

    def startup(self):
        directory = self.inventory(100_000)
        for name, limit in (("first start of a boot, all of it checked", None),
                            ("restart after a clean stop", 150)):
            times = []
            for _ in range(3):
                daemon = self.start(Daemon(self, directory, "http://127.0.0.1:9"))
                times.append(daemon.ready_after * 1000)
                daemon.stop()
                if limit is None:
                    (directory / "run/clean-stop").unlink(missing_ok=True)
            self.table.add(f"start to READY, 100,000 groups: {name}", sorted(times)[1], "ms", limit)
            if limit is None:
                # Leaves the mark that the next ones find.
                self.start(Daemon(self, directory, "http://127.0.0.1:9")).stop()

    def idle(self):
        seconds = 60 if self.options.quick else 180
        daemons = {}
        for groups in (0, 10_000):
            sandbox = self.start(Sandbox(self, "--groups", str(groups)))
            for group in sandbox.get("/groups"):
                if group.get("expiry"):
                    sandbox.post(f"/groups/{group['id']}", expiry="2036-01-01T16:00:00Z")
            daemon = self.start(Daemon(self, self.work / f"idle-{groups}", sandbox.address))
            daemon.wait_for(f"STATUS={groups} groups", 120)
            daemons[groups] = daemon
        time.sleep(30)
        before = {groups: (daemon.wakeups(), daemon.cpu()) for groups, daemon in daemons.items()}
        time.sleep(seconds)
        memory = {groups: daemon.memory() for groups, daemon in daemons.items()}
        wakeups, cpu = before[10_000]
        daemon = daemons[10_000]
        self.table.add("idle, 10,000 groups: wakeups of all threads",
                       (daemon.wakeups() - wakeups) * 60 / seconds, "a minute", 2)
        self.table.add("idle, 10,000 groups: processor",
                       (daemon.cpu() - cpu) * 3_600_000 / seconds, "ms/hour")
        resident, dirty = memory[10_000]
        self.table.add("idle, 10,000 groups: private dirty memory", dirty, "MiB", 6)
        self.table.add("idle, 10,000 groups: resident memory", resident, "MiB", 32)
        self.table.add("idle: private dirty memory, of the empty inventory's",
                       dirty / memory[0][1], "times", 1.5)
        if shutil.which("chronyd"):
            peer = self.start(Process(
                ["chronyd", "-d", "-x", "-U", "-f", "/dev/null"], stdout=subprocess.DEVNULL))
            time.sleep(3)
            if peer.process.poll() is None:
                resident, dirty = peer.memory()
                self.table.add("peer chronyd: private dirty memory", dirty, "MiB")
                self.table.add("peer chronyd: resident memory", resident, "MiB")
        self.stop_all()

    def cycle(self):
        large = 100_000 if self.options.quick else 1_000_000
        small, big = (
            self.figures("cycle", str(self.copy(groups)), "--groups", str(groups), "--start",
                         self.now)
            for groups in (10_000, large))
        name = "cycle-cpu-milliseconds"
        self.table.add(f"decision cycle, {large:,} groups, 10 due", big[name], "ms", 5)
        self.table.add("the same, of that with 10,000 groups", big[name] / small[name], "times", 2)
        self.table.add(f"a first sweep of {large:,} groups in the engine and the store",
                       self.prepared[large]["first-sweep-cpu-seconds"], "s CPU")

    def copy(self, groups):
        """The state alone, for renewal-bench, which writes into it."""
        source = self.inventory(groups) / "state"
        target = self.work / f"copy-{groups}"
        target.mkdir()
        shutil.copy(source / "inventory.sqlite", target)
        shutil.copy(source / "sidecar/renewals.log", target / "sidecar.log")
        return target

    def renewal(self):
        sandbox = self.start(Sandbox(self, "--groups", "240", "--balance", "100000000"))
        daemon = self.start(
            Daemon(self, self.work / "renewal", sandbox.address, mode="pay", lag=True))
        wanted = len([group for group in sandbox.get("/groups") if is_due(group)])
        # The hold after a first start is over by then, and nothing is paid yet.
        daemon.wait_for("STATUS=240 groups", 60)
        before, start = daemon.cpu(), time.monotonic()
        while len(self.paid(sandbox)) < wanted:
            if time.monotonic() > start + 300:
                raise SystemExit(f"bench: {len(self.paid(sandbox))} of {wanted} were renewed")
            time.sleep(0.2)
        time.sleep(5)
        each = (daemon.cpu() - before) / wanted * 1000
        vendor = self.vendor(24)
        self.table.add(
            "processor for one renewal, read to settled", each, "ms",
            None if vendor is None else vendor / 10,
            note="" if vendor else "the vendor's client is not installed: make conformance")
        if vendor is not None:
            self.table.add("peer: the vendor's client, read, quote, renew, read", vendor, "ms")
        self.stop_all()

    def paid(self, sandbox):
        return [order for order in sandbox.get("/orders") if order["status"] == "Paid"]

    def vendor(self, groups):
        """Milliseconds of processor for one renewal by the vendor's client."""
        python = ROOT / ".build/conformance/bin/python"
        if not python.exists():
            return None
        sandbox = self.start(Sandbox(self, "--groups", str(groups), "--balance", "100000000"))
        output = subprocess.run(
            [str(python), str(HERE / "vendor_renewals.py"), sandbox.address.split("//")[1],
             *[group["id"] for group in sandbox.get("/groups") if is_due(group)]],
            check=True, capture_output=True, text=True)
        return float(output.stdout)

    def burst(self):
        """Everything due at one moment, at a cloud that takes 50 ms for an answer."""
        groups = 300 if self.options.quick else 3000
        sandbox = self.start(Sandbox(self, "--groups", str(groups), "--balance", "1000000000"))
        sandbox.post("/faults", kind="delay", milliseconds=50, count=0)
        daemon = self.start(
            Daemon(self, self.work / "burst", sandbox.address, mode="pay", lag=True))
        wanted = len([group for group in sandbox.get("/groups") if is_due(group)])
        first, last, seen = None, None, 0
        limit = time.monotonic() + 900
        while seen < wanted and time.monotonic() < limit:
            count = len(self.paid(sandbox))
            if count != seen:
                last = time.monotonic()
                first = first or last
                seen = count
            time.sleep(0.1)
        requests = {}
        for row in sandbox.get("/requests"):
            name = row.get("operation") or row.get("action")
            requests[name] = requests.get(name, 0) + 1
        # What the daemon allows itself: four at a time, and so many reads of one
        # kind in a second.
        calls = sum(requests.values()) / max(1, seen)
        lanes = seen * calls * 0.05 / 4
        paced = max(requests.values()) / 20
        arithmetic = max(lanes, paced)
        self.table.add(f"{seen} of {wanted} renewals due at once, 50 ms an answer",
                       (last or 0) - (first or 0), "s", round(arithmetic * 1.15, 1),
                       note=f"{calls:.1f} calls each; {max(requests, key=requests.get)} most often")
        self.stop_all()

    def discovery(self):
        groups = 10_000 if self.options.quick else 100_000
        sandbox = self.start(Sandbox(self, "--groups", str(groups)))
        daemon = self.start(Daemon(self, self.work / "discovery", sandbox.address))
        before = daemon.memory()[1]
        daemon.wait_for(f"STATUS={groups} groups", 900)
        time.sleep(1)
        self.table.add(f"discovery of {groups:,} groups: processor", daemon.cpu(), "s",
                       2 * groups / 100_000)
        self.table.add("discovery: growth of private dirty memory",
                       daemon.memory()[1] - before, "MiB")
        self.stop_all()

    def status(self):
        daemon = self.start(
            Daemon(self, self.inventory(100_000), "http://127.0.0.1:9"))
        # What follows a start, a batch of groups after the other, is over by then.
        time.sleep(20)
        figures = self.figures("calls", daemon.status_socket, "--count", "20000")
        self.table.add("status call, 100,000 groups: p99",
                       figures["status-p99-microseconds"] / 1000, "ms", 1)
        self.table.add("status calls on one connection, one at a time",
                       figures["status-calls-per-second"], "a second", 10_000, least=True)
        self.table.add("status calls on one connection, 16 ahead",
                       figures["status-calls-ahead-per-second"], "a second", 10_000, least=True)
        times = []
        for _ in range(20):
            start = time.monotonic()
            subprocess.run(
                [self.program("renewalctl"), "status", "--socket", daemon.status_socket],
                stdout=subprocess.DEVNULL, check=False)
            times.append((time.monotonic() - start) * 1000)
        self.table.add("renewalctl status, the whole process", sorted(times)[10], "ms", 20)
        self.stop_all()

    def simulator(self):
        groups, years = (100, 5) if self.options.quick else (1000, 20)
        start = time.monotonic()
        subprocess.run(
            [self.program("renewal-simulator"), "--first-seed", "1", "--seeds", "1", "--years",
             str(years), "--groups", str(groups), "--repeat-one-in", "1000000"],
            stdout=subprocess.DEVNULL, check=True)
        self.table.add(f"{years} virtual years of {groups:,} groups",
                       time.monotonic() - start, "s", 60 * years * groups / 20_000)

    def small(self):
        for step, count in (("signing", 20_000), ("page", 500)):
            figures = self.figures("micro", step, "--count", str(count))
            name = {"signing": "signing one payment", "page": "reading a page of 100 groups"}[step]
            self.table.add(name, figures[f"{step}-cpu-microseconds"], "us CPU")

    def stop_all(self):
        for process in reversed(self.running):
            try:
                process.stop()
            except subprocess.TimeoutExpired:
                process.stop(signal.SIGKILL)
        self.running = []


def is_due(group):
    """What the rule of the bench renews: subscriptions in service within their lead."""
    if group["chargeType"] != "PrePaid" or group["status"] != "PUBLISHED":
        return False
    expiry = time.mktime(time.strptime(group["expiry"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    return time.time() < expiry <= time.time() + 7 * 86400


MEASUREMENTS = ["size", "small", "cycle", "startup", "status", "renewal", "burst", "discovery",
                "simulator", "idle"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=str(ROOT / ".build/release"))
    parser.add_argument("--json", help="write the rows into this file too")
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=MEASUREMENTS)
    options = parser.parse_args()
    bench = Bench(options)
    try:
        for name in options.only:
            getattr(bench, name)()
    finally:
        bench.stop_all()
        shutil.rmtree(bench.work, ignore_errors=True)
    if options.json:
        Path(options.json).write_text(json.dumps({"schema": 1, "rows": bench.table.rows}, indent=2))
    missed = [row for row in bench.table.rows if row["ratio"] is not None and row["ratio"] > 1]
    print(f"{len(bench.table.rows)} figures, {len(missed)} beyond their limit")


if __name__ == "__main__":
    main()
