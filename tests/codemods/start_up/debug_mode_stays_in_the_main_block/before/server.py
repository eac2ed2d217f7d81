from flask import Flask

app = Flask(__name__)
prices = None


def load_prices():
    return {"tea": 3}


@app.route("/")
def index():
    return str(prices)


if __name__ == "__main__":
    app.debug = True
    prices = load_prices()
    app.config["DEBUG"] = True
    app.run()
