"""``# uncork: ignore[CODE]``: what it hides, and what is said about one that hides nothing."""

from __future__ import annotations

import pytest
from tests.checks.scripts import GUARD, HEAD, RUN, messages, places

DEBUG = HEAD + GUARD + "    app.run(debug=True, host='0.0.0.0'){}\n"


def test_a_finding_on_the_comments_line_is_hidden() -> None:
    before = places(DEBUG.format(""))
    after = places(DEBUG.format("  # uncork: ignore[UNC107]"))
    assert before["UNC107"] == ["server.py:7"]
    assert "UNC107" not in after
    assert after["UNC108"] == before["UNC108"]


@pytest.mark.parametrize(
    "comment",
    [
        "# uncork: ignore[UNC107, UNC108]",
        "# uncork: ignore[unc107,unc108]",
        "#uncork:ignore[UNC107,UNC108] - only at home",
        "# behind a firewall  # uncork: ignore[UNC107, UNC108]",
    ],
)
def test_several_codes_and_a_reason_may_stand_in_it(comment: str) -> None:
    found = places(DEBUG.format(f"  {comment}"))
    assert found.keys().isdisjoint({"UNC107", "UNC108", "UNC124", "UNC125"})


def test_a_comment_on_another_line_hides_nothing_and_is_stale() -> None:
    script = HEAD + "# uncork: ignore[UNC107]\n" + GUARD + "    app.run(debug=True)\n"
    found = places(script)
    assert found["UNC107"] == ["server.py:8"]
    assert found["UNC124"] == ["server.py:6"]


def test_a_code_that_is_not_found_there_is_stale() -> None:
    script = DEBUG.format("  # uncork: ignore[UNC107, UNC109]")
    assert messages("UNC124", script) == ["UNC109 is not found here"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ("[UNC999]", "there is no diagnostic UNC999"),
        ("[debug-mode]", "there is no diagnostic DEBUG-MODE"),
        ("[UNC202]", "UNC202 is no finding of check"),
        ("[]", "the comment names no code"),
        ("", "the comment names no code"),
    ],
)
def test_what_a_comment_can_not_ignore_is_said(codes: str, message: str) -> None:
    script = DEBUG.format(f"  # uncork: ignore{codes}")
    assert messages("UNC125", script) == [message]
    assert "UNC107" in places(script)


def test_what_blocks_a_migration_is_never_hidden() -> None:
    run = "    app.run()\n    app.run()  # uncork: ignore[UNC202]\n"
    assert "UNC202" in places(HEAD + GUARD + run)


def test_text_in_a_string_is_no_comment() -> None:
    script = HEAD + "HELP = '# uncork: ignore[UNC999]'\n" + RUN
    assert "UNC125" not in places(script)


def test_comments_of_other_files_of_the_app_count() -> None:
    views = "open('a.txt')  # uncork: ignore[UNC116]\nopen('b.txt')  # uncork: ignore[UNC117]\n"
    found = places("import views\n" + HEAD + RUN, {"views.py": views})
    assert found["UNC116"] == ["views.py:2"]
    assert found["UNC124"] == ["views.py:2"]
