/// The disk as a VFS. It stands in front of SQLite's default one and keeps the
/// paths below `/fault-disk/` to itself. Where it has a choice it does what the
/// unix VFS does, since that is what production runs on.

#include "disk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static sqlite3_vfs *host;

// MARK: - Open files

/// A process that died holds its connections in the simulation still; nothing
/// that they do may reach the disk any more.
static bool is_dead(const handle *self) { return self->generation != self->disk->generation; }

/// Whether a connection of a dead process is about to open or delete `path`.
/// SQLite does not say who asks; that it names a journal by one string for as
/// long as the database is open does.
static bool is_journal_of_the_dead(const fault_disk *disk, const char *path) {
  for (const handle *each = disk->databases; each; each = each->next) {
    if (each->journal == path) return is_dead(each);
  }
  return false;
}

static int file_unlock(sqlite3_file *base, int level) {
  handle *self = (handle *)base;
  if (self->lock <= level) return SQLITE_OK;
  if (!is_dead(self)) {
    if (self->file->writer == self) self->file->writer = NULL;
    if (level == SQLITE_LOCK_NONE) self->file->readers--;
  }
  self->lock = level;
  return SQLITE_OK;
}

static int file_close(sqlite3_file *base) {
  handle *self = (handle *)base;
  file_unlock(base, SQLITE_LOCK_NONE);
  for (handle **each = &self->disk->databases; *each; each = &(*each)->next) {
    if (*each != self) continue;
    *each = self->next;
    break;
  }
  file_release(self->file);
  disk_release(self->disk);
  base->pMethods = NULL;
  return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *buffer, int count, sqlite3_int64 offset) {
  handle *self = (handle *)base;
  if (is_dead(self)) return SQLITE_IOERR_READ;
  return disk_read(self->disk, self->file, offset, buffer, count);
}

static int file_write(sqlite3_file *base, const void *data, int count, sqlite3_int64 offset) {
  handle *self = (handle *)base;
  if (is_dead(self)) return SQLITE_IOERR_WRITE;
  return disk_write(self->disk, self->file, offset, data, count);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
  handle *self = (handle *)base;
  if (is_dead(self)) return SQLITE_IOERR_TRUNCATE;
  return disk_truncate(self->disk, self->file, size);
}

