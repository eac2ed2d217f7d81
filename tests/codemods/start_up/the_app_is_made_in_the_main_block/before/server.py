from flask import Flask
from flask_apscheduler import APScheduler


class Config:
    SCHEDULER_API_ENABLED = True


if __name__ == "__main__":
    app = Flask(__name__)
    app.config.from_object(Config())

    scheduler = APScheduler()
    # The jobs come from the configuration.
    scheduler.init_app(app)
    scheduler.start()

    app.run()
    scheduler.shutdown()
