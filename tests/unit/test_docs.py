"""What the documents say is what the code has."""

import re
from pathlib import Path

from app.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
NAMES = [f"LAUREL_{name.upper()}" for name in Settings.model_fields]


def test_the_settings_table_lists_every_setting_and_no_other() -> None:
    assert re.findall(r"^\| `(LAUREL_\w+)` \|", README, re.MULTILINE) == NAMES


def test_the_settings_table_says_what_the_class_says() -> None:
    meanings = dict(re.findall(r"^\| `(LAUREL_\w+)` \|[^|]*\| (.+) \|$", README, re.MULTILINE))

    assert list(meanings.values()) == [field.description for field in Settings.model_fields.values()]


def test_the_example_environment_lists_every_setting_and_no_other() -> None:
    assert re.findall(r"^#?(LAUREL_\w+)=", EXAMPLE, re.MULTILINE) == NAMES


def test_the_example_environment_comments_out_whatever_has_a_default() -> None:
    needed = [
        f"LAUREL_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()
    ]

    assert re.findall(r"^(LAUREL_\w+)=", EXAMPLE, re.MULTILINE) == needed


def test_every_decision_is_in_the_index_of_decisions() -> None:
    directory = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in directory.glob("0*.md"))

    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", (directory / "README.md").read_text()) == records


def test_every_relative_link_of_the_readme_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_path_of_the_map_is_there() -> None:
    rows = [line for line in README.split("## Map")[1].split("\n## ")[0].splitlines() if "| `" in line]
    paths = re.findall(r"`([\w/.]+)`", " ".join(row.split("|")[1] for row in rows))

    assert [path for path in paths if not (ROOT / path).exists()] == []
