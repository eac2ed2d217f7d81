import argparse

from shop import create_app

app = create_app()


@app.route("/sign")
def sign():
    return args.sign


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sign", default="!")
    args = parser.parse_args()
    app.run()
