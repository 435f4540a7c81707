"""Commands that need no server."""

import re
import sys

import jwt
import pytest

from app.cli import main
from app.cli.output import progress

SECRET = "a-secret-for-tests-that-opens-nothing-else"
ACCOUNT = "00000000000000000000000a"


def laurel(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["laurel", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.fixture
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_JWT_SECRET", SECRET)


def claims(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    last = capsys.readouterr().out.splitlines()[-1]
    decoded: dict[str, object] = jwt.decode(last, SECRET, ["HS256"], audience="laurel")
    return decoded


@pytest.mark.usefixtures("_secret")
def test_a_players_token_names_the_account(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laurel(monkeypatch, "token", "player", ACCOUNT)

    shown = claims(capsys)
    assert (shown["sub"], shown["role"]) == (ACCOUNT, "player")


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("role", ["admin", "service"])
def test_other_tokens_name_their_role(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], role: str
) -> None:
    laurel(monkeypatch, "token", role)

    assert claims(capsys)["role"] == role


@pytest.mark.usefixtures("_secret")
def test_a_token_lives_as_long_as_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laurel(monkeypatch, "token", "admin", "--ttl", "90")

    shown = claims(capsys)
    assert int(str(shown["exp"])) - int(str(shown["iat"])) == 90


@pytest.mark.usefixtures("_secret")
def test_what_is_no_account_gets_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert laurel(monkeypatch, "token", "player", "ann") == 2


def test_without_a_secret_there_is_no_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = laurel(monkeypatch, "token", "admin")

    assert (code, capsys.readouterr().err.count("\n")) == (2, 1)


def test_a_directory_without_a_world_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    code = laurel(monkeypatch, "token", "admin", "--data-dir", str(tmp_path))

    assert (code, capsys.readouterr().err) == (
        1,
        f"laurel: {tmp_path} is not the data directory of a laurel dev\n",
    )


@pytest.mark.parametrize("command", ["api", "worker", "doctor"])
def test_missing_settings_are_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    laurel(monkeypatch, command)

    printed = "".join(capsys.readouterr())
    assert printed.count("\n") == 1
    assert re.search("LAUREL_MONGODB_URI is missing; LAUREL_REDIS_URL is missing", printed)


def test_progress_without_a_terminal_is_a_line_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("scores", 100) as advance:
        for _ in range(100):
            advance(1)

    assert len(capsys.readouterr().err.splitlines()) == 10
