"""Outposts: sites, Outposts, the hardware in them and what runs on it."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


def one(call: Call, key: str, id_key: str, wanted: str) -> dict[str, Any]:
    """Return the site or Outpost by id or ARN."""
    for item in call.shelf().get(key, []):
        if wanted in {item[id_key], item[id_key.replace("Id", "Arn")]}:
            return dict(item)
    raise AwsError("NotFoundException", f"{id_key.removesuffix('Id')} {wanted} not found.", 404)


@answers("outposts")
def list_outposts(call: Call) -> dict[str, Any]:
    return paged(call, "Outposts", call.shelf().get("Outposts", []))


@answers("outposts")
def get_outpost(call: Call) -> dict[str, Any]:
    return {"Outpost": one(call, "Outposts", "OutpostId", call.params["OutpostId"])}


@answers("outposts")
def list_sites(call: Call) -> dict[str, Any]:
    return paged(call, "Sites", call.shelf().get("Sites", []))


@answers("outposts")
def get_site(call: Call) -> dict[str, Any]:
    return {"Site": one(call, "Sites", "SiteId", call.params["SiteId"])}


@answers("outposts")
def get_site_address(call: Call) -> dict[str, Any]:
    site = one(call, "Sites", "SiteId", call.params["SiteId"])
    address = call.shelf().get("addresses", {}).get(site["SiteId"])
    if address is None:
        raise AwsError("NotFoundException", f"No address for site {site['SiteId']}.", 404)
    return {"SiteId": site["SiteId"], "AddressType": call.params["AddressType"], "Address": address}


@answers("outposts", "ListAssets", "ListAssetInstances", "ListOrders")
def list_of_outpost(call: Call) -> dict[str, Any]:
    """List what belongs to an Outpost; the shelf keeps each list by Outpost id."""
    key = {"ListAssets": "Assets", "ListAssetInstances": "AssetInstances", "ListOrders": "Orders"}[call.operation]
    named = call.params.get("OutpostIdentifier") or call.params.get("OutpostIdentifierFilter") or ""
    outpost = one(call, "Outposts", "OutpostId", named) if named or key != "Orders" else None
    items = [i for i in call.shelf().get(key, []) if outpost is None or i["OutpostId"] == outpost["OutpostId"]]
    return paged(call, key, [{k: v for k, v in i.items() if k != "OutpostId"} for i in items])


@answers("outposts")
def get_outpost_instance_types(call: Call) -> dict[str, Any]:
    outpost = one(call, "Outposts", "OutpostId", call.params["OutpostId"])
    types = call.shelf().get("instance_types", {}).get(outpost["OutpostId"], [])
    answer = paged(call, "InstanceTypes", [{"InstanceType": name, "VCPUs": cpus} for name, cpus in types])
    return {**answer, "OutpostId": outpost["OutpostId"], "OutpostArn": outpost["OutpostArn"]}


@answers("outposts")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    for key, arn_key in (("Outposts", "OutpostArn"), ("Sites", "SiteArn")):
        for item in call.shelf().get(key, []):
            if item[arn_key] == arn:
                return {"Tags": item.get("Tags", {})}
    raise AwsError("NotFoundException", f"{arn} not found.", 404)
