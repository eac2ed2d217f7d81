from flask import Flask

from counting import next_number

app = Flask(__name__)


@app.route("/")
def index():
    return str(next_number())


if __name__ == "__main__":
    first = lambda number=next_number(): number
    app.run()
