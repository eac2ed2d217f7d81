import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/single")
def single():
    return f'{args.name} is {args.name!r:>10}, not args.name'


@app.route("/double")
def double():
    return f"<{args.name}>" "args.name" f"{{args.name}} {args.size:{args.size}d}"


@app.route("/triple")
def triple():
    return f"""
        "{args.name}" said 'hm'
        {", ".join(args.name for _ in range(args.size))}
    """


@app.route("/nested")
def nested():
    return f"""{f'{args.name}'} {", ".join(f"{name}" for name in [args.name])}"""


@app.route("/raw")
def raw():
    return rf"\{args.name}\d" + f"\N{BULLET}{args.name}" + f"{ {'x': args.size}['x'] }"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="Ada")
    parser.add_argument("--size", type=int, default=2)
    args = parser.parse_args()
    app.run()
