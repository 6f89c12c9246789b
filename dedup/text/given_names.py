"""Given names, by which people of a problem are known though they are mentioned once and whatever the case."""

from dedup.text.vocabulary import words

FEMALE = words("""
    abigail ada addison adriana agnes aiko aisha alexandra alexis alice alicia alina alma amanda amara amber
    amelia amina amy ana andrea angela angelina anika anita ann anna annabelle anne annette annie antonia aria
    ariana ashley astrid aubrey audrey aurora ava ayesha barbara bea beatrice becky bella bertha beth bethany
    betty beverly bianca bonnie brenda brianna bridget camila carla carmen carol carole caroline carolyn
    cassandra catherine cathy cecilia celia celine charlotte chelsea cheryl chloe christina christine cindy
    claire clara claudia colleen connie cora courtney crystal cynthia daisy dana danielle daphne deb deborah
    debra delia denise diana diane divya donna dora doris dorothy dot edith edna eileen elaine eleanor elena
    elisa elise eliza elizabeth ella ellen ellie eloise elsa elsie emilia emily emma erica erika erin esther
    ethel eva evelyn faith fatima felicia fiona flora florence frances francesca freya gabriela gabriella
    gabrielle gail georgia geraldine gertrude gina giulia gladys gloria grace greta gwen hailey hana hannah
    harper hazel heather heidi helen helena henrietta holly hope ida imani ines ingrid irene iris irma isabel
    isabella isabelle isla ivy jacqueline jada jan jane janet janice jasmine jean jeanette jenna jennifer jenny
    jess jessica jill jo joan joanna jocelyn jodie josephine joy joyce juana juanita judith judy julia juliana
    julie juliet karen karina kate katherine kathleen kathryn kathy katie kay kayla keisha kelly kendra kiara
    kim kimberly klara kristen kristin kristina lakshmi lara laura lauren layla lea leah leila leilani lena
    leslie leticia lila lillian lily linda linh lisa liz liza lois lola loretta lorraine louise lucia lucille
    lucy luisa lydia lynn mabel mackenzie madeline madison maggie mai maja marcia margaret maria mariah mariam
    marie marilyn marina marion marissa marjorie marlene marta martha mary matilda maureen maya meg megan mei
    melanie melinda melissa mia michelle mila mildred millie mimi mina miranda miriam molly monica monique
    muriel nadia nala nan nancy naomi natalia natalie natasha nell nellie ngozi nia nicole nina noemi noor nora
    norma octavia olga olive olivia paige pam pamela pat patricia paula pauline peggy penelope penny petra
    phoebe phyllis polly pooja priscilla priya rachel ramona rebecca regina renata renee rhonda rita roberta
    rosa rosalie rose rosemary rosie roxanne ruby ruth sabrina sadie sakura sally samantha sandra sara sarah
    savannah scarlett selena selma shannon sharon sheila shelby sherry shirley sienna silvia simone sofia sonia
    sophia sophie stacy stella stephanie sue susan susanna suzanne sylvia tamara tanya tara teresa tess tessa
    thelma theresa tia tiffany tilda tina tracy trisha ursula val valentina valeria valerie vanessa vera
    veronica vicky victoria viola violet virginia viv vivian wanda wendy whitney wilma winifred yara yasmin
    yolanda yuki yvette yvonne zara zelda zoe zoey zuri
""")

MALE = words("""
    aaron abdul abe abraham adam adrian ahmed aidan al alan albert alberto alejandro alex alexander alfonso
    alfred ali allan allen alvin amir anders andre andreas andrew andy angelo anil anthony antonio archie arjun
    armando arnold arthur arturo arun austin axel barry bart ben benedict benjamin bernard bill bjorn blake bob
    bobby boris brad bradley brandon brendan brent brett brian bruce bruno bryan byron cal caleb calvin cameron
    carl carlos carter cedric cesar chad charles charlie chen chester chris christian christopher clarence
    claude clayton clement clifford clinton clyde cody colin connor conrad corey craig curtis cyril dale damian
    damon dan daniel danny darius darren darryl dave david deepak dennis derek derrick desmond diego dieter
    dmitri dominic don donald douglas duncan dustin dwayne dylan earl ed eddie edgar edmund eduardo edward edwin
    eli elias elijah elliot elmer emanuel emil emilio enrique eric erik ernest ernesto ethan eugene evan felipe
    felix fernando finn floyd francis francisco frank franklin fred freddie frederick fritz gabriel garrett gary
    gavin geoffrey george gerald gerard gilbert giovanni giuseppe glenn gordon graham greg gregory guillermo gus
    gustav hal hamza hans harold harry harvey hassan hector henry herbert herman hiro hiroshi howard hugh hugo
    ian ibrahim idris igor ike isaac isaiah ismael ivan jack jacob jake jakob jamal james jamie jared jason
    javier jayden jeff jeffrey jeremy jerome jerry jesse jesus jim jimmy joaquin joe joel joey johan johannes
    john johnny jon jonas jonathan jordan jorge jose joseph josh joshua juan julian julio julius justin karl
    keith kelvin ken kenji kenneth kevin kofi kurt kwame kyle lamar lance larry lars laurence lawrence lee len
    leo leon leonard leroy lester levi lewis liam lloyd logan lorenzo lou louis lucas luis luka lukas luke
    malcolm manuel marco marcos marcus mario mark marshall martin marvin mateo matteo matthew maurice max
    maxwell mehmet mel melvin micah michael miguel mike milan miles milton minh mitchell mo mohamed mohammed
    morris moses nate nathan nathaniel ned neil nelson nicholas nick nicolas nigel nils noah noel norman oleg
    oliver omar oscar oswald otto owen pablo patrick paul pedro percy perry pete peter philip pierre quentin
    quincy quinn rafael raj ralph ramon randall randy raphael raul ravi ray raymond reginald rene rex ricardo
    rich richard rick ricky riley rob robert roberto rodney roger rohan roland roman ron ronald ronnie rory ross
    roy ruben rudolf rudy rufus russell ryan sam samir samuel sanjay santiago scott sean sebastian sergei sergio
    seth shane shaun sid sidney simon solomon stanley stefan stephen steve steven stu stuart sven takeshi tariq
    ted terrence terry theo theodore thomas tim timothy tobias todd tom tommy tony travis trevor tristan troy ty
    tyler tyrone ugo umar vernon victor vijay vikram viktor vincent vladimir wade wallace walter warren wayne
    wei wesley wilbert wilfred will william willie wyatt xavier yusuf zach zachary zack zane
""")

ALSO_WORDS = words("""
    amber art aurora austin bill chelsea crystal daisy dale dean drew earl faith florence frank georgia grace
    hazel heather holly hope iris ivy jack jesus jordan joy lance lee lily mark miles olive pat penny ray rich
    rob roman rose ruby savannah stella sue sydney trey victoria viola violet virginia wade will val cal dot don
    max rex sid gus mo ed al hal jan ty bea ron
""")
"""Given names that are other words too: names only where they are written with a capital."""
