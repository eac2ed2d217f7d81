import functools, os
from flask import Flask
app = Flask(__name__)
@app.route("/")
def index(): return str(value)


@functools.cache
def init_app():
  """Do what the app needs before it serves, once in each process."""
  global value

  value = os.getpid()


if __name__ == "__main__":
  init_app()
  # serve it
  app.run()  # for ever