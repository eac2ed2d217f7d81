import argparse

from flask import Flask

app = Flask(__name__)


def command(*words):
    return " ".join([engine, *words])


@app.route("/images")
def images():
    return command("images", "--all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--docker", action="store_true", help="talk to docker")
    group.add_argument("--podman", action="store_true", help="talk to podman")
    args = parser.parse_args()
    engine = "docker" if args.docker else "podman"
    app.run(port=args.port)
