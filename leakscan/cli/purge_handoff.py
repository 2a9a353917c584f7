"""`leakscan purge handoff`: write the message to the others, the ticket for the server's support, and their lists."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, GitError, UsageError

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse

    from leakscan.git.remote import Server
    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan
    from leakscan.purge.push_compare import HiddenRef

HOSTS = ("github", "gitlab", "bitbucket", "gerrit", "azure", "other")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "handoff", help="write the message to collaborators and the ticket for the server's support"
    )
    shared.add_common(parser)
    parser.add_argument("--host", choices=HOSTS, help="kind of server (default: by its address)")
    parser.add_argument(
        "--remote", default="origin", metavar="NAME", help="a remote or an address (default origin)"
    )
    parser.add_argument(
        "--count-requests",
        action="store_true",
        help="fetch pull requests that this clone does not know, aside, to count exactly those with old history",
    )
    parser.add_argument("--offline", action="store_true", help="do not ask the server which refs it has")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("leakscan-handoff"),
        metavar="DIR",
        help="where to (default leakscan-handoff)",
    )
    parser.set_defaults(run=lambda args: shared.run(args, "handoff", lambda: _handoff(args)))


def _handoff(args: argparse.Namespace) -> shared.Result:
    from leakscan.git import remote
    from leakscan.model.atomic import replace_file
    from leakscan.purge import handoff, known, rotate, state
    from leakscan.purge.model import dumps
    from leakscan.purge.push_compare import compare

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    maps = shared.maps(repo, plan, args.plan)
    address, hidden, notes = "", None, []
    try:
        server = remote.server(repo, args.remote)
        address = server.shown
        if not args.offline:
            moves = known.moves(plan, *maps)
            hidden = compare(repo, plan, moves, remote.ls_remote(repo, server), server.name).hidden
            if args.count_requests:
                hidden = _looked_at(repo, server, plan, hidden)
    except (UsageError, GitError) as error:
        notes.append(f"The server was not asked, so its requests are counted from this clone: {error}")
    advised = rotate.advice(plan.secrets, {})
    rotated = rotate.overall(rotate.answers(repo, [a.key for a in advised]))
    if state.State(repo, plan.plan_id).facts().get("rotated"):
        rotated = "yes"
    facts = handoff.Facts(
        host=args.host or handoff.host_of(address),
        address=address,
        hidden=hidden,
        rotated=rotated,
        commit_map=maps[0],
        banned=known.banned(plan, *maps),
    )
    made = {**handoff.files(plan, facts), "plan.json": dumps(plan)}
    if maps[0]:
        made["plan.json.commit-map"] = "".join(f"{old} {new}\n" for old, new in sorted(maps[0].items()))
    os.makedirs(args.out, exist_ok=True)
    for name, text in made.items():
        replace_file(args.out / name, [text.encode("utf-8", "backslashreplace")])
        if text.startswith("#!"):
            os.chmod(args.out / name, 0o755)
    affected, unknown = handoff.requests(plan, hidden)
    value = {
        "plan_id": plan.plan_id,
        "host": facts.host,
        "directory": str(args.out),
        "files": sorted(made),
        "first_changed": list(plan.first_changed),
        "requests": affected,
        "requests_unknown": unknown,
    }
    lines = [f"Written to {args.out}:", *(f"  {name}" for name in sorted(made))]
    lines += [
        "",
        "Send message.md and plan.json to everybody who has a clone. There is no secret in any of these files.",
        f"Then open ticket-{facts.host}.md: what only the server's support or its administrator can do.",
        *notes,
    ]
    return OK, value, lines


def _looked_at(
    repo: Repository, server: Server, plan: Plan, hidden: tuple[HiddenRef, ...]
) -> tuple[HiddenRef, ...]:
    """`hidden` with those requests judged that this clone does not know."""
    from leakscan.git import remote
    from leakscan.purge.handoff import REQUESTS

    unknown = {
        h.ref.encode()
        for h in hidden
        if h.state == "unknown" and h.ref.isascii() and h.ref.split("/")[1] in REQUESTS
    }
    if not unknown:
        return hidden
    room = os.path.join(repo.common_dir, b"leakscan")
    os.makedirs(room, mode=0o700, exist_ok=True)
    old = remote.holding(repo, server, sorted(unknown), plan.first_changed, room)
    return tuple(
        h._replace(state="old" if h.ref.encode() in old else "clean") if h.ref.encode() in unknown else h
        for h in hidden
    )
