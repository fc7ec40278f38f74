/// The disks by name, and how long each lives.

#include "disk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char mount[] = "/fault-disk/";

/// The disks by name. Few live at a time.
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static fault_disk **registry;
static size_t registry_count, registry_capacity;

static fault_disk *registered(const char *path) {
  for (size_t i = 0; i < registry_count; i++) {
    if (strncmp(path, registry[i]->root, strlen(registry[i]->root)) == 0) return registry[i];
  }
  return NULL;
}

fault_disk *disk_holding(const char *path) {
  if (strncmp(path, mount, sizeof mount - 1) != 0) return NULL;
  pthread_mutex_lock(&registry_lock);
  fault_disk *found = registered(path);
  pthread_mutex_unlock(&registry_lock);
  return found;
}

fault_disk *fault_disk_create(const char *name) {
  if (*name == 0 || strchr(name, '/') != NULL) return NULL;
  vfs_install();
  fault_disk *made = calloc(1, sizeof *made);
  size_t length = sizeof mount + strlen(name) + 1;
  if (made == NULL) abort();
  made->references = 1;
  made->root = grown(NULL, length);
  strcpy(made->root, mount);
  strcat(made->root, name);
  strcat(made->root, "/");
  pthread_mutex_lock(&registry_lock);
  bool taken = registered(made->root) != NULL;
  if (!taken) {
    registry = reserved(registry, &registry_capacity, registry_count + 1, sizeof *registry);
    registry[registry_count++] = made;
  }
  pthread_mutex_unlock(&registry_lock);
  if (!taken) return made;
  disk_release(made);
  return NULL;
}

void fault_disk_destroy(fault_disk *disk) {
  if (disk == NULL) return;
  pthread_mutex_lock(&registry_lock);
  for (size_t i = 0; i < registry_count; i++) {
    if (registry[i] != disk) continue;
    registry[i] = registry[--registry_count];
    break;
  }
  pthread_mutex_unlock(&registry_lock);
  disk->generation++;
  disk_release(disk);
}

void disk_retain(fault_disk *disk) { disk->references++; }

void disk_release(fault_disk *disk) {
  if (--disk->references > 0) return;
  disk_free_entries(disk);
  free(disk->root);
  free(disk);
}

const char *fault_disk_root(const fault_disk *disk) { return disk->root; }
