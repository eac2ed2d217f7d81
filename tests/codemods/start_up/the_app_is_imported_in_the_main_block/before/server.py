if __name__ == "__main__":
    from shop import app, prices

    prices.append(3)
    app.run()
