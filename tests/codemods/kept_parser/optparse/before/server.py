import optparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{options.title} {files}"


if __name__ == "__main__":
    parser = optparse.OptionParser()
    parser.add_option("-t", "--title", default="Guests")
    parser.add_option("-p", "--port", type="int", default=5000)
    (options, files) = parser.parse_args()
    app.run(port=options.port)
