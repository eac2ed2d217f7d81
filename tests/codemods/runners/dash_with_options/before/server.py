import argparse

import dash
from dash import Input, Output, dcc, html

app = dash.Dash(__name__)
app.layout = html.Div([dcc.Input(id="name", value="you"), html.Div(id="greeting")])
table = {}


@app.callback(Output("greeting", "children"), Input("name", "value"))
def greet(name):
    return f"{args.greeting}, {table.get(name, name)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8050)
    parser.add_argument("--greeting", default="Hello")
    args = parser.parse_args()
    table["you"] = "stranger"
    app.run(debug=True, port=args.port)
