import pytest

from tests.support import program


@pytest.fixture
def run(tmp_path, midflight):
    """run(trees, script), as tests/support/program.py has it."""
    return lambda trees, script: program.run(tmp_path, trees, script)
