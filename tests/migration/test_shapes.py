"""Scripts of other shapes than one run call in the main block: the same answers everywhere.

Each is run as it was, migrated, and under two servers, and asked the same; what it does at
its end is done once.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.migration.test_same_answers import App, Running, commands, observe, project, start
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uncork.changes import Plan

pytestmark = pytest.mark.process

__all__ = ["project", "start"]  # fixtures

PACKAGE = """\
from flask import Flask

prices = {}


def create_app(name="shop"):
    app = Flask(__name__)

    @app.route("/")
    def index():
        return f"{name}: {sorted(prices)}"

    return app
"""
SCRIPTS = {
    "run at import": """
        import os

        from flask import Flask

        app = Flask(__name__)
        shelf = ["a book"]


        @app.route("/")
        def index():
            return names()


        def names():
            return ", ".join(shelf)


        print("ready")
        app.run(port=int(os.environ["PORT"]))


        def close():
            shelf.clear()
            print("The shelf is empty.")


        close()
        """,
    "a main function": """
        import argparse
        import os
        import sys

        from flask import Flask

        app = Flask(__name__)
        shelf = None


        @app.route("/")
        def index():
            return ", ".join(shelf)


        def close():
            shelf.clear()
            print("The shelf is empty.")


        def main():
            global shelf
            parser = argparse.ArgumentParser()
            parser.add_argument("--books", type=int, default=2)
            args = parser.parse_args()
            visits = 0

            @app.route("/visits")
            def count():
                nonlocal visits
                visits += 1
                return str(visits)

            shelf = [f"book {n}" for n in range(args.books)]
            if not shelf:
                return 1
            app.run(port=int(os.environ["PORT"]))
            close()
            return 0


        if __name__ == "__main__":
            sys.exit(main())
        """,
    "work in the guard and in a function": """
        import argparse
        import os

        from flask import Flask

        app = Flask(__name__)
        shelf = []


        @app.route("/")
        def index():
            return ", ".join(shelf)


        def serve(args, port):
            shelf.extend(f"book {n}" for n in range(args.books))
            app.run(port=port)


        if __name__ == "__main__":
            parser = argparse.ArgumentParser()
            parser.add_argument("--books", type=int, default=2)
            args = parser.parse_args()
            serve(args, int(os.environ["PORT"]))
        """,
    "the app is made in the main block": """
        import os

        from shop import create_app, prices


        def close():
            prices.clear()
            print("The shelf is empty.")


        if __name__ == "__main__":
            app = create_app(os.environ.get("SHOP", "corner shop"))
            with app.app_context():
                prices["pear"] = 3
                app.run(port=int(os.environ["PORT"]))
            close()
        """,
    "a factory and nothing else": """
        import os

        from shop import create_app

        if __name__ == "__main__":
            app = create_app("corner shop")
            app.run(port=int(os.environ["PORT"]))
        """,
    "try, with and a choice of servers": """
        import os
        import tempfile

        from flask import Flask
        from waitress import serve

        app = Flask(__name__)
        shelf = ["a book"]


        @app.route("/")
        def index():
            return f"{os.path.isdir(folder)} {greeting}"


        def close():
            shelf.clear()
            print("The shelf is empty.")


        if __name__ == "__main__":
            port = int(os.environ["PORT"])
            with tempfile.TemporaryDirectory() as folder:
                try:
                    greeting = "hello".upper().center(9)
                    if os.environ.get("DEVELOPMENT"):
                        app.run(port=port)
                    else:
                        serve(app, host="127.0.0.1", port=port)
                except KeyboardInterrupt:
                    print("interrupted")
                finally:
                    close()
        """,
    "two guards, and work behind them": """
        import os

        from flask import Flask

        app = Flask(__name__)
        shelf = []


        @app.route("/")
        def index():
            return ", ".join(shelf)


        if __name__ == "__main__":
            shelf.append("a book")


        def close():
            shelf.clear()
            print("The shelf is empty.")


        if __name__ == "__main__":
            app.run(port=int(os.environ["PORT"]))

        close()
        """,
}
PATHS = {"a main function": ("/", "/visits", "/visits")}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_this_shape_answers_as_before_under_every_server(
    name: str,
    tmp_path: Path,
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    folder = tmp_path / "script"
    folder.mkdir()
    text = textwrap.dedent(SCRIPTS[name]).lstrip("\n")
    (folder / "server.py").write_text(text)
    if "shop" in text:
        (folder / "shop.py").write_text(PACKAGE)
    closing = "The shelf is empty." if "The shelf" in text else ""
    app = App(folder, paths=PATHS.get(name, ("/",)), closing=closing, port="PORT")
    before, after, plan = project(app)

    seen = {}
    for way in ("original", "python", "waitress-serve", "gunicorn"):
        port = free_port()
        command, env, stop = commands(app, plan, port)["python" if way == "original" else way]
        env = {**env, "PYTHONUNBUFFERED": "1"}
        server = start(way, before if way == "original" else after, port, command, env, stop)
        seen[way] = observe(server, app), server.output

    original, _ = seen["original"]
    assert [status for status, _ in original.answers] == [200] * len(app.paths)
    assert original.closings == (1 if closing else 0)
    for way, (observed, output) in seen.items():
        assert observed == original, f"{way}:\n{output}"
