words = ["stays", 1]
