"""What engagement says to people, beside what every service says."""

from chassis.texts import register

register(
    {
        "SMS_URL": (
            "“{field}”不是有效的网址，例如https://sms.example.com/send；主机名中不能有占位符",
            "“{field}” is not an address such as https://sms.example.com/send; its host has no places to fill",
        ),
        "SMS_HEADERS": ("“{field}”每行应为“名称: 值”", "Each line of “{field}” reads Name: value"),
        "SMS_PLACES": (
            "“{field}”（或网址、请求头）中须包含占位符{{text}}或{{code}}",
            "“{field}”, the address or a header needs the place {{text}} or {{code}}",
        ),
        "SMS_PATTERN": ("“{field}”不是有效的正则表达式（RE2）", "“{field}” is not a regular expression (RE2)"),
        "CHANNEL_ACCEPTED": (
            "服务器已接受发往{to}的测试消息，请查看是否收到",
            "The server took the test message to {to}; see whether it arrives",
        ),
        "CHANNEL_UNREACHABLE": (
            "连接服务器失败（{reason}），请检查地址、端口和加密方式",
            "The server cannot be reached ({reason}); check address, port and encryption",
        ),
        "CHANNEL_PRIVATE": (
            "服务器不在公网上，本系统不允许使用内网地址；请换一个地址或联系系统运维人员",
            "The server is not at a public address, and this deployment allows no other; name another, or ask its operator",
        ),
        "CHANNEL_LOGIN_REFUSED": (
            "服务器拒绝登录（{reason}），请检查用户名、密码或密钥",
            "The server refused the log-in ({reason}); check user name, password or secret",
        ),
        "CHANNEL_REFUSED": (
            "服务器拒绝了消息（{reason}），请检查发件人、接收方和模板",
            "The server refused the message ({reason}); check sender, recipient and template",
        ),
        "CHANNEL_UNKNOWN": (
            "消息已交出，但服务器没有确认（{reason}），可能已送达；请查看后再试",
            "The message was handed over and not confirmed ({reason}); see whether it arrived before you try again",
        ),
        "CHANNEL_SECRET_LOST": (
            "保存的密码无法解开，请重新填写",
            "The kept password cannot be opened any more; enter it again",
        ),
    }
)
