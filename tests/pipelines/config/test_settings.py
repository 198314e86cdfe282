"""pib.toml: every value is checked when it is read, and the sentence names the key and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config.settings import Settings, read_settings
from pipelines.errors import BadSettings

SMTP = '[smtp]\nhost = "127.0.0.1"\n'


def read(folder: Path, written: str, environment: dict[str, str] | None = None) -> Settings:
    path = folder / "pib.toml"
    path.write_text(written, encoding="utf-8")
    return read_settings(path, environment or {})


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('countries = ["BE", "FR"]', "countries: 'BE' is no ISO 3166-1 alpha-3 code"),
        ("countries = [1]", "countries must be a list of texts"),
        ('sender = "not an address"', "sender 'not an address' is no mail address"),
        ('sender = "pib@a.example\\nBcc: b@c.example"', "is no mail address"),
        ('reply_to = "team@"', "reply_to 'team@' is no mail address"),
        ('list_id = "<digest>"', "list_id '<digest>' is no name of a list"),
        ('contact = "us"', "contact 'us' is neither a web address nor a mail address"),
        ('[smtp]\nhost = ""', r"\[smtp\] host '' is no name of a server"),
        (f"{SMTP}port = 0", r"\[smtp\] port 0 is none"),
        (f"{SMTP}port = true", r"port must be int, not bool"),
        (f'{SMTP}security = "ssl"', "security 'ssl' is none of none, starttls, tls"),
        (f"{SMTP}per_minute = -1", "per_minute -1 is negative"),
        (f'{SMTP}user = "pib"', r"\[smtp\] names a user, but .* PIB_SMTP_PASSWORD is not set"),
        ('[bounces]\nhost = "a.example"\nuser = "b"', "PIB_IMAP_PASSWORD is not set"),
        ('[dkim]\nselector = "a"', r"\[dkim\] lacks key"),
        ('smtp = "a.example"', "smtp must be a table"),
        ("countries = 3", "countries must be list, not int"),
        ("data = 3", "data must be str, not int"),
        ("sender = 3", "sender must be str, not int"),
        (f'{SMTP}hots = "b"', "'hots' is not a setting; known are host, port"),
        (f'{SMTP}password = "b"', "'password' is not a setting; it comes from PIB_SMTP_PASSWORD"),
        ('sender_name = "PIB\\nBcc: b@c.example"', "sender_name .* holds a line end or another control character"),
        ("portals = ", "is not TOML"),
    ],
)
def test_a_value_that_cannot_be_is_refused_when_read(tmp_path: Path, written: str, sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        read(tmp_path, written)


def test_values_that_can_be_are_kept(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        f'countries = ["BEL"]\ncontact = "https://a.example/pib"\n{SMTP}user = "pib"\nsecurity = "none"',
        {"PIB_SMTP_PASSWORD": "invented"},
    )
    assert settings.countries == ("BEL",)
    assert settings.smtp is not None
    assert (settings.smtp.user, settings.smtp.password) == ("pib", "invented")


def test_the_password_is_in_no_description_of_the_settings(tmp_path: Path) -> None:
    settings = read(tmp_path, f'{SMTP}user = "pib"', {"PIB_SMTP_PASSWORD": "invented"})
    assert "invented" not in repr(settings)


def test_no_variable_of_another_name_changes_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTALS", "live")
    monkeypatch.setenv("SENDER", "other@cluster.example")
    assert read(tmp_path, 'list_id = "a.example"').portals == Settings().portals == "embedded"
    assert Settings().sender == "pib@cluster.example"


def test_settings_changed_by_an_option_are_checked_anew() -> None:
    assert Settings().changed(portals="live").is_live
    with pytest.raises(BadSettings, match="portals 'dead' is none of"):
        Settings().changed(portals="dead")


@pytest.mark.parametrize("case", ["countries-alpha2", "sender-none", "smtp-user-without-password"])
def test_the_shared_cases_of_wrong_settings_are_refused(shared: Path, case: str) -> None:
    with pytest.raises(BadSettings):
        read_settings(shared / "cases" / "outputs" / f"{case}.toml", {})
