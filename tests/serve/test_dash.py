"""Dash: ``run`` and ``run_server`` are served, without its development tools; on ASGI, declined."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.conftest import PATIENCE
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from tests.serve.conftest import Serve, Server, Write

pytestmark = pytest.mark.process

APP = """\
import os
import dash
try:
    from dash import dcc, html
except ImportError:
    import dash_core_components as dcc
    import dash_html_components as html
from dash.dependencies import Input, Output

app = dash.Dash("server")
app.layout = html.Div([dcc.Input(id="name"), html.Div(id="greeting")])

@app.callback(Output("greeting", "children"), [Input("name", "value")])
def greet(name):
    if name == "fail":
        raise RuntimeError("on purpose")
    return "hello %s" % name
"""


def callback(server: Server, name: str) -> tuple[int, Any]:
    """What a browser posts when the input changes, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    body = {
        "output": "greeting.children",
        "outputs": {"id": "greeting", "property": "children"},
        "inputs": [{"id": "name", "property": "value", "value": name}],
        "changedPropIds": ["name.value"],
    }
    connection.request(
        "POST", "/_dash-update-component", json.dumps(body), {"Content-Type": "application/json"}
    )
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


@pytest.mark.parametrize(
    ("environment", "call"),
    [
        ("flask-1.1", "app.run_server"),
        ("flask-1.1", "app.server.run"),
        ("flask-2.2", "app.run_server"),
        ("flask-2.2", "app.run"),
        ("servers", "app.run"),
        ("servers", "app.server.run"),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_dash_is_served_without_its_development_tools(
    serve: Serve, write: Write, environment: str, call: str, debug: bool
) -> None:
    port = free_port()
    name = write(f"{APP}\n{call}(port=1, debug={debug})\nprint('behind the call')\n")
    server = serve("--port", str(port), name, command=runner(interpreter(environment)))
    assert server.url == f"http://127.0.0.1:{port}"
    page = server.get().text
    assert "hot_reload" not in page
    assert '"ui":true' not in page.replace(" ", "")
    assert json.loads(server.get("/_reload-hash").text)["reloadHash"] is None
    status, content = callback(server, "you")
    assert (status, json.loads(content)["response"]["greeting"]["children"]) == (200, "hello you")
    status, content = callback(server, "fail")
    assert status == 500
    assert b"on purpose" not in content
    assert server.stop() == 0
    assert server.lines[-1] == "behind the call"
    assert "Dash is running on" not in server.output
    assert "RuntimeError: on purpose" in server.output


@pytest.mark.parametrize("environment", ["flask-1.1", "flask-2.2", "servers"])
def test_variables_and_arguments_do_not_switch_the_tools_on(
    serve: Serve, write: Write, environment: str
) -> None:
    method = "run_server" if environment == "flask-1.1" else "run"
    name = write(
        f"{APP}\napp.{method}(debug=True, dev_tools_hot_reload=True, dev_tools_ui=True,"
        " dev_tools_prune_errors=True)\n"
    )
    server = serve(
        "--port",
        "0",
        name,
        command=runner(interpreter(environment)),
        env={"DASH_DEBUG": "true", "DASH_UI": "true", "DASH_HOT_RELOAD": "true"},
    )
    assert "hot_reload" not in server.get().text
    assert json.loads(server.get("/_reload-hash").text)["reloadHash"] is None
    assert callback(server, "fail")[0] == 500


@pytest.mark.parametrize(("backend", "name"), [("fastapi", "FastAPI"), ("quart", "Quart")])
def test_dash_on_an_asgi_framework_is_declined(
    serve: Serve, write: Write, backend: str, name: str
) -> None:
    source = APP.replace('Dash("server")', f'Dash("server", backend="{backend}")')
    server = serve(write(f"{source}\napp.run(port=1)\n"), command=runner(interpreter("servers")))
    assert server.wait() == 4
    line = len(source.splitlines()) + 2
    errors = [each for each in server.lines if each.startswith(("error:", "hint:"))]
    assert errors == [
        f"error: server.py:{line}: Dash on {name} is an ASGI application, and uncork serves WSGI",
        "hint: leave backend= out, and Dash runs on Flask",
    ]


def test_a_notebooks_display_modes_change_nothing_outside_of_one(
    serve: Serve, write: Write
) -> None:
    name = write(f"{APP}\napp.run(jupyter_mode='inline')\n")
    server = serve("--port", "0", name, command=runner(interpreter("servers")))
    assert callback(server, "you")[0] == 200
