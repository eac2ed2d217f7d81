# -*- coding: utf-8 -*-
import argparse
from flask import Flask
app = Flask(__name__)
@app.route('/')
def index():
	return u'gr\u00fc\u00dfe ' + args.name  # the name, für alle
if __name__ == '__main__':
	parser = argparse.ArgumentParser()
	parser.add_argument('--name', default='Jürgen',
		help='wer gegrüßt wird')
	args = parser.parse_args()  # parsed
	app.run()
