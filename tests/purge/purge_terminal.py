"""A person at a terminal: a pseudo-terminal, and a loop that answers when it is asked."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import leakscan
from leakscan.cli.main import main

_PATIENCE = 300.0  # seconds without a word, after which the program is taken to hang


class Terminal:
    """What was shown, and how the program ended."""

    def __init__(self, shown: str, code: int) -> None:
        self.shown = shown
        self.code = code


Answer = str | Callable[[str], str]
"""What is typed, or what to type after what was shown so far."""


def talk(
    words: Sequence[str],
    cwd: Path,
    env: dict[str, str],
    answers: Sequence[tuple[str, Answer]],
    *,
    fresh: bool = False,
) -> Terminal:
    """Run `leakscan words`. For each (prompt, answer): wait until the prompt (a pattern) ends the output, and type.

    The program has to end after the last of them; `fresh` starts a new interpreter for it, which takes longer. Raises
    AssertionError if a prompt does not come.
    """
    root = str(Path(leakscan.__file__).parents[1])
    whole = env | {"PYTHONPATH": root, "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "120"}
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        if fresh:
            os.execve(sys.executable, [sys.executable, "-m", "leakscan", *words], whole)
        _become(words, whole)
    shown = b""
    try:
        for prompt, answer in answers:
            shown = _until(fd, shown, re.compile(prompt.encode() + rb"\s*\Z"))
            text = answer if isinstance(answer, str) else answer(shown.decode())
            os.write(fd, text.encode() + b"\n")
            shown = _until(
                fd, shown, re.compile(re.escape(text.encode()) + rb"\r?\n", re.DOTALL), after=len(shown)
            )
        shown = _until(fd, shown, None)
        _, status = os.waitpid(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    finally:
        os.close(fd)
    return Terminal(shown.decode("utf-8", "replace").replace("\r\n", "\n"), os.waitstatus_to_exitcode(status))


def _become(words: Sequence[str], env: dict[str, str]) -> NoReturn:
    """Be the program, in this process."""
    code = 70
    try:
        os.environ.clear()
        os.environ.update(env)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        code = main(list(words))
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _until(fd: int, shown: bytes, wanted: re.Pattern[bytes] | None, after: int = 0) -> bytes:
    """Read until `wanted` is there, or (None) until the program ends."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        if wanted is not None and wanted.search(shown, after):
            return shown
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"waited for {wanted and wanted.pattern!r}; so far:\n{shown.decode(errors='replace')}"
        try:
            piece = os.read(fd, 65536)
        except OSError:  # Linux: the other end is closed
            piece = b""
        if not piece:
            assert wanted is None, (
                f"ended before {wanted and wanted.pattern!r}:\n{shown.decode(errors='replace')}"
            )
            return shown
        shown += piece
