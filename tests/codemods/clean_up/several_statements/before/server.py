from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return db.read()


if __name__ == "__main__":
    db = open("db")
    app.run()
    db.close()
    with open('log', 'a') as log:
        log.write('stopped')
    import sys
    sys.exit()
