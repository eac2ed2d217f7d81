from flask import Flask

app = Flask(__name__)


if __name__ == "__main__":
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
    app.run()
