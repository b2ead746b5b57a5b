"""SIMS: semi-parametric image synthesis from semantic layouts (Qi, Chen, Jia, Koltun, CVPR 2018).

`__all__` is the public interface. A name is loaded when it is first used, so that importing the package costs nothing.
The package's own modules import each other directly, never through this file.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sims_core.base.errors import SimsError
    from sims_core.synthesis.control import Control
    from sims_core.synthesis.synthesizer import Synthesizer

__version__ = "0.1.0"
__all__ = ["Control", "SimsError", "Synthesizer", "__version__"]

_MODULE_OF = {
    "Control": "sims_core.synthesis.control",
    "SimsError": "sims_core.base.errors",
    "Synthesizer": "sims_core.synthesis.synthesizer",
}

if not TYPE_CHECKING:  # to a type checker this function would make every misspelt name a valid one

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
