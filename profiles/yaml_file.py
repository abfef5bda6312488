"""A YAML file as plain data, or one sentence that says what is wrong with it and in which line."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from warehouse.errors import UserError, reason_of

_MOST_VALUES = 200_000
_LEAVES = (str, bool, int, float, date, type(None))


class _Loader(yaml.SafeLoader):
    """YAML's own rule, which PyYAML does not keep: no key twice."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)  # before merges put keys into it
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"'{key.value}' is there twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except ValueError as error:  # an odd date, more digits than Python reads
            raise _Odd(problem="no such date or number", problem_mark=node.start_mark) from error
        if isinstance(value, int) and abs(value) >= 2**63:
            raise _Odd(problem="a number as large as this means nothing here", problem_mark=node.start_mark)
        return value


class _Odd(yaml.MarkedYAMLError):
    """A value that no file of ours may hold."""


def read_yaml(path: Path) -> Any:
    """The file's content: mappings with text as keys, lists, and plain values.

    Raises:
        UserError: the file cannot be read, is not UTF-8 or not YAML, or refers to itself without end.
    """
    try:
        value = yaml.load(path.read_bytes(), _Loader)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f", line {mark.line + 1}"
        raise UserError(f"{path}{where} is not valid YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        raise UserError(f"{path} is not text in UTF-8: {error.reason} at byte {error.position}") from error
    except (
        yaml.YAMLError,
        ValueError,
        AttributeError,
        TypeError,
        RecursionError,
    ) as error:  # odd dates, numbers, depth
        raise UserError(f"{path} is not valid YAML: {reason_of(error)}") from error
    _refuse_endless(path, value)
    return value


def line_of(path: Path, keys: Sequence[int | str]) -> int | None:
    """The line, from 1, of what a file holds below these keys, or of the last of them that is there."""
    node = yaml.compose(path.read_bytes(), yaml.SafeLoader)
    line = None
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            found = next(((name, held) for name, held in node.value if name.value == str(key)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
    return line


def _refuse_endless(path: Path, value: Any) -> None:
    """Aliases may make a small file mean a huge one, or one that holds itself."""
    waiting, seen = [value], 0
    while waiting:
        held = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES:
            raise UserError(f"{path} means more than {_MOST_VALUES:,} values; one of its aliases (*name) repeats them")
        if isinstance(held, dict):
            waiting += [*held.keys(), *held.values()]
        elif isinstance(held, list):
            waiting += held
        elif not isinstance(held, _LEAVES):
            raise UserError(f"{path} holds a value that is neither text, number, date, list nor mapping of these")
