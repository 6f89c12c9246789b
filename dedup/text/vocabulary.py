"""Words whose meaning decides how a text may be retold: closed classes, small and written out.

What is not here is a content word and is kept as it is written.
"""


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


NOT_NAMES = words("""
    africa america asia australia europe argentina austria belgium brazil britain canada chile china colombia
    cuba denmark egypt england ethiopia finland france germany ghana greece hungary india indonesia iran iraq
    ireland israel italy japan kenya korea malaysia mexico morocco netherlands nigeria norway pakistan peru
    philippines poland portugal romania russia scotland singapore spain sweden switzerland thailand turkey
    ukraine vietnam wales monday tuesday wednesday thursday friday saturday sunday january february march april
    may june july august september october november december english american british european asian african
    christmas easter god earth sun moon north south east west gregorian internet section table figure note
    example answer question problem clue step row column line part case solution statement rule fact premise let
    find solve if then the what which who how when where why each every all some no not given suppose determine
    calculate compute write in on at for is are
""")
"""Capitalised words that are never the names of what a problem is about."""

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
NUMBERS = {word: value for value, word in enumerate(_SMALL.split())}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

_SAME: dict[str, str] = {
    "be": "is are was were am being been",
    "have": "has had having",
    "say": "says said states stated claims claimed remarks remarked tells told comments commented asserts asserted",
    "truth-teller": "knight knights truth-tellers truthteller truthtellers",
    "liar": "knave knaves liars",
    "person": "persons people somebody someone",
    "also": "too as-well",
    "large": "larger largest",
    "can": "ca",
    "will": "wo",
    "+": "plus",
    "-": "minus negative",
    "=": "equals equal",
    "->": "=> implies imply",
    "<=": "=<",
    "!=": "<>",
    "*": "times",
    "do": "does did",
    "determine": "find calculate compute",
    "scarf": "scarves",
    "shoe": "shoes",
    "toe": "toes",
    "kid": "kids child children",
}
SAME = {word: kept for kept, words in _SAME.items() for word in words.split()}
"""Words that stand for one another in any problem, and inflections that no rule of thumb reaches."""

FORM = words("""
    alphabet alphabetical alphabetically anagram ascii backward backwards cipher code consonant decipher decode
    decrypt dictionary encipher encode encrypt hexadecimal letter lexicographic lexicographical lowercase
    palindrome pronounce quote reverse rhyme sentence spell spelled spelling spelt string substring syllable
    text translate unicode uppercase vowel word capital capitalize capitalized
""")
"""A text with one of these may be about how its words are written: there nothing is renamed."""

PRONOUNS = words("he her hers herself him himself his she")
"""A text with one of these and several people may turn on who is a man and who a woman."""

KINSHIP = words("""
    aunt boy bride brother dad daughter father female gender gentleman girl grandfather grandmother groom
    husband king kinship lady male man married men mother mum mom nephew niece prince princess queen
    related relation relationship sibling sister son spouse uncle widow widower wife woman women mr mrs ms
""")
"""A text with one of these may turn on it with a single person too."""

KNOWLEDGE = words("""
    leg wheel tentacle wing horn capital country planet continent element atomic species side corner vertex
    vertice invented discovered born died president author wrote written painted directed founded novel film
    king queen empire
""")
"""A text with one of these may ask what is known of its nouns: those are not renamed."""

INERT = words("""
    apple ball balloon banana bead book bottle bracelet brick brownie bun button cake candle candy card carrot
    cherry chocolate coin comic cookie crayon cupcake doll donut egg eraser flower gem gift grape hat jewel key
    lemon lollipop magazine mango marble medal melon muffin mug necklace notebook nut orange pancake peach pear
    pebble pen pencil photo pie pizza plate plum poster postcard potato present puzzle ribbon ring rock rose
    sandwich scarf seashell seed shell shirt sock spoon stamp stick sticker stone strawberry ticket token tomato
    toy tulip watermelon acorn badge rope bell map lamp brush pad basket bowl broom bucket comb curtain cushion
    glove hammer jar kettle kite ladder lantern mirror mitten napkin pan pillow pot purse quilt rug sack shovel
    sieve soap sponge spade tile tin towel tray umbrella vase wallet almond berry bean biscuit blueberry bolt
    chestnut cup dice envelope fig flag fork nail onion paperclip plant raspberry screw shoe sweet walnut
    whistle
""")
"""Things that are only counted: a problem about cookies is the same about ribbons."""

