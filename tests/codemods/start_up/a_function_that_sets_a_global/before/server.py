from flask import Flask

app = Flask(__name__)


model = None


def load_model(path):
    global model
    model = open(path).read()


@app.route("/")
def index():
    return model


if __name__ == "__main__":
    # The big one.
    load_model("model.txt")

    app.run(threaded=True)
