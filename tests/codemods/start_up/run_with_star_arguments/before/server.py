import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    options = {"port": 5000}
    if os.path.exists("cert.pem"):
        options["ssl_context"] = ("cert.pem", "key.pem")
    app.run(**options)
