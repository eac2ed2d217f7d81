# Settings of the shop.
THEME = "dark"