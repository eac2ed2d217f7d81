from flask import Flask, request

app = Flask(__name__)

if __name__ == "__main__":
	"""Everything is in here."""
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
	app.run(debug=True)
