import argparse

from guests import app


@app.route("/title")
def title():
    return args.title


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="a")
    args = parser.parse_args()
    app.run()
