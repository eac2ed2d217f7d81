ARGS = "taken"
TITLE = "Models"
