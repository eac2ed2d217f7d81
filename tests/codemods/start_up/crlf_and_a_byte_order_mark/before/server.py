from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    # Umlaute: äöü
    table = open("table").read()
    app.run()
