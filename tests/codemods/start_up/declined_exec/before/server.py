from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return answer


if __name__ == "__main__":
    exec("answer = '42'")
    app.run()
