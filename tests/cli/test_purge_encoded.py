"""A finding whose secret never stands as it is in a file: the plan takes out the encoded text."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import encode
from gitrepo import GitRepo
from runner import leakscan

from leakscan.rulepack.template import fill

TEXTS = {
    "base64": 'key = "<<base64 a token {github-token:ghp_} here>>"\n',
    "base64+base64+gzip": 'kind: Secret\ndata:\n  release: <<base64 <<gzip {"token": "{github-token:ghp_}"}>>>>\n',
    "concatenation": 'const é = "<<cut " + " {github-token:ghp_}>>";\n',
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_plan_replaces_what_is_encoded(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("a.txt", encode(fill(TEXTS[encoding], encoding)).encode())
    repo.commit("add")
    monkeypatch.chdir(repo.path)
    (finding,) = leakscan("scan", "--history", "--format", "json").json["findings"]
    assert {place["encoding"] for place in finding["places"]} == {encoding}
    planned = leakscan("purge", "plan", "--finding", finding["fingerprint"], "--json")
    assert planned.code == 0, planned.err
    assert planned.json["empty"] is False
    assert sum(sum(secret["homes"].values()) for secret in planned.json["secrets"]) >= 1
