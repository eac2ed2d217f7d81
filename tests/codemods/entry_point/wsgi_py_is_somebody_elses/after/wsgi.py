# a client library
