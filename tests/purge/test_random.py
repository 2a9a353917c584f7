"""Random histories: the same new ids everywhere, a second run does nothing, an undo brings everything back, git-filter-repo
agrees."""

from __future__ import annotations

import json
import random
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, planned, purge, refs, rewritten, snapshot, step, survivors

from leakscan.git import attribution_twin, kernel, kernel_twin, purge_twin, rewrite_twin
from leakscan.purge import meanwhile, objects, rewrite_families
from leakscan.purge.rewrite import Rewriter


def story(seed: int, *, metadata: bool) -> bytes:
    """A random history for git fast-import: merges of any width, renames, modes, symlinks, submodules, tags, notes."""
    rng = random.Random(seed)
    lines: list[bytes] = []
    clock = 1_700_000_000
    heads: dict[str, int] = {}
    files: dict[int, dict[str, bytes]] = {}
    mark = 0

    def text(content: bytes) -> bytes:
        return b"data %d\n%s\n" % (len(content), content)

    def content() -> bytes:
        body = b"\n".join(b"line %d" % rng.randrange(6) for _ in range(rng.randrange(1, 5)))
        if rng.random() < 0.35:
            at = rng.randrange(len(body) + 1)
            body = body[:at] + SECRET.encode() + body[at:]
        return body

    names = [f"{d}{n}" for d in ("", "a/", "a/b/", "a-b/", "c0/") for n in ("f", "g", "0", "a")]
    for _ in range(rng.randrange(8, 22)):
        mark += 1
        clock += 60
        branch = rng.choice(["main", "x", "y", "z/one"])
        parents = (
            [heads[branch]] if branch in heads else ([rng.choice(list(heads.values()))] if heads else [])
        )
        others = sorted({m for m in heads.values() if m not in parents})
        rng.shuffle(others)
        merged = others[: rng.choice([0, 0, 0, 1, 1, 2, 3])] if parents else []
        said = b"message %d" % mark
        if metadata and rng.random() < 0.2:
            said += b" " + SECRET.encode()
        who = b"A <a@example.com> %d +0%d30\n" % (clock, rng.randrange(10))
        lines += [
            b"commit refs/heads/%s\nmark :%d\n" % (branch.encode(), mark),
            b"author " + who,
            b"committer " + who,
        ]
        lines.append(text(said))
        lines += [b"from :%d\n" % p for p in parents]
        lines += [b"merge :%d\n" % p for p in merged]
        tree = dict(files[parents[0]]) if parents else {}
        for _ in range(rng.randrange(0, 4)):
            name = rng.choice(names)
            if any(o.startswith(name + "/") or name.startswith(o + "/") for o in tree):
                continue
            match rng.randrange(8):
                case 0 if tree:
                    gone = rng.choice(sorted(tree))
                    del tree[gone]
                    lines.append(b"D %s\n" % gone.encode())
                    continue
                case 1 if name not in tree and tree:
                    old = rng.choice(sorted(tree))
                    tree[name] = tree.pop(old)
                    lines.append(b"R %s %s\n" % (old.encode(), name.encode()))
                    continue
                case 2:
                    lines.append(b"M 160000 %040x %s\n" % (rng.randrange(1 << 100), name.encode()))
                    tree[name] = b"gitlink"
                    continue
                case kind:
                    mode = {3: b"120000", 4: b"100755"}.get(kind, b"100644")
                    lines.append(b"M %s inline %s\n" % (mode, name.encode()) + text(content()))
                    tree[name] = b"file"
        files[mark] = tree
        heads[branch] = mark
        if rng.random() < 0.25:
            tagger = b"T <t@example.com> %d +0000\n" % clock
            lines.append(b"tag t%d\nfrom :%d\ntagger %s" % (mark, mark, tagger) + text(b"tag %d" % mark))
        if metadata and rng.random() < 0.2:
            lines.append(b"commit refs/notes/commits\ncommitter N <n@example.com> %d +0000\n" % clock)
            lines.append(text(b"note") + b"N inline :%d\n" % mark + text(b"note " + content()))
    return b"".join(lines)


def made(path: Path, seed: int, *, metadata: bool) -> GitRepo:
    repo = GitRepo.init(path, bare=True)
    repo.git("fast-import", "--quiet", input=story(seed, metadata=metadata))
    repo.git("symbolic-ref", "HEAD", repo.git("for-each-ref", "--format=%(refname)", "refs/heads").split()[0])
    return repo


def twin(repo: GitRepo, path: Path) -> GitRepo:
    """Another clone: the same refs, other packs."""
    shutil.copytree(repo.path, path)
    other = GitRepo(path)
    other.git("repack", "-adfq", "--depth=3", "--window=3")
    return other


