"""`mcphost prompts`, `resources` and `complete`: what a server offers besides tools.

Each takes the parsed arguments and returns the exit code. Results go to standard output; a server's
own words are sanitised, or escaped in JSON, so that they cannot steer a terminal.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from mcphost.cli.session import need_object, print_json, say, session
from mcphost.domain.errors import NotConfigured
from mcphost.domain.offers import (
    OfferList,
    PromptRef,
    PromptText,
    ResourceContents,
    TemplateRef,
    TypedSoFar,
)
from mcphost.domain.text import one_line


def prompts(arguments: argparse.Namespace) -> int:
    """List the prompts of a server, or get one."""
    values = _texts(arguments.arguments)
    with session(arguments) as run:
        key = run.server(arguments.server)
        if arguments.get is not None:
            return _show_prompt(
                run.run(run.host.prompt(key, arguments.get, values)), arguments.json
            )
        found = run.run(run.host.offers(key))
    _tell_notes(found)
    if arguments.json:
        print_json(
            [
                {
                    "name": prompt.name,
                    "title": prompt.title,
                    "description": prompt.description,
                    "arguments": [
                        {
                            "name": argument.name,
                            "title": argument.title,
                            "description": argument.description,
                            "required": argument.required,
                        }
                        for argument in prompt.arguments
                    ],
                }
                for prompt in found.prompts
            ]
        )
        return 0
    for prompt in found.prompts:
        takes = " ".join(one_line(a.name) + "?" * (not a.required) for a in prompt.arguments)
        print(f"{one_line(prompt.name)}  {takes}\n    {prompt.title}")
    return 0


def resources(arguments: argparse.Namespace) -> int:
    """List the resources and templates of a server, or read one."""
    with session(arguments) as run:
        key = run.server(arguments.server)
        if arguments.read is not None:
            return _show_contents(
                run.run(run.host.read_resource(key, arguments.read)), arguments.json
            )
        found = run.run(run.host.offers(key))
    _tell_notes(found)
    if arguments.json:
        print_json(_resources_json(found))
        return 0
    for resource in found.resources:
        print(f"{resource.uri}  {resource.mime_type}\n    {resource.title}")
    for template in found.templates:
        print(f"{template.uri_template}  {template.mime_type}\n    {template.title}")
    return 0


def complete(arguments: argparse.Namespace) -> int:
    """Ask a server for suggestions for one value."""
    others = tuple(_texts(arguments.context).items())
    ref = (
        PromptRef(name=arguments.prompt)
        if arguments.prompt is not None
        else TemplateRef(uri_template=arguments.template)
    )
    typed = TypedSoFar(ref=ref, argument=arguments.argument, value=arguments.value, others=others)
    with session(arguments) as run:
        key = run.server(arguments.server)
        found = run.run(run.host.complete(key, typed))
    if arguments.json:
        print_json({"values": found.values, "total": found.total, "hasMore": found.has_more})
        return 0
    for value in found.values:
        print(value)
    if found.unusable:
        say(f"mcphost: {found.unusable} left out: they hide characters or are too long")
    return 0


def _show_prompt(prompt: PromptText, as_json: bool) -> int:
    if as_json:
        messages = [
            {"role": m.role, "text": m.text, "embedded": [_part_json(p) for p in m.embedded]}
            for m in prompt.messages
        ]
        print_json({"description": prompt.description, "messages": messages})
        return 0
    for message in prompt.messages:
        print(f"[{message.role}]\n{message.text}")
        for part in message.embedded:
            print(part.words)
    return 0


def _show_contents(contents: ResourceContents, as_json: bool) -> int:
    if as_json:
        print_json([_part_json(part) for part in contents.parts])
        return 0
    for part in contents.parts:
        print(part.words)
    return 0


def _part_json(part: Any) -> dict[str, Any]:
    return {"uri": part.uri, "mimeType": part.mime_type, "text": part.text, "bytes": part.size}


def _resources_json(found: OfferList) -> dict[str, Any]:
    return {
        "resources": [
            {
                "uri": resource.uri,
                "title": resource.title,
                "description": resource.description,
                "mimeType": resource.mime_type,
                "bytes": resource.size,
            }
            for resource in found.resources
        ],
        "templates": [
            {
                "uriTemplate": template.uri_template,
                "title": template.title,
                "description": template.description,
                "mimeType": template.mime_type,
                "variables": template.variables,
            }
            for template in found.templates
        ],
    }


def _tell_notes(found: OfferList) -> None:
    for note in found.notes:
        say(f"mcphost: {note}")


def _texts(given: str) -> dict[str, str]:
    """An object whose values are all text: prompts and templates take nothing else."""
    values = need_object(given)
    for name, value in values.items():
        if not isinstance(value, str):
            raise NotConfigured(f"{one_line(name)} must be text: write {json.dumps(str(value))}")
    return values
