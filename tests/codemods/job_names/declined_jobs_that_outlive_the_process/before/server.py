from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

app = Flask(__name__)


def tick():
    print("tick")


if __name__ == "__main__":
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore("sqlite:///jobs.db")})
    scheduler.add_job("__main__:tick", "interval", seconds=10, id="tick")
    scheduler.start()
    app.run()
