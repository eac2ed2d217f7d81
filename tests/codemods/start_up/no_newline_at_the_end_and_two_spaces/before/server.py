import functools, os
from flask import Flask
app = Flask(__name__)
@app.route("/")
def index(): return str(value)
if __name__ == "__main__":
  value = os.getpid()
  # serve it
  app.run()  # for ever