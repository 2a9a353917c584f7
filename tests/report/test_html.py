"""The HTML page, in a real browser: opened, filtered, searched, by keyboard, with hostile names and with 10,000 findings."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chromium import Chromium
from sample_results import commit, drawn, finding, place, result, rich, rule

from leakscan.model.finding import Life
from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.model.rule import SEVERITIES
from leakscan.report import html

if TYPE_CHECKING:
    from leakscan.model.finding import Commit, ScanResult

HOSTILE = (
    b"</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>\"'&{{7*7}}\xe2\x80\xa8"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium.start() as started:
        yield started


def many(count: int) -> ScanResult:
    """`count` findings of a history of six years."""
    r = random.Random(7)

    def brought(n: int, minute: int) -> Commit:
        made = commit(n, f"Person {n % 25} <p{n % 25}@acme.example>".encode(), b"Change %d" % n)
        return made._replace(oid=f"{r.getrandbits(160):040x}", time=1_600_000_000 + minute * 60)

    found = []
    for n in range(count):
        old, new = brought(n, r.randrange(2_000_000)), brought(n + 1, 3_000_000)
        gone = n % 2 == 0
        path = f"services/{('api', 'web', 'jobs')[n % 3]}/settings_{n}.py".encode()
        kind = rule(f"acme.kind-{n % 5}", SEVERITIES[n * len(SEVERITIES) // count])
        life = Life(old, new if gone else None, not gone, () if gone else (b"refs/heads/main",), True)
        where = place(BlobOrigin(old.oid), path=path, line=n % 200 + 1, snippet="KEY = ********", commit=old)
        found.append(finding(drawn(n), where, of=kind, life=life))
    return result(*found, scope="history", commits=4200)


def opened(browser: Chromium, tmp_path: Path, found: ScanResult, fragment: str = "") -> None:
    page = tmp_path / "page.html"
    page.write_text("".join(html.render(found)), encoding="utf-8")
    browser.log()
    browser.open(page, fragment)
    # A page without findings has nothing to count.
    count = "document.getElementById('count')"
    browser.until(f"document.readyState === 'complete' && (!{count} || {count}.textContent !== '')")


def ask(browser: Chromium, what: str) -> object:
    return browser.run(f"return {what}")


def choose(browser: Chromium, field: str, value: str) -> str:
    """Put `value` into a field of the filter; returns what the page says it shows."""
    script = (
        "const [id, value] = arguments; document.getElementById(id).value = value;"
        "document.getElementById('filter').dispatchEvent(new Event('submit', {cancelable: true}));"
        "return document.getElementById('count').textContent"
    )
    return str(browser.run(script, field, value))


CARDS = "document.querySelectorAll('#list > li').length"


def test_it_opens_without_a_complaint(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, rich())
    assert ask(browser, "document.documentElement.dataset.ready") == "true"
    assert ask(browser, CARDS) == 4
    browser.run("document.querySelectorAll('.finding').forEach(button => button.click())")
    assert browser.log() == []
    assert ask(browser, "performance.getEntriesByType('resource').length") == 0


def test_a_finding_shows_its_life_and_how_to_rotate(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, rich())
    browser.run(
        "document.querySelectorAll('.finding')[1].click(); document.querySelectorAll('.finding')[0].click()"
    )
    # Not innerText: it leaves out what the browser has not drawn yet (content-visibility).
    said = str(ask(browser, "document.getElementById('list').textContent"))
    for words in (
        "Create a new key.",
        "introduced by Ann",
        "removed by Bob",
        "still in HEAD",
        "refs/heads/b0",
    ):
        assert words in said
    assert ask(browser, "document.querySelector('.more a').rel") == "noopener noreferrer"


def test_filters_and_search(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, many(40))
    assert choose(browser, "q", "settings_7.py") == "1 of 40 findings"
    assert choose(browser, "q", "KIND-1 api") == "3 of 40 findings"
    assert choose(browser, "q", "") == "40 findings"
    assert choose(browser, "rule", "acme.kind-1") == "8 of 40 findings"
    assert choose(browser, "rule", "") == "40 findings"
    assert choose(browser, "state", "head") == "20 of 40 findings"
    assert choose(browser, "path", "services/api/") == "7 of 40 findings"
    browser.run("document.querySelector('[type=reset]').click()")
    browser.until("document.getElementById('count').textContent === '40 findings'")
    assert choose(browser, "author", "Person 3") == "2 of 40 findings"
    assert choose(browser, "author", "") == "40 findings"
    browser.run("document.querySelector('[data-severity=high]').click()")
    assert ask(browser, CARDS) == 10
    assert (
        ask(browser, "document.querySelector('[data-severity=high]').getAttribute('aria-pressed')") == "true"
    )
    assert browser.log() == []


def test_a_view_is_kept_in_the_address(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, many(40), "#state=head&severity=high%2Clow&sort=old")
    assert ask(browser, CARDS) == 10
    assert "severity=high%2Clow" in str(ask(browser, "location.hash"))


def test_order_of_age(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, many(40), "#sort=old")
    script = "return [...document.querySelectorAll('#list .mono')].map(e => e.textContent)"
    oldest = browser.run(script)
    choose(browser, "sort", "new")
    assert browser.run(script) == oldest[::-1]


def test_by_keyboard(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, many(40))
    browser.keys("j", "j", "k", "j", "\ue007")
    assert ask(browser, "document.querySelectorAll('.finding')[1].getAttribute('aria-expanded')") == "true"
    browser.keys("/")
    assert ask(browser, "document.activeElement.id") == "q"
    browser.keys(*"settings_7.py")
    browser.until(f"{CARDS} === 1")
    browser.keys("\ue00c")
    assert ask(browser, "document.activeElement.id") != "q"
    browser.keys("?")
    assert ask(browser, "document.getElementById('help').open") is True
    browser.keys("\ue00c")
    assert ask(browser, "document.getElementById('help').open") is False


def test_hostile_names_are_text(browser: Chromium, tmp_path: Path) -> None:
    brought = commit(1, author=HOSTILE, subject=HOSTILE)
    found = result(
        finding(
            drawn(1),
            place(FileOrigin(HOSTILE), snippet=HOSTILE.decode(), commit=brought),
            of=rule(name="<b>x</b>", description="</script>", references=("javascript:alert(1)",)),
            life=Life(brought, brought, False, (HOSTILE,), True),
        ),
        notes=(HOSTILE.decode(),),
    )
    opened(browser, tmp_path, found)
    browser.run("document.querySelector('.finding').click()")
    assert ask(browser, "window.hacked") is None
    assert ask(browser, "document.querySelectorAll('img, main script, main b b').length") == 0
    assert ask(browser, "document.querySelectorAll('a[href^=javascript]').length") == 0
    assert "onerror='window.hacked=1'" in str(ask(browser, "document.getElementById('list').textContent"))
    assert browser.log() == []


def test_the_policy_forbids_what_the_page_does_not_bring(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, rich())
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s);"
        "const i = document.createElement('img'); i.src = 'data:,'; document.body.append(i);"
    )
    assert ask(browser, "window.hacked") is None
    assert any("Content Security Policy" in line for line in browser.log())


@pytest.mark.parametrize("width", [360, 1280])
def test_ten_thousand_findings_are_drawn_in_pieces(browser: Chromium, tmp_path: Path, width: int) -> None:
    browser.size(width, 900, mobile=width < 500)
    opened(browser, tmp_path, many(10_000))
    assert ask(browser, "document.getElementById('count').textContent") == "10,000 findings"
    assert ask(browser, "document.documentElement.scrollWidth") == width
    assert ask(browser, CARDS) == 50
    browser.run("document.getElementById('more').click()")
    assert ask(browser, CARDS) == 100
    assert choose(browser, "q", "settings_9999.py") == "1 of 10,000 findings"
    assert browser.log() == []


def test_nothing_found(browser: Chromium, tmp_path: Path) -> None:
    opened(browser, tmp_path, result())
    assert ask(browser, "document.querySelector('h2').textContent.trim()") == "No secrets found"
    assert browser.log() == []


def test_the_page_names_no_other_address() -> None:
    page = "".join(html.render(many(3)))
    shell = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    assert set(re.findall(r"https?://[^\s'\"`]*", shell)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b|@import|url\(|\bfetch\(|XMLHttpRequest", shell)
