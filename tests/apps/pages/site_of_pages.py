"""The application object."""

from flask import Flask

app = Flask("pages")
