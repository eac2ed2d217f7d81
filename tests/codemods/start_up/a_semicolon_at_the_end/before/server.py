from flask import Flask

app = Flask(__name__)
names = []


@app.route("/")
def index():
    return str(names);


if __name__ == "__main__":
    names.append("Ada");  # the first one
    app.run();
