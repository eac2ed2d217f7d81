from flask.cli import FlaskGroup
from shop import app

cli = FlaskGroup(app)


@cli.command("show")
def show():
    print(app.url_map)


if __name__ == "__main__":
    cli()
