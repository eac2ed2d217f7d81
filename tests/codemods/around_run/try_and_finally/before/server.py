import sqlite3

from flask import Flask

app = Flask(__name__)
database = None


@app.route("/")
def index():
    return str(database.total_changes)


if __name__ == "__main__":
    try:
        # It is opened once.
        database = sqlite3.connect("shop.db", check_same_thread=False)

        app.run(
            port=5300,  # everybody knows it
        )
    except KeyboardInterrupt:
        print("stopped")
    finally:
        # Nothing is lost.
        database.close()
