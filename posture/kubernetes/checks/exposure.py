"""Judges what of a cluster others reach: services, ingresses and network policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.core.check import Remediation, check, does_not_apply, fails, neighbour, passes
from posture.core.kubernetes import home_of
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.related import Related
from posture.core.resource import Resource
from posture.kubernetes.judging import judge_places, workload
from posture.kubernetes.objects import WORKLOAD
from posture.kubernetes.pods import mapping, pod_of, sequence

SERVICE, INGRESS = "Kubernetes::Service", "Kubernetes::Ingress"
POLICY = "Kubernetes::NetworkPolicy"
CONTROLS = ("practices:kubernetes", "practices:vpc")
INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
}
"""Annotations by which AWS's controllers keep a load balancer within the VPC, with the values that do so."""
ANYWHERE = ("0.0.0.0/0", "::/0")


def _service(annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": "web", "annotations": annotations or {}}, "spec": spec}


@check(
    resource_type=SERVICE,
    title="Load balancers of services are internal or name who may call",
    problem="Service is open to the whole internet",
    severity=Severity.MEDIUM,
    controls=CONTROLS,
    exposes=True,
    remediation=Remediation(
        console="Set the annotation `service.beta.kubernetes.io/aws-load-balancer-scheme: internal`, or list "
        "callers in `spec.loadBalancerSourceRanges`."
    ),
    examples=(
        passes(_service({"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}, type="LoadBalancer")),
        passes(_service(type="LoadBalancer", loadBalancerSourceRanges=["192.0.2.0/24"])),
        fails(_service(type="LoadBalancer")),
        fails(_service(type="LoadBalancer", loadBalancerSourceRanges=["0.0.0.0/0"])),
        does_not_apply(_service(type="ClusterIP")),
    ),
)
def kubernetes_service_not_open(service: Resource) -> Outcome:
    """Such a service gets a public address and passes by what guards the ingress: certificates, logins, a firewall."""
    spec = mapping(service.raw_config.get("spec"))
    if spec.get("type") != "LoadBalancer":
        return not_applicable("It has no load balancer.")
    annotations = mapping(mapping(service.raw_config.get("metadata")).get("annotations"))
    if any(str(annotations.get(name)).lower() in values for name, values in INTERNAL.items()):
        return passed("Its load balancer is internal.", "metadata.annotations")
    ranges = sequence(spec.get("loadBalancerSourceRanges"))
    if ranges and not set(map(str, ranges)) & set(ANYWHERE):
        return passed("It names who may call.", "spec.loadBalancerSourceRanges")
    return failed("Its load balancer takes calls from anywhere.", "spec.type")


@check(
    resource_type=SERVICE,
    title="Services open no port on every node",
    problem="Service opens a port on every node",
    severity=Severity.LOW,
    controls=CONTROLS,
    remediation=Remediation(
        console="Use the type ClusterIP behind an ingress, or a load balancer that targets pods by address."
    ),
    examples=(passes(_service(type="ClusterIP")), fails(_service(type="NodePort"))),
)
def kubernetes_service_no_node_port(service: Resource) -> Outcome:
    """The port is open on each node, where network policies hold for none that call from outside of the cluster."""
    if mapping(service.raw_config.get("spec")).get("type") == "NodePort":
        return failed("It opens a port on every node.", "spec.type")
    return passed("It opens no port on the nodes.", "spec.type")


@check(
    resource_type=SERVICE,
    title="Services claim no external addresses",
    problem="Service claims external addresses",
    severity=Severity.MEDIUM,
    controls=CONTROLS,
    aliases=(),
    remediation=Remediation(console="Remove `spec.externalIPs`, and deny the field by an admission policy."),
    examples=(passes(_service(type="ClusterIP")), fails(_service(externalIPs=["198.51.100.7"]))),
)
def kubernetes_service_no_external_address(service: Resource) -> Outcome:
    """Whoever may create a service draws the cluster's traffic to any address this way (CVE-2020-8554)."""
    claimed = sequence(mapping(service.raw_config.get("spec")).get("externalIPs"))
    return judge_places(
        [("spec.externalIPs", f"it claims {str(claimed[0])[:60]}")] if claimed else [], "It claims none."
    )


def _ingress(**spec: Any) -> dict[str, Any]:
    return {"kind": "Ingress", "metadata": {"name": "web"}, "spec": spec}


CERTIFICATE = "alb.ingress.kubernetes.io/certificate-arn"


@check(
    resource_type=INGRESS,
    title="Ingresses have a certificate",
    problem="Ingress takes calls without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:kubernetes", "practices:encryption"),
    remediation=Remediation(
        console="Add `spec.tls` with the hosts, or the annotation `alb.ingress.kubernetes.io/certificate-arn`."
    ),
    examples=(
        passes(_ingress(tls=[{"hosts": ["shop.example"], "secretName": "shop"}])),
        passes({**_ingress(), "metadata": {"annotations": {CERTIFICATE: "arn:aws:acm:eu-west-1:1:certificate/c"}}}),
        fails(_ingress(rules=[{"host": "shop.example"}])),
    ),
)
def kubernetes_ingress_with_tls(ingress: Resource) -> Outcome:
    """Without a certificate logins and cookies pass every network on the way in plain text."""
    annotations = mapping(mapping(ingress.raw_config.get("metadata")).get("annotations"))
    if sequence(mapping(ingress.raw_config.get("spec")).get("tls")) or annotations.get(CERTIFICATE):
        return passed("It has a certificate.", "spec.tls")
    return failed("It names no certificate.", "spec.tls")


@check(
    resource_type=INGRESS,
    title="Ingresses name their hosts",
    problem="Ingress answers for any host",
    severity=Severity.LOW,
    controls=CONTROLS,
    remediation=Remediation(console="Name a host in each rule, without a wildcard."),
    examples=(
        passes(_ingress(rules=[{"host": "shop.example"}])),
        fails(_ingress(rules=[{"http": {}}])),
        fails(_ingress(rules=[{"host": "*.example"}])),
    ),
)
def kubernetes_ingress_names_hosts(ingress: Resource) -> Outcome:
    """A rule without a host answers for names of others as well, and so takes requests that are not for it."""
    rules = [mapping(rule).get("host") for rule in sequence(mapping(ingress.raw_config.get("spec")).get("rules"))]
    places = [
        (f"spec.rules[{at}].host", f"a rule answers for {str(host)[:60] if host else 'any host'}")
        for at, host in enumerate(rules)
        if not host or str(host).startswith("*")
    ]
    return judge_places(places, "Each rule names its host.")


def _policy(selector: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    metadata = {"name": "p", "namespace": "shop"}
    return {"kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": selector, **spec}}


@check(
    resource_type=POLICY,
    title="Network policies let in those that they name",
    problem="Network policy lets everybody in",
    severity=Severity.MEDIUM,
    controls=CONTROLS,
    remediation=Remediation(console="Name the callers in `from`, by pod or namespace, and the ports."),
    examples=(
        passes(_policy({}, ingress=[{"from": [{"podSelector": {}}]}])),
        passes(_policy({}, policyTypes=["Ingress"]), "nobody is let in"),
        fails(_policy({}, ingress=[{}])),
        fails(_policy({}, ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])),
    ),
)
def kubernetes_networkpolicy_names_callers(policy: Resource) -> Outcome:
    """A rule without callers is the same as no policy, and looks like one in every list."""
    places = []
    for at, rule in enumerate(sequence(mapping(policy.raw_config.get("spec")).get("ingress"))):
        callers = sequence(mapping(rule).get("from"))
        blocks = {str(mapping(mapping(one).get("ipBlock")).get("cidr")) for one in callers}
        if not callers or blocks & set(ANYWHERE):
            places.append((f"spec.ingress[{at}]", "a rule lets everybody in"))
    return judge_places(places, "Each rule names its callers.")


def _key(one: Resource, label: tuple[str, object] | None) -> str:
    """Return a cluster's namespace with a label, as pods share with policies."""
    namespace = mapping(one.raw_config.get("metadata")).get("namespace") or "default"
    place = f"{home_of(one.arn)}/{namespace}/"
    return f"{place}{label[0]}={label[1]!r}" if label else place


def _by_label(policy: Resource) -> Iterator[str]:
    """Yield the key of the first label that a policy selects by.

    Looked up by it, many policies and workloads do not take the square of the time.
    """
    yield _key(policy, next(iter(sorted(_selector(policy).items(), key=lambda label: label[0])), None))


def _selector(policy: Resource) -> Mapping[str, Any]:
    """Return the labels that a policy selects by; expressions are taken as met."""
    return mapping(mapping(mapping(policy.raw_config.get("spec")).get("podSelector")).get("matchLabels"))


@check(
    resource_type=WORKLOAD,
    title="Network policies say who may call a workload",
    problem="No network policy says who may call the workload",
    severity=Severity.MEDIUM,
    controls=CONTROLS,
    needs=(POLICY,),
    remediation=Remediation(
        console="Add a NetworkPolicy with an empty podSelector and `policyTypes: [Ingress]` to the namespace, and "
        "policies for who may call."
    ),
    examples=(
        passes(workload(), related=[neighbour(POLICY, _policy({}, policyTypes=["Ingress"]))]),
        fails(workload()),
        passes(
            {
                "kind": "CronJob",
                "spec": {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {"app": "db", "a": "b"}}}}}},
            },
            "by its labels",
            related=[neighbour(POLICY, {"spec": {"podSelector": {"matchLabels": {"app": "db"}}}})],
        ),
        fails(
            workload(),
            "of another namespace",
            related=[neighbour(POLICY, {"metadata": {"namespace": "a"}, "spec": {}})],
        ),
        fails(workload(), "of another workload", related=[neighbour(POLICY, _policy({"matchLabels": {"app": "db"}}))]),
    ),
)
def kubernetes_workload_isolated(workload: Resource, related: Related) -> Outcome:
    """Without a policy each pod of the cluster reaches this one, and so does whoever breaks into any of them."""
    pod = pod_of(workload.raw_config)
    labels = mapping(pod.metadata.get("labels")) if pod else {}
    for label in (None, *labels.items()):
        for policy in related.here_by(POLICY, _by_label, _key(workload, label), within=f"{home_of(workload.arn)}/"):
            types = sequence(mapping(policy.raw_config.get("spec")).get("policyTypes")) or ["Ingress"]
            if "Ingress" in types and all(labels.get(key) == value for key, value in _selector(policy).items()):
                return passed("A network policy says who may call it.")
    return failed("No network policy of its namespace selects its pods.", "metadata.namespace")
