from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    global db
    db = open('db')
    return db.read()


if __name__ == "__main__":
    db = open("db")
    app.run()
    db.close()
