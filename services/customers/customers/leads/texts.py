"""What people are told about conversions."""

from chassis.texts import register

# Module → why a conversion that would make a record of it is refused.
DENIED = {
    "accounts": "CONVERT_WITHOUT_ACCOUNTS",
    "contacts": "CONVERT_WITHOUT_CONTACTS",
    "opportunities": "CONVERT_WITHOUT_OPPORTUNITIES",
}

register(
    {
        "LEAD_ALREADY_CONVERTED": ("该线索已经转化", "The lead is converted already; open what it became"),
        "LEAD_IS_OPEN": ("该线索没有转化，无需撤销", "The lead is not converted; there is nothing to revert"),
        "CONVERT_WITHOUT_ACCOUNTS": (
            "您没有新建客户的权限；请选择已有客户，或联系管理员",
            "You may not create accounts; choose one that is there, or ask an administrator",
        ),
        "CONVERT_WITHOUT_CONTACTS": (
            "您没有新建联系人的权限；请选择已有联系人，或联系管理员",
            "You may not create contacts; choose one that is there, or ask an administrator",
        ),
        "CONVERT_WITHOUT_OPPORTUNITIES": (
            "您没有新建商机的权限；请不建商机进行转化，或联系管理员",
            "You may not create opportunities; convert without one, or ask an administrator",
        ),
        "LEAD_MERGE_CONVERTED": (
            "已转化的线索不能并入未转化的线索；请选择已转化的线索作为保留的记录",
            "A converted lead cannot end in one that is not; choose the converted lead as the one that stays",
        ),
        "ACCOUNT_TWICE": (
            "请选择已有客户，或填写新客户，不能两者都填",
            "Choose an account that is there or enter a new one, not both",
        ),
        "CONVERSION_TOO_OLD": (
            "转化已超过{days}天，不能撤销；请分别修改或删除相关记录",
            "The conversion is more than {days} days old; change or delete the records one by one",
        ),
        "CONVERSION_CHANGED": (
            "转化产生的记录已被修改或引用，不能撤销：{what}",
            "What the conversion made was changed or is referred to since: {what}",
        ),
        "REVERT_OWN_DENIED": (
            "撤销转化会删除其产生的记录，您已没有新建这些记录的权限；请联系管理员",
            "Reverting removes what the conversion made, which you may no longer create; ask an administrator",
        ),
        "REVERT_DENIED": (
            "该线索由他人转化，撤销需要删除相关记录的权限",
            "Somebody else converted the lead; to revert it you must be allowed to delete what it became",
        ),
    }
)
