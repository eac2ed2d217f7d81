from dash import Dash, html
from flask import Flask

server = Flask(__name__)
dashboard = Dash(__name__, server=server)
dashboard.layout = html.Div("hello")


@server.route("/health")
def health():
    return "fine"


if __name__ == "__main__":
    dashboard.run(debug=True)
