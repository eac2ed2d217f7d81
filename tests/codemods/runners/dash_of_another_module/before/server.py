from dashboard import app

rows = []


if __name__ == "__main__":
    rows.append(1)
    app.run()
