import functools

from flask import Flask, request

app = Flask(__name__)


@functools.cache
def init_app():
	"""Do what the app needs before it serves, once in each process."""
	global count, index, names, show, total

	total = 0
	names = ["a", "b"]

	@app.route("/")  # the front page
	def index():
		return str(total) + request.path

	@app.before_request
	def count():
		global total
		total += 1

	for name in names:
		@app.route(f"/{name}", endpoint=name)
		def show(name=name):
			return f"""
  {name}
	indented
"""

	text = '''
first
	second
'''
	app.config["TEXT"] = text


if __name__ == "__main__":
	"""Everything is in here."""
	init_app()
	app.run(debug=True)
