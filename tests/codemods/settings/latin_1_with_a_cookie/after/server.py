#!/usr/bin/env python3
# -*- coding: latin-1 -*-
import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    # Größe in Bäumen
    return f"Größe: {app.config['SIZE']} äöü {app.config['SIZE']}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bäume")
    parser.add_argument("--size", type=int, default=app.config["SIZE"], help="Größe")
    args = parser.parse_args()
    app.config.update(SIZE=args.size)
    app.run()
