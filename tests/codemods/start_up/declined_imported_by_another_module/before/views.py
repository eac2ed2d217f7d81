def look():
    from server import table

    return table
