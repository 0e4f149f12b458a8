"""What the models of an environment file are made of."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from synth.kit.names import LABEL_LENGTH, is_label
from synth.kit.quantities import milliseconds, percent, quantity


class Section(BaseModel):
    """A part of an environment file: frozen, with camelCase keys; unknown keys are mistakes."""

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
    )

    def __deepcopy__(self, memo: object = None) -> Self:
        """Itself: nobody changes it, so that one default can stand in a thousand places."""
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """With the docstrings of fields as their descriptions. They are looked for only where somebody
        asks for a schema: to read every class's source takes longer than all else at the start.
        """
        reference = handler(core_schema)
        properties = handler.resolve_ref_schema(reference).get("properties", {})
        for name, text in _docstrings(cls).items():
            field = cls.model_fields[name]
            properties[field.alias or name].setdefault("description", text)
        return reference


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The string below each field of a model, by the field's name."""
    found = {}
    for each in reversed(model.__mro__):
        if issubclass(each, Section) and each is not Section:
            for line, below in pairwise(_classes(each.__module__)[each.__name__].body):
                match line, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str() as text)),
                    ):
                        found[name] = cleandoc(text)
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module as they are written, by their names."""
    body = ast.parse(getsource(sys.modules[module])).body
    return {each.name: each for each in body if isinstance(each, ast.ClassDef)}


def _checked(parse: Callable[[str], object]) -> Callable[[str], str]:
    def check(text: str) -> str:
        parse(text)
        return text

    return check


def _label(name: str) -> str:
    if not is_label(name):
        raise ValueError(
            f"{name!r} is not a Kubernetes name: lower-case letters, digits and '-', "
            f"a letter or digit at both ends, at most {LABEL_LENGTH} characters"
        )
    return name


def _day(text: str) -> str:
    try:
        whole = date.fromisoformat(text).isoformat() == text
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"{text!r} is not a day: write year, month and day, as in 2027-03-31")
    return text


def pinned(image: str) -> str:
    """The image as given. Raises ValueError for one without a digest or a tag that says which."""
    name, at, digest = image.partition("@")
    if at:
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ValueError(f"{image!r} has a digest that is not sha256:<64 hex digits>")
        return image
    tag = name.rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        raise ValueError(f"{image!r} is not pinned: give a tag other than latest, or a digest")
    return image


def _timezone(name: str) -> str:
    # ZoneInfo also finds files that are no zones, or zones by other paths, on some machines.
    if re.fullmatch(r"UTC|(?!posix/|right/)[A-Z][-+\w]*(/[-+\w]+)+", name):
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return name
    raise ValueError(f"{name!r} is not a time zone of the IANA database such as Europe/Paris")


def refers_to(collection: str) -> AfterValidator:
    """A validator for names of entries in another part of the file (`teams`, `models`, …).

    The loader puts the names that exist into the validation context, by collection, so that a
    wrong reference is found in the same go as every other mistake.
    """

    def check(name: str, info: ValidationInfo) -> str:
        context: dict[str, Any] = info.context or {}
        known = context.get(collection)
        if known is not None and name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise ValueError(f"{name!r} is not in {collection} (there: {there})")
        return name

    return AfterValidator(check)


CONTACT_POINTS = "observability.notifications.contactPoints"
"""The list of who can be told of alerts, which teams name as well."""
Name = Annotated[str, AfterValidator(_label)]
"""An RFC 1123 label."""
TeamName = Annotated[str, refers_to("teams")]
"""The name of an entry of `teams`."""
Quantity = Annotated[str, AfterValidator(_checked(quantity)), Field(examples=["500m", "2", "64Gi"])]
"""A Kubernetes quantity, kept as it was written."""
Duration = Annotated[str, AfterValidator(_checked(milliseconds)), Field(examples=["500ms", "1h"])]
"""A duration, kept as it was written; `synth.kit.quantities.milliseconds` reads it."""
TimeZone = Annotated[str, AfterValidator(_timezone)]
"""A time zone of the IANA database."""
Percent = Annotated[str, AfterValidator(_checked(percent)), Field(examples=["1%", "0.5%"])]
"""A percentage, kept as it was written; `synth.kit.quantities.percent` reads it."""
PINNED = AfterValidator(pinned)
"""The validator by which a field that holds an image is known."""
Image = Annotated[str, PINNED, Field(examples=["python:3.11.9-slim"])]
"""A container image with a tag other than `latest`, or a digest."""
NonEmpty = Annotated[str, Field(min_length=1)]
Day = Annotated[str, AfterValidator(_day), Field(examples=["2027-03-31"])]
"""A day of the calendar, kept as it was written."""


class Resources(Section):
    """Requests and limits of a container, as Kubernetes quantities by resource name."""

    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}

    @property
    def gpus(self) -> bool:
        """Whether a GPU or another device is asked for: these have a domain in their name."""
        return any("/" in name for name in (*self.requests, *self.limits))


class Storage(Section):
    """The volume of each pod; it stays when the pod or what runs it goes."""

    size: Quantity
    """Can grow where the class permits it, never shrink."""
    storage_class: Annotated[Name | None, Field(alias="class")] = None
    """The StorageClass; without it the cluster's default."""

    def claim(self) -> dict[str, Any]:
        """The spec of a PersistentVolumeClaim for it."""
        spec: dict[str, Any] = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": self.size}},
        }
        if self.storage_class:
            spec["storageClassName"] = self.storage_class
        return spec
