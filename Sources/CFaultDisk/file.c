/// Files: what reads show, what is durable, and the changes between the two.

#include "disk.h"

#include <stdlib.h>
#include <string.h>

// MARK: - Memory

void *grown(void *data, size_t bytes) {
  void *result = realloc(data, bytes);
  if (result == NULL) abort();
  return result;
}

void *reserved(void *data, size_t *capacity, size_t count, size_t size) {
  if (count <= *capacity) return data;
  size_t enlarged = *capacity ? *capacity : 8;
  while (enlarged < count) enlarged *= 2;
  *capacity = enlarged;
  return grown(data, enlarged * size);
}

void bytes_write(bytes *self, size_t offset, const void *data, size_t count) {
  size_t end = offset + count, before = self->capacity;
  if (count == 0) return;
  self->data = reserved(self->data, &self->capacity, end, 1);
  if (self->capacity > before) memset(self->data + before, 0, self->capacity - before);
  memcpy(self->data + offset, data, count);
  if (end > self->count) self->count = end;
}

void bytes_truncate(bytes *self, size_t size) {
  if (size > self->count) {
    uint8_t zero = 0;
    bytes_write(self, size - 1, &zero, 1);
  } else if (size < self->count) {
    memset(self->data + size, 0, self->count - size);
    self->count = size;
  }
}

void bytes_assign(bytes *self, const bytes *other) {
  bytes_truncate(self, 0);
  bytes_write(self, 0, other->data, other->count);
}

uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

bool happens(uint64_t *random, unsigned percent) {
  return next_random(random) % 100 < percent;
}

// MARK: - Files

file *file_create(fault_disk *disk) {
  file *self = calloc(1, sizeof *self);
  if (self == NULL) abort();
  self->number = ++disk->last_number;
  self->references = 1;
  return self;
}

void file_retain(file *self) {
  if (self) self->references++;
}

void file_release(file *self) {
  if (self == NULL || --self->references > 0) return;
  free(self->visible.data);
  free(self->durable.data);
  free(self->unsynced.data);
  free(self->changes);
  free(self);
}

void file_forget_changes(file *self) {
  self->change_count = 0;
  self->unsynced.count = 0;
}

void file_changed(file *self, change added, const void *data) {
  added.data = self->unsynced.count;
  if (!added.truncation) bytes_write(&self->unsynced, added.data, data, added.length);
  self->changes = reserved(
      self->changes, &self->change_capacity, self->change_count + 1, sizeof *self->changes);
  self->changes[self->change_count++] = added;
}

void file_settle(file *self) {
  for (size_t i = 0; i < self->change_count; i++) {
    change *each = &self->changes[i];
    if (each->truncation) {
      bytes_truncate(&self->durable, each->offset);
    } else {
      bytes_write(&self->durable, each->offset, self->unsynced.data + each->data, each->length);
    }
  }
  file_forget_changes(self);
}

void file_crash(
    file *self, unsigned loss, unsigned tear, size_t sector, uint64_t *random) {
  for (size_t i = 0; i < self->change_count; i++) {
    change *each = &self->changes[i];
    if (happens(random, loss)) continue;
    if (each->truncation) {
      bytes_truncate(&self->durable, each->offset);
      continue;
    }
    bool torn = happens(random, tear);
    const uint8_t *data = self->unsynced.data + each->data;
    for (size_t done = 0; done < each->length;) {
      size_t offset = each->offset + done, left = each->length - done;
      size_t part = sector - offset % sector;
      if (part > left) part = left;
      if (!torn || happens(random, 50)) bytes_write(&self->durable, offset, data + done, part);
      done += part;
    }
  }
  file_forget_changes(self);
  bytes_assign(&self->visible, &self->durable);
  self->readers = 0;
  self->writer = NULL;
}
