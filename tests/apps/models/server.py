"""Options that are parsed where the module is imported, and read by another module and a child."""

import argparse
import multiprocessing
import sys

from flask import Flask

app = Flask(__name__)

parser = argparse.ArgumentParser()
parser.add_argument("--model", choices=["small", "large"], default="small")
parser.add_argument("--list", action="store_true", help="show the models and end")
parser.add_argument("--port", type=int, default=5000)
args = parser.parse_args()
if args.list:
    print("small, large")
    sys.exit()
args.model = args.model.upper()


def model_of_a_child(number):
    return f"{args.model} {number}"


@app.route("/")
def index():
    return f"{args.model} {helper.model()} {children}\n"


import helper

children = None
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        children = pool.map(model_of_a_child, [1, 2])
    app.run(port=args.port)
