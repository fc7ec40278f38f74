#include "ctoml.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <memory>
#include <string>
#include <vector>

struct ctoml_document {
  toml::parse_result result;
  std::string error;
  std::vector<ctoml_node> nodes;
};

namespace {

ctoml_place place(const toml::source_region &region) {
  return {region.begin.line, region.begin.column};
}

ctoml_text text(std::string_view view) { return {view.data(), view.size()}; }

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
    out.text = text(node.as_string()->get());
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
    out.key = text(key->str());
    out.key_place = place(key->source());
  }
  nodes.push_back(out);
  if (const toml::table *table = node.as_table()) {
    for (auto &&[name, member] : *table) append(nodes, member, &name);
  } else if (const toml::array *array = node.as_array()) {
    for (const toml::node &member : *array) append(nodes, member, nullptr);
  }
}

} // namespace

// The parser is built without exceptions, but the containers are not: running
// out of memory is all that they can throw.
extern "C" ctoml_document *ctoml_parse(const char *bytes, size_t count) try {
  std::unique_ptr<ctoml_document> document(
      new ctoml_document{toml::parse(std::string_view(bytes, count)), {}, {}});
  if (document->result)
    append(document->nodes, document->result.table(), nullptr);
  else
    document->error = document->result.error().description();
  return document.release();
} catch (...) {
  return nullptr;
}

extern "C" void ctoml_free(ctoml_document *document) { delete document; }

extern "C" const char *ctoml_error(const ctoml_document *document) {
  return document->result ? nullptr : document->error.c_str();
}

extern "C" ctoml_place ctoml_error_place(const ctoml_document *document) {
  return document->result ? ctoml_place{} : place(document->result.error().source());
}

extern "C" const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}
