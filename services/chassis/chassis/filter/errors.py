"""What can be wrong with a filter.

InvalidArgumentError
└── FilterError      the caller's mistake, never ours; `key` names one of the texts below
"""

from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidArgumentError, Violation
from chassis.texts import register, text

register(
    {
        "FILTER_TOO_LONG": ("筛选条件超过{limit}字节", "The filter is longer than {limit} bytes"),
        "FILTER_TOO_DEEP": (
            "筛选条件的括号嵌套超过{limit}层",
            "The filter has more than {limit} parentheses inside each other",
        ),
        "FILTER_TOO_MANY_TERMS": ("筛选条件超过{limit}个", "The filter has more than {limit} conditions"),
        "FILTER_SYNTAX": (
            "筛选条件在第{place}个字符处无法识别：此处不应出现“{name}”",
            "The filter cannot be read at character {place}: “{name}” is not expected here",
        ),
        "FILTER_INCOMPLETE": ("筛选条件不完整", "The filter ends too early"),
        "FILTER_CHARACTER": (
            "筛选条件在第{place}个字符处含有不允许的字符",
            "The filter contains a character that is not allowed, at character {place}",
        ),
        "FILTER_UNKNOWN_FIELD": ("没有可筛选的字段“{name}”", "There is no field “{name}” to filter by"),
        "FILTER_OPERATOR": (
            "字段“{name}”不能用“{operator}”比较",
            "The field “{name}” cannot be compared by “{operator}”",
        ),
        "FILTER_VALUE_INTEGER": ("“{name}”需要整数，“{value}”不是", "“{name}” needs a whole number, not “{value}”"),
        "FILTER_VALUE_DECIMAL": ("“{name}”需要数字，“{value}”不是", "“{name}” needs a number, not “{value}”"),
        "FILTER_VALUE_BOOLEAN": (
            "“{name}”需要 true 或 false,“{value}”不是",
            "“{name}” needs true or false, not “{value}”",
        ),
        "FILTER_VALUE_DATE": (
            "“{name}”需要日期(如 2016-10-20)，“{value}”不是",
            "“{name}” needs a date such as 2016-10-20, not “{value}”",
        ),
        "FILTER_VALUE_TIMESTAMP": (
            "“{name}”需要时间(如 2016-10-20T08:00:00Z)，“{value}”不是",
            "“{name}” needs a time such as 2016-10-20T08:00:00Z, not “{value}”",
        ),
        "FILTER_VALUE_ID": ("“{name}”需要编号(UUID)，“{value}”不是", "“{name}” needs an id (UUID), not “{value}”"),
        "FILTER_VALUE_PLAIN": ("“{name}”不支持通配符：“{value}”", "“{name}” takes no wildcards: “{value}”"),
        "FILTER_VALUE_CHOICE": ("“{value}”不是“{name}”的可选值", "“{value}” is not a value of “{name}”"),
        "FILTER_UNKNOWN_FUNCTION": ("没有函数“{name}”", "There is no function “{name}”"),
        "FILTER_ARGUMENTS": ("函数“{name}”不能这样使用", "The function “{name}” cannot be used like this"),
        "FILTER_NOT_SEARCHABLE": ("这些记录不支持关键词搜索", "These records cannot be searched by words"),
        "FILTER_NEAREST": ("{problem}，您是否要找：{names}", "{problem}; did you mean {names}?"),
    }
)
_SHOWN = 80


@dataclass(frozen=True)
class _FilterViolation(Violation):
    nearest: tuple[str, ...] = field(default=())

    def describe(self, language: str) -> str:
        problem = super().describe(language)
        if not self.nearest:
            return problem
        return text("FILTER_NEAREST", language, problem=problem, names=", ".join(self.nearest))


class FilterError(InvalidArgumentError):
    """A filter that cannot be used.

    `position` counts characters from 0; `name` is the field, function or text it is about; `nearest` are
    names that were perhaps meant, best first.
    """

    def __init__(
        self, key: str, position: int = 0, name: str = "", *, nearest: tuple[str, ...] = (), **values: Any
    ) -> None:
        self.key = key
        self.position = position
        self.name = name
        self.nearest = nearest
        shown = {key: str(value)[:_SHOWN] for key, value in values.items()}
        shown |= {"name": name[:_SHOWN], "place": str(position + 1)}
        super().__init__(violations=[_FilterViolation("filter", key, shown, nearest)])
