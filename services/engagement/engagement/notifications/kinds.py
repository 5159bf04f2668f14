"""The kinds of notifications: what each is called and says in Chinese and English, and where it goes unless chosen.

A text's places are the notice's values, `title` and `actor` among them; `module` is what the record's module calls one
record, `count` how many there are. A kind of which a person may be told of many at once has a text for that, without a title.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """One kind."""

    name: Texts
    text: Texts
    many: Texts | None = None
    email: bool = False


KINDS: Mapping[str, Kind] = {
    "assigned": Kind(
        {"zh": "分配给我的记录", "en": "Records assigned to me"},
        {"zh": "{actor}将{module}“{title}”分配给了您", "en": "{actor} assigned the {module} “{title}” to you"},
        {"zh": "{actor}将{count}条{module}记录分配给了您", "en": "{actor} assigned {module} to you ({count})"},
    ),
    "mentioned": Kind(
        {"zh": "提到我", "en": "Mentions of me"},
        {"zh": "{actor}在“{title}”中提到了您", "en": "{actor} mentioned you in “{title}”"},
        email=True,
    ),
    "reminder": Kind(
        {"zh": "我设置的提醒", "en": "Reminders I set"},
        {"zh": "提醒：{title} {text}", "en": "Reminder: {title} {text}"},
        email=True,
    ),
    "task_due": Kind(
        {"zh": "任务到期", "en": "Tasks that fall due"},
        {"zh": "任务“{title}”将于{due}到期", "en": "The task “{title}” is due on {due}"},
        email=True,
    ),
    "birthday": Kind(
        {"zh": "联系人生日", "en": "Birthdays"},
        {"zh": "{title}的生日是{date}", "en": "{title} has a birthday on {date}"},
    ),
    "job_finished": Kind(
        {"zh": "后台任务完成", "en": "Background jobs that ended"},
        {"zh": "{job}（{module}）：{state}", "en": "{job} of {module}: {state}"},
    ),
}
