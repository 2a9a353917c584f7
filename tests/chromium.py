"""A real browser for tests: headless Chromium, driven through the WebDriver protocol (https://www.w3.org/TR/webdriver2/).

with Chromium.start() as browser:
    browser.open(path)
    browser.run("return document.title")
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def driver() -> str:
    """chromedriver's path. Without it the test is skipped, in CI it fails."""
    found = shutil.which("chromedriver")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromedriver is missing: apt-get install chromium chromium-driver")
        pytest.skip("needs chromedriver")
    return found


class Chromium:
    """One session."""

    def __init__(self, address: str) -> None:
        self._address = address
        options = {
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
            ]
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        self._session = f"/session/{self._made(wanted)}"

    def _made(self, wanted: dict[str, Any], tries: int = 3) -> str:
        """The id of a new session: a browser that does not come up on a busy machine is started again."""
        try:
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        except AssertionError:
            if tries == 1:
                raise
            return self._made(wanted, tries - 1)
        return str(made["sessionId"])

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator[Chromium]:
        """A browser that ends with the block."""
        process = subprocess.Popen(
            [driver(), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert process.stdout is not None
            port = next(
                m[1]
                for line in process.stdout
                if (m := re.search(r"started successfully on port (\d+)", line))
            )
            browser = cls(f"http://127.0.0.1:{port}")
            try:
                yield browser
            finally:
                browser._call("DELETE", browser._session)
        finally:
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def size(self, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        """The size of the viewport in CSS pixels, and what the user prefers."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.devtools("Emulation.setEmulatedMedia", {"features": features})

    def open(self, page: Path, fragment: str = "") -> None:
        """Load a file, wait until its script is done."""
        self._call("POST", f"{self._session}/url", {"url": "about:blank"})
        self._call("POST", f"{self._session}/url", {"url": page.as_uri() + fragment})

    def run(self, script: str, *values: Any) -> Any:
        """Run the body of a function with `values` as its arguments; returns its result (a promise's once it is there)."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": list(values)})

    def until(self, condition: str) -> None:
        """Wait until an expression of the page is true: its timers are its own."""
        self.run(
            f"return new Promise(done => {{ const ask = () => ({condition}) ? done() : setTimeout(ask, 20); ask(); }})"
        )

    def keys(self, *keys: str) -> None:
        """Press keys one by one, wherever the focus is."""
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": presses}]
        self._call("POST", f"{self._session}/actions", {"actions": actions})

    def devtools(self, command: str, values: dict[str, Any]) -> Any:
        return self._call("POST", f"{self._session}/goog/cdp/execute", {"cmd": command, "params": values})

    def log(self) -> list[str]:
        """What the console has said since it was last asked, policy violations and failed requests included."""
        said = self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        return [f"{entry['level']} {entry['message']}" for entry in said]

    def screenshot(self) -> bytes:
        """The viewport as PNG."""
        return base64.b64decode(self._call("GET", f"{self._session}/screenshot"))

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._address + path, data, {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise AssertionError(json.load(e)["value"]["message"]) from None
