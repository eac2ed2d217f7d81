import argparse
from flask import Flask
app = Flask(__name__)

@app.route("/")
def index():
  return " ".join([args.first_greeting, args.second_greeting, args.third_greeting, args.last_greeting])

if (
  __name__
  == "__main__"
):
  p = argparse.ArgumentParser()
  p.add_argument("--first-greeting", default="Hello")
  p.add_argument("--second-greeting", default="Good day")
  p.add_argument("--third-greeting", default="Good evening")
  p.add_argument("--last-greeting", default="Good night")
  args = p.parse_args()
  app.run()
