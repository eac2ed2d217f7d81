import functools
import json
from flask import Flask

app = Flask(__name__)
prices = {}


def total(names):
    return sum(prices[name] for name in names)


@app.route("/total/<names>")
def show_total(names):
    return {"total": total(names.split(",")), "currency": currency}


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global currency, table

    with open("prices.json") as file:
        table = json.load(file)
    # One entry a line of the table.
    for name, price in table.items():
        prices[name] = price

    currency = "EUR"


if __name__ == '__main__':
    print("reading prices")
    init_app()
    port = 8000
    print("serving on", port)
    app.run(port=port)
