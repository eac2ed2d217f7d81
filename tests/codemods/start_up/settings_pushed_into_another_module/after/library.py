files_dir = None


def title():
    return f"Files of {files_dir}"
