"""Set-up of all tests: one BLAS thread a process, no display, and what happens to a test whose tools are not here."""

from __future__ import annotations

import os

# before anything imports numpy: two test processes on two cores, each with one thread
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["MPLBACKEND"] = "Agg"

import pytest  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What can be computed again goes to a folder of this run, one for all its processes: no test leans on an earlier run."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["SPICEMTJ_CACHE"] = str(run / "cache")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `ngspice` is skipped where there is none, and fails where one is required."""
    if item.get_closest_marker("ngspice") is None:
        return
    from spicemtj.engines.locate import find_ngspice
    from spicemtj.errors import MissingToolError

    try:
        find_ngspice()
    except MissingToolError as error:
        if os.environ.get("SPICEMTJ_REQUIRE_NGSPICE") == "1":
            pytest.fail(f"SPICEMTJ_REQUIRE_NGSPICE=1 and {error}", pytrace=False)
        pytest.skip(str(error))
