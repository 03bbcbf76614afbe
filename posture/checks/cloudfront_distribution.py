"""Judge CloudFront distributions: protocols, access to their origins, and logs."""

from __future__ import annotations

from typing import Any

from posture.checks.other_accounts import account_with, elsewhere, is_seen_everywhere
from posture.core.aws_hosts import bucket_of_origin
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

DISTRIBUTION = "AWS::CloudFront::Distribution"
BUCKET = "AWS::S3::Bucket"
LIST, CONFIG = "cloudfront:ListDistributions", "cloudfront:GetDistributionConfig"
OLD_TLS = {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}
OLD_ORIGIN_TLS = {"SSLv3", "TLSv1", "TLSv1.1"}
_EDIT = "CloudFront → Distributions → {name} → "
_BUCKET_ORIGIN = {"Id": "assets", "DomainName": "assets.s3.eu-central-1.amazonaws.com", "S3OriginConfig": {}}


def _behaviours(distribution: Resource) -> list[tuple[str, Any]]:
    """Return each cache behaviour with its path in the configuration."""
    config = distribution.config
    further = (config.get("CacheBehaviors") or {}).get("Items") or ()
    paths = [f"CacheBehaviors.Items[{index}]" for index in range(len(further))]
    return [("DefaultCacheBehavior", config["DefaultCacheBehavior"]), *zip(paths, further, strict=True)]


def _origins(distribution: Resource) -> list[tuple[str, Any]]:
    items = distribution.config["Origins"]["Items"]
    return [(f"Origins.Items[{index}]", each) for index, each in enumerate(items)]


def _behaviour(policy: str) -> dict[str, Any]:
    return {"DefaultCacheBehavior": {"ViewerProtocolPolicy": policy}}


def _custom(**config: Any) -> dict[str, Any]:
    basis = {"OriginProtocolPolicy": "https-only", "OriginSslProtocols": {"Items": ["TLSv1.2"]}}
    origin = {"Id": "shop", "DomainName": "shop.example.com", "CustomOriginConfig": {**basis, **config}}
    return {**_behaviour("https-only"), "Origins": {"Items": [origin]}}


