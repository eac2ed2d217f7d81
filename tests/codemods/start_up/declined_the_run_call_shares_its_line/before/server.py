from flask import Blueprint, Flask

app = Flask(__name__)
pages = Blueprint("pages", __name__)

if __name__ == "__main__":
    first = 1; second = 2
    app.register_blueprint(pages); app.run()
