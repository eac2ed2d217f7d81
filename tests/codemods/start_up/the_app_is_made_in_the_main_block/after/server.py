import atexit
import functools

from flask import Flask
from flask_apscheduler import APScheduler


class Config:
    SCHEDULER_API_ENABLED = True


@functools.cache
def make_app():
    """Make the app and what it needs, once in each process."""
    global scheduler

    app = Flask(__name__)
    app.config.from_object(Config())

    scheduler = APScheduler()
    # The jobs come from the configuration.
    scheduler.init_app(app)
    scheduler.start()
    atexit.register(scheduler.shutdown)

    return app


if __name__ == "__main__":
    app = make_app()

    app.run()
