"""The people of the example company: names, teams, roles, and who answers to whom."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

DOMAIN = "brightmoor.example"
PEOPLE = 400
COLUMNS = (
    "name",
    "email",
    "employee_number",
    "manager",
    "function",
    "teams",
    "roles",
    "time_zone",
    "joined_on",
    "left_on",
)

# The people whom people.csv names, with what they are in the company.
KNOWN = (
    ("Siobhán Ní Dhomhnaill", "siobhan.nidhomhnaill", "Head of engineering", "platform", "Europe/Copenhagen"),
    ("José María Ñíguez", "jose.niguez", "Head of customer support", "support-emea", "Europe/Lisbon"),
    ("Наталія Шевчук", "nataliia.shevchuk", "Platform engineer", "platform", "Europe/Copenhagen"),
    ("प्रिया नायर", "priya.nair", "Site reliability engineer", "platform", "Asia/Kolkata"),
    ("김민준", "minjun.kim", "Security engineer", "platform", "Asia/Kolkata"),
    ("Zoë Kjærsgaard", "zoe.kjaersgaard", "Platform engineer", "platform", "Europe/Copenhagen"),
    ("Łukasz Wójcik", "lukasz.wojcik", "Product engineer", "logistics", "Europe/Copenhagen"),
    ("Željka Đorđević", "zeljka.dordevic", "Product engineer", "logistics", "Europe/Copenhagen"),
    ("Βασιλική Παπαδοπούλου", "vasiliki.papadopoulou", "Site reliability engineer", "platform", "Europe/Lisbon"),
    ("Дмитрий Соколов", "dmitrii.sokolov", "Product engineer", "health", "Europe/Copenhagen"),
    ("ليلى الحدّاد", "layla.alhaddad", "Platform engineer", "platform", "Europe/Lisbon"),
    ("יעל בן־דוד", "yael.bendavid", "Product engineer", "health", "Europe/Lisbon"),
    ("অনির্বাণ ঘোষ", "anirban.ghosh", "Product engineer", "booking", "Asia/Kolkata"),
    ("陳怡君", "yi-chun.chen", "Site reliability engineer", "booking", "Asia/Kolkata"),
    ("王建国", "jianguo.wang", "Product engineer", "booking", "Asia/Kolkata"),
    ("小林 さくら", "sakura.kobayashi", "Security engineer", "data", "Europe/Copenhagen"),
    ("山本 アキラ", "akira.yamamoto", "Product engineer", "data", "Asia/Kolkata"),
    ("이서연", "seoyeon.lee", "Product engineer", "health", "Europe/Copenhagen"),
    ("Nguyễn Thị Hồng Nhung", "hong-nhung.nguyen", "Platform engineer", "data", "Asia/Kolkata"),
    ("İpek Yıldırım", "ipek.yildirim", "Quality lead", "support-emea", "Europe/Lisbon"),
    ("Þórdís Guðmundsdóttir", "thordis.gudmundsdottir", "Site reliability engineer", "health", "Europe/Copenhagen"),
    ("ქეთევან ბერიძე", "ketevan.beridze", "Product engineer", "logistics", "Europe/Lisbon"),
    ("አበበ ተስፋዬ", "abebe.tesfaye", "Product engineer", "booking", "Europe/Lisbon"),
    ("Chukwuemeka Ọkọ́nkwọ", "chukwuemeka.okonkwo", "Platform engineer", "logistics", "Europe/Lisbon"),
    ("Jean-François d’Aubigné", "jean-francois.daubigne", "Security engineer", "health", "Europe/Lisbon"),
    ("Kerstin Abildgaard", "kerstin.abildgaard", "Data protection officer", "legal", "Europe/Copenhagen"),
    ("Ravindra Kulkarni", "ravindra.kulkarni", "Chief information security officer", "legal", "Asia/Kolkata"),
)

# First names, then family names.
NAMES = {
    "Europe/Copenhagen": (
        "Anders Astrid Bjørn Camilla Emil Freja Gustav Hedda Ida Jens Karen Lærke Mads Nanna Oskar Pernille Rasmus "
        "Signe Søren Thea Ulrik Vibeke",
        "Andersen Bertelsen Brøndum Christensen Dalgaard Eriksen Frederiksen Grønbæk Holm Iversen Juhl Kjær Lauritsen "
        "Møller Nørgaard Østergaard Poulsen Ravn Skov Toft Vestergaard",
    ),
    "Europe/Lisbon": (
        "Ana António Beatriz Bruno Carolina Catarina Diogo Duarte Francisca Gonçalo Inês Joana João Leonor Luís "
        "Madalena Mariana Nuno Pedro Rita Rúben Sofia Tomás",
        "Almeida Azevedo Barbosa Cardoso Carvalho Conceição Coutinho Fonseca Gonçalves Guimarães Leitão Magalhães "
        "Moreira Nogueira Pacheco Queirós Rebelo Sequeira Simões Teixeira Valadão",
    ),
    "Asia/Kolkata": (
        "Aditi Aditya Ananya Anjali Arjun Deepa Gauri Harsh Ishaan Kavya Lakshmi Manish Meera Neha Nikhil Pooja Rahul "
        "Rohan Sanjay Shreya Tanvi Varun Vikram",
        "Apte Bhosale Chavan Deshmukh Deshpande Gokhale Iyer Jadhav Joshi Kale Karnik Kelkar Mehta Nene Pande Patil "
        "Phadke Rao Sathe Shinde Tambe Wagh",
    ),
}
ENGINEERING = {
    "platform": 26,
    "booking": 34,
    "logistics": 34,
    "health": 34,
    "data": 26,
    "mobile": 24,
}
SUPPORTING = {"support-emea": 62, "support-apac": 40}
HEADS = {"platform": 0, "support-emea": 1, "support-apac": 1, "other": 25}  # their places in KNOWN
OTHERS = {"sales": 40, "finance": 22, "people": 18, "design": 22, "legal": 16}
ENGINEERS = (
    "Product engineer",
    "Product engineer",
    "Platform engineer",
    "Site reliability engineer",
    "Security engineer",
)
OTHER_FUNCTIONS = {
    "sales": "Account manager",
    "finance": "Accountant",
    "people": "People partner",
    "design": "Designer",
    "legal": "Counsel",
}


@dataclass(slots=True)
class Person:
    """Someone of the directory."""

    name: str
    email: str
    number: str
    function: str
    team: str
    zone: str
    joined_on: date
    manager: str = ""
    roles: tuple[str, ...] = ()
    left_on: date | None = None

    def row(self) -> dict[str, str]:
        """The person as a row of `directory.csv`."""
        since = self.joined_on.isoformat()
        return {
            "name": self.name,
            "email": self.email,
            "employee_number": self.number,
            "manager": self.manager,
            "function": self.function,
            "teams": f"{self.team}@{since}",
            "roles": "|".join(f"{role}@{since}" for role in self.roles),
            "time_zone": self.zone,
            "joined_on": since,
            "left_on": self.left_on.isoformat() if self.left_on else "",
        }

    def works_on(self, day: date) -> bool:
        """Whether the person is with the company on that day."""
        return self.joined_on <= day and (self.left_on is None or day <= self.left_on)


def make_people(chance: Random, as_of: date, begin: date) -> list[Person]:
    people = [
        Person(name, f"{short}@{DOMAIN}", f"B{1001 + n}", function, team, zone, begin - timedelta(days=900 + 11 * n))
        for n, (name, short, function, team, zone) in enumerate(KNOWN)
    ]
    people[0].roles = people[1].roles = ("head",)
    taken = {person.email for person in people}
    wanted = [team for table in (ENGINEERING, SUPPORTING, OTHERS) for team, size in table.items() for _ in range(size)]
    for team in wanted[: PEOPLE - len(people)]:
        people.append(_person(chance, team, len(people), taken, as_of, begin))
    _organize(chance, people)
    return people


def _person(chance: Random, team: str, number: int, taken: set[str], as_of: date, begin: date) -> Person:
    zones = {"support-apac": ("Asia/Kolkata",), "support-emea": ("Europe/Lisbon", "Europe/Copenhagen")}
    zone = chance.choice(zones.get(team, tuple(NAMES)))
    while True:
        first, last = (chance.choice(names.split()) for names in NAMES[zone])
        email = f"{_ascii(first)}.{_ascii(last)}@{DOMAIN}"
        if email not in taken:
            break
    taken.add(email)
    newcomer = chance.random() < 0.3
    joined_on = (
        begin + timedelta(days=chance.randrange(20, (as_of - begin).days - 5))
        if newcomer
        else begin - timedelta(days=chance.randrange(30, 2500))
    )
    function = (
        chance.choice(ENGINEERS)
        if team in ENGINEERING
        else "Support agent"
        if team in SUPPORTING
        else OTHER_FUNCTIONS[team]
    )
    left_on = None
    if chance.random() < 0.06:
        first_day = max(joined_on, begin) + timedelta(days=60)
        if first_day < as_of:
            left_on = first_day + timedelta(days=chance.randrange((as_of - first_day).days + 1))
    return Person(f"{first} {last}", email, f"B{1001 + number}", function, team, zone, joined_on, left_on=left_on)


def _ascii(name: str) -> str:
    plain = name.translate(str.maketrans({"ø": "oe", "Ø": "oe", "æ": "ae", "Æ": "ae", "å": "aa"}))
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()


def _organize(chance: Random, people: list[Person]) -> None:
    """Roles, and in every team a lead for about ten people; leads answer to a head, heads to nobody."""
    for person in people:
        person.roles += _roles(person)
    for team in sorted({person.team for person in people}):
        members = [person for person in people if person.team == team and "head" not in person.roles]
        head = people[HEADS.get(team, HEADS["platform"] if team in ENGINEERING else HEADS["other"])]
        staying = [person for person in members if person.left_on is None and person is not head]
        longest = sorted(staying, key=lambda person: (person.joined_on, person.number))
        leads = longest[: max(1, len(members) // 10)]
        for lead in leads:
            lead.manager = head.email
            lead.roles += ("support-lead",) if team in SUPPORTING else ()
        for person in members:
            if person in leads or person is head:
                continue
            person.manager = chance.choice(leads).email
            person.roles += ("security-contact",) if chance.random() < 0.06 else ()


def _roles(person: Person) -> tuple[str, ...]:
    if "head" in person.roles:
        return ()
    if person.team in ENGINEERING:
        return ("engineer", "sre") if person.function == "Site reliability engineer" else ("engineer",)
    return ("support",) if person.function == "Support agent" else ()
