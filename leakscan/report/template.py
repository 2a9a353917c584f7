"""Reports by a template of the user's own (Jinja, sandboxed). docs/reports.md says what a template can use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscan import __version__
from leakscan.model.errors import DocumentError, Problem
from leakscan.model.text import escape

from .life import WORDS, sentence, state
from .redact import Redactor
from .values import finding_value, summary_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult

MARKUP = (".html", ".htm", ".xml", ".xhtml", ".svg")  # of a template's name without a last `.j2`: autoescaped


def render(result: ScanResult, file: Path, *, show_secrets: bool = False) -> Iterator[str]:
    """`result` by the template in `file`. Raises DocumentError where that is impossible.

    A template sees plain values (docs/json.md), never a secret that is not shown, and can call nothing that changes
    or reads anything outside: https://jinja.palletsprojects.com/en/stable/sandbox/
    """
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    redactor = Redactor(result, show_secrets=show_secrets)
    name = escape(str(file).encode("utf-8", "backslashreplace"))
    try:
        source = file.read_text(encoding="utf-8")
    except OSError as e:
        raise DocumentError([Problem(name, 0, "", f"cannot be read: {e.strerror}")]) from None
    except UnicodeDecodeError:
        raise DocumentError([Problem(name, 0, "", "not UTF-8; save the template as UTF-8")]) from None
    environment = ImmutableSandboxedEnvironment(
        autoescape=file.name.removesuffix(".j2").lower().endswith(MARKUP),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        template = environment.from_string(source)
        text = template.render(
            findings=[_finding(f, redactor) for f in result.findings],
            version=__version__,
            **summary_value(result, redactor),
        )
    except TemplateSyntaxError as e:
        raise DocumentError([Problem(name, e.lineno, "", f"not a template: {e.message}")]) from None
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        MemoryError,
    ) as e:
        raise DocumentError(
            [Problem(name, _line(e), "", f"the template fails: {e or type(e).__name__}")]
        ) from None
    return iter([text])


def _finding(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    rule = finding.rule
    return {
        **finding_value(finding, redactor),
        "description": rule.description,
        "rotate": {"url": rule.rotate.url, "steps": list(rule.rotate.steps)},
        "references": list(rule.references),
        "tags": list(rule.tags),
        "state": WORDS[state(finding)],
        "life": sentence(finding.life),
    }


def _line(error: BaseException) -> int:
    """The line of the template in which `error` came up; 0 where no frame tells."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
