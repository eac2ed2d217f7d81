from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    port = 8000
    app.run(port=port)
    open('log', 'w').write(str(port))
