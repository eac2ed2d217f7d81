import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    one = f"{app.config['TITLE']}: {app.config['TITLE']!r:>20}"
    two = f'{app.config["TITLE"]}'
    three = f"""
    {app.config['TITLE']}
    """
    return one + two + three + "args.title" + (
        f"{len(app.config['TITLE'])} "
        "letters"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default=app.config["TITLE"])
    args = parser.parse_args()
    app.config.update(TITLE=args.title)
    print(f"title: {args.title}")
    app.run()
