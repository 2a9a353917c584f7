"""The nastiest places for a secret, one repository each, built by git."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import (
    SECRET,
    planned,
    purge,
    purged,
    refs,
    rewritten,
    snapshot,
    step,
    survivors,
)


def leaky(tmp_path: Path) -> GitRepo:
    """Three commits; the second leaks in conf/app.env, the third goes on."""
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a.txt", "one\n")
    repo.commit("first")
    repo.write("conf/app.env", f"KEY={SECRET}\nother=1\n")
    repo.commit("leak")
    repo.write("a.txt", "two\n")
    repo.commit("later")
    return repo


def test_refs_to_anything_follow(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    leak = repo.oid("HEAD~1")
    repo.git("update-ref", "refs/tags/light", repo.oid(f"{leak}:conf/app.env"))
    repo.git("tag", "-a", "-m", "a tree", "t", f"{leak}^{{tree}}")
    repo.git("tag", "-a", "-m", "a blob", "b", f"{leak}:conf/app.env")
    repo.git("update-ref", "refs/custom/x", repo.oid(f"{leak}^{{tree}}"))
    repo.git("tag", "-a", "-m", "a commit", "v1", leak)
    repo.git("tag", "-a", "-m", "a tag", "tt", "v1")
    before = repo.oid("HEAD~2")
    plan = purged(repo)
    assert len(plan["refs"]) == 7
    assert repo.git("show", "light") == repo.git("show", "b^{}") == "KEY=***REMOVED***\nother=1"
    assert repo.git("cat-file", "-p", "tt^{tree}:conf/app.env") == "KEY=***REMOVED***\nother=1"
    assert repo.oid("tt^{}") == repo.oid("HEAD~1")
    assert repo.oid("HEAD~2") == before


def test_encodings_and_binaries(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    raw = SECRET.encode()
    repo.write("u16", f"ключ = {SECRET}\n".encode("utf-16"))
    repo.write("u16be", ("\ufeff" + f"key = {SECRET}\n").encode("utf-16-be"))
    repo.write("early.bin", b"\0\1\2" + raw + b"\0")
    repo.write("late.bin", b"x" * 9000 + b"\0" + raw)
    for shift in range(3):
        repo.write(f"b64-{shift}", base64.b64encode(b"k" * shift + raw + b"tail") + b"\n")
    repo.write("wrapped", base64.encodebytes(b"z" * 50 + raw + b"z" * 70))
    repo.write("hex", raw.hex().upper() + "\n")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("inner.txt")
        info.size = len(raw)
        tar.addfile(info, io.BytesIO(raw))
    repo.write("a.tar", archive.getvalue())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr("inner.txt", raw * 5)
    repo.write("a.zip", packed.getvalue())
    repo.commit("all of them")

    plan = planned(repo)
    value = purge(repo, "plan", "--secret-stdin", secret=SECRET).value
    assert [q["kind"] for q in value["questions"] if not q["answer"]] == ["archive"]
    assert [q["choices"] for q in value["questions"] if q["kind"] == "archive"] == [["drop", "placeholder"]]
    before = refs(repo)
    refused = step(repo, "run", plan, "--no-backup")
    assert refused.code == 3
    assert [r["code"] for r in refused.value["refusals"]] == ["question"]
    assert refs(repo) == before

    purged(repo, "--answer", "archive=drop")
    assert repo.run("show", "HEAD:u16") == "ключ = ***REMOVED***\n".encode("utf-16")
    assert repo.run("show", "HEAD:u16be").decode("utf-16") == "key = ***REMOVED***\n"
    assert len(repo.run("show", "HEAD:early.bin")) == len(raw) + 4
    assert len(repo.run("show", "HEAD:late.bin")) == len(raw) + 9001
    with tarfile.open(fileobj=io.BytesIO(repo.run("show", "HEAD:a.tar"))) as tar:
        member = tar.extractfile("inner.txt")
        assert member is not None
        assert member.read().startswith(b"***REMOVED***")
    for shift in range(3):
        assert base64.b64decode(repo.run("show", f"HEAD:b64-{shift}")).endswith(b"tail")
    assert base64.b64decode(repo.run("show", "HEAD:wrapped")).endswith(b"z" * 70)
    assert "a.zip" not in repo.git("ls-tree", "--name-only", "HEAD").split()


def test_metadata(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    clean = repo.oid("HEAD~2")
    repo.author = f"An {SECRET} Author <{SECRET}@example.com>"
    repo.write(f"dir-{SECRET}/f", "text\n")
    (repo.path / "link").symlink_to(f"to-{SECRET}")
    repo.commit(f"subject {SECRET}\n\nbody {SECRET}")
    named = repo.head()
    repo.git("notes", "add", "-m", f"note {SECRET}", named)
    repo.git("notes", "add", "-m", "plain", clean)
    repo.committer = f"T {SECRET} <t@example.com>"
    repo.git("tag", "-a", "-m", f"tagged {SECRET}", f"v-{SECRET}", named)
    repo.git("branch", f"topic/{SECRET}", named)
    repo.git("checkout", "-q", f"topic/{SECRET}")
    repo.git("config", f"branch.topic/{SECRET}.description", "mine")
    plan = purged(repo)
    assert {move["name"] for move in plan["refs"] if move["renamed"]} == {
        "refs/heads/topic/REMOVED",
        "refs/tags/v-REMOVED",
    }
    assert SECRET not in Path(f"{repo.path}-plan.json").read_text()
    assert repo.git("symbolic-ref", "HEAD") == "refs/heads/topic/REMOVED"
    assert repo.git("config", "branch.topic/REMOVED.description") == "mine"
    assert repo.git("notes", "show", "main") == "note ***REMOVED***"
    assert repo.git("notes", "show", clean) == "plain"
    assert (
        repo.git("log", "-1", "--format=%an <%ae>|%s")
        == "An ***REMOVED*** Author <***REMOVED***@example.com>|subject ***REMOVED***"
    )
    assert repo.git("cat-file", "tag", "v-REMOVED").splitlines()[2] == "tag v-REMOVED"
    assert repo.git("show", "HEAD:link") == "to-***REMOVED***"
    assert repo.git("show", "HEAD:dir-REMOVED/f") == "text"


def signed(repo: GitRepo, commit: str, *, mergetag: str = "") -> str:
    """The same commit with a signature that nobody checks."""
    raw = repo.run("cat-file", "commit", commit)
    head, rest = raw.split(b"\n\n", 1)
    extra = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----"
    if mergetag:
        tag = repo.run("cat-file", "tag", mergetag).rstrip(b"\n").replace(b"\n", b"\n ")
        extra = b"\nmergetag " + tag + extra
    return repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=head + extra + b"\n\n" + rest)


def test_signatures(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a", "1\n")
    root = signed(repo, repo.commit("root"))
    repo.git("reset", "-q", "--hard", root)
    repo.git("checkout", "-q", "-b", "unrelated")
    repo.write("b", "1\n")
    other = signed(repo, repo.commit("unrelated"))
    repo.git("reset", "-q", "--hard", other)
    repo.git(
        "tag",
        "-a",
        "-m",
        "text\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----",
        "before",
        root,
    )
    repo.git("checkout", "-q", "main")
    repo.write("c", f"{SECRET}\n")
    leak = signed(repo, repo.commit("leak"))
    repo.git("reset", "-q", "--hard", leak)
    repo.git(
        "tag",
        "-a",
        "-m",
        "text\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----",
        "after",
        leak,
    )
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "unrelated")
    repo.git("tag", "-a", "-m", "pulled", "pulled", other)
    merge = signed(repo, repo.head(), mergetag="pulled")
    repo.git("reset", "-q", "--hard", merge)
    kept = {name: repo.oid(name) for name in ("before", "unrelated", "pulled")}
    plan = purged(repo)
    assert {name: repo.oid(name) for name in kept} == kept
    assert repo.oid("main~2") == root
    assert plan["counts"]["signatures"] == 6
    assert plan["counts"]["signatures_lost"] == 3
    assert plan["counts"]["mergetags_lost"] == 1
    assert "gpgsig" not in repo.git("cat-file", "commit", "main")
    assert "mergetag" not in repo.git("cat-file", "commit", "main")
    assert repo.git("cat-file", "tag", "after").endswith("\n\ntext")
    assert plan["first_changed"] == [leak]


def busy(tmp_path: Path) -> GitRepo:
    """Two stashes, a linked work tree (detached, its own commit, a staged secret), a dirty file."""
    repo = leaky(tmp_path)
    for number in range(2):
        repo.write("conf/app.env", f"KEY={SECRET}\nother={number + 2}\n")
        repo.stash()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "HEAD")
    linked = GitRepo(tmp_path / "linked")
    linked.clock = repo.clock
    linked.write("mine", f"mine {SECRET}\n")
    linked.commit("own commit")
    linked.add("staged", f"staged {SECRET}\n")
    repo.write("conf/app.env", f"KEY={SECRET}\nother=dirty\n")
    return repo


def test_live_clone(tmp_path: Path) -> None:
    repo = busy(tmp_path)
    linked = GitRepo(tmp_path / "linked")
    (repo.path / ".git" / "rebase-merge").mkdir()
    before = snapshot(repo)
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert refused.code == 3
    assert {r["code"] for r in refused.value["refusals"]} == {"dirty", "in-progress", "worktrees"}
    assert purge(repo, "plan", "--secret-stdin", "--include-worktrees", secret=SECRET).code == 3
    (repo.path / ".git" / "rebase-merge").rmdir()
    assert snapshot(repo) == before

    plan = rewritten(repo, "--include-worktrees")
    after = snapshot(repo)
    for name in ("status r", "status linked"):
        assert after[name] == before[name]
    assert (repo.path / "conf/app.env").read_text() == "KEY=***REMOVED***\nother=dirty\n"
    assert linked.git("show", ":staged") == "staged ***REMOVED***"
    assert (linked.path / "mine").read_text() == "mine ***REMOVED***\n"
    assert step(repo, "undo", plan).code == 0
    assert snapshot(repo) == before
    assert (repo.path / "conf/app.env").read_text() == f"KEY={SECRET}\nother=dirty\n"

    purged(repo, "--include-worktrees")
    repo.git("checkout", "-q", "--", "conf/app.env")
    for number in (0, 1):
        repo.git("stash", "apply", "-q", f"stash@{{{number}}}")
        assert (repo.path / "conf/app.env").read_text() == f"KEY=***REMOVED***\nother={3 - number}\n"
        repo.git("checkout", "-q", "--", "conf/app.env")


def test_pins(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    repo.repack()
    pack = next((repo.path / ".git/objects/pack").glob("*.pack"))
    pack.with_suffix(".keep").touch()
    repo.git("config", "gc.bigPackThreshold", "1")
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert refused.code == 3
    assert [r["code"] for r in refused.value["refusals"]] == ["keep"]
    old = repo.head()
    purged(repo, "--ack", "keep")
    assert repo.git("cat-file", "-t", old, check=False) == ""


@pytest.mark.parametrize("pin", ["precious", "partial", "borrowing", "lending"])
def test_pins_without_a_way_around(tmp_path: Path, pin: str) -> None:
    source = leaky(tmp_path)
    code = {"borrowing": "alternates", "lending": "borrowed"}.get(pin, pin)
    match pin:
        case "precious":
            source.git("config", "core.repositoryFormatVersion", "1")
            source.git("config", "extensions.preciousObjects", "true")
            repo = source
        case "partial":
            source.git("config", "uploadpack.allowFilter", "true")
            repo = GitRepo.clone(source, tmp_path / "c", "--filter=blob:none", "--no-checkout")
        case "borrowing":
            repo = GitRepo.clone(source, tmp_path / "c", "--shared")
            (repo.path / ".git/objects/info/alternates").write_text(f"{source.path}/.git/objects\n")
        case _:
            GitRepo.init(tmp_path / "c")
            (tmp_path / "c/.git/objects/info/alternates").write_text(f"{source.path}/.git/objects\n")
            repo = source
    before = refs(repo)
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert refused.code == 3
    assert code in {r["code"] for r in refused.value["refusals"]}
    assert all(r["way_out"] for r in refused.value["refusals"])
    assert refs(repo) == before


def test_history_that_looks_other_than_it_is(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    shallow = GitRepo.clone(repo, tmp_path / "s", "--depth", "2")
    refused = purge(shallow, "plan", "--secret-stdin", secret=SECRET)
    assert (refused.code, [r["code"] for r in refused.value["refusals"]]) == (3, ["shallow"])
    (repo.path / ".git/info/grafts").write_text(repo.head() + "\n")
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert (refused.code, [r["code"] for r in refused.value["refusals"]]) == (3, ["grafts"])
    (repo.path / ".git/info/grafts").unlink()
    purged(repo)
    assert repo.git("rev-list", "--count", "HEAD") == "3"


def test_grafts_as_replace_refs_are_carried_along(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    grafted = f"{repo.head()} {repo.git('rev-parse', 'HEAD~2')}\n"
    (repo.path / ".git/info/grafts").write_text(grafted)
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert "git replace --convert-graft-file" in refused.value["refusals"][0]["way_out"]
    repo.git("replace", "--convert-graft-file")
    purged(repo)
    assert repo.git("rev-list", "--count", "HEAD") == "2"


def test_a_reftable_is_refused(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    (repo.path / ".git/reftable").mkdir()
    refused = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert (refused.code, [r["code"] for r in refused.value["refusals"]]) == (3, ["reftable"])
    assert "--ref-format=files" in refused.value["refusals"][0]["way_out"]


def test_replace_refs_are_carried_along(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    repo.git("replace", "--graft", "HEAD", "HEAD~2")
    old, before = repo.head(), repo.git("replace", "--format=long")
    assert repo.git("rev-list", "--count", "HEAD") == "2"
    plan = rewritten(repo)
    assert repo.git("replace", "-l") == repo.head() != old
    assert repo.git("rev-list", "--count", "HEAD") == "2"
    assert repo.git("--no-replace-objects", "rev-list", "--count", "HEAD") == "3"
    assert step(repo, "undo", plan).code == 0
    assert (repo.head(), repo.git("replace", "--format=long")) == (old, before)
    value = purged(repo)
    assert not any(move["renamed"] for move in value["refs"])
    assert repo.git("replace", "-l") == repo.head()


def test_settings_with_the_secret_are_replaced_and_named(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    url = f"https://me:{SECRET}@example.com/r.git"
    repo.git("remote", "add", "origin", url)
    repo.git("config", f"url.https://{SECRET}@example.org/.insteadOf", "short:")
    plan = rewritten(repo)
    warnings = json.loads(Path(plan[0]).read_text())["warnings"]
    assert any("remote.origin.url" in text and "insteadof" in text for text in warnings)
    assert repo.git("config", "remote.origin.url") == "https://me:REMOVED@example.com/r.git"
    assert step(repo, "undo", plan).code == 0
    assert repo.git("config", "remote.origin.url") == url
    purged(repo)
    assert repo.git("config", "url.https://REMOVED@example.org/.insteadOf") == "short:"


def test_a_secret_in_settings_alone(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a", "nothing\n")
    repo.commit("clean")
    repo.git("remote", "add", "origin", f"https://{SECRET}@example.com/r.git")
    purged(repo)
    assert repo.git("config", "remote.origin.url") == "https://REMOVED@example.com/r.git"


def test_reflogs_are_emptied_as_the_plan_says(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    assert repo.git("reflog") != ""
    value = purged(repo)
    assert any("reflogs" in text for text in value["warnings"])
    assert repo.git("reflog") == ""


def test_shapes(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("base", "b\n")
    root = repo.commit("root")
    for name in ("x", "y", "z"):
        repo.git("checkout", "-q", "-b", name, root)
        repo.write(name, f"{name}\n")
        repo.commit(name)
    repo.git("checkout", "-q", "main")
    repo.tick()
    repo.git("merge", "-q", "--no-ff", "-m", "octopus", "x", "y", "z")
    repo.git("checkout", "-q", "-b", "side", "x")
    repo.write("side", "s\n")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.merge("side", "evil", {"evil.txt": f"{SECRET}\n"})
    evil = repo.head()
    repo.git("checkout", "-q", "side")
    repo.merge("main~1", "criss")
    repo.git("checkout", "-q", "main")
    repo.merge("side", "cross")
    repo.git("mv", "evil.txt", "dir.txt")
    repo.commit("renamed")
    repo.git("rm", "-q", "dir.txt")
    repo.write("dir.txt/now", f"a directory {SECRET}\n")
    repo.commit("a directory")
    repo.git("rm", "-rq", "dir.txt")
    repo.write("dir.txt", f"{SECRET}\n")
    repo.commit("a file again")
    (repo.path / "dir.txt").chmod(0o755)
    repo.commit("a mode")
    repo.write("dir.txt", "***REMOVED***\n")
    repo.commit("only removes it")
    repo.git("revert", "--no-edit", "HEAD")
    shape = repo.git("log", "--all", "--format=%s|%at", "--topo-order", "--graph")
    assert (
        repo.git("log", "--all", f"-S{SECRET}", "--format=%h", "-p", "--", "evil.txt", check=False).find(
            evil[:7]
        )
        < 0
    )
    plan = purged(repo)
    assert repo.git("log", "--all", "--format=%s|%at", "--topo-order", "--graph") == shape
    assert plan["first_changed"] == [evil]
    assert plan["counts"]["emptied"] == len(plan["emptied"]) == 2


def test_quoted_ids(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    first, leak, later = (repo.oid(f"HEAD~{n}") for n in (2, 1, 0))
    repo.git("checkout", "-q", "-b", "zz", first)
    repo.write("zz", "1\n")
    untouched = repo.commit(f"untouched, quotes {leak}")
    repo.git("checkout", "-q", "main")
    message = f"This reverts commit {leak}.\n\nsee {later[:7]}, {later[:9]}, {first[:8]}, not 04382341999999999 nor {leak}x"
    repo.commit(message)
    plan = purged(repo)
    new_leak, new_later = repo.oid("HEAD~2"), repo.oid("HEAD~1")
    text = repo.git("log", "-1", "--format=%B")
    assert f"This reverts commit {new_leak}." in text
    assert f"see {new_later[:7]}, {new_later[:9]}, {first[:8]}, not 04382341999999999 nor {leak}x" in text
    assert repo.oid("zz") == untouched
    assert plan["unmapped"] == [f"quoted by {untouched}, which stays as it is"]


def test_submodule_map(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    old, new = "1" * 40, "2" * 40
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{old},sub")
    repo.commit("with a submodule", all=False)
    (repo.path / "sub").mkdir()
    (tmp_path / "map").write_text(f"{old} {new}\n")
    plan = planned(repo, "--submodule-map", str(tmp_path / "map"))
    assert step(repo, "run", plan, "--no-backup").code == 0
    assert repo.git("ls-tree", "HEAD", "sub").split()[2] == new


def test_drift_between_plan_and_run(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    plan = planned(repo)
    repo.write("b", "new\n")
    repo.commit("meanwhile")
    before = refs(repo)
    done = step(repo, "run", plan, "--no-backup")
    assert done.code == 4
    assert refs(repo) == before
    assert survivors(repo)


def test_confirmation_is_needed(tmp_path: Path) -> None:
    repo = leaky(tmp_path)
    plan = planned(repo)
    before = refs(repo)
    assert purge(repo, "run", plan[0]).code == 2
    assert purge(repo, "run", plan[0], "--yes", "--confirm", "wrong").code == 2
    assert refs(repo) == before


def test_bare_mirror(tmp_path: Path) -> None:
    source = leaky(tmp_path)
    source.git("update-ref", "refs/pull/1/head", "HEAD")
    mirror = GitRepo.clone(source, tmp_path / "m.git", "--mirror")
    plan = purged(mirror)
    assert plan["counts"]["pull_refs"] == 1
    assert mirror.git("show", "HEAD:conf/app.env") == "KEY=***REMOVED***\nother=1"
