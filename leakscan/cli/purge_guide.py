"""`leakscan purge` without a step: walks a person from the finding to a clean repository.

Every step is also a command of its own, which is shown before it is run. What was done is remembered by the engine, so the
guide goes on where it was left. Each question has an answer for those who just press Enter, and it is the safe one.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from leakscan.model.errors import INCOMPLETE, OK, LeakscanError, UsageError

from . import purge_shared as shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakscan.git.repository import Repository
    from leakscan.model.finding import Finding
    from leakscan.purge.model import Plan, PreconditionError
    from leakscan.purge.plan import Request
    from leakscan.purge.state import State
    from leakscan.report.style import Style

T = TypeVar("T")
_WIDTH = 78


class _Stopped(Exception):
    """The person has stopped, or a step went wrong; the exit code, or None where it depends on how far it has come."""

    def __init__(self, code: int | None = None) -> None:
        self.code = code


class _Scene(NamedTuple):
    repo: Repository
    style: Style
    args: argparse.Namespace


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "guide", help="walk through all steps, each explained (the default on a terminal)"
    )
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the guide takes."""
    from .purge_find import add_scan

    parser.add_argument(
        "--repo", default=".", metavar="DIR", help="the repository (default: the current one)"
    )
    parser.add_argument("--remote", default="origin", metavar="NAME", help="where to push (default origin)")
    add_scan(parser)
    parser.set_defaults(run=guide)


