"""Given names, by which people of a problem are known though they are mentioned once and whatever the case."""

from dedup.text.vocabulary import words

FEMALE = words("""
    abena abigail ada adaeze addison aditi adriana adwoa agathe agnes agnieszka aiko aisha akua alba alejandra
    alena alexandra alexis alice alicia alina alma amal amanda amara amber amelia amelie amina amrita amy ana
    anais ananya andrea angela angelina anika anita anja ann anna annabelle anne annette annie annika antonia
    aria ariana asha ashley astrid aubrey audrey aurora ava ayesha barbara bea beate beatrice beatriz becky
    belen bella bertha beth bethany betty beverly bianca birgit blanca bonnie brenda brianna bridget brigitte
    britta camila camille carla carlota carmen carol carole caroline carolyn cassandra catalina catherine cathy
    cecile cecilia celia celine chantal charlotte chelsea cheryl chiara chidinma chioma chiyo chloe christina
    christine cindy claire clara claudia clemence colette colleen connie consuelo cora courtney crystal cynthia
    daisy dalia dana danielle danuta daphne deb deborah debra deepa delia delphine denise diana diane dina divya
    dolores dominika donna dora doris dorothy dot dunja edith edna efua eileen elaine eleanor elena elin elisa
    elisabetta elise eliza elizabeth ella ellen ellie elodie eloise elsa elsie emi emilia emily emma erica erika
    erin esperanza estela esther ethel eva evelyn ewa faith farah fatima fatma federica felicia fiona flora
    florence folake frances francesca freya frida funmi gabriela gabriella gabrielle gail genevieve georgia
    geraldine gertrude gina ginevra giselle giulia gladys gloria grace greta gudrun gunilla gwen hailey hala
    halina hana hanka hanna hannah harper haruka hazel heather heidi heike helen helena helene helga henrietta
    hilde hildegard hinata holly hope huda hyejin ida ifeoma ilaria ilse imani ines inge ingeborg ingrid ingvild
    inmaculada irena irene iris irma isabel isabella isabelle ishani isla ivana ivy jacqueline jada jadwiga
    jamila jan jana jane janet janice jasmine jean jeanette jeanne jelena jenna jennifer jenny jess jessica jill
    jimena jiwoo jo joan joanna jocelyn jodie johanna jolanta josephine joy joyce juana juanita judith judy jula
    jule julia juliana julie juliet julika jutta kaisa karen karima karin karina karolina katarina kate
    katherine kathleen kathryn kathy katie katya kavita kavya kay kayla keiko keisha kelly kendra khadija kiara
    kim kimberly kinga kirsten klara kristen kristin kristina krystyna ksenia kumiko laetitia laila lakshmi
    lamia lara larisa lata latifa laura lauren layla lea leah leila leilani lena lenka leslie leticia letizia
    lila lillian lily linda linh linnea lisa liz liza lois lola loretta lorraine lotte louise lourdes lucia
    lucie lucille lucrezia lucy ludmila luisa lydia lynn mabel mackenzie madeleine madeline madison magda
    magdalena maggie mai maja malgorzata manon manuela marcia mareike maren margaret margaux margherita margit
    margot maria mariah mariam marianne marie mariko marilyn marina marion marissa marjorie marlene marta martha
    mary mathilde matilda maureen maya meera meg megan mei mei-ling melanie melinda melissa mercedes merle mette
    mia michelle michiko midori mila mildred milena millie mimi mina minji miranda mireille miriam mirjana molly
    mona monica monique montserrat muriel nadezhda nadia nala nan nancy naoko naomi natalia natalie natalya
    natasha nathalie nawal neha nele nell nellie ngozi nia nicole nieves nina nisha nkechi nneka noemi noemie
    noor nora norma octavia odette oksana olena olga olive olivia ottavia padma paige pam pamela paola pascale
    pat patricia paula paulina pauline peggy penelope penny petra phoebe phyllis pilar polly pooja priscilla
    priya priyanka rachel radha raffaella ramona rana rani rania rebecca regina rei reiko rekha renata renate
    renee rhonda rike rin rita riya roberta rocio rosa rosalie rose rosemary rosie roxanne ruby rupa ruth sabine
    sabrina sadie sakura sally salma samantha samira sandra sandrine sara sarah sarita sasha savannah scarlett
    selena selma serena shannon sharon sheila shelby sherry shirley shreya sienna sigrid silke silvia simona
    simone sita sofia sofiya solange solveig sonia sophia sophie soraya soyeon stacy stella stephanie sue sunita
    sunniva susan susanna sushma suzanne svenja svetlana swantje sylvia sylvie synne tabea tamara tanya tara
    tatiana teresa tess tessa thandiwe thelma theresa therese tia tiffany tilda tina tove tracy trisha tuva
    ulrike uma ursula usha uta ute val valentina valeria valerie vandana vanessa vera veronica veronique vesna
    vicky victoria vilma viola violet virginia viv vivian viviana wanda wanjiku wendy whitney wiebke wilma
    winifred ximena xiomara xiu yara yasmin yasmine yelena ying ylva yoko yolanda yuki yulia yumi yvette yvonne
    zahra zainab zanele zara zelda zeynep zoe zoey zofia zora zuri zuzana
""")

