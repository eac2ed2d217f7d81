import argparse

from flask import Flask
from flask.views import MethodView

app = Flask(__name__)


class Page(MethodView):
    def get(self):
        return [args.title for _ in range(args.count)][0]


def outer():
    def inner(args):
        return args.title

    return inner, lambda: args.title, lambda args: args.title


async def waits():
    return {"title": args.title} if args.count > 1 else None


app.add_url_rule("/", view_func=Page.as_view("page"))


def shadow(x):
    args = x.split()
    return args.count(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", "--title", type=str, default="It's \"good\"")
    parser.add_argument("-c", dest="count", type=int, default=-1)
    args = parser.parse_args()
    app.run()
