from flask import Flask

app = Flask(__name__)
names = []


@app.route("/")
def index():
    return {"names": names}


if __name__ == "__main__":
    names.append("Ada")
    app.run()
