#!/usr/bin/env python3
# -*- coding: utf-8 -*-
import argparse
import sys
import threading

from flask import Flask, request

web = Flask("tasks")
done = []
stop = threading.Event()


def work():
    while not stop.wait(0.01):
        if len(done) < args.most:
            done.append(f"{args.name}-{len(done)}")


@web.route("/")
def index():
    # Waits for the work, so that the answer is the same each time.
    while len(done) < args.most:
        stop.wait(0.01)
    return f"{', '.join(done)} für {args.name}{'!' if args.loud else ''}"


def close(reason="it was stopped"):
    stop.set()
    print(f"The tasks are closed: {reason}.", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--name", default="Jürgen")
    parser.add_argument("--most", type=int, default=2)
    parser.add_argument("--loud", action="store_true")
    args = parser.parse_args()
    if args.most > 100:
        sys.exit("--most is at most 100")
    threading.Thread(target=work, daemon=True).start()
    web.run(port=args.port)
    close()
