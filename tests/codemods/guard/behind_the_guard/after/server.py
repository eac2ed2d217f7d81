from flask import Flask

app = Flask(__name__)


def name():
    return "above"


@app.route("/")
def index():
    return name() + later()


if __name__ == "__main__":
    app.run()
    print("stopped")

    def name():
        return "below"

    def computed(value=print("now")):
        return value

    @app.route("/late")
    def late():
        return "never"

    app.config["LATE"] = True


def later():
    return "fine"


class Fine:
    size = 3

    def get(self):
        return self.size
