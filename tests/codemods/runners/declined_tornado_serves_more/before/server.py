from flask import Flask
from tornado.ioloop import IOLoop
from tornado.web import Application, FallbackHandler, StaticFileHandler
from tornado.wsgi import WSGIContainer

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    files = (r"/files/(.*)", StaticFileHandler, {"path": "."})
    fallback = (r".*", FallbackHandler, {"fallback": WSGIContainer(app)})
    Application([files, fallback]).listen(5000)
    IOLoop.current().start()
