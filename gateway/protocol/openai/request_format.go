package openai

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// decodeFormat reads response_format. A `schema` beside json_object is how llama.cpp and others write a schema.
// Source: https://platform.openai.com/docs/guides/structured-outputs
func decodeFormat(o *fields.Object, params *chat.Params) *chat.Format {
	f := o.Object("response_format")
	if f == nil {
		return nil
	}
	var format *chat.Format
	switch kind := f.Text("type"); kind {
	case "text":
	case chat.FormatJSONObject:
		format = &chat.Format{Kind: chat.FormatJSONObject, Schema: f.Schema("schema")}
		if format.Schema != nil {
			format.Kind = chat.FormatJSONSchema
		}
	case chat.FormatJSONSchema:
		format = decodeSchema(f, params)
	default:
		f.Invalid("type", "must be text, json_object or json_schema.")
	}
	lose(f, params)
	return format
}

func decodeSchema(f *fields.Object, params *chat.Params) *chat.Format {
	s := f.Object("json_schema")
	if s == nil {
		f.Missing("json_schema")
		return nil
	}
	format := &chat.Format{
		Kind: chat.FormatJSONSchema, Name: s.Text("name"), Description: s.Text("description"), Schema: s.Schema("schema"),
		Strict: s.Bool("strict"),
	}
	if format.Schema == nil {
		s.Missing("schema")
	}
	lose(s, params)
	return format
}
