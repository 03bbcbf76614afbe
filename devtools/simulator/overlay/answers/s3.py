"""S3: the listing with regions and pages."""

from __future__ import annotations

from typing import Any

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("s3")
def list_buckets(call: Call) -> dict[str, Any]:
    params, partition = call.params, get_partition(call.region)
    buckets = [
        {
            "Name": b.name,
            "CreationDate": b.creation_date,
            "BucketRegion": b.region_name,
            "BucketArn": f"arn:{partition}:s3:::{b.name}",
        }
        for b in sorted(s3_backends[call.account][partition].buckets.values(), key=lambda b: str(b.name))
        if b.name.startswith(params.get("Prefix") or "")
        and b.region_name == (params.get("BucketRegion") or b.region_name)
    ]
    start = int(params.get("ContinuationToken") or 0)
    stop = start + int(params.get("MaxBuckets") or 10_000)
    answer: dict[str, Any] = {"Buckets": buckets[start:stop], "Owner": {"ID": f"{int(call.account):064x}"}}
    if stop < len(buckets):
        answer["ContinuationToken"] = str(stop)
    return answer
