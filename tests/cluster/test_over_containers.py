"""Nothing is left out over containers in silence: what cannot run there is named, and no engine is no excuse."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
THROTTLED = (
    "200_failures_under_forged_addresses_are_hardly_hashed_and_the_owner_gets_in",
    "200_attackers_at_once_have_six_tries_and_the_owner_gets_in_at_home",
    "whatever_is_tried_from_wherever_no_more_than_ten_are_hashed_in_a_quarter_of_an_hour",
    "a_spray_over_200_accounts_from_one_address_ends_and_costs_no_owner_anything",
    "a_throttled_try_is_answered_in_the_envelope_and_known_and_unknown_accounts_alike",
    "many_devices_of_one_owner_sign_in_at_once",
)
OF_TWO_GATEWAYS = (
    "two_gateways_allow_an_address_what_one_does",
    "who_is_refused_is_told_when_to_come_again_and_the_log_tells_their_neighbourhood",
    "a_flood_of_bad_tokens_at_both_reaches_auth_a_few_times",
)
SESSIONS_OVER_TWO = (
    "twenty_refreshes_at_once_have_one_successor_and_a_replay_ends_the_session",
    "after_a_logout_no_gateway_lets_the_session_in",
    "a_lost_notice_is_made_good_within_five_seconds",
    "on_the_bus_an_identity_of_an_ended_session_is_refused_at_once",
    "sessions_are_listed_and_all_of_them_ended",
    "a_password_change_ends_the_other_sessions_and_no_more",
    "who_is_disabled_is_out_until_enabled_and_is_told_nothing",
    "who_is_deleted_is_out",
)
IN_A_CLUSTER_OF_THEIR_OWN = (
    "whose_payment_is_declined_is_written_so",
    "whoever_is_deleted_before_a_letter_could_be_sent_is_written_to_no_more",
)
ERASURE = (
    "who_is_deleted_is_told_by_no_table_no_stream_and_no_line",
    "while_one_who_keeps_something_is_away_there_is_no_export_rather_than_half_of_one",
)
# Each says why by its marker.
BOUND_TO_PROCESSES = {
    *(f"tests/integration/test_login_throttle.py::test_{story}" for story in THROTTLED),
    *(f"tests/integration/test_rate_limits.py::test_{story}" for story in OF_TWO_GATEWAYS),
    *(f"tests/integration/test_open_sessions.py::test_{story}" for story in SESSIONS_OVER_TWO),
    *(f"tests/integration/test_welcome_order.py::test_{story}" for story in IN_A_CLUSTER_OF_THEIR_OWN),
    *(f"tests/integration/test_erased.py::test_{story}" for story in ERASURE),
    "tests/integration/test_bus_tls.py::test_one_setting_encrypts_all_that_is_said_on_the_bus",
    "tests/telemetry/test_handed_out.py::test_good_secrets_are_found_in_no_file_but_those_made_to_hold_them",
    "tests/telemetry/test_bad_receivers.py::test_a_process_ends_within_5_s_though_nobody_takes_its_spans",
}


async def run_pytest(*given: str, **environ: str) -> tuple[int, str]:
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *given)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=dict(os.environ) | environ, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_exactly_these_stories_are_of_processes_alone() -> None:
    _, output = await run_pytest(
        "--collect-only", "-m", "processes and not chaos", "tests/integration", "tests/telemetry"
    )

    collected = {line.partition("[")[0] for line in output.splitlines() if "::" in line}
    assert collected == BOUND_TO_PROCESSES


@pytest.mark.parametrize(
    "environ", [{"DOCKER_HOST": "unix:///nowhere"}, {"PATH": "/nowhere"}], ids=["silent", "absent"]
)
async def test_without_an_engine_no_story_is_skipped_but_the_run_fails_and_says_what_to_do(
    environ: dict[str, str],
) -> None:
    code, output = await run_pytest("--cluster=containers", "tests/integration/test_edges.py", **environ)

    assert code == 4, output
    assert "Start one" in output
    assert "`docker info` works" in output
    assert "passed" not in output
    assert "skipped" not in output
