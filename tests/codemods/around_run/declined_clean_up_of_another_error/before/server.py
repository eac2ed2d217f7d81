from flask import Flask

from shop import database

app = Flask(__name__)

if __name__ == "__main__":
    try:
        app.run()
    except OSError:
        database.close()
