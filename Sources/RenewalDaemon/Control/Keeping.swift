import ControlProtocol
import FoundationEssentials
import InventoryStore
import Varlink

/// The methods about the ledger as a file. They answer later, from the
/// keeper's queue.
extension ControlService {
  /// - Returns: whether the method is one of them.
  func keep(_ call: VarlinkCall, _ replier: VarlinkReplier) throws -> Bool {
    switch call.method {
    case BackupCall.qualifiedMethod:
      keeper.make(at: engine.reading.wall, keeping: configuration.backup.retention) { result in
        replier.answer(result) { BackupCall.Reply(backup: BackupReport($0)) }
      }
    case ReadBackupCall.qualifiedMethod:
      let call: ReadBackupCall = try call.decode()
      guard call.offset >= 0 else { throw VarlinkError.invalidParameter("offset") }
      keeper.read(call.name, from: call.offset) { result in
        replier.answer(result) {
          ReadBackupCall.Reply(data: Data($0.bytes).base64EncodedString(), isLast: $0.isLast)
        }
      }
    case VerifyCall.qualifiedMethod:
      let call: VerifyCall = try call.decode()
      // The daemon cannot see the caller's files, and should not open them.
      guard call.file == nil else { throw VarlinkError.invalidParameter("file") }
      keeper.verify { replier.reply($0) }
    case RestoreCall.qualifiedMethod:
      throw ControlError.notNow(
        reason: "the daemon runs, and a ledger is restored without it",
        remedy: "systemctl stop renewald, then renewalctl restore again")
    default: return false
    }
    return true
  }
}

extension VarlinkReplier {
  fileprivate func answer<Value>(
    _ result: Result<Value, StoreError>, _ reply: (Value) -> some Encodable
  ) {
    switch result {
    case .success(let value): self.reply(reply(value))
    case .failure(let error): fail(ControlError(error).varlinkError)
    }
  }
}

extension ControlError {
  init(_ error: StoreError) {
    switch error {
    case .foreignFile, .newerVersion, .corrupt:
      self = .unsoundLedger(reason: error.description, remedy: error.remedy)
    case .inUse, .readOnly, .cannotOpen, .full, .inputOutput, .replaced, .refused, .closed:
      self = .notNow(reason: error.description, remedy: error.remedy)
    }
  }
}

extension BackupReport {
  init(_ copy: BackupShelf.Copy) {
    self.init(
      name: copy.name, path: copy.path, madeAt: copy.madeAt.timestamp, bytes: copy.bytes,
      digest: copy.digest, ledger: LedgerFileReport(copy.inspection, file: copy.path))
  }
}
