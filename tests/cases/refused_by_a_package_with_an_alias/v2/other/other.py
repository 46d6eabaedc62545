def use():
    import lib

    return lib.gone()
