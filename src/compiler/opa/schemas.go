package main

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// simplifySchemas leaves in the inline schemas what OPA's type checker understands as JSON Schema
// means it. The rest it would refuse to load, or take for more than it says: an object with
// properties for a closed one, several types for the first.
func simplifySchemas(sources []parsedSource) {
	for _, each := range sources {
		for _, annotation := range each.module.Annotations {
			annotation.Schemas = slices.DeleteFunc(annotation.Schemas, isReference)
			for _, schema := range annotation.Schemas {
				simple := simplify(*schema.Definition)
				schema.Definition = &simple
			}
		}
	}
}

// isReference finds schemas named instead of given: there are none to be had by name.
func isReference(schema *ast.SchemaAnnotation) bool {
	return schema.Definition == nil
}

// constraints narrow a schema's values without changing their type.
var constraints = map[string]bool{
	"title": true, "description": true, "default": true, "examples": true, "deprecated": true,
	"required": true, "minProperties": true, "maxProperties": true, "propertyNames": true,
	"minItems": true, "maxItems": true, "uniqueItems": true, "contains": true,
	"minLength": true, "maxLength": true, "pattern": true, "format": true,
	"minimum": true, "maximum": true, "exclusiveMinimum": true, "exclusiveMaximum": true,
	"multipleOf": true, "enum": true, "const": true, "$comment": true,
}

func simplify(schema any) any {
	keywords, ok := schema.(map[string]any)
	if !ok {
		return map[string]any{}
	}
	for keyword := range keywords {
		switch keyword {
		case "type", "properties", "items", "additionalProperties":
		default:
			if !constraints[keyword] {
				return map[string]any{}
			}
		}
	}
	switch keywords["type"] {
	case "object":
		return simplifyObject(keywords)
	case "array":
		if items, ok := keywords["items"]; ok {
			return map[string]any{"type": "array", "items": simplify(items)}
		}
		return map[string]any{"type": "array"}
	case "boolean", "integer", "null", "number", "string":
		return map[string]any{"type": keywords["type"]}
	default:
		return map[string]any{}
	}
}

func simplifyObject(keywords map[string]any) any {
	properties, ok := keywords["properties"].(map[string]any)
	if !ok || keywords["additionalProperties"] != false {
		return map[string]any{"type": "object"}
	}
	simple := make(map[string]any, len(properties))
	for name, property := range properties {
		simple[name] = simplify(property)
	}
	return map[string]any{"type": "object", "properties": simple}
}
