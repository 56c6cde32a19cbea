"""The thirteen ways in which the engine surprised us, each with the tests that keep it from doing
so again. Data; checked by `test_blockers`.
"""

from __future__ import annotations

_SANDBOX = "tests/unit/ui/sandbox/"
_ENGINE = f"{_SANDBOX}test_guards_engine.py::"
_FAIL_OPEN = "tests/hostile/test_fail_open.py::"

BLOCKERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "B1": (
        "signals drop references of True (PySide6 6.12.0 on CPython 3.11)",
        (f"{_ENGINE}test_signals_leave_the_count_of_true_alone",),
    ),
    "B2": (
        "QTWEBENGINE_DISABLE_SANDBOX=0 disables the sandbox",
        (f"{_FAIL_OPEN}test_the_variable_that_disables_the_sandbox_even_when_zero_has_no_effect",),
    ),
    "B3": (
        "without user namespaces the sandbox is silently weaker",
        (
            f"{_FAIL_OPEN}test_without_user_namespaces_no_app_is_opened",
            f"{_ENGINE}test_a_weak_renderer_gets_no_document",
        ),
    ),
    "B4": (
        "a request filter that raises or is collected lets requests out",
        (
            f"{_FAIL_OPEN}test_a_filter_that_raises_lets_nothing_out",
            f"{_FAIL_OPEN}test_the_filter_survives_garbage_collection",
            f"{_ENGINE}test_a_view_whose_filter_was_never_called_is_refused",
        ),
    ),
    "B5": (
        "reading the body of a large request never returns",
        (f"{_FAIL_OPEN}test_another_apps_document_is_not_served",),
    ),
    "B6": (
        "Origin-Agent-Cluster from a custom scheme ends the process",
        ("tests/unit/policy/test_snapshot.py::test_the_documents_carry_their_headers",),
    ),
    "B7": (
        "values of response headers are lower-cased",
        (
            "tests/unit/policy/test_csp.py::test_policies_are_lower_case_because_the_engine_lower_cases_headers",
            f"{_FAIL_OPEN}test_headers_arrive_whole",
        ),
    ),
    "B8": (
        "a web channel exposes deleteLater and objectName",
        (
            f"{_FAIL_OPEN}test_the_bridge_is_out_of_the_apps_reach",
            f"{_SANDBOX}test_channel.py::test_nothing_but_text_comes_through_a_fuzzed_channel",
            f"{_SANDBOX}test_channel.py::test_the_channel_is_in_a_world_of_its_own",
        ),
    ),
    "B9": (
        "a profile that dies before its page ends the process",
        (
            f"{_SANDBOX}test_teardown.py::test_a_view_destroyed_with_its_parent_still_dies_in_order",
            f"{_SANDBOX}test_teardown.py::test_a_program_that_ends_with_a_view_open_ends_in_order",
        ),
    ),
    "B10": (
        "a page that loads takes the keyboard",
        (
            f"{_FAIL_OPEN}test_a_view_does_not_take_the_keyboard",
            f"{_ENGINE}test_every_engine_setting_is_in_force[FocusOnNavigationEnabled]",
        ),
    ),
    "B11": (
        "pages of one profile share a renderer",
        (f"{_ENGINE}test_each_view_has_a_profile_and_a_renderer_of_its_own",),
    ),
    "B12": (
        "renderers inherit the environment",
        (f"{_SANDBOX}test_environment.py::test_what_opens_the_sandbox_or_looks_secret_is_removed",),
    ),
    "B13": (
        "graphics and network code runs in the program's own process",
        (
            "tests/hostile/test_app_grants.py::test_no_frame_or_worker_of_a_run_without_webgl_has_it",
        ),
    ),
}
"""By number: what happened, and the tests."""
