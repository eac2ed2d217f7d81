#!/usr/bin/env python3
# -*- coding: latin-1 -*-
import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    # Größe in Bäumen
    return f"Größe: {args.size} äöü {args.size}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Bäume")
    parser.add_argument("--size", type=int, default=3, help="Größe")
    args = parser.parse_args()
    app.run()
