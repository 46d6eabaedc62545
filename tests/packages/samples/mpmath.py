import mpmath


def hold():
    mpmath.mp.dps = 30
    return mpmath.mpf("1.5"), mpmath.mpc(1, 2), mpmath.matrix([[1, 2], [3, 4]]), mpmath.pi, mpmath.mp


def use(held):
    x, z, m, pi, mp = held
    assert mp is mpmath.mp and mp.dps == 30 and isinstance(x, mpmath.mpf) and isinstance(m, mpmath.matrix)
    assert x * 2 == 3 and z.imag == 2 and mpmath.det(m) == -2 and mpmath.nstr(+pi, 20) == "3.1415926535897932385"
    assert mpmath.almosteq(mpmath.quad(mpmath.sin, [0, pi]), 2) and mpmath.fac(20) == 2432902008176640000
    with mpmath.workdps(50):
        assert str(mpmath.sqrt(2)).startswith("1.414213562373095048801688724209698078569671875")
