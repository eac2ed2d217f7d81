from flask import Flask

app = Flask(__name__)
shelf = ["the module's own"]


@app.route("/")
def index():
    return ", ".join(shelf)


def main():
    shelf = open("books.txt").read().split()
    print(shelf)
    app.run()


if __name__ == "__main__":
    main()
