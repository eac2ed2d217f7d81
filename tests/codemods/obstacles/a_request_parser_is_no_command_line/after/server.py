from flask import Flask
from flask_restful import Api, Resource, reqparse

app = Flask(__name__)
api = Api(app)
parser = reqparse.RequestParser()


@api.resource("/")
class Items(Resource):
    def post(self):
        return parser.parse_args()


if __name__ == "__main__":
    app.run()
