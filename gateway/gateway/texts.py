"""What the gateway alone says to a person, in Chinese and English; what services say too is in `chassis.texts`."""

from collections.abc import Mapping
from typing import NamedTuple

from chassis.texts import register, text


class Words(NamedTuple):
    """A value of a sentence that is itself words."""

    zh: str
    en: str


# Titles of problems, by HTTP status.
TITLES: Mapping[int, Words] = {
    400: Words("请求有误", "The request is not valid"),
    401: Words("需要登录", "Not signed in"),
    403: Words("没有权限", "Not allowed"),
    404: Words("未找到", "Not found"),
    405: Words("不支持的操作", "Method not allowed"),
    408: Words("请求未完成", "The request did not arrive"),
    409: Words("与当前状态冲突", "In conflict with the present state"),
    412: Words("已被他人修改", "Changed by somebody else"),
    413: Words("内容过大", "Too large"),
    415: Words("内容类型不受支持", "Content type not supported"),
    429: Words("请求过于频繁", "Too many requests"),
    431: Words("请求头过大", "Headers too large"),
    499: Words("请求已取消", "Cancelled"),
    500: Words("服务器出错", "The server failed"),
    501: Words("尚未实现", "Not implemented"),
    503: Words("服务暂时不可用", "Temporarily unavailable"),
    504: Words("处理超时", "It took too long"),
}

TEXTS: Mapping[str, tuple[str, str]] = {
    # The request as a whole.
    "INVALID_JSON": ("请求体不是有效的 JSON：{problem}", "The body is not valid JSON: {problem}"),
    "INVALID_REQUEST": ("请求中有 {count} 处错误。", "The request has {count} problem(s)."),
    "BODY_TOO_LARGE": ("请求体超过 {limit} 字节。", "The body is larger than {limit} bytes."),
    "BODY_STALLED": ("长时间没有收到数据，已停止等待。", "No data arrived for too long; waiting was given up."),
    "CLIENT_GONE": ("连接已断开。", "The connection was closed."),
    "UNSUPPORTED_MEDIA_TYPE": (
        "请以 {expected} 格式发送请求体。",
        "Send the body as {expected}.",
    ),
    "ROUTE_NOT_FOUND": ("没有这个地址：{path}", "There is no such address: {path}"),
    "METHOD_NOT_ALLOWED": ("此地址只支持：{methods}", "This address takes only: {methods}"),
    # Parts of it.
    "DUPLICATE_KEY": ("“{name}”出现了多次。", '"{name}" occurs more than once.'),
    "WRONG_TYPE": ("应为{expected}。", "Expected {expected}."),
    "DID_YOU_MEAN": ("，是否应为“{near}”？", "; did you mean “{near}”?"),
    "INVALID_TIME": (
        "应为带时区的时间，例如 2016-10-20T08:30:00Z。",
        "Expected a time with its zone, such as 2016-10-20T08:30:00Z.",
    ),
    "INVALID_DECIMAL": ('应为十进制数，例如 "12.50"。', 'Expected a decimal number, such as "12.50".'),
    "INVALID_BASE64": ("应为 base64 文本。", "Expected base64 text."),
    "INVALID_CHOICE": ("应为以下之一：{choices}", "Expected one of: {choices}"),
    "INVALID_CHARACTER": (
        "文本含有空字符（NUL）或不成对的代理字符。",
        "The text holds a NUL character or a lone surrogate.",
    ),
    "ONE_OF": ("以下字段只能填一个：{names}", "Only one of these may be set: {names}"),
    "REPEATED_PARAMETER": ("此参数只能出现一次。", "This parameter may occur only once."),
    "ID_MISMATCH": ("与地址中的编号不一致。", "It is not the id of the address."),
    "INVALID_IDEMPOTENCY_KEY": (
        "Idempotency-Key 应为 1 到 128 个可见的 ASCII 字符。",
        "Idempotency-Key must be 1 to 128 visible ASCII characters.",
    ),
    "INVALID_IF_MATCH": ("If-Match 应为一个 etag。", "If-Match must hold one etag."),
    "ETAG_MISMATCH": ("If-Match 与请求体中的 etag 不同。", "If-Match and the etag in the body differ."),
    "INVALID_TIMEOUT": ("X-Timeout 应为秒数，例如 2.5。", "X-Timeout must be a number of seconds, such as 2.5."),
    "UNKNOWN_JOB": ("未找到这个编号。", "There is nothing with this id."),
    # Who is asking.
    "SESSION_ENDED": ("登录已过期，请重新登录。", "The session has ended. Sign in again."),
    "CSRF_TOKEN_INVALID": (
        "页面已过期，请刷新后重试。",
        "The page is out of date. Reload it and try again.",
    ),
    "CROSS_ORIGIN": ("不接受来自其他网站的请求。", "Requests from other sites are refused."),
    # How things are.
    "OVERLOADED": ("系统繁忙，请稍后重试。", "The system is busy. Try again shortly."),
    "TOO_MANY_STREAMS": ("打开的页面过多。", "Too many pages are open."),
    "UPSTREAM_UNAVAILABLE": ("此功能暂时不可用，请稍后重试。", "This part is not available now. Try again shortly."),
    "UPSTREAM_TIMEOUT": ("处理时间过长，已停止等待。", "It took too long; waiting was given up."),
    # Files.
    "FILE_MISSING": ("请求中没有文件。", "The request holds no file."),
    "MODULE_MISSING": ("缺少 module。", "module is missing."),
    "MULTIPART_INVALID": ("表单数据不完整或格式有误。", "The form data is incomplete or malformed."),
}

register(TEXTS)


def sentence(key: str, language: str, **values: object) -> str:
    """The text of a key, with its values put in; words among them in the same language."""
    plain = {name: _in(language, value) if isinstance(value, Words) else value for name, value in values.items()}
    return text(key, language, **plain)


def title(status: int, language: str) -> str:
    """What an HTTP status means to a person."""
    return _in(language, TITLES.get(status, TITLES[500]))


def _in(language: str, words: Words) -> str:
    return words.zh if language == "zh" else words.en
