"""What a program's objects can do for its tests."""

import pytest

from tasks.score.sandbox.run import run_program, sandbox_available

pytestmark = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
PROGRAM = """
import asyncio, itertools, re
from collections import Counter, OrderedDict, defaultdict, namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import lru_cache

class Solution:
    def two_sum(self, a, b): return a + b

class Stack:
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x)
    def pop(self):
        if not self.items: raise IndexError("empty")
        return self.items.pop()
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, x): return x in self.items

@dataclass(frozen=True)
class Fixed:
    x: int

@dataclass
class Point:
    x: int
    y: int = 0
    def __add__(self, o): return Point(self.x + o.x, self.y + o.y) if isinstance(o, Point) else self.x + o
    def __lt__(self, o): return self.x < o.x

class Account:
    _held = 0
    @property
    def held(self): return self._held
    @held.setter
    def held(self, v): self._held = v
    @classmethod
    def empty(cls): return cls()
    @staticmethod
    def rate(): return 2

class Rows(list):
    def push(self, x): self.append(x)
class Nines(dict):
    def __missing__(self, key): return 9
Pair = namedtuple("Pair", "x y")
class Colour(Enum):
    RED = 1
    BLUE = 2
class Level(IntEnum):
    LOW = 3
class Node:
    def __init__(self, value, next=None): self.value, self.next = value, next
class Late(Exception):
    def __init__(self, text, by): super().__init__(text); self.by = by

def linked(values):
    head = None
    for value in reversed(values): head = Node(value, head)
    return head
def values(head):
    found = []
    while head: found.append(head.value); head = head.next
    return found
def pair(): return Pair(1, 2)
def point(): return Point(1)
def red(): return Colour.RED
def adder(n): return lambda x: x + n
def twice(g, x): return g(g(x))
def keep(p): return [x for x in range(6) if p(x)]
def counting(): return itertools.count(3)
def each(n):
    for i in range(n): yield i
def texts(xs): return map(str, xs)
def total(xs): return sum(xs)
def match(s): return re.match("a", s)
def fill(d):
    d["a"] = 1
    return d
def late(): raise Late("too late", 3)
log = []
@contextmanager
def opened():
    try:
        yield 4
    except ValueError:
        log.append("seen")
        raise
async def plus(x):
    await asyncio.sleep(0.001)
    return x + 1
async def numbers(n):
    for i in range(n): yield i
@lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def traced(g):
    def wrapper(*a): return g(*a) + 1
    return wrapper
def named(name, given=0): return name, given
def name_of(g): return g.__name__
def documented():
    "Says so."
def grouped():
    found = defaultdict(list)
    found["a"].append(1)
    return found
def counted(): return Counter("aab")
def ordered(): return OrderedDict(a=1, b=2)
"""
CARRIED = [
    "assert Solution().two_sum(1, 2) == 3",
    "s = Stack()\ns.push(1)\nassert len(s) == 1 and 1 in s and 5 not in s and list(s) == [1] and s.items == [1]",
    (
        "s = Stack()\ns.items.append(2)\nassert s.pop() == 2 and not s\ntry:\n    s.pop()\n    assert False\n"
        "except IndexError as error:\n    assert str(error) == 'empty'"
    ),
    (
        "assert point() == Point(1) != Point(2) and Point(1, 2) + Point(3, 4) == Point(4, 6)\n"
        "assert isinstance(point(), Point)"
    ),
    "assert repr(Point(1)) == 'Point(x=1, y=0)' and min(Point(2), Point(1)).x == 1",
    "a = Account.empty()\na.held = 3\nassert a.held == 3 and Account.rate() == 2 and not hasattr(a, 'lost')",
    "r = Rows()\nr.push(1)\nassert r == [1] == r and r[0] == 1 and isinstance(r, list) and r + [2] == [1, 2]",
    "n = Nines()\nassert n['z'] == 9 and n == {}",
    "p = pair()\na, b = p\nassert p.x == a == 1 and p == (1, 2) and isinstance(p, tuple) and p._replace(x=5) == (5, 2)",
    "assert red() is Colour.RED and red() == Colour['RED'] != Colour.BLUE and red().name == 'RED' and len(Colour) == 2",
    "assert Level.LOW == 3 and Level.LOW.name == 'LOW'",
    (
        "h = linked([1, 2])\nassert h.next.value == 2 and h.next.next is None and values(h) == [1, 2]\n"
        "h.next = Node(7)\nassert values(h) == [1, 7]"
    ),
    "assert adder(1)(2) == 3 and twice(lambda x: x * 2, 3) == 12 and keep(lambda x: x % 2) == [1, 3, 5]",
    "import operator\nassert twice(operator.neg, 3) == 3 and twice(str.upper, 'a') == 'A' and twice(abs, -1) == 1",
    "def bad(x): raise KeyError(x)\ntry:\n    keep(bad)\n    assert False\nexcept KeyError:\n    pass",
    "assert twice(lambda x: total([x, 1]), 1) == 3",
    "c = counting()\nassert next(c) == 3 and next(c) == 4 and next(each(0), 7) == 7",
    "assert list(each(3)) == [0, 1, 2] and [*texts([1])] == ['1'] and total(x for x in (1, 2)) == 3",
    "assert match('abc').group() == 'a' and match('b') is None",
    "d = {}\nassert fill(d) is d and d == {'a': 1}",
    "try:\n    late()\n    assert False\nexcept Late as error:\n    assert error.by == 3 and str(error) == 'too late'",
    "with opened() as v:\n    assert v == 4",
    "try:\n    with opened():\n        raise ValueError('x')\nexcept ValueError:\n    pass\nassert log == ['seen']",
    "import asyncio\nassert asyncio.run(plus(1)) == 2",
    (
        "import asyncio\nasync def t():\n"
        "    assert await asyncio.gather(plus(1), plus(2)) == [2, 3] and [x async for x in numbers(3)] == [0, 1, 2]\n"
        "asyncio.run(t())"
    ),
    "assert fib(30) == 832040 and fib.cache_info().hits > 0",
    "@traced\ndef h(x): return x\nassert h(1) == 2",
    "assert named(name='n', given=1) == ('n', 1)",
    "assert Point(1, 2).__dict__ == vars(Point(1, 2)) == {'x': 1, 'y': 2} and Point(1).__class__ is Point",
    "assert type(Point(1)) is Point and type(point()) == Point and type(1) is int and isinstance(int, type)",
    "import dataclasses\ntry:\n    Fixed(1).x = 2\n    assert False\nexcept dataclasses.FrozenInstanceError:\n    pass",
    "assert name_of(lambda x: x) == '<lambda>'",
    "assert documented.__doc__ == 'Says so.' and documented.__name__ == 'documented'",
    "assert Point(3) + 2 == 5 and Pair(1, 2) + Pair(3, 4) == (1, 2, 3, 4)",
    "import unittest\nclass A(unittest.TestCase):\n    def test(self): self.assertEqual(fib(3), 2)\nunittest.main()",
    "def test_fib():\n    assert fib(3) == 2",
    "g = grouped()\ng['b'].append(2)\nassert g == {'a': [1], 'b': [2]} and counted()['z'] == 0",
    "from collections import OrderedDict\nassert ordered() == OrderedDict(a=1, b=2) != OrderedDict(b=2, a=1)",
]


