from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def index():
    return render_template("index.html", **globals())


if __name__ == "__main__":
    title = "Guests"
    greeting = "Hello"
    app.run()
