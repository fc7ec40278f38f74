#!/usr/bin/env python3
"""What a monitoring system finds out, if it knows nothing but what renewald shows it.

    Tests/Monitoring/run.py BIN

The real programs are brought into each situation. What they export is checked by
promtool and then, held still for a while, judged by the shipped alert rules.
"""
import datetime
import hmac
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
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
BILLING = 'billing = true\nbilling_endpoint = "{endpoint}"\n'
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
                endpoint=said["READY"], rules=rules,
                account=account.format(endpoint=said["READY"]), monitoring=monitoring))
        for name in ["state", "run"]:
            os.mkdir(f"{self.path}/{name}")
        self.environment = {
            "STATE_DIRECTORY": f"{self.path}/state", "RUNTIME_DIRECTORY": f"{self.path}/run",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "testAccessKeyId",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testAccessKeySecret"}

    def groups(self):
        return json.load(urllib.request.urlopen(f"http://{self.control}/groups"))

    def post(self, path, **body):
        urllib.request.urlopen(f"http://{self.control}{path}", json.dumps(body).encode()).read()

    def start(self):
        with open(f"{self.path}/log", "a") as log:
            self.daemon = subprocess.Popen(
                [f"{BIN}/renewald", "--config", f"{self.path}/renewald.toml"],
                stdout=log, stderr=log, env=self.environment)

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
        assert site.renewalctl("check", "-t", "1").returncode == 3
        late = site.renewalctl("check", "-t", "1", "--timeout-state", "critical")
        assert late.returncode == 2, late.stdout
        site.daemon.send_signal(signal.SIGCONT)

        site.cloud.send_signal(signal.SIGSTOP)
        judge("nothing is swept any more", site.metrics(), ["RenewaldSweepStalled"], 1)
        stalled = "no complete sweep for"
        site.wait(lambda _: stalled in site.renewalctl("check", "--sweep-age", "2").stdout, stalled)
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
        result = site.renewalctl("check", "-v")
        assert result.returncode in (1, 2) and ": renewal unknown for " in result.stdout, result

    with Site(rules=LAPSE) as site:
        site.start()
        text = site.wait(lambda text: (value(text, 'renewald_groups{state="unmanaged"}') or 0) > 0,
                         "an unmanaged group")
        judge("no rule covers a group", text, ["RenewaldUnmanaged", "RenewaldUnmanagedExpiring"], 1)
        assert site.renewalctl("check").returncode in (1, 2)

    # Not a cent is left of it, and nothing else is wrong.
    budget = '[[budget]]\nname = "tiny"\nper = "day"\nlimit = "0.01 CNY"\n'
    with Site(rules=LAPSE + RENEW + budget) as site:
        site.start()
        blocked = 'renewald_alerts{alert="BUDGET",severity="warning"}'
        text = site.wait(lambda text: value(text, blocked) == 4, "four renewals over the budget")
        assert value(text, 'renewald_budget_limit{budget="tiny",currency="CNY",period="day"}') == 0.01
        assert value(text, 'renewald_budget_used{budget="tiny",currency="CNY",period="day"}') == 0
        assert value(text, "renewald_renewal_attempts_total") == 0
        judge("the budget blocks a renewal", text, ["RenewaldWarning"], 16,
              absent=["RenewaldPaymentsStopped", "RenewaldBudgetNearLimit"])
        result = site.renewalctl("check")
        assert result.returncode in (1, 2), result.stdout
        assert "must fit into every budget" in result.stdout, result.stdout

    # Nothing was ever paid for here: the daemon has to ask for the prices too.
    with Site(account=BILLING, rules=RENEW) as site:
        now = datetime.datetime.now(datetime.timezone.utc)
        for number, group in enumerate(site.groups()):
            days = 7 + 6 if number == 0 else 400
            expiry = (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
            site.post(f"/groups/{group['id']}", chargeType="PrePaid", expiry=expiry)
        site.post("/account", balance="1.00", credit="0.00")
        site.start()
        end = 'renewald_balance_end_timestamp_seconds{account="test"}'
        # The sandbox shows the old expiries for a moment.
        text = site.wait(lambda text: (value(text, end) or 0) > now.timestamp() + 86400,
                         "the end of the balance")
        assert abs(value(text, end) - now.timestamp() - 6 * 86400) < 5, text
        asked = 'renewald_api_requests_total{api="GetResourceRenewPrice",code_class="2xx"}'
        assert value(text, asked) >= 1, text
        assert value(text, 'renewald_account_balance{account="test",currency="CNY"}') == 1
        judge("the balance runs out next week", text, ["RenewaldBalanceWillRunOut"], 1,
              absent=["RenewaldPage", "RenewaldWarning", "RenewaldRenewalOverdue"])
        result = site.renewalctl("check")
        assert result.returncode == 1 and "BALANCE_ENDING" in result.stdout, result.stdout
        result = site.renewalctl("check", "--balance-critical", "7:")
        assert result.returncode == 2 and "balance_days=5.9;;7:" in result.stdout, result.stdout
        site.post("/account", balance="9000000.00", credit="0.00")
        text = site.wait(lambda text: value(text, end) is None, "a balance that lasts")
        judge("the account was topped up", text, [], 1, absent=["RenewaldBalanceWillRunOut"])
        assert site.renewalctl("check", "--balance-critical", "7:").returncode == 0

    with Site(monitoring='[metrics]\nlisten = "127.0.0.1:19468"') as site:
        site.start()
        site.wait(all_settled, "four renewals")
        text = urllib.request.urlopen("http://127.0.0.1:19468/metrics").read().decode()
        check(text)
        assert all_settled(text)
        print("ok  the metrics port serves what renewalctl prints")


class Receiver(http.server.HTTPServer):
    """Whoever is told: keeps the path, the headers and the body of each call."""

    def __init__(self, port=0):
        self.calls = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                receiver.calls.append((self.path, dict(self.headers), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait(self, condition, what, seconds=40):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [call for call in list(self.calls) if condition(call)]
            if found:
                return found
            select_nothing()
        sys.exit(f"{what}: not told in {seconds} s, but {[call[0] for call in self.calls]}")


def messages():
    """The heartbeat, and a webhook that hears after a restart what it missed before."""
    closed = Receiver()
    port = closed.server_address[1]
    closed.shutdown()
    closed.server_close()
    heartbeat = Receiver()
    monitoring = f"""
[heartbeat]
url_credential = "beat"
[[webhook]]
name = "ops"
url = "http://127.0.0.1:{port}/in?token=hidden"
secret_credential = "key"
"""
    with Site(rules=LAPSE, monitoring=monitoring) as site:
        os.mkdir(f"{site.path}/credentials")
        for name, text in [("beat", f"http://127.0.0.1:{heartbeat.server_address[1]}/uuid\n"),
                           ("key", "s3cret\n")]:
            with open(f"{site.path}/credentials/{name}", "w") as file:
                file.write(text)
        site.environment["CREDENTIALS_DIRECTORY"] = f"{site.path}/credentials"
        site.start()
        heartbeat.wait(lambda call: call[0] == "/uuid", "a heartbeat")
        failed = 'renewald_notifications_total{channel="ops",result="failed"}'
        text = site.wait(lambda text: (value(text, failed) or 0) > 0, "a webhook that fails")
        check(text)
        assert "hidden" not in text
        site.daemon.terminate()
        site.daemon.wait()
        log = open(f"{site.path}/log").read()
        assert "hidden" not in log and "uuid" not in log and "s3cret" not in log, log

        webhook = Receiver(port)
        site.start()
        path, headers, body = webhook.wait(lambda _: True, "the alerts of before")[0]
        assert path == "/in?token=hidden", path
        events = json.loads(body)["events"]
        assert any(event["alert"] == "UNMANAGED_EXPIRING" for event in events), events
        words = dict(word.split("=") for word in headers["x-renewald-signature"].split(","))
        signed = hmac.new(b"s3cret", words["t"].encode() + b"." + body, "sha256").hexdigest()
        assert words["v1"] == signed
        site.wait(lambda text: value(
            text, 'renewald_notifications_total{channel="ops",result="delivered"}') == 1,
            "the delivery")
        print("ok  the heartbeat beats; a webhook is told after a restart what it missed")


def every_alert_is_tested():
    with open(RULES) as rules, open(f"{HERE}/rules.test.yml") as tests:
        named = set(re.findall(r"alert: (\w+)", rules.read()))
        missing = named - set(re.findall(r"alertname=\"(\w+)\"", tests.read()))
    if missing:
        sys.exit(f"no test in rules.test.yml fires {', '.join(sorted(missing))}")


subprocess.run(["promtool", "check", "rules", RULES], check=True)
subprocess.run(["promtool", "test", "rules", f"{HERE}/rules.test.yml"], check=True)
every_alert_is_tested()
messages()
scenarios()
