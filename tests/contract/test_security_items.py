"""Which test proves which statement on authorization, authentication and operations, by the statement's number.

What a statement says of something that there is not yet is not proved either: see PARTLY. A test that is renamed or
taken away is missed here.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "tests"
EVERY, IDENTITY, PASSWORDS = "services/test_every_method.py", "services/test_identity.py", "services/test_passwords.py"
SESSIONS, RESET = "services/test_sessions.py", "services/test_password_reset.py"
FACTORS, CLIENTS, AUDIT = "services/test_second_factors.py", "services/test_api_clients.py", "services/test_audit.py"

ITEMS: dict[int, list[tuple[str, str]]] = {
    1: [(EVERY, "test_foreign_ids")],
    2: [
        ("contract/test_contracts.py", "test_permission"),
        (EVERY, "test_anonymous"),
        (EVERY, "test_without_the_right"),
    ],
    3: [
        ("services/test_rights.py", "test_no_way_round"),
        ("services/test_exports.py", "test_scope_and_hidden_fields"),
        ("services/test_reporting.py", "test_hidden_amount"),
        (AUDIT, "test_hidden"),
    ],
    4: [("services/test_resources.py", "test_server_fields"), (EVERY, "test_foreign_ids")],
    5: [(EVERY, "test_without_the_right")],
    6: [
        (EVERY, "test_foreign_ids"),
        ("services/test_contact_roles.py", "test_takes_the_right_to_edit_both"),
        ("services/test_contact_roles.py", "test_seen_by_who_sees_both"),
        ("services/test_resources.py", "test_reference_out_of_scope"),
    ],
    7: [
        ("services/test_exports.py", "test_files_and_exports_are_their_makers"),
        ("services/test_machinery.py", "test_not_mine"),
        ("e2e/test_api_clients.py", "test_scope_of_a_job"),
    ],
    8: [
        ("e2e/test_api_clients.py", "test_refused_directly"),
        ("gateway/test_transcoding.py", "test_services_learn_who_asks_from_the_gateway_alone"),
        (IDENTITY, "test_services_only"),
    ],
    9: [
        ("gateway/test_live.py", "test_a_session_that_ends_closes_its_streams"),
        ("gateway/test_live.py", "test_a_stream_ends_with_its_access_token"),
    ],
    10: [
        (PASSWORDS, "test_argon2id_with_owasps_parameters"),
        (PASSWORDS, "test_two_log_ins_at_once"),
        (PASSWORDS, "test_hashing_at_once_is_bounded"),
    ],
    11: [(PASSWORDS, "test_long_ones_are_taken_whole"), (PASSWORDS, "test_guessable_ones_are_refused")],
    12: [(SESSIONS, "test_same_answer"), (RESET, "test_nothing_tells_which_addresses_are_known")],
    13: [(SESSIONS, "test_guessing_is_slowed"), (IDENTITY, "test_no_lockout_from_afar")],
    14: [(FACTORS, "test_a_code_once"), (FACTORS, "test_two_replicas")],
    15: [
        (RESET, "test_only_a_hash_is_kept"),
        (RESET, "test_a_link_sets_another_password_once"),
        (RESET, "test_it_dies_with_the_address"),
        (RESET, "test_it_dies_with_the_member"),
        (RESET, "test_the_second_factor_stays"),
    ],
    16: [
        (SESSIONS, "test_log_out"),
        ("services/test_members.py", "test_deactivated"),
        (RESET, "test_sessions_elsewhere_end"),
        ("e2e/test_policy.py", "test_a_role_changes_for_older_tokens"),
        ("e2e/test_api_clients.py", "test_taken_back"),
    ],
    17: [
        (PASSWORDS, "test_a_log_in_has_an_id_of_its_own"),
        (SESSIONS, "test_anew"),
        ("gateway/test_sessions.py", "test_a_session_goes_on_under_a_new_id_once_it_is_proved_again"),
    ],
    18: [(SESSIONS, "test_rotation_and_theft")],
    19: [(SESSIONS, "test_forged_tokens")],
    20: [
        ("local/test_stack.py", "test_secrets_are_for_their_owner_only"),
        ("local/test_stack.py", "test_two_installations_have_different_secrets"),
    ],
    21: [(FACTORS, "test_enrolled_on_the_way_in"), (FACTORS, "test_earlier_sessions_are_not_renewed")],
    38: [
        ("unit/test_sealing.py", "test_bound_to_its_row"),
        ("services/test_channels.py", "test_never_returned"),
        ("unit/test_sealing.py", "test_another_master_key"),
        ("services/test_channels.py", "test_another_master_key"),
        (CLIENTS, "test_secret_is_hashed"),
    ],
    39: [("telemetry/test_no_secrets.py", "test_in_no_log_and_no_span")],
    40: [
        (AUDIT, "test_only_the_old"),
        (AUDIT, "test_written_anew"),
        (IDENTITY, "test_chain"),
        ("contract/test_sbom.py", "test_every_python_package"),
        ("contract/test_sbom.py", "test_every_web_package"),
    ],
}
# What no test proves yet.
PARTLY = {
    40: "`make check` asks advisory services of every build, and a test cannot",
}


@pytest.mark.parametrize("item", sorted(ITEMS))
def test_named_tests_are_there(item: int) -> None:
    """Every statement from 1 to 21 and 38 to 40 names tests that exist, or says what is not proved."""
    for path, name in ITEMS[item]:
        assert f"def {name}(" in (ROOT / path).read_text(), (path, name)


def test_complete() -> None:
    """No statement is passed over in silence."""
    assert {*range(1, 22), 38, 39, 40} == ITEMS.keys() | PARTLY.keys()
