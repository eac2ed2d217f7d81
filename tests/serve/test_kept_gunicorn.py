"""gunicorn started from code: its master, its workers, and what is off."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from tests.serve.kept_scripts import (
    GUNICORN,
    script,
    starter,
)
from tests.serve.test_notify import Manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.serve.conftest import Serve, Write
    from tests.serve.kept_scripts import Start

pytestmark = pytest.mark.process


@pytest.fixture
def start(serve: Serve, write: Write) -> Start:
    """Start a script in the environment that has the libraries."""
    return starter(serve, write)


@pytest.fixture
def let_go(tmp_path: Path) -> Callable[[], None]:
    """Let all views go that wait for the gate."""
    return (tmp_path / "gate").touch


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications."""
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


def test_gunicorn_is_ready_when_every_worker_has_loaded_the_app(
    start: Start, let_go: Callable[[], None], manager: Manager
) -> None:
    slow = GUNICORN.replace(
        "        return app\n",
        "        os.write(1, b'loading\\n')\n        wait_for_gate()\n        return app\n",
    )
    run = f"{slow}Standalone({{'bind': '%s:%d' % HERE, 'workers': 2}}).run()"
    server = start(script("gunicorn", run), env={"NOTIFY_SOCKET": manager.address})
    server.wait_for("loading", times=2)
    assert "uncork: serving" not in server.output
    let_go()
    assert "(gunicorn, 2 workers of class sync)" in server.wait_for("uncork: serving")
    assert manager.until("READY=1")
    assert server.get().text == "http False"
    assert server.stop() == 0


def test_gunicorns_reload_and_daemon_are_off(start: Start) -> None:
    run = (
        "from gunicorn.app.base import Application\n"
        f"{GUNICORN.replace('BaseApplication', 'Application')}"
        "Standalone({'bind': '%s:%d' % HERE, 'reload': True, 'daemon': True}).run()"
    )
    server = start(script("gunicorn", run))
    assert server.get().text == "http False"
    assert server.wait_for("reload: off in production").startswith("uncork: server.py:")
    assert server.wait_for("daemon: off").startswith("uncork: server.py:")
    assert server.stop() == 0


def test_gunicorn_reloads_on_sighup_and_goes_on_where_it_listens(start: Start) -> None:
    run = f"{GUNICORN}Standalone({{'bind': '%s:%d' % HERE, 'threads': 4}}).run()"
    server = start(script("gunicorn", run), "--port", "0")
    assert server.get().status == 200
    server.send(signal.SIGHUP)
    server.wait_for("Booting worker", times=2)
    server.wait_for("Worker exiting")
    assert server.get().text == "http False"
    assert server.stop() == 0


@pytest.mark.parametrize(
    "kind", ["gevent", "gunicorn.workers.ggevent.GeventPyWSGIWorker", "tornado"]
)
def test_gunicorns_workers_of_the_same_libraries_are_left_alone(start: Start, kind: str) -> None:
    run = f"{GUNICORN}Standalone({{'bind': '%s:%d' % HERE, 'worker_class': {kind!r}}}).run()"
    server = start(script("gunicorn", run), "--port", "0")
    assert server.get().text == "http False"
    assert len([line for line in server.lines if "uncork: serving" in line]) == 1
    assert server.stop() == 0


def test_gunicorns_application_that_can_not_be_loaded_ends_with_its_status(start: Start) -> None:
    slow = GUNICORN.replace("        return app\n", "        raise RuntimeError('on purpose')\n")
    server = start(script("gunicorn", f"{slow}Standalone({{'bind': '%s:%d' % HERE}}).run()"))
    assert server.wait() == 3
    assert "uncork: serving" not in server.output
