from flask import Flask

app = Flask(__name__)


@app.before_request
def count():
    print("one more")


if __name__ == "__main__":
    app.run()
