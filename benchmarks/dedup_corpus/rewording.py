"""Phrases of the families' templates and what says the same in other words."""

CASED = frozenset({"algebra.linear_systems", "instructions.form", "instructions.quote", "instructions.transform"})
"""Sources in which a capital letter means something: a matrix beside an unknown, a text to quote word for word."""

REWORDING: dict[str, tuple[tuple[str, str], ...]] = {
    "algebra.linear_systems": (
        ("Solve for ", "Determine the values of "),
        ("Solve A v", "Find the solution of A v"),
        ("\nFind ", "\nSay what this gives for "),
    ),
    "algebra.polynomial_roots": (
        ("Find all real roots of ", "Which real numbers solve "),
        ("List each different root once.", "Name every different root one time."),
        ("A polynomial in ", "These are the coefficients of a polynomial in "),
        (" has these coefficients, from ", ", from "),
        ("Find all its real roots.", "Which real roots has it?"),
    ),
    "arithmetic.chain": (("What is ", "Work out "), ("Compute ", "Find the value of ")),
    "arithmetic.flawed_steps": (
        ("was worked out in steps:", "was computed line by line:"),
        ("At most one step is wrong. Which one? Write 0 if all are right.", "No more than one step is wrong: say "
         "which, or 0 if there is none."),
    ),
    "arithmetic.reversed_addition": (
        ("Add ", "Find the sum of "),
        ("Both numbers are written backwards, the ones digit first.", "The digits of both stand in reverse order, "
         "beginning with the ones."),
    ),
    "arithmetic.word_problems": (
        ("How many ", "Tell how many "),
        ("Notes on ", "Here are notes about "),
        (" starts with ", " has at first "),
        (" At this point ", " By now "),
    ),
    "calendar.date_arithmetic": (
        ("What day of the week ", "Which weekday "),
        ("How many days are there from ", "Count the days from "),
        ("All dates are in the Gregorian calendar.", "Use the Gregorian calendar throughout."),
    ),
    "graphs.shortest_path": (
        ("Find a path from ", "Name a way from "),
        ("Some towns are joined by roads", "There are roads between some towns"),
        (", both ends included.", ", with the first and the last."),
        ("Which way leads from ", "How does one get from "),
    ),
    "grids.futoshiki": (
        ("Solve this futoshiki. Fill the empty cells", "This is a futoshiki. Put numbers into the empty cells"),
        ("There is exactly one solution.", "It has one solution only."),
    ),
    "grids.sudoku": (
        ("Solve this sudoku. The grid has", "This is a sudoku for you to solve. Its grid has"),
        ("There is exactly one solution.", "It has one solution only."),
    ),
    "instructions.form": (
        ("Write a short text of any content", "Compose a brief text about whatever you like"),
        ("and that keeps to all of these rules:", "and that follows every one of these rules:"),
    ),
    "instructions.quote": (
        ("These are notes:", "Read these notes:"),
        ("Quote each note whose", "Give a quotation of each note whose"),
        ("in the order of the notes", "in the same order as the notes"),
    ),
    "instructions.transform": (
        ("These are ", "Below are "),
        ("Write them anew:", "Now write them down again like this:"),
    ),
    "logic.knights_knaves": (
        ("What a knight says is true, what a knave says is false.", "Knights always tell the truth and knaves always "
         "lie."),
        ("Exactly one answer fits. Who is what?", "There is one answer only. Say who is which."),
    ),
    "logic.zebra": (
        ("houses stand in a row, numbered", "houses are side by side, with the numbers"),
        ("Exactly one arrangement fits. Find it.", "Work out the only arrangement that fits."),
    ),
    "numbers.base_conversion": (
        ("Write the base-", "Convert the base-"),
        (" in base ", " to base "),
        ("What does the second counter show?", "Which digits does the second one show?"),
    ),
    "planning.blocks_world": (
        ("Turn the first arrangement into the wanted one", "Find moves that lead from the first arrangement to the "
         "wanted one"),
        ("There is always room on the table;", "The table never is full;"),
    ),
    "planning.river_crossing": (
        ("Plan how all of them get to the right bank.", "Find a plan that brings everyone to the right bank."),
        ("Goal: all on the right bank.", "In the end everyone is to be on the right bank."),
    ),
    "planning.sliding_tiles": (
        ("Here is a sliding-tile puzzle", "This is a puzzle with sliding tiles"),
        ("Reach exactly this arrangement", "Get to exactly the following arrangement"),
    ),
    "planning.sokoban": (
        ("Sokoban. Push every box onto a goal.", "A game of sokoban: get each box onto a goal."),
        ("Any box may go to any goal.", "It does not matter which box ends on which goal."),
    ),
    "strings.word_sorting": (
        ("Sort these words in", "Put these words into"),
        ("Sort the words below in", "Put the following words into"),
    ),
}  # fmt: skip
