"""`requestedSchema`: a flat object of primitives, read by hand, key by key.

Law: every property is one of six kinds with known keywords of known types; an unknown keyword, an
impossible bound or a default of another type refuses the whole form. No general JSON
Schema here, hence no recursion and no patterns. Pure; called by `protocol.elicitation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line, visible

MAX_FIELDS = 64
MAX_CHOICES = 500
MAX_NAME = 200
FORMATS = frozenset({"email", "uri", "date", "date-time"})

_TEXTS = frozenset({"type", "title", "description", "default"})
_TOP_LEVEL = frozenset(
    {"type", "properties", "required", "$schema", "title", "description", "additionalProperties"}
)
_STRING = _TEXTS | {"minLength", "maxLength", "format"}
_NUMBER = _TEXTS | {"minimum", "maximum"}
_ENUM = _TEXTS | {"enum", "enumNames"}
_ONE_OF = _TEXTS | {"oneOf"}
_MULTI = _TEXTS | {"items", "minItems", "maxItems", "uniqueItems"}


def parse_fields(untrusted_schema: Json) -> tuple[FormField, ...]:
    """The fields of a form, in order. Raises `ProtocolViolation`."""
    if not isinstance(untrusted_schema, Mapping) or untrusted_schema.get("type") != "object":
        raise ProtocolViolation("a form whose requestedSchema is not an object schema")
    _only(untrusted_schema, _TOP_LEVEL, "the form")
    properties = untrusted_schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        raise ProtocolViolation("a form without properties")
    if len(properties) > MAX_FIELDS:
        raise ProtocolViolation(f"a form with more than {MAX_FIELDS} fields")
    required = _strings(untrusted_schema.get("required", []), "required")
    if not set(required) <= properties.keys():
        raise ProtocolViolation("a form that requires a field it does not have")
    return tuple(_field(name, spec, name in required) for name, spec in properties.items())


def _field(name: str, untrusted: Json, required: bool) -> FormField:
    if not name or len(name) > MAX_NAME:
        raise ProtocolViolation("a form field without a usable name")
    if not isinstance(untrusted, Mapping):
        raise ProtocolViolation(f"the form field {one_line(name, limit=80)} is not an object")
    reader = _Reader(one_line(name, limit=80), untrusted)
    shape = reader.shape()
    return FormField(
        name=name,
        type=shape.type,
        title=one_line(reader.text("title")),
        description=visible(reader.text("description"), limit=1000),
        required=required,
        default=reader.default(shape),
        choices=shape.choices,
        format=shape.format,
        min_length=shape.min_length,
        max_length=shape.max_length,
        minimum=shape.minimum,
        maximum=shape.maximum,
        min_items=shape.min_items,
        max_items=shape.max_items,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    type: FieldType
    choices: tuple[tuple[str, str], ...] = ()
    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one property; every complaint names the field."""

    name: str
    spec: JsonObject

    def wrong(self, why: str) -> ProtocolViolation:
        return ProtocolViolation(f"the form field {self.name} {why}")

    def shape(self) -> _Shape:
        match self.spec.get("type"):
            case "string" if "enum" in self.spec or "oneOf" in self.spec:
                return self._enum()
            case "string":
                return self._string()
            case "integer":
                return self._number(FieldType.INTEGER)
            case "number":
                return self._number(FieldType.NUMBER)
            case "boolean":
                _only(self.spec, _TEXTS, self.name)
                return _Shape(type=FieldType.BOOLEAN)
            case "array":
                return self._multi()
            case _:
                raise self.wrong("is not of a type that a form may have")

    def text(self, key: str) -> str:
        value = self.spec.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"has a {key} that is not text")
        return value

    def default(self, shape: _Shape) -> str | int | float | bool | tuple[str, ...] | None:
        """A default of the right type; the person sees it and may change it."""
        value = self.spec.get("default")
        values = [choice for choice, _ in shape.choices]
        match shape.type, value:
            case _, None:
                return None
            case FieldType.STRING, str():
                return value
            case FieldType.BOOLEAN, bool():
                return value
            case (FieldType.INTEGER, int()) | (FieldType.NUMBER, int() | float()) if not isinstance(
                value, bool
            ):
                return value
            case FieldType.ENUM, str() if value in values:
                return value
            case FieldType.MULTI_ENUM, _:
                chosen = _strings(value, f"the default of {self.name}")
                if set(chosen) <= set(values):
                    return tuple(chosen)
                raise self.wrong("has a default that is not a choice")
            case _:
                raise self.wrong("has a default of another type")

    def _string(self) -> _Shape:
        _only(self.spec, _STRING, self.name)
        format_name = self.spec.get("format")
        if format_name is not None and format_name not in FORMATS:
            raise self.wrong("has a format that a form may not have")
        low, high = self._count("minLength"), self._count("maxLength")
        self._ordered(low, high)
        return _Shape(
            type=FieldType.STRING,
            format=format_name if isinstance(format_name, str) else None,
            min_length=low,
            max_length=high,
        )

    def _number(self, kind: FieldType) -> _Shape:
        _only(self.spec, _NUMBER, self.name)
        low, high = self._bound("minimum"), self._bound("maximum")
        self._ordered(low, high)
        return _Shape(type=kind, minimum=low, maximum=high)

    def _enum(self) -> _Shape:
        if "oneOf" in self.spec:
            _only(self.spec, _ONE_OF, self.name)
            return _Shape(type=FieldType.ENUM, choices=self._titled(self.spec["oneOf"]))
        _only(self.spec, _ENUM, self.name)
        values = _strings(self.spec["enum"], f"the choices of {self.name}")
        names = _strings(self.spec.get("enumNames", values), f"the choices of {self.name}")
        if len(names) != len(values):
            raise self.wrong("has not as many names as choices")
        return _Shape(type=FieldType.ENUM, choices=self._choices(values, names))

    def _multi(self) -> _Shape:
        _only(self.spec, _MULTI, self.name)
        items = self.spec.get("items")
        if not isinstance(items, Mapping):
            raise self.wrong("is a list of nothing")
        if "anyOf" in items:
            _only(items, frozenset({"anyOf"}), self.name)
            choices = self._titled(items["anyOf"])
        else:
            _only(items, frozenset({"type", "enum"}), self.name)
            values = _strings(items.get("enum"), f"the choices of {self.name}")
            choices = self._choices(values, values)
        low, high = self._count("minItems"), self._count("maxItems")
        self._ordered(low, high)
        return _Shape(type=FieldType.MULTI_ENUM, choices=choices, min_items=low, max_items=high)

    def _titled(self, untrusted: Json) -> tuple[tuple[str, str], ...]:
        if isinstance(untrusted, str) or not isinstance(untrusted, Sequence):
            raise self.wrong("has choices that are not a list")
        values, names = list[str](), list[str]()
        for choice in untrusted:
            if not isinstance(choice, Mapping) or choice.keys() - {"const", "title"}:
                raise self.wrong("has a choice that is not a value and a title")
            value, name = choice.get("const"), choice.get("title", choice.get("const"))
            if not isinstance(value, str) or not isinstance(name, str):
                raise self.wrong("has a choice that is not text")
            values.append(value)
            names.append(name)
        return self._choices(values, names)

    def _choices(self, values: list[str], names: list[str]) -> tuple[tuple[str, str], ...]:
        if not values or len(values) > MAX_CHOICES or len(set(values)) != len(values):
            raise self.wrong("has no choices, too many, or the same one twice")
        return tuple((value, one_line(name)) for value, name in zip(values, names, strict=True))

    def _count(self, key: str) -> int | None:
        value = self.spec.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(f"has a {key} that is not a count")
        return value

    def _bound(self, key: str) -> float | None:
        value = self.spec.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"has a {key} that is not a number")
        return value

    def _ordered(self, low: float | None, high: float | None) -> None:
        if low is not None and high is not None and low > high:
            raise self.wrong("has a lower bound above its upper one")


def _only(spec: JsonObject, known: frozenset[str], where: str) -> None:
    unknown = sorted(spec.keys() - known)
    if unknown:
        raise ProtocolViolation(
            f"{where} uses {one_line(unknown[0], limit=40)}, which a form may not use"
        )


def _strings(untrusted: Json, where: str) -> list[str]:
    if isinstance(untrusted, str) or not isinstance(untrusted, Sequence):
        raise ProtocolViolation(f"{where} is not a list")
    values = [item for item in untrusted if isinstance(item, str)]
    if len(values) != len(untrusted):
        raise ProtocolViolation(f"{where} is not a list of texts")
    return values
