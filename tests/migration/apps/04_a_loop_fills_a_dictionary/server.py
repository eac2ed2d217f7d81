import argparse
import json
import os

from flask import Flask, jsonify

app = Flask(__name__)
rooms = {}
doors = []


def way(start, end):
    return [door for door in doors if start in door and end in door]


def describe(name):
    return {"seats": rooms[name], "doors": sorted(set().union(*way(name, "hall")))}


@app.route("/room/<name>")
def room(name):
    return jsonify(describe(name))


@app.route("/rooms")
def every_room():
    return jsonify(sorted(rooms))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--least-seats", type=int, default=0)
    args = parser.parse_args()
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "houses")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            house = json.load(file)
        for room, seats in house["rooms"].items():
            if seats < args.least_seats:
                continue
            rooms[room] = seats
        doors += [tuple(door) for door in house["doors"]]
    app.run(port=args.port)
