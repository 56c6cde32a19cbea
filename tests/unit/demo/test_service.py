from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from mcphost.demo.arguments import WORDS
from mcphost.demo.definitions import FORMS, TOOLS
from mcphost.demo.wire import Call, Refused
from tests.helpers.demo_calls import DemoCalls, meta

PLAN = {"label": "Early beans", "crop": "beans", "plants": 12, "sow_on": "2026-05-01"}
SWAP_CARD = "ui://garden/seed-swap.html"


@pytest.fixture
def demo() -> DemoCalls:
    return DemoCalls()


def refusal(demo: DemoCalls, method: str, params: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        demo.service.answer(Call(id=1, method=method, params=params))
    return caught.value


def test_every_answer_says_who_answers(demo: DemoCalls) -> None:
    for method in ("server/discover", "tools/list", "resources/list"):
        result = demo.call(method)
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"]
        assert result["resultType"] == "complete"
        assert (result["ttlMs"], result["cacheScope"]) == (3_600_000, "public")


def test_unknown_methods_and_missing_meta_are_refused(demo: DemoCalls) -> None:
    assert refusal(demo, "prompts/list", {"_meta": meta()}).code == -32601
    assert refusal(demo, "prompts/list", {"_meta": meta()}).status == 404
    assert refusal(demo, "tools/list", {}).code == -32602
    assert refusal(demo, "tools/list", {"_meta": {}}).code == -32602
    assert refusal(demo, "tools/list", {"_meta": meta(), "cursor": ""}).code == -32602


def test_another_version_is_refused_with_the_supported_ones(demo: DemoCalls) -> None:
    refused = refusal(demo, "no/such", {"_meta": meta("2025-11-25")})
    assert refused.code == -32022
    assert refused.data == {"supported": ["2026-07-28"], "requested": "2025-11-25"}


def test_results_fit_the_declared_output_schemas(demo: DemoCalls) -> None:
    schemas = {tool["name"]: tool.get("outputSchema") for tool in TOOLS}
    journal = demo.tool("record_watering", bed_id="herbs", litres=2)["structuredContent"]["journal"]
    for name, arguments in {
        "garden_overview": {"journal": journal},
        "bed_history": {"bed_id": "salad", "days": 30, "journal": journal},
        "record_watering": {"bed_id": "salad", "litres": 3.5, "journal": journal},
    }.items():
        result = demo.tool(name, **arguments)
        jsonschema.validate(result["structuredContent"], schemas[name])
        assert result["content"][0]["text"]


def test_the_journal_carries_what_was_recorded(demo: DemoCalls) -> None:
    before = demo.tool("bed_history", bed_id="tomatoes")["structuredContent"]["readings"][-1]
    saved = demo.tool("record_watering", bed_id="tomatoes", litres=10)["structuredContent"]
    other = DemoCalls()
    after = other.tool("bed_history", bed_id="tomatoes", journal=saved["journal"])
    last = after["structuredContent"]["readings"][-1]
    assert last["litres"] == 10
    assert last["moisture"] > before["moisture"]


def test_a_journal_of_another_garden_is_refused(demo: DemoCalls) -> None:
    journal = demo.tool("record_watering", bed_id="herbs", litres=2)["structuredContent"]["journal"]
    result = DemoCalls(b"x" * 32).tool("garden_overview", journal=journal)
    assert result["isError"] is True
    assert "journal" in result["content"][0]["text"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("record_watering", {"bed_id": "herbs"}),
        ("record_watering", {"bed_id": "roof", "litres": 2}),
        ("record_watering", {"bed_id": "herbs", "litres": 400}),
        ("record_watering", {"bed_id": "herbs", "litres": True}),
        ("record_watering", {"bed_id": "herbs", "litres": 2, "note": "x" * 121}),
        ("bed_history", {"bed_id": "herbs", "days": 8}),
        ("garden_overview", {"surprise": 1}),
    ],
)
def test_bad_arguments_are_a_tool_error(demo: DemoCalls, name: str, arguments: Any) -> None:
    assert demo.tool(name, **arguments)["isError"] is True


def test_unknown_tools_and_resources_are_invalid_params(demo: DemoCalls) -> None:
    for params in ({"name": "nope"}, {"name": ["x"]}, {}):
        assert refusal(demo, "tools/call", {**params, "_meta": meta()}).code == -32602
    assert refusal(demo, "resources/read", {"uri": "ui://x", "_meta": meta()}).code == -32602


@pytest.mark.parametrize(
    ("name", "arguments", "mode"),
    [
        ("plan_bed", {"bed_id": "herbs"}, "form"),
        ("order_seeds", {"seed": "kale"}, "url"),
        ("join_seed_swap", {}, "form"),
    ],
)
def test_asking_needs_the_capability(demo: DemoCalls, name: str, arguments: Any, mode: str) -> None:
    refused = refusal(demo, "tools/call", {"name": name, "arguments": arguments, "_meta": meta()})
    assert refused.code == -32021
    assert refused.data == {"requiredCapabilities": {"elicitation": {mode: {}}}}
    asked = demo.tool(name, **arguments)
    assert asked["resultType"] == "input_required"
    assert asked["inputRequests"]["ask"]["params"]["mode"] == mode
    assert "ttlMs" not in asked


