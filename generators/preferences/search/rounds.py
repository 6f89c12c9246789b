"""Many tree searches at once: each round puts what all of them ask into one batch for the engine.

The pass is replayed from its beginning whenever it is started, and an answer that is stored is taken from there. So a
killed search goes on where it stood, asks for nothing twice, and comes to what an undisturbed one comes to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic

from generators.preferences.search.answering import Key, SearchError, Searching, Slot, answered
from generators.preferences.search.asking import Answer, Ask, ResultT, Search
from schemas import Continuation, Task


def grown(
    tasks: Sequence[Task],
    opened: Callable[[Task], Search[ResultT]],
    searching: Searching,
    done: Iterable[Continuation] = (),
) -> Iterator[tuple[Continuation, ...]]:
    """The answers that the searches of the tasks need and that are not among `done`, in batches as they are made.

    At most `at_once` trees grow at a time. With `max_tokens`, no question is asked whose longest answers might go
    beyond what is left of it; a search that can ask nothing any more ends with what it has. Raises SearchError,
    EngineError.
    """
    stored = {_key(each): each for each in done}
    grove = _Grove(tasks, opened, searching)
    while plan := grove.plan():
        missing = [slot for slot in plan if slot.key not in stored]
        for batch in answered(missing, searching):
            stored |= {_key(each): each for each in batch}
            yield batch
        grove.take(plan, stored)


def results(
    tasks: Sequence[Task],
    opened: Callable[[Task], Search[ResultT]],
    searching: Searching,
    done: Iterable[Continuation],
) -> dict[str, ResultT]:
    """What the searches came to, by task id, from all that they were answered. Raises SearchError where some lacks."""
    stored = {_key(each): each for each in done}
    grove = _Grove(tasks, opened, searching)
    while plan := grove.plan():
        grove.take(plan, stored)
    return grove.results


class _Tree(Generic[ResultT]):
    """A search under way: the questions it waits for, and how many it has asked before them."""

    def __init__(self, task: Task, search: Search[ResultT]) -> None:
        self.task, self.search, self.asked = task, search, 0
        self.asks: list[Ask] = []


class _Grove(Generic[ResultT]):
    def __init__(self, tasks: Sequence[Task], opened: Callable[[Task], Search[ResultT]], searching: Searching) -> None:
        if len({task.id for task in tasks}) < len(tasks):
            raise SearchError("the same task is there twice: deduplicate before searching")
        self._waiting = iter(tasks)
        self._opened, self._searching = opened, searching
        self._trees: list[_Tree[ResultT]] = []
        self._planned: list[_Tree[ResultT]] = []
        self._spent = 0
        self.results: dict[str, ResultT] = {}

    def plan(self) -> list[Slot]:
        """What is asked now; nothing when every search has ended."""
        while True:
            self._fill()
            self._planned = self._affordable()
            if self._planned or not self._trees:
                return [slot for tree in self._planned for slot in _slots(tree)]
            for tree in self._trees:  # the budget is spent
                self._sent(tree, None)
                if tree.task.id not in self.results:
                    raise SearchError("a search went on asking after it was told that the budget is spent")
            self._trees = []

    def take(self, plan: Sequence[Slot], stored: Mapping[Key, Continuation]) -> None:
        """Tells the searches that were asked for what they are answered."""
        if lacking := [slot.key for slot in plan if slot.key not in stored]:
            raise SearchError(
                f"{len(lacking)} answers are not there, the first is {lacking[0]}: finish the search first"
            )
        self._spent += sum(len(stored[slot.key].token_ids) for slot in plan)
        for tree in self._planned:
            told = [
                [_answer(stored[tree.task.id, tree.asked + place, sample]) for sample in range(ask.samples)]
                for place, ask in enumerate(tree.asks)
            ]
            tree.asked += len(tree.asks)
            self._sent(tree, told)
        self._trees = [tree for tree in self._trees if tree.task.id not in self.results]

    def _fill(self) -> None:
        while len(self._trees) < self._searching.at_once and (task := next(self._waiting, None)) is not None:
            tree = _Tree(task, self._opened(task))
            self._trees.append(tree)
            self._sent(tree, None)
            self._trees = [tree for tree in self._trees if tree.task.id not in self.results]

    def _affordable(self) -> list[_Tree[ResultT]]:
        """The trees, in order, whose longest possible answers fit into what is left."""
        limit = self._searching.max_tokens
        if limit is None:
            return self._trees
        left, chosen = limit - self._spent, []
        for tree in self._trees:
            most = sum(ask.samples * self._searching.sampling.max_tokens for ask in tree.asks if ask.kind != "value")
            if most <= left:
                left -= most
                chosen.append(tree)
        return chosen

    def _sent(self, tree: _Tree[ResultT], told: list[list[Answer]] | None) -> None:
        try:
            tree.asks = tree.search.send(told)
        except StopIteration as end:
            self.results[tree.task.id] = end.value


def _slots(tree: _Tree[ResultT]) -> Iterator[Slot]:
    for number, ask in enumerate(tree.asks, tree.asked):
        for sample in range(ask.samples):
            yield Slot(tree.task, number, sample, ask)


def _answer(stored: Continuation) -> Answer:
    return Answer(stored.token_ids, stored.logprobs, stored.ended, stored.score)


def _key(made: Continuation) -> Key:
    return made.task_id, made.ask, made.sample
