import argparse

from flask import Flask

app = Flask(__name__)
model = None


class Model:
    def __init__(self, words):
        self.words = words

    def guess(self, text):
        return max(self.words, key=lambda word: len(set(word) & set(text)))


def load_model(path):
    global model
    with open(path) as file:
        model = Model(file.read().split())


@app.route("/guess/<text>")
def guess(text):
    return model.guess(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Guesses words.")
    parser.add_argument("-p", "--port", type=int, default=5000)
    parser.add_argument("-m", "--model", default="fruit.txt", help="the words to guess")
    args = parser.parse_args()
    print("Loading", args.model)
    load_model(args.model)
    app.run("127.0.0.1", args.port)
