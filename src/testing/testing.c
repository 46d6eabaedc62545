/* The module itself: what its import must find out first, and the parts that the other files add. */
#include "testing/testing.h"

#include "compat/holder.h"
#include "compat/selftest.h"

static int testing_exec(PyObject *module)
{
    if (selftest_run() < 0 || holder_init() < 0) {
        return -1;
    }
    int (*const parts[])(PyObject *) = {trial_add,  depths_add,      rebuilding_add, questions_add, memory_add,
                                        drains_add, fingerprint_add, settling_add,   strangers_add, branches_add};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i](module) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, testing_exec}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "midflight._testing",
    .m_doc = "The parts of midflight one by one; for its tests only.",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__testing(void)
{
    return PyModuleDef_Init(&definition);
}
