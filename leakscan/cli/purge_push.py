"""`leakscan purge push`: bring the new history to the server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from leakscan.model.errors import OK

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse

    from leakscan.git.remote import Server, Update
    from leakscan.purge.push import Pushed
    from leakscan.purge.push_compare import Comparison


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "push",
        help="push the new history, if the server is as it was planned from",
        epilog="Exit codes: 0 pushed, or nothing to push; 3 refused: not run here; 4 the server has what this clone does "
        "not know: nothing was pushed; 5 the server refused, wholly or in part.",
    )
    shared.add_common(parser)
    parser.add_argument(
        "--remote", default="origin", metavar="NAME", help="a remote or an address (default origin)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="compare, say what would be pushed, push nothing"
    )
    parser.add_argument(
        "--no-atomic", action="store_true", help="push what the server takes, even if it refuses some refs"
    )
    shared.add_confirm(parser)
    parser.set_defaults(run=lambda args: shared.run(args, "push", lambda: _push(args)))


def _push(args: argparse.Namespace) -> shared.Result:
    from leakscan.git import remote
    from leakscan.purge import known, push, state
    from leakscan.purge.model import REFUSED, PurgeError
    from leakscan.purge.push_compare import compare
    from leakscan.purge.servers import hint

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    kept = state.State(repo, plan.plan_id)
    phase = kept.phase
    if phase in ("planned", "moving", "undoing", "undone"):
        raise PurgeError(
            f"plan {plan.plan_id} is not carried out in this clone (it is {phase}); nothing was pushed.\n"
            f"  way out: leakscan purge run {args.plan or plan.plan_id}, then verify, then push",
            REFUSED,
        )
    server = remote.server(repo, args.remote, ask=sys.stdin.isatty() and not args.json)
    moves = known.moves(plan, *shared.maps(repo, plan, args.plan))
    found = compare(repo, plan, moves, remote.ls_remote(repo, server), server.name)
    push.check(plan, found, server)
    updates = (*found.updates, *found.others)
    text = _intended(found, server)
    strict = kept.facts().get("strict", "")
    if strict:
        text.append(f"  A server that checks objects (receive.fsckObjects) will refuse this: {strict}")
    value: dict[str, Any] = {
        "plan_id": plan.plan_id,
        "remote": server.shown,
        "dry_run": args.dry_run,
        "updates": [_update(u, found) for u in updates],
        "clean": found.clean,
        "hidden": [h._asdict() for h in found.hidden],
        "gone": list(found.gone),
        "strict": strict,
        "pushed": [],
        "refused": [],
        "left": [],
        "said": [],
    }
    if args.dry_run or not updates:
        if updates:
            text.append(f"Nothing was pushed. Next: leakscan purge push {args.plan or plan.plan_id}")
        return OK, value, text
    if not args.json:
        for line in text:
            print(line)
    shared.confirm(args, plan.plan_id, f"This replaces {_count(len(updates), 'ref')} on {server.shown}.")
    done = push.push(repo, server, found, moves, atomic=not args.no_atomic)
    value["pushed"] = [_update(a.update, found) for a in done.answers if not a.reason]
    value["refused"] = [
        {**_update(a.update, found), "reason": a.reason, "hint": hint(a.reason, done.said)}
        for a in done.refused
    ]
    value["left"] = list(done.left)
    value["said"] = list(done.said)
    return push.exit_code(done), value, _came(done, found)


def _intended(found: Comparison, server: Server) -> list[str]:
    lines = [f"{server.shown}: as it was planned from."]
    lines += shared.listed([f"  {_line(u, found)}" for u in (*found.updates, *found.others)])
    if not (found.updates or found.others):
        lines.append("  nothing to push: no ref that can be written has old history")
    if found.clean:
        lines.append(f"  without old history: {_count(found.clean, 'ref')}")
    lines += [f"  {name}: no longer on the server; not made again" for name in found.gone]
    return lines + _hidden(found)


def _hidden(found: Comparison) -> list[str]:
    from leakscan.purge.servers import HIDDEN

    lines = []
    for kind, what in HIDDEN.items():
        here = [h for h in found.hidden if h.ref.split("/")[1] == kind]
        old, unknown = (sum(h.state == state for h in here) for state in ("old", "unknown"))
        if old or unknown:
            lines.append(f"  refs/{kind}/: {old} with old history, {unknown} not known here; {what}")
    if lines:
        lines.append("  No client may write those: leakscan purge handoff says whom to ask.")
    return lines


def _came(done: Pushed, found: Comparison) -> list[str]:
    from leakscan.purge.servers import hint

    pushed = sum(not a.reason for a in done.answers)
    lines = [f"Pushed {_count(pushed, 'ref')}."]
    lines += [f"  refused: {_line(a.update, found)}: {a.reason}" for a in done.refused]
    ways = dict.fromkeys(hint(a.reason, done.said) for a in done.refused)
    lines += [f"    way out: {way}" for way in ways if way]
    if done.refused:
        lines += [f"  the server said: {line}" for line in done.said[:10]]
    elif found.hidden:
        lines.append("Next, for what no client may write: leakscan purge handoff")
    return lines


def _update(update: Update, found: Comparison) -> dict[str, str]:
    return {"ref": found.names[update.ref], "old": update.old, "new": update.new}


def _line(update: Update, found: Comparison) -> str:
    name = found.names[update.ref]
    if not update.new:
        return f"{name}  {update.old[:12]} deleted"
    return f"{name}  {update.old[:12] or 'new'} -> {update.new[:12]}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
