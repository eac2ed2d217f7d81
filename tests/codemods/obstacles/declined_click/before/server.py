import click
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


@click.command()
def main():
    app.run()


if __name__ == "__main__":
    main()
