"""What can be wrong with a file or a row, and how it is said.

InvalidArgumentError
└── FileError        the file as a whole cannot be read; `reason` is one of the texts below

A row's problem is no exception: it is counted, grouped by (field, code, value), shown and repaired.
"""

from typing import Any

from chassis.errors import InvalidArgumentError, Violation
from chassis.texts import register

register(
    {
        "FILE_NO_ROWS": ("文件只有标题行，没有数据", "The file has a header and no rows"),
        "FILE_BINARY": (
            "文件不是表格：请上传 CSV 或 XLSX 文件",
            "The file is not a table: upload a CSV or XLSX file",
        ),
        "FILE_OLD_EXCEL": (
            "这是旧版 Excel 文件(.xls)，请另存为 .xlsx 后上传",
            "This is an old Excel file (.xls): save it as .xlsx and upload that",
        ),
        "FILE_ENCODING": (
            "无法以 {encoding} 编码读取文件(第{row}行附近)，请选择其他编码",
            "The file cannot be read as {encoding} (near row {row}): choose another encoding",
        ),
        "FILE_QUOTES": (
            "第{row}行的引号没有配对，请修正后重新上传",
            "The quotes of row {row} are not closed: correct the file and upload it again",
        ),
        "FILE_LINE_TOO_LONG": (
            "第{row}行超过{maximum}个字符，可能是分隔符或换行符不对",
            "Row {row} is longer than {maximum} characters: is the delimiter right, and are there line breaks?",
        ),
        "FILE_CELL_TOO_LONG": (
            "第{row}行有单元格超过{maximum}个字符，或引号没有配对",
            "A cell of row {row} is longer than {maximum} characters, or its quotes are not closed",
        ),
        "FILE_TOO_MANY_COLUMNS": (
            "文件有超过{maximum}列，请只保留需要的列",
            "The file has more than {maximum} columns: keep those you need",
        ),
        "FILE_TOO_MANY_ROWS": (
            "文件超过{maximum}行，请分成多个文件",
            "The file has more than {maximum} rows: split it",
        ),
        "FILE_XLSX_BROKEN": (
            "无法打开此 XLSX 文件：文件已损坏",
            "The XLSX file cannot be opened: it is damaged",
        ),
        "FILE_XLSX_BOMB": (
            "此 XLSX 文件展开后过大，出于安全原因不予打开",
            "The XLSX file would expand to far more than its size, and is not opened for safety",
        ),
        "FILE_SHEET": ("没有名为“{value}”的工作表", "There is no sheet “{value}”"),
        "FILE_DELIMITER": ("分隔符必须是一个字符", "The delimiter must be one character"),
        "IMPORT_STATE": (
            "导入处于“{state}”状态，不能执行此操作",
            "The import is in the state “{state}”, which does not allow this",
        ),
        "IMPORT_BUSY": ("导入正在进行，请稍后再试", "The import is at work; wait for it, or cancel it"),
        "IMPORT_FAILED": ("导入因系统错误中断，请重试", "The import stopped for an internal error; try again"),
        "NOT_IMPORTABLE": ("模块“{value}”不能导入", "The module “{value}” takes no imports"),
        "MAPPING_EMPTY": ("请至少对应一列", "Map at least one column"),
        "MAPPING_COLUMN": ("文件没有第{value}列", "The file has no column {value}"),
        "MAPPING_TWICE": ("“{field}”被多列对应", "“{field}” is mapped twice"),
        "MAPPING_KEY": ("关键字段“{value}”没有对应的列", "The key “{value}” is not mapped"),
        "MAPPING_MODE": ("导入方式应为 create、update 或 upsert", "The mode must be create, update or upsert"),
        "MAPPING_CREATE": (
            "“{field}”指向的记录不能由导入新建",
            "Records that “{field}” refers to cannot be created by this import",
        ),
        "REPAIR_FIELD": ("没有对应“{value}”这个字段", "No column is mapped to “{value}”"),
        "ROW_LEFT_OUT": (
            "“{field}”指向文件中的“{value}”，而该行本身有问题",
            "“{field}” refers to “{value}” in this file, a row that has problems itself; correct those first",
        ),
        "DUPLICATE_ROW": (
            "与第{first}行是同一条记录，但内容不同",
            "The same record as row {first}, with other values",
        ),
        "NO_SUCH_RECORD": ("没有名为“{value}”的{field}", "There is no {field} “{value}”"),
        "AMBIGUOUS": ("“{value}”对应多条记录", "More than one record is called “{value}”"),
        "NOT_THERE": ("没有可更新的记录“{value}”", "There is no record “{value}” to update"),
        "EXISTS": ("记录“{value}”已存在", "The record “{value}” is there already"),
        "ROW_CELLS": ("单元格多于标题行的列数", "The row has more cells than the header"),
        "AMBIGUOUS_DATE": (
            "“{value}”的日和月不明确，请改写为如 {first} 的形式",
            "“{value}” may be two dates: write it like {first}",
        ),
        "INVALID_FLAG": ("“{field}”应为是或否", "“{field}” must be yes or no"),
        "REFUSED": ("此行不符合业务规则", "The row breaks a rule of the module"),
    }
)


class FileError(InvalidArgumentError):
    """The file cannot be imported at all."""

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(reason, violations=[Violation("file_id", reason, values)], **values)
