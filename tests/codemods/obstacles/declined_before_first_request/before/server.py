from flask import Flask

app = Flask(__name__)


@app.before_first_request
def start():
    app.config["STARTED"] = True


if __name__ == "__main__":
    app.run()
