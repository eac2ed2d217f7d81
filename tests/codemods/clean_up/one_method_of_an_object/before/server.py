from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return db.read()


if __name__ == "__main__":
    db = open("db")
    app.run()
    # Flushes.
    db.close()
    print('bye')
