#!/usr/bin/env python3
"""Opens a report in headless Chromium and uses it as a person would.

    Tests/Pages/open.py PAGE.html [DIRECTORY FOR PICTURES]

Checks that the page requests nothing but itself, says nothing on the console, fits a
phone and a desk, keeps the contrast of WCAG AA in light and dark, and that filter, sort
and keyboard work. Needs only the standard library and Chromium, which is told what to do
over a pipe. Exit status 0: all held; 1: something did not; 77: there is no Chromium.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


class Browser:
    """Chromium's DevTools protocol: JSON messages that end in a zero byte."""

    def __init__(self, program, profile):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def descriptors():
            # Over other numbers first, since one of the four may be 3 or 4 itself.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--no-first-run", "--disable-extensions", "--disable-background-networking",
             f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=descriptors)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None

    def close(self):
        self.process.kill()
        self.process.wait()

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                sys.exit("Chromium has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self.receive())

    def attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Runtime", "Log"]:
            self.call(f"{domain}.enable")

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path):
        height = min(self.run("document.documentElement.scrollHeight"), 12000)
        width = self.run("innerWidth")
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                          clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(image["data"]))

    def key(self, key, code):
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code, text="\r" if key == "Enter" else "")


# Every text that is seen, with the contrast between its colour and the page's ground.
CONTRAST = """(() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(v => {
      v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = light(getComputedStyle(document.documentElement).backgroundColor);
  const poor = new Set();
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (element.closest("script,style,title,desc,option") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const own = light(element.closest("svg") ? style.fill : style.color);
    const ratio = (Math.max(own, ground) + .05) / (Math.min(own, ground) + .05);
    if (ratio < 4.5) poor.add(element.className.baseVal ?? element.className + " " + ratio);
  }
  return [...poor];
})()"""

SHOWN = "[...document.querySelectorAll('#groups tbody tr')].filter(r => !r.hidden).length"
ALL = "document.querySelectorAll('#groups tbody tr').length"


def search(browser, text):
    """Types into the filter, and waits until the count of groups is told anew."""
    browser.run(f"""new Promise(done => {{
      const [find, count] = ['find', 'count'].map(id => document.getElementById(id));
      new MutationObserver(done).observe(count, {{childList: true}});
      find.value = {json.dumps(text)};
      find.dispatchEvent(new Event('input'));
    }})""")


def check(browser, page, pictures):
    wrong = []

    def expect(claim, holds, found=""):
        print(f"  {'yes' if holds else 'NO '}  {claim}{'' if holds else f': {found}'}")
        if not holds:
            wrong.append(claim)

    browser.attach()
    browser.size(1440, 900)
    began = time.monotonic()
    browser.call("Page.navigate", url=page.as_uri())
    browser.wait_for("Page.loadEventFired")
    rows = browser.run(ALL)
    seconds = time.monotonic() - began
    print(f"  {page.stat().st_size / 1e6:.2f} MB, {rows} groups, open after {seconds:.2f} s")
    expect("the page is open within 5 s", seconds < 5, seconds)

    for name, width, dark in [("1440", 1440, False), ("390", 390, False),
                              ("768", 768, False), ("dark", 1440, True),
                              ("390-dark", 390, True)]:
        browser.size(width, 900, dark)
        wide = browser.run("document.documentElement.scrollWidth")
        expect(f"it fits {name}", wide <= width, wide)
        poor = browser.run(CONTRAST)
        expect(f"every text has a contrast of 4.5 at {name}", not poor, poor)
        if pictures:
            browser.picture(f"{pictures}/{name}.png")
    browser.size(1440, 900)

    expect("it has one h1, landmarks, and a language", browser.run(
        "document.querySelectorAll('h1').length === 1 && !!document.querySelector('main')"
        " && !!document.querySelector('nav[aria-label]') && !!document.documentElement.lang"))
    expect("every drawing has a text instead", browser.run(
        "[...document.querySelectorAll('svg:not([aria-hidden])')].every(s => s.getAttribute('role') === 'img'"
        " && s.getAttribute('aria-labelledby').split(' ').every(i => document.getElementById(i)"
        "?.textContent.trim()))"))
    expect("a drawing that is hidden from a screen reader stands beside its numbers", browser.run(
        "[...document.querySelectorAll('svg[aria-hidden]')].every(s =>"
        " /[0-9]/.test(s.parentElement.textContent))"))
    expect("no id stands twice", browser.run(
        "(i => new Set(i).size === i.length)([...document.querySelectorAll('[id]')].map(e => e.id))"))
    expect("every column has a head", browser.run(
        "[...document.querySelectorAll('table')].every(t => t.caption && [...t.tHead.rows[0].cells]"
        ".every(c => c.scope === 'col') && [...t.tBodies[0].rows].every(r => r.cells.length ==="
        " t.tHead.rows[0].cells.length))"))
    expect("no name became markup", browser.run(
        "typeof pwned === 'undefined' && !document.querySelector('img,iframe,object,link')"
        " && document.scripts.length === 1"))

    browser.key("Tab", 9)
    expect("the first Tab reaches the skip link", browser.run(
        "document.activeElement.className === 'skip'"))

    if rows:
        expect("a long list begins with its first 100", browser.run(SHOWN) == min(rows, 100))
        name = browser.run("document.querySelector('#groups tbody tr:last-child small').textContent"
                           ".split(' ').pop()")
        search(browser, name)
        expect("the filter finds one group by its id", browser.run(SHOWN) >= 1, browser.run(SHOWN))
        expect("and says so", browser.run("document.getElementById('count').textContent.trim().length") > 0)
        search(browser, "")
        browser.run("document.querySelector('#groups thead button').focus()")
        browser.key("Enter", 13)
        names = browser.run("[...document.querySelectorAll('#groups tbody th')].map(c => c.textContent)")
        ordered = browser.run(f"(n => [...n].sort(new Intl.Collator(document.documentElement.lang)"
                              f".compare).join() === n.join())({json.dumps(names)})")
        expect("Enter on a head sorts by it", ordered, names[:5])
        expect("and is told to a screen reader", browser.run(
            "document.querySelector('#groups thead th').getAttribute('aria-sort')") == "ascending")
        browser.run("document.getElementById('more').click()")
        expect("all groups can be shown", browser.run(SHOWN) == rows)

    requested = [e["params"]["request"]["url"] for e in browser.events
                 if e.get("method") == "Network.requestWillBeSent"]
    expect("it requests nothing but itself", requested == [page.as_uri()], requested)
    said = [e["params"] for e in browser.events
            if e.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                                   "Log.entryAdded")]
    expect("nothing is said on the console", not said, said)

    paper = browser.call("Page.printToPDF", printBackground=True)["data"]
    expect("it can be printed", base64.b64decode(paper).startswith(b"%PDF"))
    if pictures:
        pathlib.Path(f"{pictures}/print.pdf").write_bytes(base64.b64decode(paper))
    return not wrong


def main():
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        print("no chromium: the page was not opened", file=sys.stderr)
        sys.exit(77)
    page = pathlib.Path(sys.argv[1]).resolve()
    pictures = sys.argv[2] if len(sys.argv) > 2 else None
    if pictures:
        os.makedirs(pictures, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="renewald-pages.", ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            good = check(browser, page, pictures)
        finally:
            browser.close()
    sys.exit(0 if good else 1)


main()
