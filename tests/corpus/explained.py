"""Files that are not read as a person sees them, each with the reason."""

EXPLAINED = {
    "excel/phpspreadsheet/XLS__maccentraleurope.biff5.xls": "python-calamine knows no code page"
    " 10029 (Mac Central European) and takes the workbook for damaged; the refusal names the way"
    " out.",
    "excel/sheetjs/BlankSheetTypes.xlsb": "python-calamine does not know Excel 4 macro sheets and"
    " takes the workbook for damaged; no sheet of it holds a cell.",
    "excel/sheetjs/BlankSheetTypes.xlsm": "As BlankSheetTypes.xlsb.",
    "excel/sheetjs/number_format.ods": "python-calamine gives the stored value of a formula, 0,"
    " where the program that wrote the file shows the error of it.",
}
