"""The system's own messages: subject and text, in Chinese and English, with named places and nothing else."""

from collections.abc import Mapping

TEMPLATES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "signup_code": {
        "zh": (
            "您的关系CRM验证码：{code}",
            (
                "{name}，您好！\n\n您正在为“{organization}”注册关系CRM。验证码是：\n\n    {code}\n\n"
                "验证码15分钟内有效。如果不是您本人操作，请忽略本邮件。\n"
            ),
        ),
        "en": (
            "Your Guanxi code: {code}",
            (
                "Hello {name},\n\nyou are setting up Guanxi for “{organization}”. Your code is:\n\n    {code}\n\n"
                "It is valid for 15 minutes. If this was not you, ignore this mail.\n"
            ),
        ),
    },
    "invitation": {
        "zh": (
            "{organization}邀请您使用关系CRM",
            "{name}，您好！\n\n“{organization}”邀请您使用关系CRM。请在7天内打开以下链接并设置密码：\n\n    {link}\n",
        ),
        "en": (
            "{organization} invites you to Guanxi",
            (
                "Hello {name},\n\n{organization} invites you to Guanxi. Open this link within 7 days and set a password:\n\n"
                "    {link}\n"
            ),
        ),
    },
    "second_factor_reset": {
        "zh": (
            "您的两步验证已被重置",
            (
                "{name}，您好！\n\n“{organization}”的管理员重置了您的两步验证，您已从“{organization}”退出登录。"
                "请使用密码重新登录，并在“我的账号”中重新设置：\n\n    {link}\n\n如果您没有提出过此请求，请立即联系管理员并修改密码。\n"
            ),
        ),
        "en": (
            "Your second factor was reset",
            (
                "Hello {name},\n\nan administrator of {organization} removed your second factor, and you are logged out"
                " there. Log in with your password and set it up anew in My account:\n\n    {link}\n\n"
                "If you did not ask for this, tell an administrator at once and change your password.\n"
            ),
        ),
    },
    "second_factor_removed": {
        "zh": (
            "您的两步验证已关闭",
            (
                "{name}，您好！\n\n您的关系CRM账号已关闭两步验证，现在仅凭密码即可登录。\n\n"
                "如果不是您本人操作，请立即登录、修改密码并重新开启两步验证：\n\n    {link}\n"
            ),
        ),
        "en": (
            "Your second factor was removed",
            (
                "Hello {name},\n\nyour Guanxi account no longer asks for a second factor: the password alone lets you in.\n\n"
                "If this was not you, log in at once, change your password and set the second factor up again:\n\n"
                "    {link}\n"
            ),
        ),
    },
    "password_reset": {
        "zh": (
            "重置您的关系CRM密码",
            (
                "{name}，您好！\n\n请在30分钟内打开以下链接设置新密码，链接只能使用一次：\n\n    {link}\n\n"
                "如果不是您本人操作，请忽略本邮件，密码不会改变。\n"
            ),
        ),
        "en": (
            "Reset your Guanxi password",
            (
                "Hello {name},\n\nopen this link within 30 minutes to choose a new password. It works once:\n\n"
                "    {link}\n\nIf you did not ask for it, ignore this mail: your password stays as it is.\n"
            ),
        ),
    },
    "channel_test": {
        "zh": ("测试邮件：{channel}", "这是渠道“{channel}”的测试邮件。收到即表示渠道可用。\n"),
        "en": (
            "Test of the channel “{channel}”",
            "This is a test of the channel “{channel}”. Since it arrived, the channel works.\n",
        ),
    },
    "new_device": {
        "zh": (
            "您的关系CRM账号在新设备上登录",
            (
                "{name}，您好！\n\n您的账号刚刚登录：\n\n    时间：{when}\n    设备：{device}\n    地址：{address}\n\n"
                "如果是您本人，无需处理。如果不是，请立即在此重置密码，其他设备会随之退出：\n\n    {link}\n"
            ),
        ),
        "en": (
            "New log-in to your Guanxi account",
            (
                "Hello {name},\n\nsomebody logged in to your account from a device or place not seen before:\n\n"
                "    when: {when}\n    device: {device}\n    address: {address}\n\n"
                "If this was you, there is nothing to do. If not, reset your password here at once, which logs out"
                " every device:\n\n    {link}\n"
            ),
        ),
    },
    "notification": {
        "zh": ("{text}", "{name}，您好！\n\n{text}\n\n    {link}\n\n在这里选择接收哪些通知：{settings}\n"),
        "en": ("{text}", "Hello {name},\n\n{text}\n\n    {link}\n\nChoose what you are told of here: {settings}\n"),
    },
    "password_changed": {
        "zh": (
            "您的关系CRM密码已更改",
            (
                "{name}，您好！\n\n您的密码刚刚被更改，其他设备已退出登录。\n\n"
                "如果不是您本人操作，请立即在此重置密码，并联系管理员：\n\n    {link}\n"
            ),
        ),
        "en": (
            "Your Guanxi password was changed",
            (
                "Hello {name},\n\nyour password was changed just now, and other devices are logged out.\n\n"
                "If this was not you, reset the password here at once and tell your administrator:\n\n    {link}\n"
            ),
        ),
    },
}

# The same as one short message, where people have a number only: {place} as above.
SMS: Mapping[str, Mapping[str, str]] = {
    "signup_code": {
        "zh": "【关系CRM】验证码{code}，15分钟内有效。如非本人操作请忽略。",
        "en": "Guanxi: your code is {code}, valid for 15 minutes. If this was not you, ignore it.",
    },
    "invitation": {
        "zh": "【关系CRM】“{organization}”邀请您使用关系CRM，请在7天内打开链接并设置密码：{link}",
        "en": "{organization} invites you to Guanxi. Open this link within 7 days and set a password: {link}",
    },
    "password_reset": {
        "zh": "【关系CRM】请在30分钟内打开链接重置密码：{link} 如非本人操作请忽略。",
        "en": "Guanxi: reset your password within 30 minutes: {link} If you did not ask, ignore this.",
    },
    "password_changed": {
        "zh": "【关系CRM】您的密码刚刚被更改。如非本人操作，请立即重置：{link}",
        "en": "Guanxi: your password was changed. If this was not you, reset it at once: {link}",
    },
    "channel_test": {
        "zh": "【关系CRM】这是渠道“{channel}”的测试短信。",
        "en": "Guanxi: a test of the channel “{channel}”.",
    },
    "new_device": {
        "zh": "【关系CRM】您的账号于{when}在新设备（{device}，{address}）登录。如非本人操作，请立即重置密码：{link}",
        "en": "Guanxi: new log-in on {when} ({device}, {address}). If this was not you, reset your password: {link}",
    },
    "second_factor_removed": {
        "zh": "【关系CRM】您的账号已关闭两步验证。如非本人操作，请立即登录并更改密码：{link}",
        "en": "Guanxi: your second factor was removed. If this was not you, log in and change your password: {link}",
    },
    "second_factor_reset": {
        "zh": "【关系CRM】“{organization}”的管理员重置了您的两步验证。请重新登录并设置：{link}",
        "en": "Guanxi: an administrator of {organization} reset your second factor. Log in and set it up: {link}",
    },
}


def render(template: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text. Line breaks in values are folded, so that none can begin a header or forge a line."""
    subject, text = TEMPLATES[template].get(language, TEMPLATES[template]["en"])
    return _filled(subject, values), _filled(text, values)


def render_sms(template: str, language: str, values: Mapping[str, str]) -> str:
    """The text of a short message."""
    return _filled(SMS[template].get(language, SMS[template]["en"]), values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", " ".join(value.split()))
    return text
