from flask import Flask
from tools import files

app = Flask(__name__)


@app.route("/")
def index():
    return str(files.names())


if __name__ == "__main__":
    app.run()
