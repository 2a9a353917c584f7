"""`leakscan import` as a team uses it: in a repository, written, heeded by the next scan."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from runner import Ran, leakscan

from leakscan.rulepack.template import fill


def token(seed: str) -> str:
    return fill("{github-token:ghp_}", seed)


class Scene:
    """A repository with secrets: one in HEAD, one that was removed, two on one line."""

    def __init__(self, path: Path) -> None:
        self.now, self.gone, self.left, self.right = map(token, ("now", "gone", "left", "right"))
        self.repo = GitRepo.init(path)
        self.repo.write("a.py", f'x = 1\nTOKEN = "{self.gone}"\n')
        self.first = self.repo.commit("first")
        self.repo.write("a.py", f'x = 1\nTOKEN = "{self.now}"\n')
        self.repo.write("two.py", f'PAIR = ("{self.left}", "{self.right}")\n')
        self.second = self.repo.commit("second")
        self.path = path

    def run(self, *words: str | Path) -> Ran:
        return leakscan(*words, cwd=self.path)

    def scanned(self) -> set[str]:
        """The secrets that a scan of the history reports."""
        ran = self.run("scan", "--history", "--format", "json", "--show-secrets", "--no-progress")
        assert ran.code in (0, 1), ran.err
        return {f["secret"] for f in ran.json["findings"]}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "repo")


def test_nothing_is_written_unless_wanted(scene: Scene) -> None:
    scene.repo.write(".gitleaksignore", f"{scene.first}:a.py:github-pat:2\n")
    ran = scene.run("import", "--no-progress")
    assert ran.code == 0, ran.err
    assert "Carried over: 0 rules" in ran.out
    assert "1 known secret" in ran.out
    assert not (scene.path / ".leakscan.yml").exists()


def test_an_ignore_becomes_an_entry_of_the_baseline(scene: Scene) -> None:
    scene.repo.write(
        ".gitleaksignore", f"{scene.first}:a.py:github-pat:2\ntwo.py:github-pat:1\na.py:github-pat:99\n"
    )
    assert {scene.now, scene.gone} <= scene.scanned()
    ran = scene.run("import", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    assert "several secrets stand there" in ran.out
    assert "leakscan finds no secret there" in ran.out
    assert scene.scanned() == {scene.now, scene.left, scene.right}
    baseline = (scene.path / ".leakscan-baseline.json").read_text()
    assert "from .gitleaksignore:1" in baseline
    assert str(scene.path) not in baseline + (scene.path / ".leakscan.yml").read_text()
    again = scene.run("import", "--no-progress", "--write")
    assert again.code == 3
    assert scene.run("import", "--no-progress", "--write", "--force").code == 0


def test_another_secret_in_the_same_place_is_not_known(scene: Scene) -> None:
    """detect-secrets knows the hash: what stands there now is another secret."""

    def baseline(secret: str) -> str:
        digest = hashlib.sha1(secret.encode()).hexdigest()
        entry = {"type": "GitHub Token", "hashed_secret": digest, "line_number": 2}
        return json.dumps({"version": "1.5.0", "results": {"a.py": [entry]}})

    scene.repo.write(".secrets.baseline", baseline(token("another")))
    ran = scene.run("import", "--no-progress")
    assert "another secret stands there now" in ran.out
    scene.repo.write(".secrets.baseline", baseline(scene.now))
    assert scene.run("import", "--no-progress", "--write").code == 0
    assert scene.now not in scene.scanned()


def test_a_hash_of_more_than_the_secret(scene: Scene) -> None:
    """Another tool took the whole quoted text for the secret."""
    scene.repo.write("b.py", f'URL = "https://user:{scene.left}@github.com"\n')
    scene.repo.commit("url")
    digest = hashlib.sha1(f"https://user:{scene.left}@github.com".encode()).hexdigest()
    entry = {"type": "Basic Auth", "hashed_secret": digest, "line_number": 1}
    scene.repo.write(".secrets.baseline", json.dumps({"results": {"b.py": [entry]}}))
    assert scene.run("import", "--no-progress", "--write").code == 0
    assert scene.left not in scene.scanned()
    assert scene.right in scene.scanned()


def test_a_hash_of_a_piece_of_the_secret(scene: Scene) -> None:
    """Another tool cut the signature off."""
    jwt = fill("{jwt}", "piece")
    scene.repo.write("c.html", "x" * 400 + f'<p token="{jwt}">\n')
    scene.repo.write("d.html", f"<p>{jwt}</p>\n")
    scene.repo.commit("jwt")
    digest = hashlib.sha1(jwt.rpartition(".")[0].encode()).hexdigest()
    for name in ("c.html", "d.html"):
        entry = {"type": "JSON Web Token", "hashed_secret": digest, "line_number": 1}
        scene.repo.write(".secrets.baseline", json.dumps({"results": {name: [entry]}}))
        ran = scene.run("import", "--no-progress", "--write", "--force")
        assert "1 known secret" in ran.out, ran.out
    assert jwt not in scene.scanned()


def test_plain_secrets_stay_out_of_what_is_written(scene: Scene) -> None:
    scene.repo.write(".secretsignore", f"*.lock\n[secrets]\n{scene.now}\n")
    ran = scene.run("import", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    written = "".join(p.read_text() for p in scene.path.glob(".leakscan*"))
    assert scene.now not in ran.out + written
    assert scene.now not in scene.scanned()


def test_hashes_of_ggshield_and_betterleaks(scene: Scene) -> None:
    typed = hashlib.sha256(f"{scene.now},apikey".encode()).hexdigest()
    scene.repo.write(
        ".gitguardian.yaml", f"version: 2\nsecret: {{ignored_matches: [{{name: n, match: {typed}}}]}}\n"
    )
    scene.repo.write(".betterleaksignore", hashlib.sha256(scene.gone.encode()).hexdigest() + "\n")
    assert scene.run("import", "--no-progress", "--write").code == 0
    assert scene.scanned() == {scene.left, scene.right}


def test_rules_of_theirs_find_what_they_found(scene: Scene) -> None:
    own = fill("acmecorp_{hex:24}", "own")
    scene.repo.write("c.txt", f"key {own}\n")
    scene.repo.commit("own")
    scene.repo.write(".gitleaks.toml", "[[rules]]\nid = 'acme'\nregex = 'acmecorp_[0-9a-f]{24}'\n")
    assert own not in scene.scanned()
    assert scene.run("import", "--no-progress", "--write").code == 0
    assert own in scene.scanned()


def test_patterns_in_git_s_configuration(scene: Scene) -> None:
    own = fill("acmecorp_{hex:24}", "own")
    scene.repo.write("c.txt", f"key {own}\nother {fill('acmecorp_{hex:24}', 'fake')} # fake\n")
    scene.repo.commit("own")
    scene.repo.git("config", "--add", "secrets.patterns", "acmecorp_[[:xdigit:]]{24}")
    scene.repo.git("config", "--add", "secrets.providers", "git secrets --aws-provider")
    scene.repo.write(".gitallowed", "# fake\n\\# fake$\n")
    ran = scene.run("import", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    assert "rules of its own for AWS" in ran.out
    found = scene.scanned()
    assert own in found
    assert fill("acmecorp_{hex:24}", "fake") not in found


def test_lines_and_commits_that_were_allowed_become_known(scene: Scene) -> None:
    text = f"[[allowlists]]\ncommits = ['{scene.first}']\n[[allowlists]]\nregexTarget = 'line'\nregexes = ['^PAIR']\n"
    scene.repo.write(".gitleaks.toml", text)
    ran = scene.run("import", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    # The line as a tool reads it, without the path in front of it.
    assert scene.gone not in scene.scanned()


def test_a_report_as_baseline(scene: Scene) -> None:
    report = [
        {"RuleID": "github-pat", "File": "a.py", "StartLine": 2, "Secret": scene.gone, "Commit": scene.first}
    ]
    (scene.path.parent / "old.json").write_text(json.dumps(report))
    ran = scene.run("import", scene.path.parent / "old.json", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    assert scene.scanned() == {scene.now, scene.left, scene.right}


def test_check_compares_line_by_line(scene: Scene) -> None:
    def result(line: int, path: str) -> dict[str, Any]:
        place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
        return {"ruleId": "r", "locations": [{"physicalLocation": place}]}

    scene.repo.write("b.py", f'OTHER = "{token("other")}"  # leakscan:allow\n')
    scene.repo.commit("allowed")
    theirs = {"runs": [{"results": [result(2, "a.py"), result(1, "a.py"), result(1, "b.py")]}]}
    (scene.path.parent / "r.sarif").write_text(json.dumps(theirs))
    ran = scene.run("import", "--check", scene.path.parent / "r.sarif", "--no-progress")
    assert ran.code == 1, ran.err
    lines = ran.out.splitlines()
    assert any(
        line.startswith("both") and "a.py:2" in line and "github.pat-classic" in line for line in lines
    )
    assert "no rule of leakscan's sees anything there" in ran.out
    assert "github.pat-classic saw it: inline comment leakscan:allow" in ran.out
    assert sum(line.startswith("only leakscan") for line in lines) == 3
    assert scene.now not in ran.out
    assert (
        "3 findings of theirs: 1 of leakscan's as well, 2 theirs alone; 3 secrets leakscan's alone."
        in ran.out
    )


def test_what_cannot_be_done_is_said(scene: Scene) -> None:
    assert "nothing of another scanner" in scene.run("import").err
    assert "there is no none.toml" in scene.run("import", "none.toml").err
    scene.repo.write("what.txt", "x")
    assert "say --from TOOL" in scene.run("import", "what.txt").err


def test_outside_of_a_repository(tmp_path: Path) -> None:
    secret = token("plain")
    (tmp_path / "a.py").write_text(f'T = "{secret}"\n')
    (tmp_path / ".gitleaksignore").write_text("a.py:github-pat:1\n")
    ran = leakscan("import", "--no-progress", "--write", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert leakscan("scan", "--no-progress", cwd=tmp_path).code == 0


def test_secrets_that_stand_in_an_allow_list_become_known(scene: Scene) -> None:
    """A team wrote the secret itself into its configuration: it is carried over without being written again."""
    text = f"[allowlist]\nstopwords = ['{scene.now}', 'sample']\nregexes = ['''^{scene.gone}''', '''{scene.left}''']\n"
    scene.repo.write(".gitleaks.toml", text)
    scene.repo.write(".gitallowed", f"{scene.right}\n")
    ran = scene.run("import", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    config = (scene.path / ".leakscan.yml").read_text()
    assert "sample" in config
    for secret in (scene.now, scene.left, scene.right):
        assert secret not in ran.out + config
    assert scene.scanned() == set()


def test_a_pack_of_rules_that_name_themselves_twice(scene: Scene) -> None:
    rule = "- {name: A, id: kingfisher.a.1, pattern: 'acme_([a-z]{12})', depends_on_rule: [{rule_id: kingfisher.a.1}]}\n"
    scene.repo.write("rules.yml", "rules:\n" + rule + rule)
    ran = scene.run("import", "rules.yml", "--from", "kingfisher", "--no-progress", "--write")
    assert ran.code == 0, ran.err
    assert "kingfisher.a-1-2" in (scene.path / ".leakscan-rules.yaml").read_text()
    assert scene.run("scan", "--no-progress").code == 1


def test_a_secret_that_a_tool_has_decoded_is_the_same(scene: Scene) -> None:
    value = fill("{alnum:24}", "db")
    scene.repo.write("url.py", f'db = "postgres://app:{value}%2FsE5@db.acme.example/shop"\n')
    scene.repo.commit("third")
    finding = {"RuleID": "db", "File": "url.py", "StartLine": 1, "Secret": f"{value}/sE5", "Match": "m"}
    (scene.path.parent / "report.json").write_text(json.dumps([finding | {"Commit": "", "EndLine": 1}]))
    ran = scene.run("import", "--no-progress", "--check", scene.path.parent / "report.json")
    assert "1 of leakscan's as well, 0 theirs alone" in ran.out, ran.out + ran.err
