from flask import Flask

from fields import box, checked

app = Flask(__name__)


@app.route("/")
def index():
    return str(box.size)


if __name__ == "__main__":
    box.size: checked("size") = 3
    app.run()
