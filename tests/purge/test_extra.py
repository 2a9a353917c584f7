"""Odd secrets, odd objects, odd repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from purging import SECRET, planned, purge, purged, refs, rewritten, snapshot, step, survivors

ODD = {
    "an arrow": "ab==>cd" + "x" * 12,
    "a carriage return": "part\rother" + "y" * 10,
    "metacharacters": r"a.*(b|c)[d]{2}\w+?^$",
    "the token": "key***REMOVED***" + "z" * 9,
    "quotes": 'say "it\'s" <so> & go',
    "not ASCII": "пароль-секрет-ключ",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_secrets(tmp_path: Path, name: str) -> None:
    secret = ODD[name]
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"before {secret} after\n")
    repo.commit(f"about {secret.replace(chr(13), '')}")
    plan = planned(repo, "--one-secret", secret=secret)
    assert secret not in Path(plan[0]).read_text()
    assert step(repo, "run", plan, "--no-backup").code == 0
    assert step(repo, "cleanup", plan).code == 0
    assert repo.run("show", "HEAD:f") == b"before ***REMOVED*** after\n"


def test_a_key_of_several_lines(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    body = [
        "-----BEGIN " + "THING-----",
        "abcdefghijklmnopqrstuvwxyz012345",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ67890+",
        "-----END THING-----",
    ]
    key = "\n".join(body)
    repo.write("lf", f"{key}\n")
    repo.write("crlf", key.replace("\n", "\r\n") + "\r\n")
    repo.write("k.json", '{"key": "' + key.replace("\n", "\\n") + '"}\n')
    repo.write("k.yml", "key: |\n" + "".join(f"    {line}\n" for line in body))
    repo.commit("keys")
    plan = rewritten(repo, secret=key)
    assert step(repo, "cleanup", plan).code == 0
    for name in ("lf", "crlf", "k.json", "k.yml"):
        assert body[1] not in repo.git("show", f"HEAD:{name}")
    assert repo.git("show", "HEAD:k.json") == '{"key": "***REMOVED***"}'


def test_secrets_within_secrets(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    inner, outer = SECRET[:16], f"{SECRET[:16]}-and-more"
    overlapping = f"more-{SECRET[5:20]}"
    repo.write("f", f"{outer} {inner} {outer[:-15]}{overlapping} {inner}{inner}\n")
    repo.commit("both")
    plan = rewritten(repo, secret=f"{inner}\n{outer}\n{overlapping}\n")
    assert step(repo, "cleanup", plan).code == 0
    for secret in (inner, outer, overlapping):
        assert survivors(repo, secret) == []
    assert repo.git("show", "HEAD:f").startswith("***REMOVED*** ***REMOVED*** ")


def test_sha256(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r", object_format="sha256")
    repo.write("f", f"{SECRET}\n")
    leak = repo.commit("leak")
    repo.git("tag", "-a", "-m", "t", "v1")
    repo.write("g", "1\n")
    repo.commit(f"see {leak} and {leak[:10]}")
    repo.git("notes", "add", "-m", "n", leak)
    purged(repo)
    new = repo.oid("HEAD~1")
    assert repo.git("log", "-1", "--format=%s") == f"see {new} and {new[:10]}"
    assert repo.git("notes", "show", new) == "n"


def hand_made(repo: GitRepo, raw: bytes) -> str:
    return repo.git("hash-object", "-t", "commit", "--literally", "-w", "--stdin", input=raw)


def test_odd_commits_keep_their_bytes(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    tree = repo.oid("HEAD^{tree}").encode()
    who = b"A <a@example.com> 1700000000 +0000\n"
    first = hand_made(
        repo,
        b"tree " + tree + b"\nauthor " + who + b"committer " + who
        + b"encoding ISO-8859-1\nHG:extra amend_source:1234\n\ncaf\xe9 without a final newline",
    )  # fmt: skip
    second = hand_made(
        repo,
        b"tree " + tree + b"\nparent " + first.encode() + b"\nauthor  <> 1700000000 +051800\ncommitter "
        + who + b"\n" + SECRET.encode().replace(b"-", b"=2D"),
    )  # fmt: skip
    repo.git("update-ref", "refs/heads/odd", second)
    plan = planned(repo)
    value = purge(repo, "plan", "--secret-stdin", secret=SECRET).value
    assert "badTimezone" in value["strict"] or "timezone" in value["strict"].lower()
    assert step(repo, "run", plan, "--no-backup").code == 0
    old, new = repo.run("cat-file", "commit", first), repo.run("cat-file", "commit", "odd~1")
    assert old.split(b"\n")[1:] == new.split(b"\n")[1:]
    raw = repo.run("cat-file", "commit", "odd")
    assert b"author  <> 1700000000 +051800\n" in raw
    assert raw.endswith(b"\n\n***REMOVED***")


def test_many_refs(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    leak = repo.commit("leak")
    repo.git(
        "update-ref", "--stdin", input="".join(f"create refs/tags/t{n} {leak}\n" for n in range(800)).encode()
    )
    repo.git("pack-refs", "--all")
    plan = rewritten(repo)
    assert repo.git("for-each-ref", "--format=%(objectname)").split().count(leak) == 0
    assert step(repo, "undo", plan).code == 0
    assert repo.git("for-each-ref", "--format=%(objectname)").split().count(leak) == 801


def test_a_second_time_does_nothing(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    plan = rewritten(repo)
    before = refs(repo)
    assert step(repo, "run", plan).value["refs_moved"] == 0
    assert step(repo, "cleanup", plan).code == 0
    assert step(repo, "cleanup", plan).code == 0
    assert step(repo, "verify", plan).value["certified"]
    again = purge(repo, "plan", "--secret-stdin", "-o", str(tmp_path / "again.json"), secret=SECRET)
    assert again.value["empty"]
    other = (str(tmp_path / "again.json"), again.value["plan_id"])
    assert step(repo, "run", other, "--secret-stdin").code == 2
    assert step(repo, "run", other, "--secret-stdin", secret=SECRET).value["refs_moved"] == 0
    assert refs(repo) == before


def test_verify_after_cleanup_looks_at_what_has_come(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    plan = rewritten(repo)
    assert step(repo, "cleanup", plan).code == 0
    assert step(repo, "undo", plan).code == 4
    repo.write("g", f"again {SECRET}\n")
    repo.commit("again")
    assert step(repo, "verify", plan).code == 2
    assert step(repo, "verify", plan, "--secret-stdin", secret=SECRET).code == 1


def test_removed_paths(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("keep/.env", "a\n")
    repo.commit("keeps")
    repo.write("conf/.env", f"{SECRET}\n")
    repo.commit("adds")
    repo.write("conf/other", "o\n")
    repo.commit("goes on")
    old = repo.oid("HEAD:conf/.env")
    file = str(tmp_path / "plan.json")
    answer = purge(repo, "plan", "--path", "conf/.env", "-o", file)
    assert answer.code == 0
    plan = (file, answer.value["plan_id"])
    assert step(repo, "run", plan, "--no-backup").code == 0
    assert (repo.path / "conf/.env").exists()
    assert step(repo, "verify", plan).code == 0
    assert step(repo, "cleanup", plan).code == 0
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD").split() == ["conf/other", "keep/.env"]
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD~1").split() == ["keep/.env"]
    assert repo.git("cat-file", "-t", old, check=False) == ""


def test_lfs(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    oid = "ab" * 32
    repo.write("big", f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 40\n")
    repo.commit("points")
    payload = repo.path / ".git/lfs/objects/ab/ab" / oid
    payload.parent.mkdir(parents=True)
    payload.write_text(f"payload {SECRET}\n")
    value = purge(repo, "plan", "--secret-stdin", secret=SECRET).value
    assert [(q["kind"], q["answer"]) for q in value["questions"]] == [("lfs", "")]
    purged(repo, "--answer", "lfs=drop")
    assert not payload.exists()
    assert repo.git("ls-tree", "HEAD") == ""


def test_backup_is_a_repository_with_everything(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    repo.write("f", "changed\n")
    repo.stash()
    before = snapshot(repo)
    plan = planned(repo)
    done = step(repo, "run", plan)
    assert done.code == 0
    assert step(repo, "cleanup", plan).code == 0
    backup = Path(done.value["backup"])
    restored = GitRepo(tmp_path / "again")
    restored.path.mkdir()
    (backup / "git").rename(restored.path / ".git")
    restored.git("reset", "-q", "--hard")
    assert snapshot(restored)["refs"] == before["refs"]
    assert restored.git("stash", "list") == before["stash"]


def test_self_check_leaves_refs_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from leakscan.git import kernel

    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak\n\nand more")
    whole = kernel.relinked

    def wrong(*args: Any) -> tuple[bytes, int, int]:
        raw, *counts = whole(*args) or (b"",)
        return (raw.replace(b"and more", b"and less"), *counts)  # type: ignore[return-value]

    monkeypatch.setattr(kernel, "relinked", wrong)
    before = refs(repo)
    assert purge(repo, "plan", "--secret-stdin", secret=SECRET).code == 6
    monkeypatch.undo()
    plan = planned(repo)
    new = tmp_path / "r/.git/leakscan/purge" / plan[1] / "new.pack"
    new.unlink()
    monkeypatch.setattr(kernel, "relinked", wrong)
    assert step(repo, "run", plan, "--no-backup").code == 6
    assert refs(repo) == before


def test_the_diff_shows_no_secret(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"one\nkey = {SECRET}; other\n")
    repo.commit("leak")
    answer = purge(repo, "plan", "--secret-stdin", "--diff", secret=SECRET)
    assert answer.value["diff"] == [
        "f:2",
        "  - key = [tmp-********]; other",
        "  + key = ***REMOVED***; other",
    ]
    assert SECRET not in answer.text


def test_new_blobs_are_deltas_like_the_old(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    lines = [f"line {number} of a file that goes on and on" for number in range(400)]
    lines[3] = lines[200] = lines[390] = f"key={SECRET}"
    for number in range(12):
        lines[number * 30 + 5] = f"changed {number}"
        repo.write("f", "\n".join(lines))
        repo.commit(f"version {number}")
    repo.repack()
    purged(repo)
    depths = repo.git(
        "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(deltabase)"
    ).splitlines()
    whole = [line for line in depths if line.startswith("blob") and set(line.split()[1]) == {"0"}]
    assert len(whole) == 1
