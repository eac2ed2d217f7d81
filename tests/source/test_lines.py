"""Lines of an edited file, found again in the one that the user has."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from uncork.source.edit import Edit, Span
from uncork.source.file import SourceFile
from uncork.source.lines import add_imports, insert_before, insert_behind, line_before


def file_of(text: str) -> SourceFile:
    return SourceFile(PurePosixPath("server.py"), text.encode())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_line_of_the_edited_file_is_found_in_the_original(newline: str) -> None:
    file = file_of(newline.join(["one", "two", "  three", "four", ""]))
    edits = [
        insert_before(file, 1, "import a\nimport b\n"),
        Edit(file.line_span(2, 2), ""),
        insert_behind(file, 3, "def f():\n    two\n"),
    ]
    edited = file.edited(edits)
    shown = [edited.line(number).strip() for number in range(1, len(edited.lines) + 1)]
    assert shown == ["import a", "import b", "one", "three", "def f():", "two", "four"]
    assert [line_before(file, edits, number) for number in (3, 4, 7)] == [1, 3, 4]
    # What was put in has the line in front of which it stands.
    assert [line_before(file, edits, number) for number in (1, 2, 5)] == [1, 1, 4]


def test_a_line_that_was_moved_has_its_old_place() -> None:
    file = file_of("a = 1\nb = 2\nc = 3\n")
    edits = [Edit(Span(0, 0), "b = 2\n"), Edit(file.line_span(2, 2), "")]
    assert file.edited(edits).text == "b = 2\na = 1\nc = 3\n"
    assert [line_before(file, edits, number) for number in (1, 2, 3)] == [2, 1, 3]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import os\n"),
        ("# only\n", "# only\nimport os\n"),
        ("# c\nA = 1\n", "# c\nimport os\n\nA = 1\n"),
        ('"""d"""\nA = 1\n', '"""d"""\n\nimport os\n\nA = 1\n'),
        ('"""d"""\n\nA = 1\n', '"""d"""\n\nimport os\n\nA = 1\n'),
        ("#!x\n# coding: utf-8\nA = 1\n", "#!x\n# coding: utf-8\nimport os\n\nA = 1\n"),
        ("import abc\nimport sys\n", "import abc\nimport os\nimport sys\n"),
        ("import abc\n\nimport sys\n", "import abc\nimport os\n\nimport sys\n"),
        ("from flask import Flask\n", "import os\n\nfrom flask import Flask\n"),
        ("from pathlib import Path\n", "import os\nfrom pathlib import Path\n"),
        ("import os, sys\n", "import os, sys\n"),
        ("import os as o\n", "import os as o\nimport os\n"),
        (
            "from __future__ import annotations\n\nfrom flask import Flask\n",
            "from __future__ import annotations\n\nimport os\n\nfrom flask import Flask\n",
        ),
        (
            "try:\n    import x\nexcept E:\n    x = 1\n",
            "import os\n\ntry:\n    import x\nexcept E:\n    x = 1\n",
        ),
    ],
)
def test_an_import_joins_those_at_the_top(before: str, after: str) -> None:
    file = file_of(before)
    assert file.edited(add_imports(file, ["os"])).text == after
