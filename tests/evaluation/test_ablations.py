"""Parts left out: every ablation is a valid parameter file that differs from the whole method."""

import pytest
from ruamel.yaml import YAML

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.base.presets import compose_preset
from sims_core.evaluation.ablations import ABLATIONS, select_ablations
from tests.support.project import ROOT


@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda ablation: ablation.name)
@pytest.mark.parametrize("preset", ["demo", "camvid", "cityscapes_256"])
def test_settings_change_keys_that_exist_and_leave_the_file_valid(ablation, preset, tmp_path):
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(compose_preset(ROOT / f"presets/{preset}.yaml"))
    changed = 0
    for setting in ablation.settings:
        key, _, value = setting.partition("=")
        *path, last = key.split(".")
        section = content
        for part in path:
            section = section[part]
        before = section[last]
        section[last] = type(before)(yaml.load(value))
        changed += section[last] != before
    assert changed
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(content, file)
    load_parameters(tmp_path / "params.yaml")


def test_names_are_chosen_or_all_are():
    assert select_ablations([]) == list(ABLATIONS)
    assert [ablation.name for ablation in select_ablations(["no_elision", "no_context"])] == [
        "no_elision",
        "no_context",
    ]
    with pytest.raises(SimsError, match="did you mean 'no_context'"):
        select_ablations(["no_contxt"])
