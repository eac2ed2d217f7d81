# of another program
