"""State that requests change, threads and schedulers: found, and told from what is harmless."""

from __future__ import annotations

import pytest
from tests.checks.scripts import GUARD, HEAD, RUN, messages, places

ROUTE = "@app.route('/')\n"


@pytest.mark.parametrize(
    ("state", "view"),
    [
        ("hits = 0", "def index():\n    global hits\n    hits += 1\n"),
        ("hits = {}", "def index():\n    hits['x'] = 1\n"),
        ("hits = {}", "def index():\n    hits['x']['y'] += 1\n"),
        ("hits = {}", "def index():\n    del hits['x']\n"),
        ("hits = []", "def index():\n    hits.append(1)\n"),
        ("hits: list = []", "def index():\n    hits.append(1)\n"),
        ("from collections import deque\nhits = deque()", "def index():\n    hits.append(1)\n"),
        ("import queue\nhits = queue.Queue()", "def index():\n    hits.put(1)\n"),
        ("class S: pass\nhits = S()", "def index():\n    hits.number = 1\n"),
    ],
)
def test_what_a_view_changes_for_all_requests_is_found(state: str, view: str) -> None:
    found = messages("UNC113", HEAD + state + "\n" + ROUTE + view + RUN)
    assert len(found) == 1
    assert found[0].startswith("index() changes hits")


@pytest.mark.parametrize(
    ("state", "view"),
    [
        ("hits = {}", "def index():\n    hits = {}\n    hits['x'] = 1\n"),
        ("hits = {}", "def index(hits):\n    hits['x'] = 1\n"),
        ("hits = {}", "def index():\n    return hits['x']\n"),
        ("hits = None", "def index():\n    global hits\n    if hits is None:\n        hits = 1\n"),
        ("hits = {}", "def index():\n    if 'x' not in hits:\n        hits['x'] = 1\n"),
        ("hits = connect()", "def index():\n    hits.add(1)\n"),
        ("from flask import session", "def index():\n    session['x'] = 1\n"),
        ("from flask import g", "def index():\n    g.user = 1\n"),
    ],
)
def test_what_belongs_to_one_request_or_is_a_cache_is_not(state: str, view: str) -> None:
    assert messages("UNC113", HEAD + state + "\n" + ROUTE + view + RUN) == []


def test_a_function_that_no_request_calls_may_change_state() -> None:
    script = HEAD + "hits = []\n\ndef fill():\n    hits.append(1)\n\nfill()\n" + RUN
    assert messages("UNC113", script) == []


def test_state_is_found_in_functions_that_views_call_and_told_once() -> None:
    script = (
        HEAD
        + "hits = []\n\ndef count():\n    hits.append(1)\n\n"
        + ROUTE
        + "def index():\n    count()\n    hits.append(2)\n\n"
        + RUN
    )
    assert places(script)["UNC113"] == ["server.py:9"]


@pytest.mark.parametrize(
    ("imported", "change"),
    [
        ("import state", "state.hits += 1"),
        ("import state", "state.names.append(1)"),
        ("from state import names", "names.append(1)"),
    ],
)
def test_state_of_another_module_of_the_project_is_found(imported: str, change: str) -> None:
    view = f"{ROUTE}def index():\n    {change}\n\n"
    script = f"{imported}\n{HEAD}{view}{RUN}"
    assert len(messages("UNC113", script, {"state.py": "hits = 0\nnames = []\n"})) == 1
    assert messages("UNC113", script, {"other.py": ""}) == []


@pytest.mark.parametrize(
    "view",
    [
        "class V(MethodView):\n    def get(self):\n        hits.append(1)\n",
        "def index():\n    hits.append(1)\n\napp.add_url_rule('/', view_func=index)\n",
        "@app.before_request\ndef count():\n    hits.append(1)\n",
        "@socketio.on('join')\ndef join():\n    hits.append(1)\n",
        "@app.get('/')\nasync def index():\n    hits.append(1)\n",
    ],
)
def test_every_kind_of_request_handler_counts(view: str) -> None:
    assert len(messages("UNC113", HEAD + "hits = []\n\n" + view + RUN)) == 1


def test_a_thread_that_is_started_with_the_app_is_found() -> None:
    work = "import threading\n\nthreading.Thread(target=print).start()\n"
    assert len(messages("UNC114", HEAD + work + RUN)) == 1
    main = GUARD + "    threading.Thread(target=app.work).start()\n    app.run()\n"
    assert len(messages("UNC114", HEAD + "import threading\n" + main)) == 1


def test_a_thread_of_a_request_and_one_for_the_browser_are_none_of_the_server() -> None:
    view = "import threading\n\n" + ROUTE + "def index():\n    threading.Thread(target=print)\n\n"
    assert messages("UNC114", HEAD + view + RUN) == []
    browser = "    threading.Timer(1, webbrowser.open, ['http://x']).start()\n    app.run()\n"
    script = HEAD + "import threading\nimport webbrowser\n\n" + GUARD + browser
    assert messages("UNC114", script) == []


@pytest.mark.parametrize(
    "scheduler",
    [
        "import apscheduler.schedulers.background as aps\njobs = aps.BackgroundScheduler()\n",
        "from flask_apscheduler import APScheduler\njobs = APScheduler()\n",
        "import schedule\nschedule.run_pending()\n",
    ],
)
def test_a_scheduler_inside_the_app_is_found(scheduler: str) -> None:
    assert len(messages("UNC115", HEAD + scheduler + RUN)) == 1
