from flask import Flask
app = Flask(__name__)
@app.route('/')
def index():
	return table
if ('__main__'
		== __name__):
	table = open('table').read()	# kept

	app.run()