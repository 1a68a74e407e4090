package snapshot

import "strings"

// Find returns the GatewayKey that a person means: by the ID of its key, or by its object as namespace/name; nil where there is none.
// It looks at all of them.
func (k *Keys) Find(name string) *Key {
	namespace, object, named := strings.Cut(name, "/")
	for _, key := range k.issued {
		if key.ID == name || named && key.Namespace == namespace && key.Name == object {
			return key
		}
	}
	return nil
}
