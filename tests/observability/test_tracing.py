"""What a thread works on is named by the lines that it writes, and by no others."""

from __future__ import annotations

import timeit
from typing import Any

import pytest
from botocore.exceptions import ClientError

from posture.core import tracing
from posture.sweep.errors import classify
from posture.sweep.threads import Pool


def test_labels_name_the_work_and_the_call_that_is_under_way_or_has_failed() -> None:
    assert tracing.labels() == {}
    with tracing.about(sweep="7", account="222222222222"), tracing.about(region="eu-west-1"):
        one = tracing.new_call("ec2", "describe_vpcs", "eu-west-1")
        tracing.calling(one)
        assert tracing.labels() == {
            "sweep": "7",
            "account": "222222222222",
            "region": "eu-west-1",
            "service": "ec2",
            "operation": "describe_vpcs",
            "call": one.id,
        }
        tracing.answered()
        assert "call" not in tracing.labels()
        tracing.calling(one)
    assert tracing.labels() == {}, "nothing stays behind"


def test_every_call_has_a_name_of_its_own() -> None:
    assert len({tracing.new_call("ec2", "describe_vpcs", "eu-west-1").id for _ in range(100)}) == 100


def test_threads_that_help_work_on_what_was_asked_of_them_and_forget_it() -> None:
    pool = Pool(8)
    try:
        for account in ("1", "2", "3"):
            with tracing.about(account=account):
                each = pool.each(lambda _: tracing.labels(), range(40))
                submitted = pool.submit(tracing.labels).result()
            assert {label["account"] for label in [*each, submitted]} == {account}
        assert pool.submit(tracing.labels).result() == {}
    finally:
        pool.close()


def test_a_failure_names_its_call_and_what_aws_called_the_request() -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"RequestId": "req-42"}}
    one = tracing.new_call("ec2", "describe_vpcs", "eu-west-1")
    with tracing.about(sweep="7"):
        tracing.calling(one)
        failure = classify(ClientError(answer, "DescribeVpcs"), "ec2:DescribeVpcs")
        tracing.calling(tracing.new_call("iam", "list_roles", "us-east-1"))
        labels = failure.labels()
    assert (labels["request_id"], labels["call"], labels["service"], labels["sweep"]) == ("req-42", one.id, "ec2", "7")
    assert failure == classify(ClientError(answer, "DescribeVpcs"), "ec2:DescribeVpcs"), "it is the same failure"


def test_noting_a_call_costs_next_to_nothing() -> None:
    def noted() -> None:
        tracing.calling(tracing.new_call("ec2", "describe_vpcs", "eu-west-1"))
        tracing.answered()

    seconds = min(timeit.repeat(noted, number=20_000, repeat=3))
    # About 0.5 µs here, of a call's millisecond; the limit is for a loaded machine.
    assert seconds / 20_000 < 50e-6


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="unexpected"), tracing.about(customer="x"):
        pass
