from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "counted"


if __name__ == "__main__":
    n = 0

    def count():
        global n
        n += 1
        return n

    app.before_request(lambda: print(count()))
    app.run()
