KEY = "not telling"
