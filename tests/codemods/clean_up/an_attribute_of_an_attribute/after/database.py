class Store:
    def open(self):
        self.session = open("names.txt")
