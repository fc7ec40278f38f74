// toml++ behind a C interface: one text in, one flat list of values out, each
// with the place it was written at. No exception leaves this file's functions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of UTF-8, not ended by a NUL. They live as long as their document.
typedef struct ctoml_text {
  const char *_Nullable bytes;
  size_t count;
} ctoml_text;

// Lines and characters from 1.
typedef struct ctoml_place {
  uint32_t line;
  uint32_t column;
} ctoml_place;

typedef enum ctoml_kind {
  CTOML_TABLE,
  CTOML_ARRAY,
  CTOML_STRING,
  CTOML_INTEGER,
  CTOML_FLOAT,
  CTOML_BOOLEAN,
  CTOML_DATE_OR_TIME,
} ctoml_kind;

// One value. The list is in depth-first order: `size` values follow a table
// or an array as its direct members, each with its own members behind it.
typedef struct ctoml_node {
  ctoml_kind kind;
  ctoml_place place;
  // The key that names this value, where its parent is a table.
  ctoml_text key;
  ctoml_place key_place;
  // Direct members of a table or an array.
  size_t size;
  // The value of a string; else empty.
  ctoml_text text;
  int64_t integer;
  double real;
  bool boolean;
} ctoml_node;

// One parsed text, or the reason why it could not be parsed.
typedef struct ctoml_document ctoml_document;

// Never reads beyond `count`; the text may be gone afterwards. NULL only
// where memory ran out. The caller releases it with ctoml_free.
ctoml_document *_Nullable ctoml_parse(const char *_Nonnull bytes, size_t count);
void ctoml_free(ctoml_document *_Nullable document);

// NULL where the text was parsed; else what is wrong with it.
const char *_Nullable ctoml_error(const ctoml_document *_Nonnull document);
ctoml_place ctoml_error_place(const ctoml_document *_Nonnull document);

// The list and its length; the first is the root table. Empty after an error.
const ctoml_node *_Nullable ctoml_nodes(const ctoml_document *_Nonnull document,
                                        size_t *_Nonnull count);

#ifdef __cplusplus
}
#endif