def test_an_accepted_form_finishes_the_call_on_any_instance(demo: DemoCalls) -> None:
    asked = demo.tool("plan_bed", bed_id="herbs")
    result = DemoCalls().retry(
        asked, {"action": "accept", "content": PLAN}, name="plan_bed", arguments={"bed_id": "herbs"}
    )
    assert "12 plants of beans" in result["content"][0]["text"]


@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_a_refused_form_does_nothing(demo: DemoCalls, action: str) -> None:
    asked = demo.tool("join_seed_swap")
    result = demo.retry(asked, {"action": action}, name="join_seed_swap", arguments={})
    assert result["content"][0]["text"].startswith("Nothing was done")


def test_a_form_with_wrong_content_is_a_tool_error(demo: DemoCalls) -> None:
    asked = demo.tool("plan_bed", bed_id="herbs")
    for content in ({}, {**PLAN, "plants": 0}, {**PLAN, "crop": "figs"}, {**PLAN, "sow_on": "now"}):
        answer = {"action": "accept", "content": content}
        result = demo.retry(asked, answer, name="plan_bed", arguments={"bed_id": "herbs"})
        assert result["isError"] is True


def test_the_url_form_opens_a_page_of_the_shop(demo: DemoCalls) -> None:
    asked = demo.tool("order_seeds", seed="kale", packets=3)
    url = asked["inputRequests"]["ask"]["params"]["url"]
    assert url == "https://example.com/seed-shop/checkout?seed=kale&packets=3"
    arguments = {"seed": "kale", "packets": 3}
    done = demo.retry(asked, {"action": "accept"}, name="order_seeds", arguments=arguments)
    assert "3 × kale" in done["content"][0]["text"]


def test_a_request_state_belongs_to_one_request_and_one_quarter_hour(demo: DemoCalls) -> None:
    asked = demo.tool("plan_bed", bed_id="herbs")
    answer = {"action": "accept", "content": PLAN}
    for arguments, name in (({"bed_id": "salad"}, "plan_bed"), ({}, "join_seed_swap")):
        with pytest.raises(Refused, match="another request"):
            demo.retry(asked, answer, name=name, arguments=arguments)
    forged = {**asked, "requestState": "e30." + "A" * 43}
    with pytest.raises(Refused, match="not one of ours"):
        demo.retry(forged, answer, name="plan_bed", arguments={"bed_id": "herbs"})
    demo.now += 3600
    with pytest.raises(Refused, match="too old"):
        demo.retry(asked, answer, name="plan_bed", arguments={"bed_id": "herbs"})


def test_a_retry_must_answer_exactly_what_was_asked(demo: DemoCalls) -> None:
    asked = demo.tool("join_seed_swap")
    state = asked["requestState"]
    for more in (
        {"requestState": state},
        {"inputResponses": {}},
        {"requestState": state, "inputResponses": {}},
        {"requestState": state, "inputResponses": {"ask": {"action": "maybe"}}},
        {"requestState": state, "inputResponses": {"ask": {"action": "accept", "content": []}}},
    ):
        params = {"name": "join_seed_swap", "arguments": {}, "_meta": meta(), **more}
        assert refusal(demo, "tools/call", params).code == -32602


def test_the_hostile_card_asks_uninvited_with_the_form_of_its_tool(demo: DemoCalls) -> None:
    uninvited = demo.call("resources/read", uri=SWAP_CARD)
    invited = demo.tool("join_seed_swap")
    assert uninvited["resultType"] == "input_required"
    assert uninvited["inputRequests"] == invited["inputRequests"]
    answer = {"action": "accept", "content": {"name": "Ada"}}
    card = demo.retry(uninvited, answer, method="resources/read", uri=SWAP_CARD)
    assert card["contents"][0]["mimeType"] == "text/html;profile=mcp-app"
    assert "ttlMs" not in card


def test_templates_are_served_with_the_right_type(demo: DemoCalls) -> None:
    item = demo.call("resources/read", uri="ui://garden/planner.html")["contents"][0]
    assert item["mimeType"] == "text/html;profile=mcp-app"
    assert item["text"].startswith("<!doctype html>")
    assert demo.call("resources/read", uri="garden://almanac")["contents"][0]["text"]


def test_the_schemas_use_only_the_words_that_are_checked() -> None:
    def words(schema: Any) -> set[str]:
        inner = [*schema.get("properties", {}).values()]
        inner += [schema["items"]] if "items" in schema else []
        return set(schema).union(*map(words, inner))

    for schema in (*(tool["inputSchema"] for tool in TOOLS), *FORMS.values()):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert words(schema) <= WORDS
