import Glibc

/// Puts the text into the file at once: whoever reads it sees the old or the new, never
/// a part, and a failure leaves the old. `-` is standard output; what is no plain file,
/// such as a pipe, is written to as it is.
///
/// A new file has the mode that the umask gives; one that is replaced keeps its own.
func replace(_ path: String, with text: String) throws(CommandFailure) {
  if path == "-" { return try write(text, to: STDOUT_FILENO) }
  var before = stat()
  let exists = stat(path, &before) == 0
  if exists, before.st_mode & S_IFMT != S_IFREG {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotCreate(path) }
    defer { close(descriptor) }
    return try write(text, to: descriptor)
  }
  // What a symbolic link names is replaced, not the link.
  let target =
    realpath(path, nil).map { name in
      defer { free(name) }
      return String(cString: name)
    } ?? path
  var name = Array("\(target).XXXXXX".utf8CString)
  let descriptor = mkstemp(&name)
  guard descriptor >= 0 else { throw cannotCreate(path) }
  defer { close(descriptor) }
  do throws(CommandFailure) {
    let mask = umask(0)
    umask(mask)
    try write(text, to: descriptor)
    guard fchmod(descriptor, exists ? before.st_mode & 0o777 : 0o666 & ~mask) == 0,
      fsync(descriptor) == 0, rename(name, target) == 0
    else { throw cannotCreate(path) }
  } catch {
    unlink(name)
    throw error
  }
}

private func cannotCreate(_ path: String) -> CommandFailure {
  CommandFailure(
    .cannotCreate, "cannot write \(path): \(String(cString: strerror(errno)))",
    remedy: "name a file in a directory where you may write")
}