def _from_bucket(**rest: Any) -> dict[str, Any]:
    return {"Origins": {"Items": [{**_BUCKET_ORIGIN, **rest}]}}


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution has a default root object",
    problem="CloudFront distribution has no default root object",
    severity=Severity.MEDIUM,
    controls=("practices:data", "aws_fsbp:CloudFront.1"),
    aliases=("securityhub:CloudFront.1", "prowler:cloudfront_distributions_default_root_object"),
    remediation=Remediation(console=_EDIT + "General → Settings → Edit → Default root object: index.html."),
    examples=(
        passes({"DefaultRootObject": "index.html"}),
        fails({"DefaultRootObject": ""}),
        is_unknown({"DefaultRootObject": denied(CONFIG)}),
    ),
)
def cloudfront_distribution_root_object(distribution: Resource) -> Outcome:
    """A request for the bare name otherwise reaches the origin's root: of a bucket, the list of what is in it."""
    name = distribution.config["DefaultRootObject"]
    return passed(f"It is {name}.", "DefaultRootObject") if name else failed("There is none.", "DefaultRootObject")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution takes HTTPS alone",
    problem="CloudFront distribution takes plain HTTP",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:CloudFront.3"),
    aliases=("securityhub:CloudFront.3", "prowler:cloudfront_distributions_https_enabled"),
    remediation=Remediation(
        console=_EDIT + "Behaviors → the behavior → Edit → Viewer protocol policy: Redirect HTTP to HTTPS."
    ),
    examples=(
        passes(_behaviour("redirect-to-https")),
        fails(_behaviour("allow-all")),
        fails({**_behaviour("https-only"), "CacheBehaviors": {"Items": [{"ViewerProtocolPolicy": "allow-all"}]}}),
        is_unknown({"DefaultCacheBehavior": denied(LIST)}),
    ),
)
def cloudfront_distribution_https(distribution: Resource) -> Outcome:
    """Whoever is on the way between a person and the site reads and changes what goes by plain HTTP."""
    for path, each in _behaviours(distribution):
        if each["ViewerProtocolPolicy"] == "allow-all":
            return failed("A behavior takes plain HTTP.", f"{path}.ViewerProtocolPolicy")
    return passed("Every behavior takes HTTPS or redirects to it.", "DefaultCacheBehavior.ViewerProtocolPolicy")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution has a second origin to fall back on",
    problem="CloudFront distribution has one origin alone",
    severity=Severity.LOW,
    controls=("practices:accounts", "aws_fsbp:CloudFront.4"),
    aliases=("securityhub:CloudFront.4", "prowler:cloudfront_distributions_multiple_origin_failover_configured"),
    remediation=Remediation(
        console=_EDIT + "Origins → Create origin group, with two origins and what makes it switch."
    ),
    examples=(
        passes({"OriginGroups": {"Quantity": 1, "Items": [{"Members": {"Quantity": 2}}]}}),
        fails({"OriginGroups": {"Quantity": 0}}),
        is_unknown({"OriginGroups": denied(CONFIG)}),
    ),
)
def cloudfront_distribution_fallback(distribution: Resource) -> Outcome:
    """When the one origin fails, what is not in the cache is gone for everybody."""
    groups = distribution.config["OriginGroups"]["Quantity"]
    return passed("An origin group switches.", "OriginGroups") if groups else failed("No group.", "OriginGroups")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution logs its requests",
    problem="CloudFront distribution does not log its requests",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:CloudFront.5", "cis_aws_7:4.10"),
    aliases=("securityhub:CloudFront.5", "prowler:cloudfront_distributions_logging_enabled"),
    remediation=Remediation(console=_EDIT + "Logging → Create log delivery, to a bucket of the log archive."),
    examples=(
        passes({"Logging": {"Enabled": True}}),
        fails({"Logging": {"Enabled": False}}),
        is_unknown({"Logging": denied(CONFIG)}),
    ),
)
def cloudfront_distribution_logs(distribution: Resource) -> Outcome:
    """After an incident the first question is who asked for what; without logs nobody will ever know.

    This looks at standard logs of the older kind; delivery by CloudWatch (version 2) is not read yet.
    """
    if distribution.config["Logging"]["Enabled"]:
        return passed("Standard logs are kept.", "Logging.Enabled")
    return failed("No standard logs are kept.", "Logging.Enabled")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution has a web ACL in front",
    problem="CloudFront distribution has no web ACL in front",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:CloudFront.6"),
    aliases=("securityhub:CloudFront.6", "prowler:cloudfront_distributions_using_waf"),
    remediation=Remediation(console=_EDIT + "Security → Enable AWS WAF protection."),
    examples=(
        passes({"WebACLId": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/front/a1"}),
        fails({"WebACLId": ""}),
        is_unknown({"WebACLId": denied(LIST)}),
    ),
)
def cloudfront_distribution_web_acl_in_front(distribution: Resource) -> Outcome:
    """Scanners find a new name within minutes. A web ACL turns away the known attacks, floods and bots."""
    if distribution.config["WebACLId"]:
        return passed("A web ACL looks at each request.", "WebACLId")
    return failed("No web ACL looks at its requests.", "WebACLId")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution has a certificate of its own",
    problem="CloudFront distribution uses CloudFront's certificate",
    severity=Severity.LOW,
    controls=("practices:encryption", "aws_fsbp:CloudFront.7"),
    aliases=("securityhub:CloudFront.7", "prowler:cloudfront_distributions_custom_ssl_certificate"),
    remediation=Remediation(console=_EDIT + "General → Settings → Edit → Custom SSL certificate, with your own names."),
    examples=(
        passes({"ViewerCertificate": {"CloudFrontDefaultCertificate": False}}),
        fails({"ViewerCertificate": {"CloudFrontDefaultCertificate": True}}),
        is_unknown({"ViewerCertificate": denied(LIST)}),
    ),
)
def cloudfront_distribution_own_certificate(distribution: Resource) -> Outcome:
    """With CloudFront's certificate the site has no name of its own, and takes TLS of any age."""
    path = "ViewerCertificate.CloudFrontDefaultCertificate"
    if distribution.config["ViewerCertificate"]["CloudFrontDefaultCertificate"]:
        return failed("It uses CloudFront's own certificate.", path)
    return passed("It has a certificate of its own.", path)


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution serves HTTPS by name (SNI)",
    problem="CloudFront distribution serves HTTPS by addresses of its own",
    severity=Severity.LOW,
    controls=("practices:encryption", "practices:legacy", "aws_fsbp:CloudFront.8"),
    aliases=("securityhub:CloudFront.8", "prowler:cloudfront_distributions_https_sni_enabled"),
    remediation=Remediation(console=_EDIT + "General → Settings → Edit → Legacy clients support: off."),
    examples=(
        passes({"ViewerCertificate": {"CloudFrontDefaultCertificate": False, "SSLSupportMethod": "sni-only"}}),
        fails({"ViewerCertificate": {"CloudFrontDefaultCertificate": False, "SSLSupportMethod": "vip"}}),
        is_unknown({"ViewerCertificate": denied(LIST)}),
        does_not_apply({"ViewerCertificate": {"CloudFrontDefaultCertificate": True}}, "CloudFront's certificate"),
    ),
)
def cloudfront_distribution_serves_by_name(distribution: Resource) -> Outcome:
    """Addresses of one's own cost 600 dollars a month, and serve clients that no browser maker keeps any more."""
    certificate = distribution.config["ViewerCertificate"]
    if certificate["CloudFrontDefaultCertificate"]:
        return not_applicable("It uses CloudFront's own certificate.", "ViewerCertificate.CloudFrontDefaultCertificate")
    method = certificate["SSLSupportMethod"]
    return (passed if method == "sni-only" else failed)(
        f"The method is {method}.", "ViewerCertificate.SSLSupportMethod"
    )


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution asks viewers for TLS 1.2",
    problem="CloudFront distribution takes TLS 1.0 or 1.1 from viewers",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:legacy"),
    aliases=("prowler:cloudfront_distributions_using_deprecated_ssl_protocols",),
    remediation=Remediation(console=_EDIT + "General → Settings → Edit → Security policy: TLSv1.2_2021."),
    examples=(
        passes(
            {"ViewerCertificate": {"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1.2_2021"}}
        ),
        fails({"ViewerCertificate": {"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1"}}),
        is_unknown({"ViewerCertificate": denied(LIST)}),
        does_not_apply({"ViewerCertificate": {"CloudFrontDefaultCertificate": True}}, "CloudFront's certificate"),
    ),
)
def cloudfront_distribution_modern_tls(distribution: Resource) -> Outcome:
    """TLS 1.0 and 1.1 have been retired since 2021: what they protect can be read by whoever is on the way."""
    certificate = distribution.config["ViewerCertificate"]
    if certificate["CloudFrontDefaultCertificate"]:
        return not_applicable("It uses CloudFront's own certificate.", "ViewerCertificate.CloudFrontDefaultCertificate")
    least = certificate["MinimumProtocolVersion"]
    judge = failed if least in OLD_TLS else passed
    return judge(f"The oldest protocol taken is of {least}.", "ViewerCertificate.MinimumProtocolVersion")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution speaks HTTPS with its origins",
    problem="CloudFront distribution speaks plain HTTP with an origin",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:CloudFront.9"),
    aliases=("securityhub:CloudFront.9", "prowler:cloudfront_distributions_origin_traffic_encrypted"),
    remediation=Remediation(console=_EDIT + "Origins → the origin → Edit → Protocol: HTTPS only."),
    examples=(
        passes(_custom()),
        fails(_custom(OriginProtocolPolicy="http-only")),
        fails({**_custom(OriginProtocolPolicy="match-viewer"), **_behaviour("allow-all")}, "as the viewer came"),
        passes(_custom(OriginProtocolPolicy="match-viewer"), "viewers come by HTTPS alone"),
        is_unknown({"Origins": denied(LIST)}),
        does_not_apply({**_from_bucket(), **_behaviour("https-only")}, "a bucket alone"),
    ),
)
def cloudfront_distribution_origins_by_https(distribution: Resource) -> Outcome:
    """The second half of the way crosses the internet, too, and nobody's browser shows a lock for it."""
    custom = [
        (path, each["CustomOriginConfig"]) for path, each in _origins(distribution) if "CustomOriginConfig" in each
    ]
    if not custom:
        return not_applicable("All of its origins are buckets.", "Origins")
    for path, config in custom:
        policy = config["OriginProtocolPolicy"]
        by_viewer = policy == "match-viewer" and any(
            each["ViewerProtocolPolicy"] == "allow-all" for _, each in _behaviours(distribution)
        )
        if policy == "http-only" or by_viewer:
            return failed(f"The policy is {policy}.", f"{path}.CustomOriginConfig.OriginProtocolPolicy")
    return passed("Every server behind it is spoken to by HTTPS.", "Origins")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution uses TLS 1.2 with its origins",
    problem="CloudFront distribution uses outdated TLS with an origin",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:legacy", "aws_fsbp:CloudFront.10"),
    aliases=("securityhub:CloudFront.10",),
    remediation=Remediation(console=_EDIT + "Origins → the origin → Edit → Minimum origin SSL protocol: TLSv1.2."),
    examples=(
        passes(_custom()),
        fails(_custom(OriginSslProtocols={"Items": ["SSLv3", "TLSv1.2"]})),
        is_unknown({"Origins": denied(LIST)}),
        does_not_apply(_from_bucket(), "a bucket alone"),
    ),
)
def cloudfront_distribution_modern_tls_to_origins(distribution: Resource) -> Outcome:
    """Where an old protocol is allowed, somebody on the way can make both ends fall back to it.

    Security Hub names SSLv3 alone; TLS 1.0 and 1.1 have been retired since.
    """
    custom = [
        (path, each["CustomOriginConfig"]) for path, each in _origins(distribution) if "CustomOriginConfig" in each
    ]
    if not custom:
        return not_applicable("All of its origins are buckets.", "Origins")
    for path, config in custom:
        old = sorted(OLD_ORIGIN_TLS.intersection(config["OriginSslProtocols"]["Items"]))
        if old:
            return failed(f"{' and '.join(old)} may be used.", f"{path}.CustomOriginConfig.OriginSslProtocols")
    return passed("TLS 1.2 is the oldest protocol used.", "Origins")


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution's buckets exist",
    problem="CloudFront distribution points at a bucket that does not exist",
    severity=Severity.HIGH,
    controls=("practices:data", "practices:vpc", "aws_fsbp:CloudFront.12"),
    aliases=("securityhub:CloudFront.12", "prowler:cloudfront_distributions_s3_origin_non_existent_bucket"),
    needs=(BUCKET,),
    reads_observed=True,
    version=2,
    remediation=Remediation(console=_EDIT + "Origins: delete the origin, or make the bucket before a stranger does."),
    examples=(
        passes(_from_bucket(), related=[neighbour(BUCKET, {}, name="assets")]),
        passes(
            _from_bucket(DomainName="a.s3.b.s3.eu-central-1.amazonaws.com"),
            "a name with dots",
            related=[neighbour(BUCKET, {}, name="a.s3.b")],
        ),
        passes(
            _from_bucket(),
            "another account's, whatever else is unknown",
            observed=elsewhere(BUCKET, "assets", "444455556666"),
            gaps=[BUCKET],
        ),
        fails(
            _from_bucket(),
            "no such bucket in any account",
            observed=elsewhere(BUCKET, "assets", None),
            related=[neighbour(BUCKET, {}, name="other")],
        ),
        is_unknown(
            _from_bucket(),
            "another account was not seen",
            observed=elsewhere(BUCKET, "assets", None, complete=False),
        ),
        is_unknown(_from_bucket(), "nothing is known of other accounts", related=[neighbour(BUCKET, {}, name="other")]),
        is_unknown(_from_bucket(), observed=elsewhere(BUCKET, "assets", None), gaps=[BUCKET]),
        is_unknown({"Origins": denied(LIST)}),
        does_not_apply(_custom(), "no bucket"),
    ),
)
def cloudfront_distribution_buckets_exist(distribution: Resource, related: Related) -> Outcome:
    """Names of buckets are the whole world's: whoever makes the missing one serves your visitors what they like."""
    named = {path: name for path, each in _origins(distribution) if (name := _bucket_of(each))}
    if not named:
        return not_applicable("None of its origins is a bucket.", "Origins")
    missing = {path: name for path, name in named.items() if not account_with(distribution, BUCKET, name)}
    known = {bucket.name for bucket in related.everywhere(BUCKET)} if missing else set()
    missing = {path: name for path, name in missing.items() if name not in known}
    for path, name in missing.items():
        if is_seen_everywhere(distribution, BUCKET, name):
            return failed(f"No account of the organization has a bucket {name}.", f"{path}.DomainName")
    for path, name in missing.items():
        reason = f"The account has no bucket {name}, and it is not known whether another account has it."
        return unknown(reason, f"{path}.DomainName")
    return passed("Accounts of the organization have each bucket that it names.", "Origins")


