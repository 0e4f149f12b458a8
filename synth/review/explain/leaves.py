"""The single values of a configuration, and the same configuration with some of them changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

Path = tuple[str, ...]
"""Keys, names of entries, or places in a list as text, as `synth show` has them."""
Model = TypeVar("Model", bound=BaseModel)

_NUMBER = re.compile(r"\d+(?!.*\d)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the configuration; `choices` is what else it could be, where that is bounded."""

    path: Path
    value: Any
    choices: tuple[Any, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether it can switch something off, so that other changes would not be seen beside it."""
        return isinstance(self.value, bool) or bool(self.choices)

    def others(self, known: Mapping[str, Collection[str]]) -> Iterator[Any]:
        """Other values of the same form, the nearest first; `known` has what some strings can be."""
        value = self.value
        if isinstance(value, bool):
            yield not value
        elif self.choices:
            yield from (each for each in self.choices if each != value)
        elif isinstance(value, (int, float)):
            yield from (value + 1, value - 1, value * 2)
        elif isinstance(value, str):
            for names in known.values():
                if value in names:
                    yield from (name for name in names if name != value)
            yield from _nearby(value)


def leaves(value: Any, path: Path = (), annotation: Any = None) -> Iterator[Leaf]:
    """Every value that is there and holds no others."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from leaves(getattr(value, name), (*path, field.alias or name), field.annotation)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif _is_list(value):
        for name, item in zip(_names(value), value, strict=True):
            yield from leaves(item, (*path, name))
    elif value is not None:
        yield Leaf(path, value, tuple(_choices(annotation)))


def changed(model: Model, changes: Mapping[Path, Any]) -> Model:
    """The model with other values at these paths; nothing is validated, so that what belongs
    together can change one by one.
    """
    result: Model = _changed(model, changes)
    return result


def written(data: Any, model: Any, path: Path, value: Any) -> Any:
    """What was written, `data`, with another value at a path; where nothing was, the model's own
    defaults stand around it.
    """
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(data, Mapping):
        return {**data, head: written(data.get(head), _below(model, head), rest, value)}
    if _is_list(data):
        return tuple(
            written(item, _below(model, name), rest, value) if name == head else item
            for name, item in zip(_names(data), data, strict=True)
        )
    return _changed(model, {path: value}, dumped=True)


def _changed(value: Any, changes: Mapping[Path, Any], *, dumped: bool = False) -> Any:
    if () in changes:
        return changes[()]
    below: dict[str, dict[Path, Any]] = {}
    for path, new in changes.items():
        below.setdefault(path[0], {})[path[1:]] = new
    if isinstance(value, BaseModel):
        fields = {field.alias or name: name for name, field in type(value).model_fields.items()}
        update = {
            fields[key]: _changed(getattr(value, fields[key]), its) for key, its in below.items()
        }
        result = value.model_copy(update=update)
        return result.model_dump(by_alias=True, exclude_none=True) if dumped else result
    if isinstance(value, Mapping):
        return {
            key: _changed(item, below[str(key)]) if str(key) in below else item
            for key, item in value.items()
        }
    return tuple(
        _changed(item, below[name]) if name in below else item
        for name, item in zip(_names(value), value, strict=True)
    )


def _below(model: Any, head: str) -> Any:
    if isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            if head == (field.alias or name):
                return getattr(model, name)
        return None
    if isinstance(model, Mapping):
        return model.get(head)
    if _is_list(model):
        return next((item for n, item in zip(_names(model), model, strict=True) if n == head), None)
    return None


def _names(items: Sequence[Any]) -> list[str]:
    """What entries are called: by their names where these tell them apart, else by their places."""
    names = [
        item.get("name") if isinstance(item, Mapping) else getattr(item, "name", None)
        for item in items
    ]
    if all(isinstance(name, str) for name in names) and len({*names}) == len(names):
        return [str(name) for name in names]
    return [str(place) for place in range(len(items))]


def _choices(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from get_args(annotation)
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _choices(each)
    elif origin is Annotated:
        yield from _choices(get_args(annotation)[0])


def _nearby(text: str) -> Iterator[str]:
    for step in (1, -1):
        number = _NUMBER.search(text)
        if number and int(number[0]) + step >= 0:
            other = str(int(number[0]) + step).zfill(len(number[0]))
            yield text[: number.start()] + other + text[number.end() :]
    yield f"{text}x"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
