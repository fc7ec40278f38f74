#!/usr/bin/env python3
"""What a monitoring system finds out, if it knows nothing but what renewald shows it.

    Tests/Monitoring/run.py BIN

The real programs are brought into each situation. What they export is checked by
promtool and then, held still for a while, judged by the shipped alert rules.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
RULES = f"{TOP}/config/prometheus/renewald.rules.yml"
BIN = os.path.abspath(sys.argv[1])

CONFIGURATION = """
mode = "pay"
{monitoring}
[sweep]
interval = "5s"
[[account]]
name = "test"
region = "cn-shanghai"
endpoint = "{endpoint}"
{account}
[defaults]
period = "1 Month"
lead_time = "7d"
maximum_price = "20000.00 CNY"
{rules}
[protocol]
request_life = "2s"
visibility_bound = "3s"
poll_interval = "1s"
human_time = "1h"
send_window = "2s"
payment_deadline = "2s"
"""
LAPSE = '[[rule]]\nname = "held"\nmatch = { name = "hold-*" }\naction = "lapse"\n'
RENEW = '[[rule]]\nname = "all others"\nmatch = { name = "*" }\naction = "renew"\n'


class Site:
    """A cloud and a daemon in a directory of their own."""

    def __init__(self, rules=LAPSE + RENEW, account="", monitoring="", lag=1, balance=9_000_000):
        self.directory = tempfile.TemporaryDirectory(prefix="renewald-monitoring.")
        self.path = self.directory.name
        self.cloud = subprocess.Popen(
            [f"{BIN}/sandbox-cloud", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
             "--groups", "12", "--seed", "7", "--visible-lag", str(lag),
             "--balance", str(balance)],
            stdout=subprocess.PIPE, text=True)
        said = {}
        while "READY" not in said:
            words = self.cloud.stdout.readline().split()
            said[words[0]] = words[1]
        self.control = said["CONTROL"].removeprefix("http://")
        with open(f"{self.path}/renewald.toml", "w") as file:
            file.write(CONFIGURATION.format(
                endpoint=said["READY"], rules=rules, account=account, monitoring=monitoring))
        for name in ["state", "run"]:
            os.mkdir(f"{self.path}/{name}")

    def post(self, path, **body):
        urllib.request.urlopen(f"http://{self.control}{path}", json.dumps(body).encode()).read()

    def start(self):
        self.daemon = subprocess.Popen(
            [f"{BIN}/renewald", "--config", f"{self.path}/renewald.toml"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"STATE_DIRECTORY": f"{self.path}/state", "RUNTIME_DIRECTORY": f"{self.path}/run",
                 "ALIBABA_CLOUD_ACCESS_KEY_ID": "testAccessKeyId",
                 "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testAccessKeySecret"})

    def renewalctl(self, *arguments):
        return subprocess.run(
            [f"{BIN}/renewalctl", *arguments, "--socket", f"{self.path}/run/status"],
            capture_output=True, text=True)

    def metrics(self):
        """As the timer's service has them written; whatever became of the daemon."""
        file = f"{self.path}/renewald.prom"
        self.renewalctl("metrics", "--timeout", "2", "--file", file)
        with open(file) as text:
            return text.read()

    def wait(self, condition, what, seconds=40):
        """Until the metrics show it: asked often, since nothing announces it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.path.exists(f"{self.path}/run/status"):
                text = self.metrics()
                if condition(text):
                    return text
            select_nothing()
        sys.exit(f"not seen in {seconds} s: {what}\n{self.metrics()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [getattr(self, "daemon", None), self.cloud]:
            if process:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait()


def select_nothing():
    """A short pause between two looks."""
    import select
    select.select([], [], [], 0.2)


def value(text, series):
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.M)
    return float(found[1]) if found else None


def check(text):
    result = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                            capture_output=True)
    if result.returncode or result.stderr:
        sys.exit(f"promtool check metrics: {result.stderr}{result.stdout}")


def judge(name, text, expected, minutes, absent=()):
    """Holds the samples still for a while and asks which alerts fire.

    Instants are made relative to now, because promtool's time begins at zero.
    """
    check(text)
    now = time.time()
    series = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, number = line.rsplit(" ", 1)
        labels = 'instance="a",job="node"'
        head = head.replace("{", "{" + labels + ",", 1) if "{" in head else f"{head}{{{labels}}}"
        if "_timestamp_seconds" in head:
            number = str(float(number) - now)
        series.append({"series": head, "values": f"{number}x{minutes + 2}"})
    count = 'count(ALERTS{{alertstate="firing",alertname="{}"}} ) or vector(0)'
    tests = [
        {"expr": f"({count.format(alert)}) > bool 0", "eval_time": f"{minutes}m",
         "exp_samples": [{"labels": "{}", "value": int(alert in expected)}]}
        for alert in [*expected, *absent]]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # JSON is YAML.
        json.dump({"rule_files": [RULES], "evaluation_interval": "1m",
                   "tests": [{"interval": "1m", "input_series": series,
                              "promql_expr_test": tests}]}, file)
        file.flush()
        result = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True,
                                text=True)
    if result.returncode:
        sys.exit(f"{name}: {result.stdout}{result.stderr}")
    print(f"ok  {name}: {', '.join(expected) or 'nothing'} within {minutes} min")


QUIET = ["RenewaldDown", "RenewaldAbsent", "RenewaldSweepStalled", "RenewaldSweepPartial",
         "RenewaldStorageFault", "RenewaldClockUntrusted", "RenewaldUnknownOutcome",
         "RenewaldRenewalOverdue", "RenewaldUnmanaged", "RenewaldPaymentsStopped",
         "RenewaldPausedTooLong", "RenewaldConfigurationRejected"]


def all_settled(text):
    return value(text, 'renewald_renewals_total{result="paid"}') == 4


def scenarios():
    with Site() as site:
        site.start()
        text = site.wait(all_settled, "four renewals")
        judge("all is well", text, [], 0, absent=QUIET)

        site.daemon.send_signal(signal.SIGSTOP)
        judge("the loop stands still", site.metrics(), ["RenewaldDown"], 3)
        site.daemon.send_signal(signal.SIGCONT)

        site.cloud.send_signal(signal.SIGSTOP)
        judge("nothing is swept any more", site.metrics(), ["RenewaldSweepStalled"], 1)
        site.cloud.send_signal(signal.SIGCONT)

        site.daemon.kill()
        site.daemon.wait()
        text = site.metrics()
        assert text.splitlines()[-1] == "renewald_up 0", text
        judge("the daemon died", text, ["RenewaldDown"], 3)
        assert site.renewalctl("check").returncode == 3

    with Site(lag=3600) as site:
        site.post("/faults", kind="cut", operation="RenewAppInstanceGroup", effect="done", count=1)
        site.start()
        text = site.wait(lambda text: (value(text, "renewald_unknown_outcomes") or 0) > 0,
                         "a lost answer")
        judge("a renewal is in doubt", text, ["RenewaldUnknownOutcome"], 1)

    with Site(rules=LAPSE) as site:
        site.start()
        text = site.wait(lambda text: (value(text, 'renewald_groups{state="unmanaged"}') or 0) > 0,
                         "an unmanaged group")
        judge("no rule covers a group", text, ["RenewaldUnmanaged", "RenewaldUnmanagedExpiring"], 1)
        assert site.renewalctl("check").returncode in (1, 2)

    with Site(monitoring='[metrics]\nlisten = "127.0.0.1:19468"') as site:
        site.start()
        site.wait(all_settled, "four renewals")
        text = urllib.request.urlopen("http://127.0.0.1:19468/metrics").read().decode()
        check(text)
        assert all_settled(text)
        print("ok  the metrics port serves what renewalctl prints")


def every_alert_is_tested():
    with open(RULES) as rules, open(f"{HERE}/rules.test.yml") as tests:
        named = set(re.findall(r"alert: (\w+)", rules.read()))
        missing = named - set(re.findall(r"alertname=\"(\w+)\"", tests.read()))
    if missing:
        sys.exit(f"no test in rules.test.yml fires {', '.join(sorted(missing))}")


subprocess.run(["promtool", "check", "rules", RULES], check=True)
subprocess.run(["promtool", "test", "rules", f"{HERE}/rules.test.yml"], check=True)
every_alert_is_tested()
scenarios()
