import CTLS
import FoundationEssentials

/// A certificate authority that lives as long as the sandbox, and one certificate of
/// it for loopback. Only the authority's certificate is ever written anywhere; the
/// keys stay in memory.
struct CertificateAuthority {
  /// The server's side of TLS 1.2 and newer, for all connections.
  let context: TLSContext
  /// The authority's certificate, for clients to trust.
  let certificate: [UInt8]

  init() throws(SandboxError) {
    let authorityKey = try Key()
    let serverKey = try Key()
    let authority = try Certificate(
      "sandbox-cloud authority", key: authorityKey, issuer: nil,
      extensions: [
        (NID_basic_constraints, "critical,CA:TRUE"),
        (NID_key_usage, "critical,keyCertSign,cRLSign"), (NID_subject_key_identifier, "hash"),
      ])
    let server = try Certificate(
      "sandbox-cloud", key: serverKey, issuer: (authority, authorityKey),
      extensions: [
        (NID_basic_constraints, "critical,CA:FALSE"),
        (NID_key_usage, "critical,digitalSignature"), (NID_ext_key_usage, "serverAuth"),
        (NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost"),
      ])
    certificate = try authority.pem()
    context = try TLSContext(server, key: serverKey)
  }

  /// Writes the authority's certificate as `ca.pem`.
  func write(into directory: String) throws(SandboxError) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try Data(certificate).write(to: URL(filePath: directory + "/ca.pem"), options: .atomic)
    } catch {
      throw .tls("cannot write \(directory)/ca.pem: \(error)")
    }
  }
}

/// An elliptic-curve key on P-256, which every TLS library takes.
final class Key {
  fileprivate let pointer: OpaquePointer

  fileprivate init() throws(SandboxError) {
    let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1, let key
    else { throw .tls("cannot make a key") }
    pointer = key
  }

  deinit { EVP_PKEY_free(pointer) }
}

final class Certificate {
  fileprivate let pointer: OpaquePointer

  /// Makes and signs a certificate, valid from yesterday for ten years of the
  /// machine's clock: the sandbox's own clock is not that of TLS.
  ///
  /// - Parameter issuer: `nil` for one that signs itself.
  fileprivate init(
    _ name: String, key: Key, issuer: (certificate: Certificate, key: Key)?,
    extensions: [(Int32, String)]
  ) throws(SandboxError) {
    guard let certificate = X509_new() else { throw .tls("cannot make a certificate") }
    pointer = certificate
    var serial = [UInt8](repeating: 0, count: 16)
    for index in serial.indices { serial[index] = UInt8.random(in: 1...127) }
    let number = BN_bin2bn(serial, Int32(serial.count), nil)
    defer { BN_free(number) }
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
    X509_set_version(certificate, Int(X509_VERSION_3))
    X509_gmtime_adj(X509_getm_notBefore(certificate), -CloudTime.day)
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3650 * CloudTime.day)
    X509_set_pubkey(certificate, key.pointer)
    let subject = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0)
    let signer = issuer?.certificate.pointer ?? certificate
    X509_set_issuer_name(certificate, X509_get_subject_name(signer))
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, signer, certificate, nil, nil, 0)
    for (kind, value) in extensions {
      let part = X509V3_EXT_conf_nid(nil, &context, kind, value)
      defer { X509_EXTENSION_free(part) }
      guard X509_add_ext(certificate, part, -1) == 1 else {
        throw .tls("cannot add \(value) to a certificate")
      }
    }
    guard X509_sign(certificate, (issuer?.key ?? key).pointer, EVP_sha256()) > 0 else {
      throw .tls("cannot sign a certificate")
    }
  }

  deinit { X509_free(pointer) }

  fileprivate func pem() throws(SandboxError) -> [UInt8] {
    let output = BIO_new(BIO_s_mem())
    defer { BIO_free(output) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    guard PEM_write_bio_X509(output, pointer) == 1 else {
      throw .tls("cannot write a certificate")
    }
    let count = BIO_read(output, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(Int(max(0, count))))
  }
}

/// What all connections of a server share. Not changed once it is made, which is
/// what OpenSSL asks for to use it from several threads.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  fileprivate init(_ certificate: Certificate, key: Key) throws(SandboxError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw .tls("cannot start TLS") }
    pointer = context
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    guard SSL_CTX_use_certificate(context, certificate.pointer) == 1,
      SSL_CTX_use_PrivateKey(context, key.pointer) == 1
    else { throw .tls("cannot use the certificate") }
  }

  deinit { SSL_CTX_free(pointer) }
}
