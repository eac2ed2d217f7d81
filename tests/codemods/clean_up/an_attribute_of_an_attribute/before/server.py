from flask import Flask

import database

app = Flask(__name__)
store = database.Store()


@app.route("/")
def index():
    return store.session.name


if __name__ == "__main__":
    store.open()
    app.run()
    store.session.close()  # whichever it is by then
