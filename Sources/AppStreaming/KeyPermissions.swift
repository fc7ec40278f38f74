import RenewalCore
import Synchronization

/// What keys were let do, as far as the cloud has shown it by its answers.
final class KeyPermissions: Sendable {
  private struct Use: Hashable {
    var role: AppStreamingClient.Role
    var operation: CloudOperation
  }

  private let seen = Mutex<[Use: KeyPermission]>([:])

  /// An answer that says neither leaves what was known.
  func note(_ reply: CloudReply, _ operation: CloudOperation, as role: AppStreamingClient.Role) {
    guard let permission = KeyPermission(reply) else { return }
    seen.withLock { $0[Use(role: role, operation: operation)] = permission }
  }

  func seen(by role: AppStreamingClient.Role) -> [CloudOperation: KeyPermission] {
    seen.withLock { seen in
      var result: [CloudOperation: KeyPermission] = [:]
      for (use, permission) in seen where use.role == role { result[use.operation] = permission }
      return result
    }
  }
}

package enum KeyPermission: Hashable, Sendable {
  case granted
  /// With the cloud's code.
  case denied(String)

  init?(_ reply: CloudReply) {
    do throws(CloudFault) {
      _ = try reply.readContent()
      self = .granted
    } catch .refused(let refusal) where RefusalCause(code: refusal.code) == .permission {
      self = .denied(refusal.code)
    } catch { return nil }
  }
}
