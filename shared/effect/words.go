package effect

// Why an action cannot be taken back.
const (
	money    = "moves money"
	message  = "reaches people, and cannot be called back"
	access   = "ends access or a right"
	gone     = "removes something for good"
	exposure = "makes something public"
	stopped  = "ends something that may not be started again"
	joined   = "joins what cannot be parted again"
)

// actions are words that name such an action by themselves.
var actions = map[string]string{
	"pay": money, "charge": money, "transfer": money, "refund": money, "payout": money,
	"withdraw": money, "disburse": money, "remit": money, "wire": money, "purchase": money,
	"checkout": money, "capture": money, "donate": money, "settle": money, "reimburse": money,

	"send": message, "email": message, "sms": message, "broadcast": message, "notify": message,
	"tweet": message, "resend": message, "dispatch": message,

	"publish": exposure, "unpublish": exposure,

	"revoke": access, "terminate": access, "deactivate": access, "ban": access, "suspend": access,
	"expire": access, "invalidate": access, "kick": access, "evict": access,

	"delete": gone, "destroy": gone, "purge": gone, "erase": gone, "wipe": gone,
	"truncate": gone,

	"cancel": stopped, "void": stopped,
}

// pairs are words that name such an action with one of their objects.
var pairs = map[string]map[string]string{
	"post":     {"message": message, "messages": message, "tweet": message, "reply": message},
	"create":   {"message": message, "payment": money, "payout": money, "charge": money, "refund": money, "transfer": money, "tweet": message},
	"make":     {"payment": money, "transfer": money},
	"submit":   {"payment": money, "order": money},
	"place":    {"order": money},
	"rotate":   {"key": access, "keys": access, "secret": access, "token": access, "tokens": access},
	"reset":    {"key": access, "keys": access, "secret": access, "token": access, "tokens": access, "password": access},
	"close":    {"account": access, "accounts": access},
	"end":      {"subscription": access},
	"schedule": {"message": message},
	"payment":  {"confirm": money},
	"merge":    {"pull": joined},
}

// collections are lists to which a new entry is such an action.
var collections = map[string]string{
	"charges": money, "payments": money, "payouts": money, "transfers": money, "refunds": money,
	"withdrawals": money, "disbursements": money, "purchases": money, "remittances": money,
	"messages": message, "emails": message, "mails": message, "sms": message, "mail": message,
	"notifications": message, "tweets": message, "broadcasts": message,
	"releases": exposure,
}
