"""`Document`: a problem as it is compared with others, whatever file or run it comes from."""

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One problem.

    `source` is the family, or the file's name: what is usual for one source is told apart from what is usual for
    another. `text` is what is asked, of a Taskmill task without the paragraph on the answer format. `answer` is one
    right answer, "" where it is unknown; `canonical` is equal for two problems exactly when they are the same, ""
    where it is unknown. `verified` is how sure the answer is, in [0, 1].
    """

    id: str
    source: str
    text: str
    answer: str = ""
    canonical: str = ""
    verified: float = 0.0
