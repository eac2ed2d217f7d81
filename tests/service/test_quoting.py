"""systemd's quoting, as text; the system tests read it back from a real systemd."""

from __future__ import annotations

import pytest

from uncork.errors import UsageError
from uncork.service.quoting import command_line, environment_file, path_item, plain


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("--limit", "--limit"),
        ("a b", '"a b"'),
        ("", '""'),
        ("$HOME", "$$HOME"),
        ("100%", "100%%"),
        ('say "hi"', '"say \\"hi\\""'),
        ("it's", '"it\'s"'),
        ("C:\\new", '"C:\\\\new"'),
        ("two\nlines", '"two\\nlines"'),
        ("\x01", '"\\x01"'),
        (";", '";"'),
        ("${A} %n", '"$${A} %%n"'),
        ("é", '"é"'),
    ],
)
def test_an_argument_means_itself(word: str, written: str) -> None:
    assert command_line(["/bin/echo", word]) == f"/bin/echo {written}"


def test_a_program_with_a_space_in_its_path_is_quoted() -> None:
    assert command_line(["/srv/my app/python"]) == '"/srv/my app/python"'


def test_a_program_with_a_dollar_sign_is_refused() -> None:
    with pytest.raises(UsageError, match="dollar sign"):
        command_line(["/srv/$app/python", "x"])


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        command_line(["/bin/echo", "\udcff"])


def test_a_path_in_a_list_is_one_item() -> None:
    assert path_item("/srv/my app 100%", "-") == '"-/srv/my app 100%%"'


def test_a_value_to_the_lines_end_is_not_quoted() -> None:
    assert plain("/srv/my $app 100%") == "/srv/my $app 100%%"


@pytest.mark.parametrize("value", [" /srv", "/srv ", "/srv\\", "/srv\nExecStart=/bin/evil"])
def test_a_value_that_would_not_survive_the_line_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="can't hold"):
        plain(value)


def test_a_setting_keeps_its_quotes_dollars_and_lines() -> None:
    text = environment_file({"FLASK_B": 'a "b" $c `d` \\e', "FLASK_A": "1\n2"})
    assert text == 'FLASK_A="1\n2"\nFLASK_B="a \\"b\\" \\$c \\`d\\` \\\\e"\n'
