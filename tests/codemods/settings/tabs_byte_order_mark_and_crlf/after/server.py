# -*- coding: utf-8 -*-
import argparse
from flask import Flask
app = Flask(__name__)
app.config.from_pyfile("config.py")
@app.route('/')
def index():
	return u'gr\u00fc\u00dfe ' + app.config["NAME"]  # the name, für alle
if __name__ == '__main__':
	parser = argparse.ArgumentParser()
	parser.add_argument('--name', default=app.config["NAME"],
		help='wer gegrüßt wird')
	args = parser.parse_args()  # parsed
	app.config.update(NAME=args.name)
	app.run()