MALE = words("""
    aaron abdul abe abiodun abraham achim adam ade aditya adrian agustin ahmad ahmed aidan ajay akash akin akira
    al alain alan albert alberto alejandro aleksander alessandro alessio alex alexander alfonso alfred ali allan
    allen alois alphonse alvaro alvin amir amit anand anatole anders andre andreas andrei andrew andrzej andy
    angelo anil ankit anthony antoine anton antonio anwar archie arjun armand armando arnav arne arnold arthur
    arturo arun asger ashok aurelien austin ayaan ayo babajide bao baptiste barry bart bartosz bastien bautista
    ben benedict benito benjamin benoit bernard bernd bernhard bharat bilal bill bjarne bjorn blake bob bobby
    bogdan boris brad bradley brandon branko brendan brent brett brian bruce bruno bryan byron cal caleb calvin
    cameron camilo carl carlo carlos carsten carter cedric cesar cesare chad charles charlie chen chester chidi
    chinedu chris christian christoph christopher clarence claude claudio claus clayton clement clifford clinton
    clyde cody colin connor conrad corey cosimo craig cristobal curtis cyril cyrille daichi dale damian damir
    damon dan daniel danny dario darius dariusz darren darryl dave david davide deepak dejan dennis derek
    derrick desmond detlef dhruv didier diego dieter dirk dmitri domenico domingo dominic don donald donghyun
    douglas dragan duc duncan dusan dustin dwayne dylan earl eberhard ed eddie edgar edmund eduardo edward edwin
    efrain egon einar eirik eli elias elijah elliot elmer emanuel emanuele emeka emil emile emiliano emilio
    enrique enzo eric erich erik erlend ernest ernesto ernst erwin esteban ethan etienne eugene evan fabien
    fabio fabrice fabrizio facundo faisal farid federico felipe felix femi feng fernando filip filippo finn
    floyd francis francisco franco francois frank franklin franz fred freddie frederic frederick fredrik
    friedrich fritz gabriel ganesh garrett gary gaston gauthier gavin geoffrey george gerald gerard gerhard
    gernot gianluca gianni gilbert gilles gino giovanni giuseppe glenn gonzalo gopal goran gordon gottfried
    graham greg gregory grzegorz guido guillaume guillem guillermo gunnar gunther gus gustav gustave gustavo
    haakon hakim hal halvor hamid hamza hans hao harald harish harold harry hartmut haruto harvey hasan hassan
    hector heiko heinrich heinz helmut hendrik henrik henry herbert herman hermann hernan hideo hiro hiroshi
    holger horacio horst hossein howard hugh hugo hung ian ibrahim idris ignacio igor ike imran ingo ingvar
    inigo isaac isaiah isamu ishaan ismael ismail ivan jabari jack jacob jacques jaehyun jafar jake jakob jamal
    james jamie jared jaroslav jason javier jayden jeff jeffrey jens jeremy jerome jerry jerzy jesper jesse
    jesus jian jim jimmy joachim joaquin jochen joe joel joey johan johannes john johnny jomo jon jonas jonathan
    jordan jordi jorg jorge jose josef joseph josh joshua juan julian julien julio julius juma jun jurgen justin
    kai kaito kamau kamil karan karim karl karol karsten kazuo keith kelvin kemal ken kenji kenneth kevin khaled
    khalil khanh kiran kjell klaus knut kofi konrad konstantin krishna kristoffer krzysztof kumar kurt kwabena
    kwaku kwame kyle lamar lance larry lars laurence laurent lawrence leandro lech lee leif len leo leon leonard
    leonardo leroy lester leszek levi lewis liam lionel ljubo lloyd logan lorenz lorenzo lothar lou louis luc
    lucas lucien ludwig luigi luis luka lukas luke lutz mads magnus mahmoud makoto maksim malcolm malik mandla
    manfred manish mansour manuel marcel marcello marco marcos marcus marek mariano mario mark marko markus
    marshall marten martin marvin masao massimo mateo mateusz mathieu matteo matthew matthias maurice mauricio
    maurizio max maxime maximo maxwell mehmet mel melvin micah michael michel michele miguel mike mikhail mikkel
    milan miles milos milton minh minho minoru miroslav mitchell mladen mo mohamed mohammed mohan moritz morris
    morten moses mukesh murad mustafa nabil nam naoki nasser nate nathan nathaniel naveen ned neil nelson
    nicanor nicholas nick nicola nicolas nigel nikhil nikola nikolai nils nnamdi noah noboru noel norbert norman
    obinna octavio okafor olaf ole oleg oleksandr oliver olivier olu omar omer osamu oscar oskar osman osvaldo
    oswald oswin otto ottokar owen oystein pablo paolo pascal pascual patricio patrick paul pavel pedro peng
    percy perry pete peter philip philippe piero pierre pietro piotr prakash pranav qiang quang quentin quincy
    quinn radek rafael raffaele rahul raimundo rainer raj rajesh rakesh ralf ralph ramesh ramiro ramon randall
    randy raphael rashid rasmus ratko raul ravi ray raymond reginald reinhard remi ren renato rene rex reza
    ricardo riccardo rich richard rick ricky riku riley rishi rob robert roberto rocco rodney rodolfo rodrigo
    roger rohan roland rolf roman ron ronald ronnie rory ross roy ruben rudiger rudolf rudy ruediger rufus
    ruslan russell ruy ryan ryo sachin saeed salim salvador salvatore sam sami samir samuel sancho sandeep
    sanjay santiago satoshi scott sean sebastian selim seojun sergei sergio seth shane shaun shinji shiro sho
    sid sidney siegfried sigurd silvio simon sipho slavko solomon soren stanislav stanley stefan stefano steffen
    steinar stephane stephen steve steven stig stu stuart sunil suresh sven sverre sylvain tadashi tadeo takeshi
    tao taras tarek tariq taro ted tendai teodoro terje terrence terry themba theo theodore thibault thierry
    thilo thomas thorsten tim timothy tobias todd tom tomas tomasz tommy tony torbjorn torsten toshiro travis
    trevor tristan trond troy tuan tunde ty tyler tyrone udo ugo ulf ulises ulrich umar umberto uwe vaclav vadim
    valentino varun vasily vernon vicente victor vidar vijay vikas vikram viktor vincent vinod vitaly vittorio
    vivek vlad vladimir vojtech volker volkmar wade walid wallace walter warren wayne wei werner wesley wilbert
    wilfred wilhelm will william willie wojciech wolfgang wyatt xavier yann yaroslav yash yasin yong youssef
    yuri yusuf yusuke yves zach zachary zack zaid zane zbigniew zdenek zoran
""")

ALSO_WORDS = words("""
    amber art aurora austin bill chelsea crystal daisy dale dean drew earl faith florence frank georgia grace
    hazel heather holly hope iris ivy jack jesus jordan joy lance lee lily mark miles olive pat penny ray rich
    rob roman rose ruby savannah stella sue sydney trey victoria viola violet virginia wade will val cal dot don
    max rex sid gus mo ed al hal jan ty bea ron dot hung ken ren rei rin rocco ole long nam tao jun yong sho ade
    pilar nieves dolores mercedes asha uma usha mona dina lech luc rana rani lotte till maya milan valentino
    colette sasha sierra franco salvador pascal konstantin dalia
""")
"""Given names that are other words too: names only where they are written with a capital."""
