"""Settings of signing in: a provider that is half set up stops the server, with the reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from portal.home import FILE_NAME
from portal.settings import SettingsRefused, load_settings

WHOLE = {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "guildmark", "OIDC_CLIENT_SECRET": "hidden"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID: String should have at least 1 character"),
        ({"OIDC_ISSUER": None}, "oidc_client_id is set, but not oidc_issuer"),
        ({"OIDC_CLIENT_ID": None}, "oidc_issuer is set, but not oidc_client_id"),
        ({"OIDC_CLIENT_SECRET": None}, "are both missing"),
        ({"OIDC_CLIENT_SECRET_FILE": "f"}, "are both set; remove one"),
        ({"OIDC_SCOPES": "email, profile"}, "oidc_scopes does not hold openid"),
        ({"OIDC_ISSUER": "login.example"}, "is no address of a provider"),
        ({"OIDC_ISSUER": "https://login.example?x=1"}, "is no address of a provider"),
        ({"OIDC_ISSUER": "https://me@login.example"}, "is no address of a provider"),
        ({"OIDC_ISSUER": "http://login.example"}, "name http://login.example in allowed_origins"),
        ({"OIDC_ROLES": "staff=king"}, "Input should be 'admin', 'auditor' or 'assessor'"),
        ({"SIGN_IN_BY_MAIL": "true"}, "no mail can be sent; set smtp_host"),
        ({"SESSION_IDLE": "8 hours", "SESSION_LONGEST": "1 hour"}, "session_idle is longer than session_longest"),
        ({"SESSION_IDLE": "a while"}, "is no length of a session; write one such as 30 minutes"),
        ({"SESSION_LONGEST": "91 days"}, "at most 90 days"),
    ],
    ids=str,
)
def test_what_is_half_set_up_is_refused(tmp_path: Path, changes: dict[str, str | None], sentence: str) -> None:
    given = {f"GUILDMARK_{name}": value for name, value in (WHOLE | changes).items() if value is not None}
    with pytest.raises(SettingsRefused) as refused:
        load_settings(tmp_path, given)
    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_provider_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / FILE_NAME).write_text(
        'oidc_issuer = "http://localhost:4444"\noidc_client_id = "g"\noidc_client_secret_file = "secret"\n'
        'session_idle = "30 minutes"\nsession_longest = "1 day"\n[oidc_roles]\n"Badge = Admins" = "admin"\n'
    )
    settings = load_settings(tmp_path, {})
    assert (settings.oidc_secret, settings.oidc_roles) == ("hidden", {"Badge = Admins": "admin"})
    assert (settings.session_idle, settings.session_longest) == (timedelta(minutes=30), timedelta(days=1))
    assert not settings.mails_links
    internal = {f"GUILDMARK_{k}": v for k, v in WHOLE.items()}
    internal |= {"GUILDMARK_OIDC_ISSUER": "http://sso:8080/realms/a", "GUILDMARK_ALLOWED_ORIGINS": "http://sso:8080"}
    assert load_settings(tmp_path / "none", internal).oidc_issuer == "http://sso:8080/realms/a"


def test_links_are_mailed_where_mail_is_set_and_no_provider(tmp_path: Path) -> None:
    mail = {"GUILDMARK_SMTP_HOST": "localhost", "GUILDMARK_MAIL_FROM": "a@b.example"}
    provider = {f"GUILDMARK_{name}": value for name, value in WHOLE.items()}
    assert not load_settings(tmp_path, {}).mails_links
    assert load_settings(tmp_path, mail).mails_links
    assert not load_settings(tmp_path, mail | provider).mails_links
    assert load_settings(tmp_path, mail | provider | {"GUILDMARK_SIGN_IN_BY_MAIL": "true"}).mails_links
    assert not load_settings(tmp_path, mail | {"GUILDMARK_SIGN_IN_BY_MAIL": "false"}).mails_links
