"""Which column of a file is which column of the contract, and what is said where one is missing, double or unknown."""

from pathlib import Path

import pytest

from checker.errors import ConfigError
from checker.models import SourceTable
from tests.sources.reading import Read, fault_of


def read_incidents(folder: Path, read: Read, content: str, **profile: object) -> SourceTable:
    (folder / "incidents.csv").write_text(content, encoding="utf-8")
    return read(tables={"incidents": profile}).tables["incidents"]


def refuse_incidents(folder: Path, read: Read, content: str, **profile: object) -> str:
    (folder / "incidents.csv").write_text(content, encoding="utf-8")
    return fault_of(read, tables={"incidents": profile})


def test_headers_are_matched_without_case_and_white_space(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, " Incident_Ref ,REPORTED_AT,\tTeam\nI1,x,A\n")
    assert table.rows.select("incident_ref", "reported_at", "team").rows() == [("I1", "x", "A")]


def test_the_order_of_columns_does_not_matter(folder: Path, read: Read) -> None:
    one = read_incidents(folder, read, "team,reported_at,incident_ref\nA,x,I1\n")
    other = read_incidents(folder, read, "incident_ref,team,reported_at\nI1,A,x\n")
    assert one.rows.equals(other.rows)


def test_the_profile_maps_the_headers_of_a_force(folder: Path, read: Read) -> None:
    columns = {"incident_ref": "Log Number", "reported_at": "date/time"}
    table = read_incidents(folder, read, "Log number ;DATE/TIME;Team\nI1;x;A\n", columns=columns)
    assert table.rows.select("incident_ref", "reported_at", "team").rows() == [("I1", "x", "A")]
    assert table.extra_columns == ()


def test_two_contract_columns_may_have_one_header_of_the_force(folder: Path, read: Read) -> None:
    columns = {"status": "state", "team": "state"}
    table = read_incidents(folder, read, "incident_ref,reported_at,state\nI1,x,open\n", columns=columns)
    assert table.rows.select("status", "team").rows() == [("open", "open")]


def test_a_header_that_the_profile_gives_to_one_column_is_no_other_s(folder: Path, read: Read) -> None:
    columns = {"closure_codes": "status"}
    table = read_incidents(folder, read, "incident_ref,reported_at,status\nI1,x,QL23\n", columns=columns)
    assert table.rows.select("closure_codes", "status").rows() == [("QL23", None)]
    assert "status" in table.missing_columns


def test_a_header_of_the_profile_that_the_file_lacks_is_refused_with_the_nearest(folder: Path, read: Read) -> None:
    columns = {"incident_ref": "Log Number"}
    message = refuse_incidents(folder, read, "Log No,reported_at\nI1,x\n", columns=columns)
    assert message == (
        "incidents.csv: no column 'Log Number'; nearest header: 'Log No'; "
        "mend checker.toml, which maps 'incident_ref' to it"
    )


def test_a_missing_required_column_is_refused_with_the_nearest_header(folder: Path, read: Read) -> None:
    assert refuse_incidents(folder, read, "incident_reff,reported_at\nI1,x\n") == (
        "incidents.csv: no column 'incident_ref'; nearest header: 'incident_reff'; "
        "rename it or map it in checker.toml [source.tables.incidents.columns]"
    )


def test_every_missing_required_column_is_named(folder: Path, read: Read) -> None:
    message = refuse_incidents(folder, read, "team,Reported\nA,x\n")
    assert message.startswith(
        "incidents.csv: no column 'incident_ref'; no column 'reported_at'; nearest header: 'Reported'; rename it"
    )


def test_another_missing_column_is_blank_and_warned_of_with_the_nearest_header(folder: Path, read: Read) -> None:
    table = read_incidents(
        folder, read, "incident_ref,reported_at,closure_code,status,concern_types,team\nI1,x,QL23,,,\n"
    )
    assert table.rows["closure_codes"].to_list() == [None]
    assert table.missing_columns == ("closed_at", "closure_codes", "incident_type")
    assert table.extra_columns == ("closure_code",)
    assert table.warnings == (
        "incidents.csv: no column for incidents: closed_at, closure_codes, incident_type; read as blank in every row"
        "; nearest header: 'closure_code' (for closure_codes)",
    )


