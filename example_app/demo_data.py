"""What the demo's database is filled with: nothing but data.

Companies and people are invented; telephone numbers look right and lead nowhere that
we know of. ``example`` is the top-level domain that never exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Work:
    """A piece of work for a customer, from which all its papers follow.

    ``stage`` says how far it came: ``drafted``, ``proposed``, ``declined``, ``agreed``,
    ``running``, ``late`` (running, with an invoice overdue) or ``finished``; ``began``
    is days before today; ``lines`` are names of :data:`SERVICES` with a quantity;
    ``credit`` is what was given back for the first invoice: a title and a net amount.
    """

    title: str
    stage: str
    began: int
    lines: tuple[tuple[str, str], ...]
    tasks: tuple[str, ...]
    summary: str
    credit: tuple[str, str] | None = None


@dataclass(frozen=True)
class Talk:
    """A support ticket: messages are (author or None for the customer's own, text)."""

    subject: str
    status: str
    priority: str
    opened: int
    messages: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True)
class Person:
    """A contact of the demo; the first of a customer becomes primary."""

    firstname: str
    lastname: str
    position: str
    email: str
    phone: str = ""
    password: str = ""
    permissions: tuple[str, ...] = ()
    language: str = ""
    topics: tuple[str, ...] = ("invoice",)


@dataclass(frozen=True)
class Company:
    """A customer with all that belongs to it."""

    company: str
    vat_number: str
    phone: str
    website: str
    address: str
    city: str
    state: str
    zip_code: str
    country: str
    spokesman: str
    works: tuple[Work, ...] = ()
    talks: tuple[Talk, ...] = ()
    people: tuple[Person, ...] = field(default=())
    errands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lead:
    """Somebody who asked for a proposal and is no customer yet; ``asked`` is days ago."""

    name: str
    email: str
    subject: str
    price: str
    asked: int
    status: str
    summary: str


EVERYTHING = (
    "invoices",
    "estimates",
    "contracts",
    "proposals",
    "support",
    "projects",
    "email_notifications",
)
#: What the owner of a company hears of; projects are somebody else's there.
OWNERS_TOPICS = ("invoice", "credit_note", "estimate", "contract", "tickets")
ALL_TOPICS = (*OWNERS_TOPICS, "project", "task")
DEMO_PASSWORD = "sourdough at dawn"

SERVICES = {
    "Discovery workshop, full day": "980.00",
    "Brand identity: logo, type, colours": "4200.00",
    "Brand guidelines, 24 pages": "1650.00",
    "Packaging design, per product": "540.00",
    "Web design, per template": "720.00",
    "Web development, hour": "95.00",
    "Photography, half day": "620.00",
    "Copywriting, hour": "70.00",
    "Translation, per 1,000 words": "180.00",
    "Care plan, month": "149.00",
    "Hosting, month": "29.50",
    "Accessibility review": "1350.00",
    "Training, half day": "450.00",
    "Print supervision, hour": "82.50",
}
STAFF = ("Ines Carvalho", "Jonas Weber", "Priya Raman", "Mateo Ruiz")

WEBSITE_TASKS = (
    "Kick-off and goals",
    "Site map and wireframes",
    "Visual design of the templates",
    "Build the templates",
    "Move the content",
    "Test on phones and with a screen reader",
    "Go live",
)
BRAND_TASKS = (
    "Interviews and mood boards",
    "Three directions to choose from",
    "Work out the chosen direction",
    "Guidelines",
    "Hand over the files",
)
CARE_TASKS = (
    "Monthly updates",
    "Quarterly report",
    "Backup drill",
)
#: The tasks that everybody waits for.
MILESTONES = (
    "Visual design of the templates",
    "Test on phones and with a screen reader",
    "Go live",
    "Three directions to choose from",
    "Hand over the files",
)

