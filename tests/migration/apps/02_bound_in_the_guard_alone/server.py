import argparse
import random

from flask import Flask

app = Flask(__name__)


def roll():
    return dice.randint(1, sides)


@app.route("/")
def index():
    return f"{label}: {roll()} of {sides}"


@app.route("/history")
def history():
    return ", ".join(str(number) for number in rolled)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7, help="where the dice start")
    parser.add_argument("--sides", type=int, default=6)
    args = parser.parse_args()
    # Only here, and read by the views.
    dice = random.Random(args.seed)
    label, sides = "dice", args.sides
    rolled = [roll() for _ in range(3)]
    app.run(port=args.port)
