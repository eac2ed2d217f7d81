import argparse
import csv
from pathlib import Path

from flask import Flask, jsonify

app = Flask(__name__)
prices = {}


def total(names):
    return sum(prices[name] for name in names)


@app.route("/total/<names>")
def show(names):
    return jsonify(total=total(names.split("+")) * args.factor, note=f"{args.note}: {names!r}")


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument("-p", "--port", type=int, default=5000)
    parser.add_argument("--factor", type=float, default=1.0)
    parser.add_argument("--note")
    args = parser.parse_args()
    table = Path(__file__).with_name("prices.csv")
    with table.open(newline="") as file:
        # One line an article.
        for name, price in csv.reader(file):
            prices[name] = int(price)
    print(len(prices), "articles")
    app.run(port=args.port)
    print("The prices are closed.", flush=True)
