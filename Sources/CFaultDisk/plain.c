/// Plain files for logs beside the database, with the same faults and crashes.

#include "disk.h"

#include <errno.h>

static int64_t error_number(int code) {
  switch (code) {
  case SQLITE_OK: return 0;
  case SQLITE_FULL: return -ENOSPC;
  case SQLITE_IOERR_DELETE_NOENT: return -ENOENT;
  default: return -EIO;
  }
}

int64_t fault_disk_append(fault_disk *disk, const char *path, const void *data, size_t count) {
  file *file = disk_lookup(disk, path);
  if (file) {
    file_retain(file);
  } else {
    int code = disk_open(disk, path, true, &file);
    if (code) return error_number(code);
  }
  int code = disk_write(disk, file, file->visible.count, data, count);
  file_release(file);
  return code ? error_number(code) : (int64_t)count;
}

int64_t fault_disk_read(
    fault_disk *disk, const char *path, int64_t offset, void *buffer, size_t count) {
  const file *found = disk_lookup(disk, path);
  if (found == NULL) return -ENOENT;
  size_t there = (size_t)offset < found->visible.count ? found->visible.count - offset : 0;
  if (there < count) count = there;
  int code = disk_read(disk, found, offset, buffer, count);
  return code ? error_number(code) : (int64_t)count;
}

int64_t fault_disk_size(fault_disk *disk, const char *path) {
  const file *found = disk_lookup(disk, path);
  if (disk->off) return -EIO;
  return found ? (int64_t)found->visible.count : -ENOENT;
}

int64_t fault_disk_truncate(fault_disk *disk, const char *path, int64_t size) {
  file *found = disk_lookup(disk, path);
  return found ? error_number(disk_truncate(disk, found, size)) : -ENOENT;
}

int64_t fault_disk_sync(fault_disk *disk, const char *path) {
  file *found = disk_lookup(disk, path);
  return found ? error_number(disk_sync(disk, found)) : -ENOENT;
}

int64_t fault_disk_sync_directory(fault_disk *disk, const char *path) {
  return error_number(disk_sync_directory(disk, path));
}

int64_t fault_disk_delete(fault_disk *disk, const char *path) {
  return error_number(disk_delete(disk, path));
}
