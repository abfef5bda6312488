from tasks.collaborate.aggregate import aggregate_messages


def test_references_follow_the_users_own_system_message():
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    system, user = aggregate_messages(messages, ["Because.", "No reason."])
    assert system["content"].startswith("Be brief.\n\n")
    assert system["content"].endswith("\n1. Because.\n2. No reason.")
    assert user == messages[1]
    assert messages[0]["content"] == "Be brief."


def test_without_one_it_is_prepended():
    first, second = aggregate_messages([{"role": "user", "content": "Why?"}], ["Because."])
    assert (first["role"], second["role"]) == ("system", "user")
