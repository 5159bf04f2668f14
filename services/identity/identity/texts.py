"""What identity says to people, beside what every service says."""

from chassis.texts import register

register(
    {
        "SHARING_DENIED": (
            "没有权限共享视图或修改共享的视图，请另存为自己的视图",
            "You may not share views or change shared ones; save it as a view of your own",
        ),
        "WRONG_CREDENTIALS": ("邮箱或密码错误", "The e-mail address or the password is wrong"),
        "TOO_MANY_SMS": (
            "今天发往该号码或来自此处的短信已达上限，请明天再试或改用邮箱",
            "Enough SMS to this number or from here for a day; try again tomorrow, or use an e-mail address",
        ),
        "SMS_UNAVAILABLE": ("本系统未开通短信，请使用邮箱", "There is no SMS here; use an e-mail address"),
        "INVALID_CONTACT": (
            "“{field}”不是有效的邮箱或手机号码",
            "“{field}” is neither an e-mail address nor a mobile number",
        ),
        "TOO_MANY_ATTEMPTS": ("尝试次数过多，请15分钟后再试", "Too many attempts; try again in 15 minutes"),
        "PASSWORD_SHORT": ("密码至少需要{minimum}个字符", "The password needs at least {minimum} characters"),
        "PASSWORD_LONG": ("密码最多256个字符", "The password may have at most 256 characters"),
        "PASSWORD_COMMON": (
            "该密码太容易被猜到，请换一个更长或更少见的",
            "That password is easily guessed; choose a longer or less usual one",
        ),
        "PASSWORD_REPEATED": ("不能使用最近用过的密码", "That is one of your last passwords; choose another"),
        "RESET_ENDED": (
            "重置链接已失效，请重新获取",
            "The link is no longer valid; ask for a new one on the log-in page",
        ),
        "WRONG_CODE": (
            "验证码错误或已过期，请检查后重试或重新获取",
            "The code is wrong, or no longer valid; ask for a new one",
        ),
        "WRONG_PASSWORD": ("密码错误", "The password is wrong"),
        "WRONG_SECOND_FACTOR": (
            "验证码错误或已使用，请输入验证器应用中的下一个验证码",
            "The code is wrong or was used already; wait for the next one in the app",
        ),
        "CHALLENGE_ENDED": ("验证已超时，请重新登录", "That took too long, or too many codes; log in again"),
        "SECOND_FACTOR_ENROLLED": (
            "已启用两步验证，请输入验证码",
            "There is a second factor already; enter its code instead",
        ),
        "SECOND_FACTOR_REQUIRED": (
            "公司要求两步验证，不能关闭；可以更换",
            "The organization demands a second factor; replace it instead of removing it",
        ),
        "NO_SECOND_FACTOR": ("该用户没有两步验证", "The user has no second factor; there is nothing to reset"),
        "OWN_SECOND_FACTOR": (
            "请在“我的账号”中更换或关闭自己的两步验证",
            "Replace or remove your own second factor in My account",
        ),
        "INVITATION_ENDED": ("邀请已失效，请联系管理员重新邀请", "The invitation is no longer valid; ask for another"),
        "ADDRESS_MISSING": (
            "请先填写用户的邮箱或手机号码",
            "Give the user an e-mail address or a mobile number first",
        ),
        "LOGIN_ELSEWHERE": (
            "该用户还登录其他公司，登录方式只能由本人更改：密码请用“忘记密码”，两步验证请用恢复码登录后在“我的账号”中关闭",
            (
                "The user logs in to another organization, too, so only they can change this: a password with Forgot "
                "password, a second factor with a recovery code in My account"
            ),
        ),
        "LOGIN_TAKEN": (
            "本公司另一用户用此号码登录，请填写邮箱",
            "Another user here logs in with that number; give this one an e-mail address",
        ),
        "OWN_PASSWORD": ("请在“我的账号”中修改自己的密码", "Change your own password in My account"),
        "NOT_INVITED": ("请先邀请该用户", "Invite the user; they become active when they accept"),
        "ADMINISTER_DENIED": (
            "只有管理员可以修改权限相关的内容",
            "Only who administers this module may change what rights follow from",
        ),
        "BEYOND_OWN_RIGHTS": (
            "涉及您自身没有的权限，请由拥有这些权限的管理员操作",
            "This is about rights that you do not have yourself; somebody who has them must do it",
        ),
        "MEMBER_ALREADY": ("该用户已加入，无需邀请", "The user has joined already; there is nothing to invite to"),
        "EMAIL_FIXED": ("已加入的用户不能更换登录邮箱", "Somebody who has joined keeps the address they log in with"),
        "UNKNOWN_RULE": ("字段权限无效", "The field rule names no field, or no access, that there is"),
        "SUCCESSOR_SAME": ("接任者不能是本人", "The successor must be somebody else"),
        "SUCCESSOR_INACTIVE": (
            "接任者不可登录，请选择一位可登录的用户",
            "The successor is not active; choose somebody who can log in",
        ),
        "OWN_ACCOUNT": ("不能停用自己的账号，请由其他管理员操作", "Another administrator must deactivate your account"),
        "HAND_OVER_DENIED": (
            "移交需要对所有记录的“分配”权限：{modules}",
            "A hand-over needs the right to assign all records of {modules}; ask an administrator",
        ),
        "DEACTIVATE_FIRST": ("请先停用该用户并移交其记录", "Deactivate the user and hand their records over first"),
        "USER_OWNS_RECORDS": (
            "该用户仍负责{counts}，请先移交给接任者",
            "The user still owns {counts}; hand these records over first",
        ),
        "HAND_OVER_UNKNOWN": (
            "{missing}没有响应，无法确认该用户是否仍有记录，请稍后再试",
            "{missing} does not answer, so that it is not known what the user still owns; try again shortly",
        ),
        "LAST_ADMINISTRATOR": (
            "至少保留一名可登录的管理员",
            "The last administrator must stay; make another one first",
        ),
        "ADMINISTRATOR_FIXED": ("管理员角色的权限不能修改", "The administrator's role stays as it is; copy it instead"),
        "TEAM_NOT_EMPTY": ("团队中仍有成员或下级团队", "The team still has members or teams below it; move them first"),
        "INVALID_KEY": (
            "标识须以小写字母开头，只含小写字母、数字和下划线",
            "The key begins with a lower-case letter and has letters, digits and _ only",
        ),
        "ON_CREATION": (
            "“{field}”只能在新建字段时选定",
            "“{field}” can be chosen only when the field is made; make a new one",
        ),
        "NOT_OF_KIND": ("这种类型的字段没有“{field}”", "A field of this type has no “{field}”; leave it empty"),
        "INVALID_NUMBER_FORMAT": (
            "编号格式须含一处花括号中的零，例如 PRJ-{{0000}}",
            "A number format has zeros in braces once, such as PRJ-{{0000}}",
        ),
        "CHOICES_REPEATED": ("选项不能为空或重复", "Choices must be distinct and not empty"),
        "HOURS_UNREADABLE": (
            "时间无法识别，请写成 09:00-12:00, 13:00-18:00",
            "These are no hours; write them as 09:00-12:00, 13:00-18:00",
        ),
        "HOURS_ORDER": (
            "结束时间须晚于开始时间；跨过午夜的请分到两天填写，例如 22:00-24:00",
            "The end must be later than the beginning; hours over midnight are two days', such as 22:00-24:00",
        ),
        "HOURS_OVERLAP": ("时间段重叠，请合并或修改", "The hours overlap; join them, or change one"),
        "HOURS_WHEN_OFF": (
            "休息日没有上班时间，请勾选“上班”或清空时间",
            "A day off has no hours; mark it as worked, or leave them out",
        ),
        "WEEKDAY_REPEATED": (
            "每个星期几只能填写一次，请合并时间段",
            "Each weekday stands here once; put its hours together",
        ),
        "WORKING_HOURS_EMPTY": (
            "请至少为一天填写工作时间",
            "Give at least one day of the week working hours",
        ),
        "LOGO_TOO_LARGE": (
            "图片超过{limit} KB，请压缩或缩小后重新上传",
            "The picture is larger than {limit} KB; make it smaller and upload it again",
        ),
        "LOGO_KIND": (
            "请上传PNG或JPEG图片；SVG可能含有脚本，不予接受",
            "Upload a PNG or a JPEG; SVG is not taken, because it can hold scripts",
        ),
        "LOGO_BROKEN": (
            "图片文件不完整或已损坏，请重新导出后上传",
            "The picture is damaged or cut off; export it again and upload that",
        ),
        "LOGO_PIXELS": (
            "图片的宽和高须为1到{limit}像素，请调整后重新上传",
            "Width and height must be 1 to {limit} pixels; resize the picture and upload it again",
        ),
        "UNKNOWN_SCOPE": (
            "“{value}”不是可用的权限范围，例如 accounts.view 或 orders.*",
            "“{value}” is no scope that may be given; write one like accounts.view or orders.*",
        ),
        "SECRETS_FULL": (
            "最多{maximum}个密钥，请先删除不再使用的密钥",
            "A client has at most {maximum} secrets; delete the one that is not used any more",
        ),
        "WRONG_CLIENT": (
            "client_id 或 client_secret 错误，或客户端已停用或到期",
            "client_id or client_secret is wrong, or the client is disabled or has expired",
        ),
        "UNKNOWN_GRANT_TYPE": (
            "grant_type 应为 client_credentials",
            "grant_type must be client_credentials",
        ),
        "TOKEN_DAYS": ("有效期须为1到365天", "A token lasts from 1 to 365 days"),
    }
)