def test_objects_of_a_program_are_used_by_its_tests() -> None:
    outcome = run_program(PROGRAM, CARRIED)
    failed = {test: error for test, error in zip(CARRIED, outcome.errors, strict=True) if error}
    assert (outcome.failed, failed) == (None, {})


@pytest.mark.parametrize(
    "test",
    [
        "import copy\nassert copy.deepcopy(Point(1)).x == 1",
        "class Far(Point): pass\nassert Far(1).x == 1",
        "import inspect\nassert list(inspect.signature(adder).parameters) == ['n']",
        "import asyncio\nassert asyncio.iscoroutinefunction(plus)",
    ],
)
def test_what_a_stand_in_cannot_show_is_never_wrong(test: str) -> None:
    assert run_program(PROGRAM, [test]).errors == ("NotPlain",)


@pytest.mark.parametrize(
    "test",
    [
        "s = Stack()\ndef test_a():\n    assert fib(3) == 3",
        "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
        "class B(A):\n    def test_b(self):\n        self.assertEqual(fib(3), 3)\nunittest.main()",
        "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
        "def test_b():\n    assert fib(3) == 3",
        "from unittest import TestCase\nclass A(TestCase, object):\n    def test_a(self): assert fib(3) == 3",
    ],
)
def test_all_that_a_test_defines_is_run(test: str) -> None:
    assert run_program(PROGRAM, [test]).errors == ("AssertionError",)


def test_a_test_that_wants_an_argument_judges_nobody() -> None:
    assert run_program(PROGRAM, ["def test_a(capsys):\n    assert fib(3) == 3"]).errors == ("NotPlain",)


def test_arrays_cross_where_numpy_is_installed() -> None:
    code = "import numpy as np\ndef f(x): return np.array([x, x])\ndef g(a): a *= 2\ndef h(): return np.float64(1.5)"
    tests = [
        "assert (f(1) == [1, 1]).all() and f(1).shape == (2,) and h() == 1.5",
        "import numpy as np\nnp.testing.assert_allclose(f(1), [1, 1])\na = np.ones(2)\ng(a)\nassert a.sum() == 4",
        "assert (f(1) == [1, 2]).all()",
    ]
    assert run_program(code, tests).errors == (None, None, "AssertionError")


def test_what_the_sandbox_does_not_have_is_no_fault_of_the_program() -> None:
    assert run_program("import pandas\ndef f(x): return x", ["assert f(1) == 1"]).ours
    assert not run_program("import nowhere_to_be_found\ndef f(x): return x", ["assert f(1) == 1"]).ours
    right = "def f(x): return x"
    tests = ["import pytest\nassert f(1) == 1", "class A: pass\nassert f(A()) is not None"]
    assert run_program(right, tests).errors == ("NoModule", "NotPlain")
    assert run_program("def f(x):\n    import scipy", ["assert f(1) == 1"]).errors == ("NoModule",)


def test_what_has_the_name_of_a_module_is_withheld_and_nobodys_fault() -> None:
    code = "def copy(x): return x\ndef f(x): return x"
    assert (
        run_program(code, ["assert copy(1) == 1", "import copy\nassert copy.copy(f(1)) == 1"]).errors[0] == "NotPlain"
    )


def test_threads_of_a_program_call_a_test_one_at_a_time() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor\ndef f(g):\n    with ThreadPoolExecutor(4) as pool:\n"
        "        return list(pool.map(g, range(50)))"
    )
    assert run_program(code, ["assert f(lambda x: x + 1) == list(range(1, 51))"]).passed == (True,)
