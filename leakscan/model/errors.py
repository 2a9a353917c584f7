"""The one tree of errors, and the exit codes of the command line.

0    nothing new was found
1    findings
2    leakscan could not do what was asked: usage, configuration, rule pack, git (`LeakscanError`)
3    refused or incomplete: a precondition was not met, or `--strict` and something was skipped (`Refused`)
130  interrupted

A broken pipe is quiet. Any other exception is a bug and shows a traceback.
"""

from __future__ import annotations

from .record import NamedTuple

OK = 0
FINDINGS = 1
ERROR = 2
INCOMPLETE = 3
INTERRUPTED = 130


class LeakscanError(Exception):
    """leakscan could not do what was asked. The text says what is wrong and what to do about it."""

    exit_code = ERROR


class UsageError(LeakscanError):
    """The options do not fit together, or a value is malformed."""


class GitError(LeakscanError):
    """Git is missing, refused, or answered what leakscan cannot work with."""


class Refused(LeakscanError):
    """leakscan could act, but would do harm or tell half the truth."""

    exit_code = INCOMPLETE


class Problem(NamedTuple):
    """One thing wrong with a document."""

    file: str
    line: int  # 1-based; 0 where the document has no lines to point at
    key: str  # dotted path, such as "rules[3].pattern"; "" for the document itself
    message: str  # what is wrong and the way out

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class DocumentError(LeakscanError):
    """A configuration, rule pack or baseline is malformed; all of its problems at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in problems))
