import logging

from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    try:
        app.run()
    except KeyboardInterrupt:
        print("stopped")
    except OSError as error:
        logging.error("no port: %s", error)
        raise
