"""What is one service's alone to know is told to nobody else."""

import pytest
from flowctl.cluster.environment import PRIVATE, handed_on, of_a_service

GIVEN = {"SMTP_HOST": "mail.example", "SMTP_PASSWORD": "correct horse", "SMTP_PASSWORD_FILE": "/run/smtp"}


def test_a_service_is_told_what_is_nobodys_secret() -> None:
    told = of_a_service(GIVEN, {})
    assert told["SMTP_HOST"] == "mail.example"
    assert not {"SMTP_PASSWORD", "SMTP_PASSWORD_FILE"} & told.keys()


@pytest.mark.parametrize("variable", PRIVATE)
def test_a_secret_is_withheld_however_it_is_given(variable: str) -> None:
    assert not {variable, f"{variable}_FILE"} & of_a_service({variable: "x", f"{variable}_FILE": "y"}, {}).keys()


def test_whoever_may_know_it_is_told_it_as_it_was_given() -> None:
    handed = handed_on("SMTP_PASSWORD", GIVEN)
    assert handed == {"SMTP_PASSWORD": "correct horse", "SMTP_PASSWORD_FILE": "/run/smtp"}
    assert of_a_service(GIVEN, handed)["SMTP_PASSWORD"] == "correct horse"
    assert handed_on("SMTP_PASSWORD", {"SMTP_PASSWORD": ""}) == {}
