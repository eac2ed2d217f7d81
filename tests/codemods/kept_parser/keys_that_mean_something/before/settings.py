class Production:
    TITLE = "The shop"
