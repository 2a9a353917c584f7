"""`leakscan import`: bring along what a team has from another scanner."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import FINDINGS, OK, LeakscanError, Refused, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from leakscan.git.repository import Repository
    from leakscan.migrate.discover import Artefact
    from leakscan.migrate.known import Answer
    from leakscan.migrate.outcome import Bag, Known, Remark
    from leakscan.model.finding import ScanResult

SUMMARY = "take over another scanner's configuration, rules, ignores and baseline"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    from leakscan.migrate.discover import TOOLS

    parser = subparsers.add_parser(
        "import",
        help=SUMMARY,
        description="Reads what other scanners left in a repository and says what leakscan makes of it. "
        "Nothing is written without --write.",
        epilog="Exit codes: 0 done, 1 (--check) the other tool found what leakscan does not report, 2 error, "
        "3 refused.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="the repository or directory (default: the current one), or files to import into it",
    )
    parser.add_argument(
        "--from", dest="tool", choices=TOOLS, metavar="TOOL", help=f"only of {', '.join(TOOLS)}"
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="REPORT",
        help="compare the other tool's report with leakscan's, line by line",
    )
    parser.add_argument("--write", action="store_true", help="write .leakscan.yml, rules and baseline")
    parser.add_argument("--force", action="store_true", help="with --write: replace files that are there")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from leakscan.git.repository import Repository
    from leakscan.migrate import write
    from leakscan.migrate.gather import gather
    from leakscan.rulepack.load import load

    root, artefacts = _artefacts(args)
    repository = Repository.discover(root)
    if args.check is not None:
        return _check(args, root, repository)
    ids = [rule.id for rule in load().rules]
    bag = gather(artefacts, root, ids, repository=repository, tool=args.tool)
    if not bag.read and not bag.left:
        raise UsageError(
            f"nothing of another scanner is in {_name(root)}; name its files, and --from TOOL where their names do not tell"
        )
    result = _scan(bag, root, repository, args) if bag.known else None
    known = _known(bag, result, root, repository) if result is not None else []
    _print(bag, len({f.fingerprint for _, answer in known for f in answer.findings}))
    if args.write:
        _write(bag, known, result, root, force=args.force)
    else:
        print(f"\nNothing is written yet: --write puts this into {write.CONFIG} and the files that it names.")
    return OK


def _artefacts(args: argparse.Namespace) -> tuple[Path, list[Artefact]]:
    """The root, and what to read."""
    from leakscan.git.repository import Repository
    from leakscan.migrate.discover import find, of_file

    directories = [Path(p) for p in args.paths if os.path.isdir(p)]
    named = [Path(p) for p in args.paths if not os.path.isdir(p)]
    if len(directories) > 1:
        raise UsageError("give one directory at most, and files to import into it")
    for path in named:
        if not path.exists():
            raise UsageError(f"there is no {_name(path)}")
    where = directories[0] if directories else Path()
    repository = Repository.discover(where)
    root = Path(os.fsdecode(repository.root)) if repository and not directories else where.absolute()
    if args.check is not None or not named:
        return root, [] if args.check is not None else find(root, args.tool)
    found = []
    for path in named:
        artefact = of_file(path, args.tool)
        if artefact is None:
            raise UsageError(f"{_name(path)}: what this is, its name does not tell; say --from TOOL")
        found.append(artefact)
    return root, found


def _scan(
    bag: Bag, root: Path, repository: Repository | None, args: argparse.Namespace, *, trace: bool = False
) -> ScanResult:
    """All that leakscan sees here with the imported rules, before anything is allowed."""
    from leakscan.api import ScanOptions
    from leakscan.migrate import write

    from .progress import scan_with_progress

    with tempfile.TemporaryDirectory(prefix="leakscan-") as directory:
        empty = Path(directory, write.CONFIG)
        empty.write_text("")
        rules = Path(directory, write.PACK)
        if bag.rules:
            rules.write_text(write.pack(bag), encoding="utf-8")
        options = ScanOptions(
            paths=(str(root),),
            history=repository is not None,
            rules=(rules,) if bag.rules else (),
            config=empty,
            no_baseline=True,
            today=date.today(),
        )
        return scan_with_progress(options, show=not args.no_progress)


def _known(
    bag: Bag, result: ScanResult, root: Path, repository: Repository | None
) -> list[tuple[Known, Answer]]:
    """What the other tool knew and leakscan finds as well. What it does not find is noted as left."""
    from leakscan.migrate.known import Matcher
    from leakscan.migrate.texts import Texts

    found = []
    with Texts(os.fsencode(root), repository) as texts:
        matcher = Matcher(result, texts)
        matcher.ask(bag.known)
        for known in bag.known:
            answer = matcher.find(known)
            if answer.findings:
                found.append((known, answer))
            else:
                bag.leave(known.where, known.name, answer.why)
    return found


def _print(bag: Bag, known: int) -> None:
    print(f"Read: {', '.join(bag.read) or 'nothing'}")
    print(
        f"Carried over: {_count(len(bag.rules), 'rule')}, {_count(len(bag.exclude), 'excluded path')}, "
        f"{_count(len(bag.allow), 'allow-list entry', 'allow-list entries')}, {_count(len(bag.disable), 'disabled rule')}, "
        f"{_count(known, 'known secret')}"
    )
    _remarks("Changed on the way", bag.changed)
    _remarks("Not carried over", bag.left)


def _remarks(title: str, remarks: Sequence[Remark]) -> None:
    if remarks:
        print(f"\n{title}:")
    reasons: dict[str, list[str]] = {}
    for where, what, why in dict.fromkeys(remarks):
        reasons.setdefault(why, []).append(f"{where}{': ' if where else ''}{what}")
    for why, names in reasons.items():
        print(f"  {why}:")
        for name in names:
            print(f"    {name}")


def _write(
    bag: Bag, known: list[tuple[Known, Answer]], result: ScanResult | None, root: Path, *, force: bool
) -> None:
    from leakscan.migrate import write
    from leakscan.model.atomic import replace_file

    texts = {}
    if bag.rules:
        texts[write.PACK] = write.pack(bag)
    texts[write.CONFIG] = write.config(bag, baseline=bool(known))
    there = [name for name in texts if (root / name).exists()]
    if there and not force:
        raise Refused(
            f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} there already: --force replaces, "
            "or move what is yours away and merge it afterwards"
        )
    try:
        for name, text in texts.items():
            replace_file(root / name, [text.encode()])
    except OSError as e:
        raise LeakscanError(f"{_name(Path(e.filename or root))} cannot be written: {e.strerror}") from e
    written = list(texts)
    if known and result is not None:
        _write_baseline(known, result, root / write.BASELINE)
        written.append(write.BASELINE)
    _read_back(root)
    print(f"\nWritten: {', '.join(written)}. `leakscan scan` heeds them; commit them.")


def _write_baseline(known: list[tuple[Known, Answer]], result: ScanResult, path: Path) -> None:
    """Entries under a salt of their own; a baseline that is there is added to."""
    from leakscan.baseline import create, load, save, update

    reasons = {f.fingerprint: k.reason for k, answer in known for f in answer.findings}
    narrowed = result._replace(findings=tuple(f for f in result.findings if f.fingerprint in reasons))
    if path.exists():
        baseline = update(load(path), narrowed, whole=False).baseline
    else:
        baseline = create(narrowed)
    by_id = {baseline.id(f): reasons[f.fingerprint] for f in narrowed.findings}
    entries = tuple(e._replace(reason=e.reason or by_id.get(e.id, "")) for e in baseline.entries)
    save(dataclasses.replace(baseline, entries=entries), path)


def _read_back(root: Path) -> None:
    """What was written is read as a scan would; a mistake in it would be ours."""
    from leakscan.config import load as load_config
    from leakscan.rulepack.load import load

    config = load_config(None, root)
    load(config.packs)


def _check(args: argparse.Namespace, root: Path, repository: Repository | None) -> int:
    from leakscan.migrate.check import compare
    from leakscan.migrate.seen import report
    from leakscan.migrate.texts import Texts
    from leakscan.model.text import escape
    from leakscan.report.life import where
    from leakscan.report.order import nearest_first
    from leakscan.report.redact import Redactor

    theirs = report(args.check, os.fsencode(root))
    result = _scan_as_configured(root, repository, args)
    with Texts(os.fsencode(root), repository) as texts:
        comparison = compare(theirs, result, texts, _traced(root, theirs))
    redactor = Redactor(result, show_secrets=False)
    missing = 0
    for pair in comparison.pairs:
        if pair.ours:
            rules = ", ".join(sorted({f.rule.id for f in pair.ours}))
            print(f"both       {redactor.line(pair.theirs.name)}  =  {rules}")
        else:
            missing += 1
            print(f"only theirs  {redactor.line(pair.theirs.name)}\n    {redactor.line(pair.why)}")
    for finding in comparison.only_ours:
        at = where(nearest_first(finding.places)[0], redactor)
        print(f"only leakscan  {finding.rule.id} {at} {escape(redactor.secret(finding.secret))}")
    print(
        f"\n{_count(len(comparison.pairs), 'finding')} of theirs: {len(comparison.pairs) - missing} of leakscan's as well, "
        f"{missing} theirs alone; {_count(len(comparison.only_ours), 'secret')} leakscan's alone."
    )
    return FINDINGS if missing else OK


def _scan_as_configured(root: Path, repository: Repository | None, args: argparse.Namespace) -> ScanResult:
    """The scan that the repository would get."""
    from leakscan.api import ScanOptions

    from .progress import scan_with_progress

    options = ScanOptions(
        paths=(str(root),), history=repository is not None, no_baseline=True, today=date.today()
    )
    return scan_with_progress(options, show=not args.no_progress)


def _traced(root: Path, theirs: Sequence[Known]) -> ScanResult | None:
    """A scan of the files that a report names, with what was dropped in them and why."""
    from leakscan.api import ScanOptions, scan

    names = dict.fromkeys(os.fsdecode(known.path) for known in theirs if known.path)
    files = [root / name for name in names if (root / name).resolve().is_relative_to(root.resolve())]
    there = tuple(str(file) for file in files if file.is_file())
    if not there:
        return None
    return scan(ScanOptions(paths=there, no_baseline=True, trace=True, today=date.today()))


def _count(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def _name(path: Path) -> str:
    from leakscan.model.text import escape

    return escape(os.fsencode(path))
