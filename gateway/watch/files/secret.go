package files

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// secret is what a Secret manifest holds once its variables are filled in.
type secret struct {
	entries map[string][]byte
	// missing names, for an entry that could not be filled in, the variable that is not set or empty.
	missing map[string]string
}

// secrets are all Secrets of a stack.
type secrets map[types.NamespacedName]*secret

func secretsOf(st *stack) secrets {
	all := secrets{}
	for k, obj := range st.objects {
		if obj.secret != nil {
			all[k.NamespacedName] = obj.secret
		}
	}
	return all
}

// of returns those of a namespace that have one of names, in the form that they are compiled in.
func (s secrets) of(namespace string, names ...string) compile.Secrets {
	some := compile.Secrets{}
	for _, name := range names {
		if one := s[types.NamespacedName{Namespace: namespace, Name: name}]; one != nil {
			some[name] = one.entries
		}
	}
	return some
}

// unset names the environment variable that keeps one of the entries of a Secret from having a value; empty where none does.
func (s secrets) unset(namespace string, name v1alpha1.ObjectName, entries ...string) string {
	one := s[types.NamespacedName{Namespace: namespace, Name: string(name)}]
	if one == nil {
		return ""
	}
	for _, entry := range entries {
		if variable := one.missing[entry]; variable != "" {
			return variable
		}
	}
	return ""
}

// variable is the one form of reference that is replaced, and only in the values of a Secret.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// readSecret fills in the variables of a Secret's values. In `data` the variable holds what would stand there: base64. An
// entry whose variable is not set is left out and remembered, so that only what needs it does without. No error contains a value.
func readSecret(fields map[string]any, getenv func(string) (string, bool)) (*secret, error) {
	s := &secret{entries: map[string][]byte{}, missing: map[string]string{}}
	for _, part := range []struct {
		name   string
		decode func(string) ([]byte, error)
	}{
		{"data", base64.StdEncoding.DecodeString},
		{"stringData", func(v string) ([]byte, error) { return []byte(v), nil }},
	} {
		values := child(fields, part.name)
		for _, entry := range slices.Sorted(maps.Keys(values)) {
			value, ok := values[entry].(string)
			if !ok {
				return nil, fmt.Errorf("%s[%s]: expected a string, found another type; put it in quotes", part.name, entry)
			}
			text, missing := expand(value, getenv)
			if missing != "" {
				s.missing[entry] = missing
				delete(s.entries, entry)
				continue
			}
			decoded, err := part.decode(text)
			if err != nil {
				return nil, fmt.Errorf("%s[%s]: expected base64, found other characters; plain text belongs in stringData", part.name, entry)
			}
			s.entries[entry] = decoded
			delete(s.missing, entry)
		}
		delete(fields, part.name)
	}
	// What is left holds no values; it is read for mistakes only.
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(fields, &corev1.Secret{}, true); err != nil {
		return nil, err
	}
	return s, nil
}

// expand replaces every ${VARIABLE}. It returns the name of the first that is not set or empty.
func expand(value string, getenv func(string) (string, bool)) (text, missing string) {
	text = variable.ReplaceAllStringFunc(value, func(reference string) string {
		name := variable.FindStringSubmatch(reference)[1]
		v, ok := getenv(name)
		if (!ok || v == "") && missing == "" {
			missing = name
		}
		return v
	})
	return text, missing
}
