import sqlite3

from flask import Flask

app = Flask(__name__)
database = sqlite3.connect("shop.db", check_same_thread=False)


def main():
    try:
        app.run()
    except KeyboardInterrupt:
        database.commit()
        database.close()


if __name__ == "__main__":
    main()
