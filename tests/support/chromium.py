"""A headless Chromium, told what to do over its DevTools protocol: one page at a time."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.waiting import eventually

PROGRAM = "chromium"  # Debian's
START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 300.0  # longer than any wait inside a page
LOADED = "document.readyState === 'complete' && location.href === %s"
WAIT = """new Promise((tell) => {
  const look = () => {
    if (%s) {
      tell(true);
    } else if (performance.now() > until) {
      tell(false);
    } else {
      setTimeout(look, 200);
    }
  };
  const until = performance.now() + %d;
  look();
})"""
KEYS = {"\n": ("Enter", 13), " ": (" ", 32), "/": ("/", 191), "-": ("-", 189)}


class Page:
    """A page that is open."""

    def __init__(self, line: ClientConnection, session_id: str) -> None:
        self._line = line
        self._session_id = session_id
        self._last_id = 1000
        self.complaints: list[str] = []  # what the browser had against the page

    def tell(self, method: str, **params: Any) -> Any:
        """Return what the browser answers."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params}
        self._line.send(json.dumps(message | {"sessionId": self._session_id}))
        while True:
            answer = json.loads(self._line.recv(timeout=ANSWER_TIMEOUT_S))
            self._note(answer)
            if answer.get("id") == self._last_id:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str, timeout_s: float) -> bool:
        """Return True as soon as a JavaScript expression is true; the page itself looks."""
        answer = self.tell(
            "Runtime.evaluate",
            expression=WAIT % (condition, timeout_s * 1000),
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return bool(answer["result"].get("value"))

    def click(self, selector: str) -> None:
        """Click the middle of an element with a real mouse."""
        where = self.evaluate(
            f"(() => {{ const box = document.querySelector({selector!r}).getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.tell(
                "Input.dispatchMouseEvent",
                type=kind,
                x=where[0],
                y=where[1],
                button="left",
                clickCount=1,
            )

    def type(self, text: str) -> None:
        """Press and release the keys of ``text``, one after the other."""
        for char in text:
            key, number = KEYS.get(char, (char, ord(char.upper())))
            written = "\r" if char == "\n" else char
            event = {"key": key, "windowsVirtualKeyCode": number, "code": _code_of(char)}
            self.tell("Input.dispatchKeyEvent", type="keyDown", text=written, **event)
            self.tell("Input.dispatchKeyEvent", type="keyUp", **event)

    def screenshot(self, path: Path) -> None:
        """Keep what the page looks like."""
        taken = self.tell("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(taken["data"]))

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error":  # what is less is advice
                self.complaints.append(entry["text"])
        elif event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["params"]["exceptionDetails"]))


@contextmanager
def a_browser(folder: Path) -> Iterator[Browser]:
    """Run a browser with its profile in ``folder``."""
    program = shutil.which(PROGRAM)
    assert program is not None, "scripts/install-packages --for-long-tests brings chromium"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with subprocess.Popen(
        [
            *(program, "--headless=new", *sandbox, "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-first-run", "--disable-background-networking", "--disable-sync"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            told = folder / "DevToolsActivePort"
            assert eventually(
                lambda: told.exists() and len(told.read_text().split()) == 2, START_TIMEOUT_S
            )
            port, path = told.read_text().split()
            with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as line:
                yield Browser(line)
        finally:
            os.killpg(process.pid, 9)


class Browser:
    """A running browser."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._last_id = 0

    def open(self, url: str, width: int = 960, height: int = 600) -> Page:
        """Return a page that has loaded ``url``."""
        target = self._tell("Target.createTarget", url="about:blank")
        attached = self._tell("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self._line, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log"):
            page.tell(f"{domain}.enable")
        page.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        page.tell("Page.navigate", url=url)
        assert eventually(lambda: page.evaluate(LOADED % json.dumps(url)))
        return page

    def _tell(self, method: str, **params: Any) -> Any:
        self._last_id += 1
        self._line.send(json.dumps({"id": self._last_id, "method": method, "params": params}))
        while True:
            answer = json.loads(self._line.recv(timeout=ANSWER_TIMEOUT_S))
            if answer.get("id") == self._last_id:
                assert "error" not in answer, answer["error"]
                return answer["result"]


def _code_of(char: str) -> str:
    codes = {"\n": "Enter", " ": "Space", "/": "Slash", "-": "Minus"}
    return codes.get(char) or (f"Digit{char}" if char.isdigit() else f"Key{char.upper()}")
