import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    one = f"{args.title}: {args.title!r:>20}"
    two = f'{args.title}'
    three = f"""
    {args.title}
    """
    return one + two + three + "args.title" + (
        f"{len(args.title)} "
        "letters"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="guests")
    args = parser.parse_args()
    print(f"title: {args.title}")
    app.run()
