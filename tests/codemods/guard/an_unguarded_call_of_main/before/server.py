from flask import Flask

app = Flask(__name__)
shelf = None


@app.route("/")
def index():
    return str(shelf)


def main():
    global shelf
    shelf = ["a book"]
    app.run()


main()
