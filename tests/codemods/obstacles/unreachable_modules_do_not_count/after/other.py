from __main__ import app

app.before_first_request(print)
