def tool(x):
    return (x, 2)
