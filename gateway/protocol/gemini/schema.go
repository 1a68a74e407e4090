package gemini

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// jsonSchema translates Gemini's own schema language, a part of OpenAPI's, to JSON Schema: types in capitals, `nullable`, numbers as
// text, `propertyOrdering`, which has no counterpart. nil stays nil, and what is no schema stays as it is: the upstream judges it.
// Source: https://ai.google.dev/api/caching#Schema
func jsonSchema(schema json.RawMessage) json.RawMessage {
	if schema == nil {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(schema, &members) != nil || members == nil {
		return schema
	}
	for name, value := range members {
		members[name] = schemaMember(name, value)
	}
	delete(members, "propertyOrdering")
	nullable(members)
	out, err := json.Marshal(members)
	if err != nil {
		return schema
	}
	return out
}

func schemaMember(name string, value json.RawMessage) json.RawMessage {
	switch name {
	case "type":
		return lower(value)
	case "items", "additionalProperties":
		return jsonSchema(value)
	case "anyOf", "oneOf", "prefixItems":
		return each(value)
	case "properties", "$defs", "defs":
		return eachMember(value)
	case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
		return count(value)
	}
	return value
}

// lower writes a type as JSON Schema does.
func lower(value json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return value
	}
	return jsonwrite.String(nil, strings.ToLower(s))
}

// count writes an integer that is text, as protocol buffers have it, as a number.
func count(value json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return value
	}
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		return value
	}
	return json.RawMessage(s)
}

func each(value json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return value
	}
	for i := range list {
		list[i] = jsonSchema(list[i])
	}
	return remade(list, value)
}

func eachMember(value json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil || members == nil {
		return value
	}
	for name := range members {
		members[name] = jsonSchema(members[name])
	}
	return remade(members, value)
}

func remade(v any, or json.RawMessage) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		return or
	}
	return out
}

// nullable says in JSON Schema's way that a value may be null.
func nullable(members map[string]json.RawMessage) {
	if string(members["nullable"]) == "true" && len(members["type"]) > 0 && members["type"][0] == '"' {
		members["type"] = append(append(json.RawMessage{'['}, members["type"]...), `,"null"]`...)
	}
	delete(members, "nullable")
}
