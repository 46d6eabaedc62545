import datetime
import io
import zipfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook


class Book(Workbook):
    """A workbook of the program."""

    def add(self, *row):
        self.active.append(row)


def hold():
    book = Book()
    book.add("name", "n")
    book.add("a", 1)
    sheet = book.active
    sheet["A1"].font = Font(bold=True, color="FF0000")
    sheet["A1"].comment = Comment("note", "me")
    sheet.merge_cells("C1:D1")
    sheet.conditional_formatting.add(
        "B2:B9", CellIsRule(operator="lessThan", formula=["5"], fill=PatternFill("solid", fgColor="00FF00"))
    )
    book.add_named_style(NamedStyle(name="own", alignment=Alignment(horizontal="center")))
    rows = sheet.iter_rows(max_col=2)
    assert [cell.value for cell in next(rows)] == ["name", "n"] and get_column_letter(28) == "AB"
    return book, sheet, sheet["B2"], rows, {Font(bold=True, color="FF0000"): "bold"}, InvalidFileException, BarChart()


def use(held):
    book, sheet, cell, rows, table, error, chart = held
    cell.value = "=SUM(1,2)"
    cell.style = "own"
    book.add(datetime.date(2020, 1, 2), 2.5)
    assert (
        isinstance(book, openpyxl.Workbook)
        and [c.value for c in next(rows)] == ["a", "=SUM(1,2)"]
        and cell.data_type == "f"
    )
    assert table[Font(bold=True, color="FF0000")] == "bold" and sheet["A1"].comment.text == "note"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "F1")
    out = io.BytesIO()
    book.save(out)
    again = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    page = again.active
    assert page["A3"].value == datetime.datetime(2020, 1, 2) and page["B2"].value == "=SUM(1,2)" and page["A1"].font.b
    assert page["B2"].alignment.horizontal == "center" and [
        str(cells) for cells in getattr(page.merged_cells, "ranges", page.merged_cells)
    ] == ["C1:D1"]
    assert "xl/charts/chart1.xml" in zipfile.ZipFile(out).namelist()
    try:
        openpyxl.load_workbook(__file__)
    except error as raised:
        assert isinstance(raised, InvalidFileException)
    else:
        raise AssertionError("no error")
