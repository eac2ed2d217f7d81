import os

import config_values


def names():
    return sorted(os.listdir(config_values.files_dir))[: config_values.limit]
