"""What the path of a finding says about it."""

from __future__ import annotations

import pytest

from leakscan.filters.places import reason
from leakscan.model.rule import Rule


def rule(*, generic: bool = False, paths: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Rule:
    return Rule(
        id="a.b", name="", description="", severity="low", confidence="low", pattern="x", generic=generic, paths=paths,
        exclude_paths=exclude,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "path", "stands"),
    [
        (rule(), b"a/b.py", True),
        (rule(), None, True),
        (rule(paths=("*.ini",)), b"a/b.ini", True),
        (rule(paths=("*.ini",)), b"a/b.py", False),
        (rule(paths=("*.ini",)), None, False),
        (rule(exclude=("test/",)), b"test/b.py", False),
        (rule(generic=True), b"sub/.secrets.baseline", False),
        (rule(generic=True), b".gitleaksignore", False),
        (rule(generic=True), b"gitleaksignore", True),
        (rule(), b".secrets.baseline", True),
    ],
)
def test_places(of: Rule, path: bytes | None, stands: bool) -> None:
    assert (reason(of, path, b"x") is None) == stands


GUESS = Rule(
    id="generic.password", name="", description="", severity="low", confidence="low", pattern="x", generic=True
)  # fmt: skip


@pytest.mark.parametrize(
    ("id", "path", "secret", "stands"),
    [
        ("generic.password", b"web/public/locales/pl/translation.json", "Zmień hasło", False),
        ("generic.password", b"web/public/locales/pl/translation.json", "hunter2", True),
        ("generic.password", b"config/locales/en.yml", "Password", False),
        ("generic.password", b"src/i18n/de.ts", "Passwort ändern", False),
        ("generic.password", b"po/fr.po", "Mot de passe", False),
        ("generic.password", b"res/values-pt-rBR/strings.xml", "Nova senha", False),
        ("generic.password", b"ios/pl.lproj/Localizable.strings", "Nowe hasło", False),
        ("generic.password", b"src/main/resources/messages_fi.properties", "Uusi salasana", False),
        ("generic.password", b"messages_de.properties", "Neues Passwort", False),
        ("generic.password", b"locales/.po", "changeme", True),
        ("generic.password", b"src/main/resources/application_dev.properties", "changeme", True),
        ("generic.password", b"locales.json", "changeme", True),
        ("generic.password", b"config/en.yml", "changeme", True),
        ("url.userinfo", b"config/locales/en.yml", "changeme", True),
        ("entropy.hex", b"a/package-lock.json", "0badcafe", False),
        ("generic.password", b"pnpm-lock.yaml", "1.1.16", False),
        ("generic.token", b"yarn.lock", "whatever", True),
        ("url.userinfo", b"yarn.lock", "whatever", True),
        ("generic.password", b"lock.yaml", "whatever", True),
    ],
)
def test_what_a_guess_is_worth(id: str, path: bytes, secret: str, stands: bool) -> None:
    assert (reason(GUESS._replace(id=id), path, secret.encode()) is None) == stands
