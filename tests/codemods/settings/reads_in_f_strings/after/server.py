import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/single")
def single():
    return f'{app.config["NAME"]} is {app.config["NAME"]!r:>10}, not args.name'


@app.route("/double")
def double():
    return f"<{app.config['NAME']}>" "args.name" f"{{args.name}} {app.config['SIZE']:{app.config['SIZE']}d}"


@app.route("/triple")
def triple():
    return f"""
        "{app.config['NAME']}" said 'hm'
        {", ".join(app.config['NAME'] for _ in range(app.config['SIZE']))}
    """


@app.route("/nested")
def nested():
    return f"""{f'{app.config["NAME"]}'} {", ".join(f"{name}" for name in [app.config['NAME']])}"""


@app.route("/raw")
def raw():
    return rf"\{app.config['NAME']}\d" + f"\N{BULLET}{app.config['NAME']}" + f"{ {'x': app.config['SIZE']}['x'] }"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default=app.config["NAME"])
    parser.add_argument("--size", type=int, default=app.config["SIZE"])
    args = parser.parse_args()
    app.config.update(NAME=args.name, SIZE=args.size)
    app.run()
