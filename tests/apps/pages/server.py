"""An application object that another module makes, and options that a function parses."""

import argparse

from site_of_pages import app


@app.route("/")
def index():
    return f"{options.title} {app.config['COLOURS']}\n"


def get_options():
    """What was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="Pages")
    parser.add_argument("--colours", nargs="*", default=["red"])
    parser.add_argument("--port", type=int, default=5000)
    return parser.parse_args()



if __name__ == "__main__":
    options = get_options()
    app.config["COLOURS"] = options.colours
    app.run(port=options.port)
