package files

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// kindSecret is the one kind of Kubernetes itself that is read.
const kindSecret = "Secret"

// defaultNamespace is where an object is whose manifest names none.
const defaultNamespace = "default"

// key identifies an object.
type key struct {
	kind string
	types.NamespacedName
}

// String leaves the default namespace out, as a person would.
func (k key) String() string {
	if k.Namespace == defaultNamespace {
		return k.kind + " " + k.Name
	}
	return k.kind + " " + k.NamespacedName.String()
}

// object is a document that was admitted. Exactly one of the pointers is set.
type object struct {
	key
	file string
	line int

	gateway  *v1alpha1.Gateway
	provider *v1alpha1.ModelProvider
	alias    *v1alpha1.ModelAlias
	secret   *secret

	gatewayKey *v1alpha1.GatewayKey
	// keysModeGiven is true for a Gateway whose manifest says who may call, instead of leaving it to the default.
	keysModeGiven bool
}

// admitted is what became of a document: an object, problems, or a note that it was passed over.
type admitted struct {
	key      key
	object   *object
	problems []Problem
	note     string
}

// admit judges a document.
func (l *loader) admit(ctx context.Context, d *document) admitted {
	fields, err := d.object()
	if err != nil {
		return admitted{problems: []Problem{{File: d.file, Line: d.root.Line, Message: err.Error()}}}
	}
	kind, apiVersion := text(fields, "kind"), text(fields, "apiVersion")
	known := (apiVersion == v1alpha1.GroupVersion.String() && l.schemas[kind] != nil) || (apiVersion == "v1" && kind == kindSecret)
	switch {
	case kind == "" || apiVersion == "":
		return admitted{problems: []Problem{{File: d.file, Line: d.root.Line, Message: "expected a manifest with apiVersion and kind, found none"}}}
	case !known && strings.HasPrefix(apiVersion, v1alpha1.Group+"/"):
		return admitted{problems: []Problem{{
			File: d.file, Line: d.lineOf("apiVersion"),
			Message: fmt.Sprintf("expected a kind of %s, found %s %s", v1alpha1.GroupVersion, apiVersion, kind),
		}}}
	case !known:
		return admitted{note: fmt.Sprintf("%s:%d: %s is of no use here; ignored", d.file, d.root.Line, kind)}
	}
	k, errs := identify(kind, fields)
	if len(errs) > 0 {
		return admitted{problems: d.problems("", errs)}
	}
	return l.admitKnown(ctx, d, k, fields)
}

func (l *loader) admitKnown(ctx context.Context, d *document, k key, fields map[string]any) admitted {
	o := &object{key: k, file: d.file, line: d.root.Line}
	_, o.keysModeGiven = child(child(fields, "spec"), "keys")["mode"]
	// The status is the operator's; a manifest written by `kubectl get -o yaml` has one all the same.
	delete(fields, "status")
	if s := l.schemas[k.kind]; s != nil {
		if errs := s.admit(ctx, fields); len(errs) > 0 {
			return admitted{key: k, problems: d.problems(k.String(), errs)}
		}
	}
	if err := o.decode(fields, l.getenv); err != nil {
		return admitted{key: k, problems: []Problem{{File: d.file, Line: d.root.Line, Object: k.String(), Message: err.Error()}}}
	}
	return admitted{key: k, object: o}
}

// decode makes the typed object of what the schema has admitted.
func (o *object) decode(fields map[string]any, getenv func(string) (string, bool)) error {
	var into any
	switch o.kind {
	case kindSecret:
		var err error
		o.secret, err = readSecret(fields, getenv)
		return err
	case v1alpha1.KindGateway:
		o.gateway = &v1alpha1.Gateway{}
		into = o.gateway
	case v1alpha1.KindModelProvider:
		o.provider = &v1alpha1.ModelProvider{}
		into = o.provider
	case v1alpha1.KindModelAlias:
		o.alias = &v1alpha1.ModelAlias{}
		into = o.alias
	case v1alpha1.KindGatewayKey:
		o.gatewayKey = &v1alpha1.GatewayKey{}
		into = o.gatewayKey
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(fields, into, true)
}

// identify reads the kind and the name of an object and fills in its namespace.
func identify(kind string, fields map[string]any) (key, field.ErrorList) {
	meta := child(fields, "metadata")
	if meta == nil {
		return key{}, field.ErrorList{field.Required(field.NewPath("metadata"), "expected the object's name in metadata.name")}
	}
	if text(meta, "namespace") == "" {
		meta["namespace"] = defaultNamespace
	}
	k := key{kind, types.NamespacedName{Namespace: text(meta, "namespace"), Name: text(meta, "name")}}
	var errs field.ErrorList
	for _, problem := range validation.IsDNS1123Subdomain(k.Name) {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), k.Name, problem))
	}
	for _, problem := range validation.IsDNS1123Label(k.Namespace) {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "namespace"), k.Namespace, problem))
	}
	return k, errs
}

// problems places errs in the file.
func (d *document) problems(object string, errs field.ErrorList) []Problem {
	found := make([]Problem, 0, len(errs))
	for _, err := range errs {
		found = append(found, Problem{File: d.file, Line: d.lineOf(err.Field), Object: object, Message: err.Error()})
	}
	slices.SortFunc(found, Problem.compare)
	return slices.Compact(found)
}

func child(fields map[string]any, name string) map[string]any {
	m, _ := fields[name].(map[string]any)
	return m
}

func text(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}
