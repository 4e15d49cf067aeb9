"""Both consoles in a real browser; ``SCREENSHOTS=write`` keeps how they look in ``docs/``."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.e2e.cloud import ROOT, TINY, Cloud, running_cloud
from tests.support.chromium import Browser, Page, a_browser
from tests.support.waiting import eventually

pytestmark = pytest.mark.long

SHOTS = ROOT / "docs" / "images"
BOOT_S = 240.0
GRACE_S = 90.0
LOGIN = ("tiny", "tiny")  # of the guest image
STATUS = "document.getElementById('status').textContent"
TERMINAL = "document.querySelector('.xterm-rows').innerText"
ROW_PX = 16  # of a screen in text mode
LIT_PX = 40  # more than its cursor
# How many rows of text the screen shows; what noVNC draws is at its own size
ROWS = f"""(() => {{
  const canvas = document.querySelector("#screen canvas");
  if (!canvas?.width) {{
    return 0;
  }}
  const {{ width, height }} = canvas;
  const all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let rows = 0;
  for (let top = 0; top + {ROW_PX} <= height; top += {ROW_PX}) {{
    let lit = 0;
    for (let at = top * width * 4; at < (top + {ROW_PX}) * width * 4; at += 4) {{
      lit += all[at] + all[at + 1] + all[at + 2] > 0 ? 1 : 0;
    }}
    rows += lit > {LIT_PX} ? 1 : 0;
  }}
  return rows;
}})()"""


@pytest.fixture(scope="module")
def guest() -> Iterator[Cloud]:
    """A cloud with a door for browsers and one guest, ``web``, that has come up."""
    with running_cloud("qemu", "--web-listen", "127.0.0.1:0") as cloud:
        cloud.text("image-upload", "--file", str(TINY), "--min-ram", "96", "tiny")
        cloud.text("boot", "--flavor", "m1.nano", "--image", "tiny", "--poll", "web")
        assert eventually(lambda: "tiny: started" in cloud.text("console-log", "web"), BOOT_S)
        yield cloud


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with a_browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def _open(browser: Browser, cloud: Cloud, *command: str) -> Page:
    page = browser.open(cloud.text(*command, "--quiet").strip())
    assert page.wait_for("document.body.dataset.state === 'up'", GRACE_S)
    return page


def _keep(page: Page, name: str) -> None:
    if os.environ.get("SCREENSHOTS") == "write":
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(SHOTS / name)


def test_a_serial_console_is_a_terminal_in_a_browser(guest: Cloud, browser: Browser) -> None:
    page = _open(browser, guest, "get-serial-console", "web")
    page.click("#terminal")
    for prompt, typed in (("login:", "tiny"), ("Password:", "tiny"), ("$", "uname -a")):
        assert page.wait_for(f"{TERMINAL}.includes({prompt!r})", GRACE_S), page.evaluate(TERMINAL)
        page.type(f"{typed}\n")

    assert page.wait_for(f"{TERMINAL}.includes('GNU/Linux')", GRACE_S), page.evaluate(TERMINAL)
    _keep(page, "serial-console.png")
    page.type("exit\n")
    assert page.complaints == []


def test_a_screen_is_seen_and_typed_at_in_a_browser(guest: Cloud, browser: Browser) -> None:
    page = _open(browser, guest, "get-vnc-console", "web", "novnc")
    assert page.wait_for(f"{ROWS} > 0", GRACE_S)
    page.click("#screen canvas")
    for typed, new_rows in ((LOGIN[0], 1), (LOGIN[1], 3), ("uname -a", 1), ("ls -l /", 10)):
        before = page.evaluate(ROWS)
        page.type(f"{typed}\n")
        assert page.wait_for(f"{ROWS} >= {before + new_rows}", GRACE_S), typed

    _keep(page, "screen.png")
    assert page.complaints == []


def test_the_button_presses_keys_that_a_browser_keeps_to_itself(
    guest: Cloud, browser: Browser
) -> None:
    page = _open(browser, guest, "get-vnc-console", "web", "novnc")
    boots = guest.text("console-log", "web").count("SYSLINUX")
    assert page.wait_for(f"{ROWS} > 0", GRACE_S)

    page.click("#ctrl-alt-del")

    assert eventually(lambda: guest.text("console-log", "web").count("SYSLINUX") > boots, BOOT_S)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/vnc?token=wrong", "This URL opens no console any more."),
        ("/serial", "This URL opens no console any more."),
    ],
)
def test_a_page_says_why_it_shows_nothing(
    guest: Cloud, browser: Browser, path: str, said: str
) -> None:
    base = guest.text("get-serial-console", "web", "--quiet").partition("/serial")[0]

    page = browser.open(f"{base}{path}")

    assert page.wait_for(f"{STATUS} === {said!r}", GRACE_S), page.evaluate(STATUS)
    assert page.evaluate("document.getElementById('again').hidden") is False