def test_extra_columns_are_named_and_ignored(folder: Path, read: Read) -> None:
    table = read_incidents(folder, read, "incident_ref,Opérateur,reported_at,,\nI1,x,y,,stray\n")
    assert table.extra_columns == ("Opérateur", "column 5 (no header)")
    assert table.rows.width == 10


@pytest.mark.parametrize(
    "header",
    [
        "incident_ref,reported_at,team,team",
        "incident_ref,reported_at,Team, TEAM ",
        "incident_ref,reported_at,note,Note",
    ],
)
def test_two_columns_of_one_name_are_refused(folder: Path, read: Read, header: str) -> None:
    message = refuse_incidents(folder, read, f"{header}\nI1,x,A,B\n")
    assert message == "incidents.csv: columns 3 and 4 have one name; remove or rename one"


def test_a_column_of_the_profile_beside_one_of_the_contract_s_name_is_refused(folder: Path, read: Read) -> None:
    message = refuse_incidents(
        folder, read, "incident_ref,reported_at,team,squad\nI1,x,A,B\n", columns={"team": "Squad"}
    )
    assert message == "incidents.csv: 'Squad' and 'team' are both column 'team'; remove or rename one"


def test_in_a_shared_file_a_name_of_the_contract_may_belong_to_the_other_table(folder: Path, read: Read) -> None:
    for name in ("incidents.csv", "referrals.csv"):
        (folder / name).unlink()
    (folder / "flat.csv").write_text(
        "incident_ref,reported_at,status,referral_ref,referral status,note,Note\nI1,x,closed,R1,draft,a,b\n",
        encoding="utf-8",
    )
    tables = read(
        tables={
            "incidents": {"file": "flat.csv"},
            "referrals": {"file": "flat.csv", "columns": {"status": "Referral Status"}},
        }
    ).tables
    assert tables["incidents"].rows["status"].to_list() == ["closed"]
    assert tables["referrals"].rows["status"].to_list() == ["draft"]
    assert tables["incidents"].extra_columns == tables["referrals"].extra_columns == ("note", "Note")


@pytest.mark.parametrize("headers", ["status,status", "status,Status"])
def test_in_a_shared_file_two_columns_for_one_of_the_table_s_own_are_refused(
    folder: Path, read: Read, headers: str
) -> None:
    for name in ("incidents.csv", "referrals.csv"):
        (folder / name).unlink()
    (folder / "flat.csv").write_text(
        f"incident_ref,reported_at,referral_ref,{headers}\nI1,x,R1,a,b\n", encoding="utf-8"
    )
    message = fault_of(read, tables={"incidents": {"file": "flat.csv"}, "referrals": {"file": "flat.csv"}})
    assert message == "flat.csv: columns 4 and 5 have one name; remove or rename one"


@pytest.mark.parametrize(
    ("profile", "place"),
    [
        ({"columns": {"incident_reff": "x"}}, "columns"),
        ({"values": {"incident_reff": {"a": "b"}}}, "values"),
        ({"row_when": ["incident_reff"]}, "row_when"),
    ],
)
def test_a_profile_for_an_unknown_column_names_the_nearest(read: Read, profile: dict[str, object], place: str) -> None:
    with pytest.raises(ConfigError) as fault:
        read(tables={"incidents": profile})
    assert str(fault.value) == (
        f"checker.toml: source.tables.incidents.{place}: unknown column 'incident_reff'; did you mean 'incident_ref'?"
    )


def test_no_cell_of_a_file_without_header_is_told(folder: Path, read: Read) -> None:
    message = refuse_incidents(folder, read, "INC77,2026-11-20T10:00,Invented Person\nINC78,2026-11-20T11:00,Someone\n")
    assert not any(cell in message for cell in ("INC77", "2026", "Invented", "Someone"))


@pytest.mark.parametrize(
    "first_line", ["I1,C1,2015-01-01,2015-01-01,witness", "incident_77,child somebody,2015-01-01,no,witness"]
)
def test_a_file_without_a_header_row_shows_nothing_of_its_first_record(
    folder: Path, read: Read, first_line: str
) -> None:
    message = refuse_incidents(folder, read, f"{first_line}\n{first_line}\n")
    assert not any(cell in message for cell in first_line.split(",") if cell not in ("no", "I1", "C1"))