def defaults() -> argparse.Namespace:
    """The options as they are where none is given."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args([])


def guide(args: argparse.Namespace) -> int:
    """Walk. Raises UsageError where there is no terminal: then nobody can be asked, and scripts use the steps."""
    from leakscan.purge.guide import NAMES
    from leakscan.report.style import Style

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "leakscan purge asks questions, and there is no terminal here. Scripts use its steps:\n"
            f"  leakscan purge {'|'.join(NAMES)} --help"
        )
    scene = _Scene(shared.repository(args), Style(not os.environ.get("NO_COLOR")), args)
    print(scene.style.bold("This takes a secret out of the history of this repository, step by step."))
    print(_home(os.fsdecode(scene.repo.root)))
    print("Nothing is changed before you type the id of a plan. Enter takes the answer in capitals, q stops.")
    try:
        _walk(scene)
    except (_Stopped, EOFError, KeyboardInterrupt) as end:
        return _farewell(scene, end.code if isinstance(end, _Stopped) else None)
    return OK


def _walk(scene: _Scene) -> None:
    from leakscan.purge.guide import following
    from leakscan.purge.state import State

    plan_id = _current(scene)
    if plan_id is None:
        plan_id = _prepare(scene)
    while True:
        state = State(scene.repo, plan_id)
        step = following(state.phase, state.facts().get("guide", []))
        if step is None:
            break
        plan = shared.load_plan(scene.repo, plan_id)
        {
            "run": _run, "verify": _verify, "cleanup": _cleanup, "push": _push, "handoff": _handoff, "undo": _undo
        }.get(step, _again)(scene, plan, state)  # fmt: skip
    _finish(scene, State(scene.repo, plan_id))


def _current(scene: _Scene) -> str | None:
    """A plan that is on its way, if the person wants to go on with it."""
    from leakscan.purge.guide import following
    from leakscan.purge.state import State
    from leakscan.purge.status import status

    for standing in sorted(status(scene.repo), key=lambda s: list(_PHASES).index(s.phase)):
        state = State(scene.repo, standing.plan_id)
        step = following(standing.phase, state.facts().get("guide", []))
        if step in (None, "find"):
            continue
        if standing.phase == "planned" and _outdated(scene, standing.plan_id):
            print(f"\nPlan {standing.plan_id} is put aside: branches or tags have changed since it was made.")
            state.discard()
            continue
        print(f"\nPlan {standing.plan_id} is {_PHASES[standing.phase]}; next is: {step}.")
        if standing.phase != "planned" or _yes("Go on with it?", default=True):
            return standing.plan_id
    return None


def _outdated(scene: _Scene, plan_id: str) -> bool:
    from leakscan.purge.facts import gather, refs_digest

    return refs_digest(gather(scene.repo)) != shared.load_plan(scene.repo, plan_id).all_refs


# The most urgent first.
_PHASES = {
    "moving": "being carried out, and was interrupted",
    "undoing": "being undone, and was interrupted",
    "cleaning": "being cleaned up, and was interrupted",
    "moved": "carried out, and can be undone",
    "planned": "planned",
    "clean": "carried out and cleaned up",
    "undone": "undone",
}


def _prepare(scene: _Scene) -> str:
    """Find, rotate, back up, plan: the id of the plan."""
    findings = _find(scene)
    rotated = _rotate(scene, findings)
    backup = _backup(scene)
    state = _plan(scene, findings)
    state.note(guide=[], rotated=rotated == "yes", guide_backup=backup)
    return os.path.basename(state.path).decode()


def _find(scene: _Scene) -> list[Finding]:
    from leakscan.purge.find import candidates, lines

    from .purge_find import scan

    _head(scene, "find", "leakscan purge find")
    args = scene.args
    result = scan(scene.repo, packs=args.rules, only=args.rule, config=args.config, show=True)
    every = list(zip(result.findings, candidates(scene.repo, result.findings), strict=True))
    found = [pair for pair in every if pair[1].reach in ("unpushed", "pushed")]
    for number, (_, candidate) in enumerate(found or every, 1):
        for line in lines(candidate, number):
            print(line)
    if not found:
        print(
            "No secret was found in any branch, tag or stash. If you know one that is there, give it to the plan:"
        )
        print("  leakscan purge plan --secret-stdin -o plan.json")
        raise _Stopped(OK)
    if len(found) == 1:
        return [found[0][0]]
    while True:
        said = _ask("\nWhich ones? Numbers (such as 1 3), all, or [Q]uit: ") or "q"
        if said == "q":
            raise _Stopped
        if said == "all":
            return [finding for finding, _ in found]
        numbers = said.replace(",", " ").split()
        if all(n.isdigit() and 1 <= int(n) <= len(found) for n in numbers):
            return [found[int(n) - 1][0] for n in dict.fromkeys(numbers)]
        print(f"Please type numbers from 1 to {len(found)}.")


def _rotate(scene: _Scene, findings: Sequence[Finding]) -> str:
    from datetime import UTC, datetime

    from leakscan.purge import rotate

    from .purge_rotate import REMINDER, described

    _head(scene, "rotate", "leakscan purge rotate")
    rules = described(scene.args.rules)
    advised = [rotate.one(f.fingerprint, f.rule.id, f.secret.masked(), rules) for f in findings]
    before = rotate.answers(scene.repo, [a.key for a in advised])
    for advice in advised:
        for line in rotate.lines(advice):
            print(line)
    if rotate.overall(before) == "yes":
        print("You have said that it is revoked.")
        return "yes"
    said = _ask("Have you revoked it? [y/N/later] ").lower()
    answer = "yes" if said in ("y", "yes") else "later" if said in ("l", "later") else "no"
    rotate.record(scene.repo, before, answer, datetime.now(UTC).isoformat(timespec="seconds"))
    if answer == "no":
        print(scene.style.warn(REMINDER))
        if not _yes("Go on all the same?", default=False):
            raise _Stopped
    return answer


def _backup(scene: _Scene) -> str:
    from leakscan.purge import backup, facts

    _head(scene, "backup", "leakscan purge backup --to DIR")
    if not _yes("Make it?", default=True):
        print(scene.style.warn("Without a backup, nothing can be brought back after the cleanup."))
        return ""
    proposed = _free(os.fsdecode(scene.repo.root).rstrip(os.sep) + ".purge-backup")
    where = _ask(f"Where? [{_home(proposed)}] ") or proposed
    target = os.fsencode(os.path.abspath(os.path.expanduser(where)))
    path = _guarded(lambda: backup.make(scene.repo, facts.gather(scene.repo), "guide", target))
    print("Made, and tried: every ref and object can be read from it.")
    return path


def _plan(scene: _Scene, findings: Sequence[Finding]) -> State:
    from leakscan.purge import plan as planning
    from leakscan.purge.model import PreconditionError
    from leakscan.purge.rewrite import Decisions
    from leakscan.purge.show import summary

    commands = " ".join(f"--finding {f.fingerprint[:8]}" for f in findings)
    _head(scene, "plan", f"leakscan purge plan {commands} -o plan.json")
    given = tuple(planning.Given(f.secret.reveal(), f.rule.id, f.fingerprint) for f in findings)
    answers: dict[str, str] = {}
    request = planning.Request(given)
    while True:
        request = request._replace(decisions=Decisions(answers))
        try:
            made = _guarded(lambda: planning.make(scene.repo, request), PreconditionError)  # noqa: B023
        except PreconditionError as error:
            request = _allowed(error, request)
            continue
        if not made.plan.unanswered:
            break
        for question in made.plan.unanswered:
            print(f"\n{question.what}")
            choice = _ask(f"What shall become of it? {', '.join(question.choices)}, or [Q]uit: ")
            if choice not in question.choices:
                raise _Stopped
            answers[question.id] = choice
        made.state.discard()
    for line in summary(made.plan, made.state.facts().get("strict", ""))[:-1]:
        print(line)
    print("Nothing has been changed so far.")
    return made.state


def _allowed(error: PreconditionError, request: Request) -> Request:
    """The request, if the person lets pass what stands in the way and can be let pass. Raises _Stopped."""
    print(f"\n{error}")
    carried = {"dirty", "worktrees"} - ({"dirty", "worktrees"} if request.include_worktrees else set())
    if any(not (r.ack or r.code in carried) for r in error.refusals):
        raise _Stopped(error.exit_code)
    for refusal in error.refusals:
        if refusal.ack:
            if not _yes(f"Go on all the same ({refusal.code})?", default=False):
                raise _Stopped(error.exit_code)
            request = request._replace(acks=(*request.acks, refusal.code))
    if any(r.code in carried for r in error.refusals):
        if not _yes("Carry uncommitted changes and linked work trees along?", default=False):
            raise _Stopped(error.exit_code)
        request = request._replace(include_worktrees=True)
    return request


def _run(scene: _Scene, plan: Plan, state: State) -> None:
    backup = state.facts().get("guide_backup")
    words = ["run", plan.plan_id]
    if backup:
        words += ["--backup-to", backup]
    elif backup == "":
        words.append("--no-backup")
    if state.facts().get("rotated"):
        words.append("--rotated")
    _head(scene, "run", f"leakscan purge run {plan.plan_id}")
    _step(scene, *words)


def _verify(scene: _Scene, plan: Plan, state: State) -> None:
    _head(scene, "verify", f"leakscan purge verify {plan.plan_id}")
    _step(scene, "verify", plan.plan_id)
    _note(state, "verify")


def _cleanup(scene: _Scene, plan: Plan, state: State) -> None:
    _head(scene, "cleanup", f"leakscan purge cleanup {plan.plan_id}")
    _step(scene, "cleanup", plan.plan_id)


def _push(scene: _Scene, plan: Plan, state: State) -> None:
    _head(scene, "push", f"leakscan purge push {plan.plan_id}")
    if not scene.repo.git("remote").strip() and scene.args.remote == "origin":
        print("This clone has no remote, so there is nowhere to push to.")
        _note(state, "push")
        return
    _step(scene, "push", plan.plan_id, "--remote", scene.args.remote)
    _note(state, "push")


def _handoff(scene: _Scene, plan: Plan, state: State) -> None:
    _head(scene, "handoff", f"leakscan purge handoff {plan.plan_id}")
    proposed = os.fsdecode(scene.repo.root).rstrip(os.sep) + ".purge-handoff"
    where = _ask(f"Where shall the files go? [{_home(proposed)}] ") or proposed
    _step(scene, "handoff", plan.plan_id, "--remote", scene.args.remote, "--out", os.path.expanduser(where))
    _note(state, "handoff")


def _undo(scene: _Scene, plan: Plan, state: State) -> None:
    print("\nAn undo was interrupted. It has to be finished first.")
    if not _yes("Finish it?", default=True):
        raise _Stopped
    _step(scene, "undo", plan.plan_id, "--yes", "--confirm", plan.plan_id)


def _again(scene: _Scene, plan: Plan, state: State) -> None:
    print("\nThe plan has been undone. Start again with: leakscan purge")
    raise _Stopped(OK)


def _finish(scene: _Scene, state: State) -> None:
    facts = state.facts()
    print("\n" + scene.style.good("Done: this clone is clean, and the others know what to do."))
    if not facts.get("rotated"):
        from .purge_rotate import REMINDER

        print(scene.style.warn(f"One thing is left. {REMINDER}"))
    if facts.get("guide_backup"):
        print("When nobody misses anything any more, delete the backup, which still holds the secret:")
        print(f"  leakscan purge backup --shred {_home(facts['guide_backup'])}")
    print("To keep the old history from coming back, on the server and in clones:")
    print("  leakscan purge guard install --plan PLAN")


def _step(scene: _Scene, *words: str) -> None:
    """Run one step as its command does; anything but success ends the walk."""
    from . import purge

    parser = argparse.ArgumentParser(prog="leakscan")
    purge.add_parser(parser.add_subparsers())
    args = parser.parse_args(["purge", *words, "--repo", os.fsdecode(scene.repo.root)])
    code = _guarded(lambda: args.run(args))
    if code:
        raise _Stopped(code)


def _guarded(work: Callable[[], T], passed: type[LeakscanError] = shared.NotConfirmed) -> T:
    """Do it; an error is told, and ends the walk with its exit code. One of the kind `passed` goes through."""
    try:
        return work()
    except shared.NotConfirmed:
        raise _Stopped from None
    except passed:
        raise
    except LeakscanError as error:
        print(f"\n{error}", file=sys.stderr)
        raise _Stopped(error.exit_code) from None


def _note(state: State, step: str) -> None:
    done = [*state.facts().get("guide", []), step]
    state.note(guide=done)


def _head(scene: _Scene, name: str, command: str) -> None:
    from leakscan.purge.guide import STEPS, number

    step = STEPS[number(name) - 1]
    title = f"── {number(name)} of {len(STEPS)}  {step.title} "
    print("\n" + scene.style.bold(title + "─" * max(0, _WIDTH - len(title))))
    for line in step.words:
        print(line)
    print(scene.style.dim(f"(by itself: {command})") + "\n")


def _ask(question: str) -> str:
    """What is typed, stripped; q stops. Raises _Stopped."""
    print(question, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        print()
        raise _Stopped
    said = line.strip()
    if said in ("q", "Q", "quit"):
        raise _Stopped
    return said


def _yes(question: str, *, default: bool) -> bool:
    said = _ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
    return default if not said else said in ("y", "yes")


def _farewell(scene: _Scene, code: int | None) -> int:
    from leakscan.purge.model import UNFINISHED
    from leakscan.purge.status import status

    under_way = [s for s in status(scene.repo) if s.phase not in ("planned", "undone")]
    moved = [s for s in under_way if s.phase not in ("clean",)]
    if code == OK:
        return OK
    print("\nStopped. " + ("Nothing in this repository was changed." if not under_way else ""), end="")
    if moved:
        print(f"Plan {moved[-1].plan_id} is {_PHASES[moved[-1].phase]}.", end="")
    print("\nGo on any time: leakscan purge")
    if code is not None:
        return code
    return UNFINISHED if moved else INCOMPLETE


def _free(path: str) -> str:
    """`path`, or with a number if it is taken."""
    found, number = path, 2
    while os.path.exists(found):
        found, number = f"{path}-{number}", number + 1
    return found


def _home(path: str) -> str:
    """A path as a person writes it."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path
