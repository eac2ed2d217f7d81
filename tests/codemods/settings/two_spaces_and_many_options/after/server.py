import argparse
from flask import Flask
app = Flask(__name__)
app.config.from_pyfile("config.py")

@app.route("/")
def index():
  return " ".join([app.config["FIRST_GREETING"], app.config["SECOND_GREETING"], app.config["THIRD_GREETING"], app.config["LAST_GREETING"]])

if (
  __name__
  == "__main__"
):
  p = argparse.ArgumentParser()
  p.add_argument("--first-greeting", default=app.config["FIRST_GREETING"])
  p.add_argument("--second-greeting", default=app.config["SECOND_GREETING"])
  p.add_argument("--third-greeting", default=app.config["THIRD_GREETING"])
  p.add_argument("--last-greeting", default=app.config["LAST_GREETING"])
  args = p.parse_args()
  app.config.update(
    FIRST_GREETING=args.first_greeting,
    SECOND_GREETING=args.second_greeting,
    THIRD_GREETING=args.third_greeting,
    LAST_GREETING=args.last_greeting,
  )
  app.run()
