import functools

from dash import Dash, html
from waitress import serve

app = Dash(__name__)
app.layout = html.Div("hello")
rows = []


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    rows.append(1)


if __name__ == "__main__":
    init_app()
    serve(app.server, port=8050)
