from flask import Flask

app = Flask(__name__)
names = []


@app.route("/")
def index():
    return f"{last} of {names}"


if __name__ == "__main__":
    names.extend(last for line in open("names.txt") if (last := line.strip()))
    app.config.update(TITLE=f"up to {last}")
    app.run()
