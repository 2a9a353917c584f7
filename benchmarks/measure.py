"""Run commands alternately and say how long they took and how much memory their process trees held.

Whole processes, from start to exit; the order is A B C A B C …, so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE = 0.02  # seconds between looks at memory


@dataclass(frozen=True)
class Command:
    """A command line; `{repo}` and `{out}` are filled in. `ok` are the exit codes that count as done."""

    name: str
    words: tuple[str, ...]
    ok: tuple[int, ...] = (0,)


@dataclass
class Runs:
    """What was measured of one command: seconds, and MiB of the whole process tree."""

    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    failed: str = ""


def git(repo: str, *words: str) -> Command:
    return Command("git " + words[0], ("git", "-C", repo, *words))


def installed(commands: Mapping[str, Command]) -> list[Command]:
    """Those whose program is on PATH."""
    return [c for c in commands.values() if shutil.which(c.words[0])]


def measure(
    commands: Sequence[Command], runs: int, cwd: str, environment: Mapping[str, str]
) -> dict[str, Runs]:
    """Every command `runs` times in turn, after one run each that is not counted."""
    found = {c.name: Runs() for c in commands}
    for number in range(runs + 1):
        for command in commands:
            if found[command.name].failed:
                continue
            wall, peak, code, said = _once(command, cwd, environment)
            if code not in command.ok:
                found[command.name].failed = f"exit {code}: {said[-200:]}"
            elif number:
                found[command.name].wall.append(wall)
                found[command.name].peak.append(peak)
    return found


def _once(command: Command, cwd: str, environment: Mapping[str, str]) -> tuple[float, float, int, str]:
    with tempfile.TemporaryDirectory() as scratch:
        words = [w.replace("{out}", os.path.join(scratch, "out")) for w in command.words]
        stderr = Path(scratch, "stderr")
        with stderr.open("wb") as log:
            start = time.perf_counter()
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
            peak = [0.0]
            watcher = threading.Thread(target=_watch, args=(process, peak))
            watcher.start()
            code = process.wait()
            wall = time.perf_counter() - start
            watcher.join()
        return wall, peak[0], code, stderr.read_text(errors="replace").strip()


def _watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], _tree(process.pid) / 1024)
        time.sleep(SAMPLE)


def _tree(pid: int) -> int:
    """KiB that a process and its descendants hold; shared pages count once (proportional set size, proc(5))."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return total
    return total + sum(_tree(int(child)) for child in children)


def table(title: str, found: Mapping[str, Runs], base: str) -> str:
    """A Markdown table: medians, spread, memory, and how many times as long as `base` each took."""
    rows = [
        f"### {title}",
        "",
        "| command | median s | min–max s | × " + base + " | peak MiB |",
        "|---|---|---|---|---|",
    ]
    reference = statistics.median(found[base].wall) if found[base].wall else None
    for name, runs in found.items():
        if runs.failed or not runs.wall:
            rows.append(f"| {name} | failed: {runs.failed or 'not run'} | | | |")
            continue
        median = statistics.median(runs.wall)
        ratio = f"{median / reference:.2f}" if reference else "–"
        spread = f"{min(runs.wall):.2f}–{max(runs.wall):.2f}"
        rows.append(f"| {name} | {median:.3f} | {spread} | {ratio} | {statistics.median(runs.peak):.0f} |")
    return "\n".join(rows) + "\n"


def versions(commands: Sequence[Command]) -> str:
    """One line a program, as each says itself."""
    out = []
    for program in dict.fromkeys(c.words[0] for c in commands):
        for flag in ("--version", "version"):
            done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                out.append(
                    f"{os.path.basename(program)}: {(done.stdout or done.stderr).strip().splitlines()[0]}"
                )
                break
    return "\n".join(out)
