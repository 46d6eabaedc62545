words = ["goes", 1]
