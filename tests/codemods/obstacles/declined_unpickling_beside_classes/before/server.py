import joblib
from flask import Flask

app = Flask(__name__)


class Cleaner:
    def transform(self, rows):
        return rows


@app.route("/")
def index():
    return str(model)


if __name__ == "__main__":
    model = joblib.load("model.joblib")
    app.run()
