from flask import Flask

from shop import database

app = Flask(__name__)

if __name__ == "__main__":
    with app.app_context():
        database.create_all()
        app.run(debug=True)
