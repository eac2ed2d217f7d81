import argparse

from flask import Flask
from flask.views import MethodView

app = Flask(__name__)
app.config.from_pyfile("config.py")


class Page(MethodView):
    def get(self):
        return [app.config["TITLE"] for _ in range(app.config["COUNT"])][0]


def outer():
    def inner(args):
        return args.title

    return inner, lambda: app.config["TITLE"], lambda args: args.title


async def waits():
    return {"title": app.config["TITLE"]} if app.config["COUNT"] > 1 else None


app.add_url_rule("/", view_func=Page.as_view("page"))


def shadow(x):
    args = x.split()
    return args.count(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", "--title", type=str, default=app.config["TITLE"])
    parser.add_argument("-c", dest="count", type=int, default=app.config["COUNT"])
    args = parser.parse_args()
    app.config.update(TITLE=args.title, COUNT=args.count)
    app.run()
