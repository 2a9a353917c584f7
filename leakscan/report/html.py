"""One self-contained page: what leaked, since when, where, and what to do. Opens from disk, asks nothing of any server.

The page's own script and style are named by their hashes in its content security policy, everything else is forbidden:
https://www.w3.org/TR/CSP3/#strict-csp. The findings are data (JSON) that the script turns into text nodes, never markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from leakscan import __version__
from leakscan.model.rule import SEVERITIES
from leakscan.model.text import escape

from .html_data import page_data
from .life import STATES, WORDS, state
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import ScanResult

# What would end the script element, or a line of a script in old engines.
_UNSAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def render(result: ScanResult, *, show_secrets: bool = False, ended: datetime | None = None) -> Iterator[str]:
    """`result` as a page, in pieces. `ended`: when the scan ended, for the heading and the open ends of exposure windows;
    without it the newest commit that the result names."""
    redactor = Redactor(result, show_secrets=show_secrets)
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    counts = Counter(finding.severity for finding in result.findings)
    states = Counter(map(state, result.findings))
    now = int(ended.timestamp()) if ended else _newest(result)
    yield from _template().generate(
        policy=policy,
        style=style,
        script=script,
        data=(_json(piece) for piece in page_data(result, redactor, now)),
        name=redactor.printable(result.root.rstrip(b"/").rpartition(b"/")[2]) or "/",
        date=f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC" if now else "",
        version=__version__,
        total=len(result.findings),
        severities=[(s, counts[s]) for s in SEVERITIES],
        states=[(WORDS[s], states[s]) for s in STATES if states[s]],
        baselined=result.baselined,
        stats=result.stats,
        scope=result.scope,
        incomplete=result.incomplete,
        missed=sum(s.incomplete for s in result.skipped),
        show_secrets=show_secrets,
        notes=[redactor.line(note) for note in result.notes],
    )


def _newest(result: ScanResult) -> int:
    times = [
        commit.time
        for finding in result.findings
        for commit in (
            *(place.commit for place in finding.places),
            *((finding.life.introduced, finding.life.removed) if finding.life else ()),
        )
        if commit is not None
    ]
    return max(times, default=0)


def _json(piece: Any) -> str:
    """A piece of JSON that means the same inside a script element."""
    text = piece if isinstance(piece, str) else json.dumps(piece, separators=(",", ":"))
    return text.translate(_UNSAFE)


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["own"] = Markup  # what this package wrote, or JSON without markup
    environment.filters["printable"] = lambda text: escape(str(text).encode("utf-8", "backslashreplace"))
    return environment.get_template("page.html")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
