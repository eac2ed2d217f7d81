from flask import Flask

app = Flask(__name__)
status = "up"


@app.route("/")
def index():
    return status


if __name__ == "__main__":
    app.run()
    status: str = "down"
    app.logger.warning(status)
