files_dir = None
limit = 2