SYMBOLS = words("atomic chemical periodic vitamin isotope")
"""In a text with one of these a letter may be the symbol of something that is known."""

COLOURS = words(
    "black blue brown gold golden gray green grey orange pink purple red silver turquoise violet white yellow"
)
COLOURED = words("mix mixed rainbow paint painted wavelength traffic primary flag brighter darker spectrum skin hair")
"""A text with one of these may turn on what a colour is like."""

LETTERED = words("vitamin hepatitis blood grade note chord key clef cup type")
"""Words after or before which a letter is known for itself: vitamin C is not any vitamin."""

EQUATIONS = words("solve root equation variable unknown polynomial simplify factor expand derivative integral function")
"""In a text with one of these a letter after a number is no unit."""

SEQUENCE = words("""
    then next afterward afterwards after later finally now subsequently before meanwhile again already previous
    previously following lastly eventually until he she it they him them his hers their theirs its this these
    those former latter such there respectively another remaining rest same other total altogether
""")
"""Words by which a sentence leans on those before it, so that its place counts."""

CHANGES = words("""
    += -= *= /= %= add added double doubled triple tripled halve halved multiply multiplied divide divided
    subtract subtracted remove removed increase increased decrease decreased swap swapped move moved rotate
    rotated reverse reversed insert inserted delete deleted push pop append appended replace replaced turn
    turned flip flipped put round rounded square squared shift shifted convert apply repeat result
""")
"""Words of steps that work on what the step before left: their order counts."""

ORDERED = words("order step sequence sequentially successive successively chronological turn then")
"""Words of an introduction by which the lines below it are to be taken in turn."""

SORTING = words("alphabetical ascending descending increasing decreasing numerical")
"""Orders into which a problem may want a list sorted: then it does not matter how the list stands at first."""

SORTED_HOW = words("swap step comparison compare bubble insertion stable index position pass algorithm many first last")
"""Words of problems about how something is sorted, where the list as it stands counts."""

COMMUTATIVE = words("sum product gcd lcm divisor multiple average mean median")
"""Words of calculations in which the order of the numbers does not matter."""

STATIVE = words("""
    be have like love hate own live say weigh cost contain equal stand sit joins join connect take need speak
    drink eat keep prefer work know fear trust must cannot can start begin lead point border touch
""")
"""Verbs of facts that hold all along, whatever is told first."""

_CLASSES: dict[str, str] = {
    "not": "not no never none neither nor without cannot n't ~ ¬ != false nobody nothing",
    "all": "all every each always both everybody everyone everything ∀",
    "some": "some any sometimes ∃",
    "only": "only exactly",
    "least": "least minimum min fewest smallest lowest shortest cheapest earliest youngest",
    "most": "most maximum max largest biggest greatest highest longest tallest latest oldest",
    "more": "more greater larger bigger higher longer taller older heavier faster exceed above over > up increase rise",
    "less": "less fewer smaller lower shorter younger lighter slower below under < down decrease fall",
    ">=": ">= ≥",
    "<=": "<= ≤",
    "before": "before earlier previous ago",
    "after": "after later since following",
    "left": "left",
    "right": "right",
    "north": "north",
    "south": "south",
    "east": "east",
    "west": "west",
    "next": "next adjacent beside neighbour neighbor neighboring neighbouring",
    "between": "between",
    "first": "first",
    "last": "last final",
    "if": "if unless when -> whenever",
    "iff": "iff ↔",
    "or": "or either ∨ |",
    "and": "and ∧ &",
    "but": "but except however excluding",
    "truth-teller": "truth-teller",
    "liar": "liar",
    "true": "true",
    "gain": "gain buy bought receive received found get got earn earned collect collected win won pick gather bring",
    "loss": "lose lost give gave sell sold spend spent eat ate drop broke break pay paid donate throw",
    "twice": "twice double",
    "thrice": "thrice triple",
    "half": "half halve halved",
    "inside": "inside in within into",
    "outside": "outside out",
}
RELATION = {word: kind for kind, words in _CLASSES.items() for word in words.split()}
"""Closed-class words that say how things stand to each other, by class; antonyms are in different classes."""
