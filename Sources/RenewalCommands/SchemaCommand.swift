import ArgumentParser
import ControlProtocol
import Glibc

struct SchemaCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of what a command writes with --json.",
    discussion: """
      EXAMPLES
        renewalctl schema plan > plan.schema.json
      """)

  @Argument(help: ArgumentHelp("The command.", valueName: "command"))
  var command: DescribedCommand

  func execute() throws(CommandFailure) {
    let schema: ScriptSchema
    do {
      schema = try ScriptSchema()
    } catch {
      throw CommandFailure(.internalError, "\(error)")
    }
    guard let text = schema.schema(ofReplyTo: command.method, command: command.rawValue) else {
      throw CommandFailure(.internalError, "\(command.rawValue) has no schema")
    }
    try write(text.indentedText + "\n", to: STDOUT_FILENO)
  }
}

/// The commands that write JSON.
package enum DescribedCommand: String, CaseIterable, ExpressibleByArgument {
  case status
  case list
  case show
  case plan
  case forecast
  case simulate
  case configCheck = "config-check"
  case configShow = "config-show"
  case configDiff = "config-diff"
  case explain
  case history
  case events
  case ledger
  case orders
  case reconcile
  case alerts
  case whoami
  case hold
  case release
  case approve
  case veto
  case pause
  case resume
  case liftFuse = "lift-fuse"
  case renew
  case ack
  case reload
  case confirmPaid = "confirm-paid"
  case confirmNotPaid = "confirm-not-paid"
  case retryOnce = "retry-once"
  case acceptExpiry = "accept-expiry"
  case backup
  case verify
  case restore
  case create
  /// `create --dry-run`.
  case createDryRun = "create-dry-run"
  case creations
  case settleCreation = "settle-creation"

  /// Whose reply is written; a document of the command's own goes by a name that
  /// the daemon does not have.
  package var method: String {
    switch self {
    case .status: StatusCall.method
    case .list: ListCall.method
    case .show: DescribeCall.method
    case .plan: PlanCall.method
    case .forecast: ForecastCall.method
    case .simulate: SimulateCall.method
    case .configCheck: CheckConfigurationCall.method
    case .configShow: ShowConfigurationCall.method
    case .configDiff: CompareConfigurationCall.method
    case .explain: ExplainCall.method
    case .history: HistoryCall.method
    case .events: EventsCall.method
    case .ledger: "LedgerDocument"
    case .orders: OrdersCall.method
    case .reconcile: "Reconciliation"
    case .alerts: AlertsCall.method
    case .whoami: WhoAmICall.method
    case .hold: HoldCall.method
    case .release: ReleaseCall.method
    case .approve: ApproveCall.method
    case .veto: VetoCall.method
    case .pause: PauseCall.method
    case .resume: ResumeCall.method
    case .liftFuse: LiftFuseCall.method
    case .renew: RenewNowCall.method
    case .ack: AcknowledgeCall.method
    case .reload: ReloadCall.method
    case .backup: BackupCall.method
    case .verify: VerifyCall.method
    case .restore: RestoreCall.method
    case .create: ConfirmCreationCall.method
    case .createDryRun: PrepareCreationCall.method
    case .creations: CreationsCall.method
    case .settleCreation: SettleCreationCall.method
    case .confirmPaid, .confirmNotPaid, .retryOnce, .acceptExpiry: ConfirmOverrideCall.method
    }
  }
}
