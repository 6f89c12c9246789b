"""The words of the second prose genres, as three people would write them."""

VOICES: dict[str, tuple[dict[str, str], ...]] = {
    "votes": (
        {
            "": "The members of a sailing club elected a new chair.",
            "voters": "Altogether {n} votes were cast.",
            "share": "{a} received {n} percent of the votes.",
            "ahead": "How many more votes did {a} get than {b}?",
            "rest": "How many votes went to candidates not mentioned here?",
        },
        {
            "": "",
            "voters": "{n} people took part in the election.",
            "share": "{n}% of them chose {a}.",
            "ahead": "By what number of people was {a} ahead of {b}?",
            "rest": "What number of people chose somebody else?",
        },
        {
            "": "These are the results from our village council.",
            "voters": "Number of ballots counted: {n}.",
            "share": "Ballots for {a}: {n} in every hundred.",
            "ahead": "Compute the lead of {a} over {b} in ballots.",
            "rest": "Compute how many ballots bear none of these names.",
        },
    ),
    "villages": (
        {
            "": "",
            "north": "{a} lies {n} km north of {b}.",
            "south": "{a} lies {n} km south of {b}.",
            "east": "{a} lies {n} km east of {b}.",
            "west": "{a} lies {n} km west of {b}.",
            "crow": "How many kilometres is it from {a} to {b} as the crow flies?",
            "steps": "How many kilometres is it from {a} to {b} "
            "for someone who only moves along the compass directions?",
        },
        {
            "": "The map shows {names}.",
            "north": "Go {n} kilometres due north from {b} and you arrive at {a}.",
            "south": "Go {n} kilometres due south from {b} and you arrive at {a}.",
            "east": "Go {n} kilometres due east from {b} and you arrive at {a}.",
            "west": "Go {n} kilometres due west from {b} and you arrive at {a}.",
            "crow": "Find the straight-line distance between {a} and {b}.",
            "steps": "Find the distance between {a} and {b} on a grid of north-south and east-west roads.",
        },
        {
            "": "I drew the farms of our valley on squared paper.",
            "north": "{a} is {n} squares above {b}.",
            "south": "{a} is {n} squares below {b}.",
            "east": "{a} is {n} squares to the right of {b}.",
            "west": "{a} is {n} squares to the left of {b}.",
            "crow": "What length has the line that joins {a} and {b}, in squares?",
            "steps": "What is the least number of squares one walks from {a} to {b}, without diagonal steps?",
        },
    ),
    "recipes": (
        {
            "": "A cook wants to adapt a recipe.",
            "serves": "It is written for {n} people.",
            "needs": "It calls for {n} grams of {a}.",
            "one": "How many grams of {a} does the cook need for {n} people?",
            "all": "How many grams of ingredients does the cook need for {n} people?",
        },
        {
            "": "",
            "serves": "My grandmother's stew feeds {n}.",
            "needs": "{n} g of {a} go into the pot.",
            "one": "If there are {n} of us, what is the right weight of {a} in grams?",
            "all": "If there are {n} of us, what is the right weight of everything in grams?",
        },
        {
            "": "From a cookbook, rewritten as a list:",
            "serves": "portions {n}.",
            "needs": "{a} {n} g.",
            "one": "Scale this to {n} portions. Give the weight of {a} in grams.",
            "all": "Scale this to {n} portions. Give the total weight in grams.",
        },
    ),
    "leagues": (
        {
            "": "In a small league a win is worth three points and a draw one point.",
            "beat": "{a} beat {b}.",
            "lost": "{a} lost to {b}.",
            "drew": "{a} and {b} drew.",
            "points": "How many points has {a}?",
            "top": "Which team has the most points?",
        },
        {
            "": "{names} played for a cup; you got 3 points for a victory, 1 for a tie and 0 otherwise.",
            "beat": "The match of {a} against {b} was won by {a}.",
            "lost": "The match of {a} against {b} was won by {b}.",
            "drew": "The match of {a} against {b} had no winner.",
            "points": "Find the score of {a}.",
            "top": "Find the leader of the table.",
        },
        {
            "": "",
            "beat": "{a} got three points from the game with {b}, who got none.",
            "lost": "{a} got nothing from the game with {b}, who got three points.",
            "drew": "One point each was given to {a} and {b} after their game.",
            "points": "Add up what {a} got.",
            "top": "Who was given the most points?",
        },
    ),
    "wages": (
        {
            "": "A gardener's firm pays its helpers by the hour.",
            "paid": "{a} works {n} hours at {m} dollars an hour.",
            "bonus": "There is a bonus of {n} dollars for the whole team.",
            "sum": "How many dollars does the firm pay this week?",
            "who": "Leaving out any bonus, who earns the most?",
        },
        {
            "": "",
            "paid": "For {n} hours of work, {a} charges {m} pounds each.",
            "bonus": "On top of that {n} pounds are given as a tip.",
            "sum": "What is the total bill in pounds?",
            "who": "Whose part of the bill is the largest, tips aside?",
        },
        {
            "": "Payroll of the bakery.",
            "paid": "{a}: {n} hours, hourly rate {m}.",
            "bonus": "Holiday money for the staff: {n}.",
            "sum": "Work out the cost of the staff.",
            "who": "Work out who costs the most, holiday money not counted.",
        },
    ),
    "heights": (
        {
            "": "",
            "taller": "{a} is {n} cm taller than {b}.",
            "shorter": "{a} is {n} cm shorter than {b}.",
            "tallest": "Who is the tallest?",
            "shortest": "Who is the shortest?",
            "gap": "How many centimetres are there between the tallest and the shortest?",
        },
        {
            "": "Against the door frame, {names} marked how tall they are.",
            "taller": "The mark of {a} is {n} centimetres above that of {b}.",
            "shorter": "The mark of {a} is {n} centimetres below that of {b}.",
            "tallest": "Whose mark is at the top?",
            "shortest": "Whose mark is at the bottom?",
            "gap": "How far are the top and the bottom mark apart, in centimetres?",
        },
        {
            "": "A tailor compares his customers.",
            "taller": "Compared with {b}, {a} needs {n} cm more cloth in length.",
            "shorter": "Compared with {b}, {a} needs {n} cm less cloth in length.",
            "tallest": "Which customer needs the longest cloth?",
            "shortest": "Which customer needs the shortest cloth?",
            "gap": "What is the difference in cm between the longest and the shortest cloth?",
        },
    ),
}
"""{a} and {b} are the names, {n} and {m} the numbers of a fact; under "" is what comes first."""

