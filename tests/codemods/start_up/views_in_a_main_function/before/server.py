from flask import Flask

app = Flask(__name__)


def main(port=5300):
    visits = []
    separator = ", "

    @app.route("/<name>")
    def index(name):
        visits.append(name)
        return separator.join(visits)

    app.run(port=port)


if __name__ == "__main__":
    main()
