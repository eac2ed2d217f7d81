from dash import Dash, html
from waitress import serve

app = Dash(__name__)
app.layout = html.Div("hello")
rows = []


if __name__ == "__main__":
    rows.append(1)
    serve(app.server, port=8050)
