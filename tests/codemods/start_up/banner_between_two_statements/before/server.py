from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return a + b


if __name__ == "__main__":
    print("starting")
    a = open("a").read()
    print("half way")
    b = open("b").read()
    print("serving")
    app.run()
