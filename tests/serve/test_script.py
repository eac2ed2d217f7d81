"""A script can't tell that it was not started by python."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

SELF_PORTRAIT = '''
    """A script that says what it sees."""
    import sys, json
    skipped = {"sys", "json", "skipped", "seen"}
    seen = {name: repr(value) for name, value in globals().items() if name not in skipped}
    seen["__loader__"] = [type(__loader__).__name__, __loader__.name, __loader__.path]
    seen["argv"] = sys.argv
    seen["path"] = sys.path
    seen["code"] = sys._getframe().f_code.co_filename
    seen["module"] = sys.modules["__main__"].__dict__ is globals()
    print(json.dumps(seen, sort_keys=True))
'''


def run_both(
    serve: Serve, tmp_path: Path, env: dict[str, str], *arguments: str
) -> tuple[subprocess.CompletedProcess[str], tuple[int, list[str]]]:
    """What python says to a script and its arguments, and what uncork.serve does."""
    plain = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    server = serve(arguments[0], "--", *arguments[1:])
    return plain, (server.wait(), server.lines)


@pytest.mark.parametrize("script", ["who.py", "./who.py", "sub/link.py", "absolute"])
def test_it_sees_what_python_would_show_it(
    serve: Serve, write: Write, tmp_path: Path, clean_env: dict[str, str], script: str
) -> None:
    write(SELF_PORTRAIT, "who.py")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link.py").symlink_to("../who.py")
    script = str(tmp_path / "who.py") if script == "absolute" else script
    plain, (_, lines) = run_both(serve, tmp_path, clean_env, script, "-x", "--", "a b")
    assert plain.stdout.splitlines()[0] in lines


def test_pickles_of_its_classes_work(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import pickle
            from flask import Flask

            app = Flask(__name__)

            class Model:
                def __init__(self, word):
                    self.word = word

            @app.route("/")
            def index():
                return pickle.loads(stored).word + " " + Model.__module__

            stored = pickle.dumps(Model("kept"))
            if __name__ == "__main__":
                app.run(port=0)
        """)
    )
    assert server.get().text == "kept __main__"


def test_pickles_work_in_threads_that_outlive_the_main_thread(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import pickle, threading
            from flask import Flask

            app = Flask(__name__)

            class Model:
                word = "kept"

            @app.route("/")
            def index():
                return pickle.loads(pickle.dumps(Model())).word

            threading.Thread(target=app.run, kwargs={"port": 0}).start()
            print("the end")
        """)
    )
    server.wait_for("the end")
    assert server.get().text == "kept"


def test_children_that_multiprocessing_spawns_find_its_functions(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write("""
            import multiprocessing
            from flask import Flask

            app = Flask(__name__)

            def double(number):
                return number * 2

            @app.route("/")
            def index():
                return str(pool.map(double, [1, 2, 3]))

            if __name__ == "__main__":
                pool = multiprocessing.get_context("spawn").Pool(1)
                app.run(port=0)
                pool.close()
                pool.join()
        """)
    )
    assert server.get().text == "[2, 4, 6]"
    assert server.stop() == 0


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise ValueError('no')\nf()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('x') from e\n",
        "import sys\nsys.exit(3)\n",
        "import sys\nsys.exit('a reason')\n",
        (
            "import argparse\np = argparse.ArgumentParser()\n"
            "p.add_argument('--n', type=int)\np.parse_args()\n"
        ),
        "import sys\nsys.excepthook = lambda *a: print('hooked', a[0], file=sys.stderr)\n1 / 0\n",
    ],
    ids=["raises", "chain", "exit", "message", "argparse", "excepthook"],
)
def test_it_fails_with_pythons_own_words_and_status(
    serve: Serve, tmp_path: Path, clean_env: dict[str, str], source: str
) -> None:
    (tmp_path / "server.py").write_text(source)
    plain, (status, lines) = run_both(serve, tmp_path, clean_env, "server.py", "--n", "x")
    assert lines == plain.stderr.splitlines()
    assert status == plain.returncode != 0


def test_an_error_in_the_run_call_shows_the_scripts_frames_and_the_librarys(
    serve: Serve, write: Write
) -> None:
    server = serve(write("from werkzeug.serving import run_simple\nrun_simple('x', 'y', None)\n"))
    assert server.wait() == 1
    assert server.lines[-1] == "TypeError: port must be an integer"
    assert not [line for line in server.lines if "uncork" in line]


def test_its_source_may_have_any_encoding_and_gets_no_future_imports(
    serve: Serve, tmp_path: Path
) -> None:
    source = (
        "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n"
        "def f(x: 1 + 1): pass\nprint(f.__annotations__)\n"
    )
    (tmp_path / "server.py").write_bytes(source.encode("latin-1"))
    server = serve("server.py")
    assert server.wait() == 4
    assert server.lines[:2] == ["'\\xe9'", "{'x': 2}"]


def test_a_script_that_runs_no_app_is_declined(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import atexit, threading, time
            from flask import Flask
            application = Flask(__name__)
            atexit.register(print, "at exit")
            threading.Thread(target=lambda: print("in a thread")).start()
        """)
    )
    assert server.wait() == 4
    assert server.lines[-2:] == [
        (
            "error: server.py: the script ended without running an app: "
            "it makes application, and nothing runs it"
        ),
        "hint: uncork serve server:application",
    ]
    assert {"at exit", "in a thread"} <= set(server.lines)


def test_help_of_the_script_is_no_failure(serve: Serve, write: Write) -> None:
    server = serve(
        write("import argparse\nargparse.ArgumentParser(prog='x').parse_args()\n"), "--", "--help"
    )
    assert server.wait() == 0
    assert "usage: x [-h]" in server.lines


def test_output_reaches_a_pipe_at_once(serve: Serve, write: Write) -> None:
    server = serve(write("import time\nprint('early')\ntime.sleep(600)\n"))
    server.wait_for("early")


def test_the_example_is_served_as_it_is(
    serve: Serve, tmp_path: Path, example: object, clean_env: dict[str, str]
) -> None:
    assert callable(example)
    folder = example("greeter")
    server = serve(
        "greeter/server.py", "--port", "0", "--", "--limit", "3", "--greeting", "Good day"
    )
    for name in ("Ada", "Bob", "Cy", "Dee"):
        assert server.get(f"/hello/{name}").text == f"Good day, {name}!"
    front = server.get("/").text
    assert "The last 3 are shown." in front
    assert "Ada" not in front
    assert server.stop() == 0
    assert server.lines.count("The guest book is closed.") == 1
    assert (folder / "greeter.db").is_file()
    assert tmp_path in folder.parents
    assert clean_env
