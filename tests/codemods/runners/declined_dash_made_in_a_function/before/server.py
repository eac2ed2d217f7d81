from dash import Dash, html


def make():
    app = Dash(__name__)
    app.layout = html.Div("hello")
    return app


if __name__ == "__main__":
    app = make()
    app.run_server()
