import os
import webbrowser

from flask import Flask

app = Flask(__name__)
jobs = []

if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
    jobs.append("tick")


if __name__ == "__main__":
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        webbrowser.open("http://127.0.0.1:5000")
    app.run(debug=True)
