"""Variables of the environment set what pib.toml sets, go before it, and are refused where they mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config.settings import Settings, read_settings
from pipelines.errors import BadSettings

FILE = """
sender = "pib@file.example"
countries = ["BEL"]
[smtp]
host = "smtp.file.example"
port = 25
"""


def read(folder: Path, environment: dict[str, str], written: str = FILE) -> Settings:
    path = folder / "pib.toml"
    path.write_text(written, encoding="utf-8")
    return read_settings(path, environment)


def test_a_variable_goes_before_the_file_key_by_key(tmp_path: Path) -> None:
    environment = {"PIB_SENDER": "pib@variable.example", "PIB_COUNTRIES": "FRA, LUX", "PIB_SMTP_PORT": "587"}
    settings = read(tmp_path, environment)
    assert (settings.sender, settings.countries) == ("pib@variable.example", ("FRA", "LUX"))
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port) == ("smtp.file.example", 587)


def test_without_a_file_variables_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {
        "PIB_DATA": str(tmp_path / "data"),
        "PIB_RESULTS_NIGHTS": "14",
        "PIB_SMTP_HOST": "smtp.variable.example",
        "PIB_SMTP_USER": "pib",
        "PIB_SMTP_PASSWORD": "invented",
        "PIB_ALERTS_MAIL": "operator@cluster.example",
    }
    settings = read_settings(None, environment)
    assert (settings.folder, settings.results_nights) == (tmp_path / "data", 14)
    assert settings.smtp is not None
    assert (settings.smtp.user, settings.smtp.password) == ("pib", "invented")
    assert settings.alerts is not None
    assert settings.alerts.mail == "operator@cluster.example"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PIB_COUNTRYS", "BEL", "PIB_COUNTRYS sets nothing"),
        ("PIB_SMTP_HOTS", "smtp.example", "PIB_SMTP_HOTS sets nothing"),
        ("PIB_SMTP_PORT", "many", "'many'; write a whole number"),
        ("PIB_COUNTRIES", "Belgium", "'Belgium' is no ISO 3166-1"),
        ("PIB_SENDER", "nobody", "'nobody' is no mail address"),
        ("PIB_SOURCES", "eu_ted", "a setting of one cluster"),
    ],
)
def test_what_means_nothing_or_is_impossible_is_refused(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        read(tmp_path, {name: value})


def test_variables_that_are_no_settings_stay_what_they_are(tmp_path: Path) -> None:
    environment = {"PIB_LOG": "json", "PIB_CLUSTER": "north", "PIB_SMTP_PASSWORD_NORTH": "invented", "OTHER": "x"}
    assert read(tmp_path, environment) == read(tmp_path, {})
