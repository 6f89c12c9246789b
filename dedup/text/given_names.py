"""Given names, by which people of a problem are known though they are mentioned once and whatever the case."""

from dedup.text.vocabulary import words

FEMALE = words("""
    abigail ada addison adriana agnes aisha alexandra alexis alice alicia alina alma amanda amber amelia amina
    amy ana andrea angela angelina anita anna annabelle anne annette annie antonia aria ariana ashley astrid
    aubrey audrey aurora ava barbara beatrice becky bella bertha beth bethany betty beverly bianca bonnie brenda
    brianna bridget camila carla carmen carol carole caroline carolyn cassandra catherine cathy cecilia celia
    celine charlotte chelsea cheryl chloe christina christine cindy claire clara claudia colleen connie cora
    courtney crystal cynthia daisy dana danielle daphne deborah debra delia denise diana diane donna dora doris
    dorothy edith edna eileen elaine eleanor elena elisa elise eliza elizabeth ella ellen ellie eloise elsa
    elsie emilia emily emma erica erika erin esther ethel eva evelyn fatima felicia fiona flora florence frances
    francesca freya gabriela gabriella gabrielle gail georgia geraldine gertrude gina giulia gladys gloria greta
    gwen hailey hannah harper hazel heather heidi helen helena henrietta holly ida imani ines ingrid irene iris
    irma isabel isabella isabelle isla ivy jacqueline jada jane janet janice jasmine jean jeanette jenna
    jennifer jenny jessica jill joan joanna jocelyn jodie josephine joyce juana juanita judith judy julia
    juliana julie juliet june karen karina kate katherine kathleen kathryn kathy katie kayla keisha kelly kendra
    kiara kim kimberly klara kristen kristin kristina lara laura lauren layla lea leah leila lena leslie leticia
    lila lillian lily linda lisa lois lola loretta lorraine louise lucia lucille lucy luisa lydia lynn mabel
    mackenzie madeline madison maggie maja marcia margaret maria mariah mariam marie marilyn marina marion
    marissa marjorie marlene marta martha mary matilda maureen maya megan melanie melinda melissa mia michelle
    mila mildred millie mina miranda miriam molly monica monique muriel nadia nancy naomi natalia natalie
    natasha nellie nia nicole nina noemi nora norma octavia olga olive olivia paige pamela patricia paula
    pauline peggy penelope penny petra phoebe phyllis polly priscilla priya rachel ramona rebecca regina renata
    renee rhonda rita roberta rosa rosalie rosemary rosie roxanne ruby ruth sabrina sadie sally samantha sandra
    sara sarah savannah scarlett selena selma shannon sharon sheila shelby sherry shirley sienna silvia simone
    sofia sonia sophia sophie stacy stella stephanie susan susanna suzanne sylvia tamara tanya tara teresa tess
    tessa thelma theresa tiffany tilda tina tracy trisha ursula valentina valeria valerie vanessa vera veronica
    vicky victoria viola violet virginia vivian wanda wendy whitney wilma winifred yasmin yolanda yvette yvonne
    zara zelda zoe zoey
""")

MALE = words("""
    aaron abdul abraham adam adrian ahmed aidan alan albert alberto alejandro alex alexander alfonso alfred ali
    allan allen alvin amir anders andre andreas andrew andy angelo anthony antonio archie arjun armando arnold
    arthur arturo austin axel barry bart ben benedict benjamin bernard bjorn blake bob bobby boris brad bradley
    brandon brendan brent brett brian bruce bruno bryan byron caleb calvin cameron carl carlos carter cedric
    cesar chad charles charlie chester chris christian christopher clarence claude clayton clement clifford
    clinton clyde cody colin connor conrad corey craig curtis cyril dale damian damon daniel danny darius darren
    darryl dave david dennis derek derrick desmond diego dieter dmitri dominic donald douglas duncan dustin
    dwayne dylan earl eddie edgar edmund eduardo edward edwin eli elias elijah elliot elmer emanuel emil emilio
    enrique eric erik ernest ernesto ethan eugene evan felipe felix fernando finn floyd francis francisco
    franklin fred freddie frederick fritz gabriel garrett gary gavin geoffrey george gerald gerard gilbert
    giovanni giuseppe glenn gordon graham greg gregory guillermo gustav hamza hans harold harry harvey hassan
    hector henry herbert herman howard hugh hugo ian ibrahim igor isaac isaiah ismael ivan jacob jake jakob
    jamal james jamie jared jason javier jayden jeff jeffrey jeremy jerome jerry jesse jesus jim jimmy joaquin
    joe joel joey johan johannes john johnny jon jonas jonathan jordan jorge jose joseph josh joshua juan julian
    julio julius justin karl keith kelvin ken kenneth kevin kurt kyle lamar lance larry lars laurence lawrence
    lee leo leon leonard leroy lester levi lewis liam lloyd logan lorenzo louis lucas luis luka lukas luke
    malcolm manuel marco marcos marcus mario marshall martin marvin mateo matteo matthew maurice max maxwell
    mehmet melvin michael micah miguel mike milan miles milton mitchell mohamed mohammed morris moses nate
    nathan nathaniel neil nelson nicholas nick nicolas nigel nils noah noel norman oleg oliver omar oscar oswald
    otto owen pablo patrick paul pedro percy perry pete peter philip pierre quentin quincy rafael raj ralph
    ramon randall randy raphael raul raymond reginald rene ricardo richard rick ricky riley roberto robert
    rodney roger roland roman ronald ronnie rory ross roy ruben rudolf rudy rufus russell ryan sam samir samuel
    santiago scott sean sebastian sergei sergio seth shane shaun sidney simon solomon stanley stefan stephen
    steve steven stuart sven ted terrence terry theo theodore thomas tim timothy tobias todd tom tommy tony
    travis trevor tristan troy tyler ugo umar vernon victor vikram vincent viktor vladimir wade wallace walter
    warren wayne wesley wilbert wilfred william willie wyatt xavier yusuf hiro kenji wei kofi kwame quinn sanjay
    ravi rohan tariq idris zachary zane
""")

ALSO_WORDS = words("""
    amber art aurora bill carol crystal daisy dale dean drew earl faith frank grace harper hazel heather holly
    hope iris ivy jack jean jordan joy june lance lee lily mark marshall may miles miranda morris nelson norma
    olive paige pat penny perry ray regina rich rob roman rose ruby stella sue tara terry tony trey violet viola
    virginia wade wallace will angelo georgia florence austin sydney sidney savannah madison logan victoria
    alexandria jesus moses
""")
"""Given names that are other words too: names only where they are written with a capital."""
