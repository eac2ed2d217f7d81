from flask_socketio import SocketIO
