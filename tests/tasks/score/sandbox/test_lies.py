"""What a program's objects and messages cannot make a test believe."""

import pytest

from tasks.score.sandbox.run import run_program, sandbox_available

pytestmark = pytest.mark.skipif(sandbox_available() is not None, reason=str(sandbox_available()))
# An object that agrees with everything, and what must not pass because of it.
LIAR = """
class A:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __eq__
    def __hash__(self): return hash(2)
    def __bool__(self): return True
    def __len__(self): return 1
    def __getattr__(self, name): return self
    def __call__(self, *given): return self
    __sub__ = __rsub__ = __abs__ = __add__ = __getitem__ = __call__
class Number(float):
    def __eq__(self, other): return True
    __lt__ = __gt__ = __le__ = __ge__ = __eq__
    __hash__ = float.__hash__
    def __sub__(self, other): return Number(0)
class Rows(list):
    def __eq__(self, other): return True
    def __contains__(self, item): return True
    issuperset = __eq__
class Whole(int):
    def __mod__(self, other): return 0
    def __abs__(self): return 0
    def __bool__(self): return True
class Few(set):
    def issuperset(self, other): return True
    def __and__(self, other): return other
    def __len__(self): return 3
class Row(list):
    def __getitem__(self, at): return 7
class Box(dict):
    def get(self, key, other=None): return other
class Told:
    def __contains__(self, item):
        self.item = item
        return True
    def __iter__(self): return iter([self.item] if hasattr(self, "item") else [])
class Nought:
    def __sub__(self, other): return 0.0
class Way:
    def __sub__(self, other): return Way()
    def __abs__(self): return 0.0
class math:
    isclose = staticmethod(lambda *a, **k: True)
def f(x): return A()
def g(x): return Number(7)
def h(x): return Rows([7])
"""
LIES = [
    "assert f(1) == 2",
    "assert 2 == f(1)",
    "assert f(1) != 2",
    "assert f(1) < 2",
    "assert 2 in f(1)",
    "assert f(1) in [2]",
    "assert f(1) in {2}",
    "assert f(1) == f(2)",
    "assert f(1).x == 2",
    "assert f(1)[0] == 2",
    "assert abs(f(1) - 2) < 1e-6",
    "assert [f(1)] == [2]",
    "assert {1: f(1)} == {1: 2}",
    "assert f(1) >= 2 and 2 >= f(1)",
    "assert g(1) == 2",
    "assert h(1) == [2]",
    "assert [2] == h(1)",
    "assert 2 in h(1)",
    "assert abs(nought() - 0.33) < 1e-6",
    "assert abs(way() - 0.33) < 1e-6",
    "assert g(1) - 2 == 0",
    "assert whole() % 2 == 0",
    "assert abs(whole()) == 0",
    "assert few() & {1, 2} == {1, 2}",
    "assert few().issuperset({5})",
    "assert len(few()) == 3",
    "assert row()[0] == 7",
    "assert box().get('a', 4) == 4",
    "assert 5 in told()",
    "assert math.isclose(g(1), 3.5)",
]
LIAR += """
def nought(): return Nought()
def way(): return Way()
def whole(): return Whole(7)
def few(): return Few([1])
def row(): return Row([1])
def box(): return Box()
def told(): return Told()
"""


def test_an_object_that_agrees_with_everything_convinces_nobody() -> None:
    for test in LIES:
        exec(LIAR + test, {})  # each would pass where a program and its tests share an interpreter
    outcome = run_program(LIAR, LIES)
    assert [test for test, passed in zip(LIES, outcome.passed, strict=True) if passed] == []


def test_no_reply_that_a_program_makes_up_passes_a_test() -> None:
    code = (
        "from tasks.score.sandbox import held\nmade_up = {}\n"
        "held.Held._answer = lambda self, *request: {'said': '', **made_up}\n"
    )
    replies = [
        {"value": ["held", 99]},
        {"value": ["object", [0, {"name": "f", "methods": ["__eq__"], "hashable": True, "class": True}]]},
        {"value": ["object", [0, {"name": "f", "methods": [], "hashable": 1, "class": 0, "changeable": "list"}]]},
        {"value": ["object", [0, {"name": "f", "methods": [], "base": "int", "plain": ["const", None], "class": 1}]]},
        {"value": ["awaitable", 0]},
        {"value": ["array", ["O", [1], "00"]]},
        {"value": ["defaultdict", ["breakpoint", []]]},
        {"argument": 7},
        {"not_implemented": True},
        {"raised": ["StopIteration"], "args": [], "held": []},
        {"callback": 0, "given": ["tuple", []], "named": ["dict", []]},
        {"after": [["tuple", []], ["dict", []]], "value": ["const", True]},
        {},
    ]
    tests = ["assert f(1) == 2", "for got, want in zip(map(f, [1]), [2]): assert got == want"]
    for reply in replies:
        outcome = run_program(f"{code}made_up.update({reply!r})\ndef f(x): return 0", tests, "f", limit_s=1)
        assert not any(outcome.passed), reply


def test_a_coroutine_that_says_it_is_at_its_end_ends_no_iteration() -> None:
    code = "async def f(x): raise StopAsyncIteration"
    test = (
        "import asyncio\nclass Each:\n    def __aiter__(self): return self\n"
        "    async def __anext__(self): return await f(1)\n"
        "async def t():\n    async for got in Each(): assert got == 2\nasyncio.run(t())"
    )
    assert run_program(code, [test]).passed == (False,)


def test_a_program_offers_no_builtins_of_its_own() -> None:
    code = (
        "from tasks.score.sandbox import child\nformer = child.globals_of\n"
        "def globals_of(names, held):\n    found = former(names, held)\n"
        "    mine = {'set': lambda x: 0, 'abs': lambda x: 0}\n"
        "    found['values']['__builtins__'] = ['dict', [[['str', k], held.hold(v)] for k, v in mine.items()]]\n"
        "    return found\nchild.globals_of = globals_of\ndef f(x): return 7"
    )
    assert run_program(code, ["assert set([f(1)]) == set([2])", "assert abs(f(1) - 2) < 1e-6"]).passed == (False, False)
