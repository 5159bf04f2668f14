"""Every sentence said to a person by more than one of us, in Chinese and English; services and the gateway add their
own with `register`. No text is written twice: a reason means the same wherever it comes from.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LANGUAGES = ("zh", "en")

_TEXTS: dict[str, tuple[str, str]] = {
    "UNKNOWN": ("出现未知错误", "Something unknown went wrong"),
    "INTERNAL": (
        "系统内部错误，请稍后重试并提供跟踪编号",
        "Internal error; try again, and quote the trace id if it stays",
    ),
    "INVALID_ARGUMENT": ("请求内容有误", "The request is not valid"),
    "UNAUTHENTICATED": ("请先登录", "Log in first"),
    "TOKEN_EXPIRED": ("登录已过期，请重新登录", "The session has ended; log in again"),
    "PERMISSION_DENIED": ("没有权限执行此操作", "You are not allowed to do this; ask an administrator"),
    "PERSON_ONLY": (
        "程序的令牌不能执行此操作，请本人登录后操作",
        "No program's token does this; log in yourself",
    ),
    "FIELD_DENIED": ("没有权限修改“{field}”", "You may not change “{field}”"),
    "ASSIGN_DENIED": ("没有权限分配给其他人", "You may not assign records to others"),
    "NOT_FOUND": ("记录不存在或您无权查看", "The record does not exist, or you may not see it"),
    "ALREADY_EXISTS": ("该值已被使用", "That value is already taken"),
    "TAKEN": ("“{field}”的值已被使用，请换一个", "“{field}” is already taken; choose another value"),
    "ID_TAKEN": ("该编号已被使用", "That id is already used; choose another"),
    "STALE_ETAG": (
        "其他人已修改此记录，请查看后再保存",
        "Somebody else changed this record; look at it and save again",
    ),
    "ETAG_REQUIRED": ("请提供记录版本(etag)", "Send the record's etag, so that nobody's changes are lost"),
    "FAILED_PRECONDITION": ("当前状态不允许此操作", "The present state does not allow this"),
    "NOT_DELETED": ("该记录未被删除", "The record is not deleted"),
    "DELETED": ("该记录已删除，请先恢复", "The record is deleted; restore it first"),
    "RESOURCE_EXHAUSTED": ("请求过多，请稍后再试", "Too many requests; try again shortly"),
    "RATE_LIMITED": ("请求过于频繁，请在 {seconds} 秒后重试。", "Too many requests. Try again in {seconds} s."),
    "UNAVAILABLE": ("服务暂时不可用，请稍后重试", "The service is not available at the moment; try again"),
    "DEADLINE_EXCEEDED": ("处理超时，请重试或缩小范围", "Not finished in time; try again, or ask for less"),
    "CANCELLED": ("请求已取消", "The request was cancelled"),
    "UNIMPLEMENTED": ("不支持此操作", "This operation does not exist"),
    "RESYNC_REQUIRED": (
        "数据变更记录已失效，请重新同步",
        "The cursor is too old or of another time; list again, then go on",
    ),
    "KEY_REUSED": ("同一请求编号被用于不同内容", "That request id was used for something else; use a new one"),
    "REQUIRED": ("请填写“{field}”", "“{field}” is required"),
    "UNKNOWN_FIELD": ("没有“{field}”这个字段", "There is no field “{field}”"),
    "OUTPUT_ONLY": ("“{field}”由系统设定，不能修改", "“{field}” is set by the system; leave it out"),
    "IMMUTABLE": ("“{field}”创建后不能修改", "“{field}” cannot be changed after creation"),
    "NUL": ("文本含有不允许的字符(NUL)", "A text contains a character that is not allowed (NUL)"),
    "TOO_LONG": ("“{field}”最多{maximum}个字符", "“{field}” may have at most {maximum} characters"),
    "TOO_MANY": ("“{field}”最多{maximum}项", "“{field}” may have at most {maximum} entries"),
    "OUT_OF_RANGE": ("“{field}”应在{minimum}到{maximum}之间", "“{field}” must be between {minimum} and {maximum}"),
    "FILTER_OF_STATIC": (
        "静态分组没有“{field}”，请留空或改用动态分组",
        "A static group has no “{field}”; leave it empty, or make a dynamic group",
    ),
    "NOT_A_STATIC_GROUP": (
        "“{value}”不是可加入此类记录的静态分组，请选择其他分组",
        "“{value}” is not a static group of such records; choose another",
    ),
    "NOT_SEVERAL": (
        "“{field}”不是多值字段，请直接设置它的值",
        "“{field}” does not hold several values; set its value instead",
    ),
    "MASS_EDIT_CHANGES": (
        "请指定要修改的字段，或选择删除，二者只能选其一",
        "Name the fields to change, or ask for the deletion, not both",
    ),
    "FIELD_UNFIT": (
        "“{field}”不能用于此处，请选择其他字段",
        "“{field}” cannot be used here; choose another field",
    ),
    "MASS_EDIT_STATE": (
        "该批量操作目前不能执行此步骤，请刷新后查看其状态",
        "The mass edit is not in a state for this; look at it again",
    ),
    "CHANGED_SINCE": (
        "之后有人修改过此记录，因此保持不变",
        "Somebody has changed it since, so that it stays as it is",
    ),
    "UNKNOWN_CHOICE": ("“{value}”不是“{field}”的可选值", "“{value}” is not one of the values of “{field}”"),
    "INVALID_ID": ("“{field}”不是有效的编号", "“{field}” is not a valid id (UUID)"),
    "INVALID_EMAIL": ("“{field}”不是有效的邮箱地址", "“{field}” is not a valid e-mail address"),
    "INVALID_PHONE": ("“{field}”不是有效的电话号码", "“{field}” is not a valid phone number"),
    "INVALID_URL": ("“{field}”不是有效的网址", "“{field}” is not a valid web address"),
    "UNKNOWN_FILE": (
        "“{field}”中的文件不存在或尚未上传完成，请重新上传",
        "A file of “{field}” is not there, or not uploaded completely; upload it again",
    ),
    "INVALID_DATE": (
        "“{field}”不是有效的日期，例如2016-10-20",
        "“{field}” is not a date that exists, such as 2016-10-20",
    ),
    "INVALID_NUMBER": ("“{field}”不是有效的数字", "“{field}” is not a valid number"),
    "INVALID_MONEY": ("“{field}”的金额或币种无效", "“{field}” is not a valid amount with a currency"),
    "INVALID_TIME_ZONE": ("“{field}”不是有效的时区", "“{field}” is not a time zone such as Asia/Shanghai"),
    "INVALID_CURRENCY": ("“{field}”不是有效的币种代码", "“{field}” is not a currency code such as CNY"),
    "INVALID_VALUE": ("“{field}”的值无效", "The value of “{field}” does not fit"),
    "LINK_DENIED": (
        "“{field}”：需要有编辑被关联记录的权限",
        "“{field}” links both ways: you must be allowed to edit what you link to",
    ),
    "UNKNOWN_REFERENCE": (
        "“{field}”指向的记录不存在",
        "“{field}” names a record that does not exist, or that you may not see",
    ),
    "DELETED_REFERENCE": ("“{field}”指向的记录已删除", "“{field}” names a deleted record"),
    "CYCLE": ("“{field}”不能指向自身或下级", "“{field}” must not lead back to the record itself"),
    "REFERENCED": ("仍有记录引用它", "Other records still refer to it"),
    "INVALID_PAGE_TOKEN": (
        "翻页标记无效，请从第一页重新开始",
        "The page token is not of this list; begin at the first page",
    ),
    "INVALID_ORDER": ("不能按“{name}”排序", "Lists cannot be ordered by “{name}”"),
    "INVALID_MASK": (
        "update_mask 中没有“{field}”这个字段",
        "“{field}” in update_mask is not a field that can be changed",
    ),
    "INVALID_CURSOR": ("游标无效", "The cursor is not valid; begin with an empty one"),
    "UNKNOWN_MODULE": ("没有“{value}”这个模块", "There is no module “{value}” here"),
    "FILE_EMPTY": ("文件是空的", "The file is empty"),
    "FILE_TOO_LARGE": ("文件超过{limit} MB", "The file is larger than {limit} MB"),
    "FILE_INCOMPLETE": ("文件尚未上传完成", "The file is not uploaded completely"),
    "OFFSET_MISMATCH": ("上传位置不连续", "The piece does not follow the one before; continue at the file's size"),
}


def register(texts: Mapping[str, tuple[str, str]]) -> None:
    """Add a service's texts: key → (zh, en). A key that exists with another text is refused."""
    for key, pair in texts.items():
        if _TEXTS.setdefault(key, pair) != pair:
            raise ValueError(f"text {key} is registered twice")


def known(key: str) -> bool:
    """Whether there is a text of that key."""
    return key in _TEXTS


def text(key: str, language: str, **values: Any) -> str:
    """The text of a key in `zh` or `en`, with its values put in; the key itself when there is none."""
    pair = _TEXTS.get(key)
    if pair is None:
        return key
    template = pair[LANGUAGES.index(language)] if language in LANGUAGES else pair[1]
    try:
        return template.format(**values)
    except (KeyError, IndexError):
        return template


@lru_cache(maxsize=256)
def language_of(accept_language: str) -> str:
    """`zh` or `en`: the one that an Accept-Language header wants most, the first of equals; `en` when it wants neither.

    Weights as in RFC 9110, 12.5.4; one of 0 means "not this".
    """
    best, chosen = 0.0, "en"
    for item in accept_language.lower().split(",")[:20]:
        tag, _, parameters = item.strip().partition(";")
        language = tag.partition("-")[0]
        if language in LANGUAGES and (weight := _weight(parameters)) > best:
            best, chosen = weight, language
    return chosen


def _weight(parameters: str) -> float:
    """The `q` of one language range; 1 when absent, 0 when unreadable."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
