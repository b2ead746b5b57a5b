"""Ten steps of every training have the losses that they had when they were last looked at.

A test that fails here says that results have changed: a loss term, an initialisation, the order of the data, a learning
rate. Where that was meant, `python -m tests.support.golden_losses` keeps the new numbers; the change says why.
"""

import pytest

from tests.support.golden_losses import NUM_STEPS, TRAININGS, SmallProject, read_golden

# Other instruction sets, numbers of threads and convolutions changed no loss by more than 7e-6 of its value; one per
# cent on the learning rate, any loss term or the first weights, by 1e-3 and more.
RELATIVE_TOLERANCE = 2e-4


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return SmallProject(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", TRAININGS)
def test_ten_steps_have_the_losses_that_are_kept(project, name):
    found, kept = project.losses(name), read_golden(name)
    assert found.keys() == kept.keys()
    for term, values in kept.items():
        assert len(values) == NUM_STEPS
        assert found[term] == pytest.approx(values, rel=RELATIVE_TOLERANCE), term
