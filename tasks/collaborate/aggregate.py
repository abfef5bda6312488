"""What an aggregator is asked: the conversation, and the answers of several models to weigh."""

from collections.abc import Mapping, Sequence

_INSTRUCTION = """\
Several language models have answered the user's latest message; their answers are listed below. Write the one answer \
the user should get.

- Work the question out yourself and check every listed answer against that. Any of them may be wrong or one-sided, \
and several may share the same mistake: agreement alone proves nothing.
- Take what holds, correct what does not, leave out what does not help. Do not simply repeat one of them, and do not \
mention that there were others.
- Be accurate, complete and clear, and keep to the format that the user asked for.

Answers of the models:"""


def aggregate_messages(messages: Sequence[Mapping[str, str]], references: Sequence[str]) -> list[dict[str, str]]:
    """The conversation with the references as a numbered list in its system message (SMCS reference, section 1.8).

    Args:
        messages: role and content each; the last one is the user's.
        references: texts in the order to list them.
    """
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(references, start=1))
    block = f"{_INSTRUCTION}\n{listed}"
    own = [dict(message) for message in messages]
    if own and own[0]["role"] == "system":
        own[0]["content"] = f"{own[0]['content']}\n\n{block}"
        return own
    return [{"role": "system", "content": block}, *own]
