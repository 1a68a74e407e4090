package keyapi

import "github.com/fairlead-dev/fairlead/gateway/fault"

// maxRemoved bounds how many keys one request may delete.
const maxRemoved = 100

// Remove is what a request to delete keys names.
type Remove struct {
	// Keys are keys, or the IDs of keys.
	Keys []string
	// Aliases are what people call them.
	Aliases []string
}

// ParseRemove reads the body of /key/delete. The error is a *fault.Error.
func ParseRemove(body []byte) (*Remove, error) {
	o, err := read(body)
	if err != nil {
		return nil, err
	}
	r := &Remove{Keys: o.Strings("keys"), Aliases: o.Strings("key_aliases")}
	if err := o.Err(); err != nil {
		return nil, err
	}
	if n := len(r.Keys) + len(r.Aliases); n == 0 || n > maxRemoved {
		return nil, fault.Invalid(fault.CodeInvalidValue, "keys", "'keys' and 'key_aliases' must name 1 to %d keys.", maxRemoved)
	}
	return r, nil
}
