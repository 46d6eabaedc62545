NAME = "network v1"
