# A start-up hook for
# everyone.
from flask import Flask

app = Flask(__name__)
state = {}


@app.route("/")
def index():
    return state


# --- main -------------------------------------------------------

if (
    "__main__"  # the running program
    == __name__
):  # and nobody else
    # Fill it.
    state["a"] = 1

    state["b"] = 2  # too
    app.run()
