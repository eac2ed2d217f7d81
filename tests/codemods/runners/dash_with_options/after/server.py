import argparse
import functools

import dash
from dash import Input, Output, dcc, html

app = dash.Dash(__name__)
app.server.config.from_pyfile("config.py")
app.layout = html.Div([dcc.Input(id="name", value="you"), html.Div(id="greeting")])
table = {}


@app.callback(Output("greeting", "children"), Input("name", "value"))
def greet(name):
    return f"{app.server.config['GREETING']}, {table.get(name, name)}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    table["you"] = "stranger"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8050)
    parser.add_argument("--greeting", default=app.server.config["GREETING"])
    args = parser.parse_args()
    app.server.config.update(GREETING=args.greeting)
    init_app()
    app.run(debug=True, port=args.port)