static int file_sync(sqlite3_file *base, int flags) {
  handle *self = (handle *)base;
  (void)flags;
  if (is_dead(self)) return SQLITE_IOERR_FSYNC;
  int code = disk_sync(self->disk, self->file);
  if (code == SQLITE_OK && self->syncs_directory) {
    // os_unix.c, unixSync: the result is dropped and there is no second try.
    (void)disk_sync_directory(self->disk, self->path);
    self->syncs_directory = false;
  }
  return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  handle *self = (handle *)base;
  if (is_dead(self) || self->disk->off) return SQLITE_IOERR_FSTAT;
  *size = self->file->visible.count;
  return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level) {
  handle *self = (handle *)base;
  file *file = self->file;
  if (self->lock >= level) return SQLITE_OK;
  if (is_dead(self)) return SQLITE_IOERR_LOCK;
  if (level == SQLITE_LOCK_SHARED) {
    if (file->writer && file->writer->lock >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    file->readers++;
    self->lock = level;
    return SQLITE_OK;
  }
  if (file->writer && file->writer != self) return SQLITE_BUSY;
  file->writer = self;
  // Above RESERVED no new reader comes in, and the old ones have to leave.
  self->lock = level > SQLITE_LOCK_RESERVED ? SQLITE_LOCK_PENDING : level;
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    if (file->readers > 1) return SQLITE_BUSY;
    self->lock = level;
  }
  return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *base, int *taken) {
  handle *self = (handle *)base;
  if (is_dead(self)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  *taken = self->file->writer != NULL;
  return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
  handle *self = (handle *)base;
  switch (operation) {
  case SQLITE_FCNTL_HAS_MOVED:
    *(int *)argument = disk_lookup(self->disk, self->path) != self->file;
    return SQLITE_OK;
  case SQLITE_FCNTL_LOCKSTATE:
    *(int *)argument = self->lock;
    return SQLITE_OK;
  case SQLITE_FCNTL_VFSNAME:
    *(char **)argument = sqlite3_mprintf("fault-disk");
    return SQLITE_OK;
  default:
    return SQLITE_NOTFOUND;
  }
}

// The unix VFS on Linux claims the same two.
static int file_sector_size(sqlite3_file *base) { return (void)base, 4096; }
static int file_characteristics(sqlite3_file *base) {
  return (void)base, SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Version 1: no shared memory and no mapping, hence no WAL.
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

// MARK: - The file system

static int vfs_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags) {
  (void)vfs;
  // A NULL path is a temporary file. It never matters after a crash.
  fault_disk *disk = path ? disk_holding(path) : NULL;
  if (disk == NULL) return host->xOpen(host, path, base, flags, out_flags);
  handle *self = (handle *)base;
  const int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  bool creates = flags & SQLITE_OPEN_CREATE;
  *self = (handle){
      .disk = disk, .path = path, .generation = disk->generation,
      .syncs_directory = creates && (flags & journals)};
  if (is_journal_of_the_dead(disk, path)) return SQLITE_CANTOPEN;
  int code = disk_open(disk, path, creates, &self->file);
  if (code) return code;
  if (flags & SQLITE_OPEN_MAIN_DB) {
    self->journal = sqlite3_filename_journal(path);
    self->next = disk->databases;
    disk->databases = self;
  }
  disk_retain(disk);
  base->pMethods = &methods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
  (void)vfs;
  fault_disk *disk = disk_holding(path);
  if (disk == NULL) return host->xDelete(host, path, sync_directory);
  if (is_journal_of_the_dead(disk, path)) return SQLITE_IOERR_DELETE;
  int code = disk_delete(disk, path);
  if (code == SQLITE_OK && sync_directory) code = disk_sync_directory(disk, path);
  return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
  (void)vfs;
  fault_disk *disk = disk_holding(path);
  if (disk == NULL) return host->xAccess(host, path, flags, result);
  if (disk->off) return SQLITE_IOERR_ACCESS;
  // os_unix.c, unixAccess: an empty file counts as absent.
  const file *found = disk_lookup(disk, path);
  *result = found && (flags != SQLITE_ACCESS_EXISTS || found->visible.count > 0);
  return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *out) {
  (void)vfs;
  if (disk_holding(path) == NULL) return host->xFullPathname(host, path, size, out);
  if (strlen(path) >= (size_t)size) return SQLITE_CANTOPEN;
  strcpy(out, path);
  return SQLITE_OK;
}

// MARK: - Chance and time, which a VFS has to give to SQLite

static atomic_bool is_fixed;
static atomic_ullong random_state;
static atomic_llong fixed_milliseconds;

void fault_disk_fix_sqlite(uint64_t seed, int64_t unix_milliseconds) {
  vfs_install();
  random_state = seed;
  fixed_milliseconds = unix_milliseconds;
  is_fixed = true;
  // Forgets the generator's state, so that the next draw takes a new seed.
  sqlite3_randomness(0, NULL);
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *out) {
  (void)vfs;
  if (!is_fixed) return host->xRandomness(host, count, out);
  uint64_t state = random_state;
  for (int i = 0; i < count; i++) out[i] = (char)next_random(&state);
  random_state = state;
  return count;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *out) {
  (void)vfs;
  if (!is_fixed) return host->xCurrentTimeInt64(host, out);
  // Milliseconds of the Julian day number; the Unix epoch is day 2440587.5.
  *out = 210866760000000 + fixed_milliseconds;
  return SQLITE_OK;
}

static int vfs_time_in_days(sqlite3_vfs *vfs, double *out) {
  sqlite3_int64 milliseconds;
  int code = vfs_time(vfs, &milliseconds);
  if (code == SQLITE_OK) *out = milliseconds / 86400000.0;
  return code;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return is_fixed ? microseconds : host->xSleep(host, microseconds);
}

// MARK: - The rest is the host's

static void *vfs_dl_open(sqlite3_vfs *vfs, const char *path) {
  return (void)vfs, host->xDlOpen(host, path);
}
static void vfs_dl_error(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  host->xDlError(host, size, out);
}
static void (*vfs_dl_sym(sqlite3_vfs *vfs, void *library, const char *symbol))(void) {
  return (void)vfs, host->xDlSym(host, library, symbol);
}
static void vfs_dl_close(sqlite3_vfs *vfs, void *library) {
  (void)vfs;
  host->xDlClose(host, library);
}
static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out) {
  return (void)vfs, host->xGetLastError(host, size, out);
}

static sqlite3_vfs vfs = {
    .iVersion = 2,
    .zName = "fault-disk",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_pathname,
    .xDlOpen = vfs_dl_open,
    .xDlError = vfs_dl_error,
    .xDlSym = vfs_dl_sym,
    .xDlClose = vfs_dl_close,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time_in_days,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time,
};

static void install(void) {
  host = sqlite3_vfs_find(NULL);
  int own = sizeof(handle);
  vfs.szOsFile = host->szOsFile > own ? host->szOsFile : own;
  vfs.mxPathname = host->mxPathname;
  sqlite3_vfs_register(&vfs, 1);
}

void vfs_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}
