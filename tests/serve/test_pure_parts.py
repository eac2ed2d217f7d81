"""What decides without touching anything: steps of a drain, traces of a reloader, hooks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from uncork.serve.drain import Drain, Step
from uncork.serve.imports import ImportHooks
from uncork.serve.reloader import Branches, branches_of, uses_reloader

if TYPE_CHECKING:
    from types import ModuleType

    from tests.serve.conftest import Write


@pytest.mark.parametrize(
    ("now", "pending", "cut", "step"),
    [
        (0.0, 0, False, Step.DONE),
        (99.0, 0, True, Step.DONE),
        (0.5, 1, False, Step.WAIT),
        (2.0, 1, False, Step.CLOSE_IDLE),
        (0.5, 1, True, Step.CUT),
        (30.0, 1, False, Step.CUT),
    ],
)
def test_a_drain_closes_idle_connections_after_its_grace_and_all_at_its_limit(
    now: float, pending: int, cut: bool, step: Step
) -> None:
    drain = Drain(started=0.0, timeout=30.0, grace=2.0)
    assert drain.next_step(now, pending=pending, cut=cut) is step


@pytest.mark.parametrize(
    ("now", "wait"), [(0.0, 0.1), (1.95, 0.05), (2.0, 0.1), (29.99, 0.01), (31, 0.1)]
)
def test_a_drain_looks_again_in_time_for_its_next_step(now: float, wait: float) -> None:
    drain = Drain(started=0.0, timeout=30.0, grace=2.0)
    assert drain.wait(now) == pytest.approx(wait)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("app.run()", False),
        ("app.run(debug=True)", True),
        ("app.run('h', 1, True)", True),
        ("app.run('h', 1, False)\napp.debug = True", False),
        ("app.run(debug=True, use_reloader=False)", False),
        ("app.run(use_reloader=True)", True),
        ("app.run(debug=args.debug)", False),
        ("DEBUG = True\napp.run(debug=DEBUG)", True),
        ("app.debug = True\napp.run()", True),
        ("app.config['DEBUG'] = True\napp.run()", True),
        ("app.debug = True\napp.run(debug=False)", False),
        ("def main():\n    app.run(debug=True)", True),
        ("dash.run_server(debug=True)", True),
        ("run_simple('h', 1, app, True)", True),
        ("run_simple('h', 1, app, use_reloader=True)", True),
        ("run_simple('h', 1, app, use_debugger=True)", False),
        ("serving.run_simple('h', 1, app)\napp.debug = True", False),
        ("serve(app, debug=True)", False),
        ("app.run(debug=True", False),
        ("app.run(debug=True)\nsubprocess.run(['x'])\nscheduler.run()", True),
        ("app.run(debug=True)\napp.run(port=1)", False),
        ("if a:\n    app.run(debug=True)\nelse:\n    serve(app)", False),
        ("try:\n    serve(app)\nexcept ImportError:\n    app.run(debug=True)", False),
        ("if __name__ == '__main__':\n    app.run(debug=True)", True),
        ("DEBUG = True\nDEBUG = args.debug\napp.run(debug=DEBUG)", False),
        ("if a:\n    DEBUG = True\napp.run(debug=DEBUG)", False),
        ("if a:\n    app.debug = True\napp.run()", False),
        ("app.run(**settings)\napp.debug = False", False),
    ],
)
def test_a_scripts_run_call_says_whether_it_would_have_reloaded(
    source: str, expected: bool
) -> None:
    assert uses_reloader(source.encode(), {}) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if os.environ.get('WERKZEUG_RUN_MAIN') == 'true':\n    work()", Branches.CHILD),
        ("if os.environ['WERKZEUG_RUN_MAIN'] == 'TRUE':\n    work()", Branches.CHILD),
        (
            "if not app.debug or os.getenv('WERKZEUG_RUN_MAIN') == 'true':\n    work()",
            Branches.CHILD,
        ),
        ("if 'WERKZEUG_RUN_MAIN' in os.environ:\n    work()", Branches.CHILD),
        ("if os.getenv('WERKZEUG_RUN_MAIN') is not None:\n    work()", Branches.CHILD),
        ("if os.getenv('WERKZEUG_RUN_MAIN'):\n    work()", Branches.CHILD),
        ("if is_running_from_reloader():\n    work()", Branches.CHILD),
        ("is_child = serving.is_running_from_reloader()", Branches.CHILD),
        ("if os.getenv('WERKZEUG_RUN_MAIN', 'false') == 'false':\n    work()", Branches.PARENT),
        ("if os.environ.get('WERKZEUG_RUN_MAIN') != 'true':\n    work()", Branches.PARENT),
        ("if not os.environ.get('WERKZEUG_RUN_MAIN'):\n    work()", Branches.PARENT),
        ("if not is_running_from_reloader():\n    work()", Branches.PARENT),
        ("if os.getenv('WERKZEUG_RUN_MAIN') is None:\n    work()", Branches.PARENT),
        ("if 'WERKZEUG_RUN_MAIN' not in os.environ:\n    work()", Branches.PARENT),
        ("if not (os.getenv('WERKZEUG_RUN_MAIN') == 'true'):\n    work()", Branches.PARENT),
        (
            "if not is_running_from_reloader():\n    work()\nelse:\n    more()",
            Branches.CHILD | Branches.PARENT,
        ),
        ("# WERKZEUG_RUN_MAIN", Branches.NONE),
        ("if os.getenv('WERKZEUG_RUN_MAIN'", Branches.NONE),
        ("work()", Branches.NONE),
    ],
)
def test_a_source_says_in_which_of_the_reloaders_processes_it_works(
    source: str, expected: Branches
) -> None:
    assert branches_of(source.encode()) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("app.run()", True),
        ("app.run(debug=False)", False),
        ("app.run(use_reloader=False)", False),
        ("pass", False),
    ],
)
def test_flask_debug_turns_the_reloader_on_as_in_flask(source: str, expected: bool) -> None:
    assert uses_reloader(source.encode(), {"FLASK_DEBUG": "1"}) is expected
    assert uses_reloader(source.encode(), {"FLASK_DEBUG": "0"}) is False


def test_a_hook_runs_before_anyone_takes_a_name_from_the_module(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    write("def run():\n    return 'original'\n", "hooked_library.py")
    write("from hooked_library import run\n", "hooked_user.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    calls = []

    def hook(module: ModuleType) -> None:
        calls.append(module.__name__)
        module.run = lambda: "replaced"  # type: ignore[attr-defined]

    ImportHooks({"hooked_library": hook}).install()
    try:
        import hooked_user  # type: ignore[import-not-found] # noqa: PLC0415 - written just now

        assert hooked_user.run() == "replaced"
        assert calls == ["hooked_library"]
        loader = sys.modules["hooked_library"].__loader__
        assert "exec_module" not in vars(loader)
    finally:
        for name in ("hooked_user", "hooked_library"):
            sys.modules.pop(name, None)
