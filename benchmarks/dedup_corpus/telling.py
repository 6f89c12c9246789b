"""What tells the stories: of each genre a sentence for each kind of fact in two styles, and phrases to reword."""

SENTENCES: dict[str, tuple[dict[str, str], ...]] = {
    "ages": (
        {
            "": "",
            "is": "{a} is {n} years old.",
            "older": "{a} is {n} years older than {b}.",
            "younger": "{a} is {n} years younger than {b}.",
            "age": "How old is {a}?",
        },
        {
            "": "This is what we know about the ages of {names}.",
            "is": "The age of {a} is {n}.",
            "older": "Add {n} to the age of {b} and you have the age of {a}.",
            "younger": "Take {n} from the age of {b} and you have the age of {a}.",
            "age": "Find the age of {a}.",
        },
    ),
    "race": (
        {
            "": "{names} ran a race.",
            "before": "{a} finished before {b}.",
            "after": "{a} finished after {b}.",
            "first": "Who won?",
            "second": "Who came second?",
            "last": "Who was last?",
        },
        {
            "": "In a race of {names}, no two arrived together.",
            "before": "{a} was faster than {b}.",
            "after": "{a} was slower than {b}.",
            "first": "Name the fastest.",
            "second": "Name the one in second place.",
            "last": "Name the slowest.",
        },
    ),
    "boxes": (
        {
            "": "Some boxes are put into each other, with at most one box directly in another.",
            "in": "The {a} box is somewhere inside the {b} box.",
            "holds": "The {a} box has the {b} box somewhere inside it.",
            "first": "Which box is the innermost?",
            "last": "Which box is the outermost?",
        },
        {
            "": "A set of boxes in the colours {names} is nested.",
            "in": "The {a} one is smaller than the {b} one.",
            "holds": "The {a} one is bigger than the {b} one.",
            "first": "What colour is the smallest?",
            "last": "What colour is the biggest?",
        },
    ),
    "shopping": (
        {
            "": "A customer goes shopping with 2000 cents.",
            "each": "The customer buys {n} {a} at {m} cents each.",
            "pack": "The customer buys {n} {a} for {m} cents in all.",
            "voucher": "A voucher takes {n} cents off the bill.",
            "total": "How many cents does the customer pay?",
            "change": "How many cents does the customer have left?",
        },
        {
            "": "Bill (prices in cents; paid with 2000):",
            "each": "{a}: {n} x {m}.",
            "pack": "{a}: {n} together {m}.",
            "voucher": "Voucher: -{n}.",
            "total": "What is the amount to pay?",
            "change": "What is the change?",
        },
    ),
    "clubs": (
        {
            "": "Pupils of a school were asked about two clubs.",
            "members": "{n} of them are in the {a} club.",
            "both": "{n} of them are in both the {a} club and the {b} club.",
            "all": "{n} pupils were asked.",
            "neither": "How many are in neither club?",
            "either": "How many are in at least one of the clubs?",
            "only": "How many are in the {a} club but not in the {b} club?",
        },
        {
            "": "Counts from a survey:",
            "members": "{a}: {n};",
            "both": "{a} and {b}: {n};",
            "all": "pupils: {n};",
            "neither": "how many chose none of the two?",
            "either": "how many chose one of the two or both?",
            "only": "how many chose {a} without {b}?",
        },
    ),
    "sharing": (
        {
            "": "Some money is shared out in parts of equal size.",
            "parts": "{a} gets {n} of the parts.",
            "sum": "In all it is {n} dollars.",
            "share": "How many dollars does {a} get?",
        },
        {
            "": "{names} split a sum of money in proportion to the hours that they worked.",
            "parts": "{a} worked for {n} hours.",
            "sum": "The sum is {n} dollars.",
            "share": "What is the share of {a}?",
        },
    ),
    "party": (
        {
            "": "{names} are invited to a party.",
            "comes": "{a} comes.",
            "stays": "{a} does not come.",
            "if": "If {a} comes, then {b} comes.",
            "only if": "Only if {a} comes does {b} come.",
            "unless": "Either {a} or {b} comes, but not both.",
            "whether": "Does {a} come?",
        },
        {
            "": "Of {names}, some are on the guest list.",
            "comes": "{a} is on it.",
            "stays": "{a} is not on it.",
            "if": "With {a} on it, so is {b}.",
            "only if": "Without {a} on it, {b} is not on it.",
            "unless": "Exactly one of {a} and {b} is on it.",
            "whether": "Is {a} on the list?",
        },
    ),
}
"""{a} and {b} are the names, {n} and {m} the numbers of a fact; under "" is what comes first."""

REWORDING: dict[str, tuple[tuple[str, str], ...]] = {
    "ages": (
        ("How old is ", "What is the age of "),
        (" years old.", " years of age."),
        ("Find the age", "Tell the age"),
        ("This is what we know", "Here is all that is known"),
    ),
    "race": (
        (" ran a race.", " took part in a race."),
        ("no two arrived together", "all arrived at different times"),
        ("Who won?", "Who was the winner?"),
        ("Who came second?", "Who took second place?"),
        ("Who was last?", "Who came in last?"),
    ),
    "boxes": (
        ("Some boxes are put into each other", "Several boxes stand one in another"),
        ("A set of boxes", "A stack of boxes"),
        ("Which box is the innermost?", "Name the innermost box."),
        ("Which box is the outermost?", "Name the outermost box."),
    ),
    "shopping": (
        ("A customer goes shopping with 2000 cents.", "Somebody has 2000 cents to spend in a shop."),
        ("How many cents does the customer pay?", "What does the customer pay, in cents?"),
        ("How many cents does the customer have left?", "What is left to the customer, in cents?"),
        ("What is the", "Work out the"),
    ),
    "clubs": (
        ("Pupils of a school were asked about two clubs.", "A school asked its pupils which of two clubs they go to."),
        ("How many are", "What number of them are"),
        ("Counts from a survey:", "A survey counted:"),
        ("how many chose", "what number chose"),
    ),
    "sharing": (
        ("Some money is shared out", "A sum of money is divided"),
        ("How many dollars does ", "What amount in dollars does "),
        (" split a sum of money in proportion to", " divide a sum of money according to"),
        ("What is the share", "Find the share"),
    ),
    "party": (
        (" are invited to a party.", " have been asked to a party."),
        ("Does ", "Will "),
        ("some are on the guest list", "a few stand on the list of guests"),
        (" on the list?", " a guest on it?"),
    ),
}
