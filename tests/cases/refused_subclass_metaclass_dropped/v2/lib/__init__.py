class Tagged:
    pass
