"""`sims study serve`: the page of a study, and the one address to which raters' answers go.

Annotations are objects here, not texts: FastAPI reads those of functions within functions.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sims_core.base.csv_files import write_csv
from sims_core.base.local_server import new_app
from sims_core.study.answers import DATABASE, Answer, fault_of
from sims_core.study.design import PAGE, Study
from sims_core.study.store import AnswerStore

if TYPE_CHECKING:
    from fastapi import FastAPI

LINKS = "raters.csv"
_MOST_BYTES = 4096
# People answer once in a second or two; a page that was loaded anew may send some answers again.
_MOST_AT_ONCE = 20
_PER_S = 5.0


@dataclass
class _RateLimit:
    """Per rater a bucket of requests that fills again.

    Attributes:
        clock: Returns seconds.
        buckets: Requests that are left, and when that was so, by rater.
    """

    clock: Callable[[], float] = time.monotonic
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allows(self, rater: str) -> bool:
        """Count a request of a rater; return whether it may go on."""
        now = self.clock()
        left, then = self.buckets.get(rater, (float(_MOST_AT_ONCE), now))
        left = min(float(_MOST_AT_ONCE), left + (now - then) * _PER_S)
        self.buckets[rater] = (max(0.0, left - 1), now)
        return left >= 1


def open_store(study: Study) -> AnswerStore:
    """Open the study's answers, in its folder beside the page."""
    return AnswerStore(study.folder / DATABASE, study.manifest.study_id, study.manifest.num_sheets)


def write_links(study: Study, store: AnswerStore, address: str) -> Path:
    """Write the address of each rater's page to raters.csv in the study's folder; return the file."""
    path = study.folder / LINKS
    links = [(sheet, f"{address}/?rater={token}") for sheet, token in enumerate(store.tokens())]
    write_csv(path, ("sheet", "address"), links)
    return path


def study_app(
    study: Study, store: AnswerStore, host_names: Sequence[str] = (), clock: Callable[[], float] = time.monotonic
) -> "FastAPI":
    """Return the app: GET of files of page/, GET and POST of /answers for raters with a token, and nothing else.

    Args:
        study: Whose page it is.
        store: Where answers go.
        host_names: See `new_app`.
        clock: Returns seconds; of the rate limit.
    """
    app = new_app(_MOST_BYTES, host_names)
    # After `new_app`, which says what is missing.
    from fastapi import HTTPException, Request, Response
    from fastapi.responses import FileResponse
    from fastapi.staticfiles import StaticFiles

    page = study.folder / PAGE
    limit = _RateLimit(clock)
    trials_of = {sheet: set(study.sheet(sheet)) for sheet in range(study.manifest.num_sheets)}

    def sheet_of(request: Request) -> int:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        sheet = store.sheet_of(token)
        if sheet is None:
            raise HTTPException(401, "This address is not valid. Please use the one that you were sent, whole.")
        if not limit.allows(token):
            raise HTTPException(429, "Too many answers at once.")
        return sheet

    def state(request: Request) -> dict[str, Any]:
        sheet = sheet_of(request)
        return {"study": study.manifest.study_id, "sheet": sheet, "answered": store.answered(_rater(sheet))}

    def save(request: Request, answer: Answer) -> dict[str, Any]:
        sheet = sheet_of(request)
        if answer.trial not in trials_of[sheet]:
            raise HTTPException(404, f"Trial '{answer.trial}' is not yours.")
        fault = fault_of(answer, study.key.trials[answer.trial])
        if fault is not None:
            raise HTTPException(422, fault)
        return {"is_new": store.save(_rater(sheet), answer)}

    def server_script() -> Response:
        return Response('window.SERVER = "answers";\n', media_type="text/javascript")

    app.add_api_route("/answers", state, methods=["GET"])
    app.add_api_route("/answers", save, methods=["POST"])
    app.add_api_route("/server.js", server_script, methods=["GET"], response_model=None)
    app.add_api_route("/", lambda: FileResponse(page / "index.html"), methods=["GET"], response_model=None)
    app.mount("/", StaticFiles(directory=page))
    return app


def _rater(sheet: int) -> str:
    """Return the name of a rater in answers, which is no token."""
    return f"sheet-{sheet:04d}"
