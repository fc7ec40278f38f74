#include "ctoml.h"

// A file that breaks one of toml++'s own assumptions, such as "[." or a time that
// ends in a colon, would abort the process, in release builds too; seen with 3.3.0.
namespace {
struct broken_assumption {};
[[noreturn]] inline void broken() { throw broken_assumption{}; }
} // namespace

#define TOML_ASSERT(expression) (static_cast<bool>(expression) ? void(0) : broken())
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <memory>
#include <string>
#include <vector>

struct ctoml_document {
  toml::table root;
  std::vector<ctoml_node> nodes;
  // Empty where the text was parsed.
  std::string error;
  ctoml_place error_place;
};

namespace {

ctoml_place place(const toml::source_region &region) {
  return {region.begin.line, region.begin.column};
}

ctoml_text span(std::string_view view) { return {view.data(), view.size()}; }

ctoml_node describe(const toml::node &node) {
  ctoml_node out{};
  out.place = place(node.source());
  switch (node.type()) {
  case toml::node_type::table:
    out.kind = CTOML_TABLE;
    out.size = node.as_table()->size();
    break;
  case toml::node_type::array:
    out.kind = CTOML_ARRAY;
    out.size = node.as_array()->size();
    break;
  case toml::node_type::string:
    out.kind = CTOML_STRING;
    out.text = span(node.as_string()->get());
    break;
  case toml::node_type::integer:
    out.kind = CTOML_INTEGER;
    out.integer = node.as_integer()->get();
    break;
  case toml::node_type::floating_point:
    out.kind = CTOML_FLOAT;
    out.real = node.as_floating_point()->get();
    break;
  case toml::node_type::boolean:
    out.kind = CTOML_BOOLEAN;
    out.boolean = node.as_boolean()->get();
    break;
  default:
    out.kind = CTOML_DATE_OR_TIME;
    break;
  }
  return out;
}

// As deep as the parser let the text nest: 256 by its TOML_MAX_NESTED_VALUES.
void append(std::vector<ctoml_node> &nodes, const toml::node &node, const toml::key *key) {
  ctoml_node out = describe(node);
  if (key) {
    out.key = span(key->str());
    out.key_place = place(key->source());
  }
  nodes.push_back(out);
  if (const toml::table *table = node.as_table()) {
    for (auto &&[name, member] : *table) append(nodes, member, &name);
  } else if (const toml::array *array = node.as_array()) {
    for (const toml::node &member : *array) append(nodes, member, nullptr);
  }
}

bool breaks(std::string_view text) {
  try {
    toml::parse(text);
  } catch (const broken_assumption &) {
    return true;
  } catch (const toml::parse_error &) {
  }
  return false;
}

// The last character of the shortest beginning that still breaks the parser,
// which reads from front to back.
ctoml_place place_of_break(std::string_view text) {
  size_t whole = 0, breaking = text.size();
  while (whole + 1 < breaking) {
    const size_t middle = whole + (breaking - whole) / 2;
    (breaks(text.substr(0, middle)) ? breaking : whole) = middle;
  }
  ctoml_place place{1, 0};
  for (const char byte : text.substr(0, breaking)) {
    if (byte == '\n')
      place = {place.line + 1, 0};
    else if ((byte & 0xC0) != 0x80) // not within a character
      place.column++;
  }
  if (place.column == 0) place.column = 1;
  return place;
}

} // namespace

// Beside what is caught inside, running out of memory is all that can be thrown.
extern "C" ctoml_document *ctoml_parse(const char *bytes, size_t count) try {
  auto document = std::make_unique<ctoml_document>();
  const std::string_view text(bytes, count);
  try {
    document->root = toml::parse(text);
    append(document->nodes, document->root, nullptr);
  } catch (const toml::parse_error &error) {
    document->error = error.description();
    document->error_place = place(error.source());
  } catch (const broken_assumption &) {
    document->error = "Error while parsing: unexpected character";
    document->error_place = place_of_break(text);
  }
  return document.release();
} catch (...) {
  return nullptr;
}

extern "C" void ctoml_free(ctoml_document *document) { delete document; }

extern "C" const char *ctoml_error(const ctoml_document *document) {
  return document->error.empty() ? nullptr : document->error.c_str();
}

extern "C" ctoml_place ctoml_error_place(const ctoml_document *document) {
  return document->error_place;
}

extern "C" const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}
