package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// schema judges the objects of one kind as the API server would: unknown fields, defaults, types, bounds, list keys and rules.
type schema struct {
	structural *structuralschema.Structural
	types      validation.SchemaValidator
	rules      *cel.Validator
}

// readSchemas reads one schema for each kind from CustomResourceDefinitions.
func readSchemas(crds fs.FS) (map[string]*schema, error) {
	names, err := fs.Glob(crds, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the CRDs: %w", err)
	}
	schemas := make(map[string]*schema, len(names))
	for _, name := range names {
		content, err := fs.ReadFile(crds, name)
		if err != nil {
			return nil, fmt.Errorf("reading the CRD %s: %w", name, err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(content, &crd); err != nil {
			return nil, fmt.Errorf("decoding the CRD %s: %w", name, err)
		}
		s, err := newSchema(&crd)
		if err != nil {
			return nil, fmt.Errorf("compiling the CRD %s: %w", name, err)
		}
		schemas[crd.Spec.Names.Kind] = s
	}
	return schemas, nil
}

func newSchema(crd *apiextensionsv1.CustomResourceDefinition) (*schema, error) {
	for i := range crd.Spec.Versions {
		if crd.Spec.Versions[i].Name != v1alpha1.Version {
			continue
		}
		var props apiextensions.JSONSchemaProps
		source := crd.Spec.Versions[i].Schema.OpenAPIV3Schema
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(source, &props, nil); err != nil {
			return nil, err
		}
		structural, err := structuralschema.NewStructural(&props)
		if err != nil {
			return nil, err
		}
		types, _, err := validation.NewSchemaValidator(&props)
		if err != nil {
			return nil, err
		}
		return &schema{structural, types, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
	}
	return nil, errors.New("expected version " + v1alpha1.Version + ", found none")
}

// admit fills in the defaults of object and returns what is wrong with it.
func (s *schema) admit(ctx context.Context, object map[string]any) field.ErrorList {
	unknown := pruning.PruneWithOptions(object, s.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	errs := make(field.ErrorList, 0, len(unknown))
	for _, path := range unknown {
		errs = append(errs, field.Forbidden(pathOf(path), "no such field"))
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, s.structural)
	defaulting.Default(object, s.structural)
	errs = append(errs, validation.ValidateCustomResource(nil, object, s.types)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, object)...)
	if len(errs) > 0 {
		return errs
	}
	// A rule may be evaluated only on an object of the right types.
	broken, _ := s.rules.Validate(ctx, nil, s.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return broken
}

// pathOf turns a path into the form that field.Error holds.
func pathOf(path string) *field.Path {
	first, rest, more := strings.Cut(path, ".")
	p := field.NewPath(first)
	if more {
		p = p.Child(rest)
	}
	return p
}
