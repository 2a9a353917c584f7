"""The guide's first half: find, rotate, back up, plan. Nothing is changed in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from .purge_dialog import Scene, Stopped, ask, free, guarded, head, home, yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.finding import Finding
    from leakscan.purge.model import PreconditionError
    from leakscan.purge.plan import Request
    from leakscan.purge.state import State


def prepare(scene: Scene) -> str:
    """Find, rotate, back up, plan: the id of the plan."""
    findings = _find(scene)
    rotated = _rotate(scene, findings)
    backup = _backup(scene)
    state = _plan(scene, findings)
    state.note(guide=[], rotated=rotated == "yes", guide_backup=backup)
    return os.path.basename(state.path).decode()


def _find(scene: Scene) -> list[Finding]:
    from leakscan.purge.find import candidates, lines

    from .purge_find import scan

    head(scene, "find", "leakscan purge find")
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
        raise Stopped(OK)
    if len(found) == 1:
        return [found[0][0]]
    while True:
        said = ask("\nWhich ones? Numbers (such as 1 3), all, or [Q]uit: ") or "q"
        if said == "q":
            raise Stopped
        if said == "all":
            return [finding for finding, _ in found]
        numbers = said.replace(",", " ").split()
        if all(n.isdigit() and 1 <= int(n) <= len(found) for n in numbers):
            return [found[int(n) - 1][0] for n in dict.fromkeys(numbers)]
        print(f"Please type numbers from 1 to {len(found)}.")


def _rotate(scene: Scene, findings: Sequence[Finding]) -> str:
    from datetime import UTC, datetime

    from leakscan.purge import rotate

    from .purge_rotate import REMINDER, described

    head(scene, "rotate", "leakscan purge rotate")
    rules = described(scene.args.rules)
    advised = [rotate.one(f.fingerprint, f.rule.id, f.secret.masked(), rules) for f in findings]
    before = rotate.answers(scene.repo, [a.key for a in advised])
    for advice in advised:
        for line in rotate.lines(advice):
            print(line)
    if rotate.overall(before) == "yes":
        print("You have said that it is revoked.")
        return "yes"
    said = ask("Have you revoked it? [y/N/later] ").lower()
    answer = "yes" if said in ("y", "yes") else "later" if said in ("l", "later") else "no"
    rotate.record(scene.repo, before, answer, datetime.now(UTC).isoformat(timespec="seconds"))
    if answer == "no":
        print(scene.style.warn(REMINDER))
        if not yes("Go on all the same?", default=False):
            raise Stopped
    return answer


def _backup(scene: Scene) -> str:
    from leakscan.purge import backup, facts

    head(scene, "backup", "leakscan purge backup --to DIR")
    if not yes("Make it?", default=True):
        print(scene.style.warn("Without a backup, nothing can be brought back after the cleanup."))
        return ""
    proposed = free(os.fsdecode(scene.repo.root).rstrip(os.sep) + ".purge-backup")
    where = ask(f"Where? [{home(proposed)}] ") or proposed
    target = os.fsencode(os.path.abspath(os.path.expanduser(where)))
    path = guarded(lambda: backup.make(scene.repo, facts.gather(scene.repo), "guide", target))
    print("Made, and tried: every ref and object can be read from it.")
    return path


def _plan(scene: Scene, findings: Sequence[Finding]) -> State:
    from leakscan.purge import plan as planning
    from leakscan.purge.model import PreconditionError
    from leakscan.purge.rewrite_model import Decisions
    from leakscan.purge.show import summary

    commands = " ".join(f"--finding {f.fingerprint[:8]}" for f in findings)
    head(scene, "plan", f"leakscan purge plan {commands} -o plan.json")
    given = tuple(planning.Given(f.secret.reveal(), f.rule.id, f.fingerprint) for f in findings)
    answers: dict[str, str] = {}
    request = planning.Request(given)
    while True:
        request = request._replace(decisions=Decisions(answers))
        try:
            made = guarded(lambda: planning.make(scene.repo, request), PreconditionError)  # noqa: B023
        except PreconditionError as error:
            request = _allowed(error, request)
            continue
        if not made.plan.unanswered:
            break
        for question in made.plan.unanswered:
            print(f"\n{question.what}")
            choice = ask(f"What shall become of it? {', '.join(question.choices)}, or [Q]uit: ")
            if choice not in question.choices:
                raise Stopped
            answers[question.id] = choice
        made.state.discard()
    for line in summary(made.plan, made.state.facts().get("strict", ""))[:-1]:
        print(line)
    print("Nothing has been changed so far.")
    return made.state


def _allowed(error: PreconditionError, request: Request) -> Request:
    """The request, if the person lets pass what stands in the way and can be let pass. Raises Stopped."""
    print(f"\n{error}")
    carried = {"dirty", "worktrees"} - ({"dirty", "worktrees"} if request.include_worktrees else set())
    if any(not (r.ack or r.code in carried) for r in error.refusals):
        raise Stopped(error.exit_code)
    for refusal in error.refusals:
        if refusal.ack:
            if not yes(f"Go on all the same ({refusal.code})?", default=False):
                raise Stopped(error.exit_code)
            request = request._replace(acks=(*request.acks, refusal.code))
    if any(r.code in carried for r in error.refusals):
        if not yes("Carry uncommitted changes and linked work trees along?", default=False):
            raise Stopped(error.exit_code)
        request = request._replace(include_worktrees=True)
    return request
