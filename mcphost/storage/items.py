"""Conversation items as JSON, and back.

Law: pure; `item_from_json(item_to_json(item)) == item` for every item. What does not parse is a
`StorageError`, never a half-filled item. Used by `StateStore` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never, cast

from mcphost.domain.conversation import (
    Item,
    ModelText,
    Notice,
    RunState,
    ServerWork,
    ToolRun,
    UserText,
    ViewState,
)
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import Json, JsonObject
from mcphost.storage.labels import label_from_json, label_to_json


def item_to_json(item: Item) -> JsonObject:
    """*item* as a JSON object with a `type`."""
    match item:
        case UserText(id=ident, text=text, label=label):
            return {"type": "user_text", "id": ident, "text": text, "label": label_to_json(label)}
        case ModelText():
            return {
                "type": "model_text",
                "id": item.id,
                "model": item.model,
                "text": item.text,
                "done": item.done,
                "label": label_to_json(item.label),
            }
        case Notice(id=ident, text=text, level=level):
            return {"type": "notice", "id": ident, "text": text, "level": level}
        case ToolRun():
            return _tool_run_to_json(item)
        case _:
            assert_never(item)


def item_from_json(untrusted: Json) -> Item:
    """The item that `item_to_json` wrote. Raises `StorageError`."""
    if not isinstance(untrusted, Mapping):
        raise StorageError("a stored conversation item is not a JSON object.")
    ident = ItemId(_text(untrusted, "id"))
    match untrusted.get("type"):
        case "user_text":
            return UserText(
                id=ident,
                text=_text(untrusted, "text"),
                label=label_from_json(untrusted.get("label")),
            )
        case "model_text":
            return ModelText(
                id=ident,
                model=_text(untrusted, "model"),
                text=_text(untrusted, "text"),
                done=_flag(untrusted, "done"),
                label=label_from_json(untrusted.get("label")),
            )
        case "notice":
            return Notice(id=ident, text=_text(untrusted, "text"), level=_text(untrusted, "level"))
        case "tool_run":
            return _tool_run_from_json(ident, untrusted)
        case _:
            raise StorageError("a stored conversation item has an unknown type.")


def _tool_run_to_json(run: ToolRun) -> JsonObject:
    return {
        "type": "tool_run",
        "id": run.id,
        "invocation": run.invocation,
        "server": run.server,
        "server_title": run.server_title,
        "server_identity": run.server_identity,
        "tool": run.tool,
        "title": run.title,
        "by": run.by,
        "arguments": run.arguments,
        "changed": run.changed,
        "state": run.state.value,
        "text": run.text,
        "result": run.result,
        "view": run.view,
        "view_state": run.view_state.value,
        "view_note": run.view_note,
        "work": None if run.work is None else _work_to_json(run.work),
        "label": label_to_json(run.label),
        "app": run.app,
    }


def _work_to_json(work: ServerWork) -> JsonObject:
    return {
        "message": work.message,
        "done": work.done,
        "total": work.total,
        "since": work.since,
        "task": work.task,
    }


def _work_from_json(fields: JsonObject) -> ServerWork:
    return ServerWork(
        message=_text(fields, "message"),
        done=_number(fields, "done"),
        total=_number(fields, "total"),
        since=_number(fields, "since") or 0.0,
        task=_flag(fields, "task"),
    )


def _tool_run_from_json(ident: ItemId, fields: JsonObject) -> ToolRun:
    view = fields.get("view")
    result = fields.get("result")
    known = "server_identity" in fields  # older versions did not keep it
    work = fields.get("work")  # nor this
    return ToolRun(
        id=ident,
        invocation=InvocationId(_text(fields, "invocation")),
        server=ServerKey(_text(fields, "server")),
        server_title=_text(fields, "server_title"),
        server_identity=_text(fields, "server_identity") if known else "",
        tool=_text(fields, "tool"),
        title=_text(fields, "title"),
        by=_text(fields, "by"),
        arguments=_object(fields.get("arguments")),
        changed=_flag(fields, "changed") if "changed" in fields else False,  # nor this
        state=RunState(_choice(fields, "state", RunState)),
        text=_text(fields, "text"),
        result=None if result is None else _object(result),
        view=None if view is None else ViewId(_text(fields, "view")),
        view_state=ViewState(_choice(fields, "view_state", ViewState)),
        view_note=_text(fields, "view_note"),
        work=None if work is None else _work_from_json(_object(work)),
        label=label_from_json(fields.get("label")),
        app=_text(fields, "app") if "app" in fields else "",  # nor this
    )


def _text(fields: JsonObject, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise StorageError(f"a stored conversation item has no text in `{name}`.")
    return value


def _number(fields: JsonObject, name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StorageError(f"a stored conversation item has no number in `{name}`.")
    return float(value)


def _flag(fields: JsonObject, name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise StorageError(f"a stored conversation item has no yes or no in `{name}`.")
    return value


def _choice(fields: JsonObject, name: str, among: type[RunState] | type[ViewState]) -> str:
    value = _text(fields, name)
    if value not in {member.value for member in among}:
        raise StorageError(f"a stored conversation item has an unknown `{name}`.")
    return value


def _object(value: Json) -> JsonObject:
    if not isinstance(value, Mapping):
        raise StorageError("a stored conversation item holds something that is no JSON object.")
    return cast("JsonObject", value)