@pytest.mark.parametrize("seed", range(6))
def test_properties(tmp_path: Path, seed: int) -> None:
    repo = made(tmp_path / "a.git", seed, metadata=True)
    other = twin(repo, tmp_path / "b.git")
    before = snapshot(repo)
    parents = repo.git("rev-list", "--all", "--not", "--glob=refs/notes/*", "--topo-order", "--count")
    plan = rewritten(repo)
    after = refs(repo)

    assert step(repo, "verify", plan).code == 0
    assert step(repo, "undo", plan).code == 0
    assert snapshot(repo) == before

    assert step(other, "run", plan, "--no-backup", "--secret-stdin", secret=SECRET).code == 0
    assert refs(other) == after, "other packs must give the same ids"

    plan = rewritten(repo)
    assert refs(repo) == after
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert survivors(repo) == []
    assert repo.git("rev-list", "--all", "--not", "--glob=refs/notes/*", "--topo-order", "--count") == parents
    again = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert again.value["empty"]
    assert refs(repo) == after


@pytest.mark.parametrize("seed", range(6, 10))
@pytest.mark.parametrize("how", ["tree by tree", "without the compiled kernel", "beside"])
def test_other_ways_to_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, how: str
) -> None:
    repo = made(tmp_path / "a.git", seed, metadata=False)
    repo.git("repack", "-adfq", "--depth=9")
    plan = planned(repo)
    if how == "tree by tree":
        monkeypatch.setattr(Rewriter, "_families", lambda *_: None)
    elif how == "beside":
        monkeypatch.setattr(meanwhile, "_beside", lambda: True)
        monkeypatch.setattr(objects, "_LITTLE", 0)
        monkeypatch.setattr(objects, "_JOB", 100)
        monkeypatch.setattr(rewrite_families, "_MUCH", 2)
    else:
        for name in set(kernel.__all__) - {"COMPILED"}:
            twins = (kernel_twin, attribution_twin, rewrite_twin, purge_twin)
            known = next(some for some in twins if hasattr(some, name))
            monkeypatch.setattr(kernel, name, getattr(known, name))
    assert planned(repo, name="other.json")[1] == plan[1]
    assert step(repo, "run", plan, "--no-backup").code == 0
    assert step(repo, "cleanup", plan).code == 0
    assert survivors(repo) == []
    repo.git("fsck", "--full", "--strict")


FILTER = (
    "--force", "--quiet", "--preserve-commit-hashes", "--prune-empty", "never", "--prune-degenerate", "never",
)  # fmt: skip


def filter_repo(repo: GitRepo, *args: str) -> None:
    repo.git("-c", "core.quotePath=true", f"--exec-path={repo.git('--exec-path')}", *_tool(), *FILTER, *args)


def _tool() -> tuple[str, ...]:
    found = find_spec("git_filter_repo")
    if found is None or found.origin is None:
        pytest.skip("git-filter-repo is not installed")
    return ("-c", f"alias.other=!{sys.executable} {found.origin}", "other")


@pytest.mark.parametrize("seed", range(100, 106))
def test_git_filter_repo_agrees(tmp_path: Path, seed: int) -> None:
    normal = made(tmp_path / "n.git", seed, metadata=False)
    filter_repo(normal)
    theirs = twin(normal, tmp_path / "t.git")
    words = tmp_path / "words"
    words.write_text(f"literal:{SECRET}==>***REMOVED***\n")
    filter_repo(theirs, "--replace-text", str(words))
    plan = planned(normal, "--keep-hashes")
    assert step(normal, "run", plan, "--no-backup").code == 0
    assert refs(normal) == refs(theirs)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["requests", "gitleaks", "redis"])
def test_git_filter_repo_agrees_on_real_repositories(tmp_path: Path, name: str) -> None:
    """Needs bare clones, in the directory that LEAKSCAN_BENCH_REPOS names."""
    import os

    source = Path(os.environ.get("LEAKSCAN_BENCH_REPOS", ""), f"{name}.git")
    if not (source / "HEAD").exists():
        pytest.skip("no clone")
    text = {
        "requests": "_encode_files",
        "gitleaks": "func (d *Detector)",
        "redis": "Event driven programming library",
    }[name]
    shutil.copytree(source, tmp_path / "n.git")
    normal = GitRepo(tmp_path / "n.git")
    filter_repo(normal)
    theirs = twin(normal, tmp_path / "t.git")
    words = tmp_path / "words"
    words.write_text(f"literal:{text}==>***REMOVED***\n")
    filter_repo(theirs, "--replace-text", str(words), "--replace-message", str(words))
    plan = planned(normal, "--keep-hashes", secret=text)
    assert json.loads(Path(plan[0]).read_text())["counts"]["blobs_rewritten"] > 50
    assert step(normal, "run", plan, "--no-backup").code == 0
    assert refs(normal) == refs(theirs)