# fmt: off
COMPANIES = (
    Company(
        "Aurora Bakery", "GB 293 4410 27", "+44 117 496 0123", "https://aurora-bakery.example",
        "14 Harbour Terrace", "Bristol", "", "BS1 5TY", "United Kingdom", "Olivia Hart",
        works=(
            Work("Brand refresh and packaging", "finished", 214,
                 (("Discovery workshop, full day", "1"),
                  ("Brand identity: logo, type, colours", "1"),
                  ("Packaging design, per product", "9"),
                  ("Print supervision, hour", "6.5")),
                 BRAND_TASKS,
                 "A warmer identity for the shop and a family of nine bags and boxes that "
                 "can be told apart from the other side of the counter.",
                 ("The workshop ended at noon", "245.00")),
            Work("Online shop for pre-orders", "late", 82,
                 (("Web design, per template", "6"),
                  ("Web development, hour", "74.5"),
                  ("Photography, half day", "2"),
                  ("Copywriting, hour", "9")),
                 WEBSITE_TASKS,
                 "Customers order until eight in the evening and pick up from seven in the "
                 "morning. The bakers get one list for each oven."),
            Work("Care plan for the shop", "proposed", 9,
                 (("Care plan, month", "12"), ("Hosting, month", "12")),
                 CARE_TASKS,
                 "A year of updates, backups and a person who answers the telephone."),
        ),
        talks=(
            Talk("Opening hours at Christmas", "answered", "normal", 3,
                 ((None, "Could you put our hours for the holidays on the home page? We close "
                         "on the 24th at two."),
                  ("Priya Raman", "Done: they are above the fold until the 2nd of January. "
                                  "Have a look and tell me if you like the wording."))),
            Talk("The checkout shows yesterday's bread", "in progress", "high", 1,
                 ((None, "At five past midnight one could still order Tuesday's rye."),
                  ("Jonas Weber", "I see it: the cut-off counts in UTC. I am on it, it goes "
                                  "live today."),
                  (None, "Thank you! The rye sends its regards."))),
            Talk("New colleague needs the photo archive", "closed", "low", 46,
                 ((None, "Tom starts on Monday and looks after our pictures."),
                  ("Ines Carvalho", "He has access now."))),
        ),
        people=(
            Person("Olivia", "Hart", "Owner", "olivia.hart@aurora-bakery.example",
                   "+44 117 496 0123", DEMO_PASSWORD, EVERYTHING, topics=OWNERS_TOPICS),
            Person("Tom", "Okafor", "Accounts", "tom.okafor@aurora-bakery.example",
                   "+44 117 496 0124", DEMO_PASSWORD, ("invoices", "email_notifications"),
                   topics=("invoice", "credit_note")),
            Person("Zoë", "Whitfield-Baptiste", "Head baker", "zoe@aurora-bakery.example",
                   "", DEMO_PASSWORD, ("projects", "support"), topics=("project", "task")),
        ),
        errands=("Frame the first printed bag as a present", "Return the borrowed bread baskets"),
    ),
    Company(
        "Café Émile & Fils", "FR 40 303 265 045", "+33 1 99 00 12 34", "https://cafe-emile.example",
        "8 rue des Trois-Frères", "Lyon", "Auvergne-Rhône-Alpes", "69002", "France",
        "Émile Fournier",
        works=(
            Work("Menu, terrace signs and a small website", "running", 58,
                 (("Brand identity: logo, type, colours", "1"),
                  ("Web design, per template", "3"),
                  ("Web development, hour", "28"),
                  ("Translation, per 1,000 words", "2.5")),
                 WEBSITE_TASKS,
                 "One hand for the blackboard, the menu and the web, in French and English."),
        ),
        talks=(
            Talk("Accents are missing in the printed menu", "answered", "normal", 12,
                 ((None, "On the proof « pâté » became « pat ». That is another dish."),
                  ("Mateo Ruiz", "The printer replaced our font. New proof by Thursday, with "
                                 "every accent in place."))),
        ),
        people=(
            Person("Émile", "Fournier", "Gérant", "emile@cafe-emile.example",
                   "+33 1 99 00 12 35", "", EVERYTHING, topics=ALL_TOPICS),
            Person("Caterina", "Bianchi", "Acquisti", "caterina@cafe-emile.example",
                   "+33 1 99 00 12 36", "", ("invoices", "email_notifications"), "it"),
        ),
    ),
    Company(
        "Łódź Robotics sp. z o.o.", "PL 725 18 01 126", "+48 42 230 51 17",
        "https://lodz-robotics.example", "ul. Żeromskiego 116", "Łódź", "", "90-924", "Poland",
        "Agnieszka Wójcik",
        works=(
            Work("Product site for the gripper series", "running", 131,
                 (("Discovery workshop, full day", "2"),
                  ("Web design, per template", "8"),
                  ("Web development, hour", "112.25"),
                  ("Accessibility review", "1")),
                 WEBSITE_TASKS,
                 "Engineers find the right gripper by payload and stroke, and download the "
                 "drawings without filling in a form."),
            Work("Stand graphics for the spring fair", "drafted", 4,
                 (("Print supervision, hour", "12"), ("Copywriting, hour", "6")),
                 BRAND_TASKS,
                 "Twelve metres of wall, and nobody reads more than seven words."),
        ),
        talks=(
            Talk("Where do I change the data sheets?", "open", "normal", 2,
                 ((None, "We have a new revision of the GR-7 sheet and cannot find the place."),)),
        ),
    ),
    Company(
        "Müller & Söhne Maschinenbau GmbH", "DE 811 234 567", "+49 711 2308 114",
        "https://mueller-soehne.example", "Königstraße 28", "Stuttgart", "Baden-Württemberg",
        "70173", "Germany", "Hannelore Müller",
        works=(
            Work("Relaunch of the company website", "finished", 301,
                 (("Discovery workshop, full day", "1"),
                  ("Web design, per template", "11"),
                  ("Web development, hour", "186"),
                  ("Translation, per 1,000 words", "14")),
                 WEBSITE_TASKS,
                 "Four languages, one source, and a search that understands part numbers.",
                 ("Two templates fewer than agreed", "1440.00")),
            Work("Spare parts catalogue", "agreed", 18,
                 (("Web design, per template", "4"), ("Web development, hour", "140")),
                 WEBSITE_TASKS,
                 "Thirty thousand parts that are found by what is engraved on them."),
        ),
        talks=(
            Talk("Certificate of the test server", "closed", "low", 88,
                 ((None, "The browser warns us about the test server."),
                  ("Jonas Weber", "Renewed, and it renews itself from now on."))),
        ),
        people=(
            Person("Hannelore", "Müller", "Geschäftsführerin", "h.mueller@mueller-soehne.example",
                   "+49 711 2308 114", "", EVERYTHING),
            Person("Kai-Uwe", "von der Tann", "Einkauf", "einkauf@mueller-soehne.example",
                   "", "", ("invoices", "estimates", "contracts")),
        ),
    ),
    Company(
        "Padaria São João Ltda", "CNPJ 11.222.333/0001-81", "+55 11 91234-5678",
        "https://padaria-sao-joao.example", "Rua das Açucenas, 45", "São Paulo", "SP",
        "01310-100", "Brazil", "Conceição Araújo",
        works=(
            Work("Loyalty card and delivery page", "running", 40,
                 (("Web design, per template", "4"),
                  ("Web development, hour", "52"),
                  ("Translation, per 1,000 words", "1.5")),
                 WEBSITE_TASKS,
                 "The tenth coffee is free, and the page knows which one it is."),
        ),
        talks=(
            Talk("Pix as a way to pay", "open", "high", 1,
                 ((None, "Nine in ten customers ask for Pix. Can we have it by Friday?"),)),
        ),
        people=(
            Person("Conceição", "Araújo", "Proprietária", "conceicao@padaria-sao-joao.example",
                   "+55 11 91234-5678", DEMO_PASSWORD, EVERYTHING, "pt_BR", ALL_TOPICS),
        ),
    ),
    Company(
        "Smørrebrød Studio ApS", "DK 29 18 36 47", "+45 33 12 34 56",
        "https://smorrebrod-studio.example", "Værnedamsvej 9", "København", "", "1619", "Denmark",
        "Søren Ærø",
        works=(
            Work("Season poster series", "finished", 160,
                 (("Brand identity: logo, type, colours", "1"), ("Photography, half day", "4")),
                 BRAND_TASKS,
                 "Four posters, four fish."),
        ),
    ),
    Company(
        "Nguyễn Textiles Co., Ltd", "VN 0301 442 215", "+84 28 3822 1234",
        "https://nguyen-textiles.example", "112 Đường Lê Lợi, Quận 1", "Hồ Chí Minh City", "",
        "700000", "Vietnam", "Nguyễn Thị Hạnh",
        works=(
            Work("Swatch library for buyers", "proposed", 6,
                 (("Discovery workshop, full day", "1"),
                  ("Web design, per template", "5"),
                  ("Web development, hour", "88")),
                 WEBSITE_TASKS,
                 "Two thousand fabrics, photographed the same way, found by hand and weight."),
        ),
    ),
    Company(
        "Harbour Lane Veterinary Clinic", "CA 86312 4471 RT0001", "+1 902 555 0134",
        "https://harbourlane-vet.example", "77 Harbour Lane", "Halifax", "Nova Scotia", "B3J 1Z6",
        "Canada", "Dr. Maeve MacKinnon",
        works=(
            Work("Booking page and reminders", "late", 96,
                 (("Web design, per template", "3"), ("Web development, hour", "47.75")),
                 WEBSITE_TASKS,
                 "Owners book at night, the clinic confirms in the morning."),
        ),
        talks=(
            Talk("Reminder went to a cat that is no longer with us", "answered", "high", 5,
                 ((None, "Please, can we stop reminders for one animal only?"),
                  ("Priya Raman", "Of course, and we are sorry. There is a switch on each "
                                  "animal's page now."))),
        ),
    ),
    Company(
        "Ødegård Fjordcruise AS", "NO 987 654 321 MVA", "+47 55 21 43 65",
        "https://odegard-fjord.example", "Bryggen 21", "Bergen", "Vestland", "5003", "Norway",
        "Åse Ødegård",
        works=(
            Work("Departure board and tickets", "agreed", 21,
                 (("Web design, per template", "4"),
                  ("Web development, hour", "66"),
                  ("Accessibility review", "1")),
                 WEBSITE_TASKS,
                 "Departures that follow the weather, on the quay and on the phone."),
        ),
    ),
    Company(
        "Blue Heron Yoga", "", "+1 503 555 0187", "https://blueheron-yoga.example",
        "2204 SE Division St", "Portland", "Oregon", "97202", "United States", "Dana Whitecloud",
        works=(
            Work("Name, sign and timetable", "declined", 33,
                 (("Brand identity: logo, type, colours", "1"), ("Web design, per template", "2")),
                 BRAND_TASKS,
                 "A calm timetable for a busy house."),
        ),
    ),
    Company(
        "The Worshipful Guild of Clockmakers, Watchmakers and Scientific Instrument Restorers "
        "of Northern England", "GB 118 2040 96", "+44 1904 620 147",
        "https://guild-of-clockmakers.example",
        "The Old Observatory, Upper Floor, St Leonard's Place", "York", "North Yorkshire",
        "YO1 7HB", "United Kingdom", "Bartholomew Featherstonehaugh-Cholmondeley",
        works=(
            Work("Register of members and their apprentices since 1694", "running", 118,
                 (("Discovery workshop, full day", "3"),
                  ("Web development, hour", "94"),
                  ("Copywriting, hour", "22"),
                  ("Training, half day", "2")),
                 WEBSITE_TASKS,
                 "Three centuries of handwriting become a register that can be searched, and "
                 "that says when it is not sure."),
        ),
        talks=(
            Talk("The clock in the header is four minutes slow", "closed", "high", 70,
                 ((None, "We are a guild of clockmakers. You will understand."),
                  ("Jonas Weber", "Entirely. It now follows the National Physical Laboratory."))),
        ),
        people=(
            Person("Bartholomew", "Featherstonehaugh-Cholmondeley", "Beadle",
                   "beadle@guild-of-clockmakers.example", "+44 1904 620 147", "",
                   ("invoices", "contracts", "projects", "email_notifications"),
                   topics=("invoice", "contract")),
            # The same man, as the office wrote him down: see CRM, Duplicates.
            Person("Barth.", "Featherstonehaugh", "Beadle", "office@guild-of-clockmakers.example",
                   "+44 (0)1904 620147", topics=()),
        ),
    ),
    Company(
        "Casa Verde Arquitectura S.A. de C.V.", "MX CVA 950412 7T3", "+52 55 5512 3456",
        "https://casaverde-arq.example", "Av. Ámsterdam 240, Hipódromo", "Ciudad de México",
        "CDMX", "06100", "Mexico", "Lucía Peña Ibáñez",
        works=(
            Work("Portfolio with drawings", "running", 64,
                 (("Web design, per template", "5"),
                  ("Web development, hour", "39.5"),
                  ("Translation, per 1,000 words", "6")),
                 WEBSITE_TASKS,
                 "Plans that can be zoomed to the door handle."),
        ),
        people=(
            Person("Lucía", "Peña Ibáñez", "Directora", "lucia@casaverde-arq.example",
                   "+52 55 5512 3457", DEMO_PASSWORD, EVERYTHING, "es", ALL_TOPICS),
        ),
    ),
    Company(
        "Kōbō Ceramics", "JP T1 2345 6789 0123", "+81 75 221 4567",
        "https://kobo-ceramics.example", "Gojōzaka 461, Higashiyama", "Kyōto", "", "605-0846",
        "Japan", "Haruka Shimizu",
        works=(
            Work("Shop for one-of-a-kind pieces", "finished", 245,
                 (("Web design, per template", "4"),
                  ("Web development, hour", "58"),
                  ("Photography, half day", "6")),
                 WEBSITE_TASKS,
                 "Each bowl exists once; when it is gone, its page stays."),
        ),
    ),
    Company(
        "O'Brien & Daughters Distillery", "IE 6388047V", "+353 21 427 1234",
        "https://obrien-daughters.example", "Coal Quay", "Cork", "County Cork", "T12 X8P6",
        "Ireland", "Niamh O'Brien",
        works=(
            Work("Label for the ten-year-old", "late", 73,
                 (("Packaging design, per product", "3"), ("Print supervision, hour", "14.25")),
                 BRAND_TASKS,
                 "A label that has waited for ten years should not shout."),
        ),
    ),
    Company(
        "Fig & Thistle Florists", "", "+44 131 496 0455", "https://fig-and-thistle.example",
        "3 Raeburn Mews", "Edinburgh", "", "EH4 1RP", "United Kingdom", "Isla Drummond",
        people=(  # new: they have nothing yet, and one of the two has no permission either
            Person("Isla", "Drummond", "Owner", "isla@fig-and-thistle.example",
                   "+44 131 496 0455", DEMO_PASSWORD, EVERYTHING, topics=ALL_TOPICS),
            Person("Fergus", "Bain", "Apprentice", "fergus@fig-and-thistle.example",
                   "", DEMO_PASSWORD),
        ),
    ),
)

LEADS = (
    Lead("Ishaan Mehta", "ishaan@paper-lantern.example", "Website for a lantern workshop",
         "6850.00", 4, "draft",
         "A shop window for forty lanterns, and a calendar for the evenings on which they are "
         "made together.\n\nWe begin with a day in the workshop. After four weeks there is a "
         "first version that you can try on your phone."),
    Lead("Κατερίνα Παπαδοπούλου", "katerina@elia-oil.example", "Labels for three olive oils",
         "2460.00", 17, "sent",
         "One label in three greens, from one tree to another."),
)
# fmt: on
