import functools

from flask import Flask

app = Flask(__name__)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global Shelf, counter, following

    counter = iter(range(10**9))

    @app.route("/next")
    def following():
        """Text that
looks unindented, and must stay so."""
        return str(next(counter))

    class Shelf:
        size = next(counter)

    for number in range(3):
        app.add_url_rule(f"/{number}", str(number), lambda number=number: str(number))
    with open("log.txt", "a") as log:
        log.write("started")


if __name__ == "__main__":
    init_app()
    app.run()
