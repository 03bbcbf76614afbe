"""The ways of running containers, and whose each of their layers is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class WayOfRunning(StrEnum):
    """A way of running containers; in the order of growing duty."""

    LAMBDA = "lambda"
    APP_RUNNER = "app-runner"
    EKS_FARGATE = "eks-fargate"
    ECS_FARGATE = "ecs-fargate"
    ECS_MANAGED = "ecs-managed"
    ECS_EC2 = "ecs-ec2"
    EKS_NODES = "eks-nodes"
    PLAIN_EC2 = "plain-ec2"


class LayerId(StrEnum):
    """A layer of what runs, from the top down."""

    DATA = "data"
    APPLICATION = "application"
    IMAGE = "image"
    WORKLOAD = "workload"
    IDENTITY = "identity"
    AGENT = "agent"
    HOST = "host"
    CONTROL = "control"
    HARDWARE = "hardware"


class LayerOwner(StrEnum):
    """Whose duty a layer is."""

    AWS = "A"
    SHARED = "S"
    YOURS = "Y"


LAYER_NAMES: Mapping[LayerId, tuple[str, str]] = {
    LayerId.DATA: ("Data and secrets", "reads, writes, secrets"),
    LayerId.APPLICATION: ("Application", "code and its libraries"),
    LayerId.IMAGE: ("Image", "base, scan, tag, registry"),
    LayerId.WORKLOAD: ("Workload settings", "user, privileges, limits"),
    LayerId.IDENTITY: ("Identity and network", "role, groups, policies"),
    LayerId.AGENT: ("Agent and runtime", "containerd, kubelet, agent"),
    LayerId.HOST: ("Host system", "kernel, patches, SSH"),
    LayerId.CONTROL: ("Control plane", "API, scheduler, its logs"),
    LayerId.HARDWARE: ("Physical host", "sites, hardware, hypervisor"),
}
"""Each layer with what is in it."""


@dataclass(frozen=True, slots=True)
class WayFacts:
    """What a way is called, what runs in it, and the owners of its layers."""

    name: str
    short: str
    noun: str
    """What is counted, in the singular."""
    owners: str
    """One letter for each of `LayerId`."""

    def owner(self, layer: LayerId) -> LayerOwner:
        """Return whose a layer is."""
        return LayerOwner(self.owners[list(LayerId).index(layer)])


WAYS: Mapping[WayOfRunning, WayFacts] = {
    WayOfRunning.LAMBDA: WayFacts("Lambda image", "Lambda", "function", "YYYYYAAAA"),
    WayOfRunning.APP_RUNNER: WayFacts("App Runner", "App Runner", "service", "YYYYYAAAA"),
    WayOfRunning.EKS_FARGATE: WayFacts("EKS on Fargate", "EKS Fargate", "workload", "YYYYYAASA"),
    WayOfRunning.ECS_FARGATE: WayFacts("ECS on Fargate", "ECS Fargate", "task", "YYYYYSAAA"),
    WayOfRunning.ECS_MANAGED: WayFacts("ECS managed instances", "ECS managed", "task", "YYYYYAAAA"),
    WayOfRunning.ECS_EC2: WayFacts("ECS on EC2", "ECS on EC2", "task", "YYYYYYYAA"),
    WayOfRunning.EKS_NODES: WayFacts("EKS on nodes", "EKS nodes", "workload", "YYYYYSSSA"),
    WayOfRunning.PLAIN_EC2: WayFacts("Plain EC2", "Plain EC2", "host", "YYYYYYYYA"),
}
"""After AWS's shared responsibility model for containers and each service's security guide."""
LAUNCH_TYPES = {
    "FARGATE": WayOfRunning.ECS_FARGATE,
    "FARGATE_SPOT": WayOfRunning.ECS_FARGATE,
    "MANAGED_INSTANCES": WayOfRunning.ECS_MANAGED,
    "EC2": WayOfRunning.ECS_EC2,
    "EXTERNAL": WayOfRunning.ECS_EC2,
}

CLUSTER, SERVICE, TASK_DEFINITION = "AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::TaskDefinition"
EKS_CLUSTER, NODE_GROUP, FARGATE_PROFILE = "AWS::EKS::Cluster", "AWS::EKS::Nodegroup", "AWS::EKS::FargateProfile"
FUNCTION, APP_RUNNER, REPOSITORY = "AWS::Lambda::Function", "AWS::AppRunner::Service", "AWS::ECR::Repository"
INSTANCE = "AWS::EC2::Instance"
KUBERNETES = "Kubernetes::"
OF_CLUSTER = ("AWS::EKS::Addon", "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation")
"""Types that belong to an EKS cluster by its name."""

TYPE_LAYERS: Mapping[str, LayerId] = {
    CLUSTER: LayerId.CONTROL,
    SERVICE: LayerId.IDENTITY,
    TASK_DEFINITION: LayerId.WORKLOAD,
    EKS_CLUSTER: LayerId.CONTROL,
    NODE_GROUP: LayerId.HOST,
    FARGATE_PROFILE: LayerId.IDENTITY,
    "AWS::EKS::Addon": LayerId.AGENT,
    "AWS::EKS::AccessEntry": LayerId.IDENTITY,
    "AWS::EKS::PodIdentityAssociation": LayerId.IDENTITY,
    FUNCTION: LayerId.IDENTITY,
    APP_RUNNER: LayerId.WORKLOAD,
    REPOSITORY: LayerId.IMAGE,
    INSTANCE: LayerId.HOST,
    "Kubernetes::Workload": LayerId.WORKLOAD,
    "Kubernetes::ConfigMap": LayerId.DATA,
}
"""The layer of a type's checks, but for those below; other objects of Kubernetes are about identity and network."""
CHECK_LAYERS: Mapping[str, LayerId] = {
    "ecs_task_definition_environment_without_secrets": LayerId.DATA,
    "ecs_task_definition_own_network": LayerId.IDENTITY,
    "ecs_service_fargate_platform_latest": LayerId.AGENT,
    "ecs_service_on_managed_machines": LayerId.HOST,
    "ecs_service_running_images_not_critical": LayerId.APPLICATION,
    "ecs_cluster_agents_connected": LayerId.AGENT,
    "eks_cluster_secrets_encrypted": LayerId.DATA,
    "eks_cluster_access_entries": LayerId.IDENTITY,
    "eks_nodegroup_supported_version": LayerId.AGENT,
    "eks_addon_own_role": LayerId.IDENTITY,
    "lambda_function_environment_without_secrets": LayerId.DATA,
    "lambda_function_image_not_critical": LayerId.APPLICATION,
    "apprunner_service_environment_without_secrets": LayerId.DATA,
    "apprunner_service_image_versioned": LayerId.IMAGE,
    "apprunner_service_runtime_supported": LayerId.APPLICATION,
    "ec2_instance_user_data_without_secrets": LayerId.DATA,
    "ec2_instance_containers_orchestrated": LayerId.CONTROL,
    "ec2_instance_no_public_address": LayerId.IDENTITY,
    "ec2_instance_profile_attached": LayerId.IDENTITY,
    "ec2_instance_single_interface": LayerId.IDENTITY,
    "kubernetes_workload_image_versioned": LayerId.IMAGE,
    "kubernetes_workload_image_pinned": LayerId.IMAGE,
}


def layer_of(check_id: str, resource_type: str, way: WayOfRunning) -> LayerId:
    """Return the layer that a check looks at, in a way of running.

    What AWS does there leaves a customer the settings of the workload.
    """
    usual = LayerId.IDENTITY if resource_type.startswith(KUBERNETES) else LayerId.WORKLOAD
    layer = CHECK_LAYERS.get(check_id) or TYPE_LAYERS.get(resource_type, usual)
    return LayerId.WORKLOAD if WAYS[way].owner(layer) is LayerOwner.AWS else layer
