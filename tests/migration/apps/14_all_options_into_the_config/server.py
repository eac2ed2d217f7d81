import argparse

from shop import app


@app.route("/")
def index():
    return f"{app.config['name']}: {sorted(rule.rule for rule in app.url_map.iter_rules())}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--name", default="shop")
    parser.add_argument("--prefix", default="api")
    parser.add_argument("--loud", action="store_true")
    args = parser.parse_args()
    app.config.update(vars(args))
    app.config["args"] = args
    import routes

    app.run(port=args.port)
