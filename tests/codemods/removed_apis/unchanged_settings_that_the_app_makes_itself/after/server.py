from flask import Flask

app = Flask(__name__)
app.env = "production"
app.config["JSON_AS_ASCII"] = False


@app.route("/")
def index():
    return app.env


if __name__ == "__main__":
    app.run()
