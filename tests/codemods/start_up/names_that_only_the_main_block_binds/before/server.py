from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{count} {lines[0]} {total}"


if __name__ == "__main__":
    lines = open("guests.txt").read().splitlines()  # read once
    if (count := len(lines)) > 100:
        lines = lines[:100]
    total = 0
    del total
    total = sum(len(line) for line in lines)
    try:
        import ujson as json
    except ImportError as error:
        import json
    app.run()
