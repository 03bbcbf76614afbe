"""The overlay's answers are to operations that there are."""

from __future__ import annotations

from moto.core.utils import get_service_model

from devtools.simulator.overlay.answers import amendments, load


def test_each_answer_is_to_an_operation_of_its_service() -> None:
    """One with another name, as `DescribeDb` for `DescribeDB`, is never asked for."""
    load()
    assert amendments
    unknown = [
        f"{service}:{operation}"
        for service, operation in amendments
        if operation not in get_service_model(service).operation_names
    ]
    assert unknown == []
