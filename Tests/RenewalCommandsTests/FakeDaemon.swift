import ControlProtocol
import Glibc
import RenewalCore
import Varlink

/// The interface of the daemon on a socket of its own, with canned answers.
final class FakeDaemon: Sendable {
  let path: String
  private let directory: String
  private let server: VarlinkServer

  init(
    limits: VarlinkLimits = VarlinkLimits(),
    socket: String = ControlInterface.readersSocket,
    handler: @escaping @Sendable (VarlinkCall, VarlinkReplier) -> Void = FakeDaemon.answer
  ) throws {
    var template = Array("/tmp/renewalctl-test-XXXXXX".utf8CString)
    directory = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    path = directory + "/status"
    let interface = try VarlinkInterface(
      ControlInterface.text,
      permits: { method, caller in
        ControlInterface.isRead(method) || caller.socket == ControlInterface.operatorsSocket
      }, handler: handler)
    server = VarlinkServer(
      VarlinkService(
        vendor: "renewald", product: "renewald", version: "0.1.0", url: "",
        interfaces: [interface]),
      on: [try ListeningSocket(binding: path, name: socket)],
      limits: limits)
    server.start()
  }

  deinit {
    server.stop()
    _ = rmdir(directory)
  }

  /// Closes the socket but leaves its file, as a killed daemon does.
  static func staleSocket() throws -> String {
    var template = Array("/tmp/renewalctl-test-XXXXXX".utf8CString)
    let directory = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    let path = directory + "/status"
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    _ = close(descriptor)
    return path
  }

  static func answer(_ call: VarlinkCall, _ replier: VarlinkReplier) {
    do {
      switch call.method {
      case StatusCall.qualifiedMethod:
        replier.reply(StatusCall.Reply(status: Samples.status))
      case ListCall.qualifiedMethod:
        replier.reply(page(try call.decode(ListCall.self)))
      case DescribeCall.qualifiedMethod:
        let describe = try call.decode(DescribeCall.self)
        switch describe.group {
        case "lab": replier.reply(Samples.description)
        case "aig": throw ControlError.ambiguousGroup("aig", matches: ["aig-1", "aig-2"])
        default: throw ControlError.noSuchGroup(describe.group)
        }
      case PlanCall.qualifiedMethod: replier.reply(Samples.plan)
      case AlertsCall.qualifiedMethod: replier.reply(Samples.alerts)
      case EventsCall.qualifiedMethod: replier.reply(events(try call.decode(EventsCall.self)))
      case HistoryCall.qualifiedMethod: replier.reply(Samples.history)
      default: replier.fail(.methodNotImplemented(call.method))
      }
    } catch let error as VarlinkError {
      replier.fail(error)
    } catch let error as ControlError {
      let parameters = (try? JSON(encoding: error.parameters)) ?? [:]
      replier.fail(VarlinkError(name: error.qualifiedName, parameters: parameters))
    } catch {
      replier.fail(VarlinkError(name: "io.renewald.Test"))
    }
  }

  /// Rows 1 to `recorded` of the sample's first event, two a page.
  static func events(_ call: EventsCall, recorded: Int = 5) -> EventsCall.Reply {
    let rows = (1...recorded).reversed().filter { $0 < call.before ?? .max }.prefix(2)
    return EventsCall.Reply(
      events: rows.map(event), next: rows.last.flatMap { $0 > 1 ? $0 : nil })
  }

  static func event(_ sequence: Int) -> EventReport {
    var event = Samples.history.events[0]
    event.sequence = sequence
    return event
  }

  /// One group a page.
  private static func page(_ call: ListCall) -> ListCall.Reply {
    let groups = [Samples.lab, Samples.design, Samples.pool]
    let index = call.after.flatMap { Int($0) } ?? 0
    return ListCall.Reply(
      groups: [groups[index]], total: groups.count,
      next: index + 1 < groups.count ? "\(index + 1)" : nil)
  }
}
