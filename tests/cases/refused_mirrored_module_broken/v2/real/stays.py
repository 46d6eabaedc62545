words = ["stays", 2]
