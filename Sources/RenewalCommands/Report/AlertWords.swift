import ControlProtocol
import RenewalCore

/// What an alert is called in the report, and in Chinese its next step. A kind of a
/// newer daemon reads as its name and its own remedy.
enum AlertWords {
  static func title(of alert: AlertReport, _ language: ReportLanguage) -> String {
    guard let words = all[alert.kind] else {
      let text = alert.kind.lowercased().map { $0 == "_" ? " " : $0 }
      return String(text.prefix(1)).uppercased() + String(text.dropFirst())
    }
    return language(words.english, words.chinese)
  }

  static func remedy(of alert: AlertReport, _ language: ReportLanguage) -> (
    text: String, isEnglish: Bool
  ) {
    guard language == .zh, let words = all[alert.kind] else { return (alert.remedy, true) }
    return (words.chineseRemedy, false)
  }

  typealias Words = (english: String, chinese: String, chineseRemedy: String)

  static let all: [String: Words] = [
    "OUTCOME_UNKNOWN": (
      "A payment is in doubt", "付款结果存疑",
      "暂无需处理：守护进程会观察到期时间，只有在证明未生效之后才会再次付款。"
    ),
    "STUCK_ORDER": (
      "An order has had no effect", "订单未生效",
      "请在控制台查看该订单，支付或取消后用 renewalctl confirm-paid 或 confirm-not-paid 告知。"
    ),
    "UNPAID_ORDER": (
      "An order waits for payment", "订单待支付", "请在控制台支付或取消该订单，守护进程会自行识别。"
    ),
    "ATTEMPTS_EXHAUSTED": (
      "All attempts are used up", "尝试次数已用尽", "请在控制台手工续费；守护进程会看到并继续。"
    ),
    "EXPIRY_NEAR": (
      "Less than a day is left", "将在一天内到期",
      "请先用 renewalctl hold 暂挂该组，然后手工续费。"
    ),
    "RENEWAL_HELD": (
      "A due renewal is held back", "续费被搁置", "renewalctl explain 会显示是哪一项检查。"
    ),
    "LAPSED": ("Expired without a renewal", "已过期", "服务已经或即将中断：请在控制台续费，或将其退役。"),
    "GONE": ("No longer listed by the cloud", "已不在列表中", "请查明它是否已被释放。"),
    "CONVERTED": ("No longer a subscription", "已不是包年包月", "请将其退役，或更改规则。"),
    "DOUBLE_EXTENSION": (
      "Extended by more than one period", "延长超过一个周期",
      "付款已停止。请核对账单并申请退款，然后确认此告警。"
    ),
    "ORDER_MISMATCH": (
      "An order belongs to something else", "订单不属于该组",
      "付款已停止。请核对账单，然后确认此告警。"
    ),
    "PRICE_CHANGED": ("The price was refused", "价格被拒绝", "请提高规则的 maximum_price，或手工续费。"),
    "SCHEMA_DRIFT": (
      "The cloud answers in an unknown form", "云端应答形式未知", "请升级 renewald；在此之前请手工续费。"
    ),
    "EXPIRY_REGRESSED": (
      "The expiry moved back", "到期时间回退", "退款之后会如此：请查明原因；若要继续使用请手工续费。"
    ),
    "FOREIGN_RENEWAL": ("Somebody else renewed it", "已被他方续费", "请只保留一个付款方。"),
    "NATIVE_AUTO_RENEW": ("The cloud renews it by itself", "云端会自动续费", "请只保留一个付款方。"),
    "UNMANAGED_EXPIRING": (
      "No rule covers it, and it expires soon", "没有规则覆盖且即将到期", "请为其编写规则，或用规则任其到期。"
    ),
    "LAPSING": ("Left to expire by its rule", "按规则任其到期", "若有误，请更改规则。"),
    "AUTH": ("The cloud refuses the key", "云端拒绝密钥", "密钥未知、已停用或有误：请更换并重新加载。"),
    "PERMISSION": ("The key lacks a permission", "密钥缺少权限", "请授予 config/ram-policy 所列的权限。"),
    "CLOCK": ("This machine's clock is wrong", "本机时钟不准", "请校准时钟；在一致之前不会付款。"),
    "SWEEP_FAILING": ("The cloud cannot be read", "无法读取云端", "请检查网络、DNS 与凭据。"),
    "VISIBILITY_SLOW": (
      "Orders take long to show", "订单显示过慢", "若持续如此，请提高 visibility_bound。"
    ),
    "ROLLBACK": (
      "The ledger is older than it should be", "账本旧于旁路记录", "请勿再次恢复；见 renewalctl verify。"
    ),
    "MACHINE_CHANGED": (
      "The ledger was written on another machine", "账本来自另一台主机",
      "付款已停止。请确认旧主机不再付款，然后运行 renewalctl ack 编号 --note 原因。"
    ),
    "LEDGER_TAMPER": ("The ledger's chain is broken", "账本链已断", "请恢复一份可通过校验的备份。"),
    "STORAGE_FAULT": (
      "A write to the disk failed", "磁盘写入失败", "在重启主机并检查通过之前不会付款。请检查磁盘。"
    ),
    "NOTICE": ("A renewal is announced", "续费预告", "若不应续费，请用 renewalctl veto 否决。"),
    "APPROVAL_NEEDED": (
      "A renewal waits for approval", "续费待批准", "请用 renewalctl approve 批准，或用 veto 否决。"
    ),
    "APPROVAL_OVERDUE": (
      "An approval is overdue", "批准已逾期", "请立即用 renewalctl approve 批准，或手工续费。"
    ),
    "HOURS_GAVE_WAY": (
      "Paid outside of the payment hours", "在付款时段之外付款", "无需处理：到期临近，已不能再等待规则的时段。"
    ),
    "BUDGET": ("A budget is used up", "预算已用尽", "请提高预算，或等待其重新计算；在此之前不会续费。"),
    "BALANCE_LOW": ("The balance does not cover a renewal", "余额不足以续费", "请为账户充值。"),
    "BALANCE_ENDING": (
      "The balance will not last", "余额即将用尽", "请在此之前为账户充值；renewalctl plan 列出将要付款的续费。"
    ),
    "AMOUNT_MISMATCH": (
      "The bill differs from the quote", "账单与报价不符", "付款已停止。请核对账单，然后确认此告警。"
    ),
    "BACKUP_FAILED": ("A backup failed", "备份失败", "请腾出状态目录的空间或检查磁盘，然后运行 renewalctl backup；每小时会再试。"),
    "FUSE": ("A fuse stopped all payments", "熔断已停止付款", "请查明为何要付这么多，然后用 renewalctl lift-fuse 解除。"),
    "HEARTBEAT_FAILING": (
      "The heartbeat does not arrive", "心跳未送达", "等待心跳的一方可能会通知人：请检查其 URL 与网络。"
    ),
    "NOTIFIER_FAILING": (
      "Alerts are not delivered", "告警未送达", "告警仍在账本中：请检查 webhook 的 URL、密钥与网络。"
    ),
    "ACCOUNT_CHANGED": (
      "The keys belong to another account", "密钥属于另一个账号",
      "该账号停止付款。请更正凭证并重新加载；若新账号正确，请确认此告警。"
    ),
    "CREATION_UNKNOWN": (
      "An order for a new group is in doubt", "新建交付组的订单存疑",
      "暂无需处理：守护进程按名称查找该组，不会再下单。"
    ),
    "CREATION_STUCK": (
      "A new group does not appear", "新建的交付组未出现", "请在控制台查看订单与交付组，然后运行 renewalctl settle-creation。"
    ),
    "CREATED_TWICE": (
      "More groups appeared than were ordered", "出现的交付组多于订单", "付款已停止。请核对账单，然后确认此告警。"
    ),
    "CONFIG_REJECTED": (
      "A new configuration was not taken", "新配置未被采用", "请修正文件并重新加载；旧配置仍然有效。"
    ),
  ]
}
