import AppStreaming
import ArgumentParser
import CloudSigning
import RenewalCore

/// The small steps, often enough to count their instructions.
struct Micro: ParsableCommand {
  enum Step: String, ExpressibleByArgument, CaseIterable {
    case signing, page
  }

  @Argument(help: "signing a payment, or reading a page of a hundred groups.")
  var step: Step

  @Option(help: "How often.")
  var count = 100

  func run() throws {
    let client = Self.client()
    let start = processorSeconds()
    switch step {
    case .signing:
      let request = RenewalRequest(group: "aig-0123456789", period: .oneMonth, autoPay: true)
      for number in 0..<count {
        _ = try client.sign(request, nonce: "nonce-\(number)", date: Self.date)
      }
    case .page:
      for _ in 0..<count {
        client.read(.groups(page: 1)) { reply in
          guard case .success(.groups(let page)) = reply.result, page.groups.count == 100 else {
            return print("the page cannot be read")
          }
        }
      }
    }
    report("\(step.rawValue)-cpu-microseconds", (processorSeconds() - start) / Double(count) * 1e6)
  }

  private static let date = Instant(1_800_000_000)

  private static func client() -> AppStreamingClient {
    AppStreamingClient(
      endpoints: .init(appStreaming: .bench, billing: .bench), reader: BenchKey(),
      payer: BenchKey(), transport: OnePage(),
      pacing: ReadPacing(now: { .zero }, after: { _, work in work() }), version: "bench",
      now: { date }, nonce: { "0123456789abcdef0123456789abcdef" }, deliver: { $0() })
  }
}

extension Endpoint {
  fileprivate static let bench = (try? Endpoint("http://127.0.0.1:1")) ?? .tokens
}

private struct BenchKey: CredentialsProvider {
  let name = "bench"

  func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    guard let secret = AccessKeySecret("testAccessKeySecret") else { throw .absent("no memory") }
    return AccessKey(id: "testAccessKeyId", secret: secret, securityToken: nil)
  }
}

/// Answers everything with a page as the cloud writes it.
private struct OnePage: HTTPTransport {
  private let response = HTTPResponse(
    status: 200, headers: [Parameter("date", "Fri, 15 Jan 2027 08:00:00 GMT")],
    body: Array(OnePage.text.utf8))

  func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation {
    completion(.success(response))
    return HTTPCancellation()
  }

  /// The members of API reference, section 5.5, with the sizes of a usual group.
  private static let text: String = {
    let rows = (0..<100).map { number in
      """
      {"AppInstanceGroupId":"aig-000000\(100 + number)","AppInstanceGroupName":"studio-\(number)",\
      "AppInstanceType":"appstreaming.vgpu.8c16g.4g","AppPolicyId":"pg-0123456789abcdef",\
      "AppCenterImageId":"img-8z4nztpaqvay0e7ld","AppCenterImageName":"windows",\
      "ChargeType":"PrePaid","ExpiredTime":"2027-04-27T16:00:00.000+00:00",\
      "GmtCreate":"2026-04-26T15:06:16.000+00:00","MaxAmount":10,"MinAmount":1,"NodePool":\
      [{"NodeAmount":1,"NodeInstanceType":"appstreaming.vgpu.8c16g.4g","NodeTypeName":"GPU",\
      "NodeCapacity":2,"NodePoolId":"rg-ew7va2g1wl3vm****","ScalingNodeAmount":0}],\
      "OsType":"Windows","ProductType":"CloudApp","RegionId":"cn-shanghai","ReserveMaxAmount":5,\
      "ReserveMinAmount":1,"ResourceStatus":"AVAILABLE","ResourceTags":[{"Key":"env",\
      "Scope":"CUSTOM","Value":"prod"}],"SessionTimeout":"15","SpecId":"spec-1",\
      "Status":"PUBLISHED","Apps":[{"AppId":"ca-e25jyjc27vm36****","AppName":"Chrome",\
      "AppVersion":"1.0","AppVersionName":"Init","AppIcon":"https://example.test/icon.png"}]}
      """
    }
    return """
      {"AppInstanceGroupModels":[\(rows.joined(separator: ","))],"PageNumber":1,"PageSize":100,\
      "RequestId":"1CBAFFAB-B697-4049-A9B1-67E1FC5F****","TotalCount":100000}
      """
  }()
}