def _bucket_of(origin: Any) -> str | None:
    return bucket_of_origin(str(origin["DomainName"])) if "S3OriginConfig" in origin else None


@check(
    resource_type=DISTRIBUTION,
    title="CloudFront distribution reads its buckets by origin access control",
    problem="CloudFront distribution reads a bucket without origin access control",
    severity=Severity.MEDIUM,
    controls=("practices:data", "practices:iam", "aws_fsbp:CloudFront.13"),
    aliases=("securityhub:CloudFront.13", "prowler:cloudfront_distributions_s3_origin_access_control"),
    remediation=Remediation(
        console=_EDIT
        + "Origins → the origin → Edit → Origin access control settings; then the bucket's policy that it "
        "shows."
    ),
    examples=(
        passes(_from_bucket(OriginAccessControlId="E1A2B3")),
        fails(_from_bucket(OriginAccessControlId="")),
        is_unknown(_from_bucket(OriginAccessControlId=denied(LIST))),
        does_not_apply(_custom(), "no bucket"),
    ),
)
def cloudfront_distribution_origin_access_control(distribution: Resource) -> Outcome:
    """Without it the bucket itself has to be open to the internet, past the distribution and all that guards it."""
    buckets = [(path, each) for path, each in _origins(distribution) if "S3OriginConfig" in each]
    if not buckets:
        return not_applicable("None of its origins is a bucket.", "Origins")
    for path, each in buckets:
        if not each["OriginAccessControlId"]:
            return failed(f"{each['DomainName']} is read without it.", f"{path}.OriginAccessControlId")
    return passed("Every bucket is read by origin access control.", "Origins")
