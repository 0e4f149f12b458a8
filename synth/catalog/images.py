"""Images in manifests: where they are named, and what a mirror calls them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

ImageKind = Literal["container", "argument", "environment", "document"]

_CONTAINER = re.compile(r"/(?:containers|initContainers)/\d+/image")
_ARGUMENT = re.compile(r"/(?:containers|initContainers)/\d+/(?:args|command)/\d+")
_ENVIRONMENT = re.compile(r"/(?:containers|initContainers)/\d+/env/\d+/value")
_PATH = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+"
_TAG = r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"@sha256:[0-9a-f]{64}"
# In free text only names with a path and a tag or digest count; a URL's scheme, host:port or a
# path of the file system before them does not.
_IN_TEXT = re.compile(
    rf"(?<![\w./:@%$\{{-]){_PATH}(?:(?:{_TAG})(?:{_DIGEST})?|{_DIGEST})(?![\w/:@}}-])"
)


# Istio's injector is told hub, name and tag apart, as JSON (istio/istio manifests/charts/
# istio-control/istio-discovery/files/injection-template.yaml, 1.17 to 1.29).
_HUB = re.compile(r'("hub":\s*")([^"]+)(?=")')
_HUB_TAG = re.compile(r'"tag":\s*"([^"]+)"')
_HUB_NAME = re.compile(r'"image":\s*"([a-z0-9-]+)"')


def image_kind(kind: str, pointer: str) -> ImageKind | None:
    """What a string at `pointer` of an object of `kind` may be: an image or text that names some."""
    if _CONTAINER.search(pointer) and pointer.endswith("/image"):
        return "container"
    if _ARGUMENT.search(pointer):
        return "argument"
    if _ENVIRONMENT.search(pointer):
        return "environment"
    if kind == "Image" and pointer == "/spec/image":
        return "argument"  # knative's cache of images: Kustomize's `images` passes it over
    if kind == "ConfigMap" and pointer.startswith("/data/"):
        return "document"
    return None


def images_in(text: str) -> list[str]:
    """The images named in free text, in order; those named in parts come last."""
    whole = (match[0] for match in _IN_TEXT.finditer(text) if _is_image(match[0]))
    return [*whole, *_in_parts(text)]


def replace_images(text: str, registry: str) -> str:
    """Free text with every image in it called by its name in the mirror; the rest untouched."""
    if _in_parts(text):
        text = _HUB.sub(lambda match: f"{match[1]}{mirrored(match[2], registry)}", text)
    return _IN_TEXT.sub(
        lambda match: mirrored(match[0], registry) if _is_image(match[0]) else match[0], text
    )


def _in_parts(text: str) -> list[str]:
    hub, tag = _HUB.search(text), _HUB_TAG.search(text)
    if not (hub and tag):
        return []
    return [f"{hub[2]}/{name}:{tag[1]}" for name in _HUB_NAME.findall(text)]


def _is_image(name: str) -> bool:
    """Whether a match is an image rather than `host.example.com/path:8080`."""
    tag = re.search(_TAG + "$", name)
    return not (
        tag
        and tag[0][1:].isdigit()
        and "." in name.split("/", maxsplit=1)[0]
        and name.count("/") == 1
    )


def normalised(image: str) -> str:
    """The image with its registry written out: `busybox:1` → `docker.io/library/busybox:1`.

    Source: distribution/reference normalize.go.
    """
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


def mirrored(image: str, registry: str) -> str:
    """What a mirror calls an image: `docker.io/istio/pilot:1` → `<registry>/docker.io/istio/pilot:1`."""
    return f"{registry.rstrip('/')}/{normalised(image)}"


def mirror_to(registry: str | None) -> Callable[[str], str]:
    """What an image is called where an environment pulls it from; unchanged without a mirror."""
    return (lambda image: mirrored(image, registry)) if registry else (lambda image: image)


def split(image: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image; the last two may be empty."""
    rest, _, digest = image.partition("@")
    head, slash, tail = rest.rpartition("/")
    name, _, tag = tail.partition(":")
    return f"{head}{slash}{name}", tag, digest