REWORDING: dict[str, tuple[tuple[str, str], ...]] = {
    "votes": (
        ("How many ", "Tell how many "),
        ("took part in the election", "voted in the election"),
        ("Compute ", "Determine "),
    ),
    "villages": (
        ("How many kilometres is it", "What distance in kilometres is it"),
        ("Find the", "What is the"),
        ("I drew the farms", "The farms are drawn by me"),
    ),
    "recipes": (
        ("wants to adapt a recipe", "is changing a recipe"),
        ("what is the right weight", "how large must be the weight"),
        ("Give the", "State the"),
    ),
    "leagues": (
        ("How many points has", "What number of points has"),
        ("Which team has", "Name the team with"),
        ("Find the", "Determine the"),
        ("Add up what", "Compute in all what"),
        ("Who was given", "Which of them was given"),
    ),
    "wages": (
        ("How many dollars does the firm pay", "What does the firm pay in dollars"),
        ("What is the total bill", "How high is the whole bill"),
        ("Work out", "Calculate"),
    ),
    "heights": (
        ("Who is", "Which of them is"),
        ("marked how tall they are", "left marks of their height"),
        ("Which customer needs", "Name the customer who needs"),
    ),
}

STEPS: tuple[dict[str, str], ...] = (
    {
        "": "{a} starts the day with {n} tokens.",
        "gain": "Then {a} wins {n} tokens.",
        "loss": "Then {a} loses {n} tokens.",
        "times": "Then {a} multiplies the tokens by {n}.",
        "half": "Then {a} gives away half of the tokens.",
        "end": "How many tokens does {a} have at the end?",
        "change": "How many tokens more than at the start does {a} have at the end?",
    },
    {
        "": "On {a}'s account there are {n} credits.",
        "gain": "{n} credits are paid in.",
        "loss": "{n} credits are taken out.",
        "times": "The credits on the account grow {n}-fold.",
        "half": "The credits on the account are cut in half.",
        "end": "What does {a}'s account show after all this, in this order?",
        "change": "By how much is {a}'s account larger after all this, in this order?",
    },
    {
        "": "{a} thinks of the number {n}.",
        "gain": "Next {a} adds {n}.",
        "loss": "Next {a} takes away {n}.",
        "times": "Next {a} multiplies by {n}.",
        "half": "Next {a} divides by two.",
        "end": "Which number does {a} get?",
        "change": "How far is {a} from the first number in the end?",
    },
)
"""A problem whose sentences must be in their order."""
