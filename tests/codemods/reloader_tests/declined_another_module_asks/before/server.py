from flask import Flask

import jobs

app = Flask(__name__)


if __name__ == "__main__":
    jobs.start()
    app.run(debug=True)
