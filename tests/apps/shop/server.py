# A shop: the stock is opened in the main block, and closed behind the run call.
import os
import sqlite3

from flask import Flask, jsonify

app = Flask(__name__)
stock = None
model = None


def load_model():
    global model
    model = {"pear": 3, "fig": 5}


def say_closed(what):
    with open("closed.txt", "a") as file:
        file.write(what)
    print(f"The {what} is closed.", flush=True)


@app.route("/")
def index():
    return jsonify(names=[name for (name,) in stock.execute("SELECT name FROM stock")])


@app.route("/price/<name>")
def price(name):
    return jsonify(price=model[name], currency=currency, taxed=tax(model[name]))


if __name__ == "__main__":
    load_model()
    stock = sqlite3.connect(":memory:", check_same_thread=False)
    stock.execute("CREATE TABLE stock (name TEXT)")
    for name in model:
        stock.execute("INSERT INTO stock VALUES (?)", (name,))

    currency = "EUR"  # read by a view alone

    def tax(amount):
        return round(amount * 1.2, 2)

    app.run(port=int(os.environ.get("PORT", 5000)))
    stock.close()
    stock = None
    say_closed("shop")
    print("Good night.")
