import sys

from flask import Flask

app = Flask(__name__)
errors = []


@app.route("/")
def index():
    return {"errors": errors}


def report():
    return len(errors)


if __name__ == "__main__":
    app.run()
    if errors:
        sys.exit(2)
    errors.clear()
    sys.exit(report())
